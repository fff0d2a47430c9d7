// Damaged JSON of the COCO family: what is listed and drawn, or a sentence; annotations are never lost in silence.
import { expect, test, vi } from "vitest";
import type { DatasetCard } from "../../src/core/schema-types.ts";
import { greyPng } from "../formats/fixture.ts";
import { opened } from "../helpers/watched-fs.ts";
import { type Files, fuzzDataset, jsonOf } from "./fuzz.ts";

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
