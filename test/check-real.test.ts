// What `npm run check:real` says of rows that moved (scripts/check-real), without a model.
import { expect, test } from "vitest";
import { differences } from "../scripts/check-real/compare.ts";

const row = (target: string, ious: readonly number[], clicks: readonly (readonly number[])[] = [[3, 4, 1]]) =>
  JSON.stringify({
    ...{
      model: "m",
      benchmark: "ppdls-a1",
      protocol: "sam1-d1@1",
      sample: "plant",
      cluster: "plant",
      target,
    },
    status: "ok",
    steps: ious.map((iou, i) => ({
      ...{ at: { clicks: i + 1 }, sent: { clicks: clicks.slice(0, i + 1), multimask: i === 0 }, chosen: 0 },
      ...{ candidates: [{ predicted: 0.5, iou }], scores: { iou } },
    })),
  });

test("rows that are the same", () => {
  const rows = [row("1", [0.5, 0.6]), row("2", [0.7])];
  expect(differences(rows, rows)).toEqual({ rows: 0, of: 2 });
});

test("the first value that moved, with benchmark, image, target and click, in the order in which things happen", () => {
  const was = [
    row(
      "1",
      [0.5, 0.6],
      [
        [3, 4, 1],
        [5, 6, 0],
      ],
    ),
    row("2", [0.7]),
  ];
  const is = [
    row(
      "1",
      [0.5, 0.25],
      [
        [3, 4, 1],
        [5, 7, 0],
      ],
    ),
    row("2", [0.75]),
  ];
  expect(differences(was, is)).toEqual({
    rows: 2,
    of: 2,
    first: "ppdls-a1, plant, target 1, sam1-d1@1, 2 clicks: sent.clicks.1.1 is 7, was 6",
  });
  expect(differences(was.slice(1), is.slice(1)).first).toBe(
    "ppdls-a1, plant, target 2, sam1-d1@1, 1 click: candidates.0.iou is 0.75, was 0.7",
  );
});

test("rows that are missing, that are new, that failed", () => {
  const [one, two] = [row("1", [0.5]), row("2", [0.5])];
  expect(differences([one, two], [one])).toEqual({
    ...{ rows: 1, of: 2, first: "ppdls-a1, plant, target 2, sam1-d1@1: there is no such row" },
  });
  expect(differences([one], [one, two])).toEqual({
    ...{ rows: 1, of: 1, first: "ppdls-a1, plant, target 2, sam1-d1@1: such a row was not recorded" },
  });
  const { steps: _, ...rest } = JSON.parse(one);
  const failed = JSON.stringify({ ...rest, status: "failed", reason: "no masks" });
  expect(differences([one], [failed]).first).toBe(
    'ppdls-a1, plant, target 1, sam1-d1@1: status is "failed", was "ok"',
  );
});
