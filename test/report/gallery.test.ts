import { expect, test } from "vitest";
import type { ScoredRow } from "../../src/core/rows.ts";
import { chooseGallery, galleryItem, withRounds } from "../../src/report/index.ts";
import { exampleRows, scored } from "./rows.ts";

const options = { protocol: "sam1-d1@1", clicks: 1, perKind: 1, most: 60 };

test("worst, median and best, whatever the order of rows", () => {
  const rows = [0.4, 0.1, 0.9, 0.5, 0.2].map((iou, i) => scored(`i${i}`, "1", [iou]));
  const chosen = chooseGallery(rows, options);
  expect(chosen.map(({ kind, iou, image }) => [kind, iou, image])).toEqual([
    ["worst", 0.1, "i1"],
    ["median", 0.4, "i0"],
    ["best", 0.9, "i2"],
  ]);
  expect(chooseGallery(rows.toReversed(), options)).toEqual(chosen);
  expect(chosen[0]).toMatchObject({ predicted: 0.9, oracle: 0.83, clicks: 1 });
});

test("ties go by image, then target; a target never shows twice", () => {
  const rows = [scored("b", "1", [0.5]), scored("a", "2", [0.5]), scored("a", "1", [0.5])];
  expect(chooseGallery(rows, options).map(({ kind, image, target }) => [kind, image, target])).toEqual([
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

test("prompts are those of the round: clicks so far, or the box of the draw", () => {
  const rows = [scored("a", "1", [0.1, 0.2, 0.3])];
  expect(chooseGallery(rows, { ...options, clicks: 2 })[0]!.prompts).toHaveLength(2);
  const [jitter] = chooseGallery(exampleRows, { ...options, protocol: "box-jitter@1", clicks: 0 });
  expect(jitter).toMatchObject({ draw: 0, prompts: [{ box: [9.5, 20, 59, 80.25] }] });
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

test("a choice learns the rounds of its own draw", () => {
  const [choice] = chooseGallery(exampleRows, { ...options, protocol: "box-jitter@1", clicks: 0 });
  const row = exampleRows.find(({ protocol }) => protocol === "box-jitter@1")! as ScoredRow;
  const drawn = {
    ...row,
    rounds: [0.25, 0.5].map((selected, draw) => ({ ...row.rounds[0]!, selected, draw })),
  };
  expect(withRounds(choice!, drawn).rounds).toEqual([{ clicks: 0, iou: 0.25 }]);
  const clicked = scored("a", "1", [0.1, 0.2, 0.3]);
  expect(withRounds(chooseGallery([clicked], options)[0]!, clicked).rounds).toEqual([
    { clicks: 1, iou: 0.1 },
    { clicks: 2, iou: 0.2 },
    { clicks: 3, iou: 0.3 },
  ]);
});
