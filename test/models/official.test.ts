// What the authors' own code says of the product (scripts/oracle/official): its results, and the bundled model played again.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { instructionSets } from "../../scripts/check-real/numerics.ts";
import { type Asked, type Picture, picturesOf } from "../../scripts/oracle/official/pictures.ts";
import { digestOf, openPlayer } from "../../scripts/oracle/official/play.ts";
import { preparePlan } from "../../src/config/index.ts";
import { imagesOf } from "../../src/config/runs/kinds.ts";
import { sha256 } from "../../src/core/hash.ts";
import type { ModelCard } from "../../src/core/schema-types.ts";
import { held, readOracle } from "../helpers/oracle.ts";
import { path } from "./cases.ts";

interface Counts {
  readonly cases: number;
  readonly equal: number;
  readonly outside: number;
}

interface Judged {
  readonly bound: number;
  readonly cases: number;
  readonly equal: number;
  readonly outsideBand: number;
  readonly largestDifference: number;
  readonly kinds: Readonly<Record<string, Counts>>;
  readonly script: string;
  readonly side: number;
  readonly asked: Asked;
  readonly benchmarks: readonly string[];
  /** SHA-256 of each graph. */
  readonly files: Readonly<Record<string, string>>;
  readonly simd: readonly string[];
  readonly digests?: readonly string[];
  readonly pictures: number;
  readonly list: readonly (readonly [
    name: string,
    width: number,
    height: number,
    sha256: string,
    targets: number,
  ])[];
}

interface Demanded {
  /** At least. */
  readonly cases: number;
  readonly side: number;
  /** Of the largest logit: pixels as near to the threshold may lie on either side. 0: all masks are equal. */
  readonly bound: number;
}

const demanded: Readonly<Record<string, Demanded>> = {
  "sam-mobile": { cases: 600, side: 1024, bound: 0 },
  "sam-vit_t": { cases: 600, side: 1024, bound: 1e-4 },
  "sam-vit_b": { cases: 600, side: 1024, bound: 1e-4 },
  "sam2.1-tiny-1024": { cases: 600, side: 1024, bound: 1e-4 },
  "sam2.1-tiny-256": { cases: 500, side: 256, bound: 1e-4 },
  "sam2.1-tiny-256-stable": { cases: 600, side: 256, bound: 1e-4 },
};

const folder = path("scripts/oracle/official");
const read = (file: string): Judged => JSON.parse(readFileSync(`${folder}/${file}`, "utf8"));
const files = readdirSync(folder).filter((file) => /^sam.*\.json$/.test(file));

test("every judge's results are there", () => {
  expect(files.map((file) => file.replace(".json", "")).sort()).toEqual(Object.keys(demanded).sort());
});

describe.each(Object.keys(demanded))("%s", (name) => {
  const { cases, side, bound } = demanded[name]!;
  const results = read(`${name}.json`);

  test(`the judge finds nothing different, in ${cases} cases or more`, () => {
    expect(results.cases).toBeGreaterThanOrEqual(cases);
    expect(results).toMatchObject({ side, bound, outsideBand: 0 });
    expect(results.largestDifference).toBeLessThanOrEqual(bound);
    if (bound === 0) expect(results.equal).toBe(results.cases);
    expect(existsSync(path(results.script))).toBe(true);
  });

  test("its cases are those of its pictures, of every kind of prompt", () => {
    const kinds = Object.values(results.kinds);
    const sum = (key: keyof Counts) => kinds.reduce((total, kind) => total + kind[key], 0);
    expect([sum("cases"), sum("equal"), sum("outside")]).toEqual([
      results.cases,
      results.equal,
      results.outsideBand,
    ]);
    expect(Object.keys(results.kinds)).toEqual(
      expect.arrayContaining(["one click", "9 clicks", "box", "box + click", "mask"]),
    );
    const { real, made } = results.asked;
    expect(results.list).toHaveLength(real + made);
    expect(results.pictures).toBe(real + made);
    // Three candidates of the first click; one of eight further clicks, a box, two clicks after it, and two masks.
    const targets = results.list.reduce((total, [, , , , number]) => total + number, 0);
    expect(results.cases).toBe(16 * targets);
  });
});

test("MobileSAM was judged on pictures of every set, and on shapes that break resizing", () => {
  const { list, benchmarks, files } = read("sam-mobile.json");
  const sizes = list.map(([, width, height]) => `${width}x${height}`);
  expect(sizes).toEqual(expect.arrayContaining(["1x500", "500x1", "4500x3000", "333x517", "17x13"]));
  expect(new Set(list.map(([name]) => name.split("/")[0]))).toEqual(new Set(benchmarks));
  expect(benchmarks).toHaveLength(10);
  // Around the files that `pull` makes, and no others.
  const card: ModelCard = parse(readFileSync(path("configs/models/mobile-sam-npm.yaml"), "utf8"));
  const stated = Object.entries(card.files).map(([part, file]) => [
    part,
    card.download!.find((one) => one.file === file)!.sha256,
  ]);
  expect(files).toEqual(Object.fromEntries(stated));
});

test("the bundled model's masks are those of SamPredictor around its graphs", async () => {
  const { digests, asked, benchmarks: chosen, list, simd } = readOracle<Judged>("official/sam-tiny");
  const home = path("");
  const { models, benchmarks } = await preparePlan({
    file: path("configs/quickstart.yaml"),
    overrides: { models: ["tiny"], benchmarks: chosen, data: path("datasets/samples"), batch: 1 },
    ...{ cwd: home, env: {} },
  });
  const player = await openPlayer(models[0]!.card, models[0]!.files);
  const played: string[] = [];
  const pictures: unknown[] = [];
  for await (const picture of picturesOf(
    benchmarks.map((one) => ({ ...one, refs: imagesOf(one, "the test") })),
    asked,
  )) {
    pictures.push(listed(picture));
    for (const steps of await player.play(picture))
      for (const { candidates } of steps) played.push(...candidates.map(({ mask }) => digestOf(mask)));
  }
  await player.close();
  expect(pictures).toEqual(list);
  expect(played).toHaveLength(digests!.length);
  const equal = played.filter((digest, i) => digest === digests![i]).length;
  // On another processor the runtime rounds differently, so that a mask here and there is another.
  const same = simd.join() === instructionSets().join();
  held("official/sam-tiny", played.length, 1 - equal / played.length, same ? 0 : 0.1, "of the masks");
});

function listed({ name, image, targets }: Picture) {
  return [name, image.width, image.height, sha256(image.data).slice(0, 16), targets.length];
}
