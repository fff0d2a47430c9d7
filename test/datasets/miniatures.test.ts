import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { loadYaml } from "../../src/config/yaml/schema.ts";
import { adapters, openDataset, openQueries } from "../../src/datasets/index.ts";
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
  "coco-val2017": { dropped: 1 },
};
const made = drawnCards("image");
const ofClips = drawnCards("clip");
const ofPhrases = drawnCards("concept");

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
  ).toEqual(
    [...new Set([...made, ...ofClips, ...ofPhrases].map((name) => readCard(name).root ?? name))].sort(),
  );
});

/** Formats of annotation tools, which belong to no benchmark: their smallest files are in drawn.test.ts. */
const tools = ["cvat", "geojson", "labelme", "supervisely", "yolo-seg"];

test("every format of a benchmark has a miniature", () => {
  const used = new Set([...made, ...ofClips, ...ofPhrases].map((name) => readCard(name).adapter.format));
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

describe.each(ofPhrases)("%s", (name) => {
  const open = () => openQueries(readCard(name), rootOf(miniatures, name)).list();

  test("holds as many images, phrases and masks as its card says", async () => {
    const samples = await Promise.all((await open()).map(({ load }) => load()));
    const scored = samples.flatMap(({ queries }) => queries.filter(({ status }) => status === "ok"));
    const masks = scored.flatMap((query) => (query.status === "ok" ? query.annotators[0]!.masks : []));
    expect({ images: samples.length, phrases: scored.length, masks: masks.length }).toEqual(
      readCard(name).miniature,
    );
  });

  test("the list says which queries an image has, and its size, without reading it", async () => {
    for (const ref of await open()) {
      const { size, queries } = await ref.load();
      expect(ref.size).toEqual(size);
      expect(ref.queries).toEqual(queries.map(({ id }) => id));
    }
  });
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

  test("saco-gold: not exhaustive by one annotator alone, crowds, ids as text, an id that one file lacks", async () => {
    const refs = await openQueries(
      readCard("saco-gold-metaclip"),
      rootOf(miniatures, "saco-gold-metaclip"),
    ).list();
    const samples = await Promise.all(refs.map(({ load }) => load()));
    const said = samples.flatMap(({ queries }) =>
      queries.map((query) => [
        query.category,
        query.status === "ok"
          ? query.annotators
              .map(({ masks, crowds }) => `${masks.length}${crowds > 0 ? `+${crowds}` : ""}`)
              .join(" ")
          : query.reason,
      ]),
    );
    expect(said).toEqual([
      ["apple", "3 3 2"],
      ["red apple", "2 2 2"],
      ["dog", "0 0 0"],
      ["cup", "not exhaustive"],
      ["fruit", "not exhaustive"],
      ["pear", "1 0 1"],
      ["spoon", "0 1 0"],
      ["duck", "0 0 0"],
      ["duck", "4+1 4 4+1"],
      ["white duck", "3 3 4"],
      ["boat", "1 1 1"],
      ["swan", "0 3 0"],
      ["reeds", "0+1 0+1 0+1"],
      ["apple", "0 0 0"],
    ]);
    expect((await samples[0]!.image()).width).toBe(256);
  });

  test("saco-silver: a file name with a colon, and no picture", async () => {
    const [gone] = await openQueries(
      readCard("saco-silver-droid"),
      rootOf(miniatures, "saco-silver-droid"),
    ).list();
    expect(gone!.id).toBe("AUTOLab+5d05c5aa+2023-07-07-10h-32m-09s:0045");
    const { queries, image } = await gone!.load();
    expect(queries.map(({ status }) => status)).toEqual(["ok", "ok"]);
    await expect(image()).rejects.toThrow(/0045\.jpg/);
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
