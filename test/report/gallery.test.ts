import { expect, test } from "vitest";
import type { MeasureNote } from "../../src/core/measure.ts";
import type { ScoredRow } from "../../src/core/rows.ts";
import { chooseGallery, type GalleryOptions, galleryItem, withSteps } from "../../src/report/index.ts";
import { exampleRows, scored } from "./rows.ts";

const note = (name: string, of: string): MeasureNote => ({
  ...{ id: `${name}@1`, name, of, at: "1 click", title: "1 click", unit: "share", better: "higher" },
  ...{ show: "main", meaning: "" },
});
const options: GalleryOptions = {
  ...{ protocol: "sam1-d1@1", clicks: 1, perKind: 1, most: 60 },
  measures: [note("iou", "IoU"), note("oracle", "oracle IoU")],
};

test("worst, median and best, whatever the order of rows", () => {
  const rows = [0.4, 0.1, 0.9, 0.5, 0.2].map((iou, i) => scored(`i${i}`, "1", [iou]));
  const chosen = chooseGallery(rows, options);
  expect(chosen.map(({ kind, scores, sample }) => [kind, scores[0].value, sample])).toEqual([
    ["worst", 0.1, "i1"],
    ["median", 0.4, "i0"],
    ["best", 0.9, "i2"],
  ]);
  expect(chooseGallery(rows.toReversed(), options)).toEqual(chosen);
  expect(chosen[0]).toMatchObject({ predicted: 0.9, at: { clicks: 1 }, place: "1 click" });
  expect(chosen[0]!.scores).toEqual([
    { name: "iou", of: "IoU", unit: "share", value: 0.1 },
    { name: "oracle", of: "oracle IoU", unit: "share", value: 0.83 },
  ]);
});

test("ties go by sample, then target; a target never shows twice", () => {
  const rows = [scored("b", "1", [0.5]), scored("a", "2", [0.5]), scored("a", "1", [0.5])];
  expect(chooseGallery(rows, options).map(({ kind, sample, target }) => [kind, sample, target])).toEqual([
    ["worst", "a", "1"],
    ["median", "a", "2"],
    ["best", "b", "1"],
  ]);
  expect(chooseGallery(rows.slice(0, 1), options).map(({ kind }) => kind)).toEqual(["worst"]);
});

test("the most is kept by kind: the worst of every benchmark first", () => {
  const rows = ["x", "y"].flatMap((benchmark) =>
    [0.1, 0.5, 0.9].map((iou, i) => scored(`i${i}`, "1", [iou], { benchmark })),
  );
  const chosen = chooseGallery(rows, { ...options, most: 3 });
  expect(chosen.map(({ benchmark, kind }) => [benchmark, kind])).toEqual([
    ["x", "worst"],
    ["x", "median"],
    ["y", "worst"],
  ]);
});

test("prompts are those of the step: clicks so far, or the box of the draw", () => {
  const rows = [scored("a", "1", [0.1, 0.2, 0.3])];
  expect(chooseGallery(rows, { ...options, clicks: 2 })[0]!.sent!.clicks).toHaveLength(2);
  const [jitter] = chooseGallery(exampleRows, { ...options, protocol: "box-jitter@1", clicks: 0 });
  expect(jitter).toMatchObject({ at: { draw: 0 }, sent: { box: [9.5, 20, 59, 80.25] } });
});

test("a picture becomes a data URI with words", () => {
  const [choice] = chooseGallery(exampleRows, options);
  const { picture } = galleryItem(choice!, {
    data: Uint8Array.of(1, 2, 3),
    type: "image/webp",
    width: 4,
    height: 3,
  });
  expect(picture.src).toBe("data:image/webp;base64,AQID");
  expect(picture.alt).toContain("IoU 50.0 %");
});

test("a choice learns the steps of its own draw", () => {
  const [choice] = chooseGallery(exampleRows, { ...options, protocol: "box-jitter@1", clicks: 0 });
  const row = exampleRows.find(({ protocol }) => protocol === "box-jitter@1")! as ScoredRow;
  const drawn = {
    ...row,
    steps: [0.25, 0.5].map((iou, draw) => ({
      ...{ ...row.steps[0]!, at: { clicks: 0, draw } },
      scores: { ...row.steps[0]!.scores, iou },
    })),
  };
  expect(withSteps(choice!, drawn).steps).toEqual([{ clicks: 0, value: 0.25 }]);
  const clicked = scored("a", "1", [0.1, 0.2, 0.3]);
  expect(withSteps(chooseGallery([clicked], options)[0]!, clicked).steps).toEqual([
    { clicks: 1, value: 0.1 },
    { clicks: 2, value: 0.2 },
    { clicks: 3, value: 0.3 },
  ]);
});

test("where less is better, the worst has most of it", () => {
  const rows = [0.4, 0.1, 0.9].map((iou, i) => scored(`i${i}`, "1", [iou]));
  const measures = [{ ...note("iou", "distance"), unit: "pixels", better: "lower" }] as const;
  const chosen = chooseGallery(rows, { ...options, measures });
  expect(chosen.map(({ kind, scores: [{ of, value }] }) => [kind, of, value])).toEqual([
    ["worst", "distance", 0.9],
    ["median", "distance", 0.4],
    ["best", "distance", 0.1],
  ]);
});

test("masks made elsewhere have no prompts, and need none", () => {
  const row = scored("a", "1", [0.5]);
  const { sent: _sent, ...step } = row.steps[0]!;
  const [choice] = chooseGallery([{ ...row, steps: [{ ...step, candidates: [] }] }], options);
  expect(choice).not.toHaveProperty("sent");
  expect(choice).not.toHaveProperty("predicted");
});
