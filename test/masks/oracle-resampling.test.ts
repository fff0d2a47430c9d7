// Resampling against PyTorch (logits, images of floats), Pillow and OpenCV (images of bytes) and NumPy
// (area means), on cases written by scripts/oracle/masks.py and resize.py.
import { expect } from "vitest";
import { area, equals, fromBytes, toBytes } from "../../src/masks/bit-mask.ts";
import { maskFromLogits } from "../../src/masks/mask-from-logits.ts";
import { fitLongSide, resizeFloat, resizeImage, resizeNearest } from "../../src/masks/resize-image.ts";
import { logitsFromShape, resizeLogits } from "../../src/masks/resize-logits.ts";
import { farthest } from "../helpers/oracle.ts";
import { againstOracle } from "./against-oracle.ts";
import { digest, floats, logitsOf, maskDigest, pictureOf, shape } from "./cases.ts";
import { maskFromLogitsPlainly } from "./plain-mask-from-logits.ts";

/** Largest difference to the values that the oracle sampled, `samples` at most. */
function farthestOf(values: Float32Array, expected: Float32Array, samples: number): number {
  const step = Math.max(1, Math.ceil(values.length / samples));
  return farthest(
    values.filter((_, i) => i % step === 0),
    expected,
  );
}

/** Every tenth case is looked at closely. */
const samplesOf = (index: number) => (index % 10 === 0 ? 120 : 16);

againstOracle(
  "resize-logits",
  (row, index) => {
    const [style, width, height, seed, toWidth, toHeight] = row as number[];
    const logits = logitsOf(style!, width!, height!, seed!);
    const before = digest(logits.data);
    const resized = resizeLogits(logits, { width: toWidth!, height: toHeight! });
    expect(digest(logits.data)).toBe(before);
    return farthestOf(resized.data, floats(String(row[6])), samplesOf(index));
  },
  1e-5,
);

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

againstOracle(
  "area-average",
  (row, index) => {
    const [kind, width, height, seed, frame, rw, rh, low, magnitude] = row as number[];
    const drawn = shape(kind!, width!, height!, seed!);
    const geometry = { frame: frame!, resized: { width: rw!, height: rh! }, low: low! };
    const logits = logitsFromShape(drawn, geometry, magnitude!);
    return farthestOf(logits.data, floats(String(row[9])), samplesOf(index));
  },
  1e-5,
);

againstOracle("resize-image", (row) => {
  const [style, width, height, channels, seed, toWidth, toHeight, cubic] = row as number[];
  const data = pictureOf(style!, width!, height!, channels!, seed!);
  const before = digest(data);
  const size = { width: toWidth!, height: toHeight! };
  const resized = resizeImage({ width: width!, height: height!, data }, size, cubic ? "bicubic" : "bilinear");
  expect(digest(resized.data)).toBe(row[8]);
  expect(digest(data)).toBe(before);
});

againstOracle("resize-nearest", (row) => {
  const [style, width, height, channels, seed, toWidth, toHeight] = row as number[];
  const data = pictureOf(style!, width!, height!, channels!, seed!);
  const before = digest(data);
  const size = { width: toWidth!, height: toHeight! };
  const resized = resizeNearest({ width: width!, height: height!, data }, size);
  expect([resized.width, resized.height, digest(resized.data)]).toEqual([toWidth, toHeight, row[7]]);
  expect(digest(data)).toBe(before);
});

// PyTorch rounds positions to float32, we to double: at pixel 300 that is 1e-5 of the step to the next. Of values of 0 to 1, where
// one byte is 4e-3; the worst of these cases is 1.3e-5.
againstOracle(
  "resize-float",
  (row) => {
    const [style, width, height, seed, toWidth, toHeight] = row as number[];
    const data = pictureOf(style!, width!, height!, 3, seed!);
    const before = digest(data);
    const size = { width: toWidth!, height: toHeight! };
    const resized = resizeFloat({ width: width!, height: height!, data }, size);
    expect(digest(data)).toBe(before);
    return farthestOf(resized.data, floats(String(row[6])), 16);
  },
  2e-5,
);
