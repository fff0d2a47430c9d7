// The generator against the authors' own, on drawn answers (scripts/oracle/official/everything_cases.py).
import { expect, test } from "vitest";
import { fates, type GeneratorSettings } from "../../../src/core/mask-sets.ts";
import type { Candidate, ImageSession, Size } from "../../../src/core/types.ts";
import type { Clicking } from "../../../src/eval/everything/click-crop.ts";
import { generateMasks } from "../../../src/eval/everything/generate.ts";
import { Stopwatch } from "../../../src/eval/stopwatch.ts";
import { fromBytes, toBytes } from "../../../src/masks/bit-mask.ts";
import { type MaskGeometry, maskFromLogits, measureLogits } from "../../../src/masks/mask-from-logits.ts";
import { withoutSmallLogits, withoutSmallRegions } from "../../../src/masks/regions.ts";
import { rleOf } from "../../../src/masks/rle.ts";
import { holdCases, type Row, readOracle } from "../../helpers/oracle.ts";
import { digest, random } from "../../masks/cases.ts";
import { fourMasks } from "../fake-session.ts";

const casesOf = (name: string) => readOracle<{ readonly cases: readonly Row[] }>(`everything/${name}`).cases;
const scores = [0.7, 0.8, 0.88, 0.881, 0.9, 0.95, 0.97, 1].map(Math.fround);

/** As `answer` of the script draws it. */
function answerOf(seed: number, index: number, low: number, shift: number): Candidate {
  const { below } = random(seed * 4099 + index);
  const predictedIou = scores[below(8)]!;
  const kind = below(8);
  const strength = [8, 64][below(2)]!;
  const [inside, outside] = [(1 + below(64)) * strength, -(1 + below(64)) * strength];
  const cells = new Array<number>(low * low).fill(outside);
  const fill = (x: number, y: number, width: number, height: number) => {
    for (let row = y; row < y + height; row++) cells.fill(inside, row * low + x, row * low + x + width);
  };
  const corner = (count: number) => [below(count), below(count)] as const;
  if (kind === 0) cells.fill([-64, -8, 0, 8, 64][below(5)]!);
  else if (kind === 1) {
    const [x, y] = corner(low);
    fill(x, y, 1, 1 + below(low - y));
  } else if (kind === 2) fill(2, 2, [8, 11, 9][below(3)]!, 12);
  else if (kind === 3) {
    if (below(2) === 0) fill(2, 2, 12, 12);
    else {
      const [x, y] = corner(low);
      const height = 1 + below(low - y);
      fill(x, y, 1 + below(low - x), height);
    }
    for (let i = 0; i < 6; i++) {
      const [cx, cy] = corner(low);
      cells[cy * low + cx] = cells[cy * low + cx] === inside ? outside : inside;
    }
  } else if (kind < 6) {
    const [x, y] = corner(4);
    const [width, height, quarter] = [1 + below(4 - x), 1 + below(4 - y), Math.floor(low / 4)];
    fill(x * quarter, y * quarter, width * quarter, height * quarter);
  } else
    for (let i = 1 + below(2); i > 0; i--) {
      const [x, y] = corner(low);
      const height = 1 + below(low - y);
      fill(x, y, 1 + below(low - x), height);
    }
  const data = Float32Array.from(cells, (cell) => cell / 8 + shift);
  return { predictedIou, lowResolution: { width: low, height: low, data } };
}

type Six = readonly [number, number, number, number, number, number];

/** What the generator makes of a case's answers. */
function setOf(row: Row, settings: GeneratorSettings, see?: Clicking["see"]) {
  const [seed, width, height, side, low, shift] = row as unknown as Six;
  const geometry = ({ width, height }: Size): MaskGeometry => {
    const original = { width, height };
    if (settings.rules === "sam2") return { frame: original, resized: original, original, threshold: 0 };
    const scale = side / Math.max(width, height);
    const resized = { width: Math.floor(width * scale + 0.5), height: Math.floor(height * scale + 0.5) };
    return { frame: side, resized, original, threshold: 0 };
  };
  let next = 0;
  const session: ImageSession = {
    capabilities: fourMasks,
    facts: {},
    encode: async ({ width, height }) => ({ size: { width, height } }),
    decode: async (_, prompts) =>
      prompts.map(({ multimask }) => ({
        status: "ok",
        candidates: Array.from({ length: multimask ? 3 : 1 }, () => answerOf(seed, next++, low, shift)),
      })),
    mask: ({ lowResolution }, size) => maskFromLogits(lowResolution, geometry(size)),
    measure: ({ lowResolution }, size, offset) => measureLogits(lowResolution, geometry(size), offset),
    release: async () => undefined,
    close: async () => undefined,
  };
  const image = { width, height, data: new Uint8Array(3 * width * height) };
  const watch = new Stopwatch(() => 0);
  return generateMasks(image, settings, { session, watch, see, batch: 64 });
}

test("all masks, of ties and extremes", async () => {
  const cases = casesOf("cases");
  expect(cases).toHaveLength(245);
  expect(cases.filter((row) => row[7] === "").length).toBeGreaterThan(5);
  const got = new Map<Row, { readonly lines: readonly unknown[]; readonly fates: Uint8Array }>();
  for (const [index, row] of cases.entries()) {
    // Of every other case all candidates are looked at, as for the loss split, which measures more of them.
    const seen: number[] = [];
    const see = ({ candidate }: { readonly candidate: number }) => seen.push(candidate);
    const looks = index % 2 === 0;
    const set = await setOf(row, JSON.parse(row[6] as string) as GeneratorSettings, looks ? see : undefined);
    expect(seen).toEqual(looks ? [...set.fates.keys()] : []);
    expect(set.fates.length).toBe(3 * set.points);
    expect(set.fates.filter((fate) => fates[fate] === "kept").length).toBe(set.masks.length);
    const lines = set.masks.map(({ point, predictedIou, stability, area, box, crop, mask }) => [
      ...[point.x, point.y, predictedIou, stability, area, box.x0, box.y0, box.x1, box.y1],
      ...[crop.x0, crop.y0, crop.x1, crop.y1, rleOf(mask()).counts],
    ]);
    got.set(row, { lines, fates: set.fates });
  }
  holdCases("everything/cases", cases, (row) => {
    const lines = (row[7] as string).split("\n").filter((line) => line !== "");
    const expected = lines.map((line) => JSON.parse(line) as unknown);
    expect(got.get(row)!.lines).toEqual(expected);
    return undefined;
  });
  const met = new Set([...got.values()].flatMap((one) => [...one.fates].map((fate) => fates[fate])));
  expect([...met].sort()).toEqual([...fates].sort());
});

test("small regions of masks and of logits", () => {
  const cases = casesOf("regions");
  holdCases("everything/regions", cases, (row) => {
    const [seed, width, height, least, share, changed] = row as unknown as Six;
    const { next } = random(seed);
    for (let i = 0; i < 4; i++) next(); // sizes and shares
    const bytes = Uint8Array.from({ length: width * height }, () => (next() % 10 < share ? 1 : 0));
    const mask = fromBytes(bytes, width, height);
    const cleaned = withoutSmallRegions(mask, least);
    expect([cleaned.changed, digest(toBytes(cleaned.mask))]).toEqual([changed === 1, row[6]]);
    const data = Float32Array.from(bytes, (set) => 1.5 * set);
    const turned = withoutSmallLogits({ width, height, data }, least);
    const text = Array.from(turned.data, (v) => ({ 1.5: "?", 0: ".", 10: "+" })[v] ?? "-").join("");
    expect(digest(Buffer.from(text))).toBe(row[7]);
    return undefined;
  });
});
