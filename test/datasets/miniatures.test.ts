import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { loadYaml } from "../../src/config/schema.ts";
import { adapters, openDataset } from "../../src/datasets/index.ts";
import { datasetContract } from "../contracts/dataset.ts";
import { cardNames, drawnCards, miniatures, readCard, rootOf } from "./cards.ts";

/** What `miniature` of its card does not say: targets that are not scored. */
const unscored: Readonly<Record<string, { dropped?: number; failed?: number }>> = {
  ade20k: { dropped: 1 },
  cityscapes: { dropped: 2 },
  doors: { dropped: 1 },
  ndd20: { dropped: 2 },
  streets: { dropped: 1 },
  trashcan: { dropped: 3 },
  visor: { dropped: 6 },
  woodscape: { dropped: 4 },
  "zerowaste-f": { dropped: 1 },
  lvis: { dropped: 1 },
};
const made = drawnCards("image");
const ofClips = drawnCards("clip");

for (const name of made) {
  describe(name, () => {
    const { images = 0, masks = 0 } = readCard(name).miniature ?? {};
    datasetContract({
      name,
      open: () => openDataset(readCard(name), rootOf(miniatures, name)),
      images,
      targets: { ok: masks, ...unscored[name] },
    });
  });
}

test("every miniature has a card that counts it, and the other way round", () => {
  expect(
    readdirSync(miniatures)
      .filter((name) => !name.includes("."))
      .sort(),
  ).toEqual([...made, ...ofClips].map((name) => readCard(name).root ?? name).sort());
});

/** Formats of annotation tools, which belong to no benchmark: their smallest files are in drawn.test.ts. */
const tools = ["cvat", "geojson", "labelme", "supervisely", "yolo-seg"];

test("every format of a benchmark has a miniature", () => {
  const used = new Set([...made, ...ofClips].map((name) => readCard(name).adapter.format));
  expect([...used, ...tools].sort()).toEqual(Object.keys(adapters).sort());
});

test.each(cardNames)("card %s is valid and named after its file", async (name) => {
  const { value, problems } = await loadYaml<{ name: string }>(
    `datasets/${name}.yaml`,
    "dataset-card",
    process.cwd(),
  );
  expect(problems).toEqual([]);
  expect(value?.name).toBe(name);
});

test("the miniatures are small", () => {
  const sizeOf = (path: string): number =>
    statSync(path).isDirectory()
      ? readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0)
      : statSync(path).size;
  expect(existsSync(miniatures)).toBe(true);
  expect(sizeOf(miniatures)).toBeLessThan(12_000_000);
});

describe("traps of the real files are there", () => {
  const load = async (name: string) => {
    const refs = await openDataset(readCard(name), rootOf(miniatures, name)).list();
    return Promise.all(refs.map(async (ref) => ({ ref, sample: await ref.load() })));
  };

  test("trashcan: a picture without annotations, empty segmentations, a crowd, two videos' clusters", async () => {
    const samples = await load("trashcan");
    expect(samples.filter(({ sample }) => sample.targets.length === 0).map(({ ref }) => ref.id)).toEqual([
      "vid_000101_frame0000095",
    ]);
    const reasons = samples.flatMap(({ sample }) =>
      sample.targets.flatMap((t) => (t.status === "ok" ? [] : [t.reason])),
    );
    expect(reasons.sort()).toEqual(["crowd", "empty", "empty"]);
    expect(new Set(samples.map(({ ref }) => ref.cluster)).size).toBe(3);
  });

  test("ppdls: labels have gaps", async () => {
    const [first] = await load("ppdls");
    expect(first!.sample.targets.map(({ id }) => id)).toEqual([
      "1",
      "2",
      "3",
      "5",
      "6",
      "7",
      "8",
      "10",
      "11",
      "12",
      "13",
      "15",
    ]);
  });
});
