import type { Prompt } from "../../core/types.ts";
import type { Tensor } from "./graph.ts";
import type { Frame } from "./preprocess.ts";

/** Labels of the SAM contract: 0 and 1 are clicks. */
const BOX_TOP_LEFT = 2;
const BOX_BOTTOM_RIGHT = 3;
const PADDING = -1;

/**
 * `point_coords` (P x N x 2) and `point_labels` (P x N) of prompts of equal length: box corners before the clicks; one
 * padding point (0, 0) with label -1, unscaled, after the clicks where there is no box. Coordinates are scaled per axis
 * by (new size / old size) in double and rounded once to float32; the half pixel belongs to the graph.
 */
export function pointTensors(
  prompts: readonly Prompt[],
  { original, resized }: Frame,
  paddingPoint: boolean,
): { readonly coords: Tensor; readonly labels: Tensor } {
  const scaleX = resized.width / original.width;
  const scaleY = resized.height / original.height;
  const points = prompts.map(({ clicks, box }) => {
    const corners =
      box === undefined
        ? []
        : [
            { x: box.x0, y: box.y0, label: BOX_TOP_LEFT },
            { x: box.x1, y: box.y1, label: BOX_BOTTOM_RIGHT },
          ];
    const scaled = [...corners, ...clicks].map(({ x, y, label }) => [x * scaleX, y * scaleY, label] as const);
    return box === undefined && paddingPoint ? [...scaled, [0, 0, PADDING] as const] : scaled;
  });
  const length = points[0]?.length ?? 0;
  const flat = points.flat();
  return {
    coords: {
      type: "float32",
      dims: [prompts.length, length, 2],
      data: Float32Array.from(flat.flatMap(([x, y]) => [x, y])),
    },
    labels: {
      type: "float32",
      dims: [prompts.length, length],
      data: Float32Array.from(flat.map(([, , label]) => label)),
    },
  };
}
