// Where the generator clicks: crops of the image, and a grid of points in each (facebookresearch/segment-anything, utils/amg.py).
import type { GeneratorSettings } from "../../core/mask-sets.ts";
import type { Box, Point, Size } from "../../core/types.ts";

/** A crop and its grid, both in pixels of the image. */
export interface Crop {
  readonly layer: number;
  /** Both corners inclusive. */
  readonly box: Box;
  /** Row by row, fractional. */
  readonly points: readonly Point[];
}

/** The whole image, then the crops of each layer, column by column. */
export function cropsOf(
  size: Size,
  { pointsPerSide, cropLayers, cropOverlap, pointsDivisor }: GeneratorSettings,
): readonly Crop[] {
  const crops: Crop[] = [];
  for (let layer = 0; layer <= cropLayers; layer++) {
    const side = Math.floor(pointsPerSide / pointsDivisor ** layer);
    for (const box of boxesOf(size, layer, cropOverlap))
      crops.push({ layer, box, points: gridIn(box, side) });
  }
  return crops;
}

function boxesOf({ width, height }: Size, layer: number, overlapShare: number): Box[] {
  if (layer === 0) return [{ x0: 0, y0: 0, x1: width - 1, y1: height - 1 }];
  const side = 2 ** layer;
  const overlap = Math.floor(overlapShare * Math.min(width, height) * (2 / side));
  const [wide, high] = [width, height].map((all) => Math.ceil((overlap * (side - 1) + all) / side)) as [
    number,
    number,
  ];
  const boxes: Box[] = [];
  for (let i = 0; i < side; i++)
    for (let j = 0; j < side; j++) {
      const [x0, y0] = [i * (wide - overlap), j * (high - overlap)];
      boxes.push({ x0, y0, x1: Math.min(x0 + wide, width) - 1, y1: Math.min(y0 + high, height) - 1 });
    }
  return boxes;
}

/** Points in the middle of side x side equal cells. */
function gridIn({ x0, y0, x1, y1 }: Box, side: number): Point[] {
  const [width, height] = [x1 - x0 + 1, y1 - y0 + 1];
  const at = (i: number) => (i + 0.5) / side;
  return Array.from({ length: side * side }, (_, i) => ({
    x: x0 + at(i % side) * width,
    y: y0 + at(Math.floor(i / side)) * height,
  }));
}
