// Hand-worked scores of one target on every side, and which measures changes are told of.
import { expect, test } from "vitest";
import type { ParityStep, PathStep } from "../../src/core/parity.ts";
import type { ScoredRow } from "../../src/core/rows.ts";
import { clickMeasures, nocMeasures } from "../../src/eval/interactive/measures.ts";
import { metrics } from "../../src/metrics/index.ts";
import { comparedMeasures, runScore, trajectoryScores } from "../../src/parity/changes.ts";

const measures = comparedMeasures(
  clickMeasures({ metrics: Object.values(metrics), reported: [1, 2], also: nocMeasures() }),
);
const protocol = { id: "p", summary: "", measures };

const row: ScoredRow = {
  ...{ model: "m", benchmark: "b", protocol: "p", sample: "s", cluster: "c", target: "t", status: "ok" },
  ...{ size: { width: 2, height: 2 }, area: 1, box: [0, 0, 0, 0] },
  steps: [
    { at: { clicks: 1 }, chosen: 0, candidates: [], scores: { iou: 0.5, oracle: 0.75, dice: 0.6 } },
    { at: { clicks: 2 }, chosen: 0, candidates: [], scores: { iou: 0.875, dice: 0.9 } },
  ],
};
const path = (iou: number, oracle?: number): PathStep => ({
  ...{ scores: { iou, ...(oracle === undefined ? {} : { oracle }) }, chosen: 0, agreement: 1 },
});
const steps: ParityStep[] = [
  {
    at: { clicks: 1 },
    reference: { scores: { iou: 0.5, oracle: 0.75 }, chosen: 0 },
    paths: { candidate: path(0.25, 0.5), encoder: path(0.375, 0.5), decoder: path(0.5, 0.75) },
  },
  {
    at: { clicks: 2 },
    reference: { scores: { iou: 0.875 }, chosen: 0 },
    paths: { candidate: path(0.625), encoder: path(0.875), decoder: path(0.75) },
  },
];

test("changes are told of the measures named like the first one, and of what bounds them", () => {
  expect(measures.map(({ id }) => id)).toEqual(["iou@1", "oracle@1", "iou@2"]);
});

test("each side scores by the protocol's own measures", () => {
  expect(runScore(1, row, protocol)).toMatchObject({
    side: 1,
    score: {
      sample: "s",
      status: "ok",
      parts: [
        [0.5, 1],
        [0.75, 1],
        [0.875, 1],
      ],
    },
  });
  const [trajectory, encoder, decoder] = trajectoryScores(row, { steps }, protocol);
  expect(trajectory).toMatchObject({
    side: 2,
    score: {
      parts: [
        [0.25, 1],
        [0.5, 1],
        [0.625, 1],
      ],
    },
  });
  // Click 1: exchanging the encoder costs 0.125 in the reference and 0.25 in the candidate, the decoder 0 and 0.125.
  // Click 2: 0 and 0.125; 0.125 and 0.25.
  expect(encoder).toMatchObject({ side: 3, score: { parts: [[0.3125, 1], null, [0.8125, 1]] } });
  expect(decoder).toMatchObject({ side: 4, score: { parts: [[0.4375, 1], null, [0.6875, 1]] } });
  // They add up to what the candidate loses on these prompts.
  expect(0.5 - 0.3125 + (0.5 - 0.4375)).toBe(0.5 - 0.25);
  expect(0.875 - 0.8125 + (0.875 - 0.6875)).toBe(0.875 - 0.625);
});

test("where a path gave no answer, its sides have no score; the others keep theirs", () => {
  const [first, second] = steps as [ParityStep, ParityStep];
  const { encoder: _, ...paths } = second.paths;
  const scores = trajectoryScores(row, { steps: [first, { ...second, paths }] }, protocol);
  expect(scores.map(({ score }) => score.status)).toEqual(["ok", "failed", "failed"]);
  expect(scores[1]!.score.parts).toEqual([]);
  const missing = trajectoryScores({ ...row, status: "failed", reason: "r" }, { steps }, protocol);
  expect(missing.map(({ score }) => score.status)).toEqual(["failed", "failed", "failed"]);
});
