// Damaged JSON of the COCO family: what is listed and drawn, or a sentence; annotations are never lost in silence.
import { expect, test, vi } from "vitest";
import type { DatasetCard } from "../../src/core/schema-types.ts";
import { openQueries } from "../../src/datasets/index.ts";
import { greyPng } from "../formats/fixture.ts";
import { opened } from "../helpers/watched-fs.ts";
import { type Files, fuzz, fuzzDataset, jsonOf } from "./fuzz.ts";

vi.mock("node:fs/promises", async (original) =>
  (await import("../helpers/watched-fs.ts")).watchFiles(await original()),
);

function cardOf(adapter: DatasetCard["adapter"]): DatasetCard {
  const named = { name: "fuzzed", title: "Fuzzed", version: 1, domain: ["objects"], maskType: "instance" };
  return { ...named, homepage: "https://example.org", licence: "CC0-1.0", adapter } as DatasetCard;
}

/** Annotations of the listed images: those of others fail as images of their own. */
function annotationsOf(files: Files): number | undefined {
  const { annotations } = (jsonOf(files["x.json"]) ?? {}) as { readonly annotations?: unknown };
  return Array.isArray(annotations) ? annotations.length : undefined;
}

const pixel = greyPng("12345678", "12345678", "12345678", "12345678");
const size = { width: 8, height: 4 };
const rles = [
  { size: [4, 8], counts: "06" },
  { size: [4, 8], counts: [3, 5, 24] },
];
const polygon = [[1, 0.5, 6, 1, 5, 3.5]];

test("coco", async () => {
  const card = cardOf({ format: "coco", annotations: ["x.json"], images: ["i"] });
  const annotations = [polygon, ...rles, null, []].map((segmentation, i) => ({
    ...{
      id: i,
      image_id: i % 2,
      category_id: i % 2,
      segmentation,
      iscrowd: 0,
      area: 4,
      bbox: [1, 1, 2, 2],
    },
  }));
  const json = {
    images: [0, 1].map((id) => ({ id, file_name: `${id}.png`, ...size })),
    annotations,
    categories: [0, 1].map((id) => ({ id, name: `c${id}` })),
  };
  const tally = await fuzzDataset({
    name: "coco",
    card,
    files: { "x.json": JSON.stringify(json), "i/0.png": pixel, "i/1.png": pixel },
    mutate: ["x.json"],
    opened,
    announced: annotationsOf,
  });
  expect(tally.counted).toBeGreaterThan(0);
  expect(tally.ok).toBeGreaterThan(0);
  expect(tally.refused).toBeGreaterThan(0);
}, 3_600_000);

test("youtube-vis", async () => {
  const card = cardOf({ format: "youtube-vis", annotations: ["x.json"], images: ["i"] });
  const json = {
    videos: [{ id: 1, ...size, length: 2, file_names: ["v/0.png", "v/1.png"] }],
    annotations: [[polygon, null], [...rles], [null, []]].map((segmentations, id) => ({
      ...{ id, video_id: 1, category_id: 1, iscrowd: 0, segmentations, ...size, length: 2 },
      ...{ bboxes: [[1, 1, 2, 2], null], areas: [4, null] },
    })),
    categories: [{ id: 1, name: "Fish" }],
  };
  const tally = await fuzzDataset({
    name: "youtube-vis",
    card,
    files: { "x.json": JSON.stringify(json), "i/v/0.png": pixel, "i/v/1.png": pixel },
    mutate: ["x.json"],
    opened,
  });
  expect(tally.ok).toBeGreaterThan(0);
  expect(tally.refused).toBeGreaterThan(0);
}, 3_600_000);

/** What is asked of the images, scored or not; masks are rectangles of two images. */
const instances = {
  images: [0, 1].map((id) => ({ id, file_name: `${id}.png`, ...size, neg_category_ids: [1] })),
  annotations: [polygon, ...rles].map((segmentation, i) => ({
    ...{ id: i, image_id: i % 2, category_id: i % 2, segmentation, iscrowd: 0, area: 4, bbox: [1, 1, 2, 2] },
  })),
  categories: [0, 1].map((id) => ({ id, name: `c_(${id})` })),
};
const references = [0, 1].map((id) => ({
  ...{
    ref_id: id,
    image_id: id,
    ann_id: id === 0 ? 0 : [1, -1],
    category_id: 1,
    split: "val",
    file_name: "x",
  },
  ...{ sent_ids: [id], sentences: [{ sent_id: id, sent: "left", raw: "Left", tokens: ["left"] }] },
}));
/** Protocol 0, as Python 2 writes it. */
const pickled =
  "(lp1\n(dp2\nS'ref_id'\nI0\nsS'image_id'\nI0\nsS'ann_id'\nL0L\nsS'split'\nS'val'\nsS'sentences'\n(lp3\n(dp4\nS'sent_id'\nI7\nsS'sent'\nVl\\u00e9ft\nsasa.";

test.each<[string, DatasetCard["adapter"], string, string]>([
  [
    "coco-phrases",
    { format: "coco-phrases", annotations: ["x.json"], images: ["i"], negatives: 1 },
    "x.json",
    "",
  ],
  [
    "refer, JSON",
    { format: "refer", annotations: "x.json", refs: "r.json", split: "val", images: ["i"] },
    "r.json",
    JSON.stringify(references),
  ],
  [
    "refer, pickle",
    { format: "refer", annotations: "x.json", refs: "r.p", split: "val", images: ["i"] },
    "r.p",
    pickled,
  ],
])(
  "%s",
  async (name, adapter, mutated, refs) => {
    const files = { "x.json": JSON.stringify(instances), "i/0.png": pixel, "i/1.png": pixel };
    const tally = await fuzz({
      ...{ name, mutate: [mutated], opened },
      files: refs === "" ? files : { ...files, [mutated]: refs },
      read: async ({ root }) => {
        const counts: Record<string, number> = {};
        const errors: unknown[] = [];
        const count = (key: string) => (counts[key] = (counts[key] ?? 0) + 1);
        for (const ref of await openQueries(cardOf(adapter), root).list())
          await ref.load().then(
            ({ queries }) => {
              for (const { status } of queries) count(status);
            },
            (error: unknown) => {
              count("refused");
              errors.push(error);
            },
          );
        return { counts, errors };
      },
    });
    expect(tally.ok).toBeGreaterThan(0);
    expect(tally.refused).toBeGreaterThan(0);
  },
  3_600_000,
);
