// Reads what scripts/oracle/pipeline.py wrote, draws its images again, and opens models for the tests.
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import { fullModelCard } from "../../src/core/defaults.ts";
import type { ModelCard } from "../../src/core/schema-types.ts";
import type { ImageSession, RgbImage } from "../../src/core/types.ts";
import { families, openModel } from "../../src/models/index.ts";
import { readOracle } from "../helpers/oracle.ts";
import { digest, pictureOf, shapeBytes } from "../masks/cases.ts";

export interface OracleFile {
  readonly cases: readonly (readonly (number | string)[])[];
  readonly simd?: readonly string[];
  readonly models?: Readonly<Record<string, string>>;
}

/** Reads `test/oracle/models/<name>.json` or `.json.gz`; a missing file fails the test that asks. */
export function oracle(name: string): OracleFile {
  return readOracle(`models/${name}`);
}

/** A shape in one colour on a gradient with noise: `tiny_image` of pipeline.py. */
export function tinyImage(number: number, width: number, height: number): RgbImage {
  const base = pictureOf(1, width, height, 3, 700 + number);
  const noise = pictureOf(0, width, height, 3, 710 + number);
  const object = shapeBytes(1, width, height, 720 + number);
  const colour = [90, 40, 10];
  const data = base.map((value, i) => {
    const lit = object[Math.floor(i / 3)]! * colour[i % 3]!;
    return Math.min(255, (value >> 1) + (noise[i]! >> 3) + lit);
  });
  return { width, height, data };
}

/** Undecided are pixels whose logit is as near to the threshold as 5e-5 of the largest logit; area and digest are without them. */
export type Told = readonly [
  area: number,
  digest: string,
  outside: readonly number[],
  inside: readonly number[],
];

/** Pixels that are decided are the same, every one; of the others it is counted how many are not. `which`: names the mask. */
export function compareMasks(
  mask: Uint8Array,
  [area, expected, outside, inside]: Told,
  which: readonly unknown[],
  different: { pixels: number; all: number },
): void {
  const is = (value: number) => (pixel: number) => mask[pixel] === value;
  different.pixels += outside.filter(is(1)).length + inside.filter(is(0)).length;
  different.all += mask.length;
  const decided = mask.slice();
  for (const pixel of [...outside, ...inside]) decided[pixel] = 0;
  const sum = decided.reduce((total, bit) => total + bit, 0);
  expect([...which, sum, digest(decided)]).toEqual([...which, area, expected]);
}

/** Path of a file of the repository. */
export const path = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url));
export const fixture = (name: string) => path(`test/fixtures/models/${name}.onnx`);

export const tinyFiles = {
  encoder: path("models/tiny/encoder.onnx"),
  decoder: path("models/tiny/decoder.onnx"),
};

export function cardOf(size: number, more: Partial<ModelCard> = {}, batch?: number) {
  const files = { encoder: "encoder.onnx", decoder: "decoder.onnx" };
  return fullModelCard(
    { name: "m", title: "M", family: "sam", files, ...more, image: { size, ...more.image } },
    families.sam!,
    batch === undefined ? {} : { batch },
  );
}

export interface Opening {
  readonly card?: Partial<ModelCard>;
  readonly batch?: number;
  readonly encoder?: string;
  readonly provider?: string;
}

/** A fixture decoder with the fixture encoder: frame 64, logits 16 x 16. */
export function openFixture(
  decoder: string,
  { card = {}, batch = 4, ...rest }: Opening = {},
): Promise<ImageSession> {
  const files = { encoder: rest.encoder ?? fixture("encoder"), decoder: fixture(decoder) };
  const runtime = { provider: rest.provider ?? "cpu", threads: 1 };
  const full = cardOf(64, card, batch);
  return openModel(families.sam!, { card: full, files, batch: full.batch }, runtime);
}

export function openTiny(batch = 4): Promise<ImageSession> {
  const card = cardOf(256, {}, batch);
  return openModel(families.sam!, { card, files: tinyFiles, batch }, { provider: "cpu", threads: 1 });
}
