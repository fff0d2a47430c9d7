// Kernels are pure: what goes in comes out of the call unchanged.
import { expect, test } from "vitest";
import { and, andNot, area, isEmpty, not, or, tightBox, toBytes } from "../../src/masks/bit-mask.ts";
import { deepestPixel, dilateDisk, erodeDisk, squaredDistances } from "../../src/masks/distance-transform.ts";
import { contourF, dice, innerBoundary, iou, outlineOf, overlap } from "../../src/masks/iou.ts";
import { maskFromLogits } from "../../src/masks/mask-from-logits.ts";
import { maskFromPolygons } from "../../src/masks/polygon.ts";
import { resizeImage } from "../../src/masks/resize-image.ts";
import { logitsFromShape, resizeLogits } from "../../src/masks/resize-logits.ts";
import { encodeCounts, maskFromRle, rleFromMask } from "../../src/masks/rle.ts";
import { erode, logitsOf, pictureOf, shape } from "./cases.ts";

const a = shape(1, 70, 50, 1);
const b = shape(0, 70, 50, 2);
const c = shape(8, 70, 50, 3);
const size = { width: 90, height: 31 };
const frame = { frame: 64, resized: { width: 64, height: 46 }, original: size, low: 16, threshold: 0 };
const logits = logitsOf(3, 16, 16, 4);
const image = { width: 20, height: 10, data: pictureOf(0, 20, 10, 3, 5) };
const counts = rleFromMask(a);
const polygons = [[1, 1, 30, 2, 20, 40]];

const calls: Record<string, () => unknown> = {
  "bit-mask": () => [toBytes(a), area(a), isEmpty(a)],
  boolean: () => [and(a, b), or(a, b), andNot(a, b), not(a), overlap(a, b, c)],
  iou: () => [iou(a, b, c), dice(a, b, c)],
  "tight-box": () => tightBox(a),
  rle: () => [rleFromMask(a), maskFromRle(counts, a, "a"), encodeCounts(counts)],
  polygon: () => maskFromPolygons(polygons, 40, 40),
  "distance-transform": () => [squaredDistances(a), deepestPixel(a, b)],
  morphology: () => [erode(a, 3), erodeDisk(a, 2.5), dilateDisk(a, 2.5)],
  boundary: () => innerBoundary(a, 2),
  contour: () => [contourF(a, b), outlineOf(a)],
  "resize-logits": () => [resizeLogits(logits, size), resizeLogits(logits, logits)],
  "mask-from-logits": () => maskFromLogits(logits, frame),
  shape: () => logitsFromShape(a, frame, 10),
  "resize-image": () => [resizeImage(image, size, "bilinear"), resizeImage(image, image, "bicubic")],
};

for (const [name, call] of Object.entries(calls)) {
  test(`${name} leaves its inputs alone`, () => {
    const inputs = { a, b, c, logits, image, counts, polygons, frame };
    const before = structuredClone(inputs);
    const first = structuredClone(call());
    expect(inputs).toEqual(before);
    expect(call()).toEqual(first);
  });
}
