import type { Row, ScoredRow } from "../../src/core/rows.ts";

export function scored(
  image: string,
  target: string,
  ious: readonly number[],
  more: Partial<ScoredRow> = {},
): ScoredRow {
  return {
    model: "tiny",
    benchmark: "trashcan",
    protocol: "sam1-d1@1",
    image,
    cluster: image,
    target,
    status: "ok",
    size: { width: 480, height: 270 },
    area: 1234,
    box: [10, 20, 59, 80],
    prompts: ious.map((_, i) => ({ x: 31 + i, y: 44, label: i % 2 === 0 ? 1 : 0 })),
    rounds: ious.map((selected, i) => ({
      clicks: i + 1,
      selected,
      ...(i === 0 ? { oracle: 0.83 } : {}),
      predicted: i === 0 ? [0.9, 0.6, 0.7] : [0.8],
      candidates: i === 0 ? [selected, 0.83, 0.4] : [selected],
      dice: 0.83,
      boundary: 0.55,
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
    image: "c",
    cluster: "c",
    target: "3",
    status: "dropped",
    reason: "empty",
  },
  {
    model: "tiny",
    benchmark: "trashcan",
    protocol: "sam1-d1@1",
    image: "d",
    cluster: "d",
    target: "*",
    status: "failed",
    reason: 'd.png: cannot be read;\nexpected a PNG, got "nothing"',
  },
  scored("e", "1", [], {
    protocol: "box-jitter@1",
    prompts: [{ box: [9.5, 20, 59, 80.25] }, { box: [11, 19, 60, 78] }],
    rounds: [0, 1].map((draw) => ({
      clicks: 0,
      draw,
      selected: 0.1 + 0.2,
      predicted: [0.8],
      candidates: [0.1 + 0.2],
      dice: 0.4,
      boundary: 0.2,
    })),
  }),
];
