// Resampling by hand: the examples of the doc comments, ties at the threshold, values that are no numbers.
import { describe, expect, test } from "vitest";
import type { Logits } from "../../src/core/types.ts";
import { equals, not } from "../../src/masks/bit-mask.ts";
import { maskFromLogits } from "../../src/masks/mask-from-logits.ts";
import { fitLongSide, resizeImage } from "../../src/masks/resize-image.ts";
import { logitsFromShape, resizeLogits } from "../../src/masks/resize-logits.ts";
import { ascii, draw } from "../helpers/ascii-mask.ts";
import { logitsOf } from "./cases.ts";
import { maskFromLogitsPlainly } from "./plain-mask-from-logits.ts";

function rowOf(...values: number[]): Logits {
  return { width: values.length, height: 1, data: Float32Array.from(values) };
}

function square(side: number, value: (i: number) => number): Logits {
  return { width: side, height: side, data: Float32Array.from({ length: side * side }, (_, i) => value(i)) };
}

describe("logits", () => {
  test("half-pixel centres, clamped at the borders", () => {
    expect([...resizeLogits(rowOf(0, 4), { width: 4, height: 1 }).data]).toEqual([0, 1, 3, 4]);
    expect([...resizeLogits(rowOf(0, 1, 2, 3), { width: 2, height: 2 }).data]).toEqual([0.5, 2.5, 0.5, 2.5]);
    expect([...resizeLogits(rowOf(7), { width: 2, height: 2 }).data]).toEqual([7, 7, 7, 7]);
  });
  test("the same size is a copy", () => {
    const logits = rowOf(1, 2);
    const same = resizeLogits(logits, logits);
    expect(same).toEqual(logits);
    expect(same.data).not.toBe(logits.data);
  });
});

describe("masks from logits", () => {
  const geometry = {
    frame: 4,
    resized: { width: 4, height: 2 },
    original: { width: 4, height: 2 },
    threshold: 0,
  };
  test("a logit on the threshold is not set", () => {
    expect(
      draw(
        maskFromLogits(
          square(4, () => 0),
          geometry,
        ),
      ),
    ).toEqual(["....", "...."]);
    expect(
      draw(
        maskFromLogits(
          square(4, () => 1e-6),
          geometry,
        ),
      ),
    ).toEqual(["####", "####"]);
    expect(
      draw(
        maskFromLogits(
          square(4, (i) => (i % 4) - 1),
          geometry,
        ),
      ),
    ).toEqual(["..##", "..##"]);
  });
  test("what lies below the image part of the frame is not read", () => {
    const logits = square(4, (i) => (i < 8 ? -1 : 100));
    expect(draw(maskFromLogits(logits, geometry))).toEqual(["....", "...."]);
  });
  test("a large picture equals the plain rule", () => {
    for (const style of [0, 1, 2, 3, 4]) {
      for (const original of [
        { width: 1001, height: 563 },
        { width: 333, height: 187 },
      ]) {
        const logits = logitsOf(style, 256, 256, 77 + style);
        const large = { frame: 1024, resized: fitLongSide(original, 1024), original, threshold: 0 };
        expect(equals(maskFromLogits(logits, large), maskFromLogitsPlainly(logits, large))).toBe(true);
      }
    }
  });
  test("values near the threshold are interpolated, whatever their neighbours", () => {
    const original = { width: 70, height: 70 };
    for (const threshold of [0, 0.1, -7.3]) {
      for (const spread of [1e-3, 1e-6, 1e-7, 1e-33]) {
        const logits = square(8, (i) => threshold + spread * (((i * 37) % 11) - 5));
        const near = { frame: 32, resized: { width: 32, height: 32 }, original, threshold };
        expect(equals(maskFromLogits(logits, near), maskFromLogitsPlainly(logits, near))).toBe(true);
      }
    }
  });
});

describe("shapes as logits", () => {
  const all = { frame: 4, resized: { width: 4, height: 4 }, low: 2 };
  test("a full shape is +magnitude, an empty one -magnitude, half a cell 0", () => {
    const full = not(ascii("....", "....", "....", "...."));
    expect([...logitsFromShape(full, all, 10).data]).toEqual([10, 10, 10, 10]);
    expect([...logitsFromShape(not(full), all, 10).data]).toEqual([-10, -10, -10, -10]);
    const left = ascii("#...", "#...", "....", "....");
    expect([...logitsFromShape(left, all, 10).data]).toEqual([0, -10, -10, -10]);
  });
  test("the padding of the frame is outside", () => {
    const wide = { frame: 4, resized: { width: 4, height: 1 }, low: 2 };
    expect([...logitsFromShape(ascii("########", "########"), wide, 1).data]).toEqual([0, 0, -1, -1]);
  });
});

describe("images", () => {
  test("halves are rounded up, an axis that stays is not touched", () => {
    const data = Uint8Array.of(0, 255);
    expect([...resizeImage({ width: 2, height: 1, data }, { width: 1, height: 1 }, "bilinear").data]).toEqual(
      [128],
    );
    const same = resizeImage({ width: 2, height: 1, data }, { width: 2, height: 1 }, "bicubic");
    expect(same.data).toEqual(data);
    expect(same.data).not.toBe(data);
    expect(same.data.buffer).not.toBe(data.buffer);
  });
  test("bicubic overshoot is clipped", () => {
    const data = Uint8Array.of(0, 0, 255, 255);
    const { data: wide } = resizeImage({ width: 4, height: 1, data }, { width: 12, height: 1 }, "bicubic");
    expect([Math.min(...wide), Math.max(...wide)]).toEqual([0, 255]);
  });
  test("sizes as SAM computes them", () => {
    expect(fitLongSide({ width: 640, height: 427 }, 1024)).toEqual({ width: 1024, height: 683 });
    expect(fitLongSide({ width: 427, height: 640 }, 1024)).toEqual({ width: 683, height: 1024 });
  });
});
