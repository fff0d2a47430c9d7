// COCO results: what an entry may say, what is wrong with one, and what is wrong with a file.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readDetections } from "../../src/formats/detections.ts";
import { readPredictions } from "../../src/formats/predictions.ts";
import { toBytes } from "../../src/masks/bit-mask.ts";
import { temporaryFolder } from "../helpers/synthetic.ts";

const size = { width: 3, height: 2 };
const rle = { size: [2, 3], counts: [1, 2, 3] };
const categories = new Map<number | string, string>([
  [1, "cat"],
  [2, "dog"],
]);
const find = (id: number | string) => (String(id) === "7" ? { id: "seven", size, categories } : undefined);
const file = (text: string, name = "r.json") => {
  const path = join(temporaryFolder(), name);
  writeFileSync(path, text);
  return path;
};
const json = (value: unknown) => file(JSON.stringify(value));
const good = { image_id: 7, category_id: 1, segmentation: rle, score: 0.5 };

test("RLE of both kinds and polygons, ids as numbers and texts, in the order of the file", async () => {
  const found = await readDetections(
    json([
      good,
      { ...good, image_id: "7", category_id: "2", segmentation: { size: [2, 3], counts: "123" } },
      { ...good, category_id: null, segmentation: [[0, 0, 3, 0, 3, 2, 0, 2]], score: -1 },
      { ...good, image_id: 8 },
      { ...good, image_id: 8 },
    ]),
    find,
  );
  expect(found).toMatchObject({
    name: "r.json",
    entries: 5,
    images: ["seven"],
    leftOut: { count: 0, lines: [] },
  });
  expect([...found.strangers]).toEqual([["8", 2]]);
  expect([...found.categories]).toEqual(["cat", "dog"]);
  const read = await found.read("seven");
  expect(read.map(({ index, name, score, category }) => [index, name, score, category])).toEqual([
    [0, "r.json[0]", 0.5, "cat"],
    [1, "r.json[1]", 0.5, "dog"],
    [2, "r.json[2]", -1, undefined],
  ]);
  const pixels = await Promise.all(read.map(async (one) => [...toBytes(await one.read(size))]));
  expect(pixels).toEqual([
    [0, 1, 0, 1, 0, 0],
    [0, 1, 0, 1, 0, 0],
    [1, 1, 1, 1, 1, 1],
  ]);
  expect(await found.read("other")).toEqual([]);
});

test("a whole document: images by their files' names, categories by its own, wherever they stand", async () => {
  const whole = (name: string) => ({
    annotations: [good, { ...good, image_id: 8 }, { ...good, category_id: 2, score: null }],
    images: [
      { id: 7, file_name: "photos/seven.png" },
      { id: 8, file_name: "eight.png" },
    ],
    categories: [{ id: 1, name }],
  });
  const byName = (id: number | string) =>
    id === "seven.png" ? { id: "seven", size, categories } : undefined;
  const found = await readDetections(json(whole("dog")), byName);
  expect([...found.strangers]).toEqual([["eight.png", 1]]);
  expect([...found.categories]).toEqual(["dog"]);
  expect(found.leftOut.lines).toEqual([
    "r.json: annotations[2]: score is not a number; expected a finite number, got null",
  ]);
  const [read] = await found.read("seven");
  expect(read).toMatchObject({ index: 0, name: "r.json: annotations[0]", score: 0.5, category: "dog" });
  // The benchmark knows no category "mask": any target may be matched.
  const [all] = await (await readDetections(json(whole("mask")), byName)).read("seven");
  expect(all).not.toHaveProperty("category");
});

