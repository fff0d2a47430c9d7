// Number types of ports; binary16 values from IEEE 754 and, for the whole range, against the way back.
import { expect, test } from "vitest";
import { floatToHalf, halfToFloat } from "../../src/core/float16.ts";
import { castTo } from "../../src/models/tensors/cast.ts";

test.each([
  [0, 0],
  [-0, 0x8000],
  [1, 0x3c00],
  [-2, 0xc000],
  [0.1, 0x2e66],
  [65504, 0x7bff],
  [65519.996, 0x7bff],
  [65520, 0x7c00],
  [Number.NEGATIVE_INFINITY, 0xfc00],
  [2 ** -14, 0x0400],
  [2 ** -24, 1],
  [2 ** -25, 0],
  [2 ** -25 * 1.0001, 1],
  [1 + 2 ** -11, 0x3c00],
  [1 + 3 * 2 ** -11, 0x3c02],
  [2048.9998, 0x6800],
])("%d is %i", (value, half) => {
  expect(floatToHalf(value)).toBe(half);
});

test("every finite half is its own half", () => {
  for (let half = 0; half < 0x10000; half++) {
    const value = halfToFloat(half);
    if (Number.isNaN(value)) expect(floatToHalf(value) & 0x7c00).toBe(0x7c00);
    else expect(floatToHalf(value)).toBe(half);
  }
});

test("labels as 64-bit whole numbers, and no copy where the type is right", () => {
  const labels = { type: "float32", dims: [3], data: Float32Array.of(1, 0, -1) } as const;
  expect(castTo(labels, "int64")).toEqual({ type: "int64", dims: [3], data: BigInt64Array.of(1n, 0n, -1n) });
  expect(castTo(labels, "float32")).toBe(labels);
});
