import type { Row, ScoredRow } from "../../src/core/rows.ts";

export function scored(
  sample: string,
  target: string,
  ious: readonly number[],
  more: Partial<ScoredRow> = {},
): ScoredRow {
  return {
    model: "tiny",
    benchmark: "trashcan",
    protocol: "sam1-d1@1",
    sample,
    cluster: sample,
    target,
    status: "ok",
    size: { width: 480, height: 270 },
    area: 1234,
    box: [10, 20, 59, 80],
    steps: ious.map((iou, i) => ({
      at: { clicks: i + 1 },
      sent: {
        clicks: ious.slice(0, i + 1).map((_, n) => [31 + n, 44, n % 2 === 0 ? 1 : 0] as const),
        ...(i === 0 ? {} : { mask: "previous" as const }),
        multimask: i === 0,
      },
      chosen: 0,
      candidates:
        i === 0
          ? [
              { predicted: 0.9, iou },
              { predicted: 0.6, iou: 0.83 },
              { predicted: 0.7, iou: 0.4 },
            ]
          : [{ predicted: 0.8, iou }],
      scores: { iou, ...(i === 0 ? { oracle: 0.83 } : {}), dice: 0.83, boundary: 0.55 },
    })),
    ...more,
  };
}

export const exampleRows: readonly Row[] = [
  scored("a", "1", [0.71, 0.75], { category: 'trash bag, "large"' }),
  scored("b", "2", [0.5]),
  {
    model: "tiny",
    benchmark: "trashcan",
    protocol: "sam1-d1@1",
    sample: "c",
    cluster: "c",
    target: "3",
    status: "dropped",
    reason: "empty",
  },
  {
    model: "tiny",
    benchmark: "trashcan",
    protocol: "sam1-d1@1",
    sample: "d",
    cluster: "d",
    target: "*",
    status: "failed",
    reason: 'd.png: cannot be read;\nexpected a PNG, got "nothing"',
  },
  scored("e", "1", [], {
    protocol: "box-jitter@1",
    steps: [[9.5, 20, 59, 80.25] as const, [11, 19, 60, 78] as const].map((box, draw) => ({
      at: { clicks: 0, draw },
      sent: { clicks: [], box, multimask: false },
      chosen: 0,
      candidates: [{ predicted: 0.8, iou: 0.1 + 0.2 }],
      scores: { iou: 0.1 + 0.2, dice: 0.4, boundary: 0.2 },
    })),
  }),
];

/** In the order in which the rows have them. */
export const exampleScores = ["iou", "oracle", "dice", "boundary"];
