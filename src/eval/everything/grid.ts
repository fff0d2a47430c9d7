// Where the generator clicks: crops of the image, and a grid of points in each (facebookresearch/segment-anything, utils/amg.py).
import type { GeneratorSettings } from "../../core/mask-sets.ts";
import type { Box, Point, Size } from "../../core/types.ts";

/** A part of the image that is encoded on its own, and the grid of clicks in it. */
export interface Crop {
  readonly layer: number;
  /** In pixels of the image, both corners inclusive. */
  readonly box: Box;
  /** In pixels of the crop, row by row, fractional. */
  readonly points: readonly Point[];
}

/** The whole image, then the crops of each layer, column by column; those that would lie outside a tiny image are left out. */
export function cropsOf(size: Size, settings: GeneratorSettings): readonly Crop[] {
  const { cropLayers, cropOverlap, rules } = settings;
  // SAM 2 rounds points to float32 before anything is done with them.
  const rounded = rules === "sam2" ? Math.fround : (value: number) => value;
  const crops: Crop[] = [];
  for (const layer of layersOf(cropLayers)) {
    const axis = gridAxis(sideIn(settings, layer));
    for (const box of boxesOf(size, layer, cropOverlap)) {
      const [width, height] = [box.x1 - box.x0 + 1, box.y1 - box.y0 + 1];
      if (width <= 0 || height <= 0) continue;
      const xs = axis.map((x) => rounded(x * width));
      const points = axis.flatMap((y) => xs.map((x) => ({ x, y: rounded(y * height) })));
      crops.push({ layer, box, points });
    }
  }
  return crops;
}

function boxesOf({ width, height }: Size, layer: number, overlapShare: number): Box[] {
  if (layer === 0) return [{ x0: 0, y0: 0, x1: width - 1, y1: height - 1 }];
  const side = 2 ** layer;
  const overlap = Math.floor(overlapShare * Math.min(width, height) * (2 / side));
  const lengthOf = (all: number) => Math.ceil((overlap * (side - 1) + all) / side);
  const [wide, high] = [lengthOf(width), lengthOf(height)];
  const boxes: Box[] = [];
  for (let i = 0; i < side; i++)
    for (let j = 0; j < side; j++) {
      const [x0, y0] = [i * (wide - overlap), j * (high - overlap)];
      boxes.push({ x0, y0, x1: Math.min(x0 + wide, width) - 1, y1: Math.min(y0 + high, height) - 1 });
    }
  return boxes;
}

/** The middles of `side` equal parts of 0 to 1, in the steps of NumPy's `linspace`: where `side` is no power of two, the last bit depends on them. */
function gridAxis(side: number): readonly number[] {
  const start = 1 / (2 * side);
  const stop = 1 - start;
  const step = (stop - start) / (side - 1);
  return Array.from({ length: side }, (_, i) =>
    i === side - 1 && side > 1 ? stop : i === 0 ? start : i * step + start,
  );
}

/** Crops, the whole image among them. */
export function cropsIn({ cropLayers }: Pick<GeneratorSettings, "cropLayers">): number {
  return layersOf(cropLayers).reduce((sum, layer) => sum + 4 ** layer, 0);
}

type Grids = Pick<GeneratorSettings, "pointsPerSide" | "cropLayers" | "pointsDivisor">;

/** Points over all crops. */
export function pointsIn(settings: Grids): number {
  return layersOf(settings.cropLayers).reduce(
    (sum, layer) => sum + 4 ** layer * sideIn(settings, layer) ** 2,
    0,
  );
}

/** What is wrong with settings by which crops would be encoded and never clicked; undefined where nothing is. */
export function gridProblem(settings: Grids): string | undefined {
  const { pointsPerSide, pointsDivisor, cropLayers } = settings;
  const layer = layersOf(cropLayers).find((one) => sideIn(settings, one) === 0);
  if (layer === undefined) return undefined;
  return `crops of layer ${layer} have no point: pointsPerSide ${pointsPerSide} / pointsDivisor ${pointsDivisor}^${layer} is less than 1`;
}

/** Points a side in the crops of a layer. */
function sideIn({ pointsPerSide, pointsDivisor }: Grids, layer: number): number {
  return Math.floor(pointsPerSide / pointsDivisor ** layer);
}

function layersOf(last: number): number[] {
  return Array.from({ length: last + 1 }, (_, layer) => layer);
}
