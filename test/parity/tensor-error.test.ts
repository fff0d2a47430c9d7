import { expect, test } from "vitest";
import { logitError, tensorError } from "../../src/parity/crossing.ts";

test("errors of a tensor, worked by hand", () => {
  // Channels (3, 4) and (0, 12): norms 5 and 12, whole norm 13. Differences (0, 0) and (3, 4): norm 5.
  const error = tensorError(Float32Array.of(3, 4, 0, 12), Float32Array.of(3, 4, 3, 16), 2);
  expect(error.identical).toBe(false);
  expect(error.relativeL2).toBeCloseTo(5 / 13, 12);
  expect(error.max).toBe(4);
  // (9 + 16 + 0 + 192) / (13 * sqrt(290))
  expect(error.cosine).toBeCloseTo(217 / (13 * Math.sqrt(290)), 12);
  expect(error.snr).toBeCloseTo(10 * Math.log10(169 / 25), 12);
  expect(error.worstChannel.index).toBe(1);
  expect(error.worstChannel.relativeL2).toBeCloseTo(5 / 12, 12);
  expect(error.notFinite).toBe(0);
});

test("nothing differs, and values that are not finite", () => {
  const same = tensorError(Float32Array.of(1, 0), Float32Array.of(1, -0), 1);
  expect(same).toMatchObject({ identical: true, cosine: 1, relativeL2: 0, max: 0, snr: null });
  const broken = tensorError(Float32Array.of(1, 2), Float32Array.of(1, Number.NaN), 1);
  expect(broken).toMatchObject({ identical: false, notFinite: 1, relativeL2: 0 });
});

test("errors of logits: the side of 0 counts, 0 itself is background", () => {
  const error = logitError(Float32Array.of(1, -1, 0, 2), Float32Array.of(-1, -2, 0.5, 2));
  expect(error).toEqual({ max: 2, mean: (2 + 1 + 0.5) / 4, signs: 2 / 4 });
});
