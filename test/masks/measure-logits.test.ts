import { expect, test } from "vitest";
import { randomWords } from "../../src/core/random.ts";
import type { Logits } from "../../src/core/types.ts";
import { area, tightBox } from "../../src/masks/bit-mask.ts";
import { type MaskGeometry, maskFromLogits, measureLogits } from "../../src/masks/mask-from-logits.ts";

const cases = Number(process.env.SEGBENCH_FUZZ ?? 1500);
const words = new Int32Array(4096);
randomWords("measure logits")(words);
let next = 0;
const below = (count: number) => {
  if (next === words.length) {
    randomWords(`measure logits ${words[0]} ${words[1]}`)(words);
    next = 0;
  }
  return (words[next++]! >>> 0) % count;
};
const sizeUpTo = (most: number) => ({ width: 1 + below(most), height: 1 + below(most) });

/** Kinds: eighths around the thresholds, so that sums meet them; smooth; constant; huge and tiny; all but one below; not finite. */
function logitsOf(kind: number, { width, height }: { width: number; height: number }): Logits {
  const at = [below(width), below(height)] as const;
  const constant = [0, 1, -1, 0.5, -1e-30][below(5)]!;
  const scale = 1 + below(12);
  const valueAt = (x: number, y: number): number => {
    if (kind === 0) return (below(25) - 12) / 8;
    if (kind === 1) return scale - Math.hypot(x - at[0], y - at[1]);
    if (kind === 2) return constant;
    if (kind === 3) return (below(3) - 1) * 10 ** (below(76) - 38);
    if (kind === 4) return x === at[0] && y === at[1] ? 9 : -9;
    return [3, -3, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY][below(5)]!;
  };
  const data = new Float32Array(width * height);
  for (let i = 0; i < data.length; i++) data[i] = valueAt(i % width, Math.floor(i / width));
  return { width, height, data };
}

test("a mask is measured as three drawings say", () => {
  const seen = { empty: 0, full: 0, between: 0 };
  for (let i = 0; i < cases; i++) {
    const low = sizeUpTo(i % 10 === 0 ? 70 : 20);
    const frame = sizeUpTo(90);
    const resized = { width: 1 + below(frame.width), height: 1 + below(frame.height) };
    const original = i % 5 === 0 ? { ...resized } : sizeUpTo(120);
    const geometry: MaskGeometry = { frame, resized, original, threshold: [0, 0, 0.5, -1][below(4)]! };
    const offset = [1, 1, 0.25, 0][below(4)]!;
    const logits = logitsOf(i % 6, low);
    const drawn = (threshold: number) => maskFromLogits(logits, { ...geometry, threshold });
    const mask = drawn(geometry.threshold);
    const expected = {
      area: area(mask),
      inside: area(drawn(geometry.threshold + offset)),
      outside: area(drawn(geometry.threshold - offset)),
      box: tightBox(mask),
    };
    expect(measureLogits(logits, geometry, offset), `case ${i}`).toEqual(expected);
    const kind = expected.area === 0 ? "empty" : expected.inside === expected.outside ? "full" : "between";
    seen[kind]++;
  }
  expect(Math.min(...Object.values(seen))).toBeGreaterThan(cases / 20);
});