test("images of two folders that have one name are not one image", async () => {
  const byName = (id: number | string) =>
    id === "seven.png" ? { id: "seven", size, categories } : undefined;
  const whole = (...names: string[]) => ({
    annotations: names.map((_, id) => ({ ...good, image_id: id })),
    images: names.map((name, id) => ({ id, file_name: name })),
  });
  const message =
    "r.json: holds masks of two images that may be the benchmark's seven; expected masks of one of them, got train/seven.png and val/seven.png";
  const both = json(whole("train/seven.png", "val/seven.png"));
  await expect(readDetections(both, byName)).rejects.toThrow(message);
  const list = json(["train/seven.png", "val/seven.png"].map((id) => ({ ...good, image_id: id })));
  const loose = (id: number | string) => byName(String(id).replace(/^.*\//, ""));
  await expect(readDetections(list, loose)).rejects.toThrow(message);
  const one = await readDetections(json(whole("train/seven.png", "train/seven.png")), byName);
  expect(await one.read("seven")).toHaveLength(2);
});

describe("an entry that cannot be used is left out and named", () => {
  const { score: _, ...unscored } = good;
  const { segmentation: __, ...maskless } = good;
  test.each([
    [7, "r.json[1]: is not a detection; expected an object, got 7"],
    [{ ...good, image_id: null }, "r.json[1]: image_id is missing; expected a number or a text, got null"],
    [
      { target: "a", sample: "b", rle, score: 1 },
      "r.json[1]: names its target, and needs no match; expected COCO results, a list of {image_id, category_id, segmentation, score}, or no `match`",
    ],
    [unscored, "r.json[1]: score is not a number; expected a finite number, got nothing"],
    [{ ...good, score: "0.5" }, 'r.json[1]: score is not a number; expected a finite number, got "0.5"'],
    [
      { ...maskless, bbox: [0, 0, 1, 1] },
      "r.json[1]: has a box but no mask; expected segmentation, got image_id, category_id, score, bbox",
    ],
    [maskless, "r.json[1]: there is no mask; expected segmentation, got image_id, category_id, score"],
    [
      { ...good, category_id: 3 },
      "r.json[1]: the benchmark does not have this category; expected one of 1, 2, or no category_id (then every target may match), got 3",
    ],
    [
      { ...good, category_id: [1] },
      "r.json[1]: category_id is not an id; expected a number or a text, got [1]",
    ],
    [
      { ...good, segmentation: { size: [2, 3], counts: "~" } },
      'r.json[1]: compressed RLE has a bad character at position 0; expected characters from "0" to "o", got "~"',
    ],
    [
      { ...good, segmentation: { size: [2, 3], counts: [1, 2] } },
      "r.json[1]: run lengths do not add up to width x height; expected 6, got 3",
    ],
    [
      { ...good, segmentation: { size: [1, 3], counts: [3] } },
      "r.json[1]: the mask and its image differ in size; expected 3x2, got 3x1",
    ],
    [
      { ...good, segmentation: [[0, 1]] },
      "r.json[1]: a polygon has too few points; expected 3 or more, got 1",
    ],
  ])("%j", async (entry, line) => {
    const found = await readDetections(json([good, entry]), find);
    expect(found.leftOut).toEqual({ count: 1, lines: [line] });
    expect((await found.read("seven")).map(({ index }) => index)).toEqual([0]);
  });

  test("the first ten are named, all are counted", async () => {
    const { leftOut } = await readDetections(json(Array(12).fill(null)), find);
    expect([leftOut.count, leftOut.lines.length]).toEqual([12, 10]);
  });
});

test.each([
  [
    '{"images": [], "info": {}}',
    "r.json: is not a list of detections; expected COCO results, a list of {image_id, category_id, segmentation, score}, or a document with such annotations, got an object with images, info",
  ],
  ["7", "r.json: is not a list of detections"],
  ['[{"image_id": 7,}]', 'r.json, line 1, column 17: not JSON; got "}"'],
])("as a whole: %s", async (text, message) => {
  await expect(readDetections(file(text), find)).rejects.toThrow(message);
});

test("without a matching they are an error that says how to ask for one", async () => {
  await expect(readPredictions(json([good]), { benchmark: "b" })).rejects.toThrow(
    "r.json[0]: is a detection of COCO results, which names no target; expected `match` coco for average recall and precision, or best, which gives each target the best-scored detection with IoU >= 0.5",
  );
});
