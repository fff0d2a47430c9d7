import type { ImageContract } from "../../core/schema-types.ts";
import type { GraphPort } from "./graph.ts";

/**
 * What a picture input tells of itself, or undefined where it is none: a tensor of four axes (a batch of one) or three,
 * with three channels in front or behind. A picture without a batch axis, or one of bytes, is normalised by the graph;
 * one of free size is padded by it as well. (Rank 4 and floats: normalised outside, which no file states.)
 */
export function pictureFacts({ type, shape }: GraphPort): Partial<ImageContract> | undefined {
  const batched = shape.length === 4;
  if (!batched && shape.length !== 3) return undefined;
  const sides = batched ? shape.slice(1) : shape;
  const last = sides[2] === 3;
  if (!last && sides[0] !== 3) return undefined;
  if (!["float32", "float16", "uint8"].includes(type)) return undefined;
  const [height, width] = last ? sides : sides.slice(1);
  const size = typeof height === "number" && height === width ? { size: height } : {};
  const raw = !batched || type === "uint8";
  const free = typeof height !== "number";
  return {
    ...size,
    layout: batched ? (last ? "nhwc" : "nchw") : last ? "hwc" : "chw",
    ...(type === "uint8" ? { dtype: "uint8" } : {}),
    ...(raw ? { normalise: "inside" } : {}),
    ...(raw && free ? { padding: "none" } : {}),
  };
}
