// COCO segmentations: a list of polygons (their union, so holes fill), or RLE with counts as a list or as a string.
import { complain } from "../core/errors.ts";
import type { BitMask, Size } from "../core/types.ts";
import { createMask } from "../masks/bit-mask.ts";
import { maskFromPolygons } from "../masks/polygon.ts";
import { checkRuns, decodeCounts, maskFromRle, type RleCounts } from "../masks/rle.ts";
import { textOf } from "./json-file.ts";

/** null, undefined and an empty list: no pixel of the object is visible. */
export function isEmptySegmentation(segmentation: unknown): boolean {
  return segmentation == null || (Array.isArray(segmentation) && segmentation.length === 0);
}

/** Mask of a segmentation; polygons are rasterised at `size`, RLE has its own. `where` names the annotation. */
export function maskFromSegmentation(segmentation: unknown, size: Size, where: string): BitMask {
  const parts = partsOf(segmentation, where);
  if (parts === undefined) return createMask(size.width, size.height);
  if ("counts" in parts) return maskFromRle(parts.counts, parts.size, where);
  return maskFromPolygons(parts.polygons, size.width, size.height, where);
}

/** Throws what `maskFromSegmentation` would, without making the mask, and where an RLE is not of this size. */
export function checkSegmentation(segmentation: unknown, size: Size | undefined, where: string): void {
  const parts = partsOf(segmentation, where);
  if (parts === undefined || !("counts" in parts)) return;
  const { width, height } = parts.size;
  checkRuns(parts.counts, width * height, where);
  if (size === undefined || (width === size.width && height === size.height)) return;
  const [expected, got] = [`${size.width}x${size.height}`, `${width}x${height}`];
  throw complain(where, "the mask and its image differ in size", { expected, got });
}

/** What a segmentation is made of, checked; undefined for an empty one. */
function partsOf(
  segmentation: unknown,
  where: string,
):
  | { readonly polygons: readonly (readonly number[])[] }
  | { readonly counts: RleCounts; readonly size: Size }
  | undefined {
  if (isEmptySegmentation(segmentation)) return undefined;
  if (Array.isArray(segmentation)) return { polygons: checkPolygons(segmentation, where) };
  if (typeof segmentation !== "object") throw notOne(where, typeof segmentation);
  const { size: stored, counts } = segmentation as { readonly size?: unknown; readonly counts?: unknown };
  if (
    !Array.isArray(stored) ||
    stored.length !== 2 ||
    !stored.every((side) => Number.isInteger(side) && side > 0)
  ) {
    const got = JSON.stringify(stored) ?? "nothing";
    throw complain(where, "the RLE has no size", { expected: "[height, width]", got });
  }
  const [height, width] = stored as [number, number];
  const own = { width, height };
  if (typeof counts === "string") return { counts: decodeCounts(counts, where), size: own };
  if (Array.isArray(counts)) return { counts: checkCounts(counts, where), size: own };
  throw notOne(where, `an object with ${Object.keys(segmentation as object).join(", ")}`);
}

function notOne(where: string, got: string) {
  const expected = "a list of polygons, or {size, counts}";
  return complain(where, "the segmentation is neither polygons nor RLE", { expected, got });
}

function checkCounts(counts: readonly unknown[], where: string): readonly number[] {
  const wrong = counts.findIndex((count) => typeof count !== "number");
  if (wrong < 0) return counts as readonly number[];
  const got = textOf(counts[wrong]);
  throw complain(where, "a run length is not a number", { expected: "a whole number >= 0", got });
}

/** pycocotools reads four numbers as a box and fails on fewer: such polygons are annotation errors. */
function checkPolygons(polygons: readonly unknown[], where: string): readonly (readonly number[])[] {
  for (const polygon of polygons) {
    if (!Array.isArray(polygon) || !polygon.every(Number.isFinite)) {
      const what = "a polygon is not a list of numbers";
      throw complain(where, what, { expected: "[x0, y0, x1, y1, ...]", got: textOf(polygon) });
    }
    if (polygon.length < 6) {
      const [what, got] = ["a polygon has too few points", String(polygon.length >> 1)];
      throw complain(where, what, { expected: "3 or more", got });
    }
  }
  return polygons as readonly (readonly number[])[];
}
