// Resampling against PyTorch (logits), Pillow (images) and NumPy (area means), on cases written by scripts/oracle/masks.py.
import { expect } from "vitest";
import { logitsFromShape } from "../../src/masks/area-average.ts";
import { area, equals, fromBytes, toBytes } from "../../src/masks/bit-mask.ts";
import { fitLongSide } from "../../src/masks/fit.ts";
import { maskFromLogits } from "../../src/masks/mask-from-logits.ts";
import { resizeImage } from "../../src/masks/resize-image.ts";
import { resizeLogits } from "../../src/masks/resize-logits.ts";
import { againstOracle } from "./against-oracle.ts";
import { digest, floats, logitsOf, maskDigest, pictureOf, shape } from "./cases.ts";
import { maskFromLogitsPlainly } from "./plain-mask-from-logits.ts";

/** Largest difference to the values that the oracle sampled. */
function farthest(values: Float32Array, expected: Float32Array): number {
  const step = Math.max(1, Math.ceil(values.length / 120));
  expect(expected.length).toBe(Math.ceil(values.length / step));
  return expected.reduce((worst, value, i) => Math.max(worst, Math.abs(value - values[i * step]!)), 0);
}

againstOracle("resize-logits", (row) => {
  const [style, width, height, seed, toWidth, toHeight] = row as number[];
  const logits = logitsOf(style!, width!, height!, seed!);
  const before = digest(logits.data);
  const resized = resizeLogits(logits, { width: toWidth!, height: toHeight! });
  expect(farthest(resized.data, floats(String(row[6])))).toBeLessThan(1e-5);
  expect(digest(logits.data)).toBe(before);
});

againstOracle("fit", (row) => {
  const [width, height, longSide, toWidth, toHeight] = row as number[];
  expect(fitLongSide({ width: width!, height: height! }, longSide!)).toEqual({
    width: toWidth,
    height: toHeight,
  });
});

againstOracle("mask-from-logits", (row) => {
  const [style, low, seed, frame, rw, rh, width, height, threshold, pixels] = row as number[];
  const logits = logitsOf(style!, low!, low!, seed!);
  const geometry = {
    frame: frame!,
    resized: { width: rw!, height: rh! },
    original: { width: width!, height: height! },
    threshold: threshold!,
  };
  const mask = maskFromLogits(logits, geometry);
  expect(equals(mask, maskFromLogitsPlainly(logits, geometry))).toBe(true);
  const bytes = toBytes(mask);
  for (const undecided of JSON.parse(String(row[11])) as number[]) bytes[undecided] = 0;
  const decided = fromBytes(bytes, width!, height!);
  expect([area(decided), maskDigest(decided)]).toEqual([pixels, row[10]]);
});

againstOracle("area-average", (row) => {
  const [kind, width, height, seed, frame, rw, rh, low, magnitude] = row as number[];
  const drawn = shape(kind!, width!, height!, seed!);
  const geometry = { frame: frame!, resized: { width: rw!, height: rh! }, low: low! };
  const logits = logitsFromShape(drawn, geometry, magnitude!);
  expect(farthest(logits.data, floats(String(row[9])))).toBeLessThan(1e-5);
});

againstOracle("resize-image", (row) => {
  const [style, width, height, channels, seed, toWidth, toHeight, cubic] = row as number[];
  const data = pictureOf(style!, width!, height!, channels!, seed!);
  const before = digest(data);
  const size = { width: toWidth!, height: toHeight! };
  const resized = resizeImage({ width: width!, height: height!, data }, size, cubic ? "bicubic" : "bilinear");
  expect(digest(resized.data)).toBe(row[8]);
  expect(digest(data)).toBe(before);
});
