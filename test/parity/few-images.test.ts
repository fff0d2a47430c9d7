// The 8-bit export of the bundled model on one image of each of fourteen miniatures, as measured: a good export, and unlucky images.
import { expect, test } from "vitest";
import { loadParityGate } from "../../src/config/gate.ts";
import { packageFolder } from "../../src/config/paths.ts";
import { parityDefaults } from "../../src/core/defaults.ts";
import { noteOf } from "../../src/core/measure.ts";
import type { ParityRow } from "../../src/core/parity.ts";
import { clickMeasures } from "../../src/eval/interactive/measures.ts";
import { metrics } from "../../src/metrics/index.ts";
import { comparedMeasures, parityChanges } from "../../src/parity/changes.ts";
import { judgeParity, notAsked } from "../../src/parity/judge.ts";
import { parityCells } from "../../src/parity/summarize.ts";
import type { SidedScore } from "../../src/stats/compare.ts";

/** Change of the mean IoU at 2 and at 9 clicks in points, and mean agreement in percent. */
const measured: readonly (readonly [string, number, number, number])[] = [
  ["doors", -3.83, -8.8, 91.48],
  ["dram", -0.32, -2.82, 97.79],
  ["egohos", -2.09, 0.32, 96.8],
  ["gtea", 0.45, -1.19, 98.43],
  ["ishape", 0.19, -0.28, 97.74],
  ["ndd20", 0.13, -0.1, 99.09],
  ["ndispark", 0.3, -1.13, 98.34],
  ["ovis", -4.53, 0.35, 98.83],
  ["pidray", 0.2, -0.53, 98.58],
  ["plittersdorf", -8.35, -0.38, 96.95],
  ["ppdls", 0.34, -0.25, 98.89],
  ["trashcan", -0.04, -1.21, 98.3],
  ["visor", -0.01, 0.05, 98.61],
  ["zerowaste-f", 0.01, -0.18, 99.39],
];

const measures = comparedMeasures(
  clickMeasures({ metrics: Object.values(metrics).slice(0, 1), reported: [2, 9], also: [] }),
);
const benchmarks = measured.map(([name]) => ({ name, title: name, domain: [] }));
const key = { sample: "1", cluster: "1", target: "1" };

/** What the gate of the package says where the export's changes are `times` those measured. */
async function judgedAt(times: number) {
  const scores = measured.flatMap(([benchmark, two, nine]): SidedScore[] => {
    const score = (side: number, at: readonly number[]): SidedScore => ({
      side,
      score: { ...key, benchmark, protocol: "p", status: "ok", parts: at.map((value) => [value, 1]) },
    });
    return [score(0, [0.7, 0.8]), score(1, [0.7 + (times * two) / 100, 0.8 + (times * nine) / 100])];
  });
  const rows = measured.map(([benchmark, , , percent]): ParityRow => {
    const agreement = 1 - times * (1 - percent / 100);
    const own = { chosen: 0, scores: {} };
    const candidate = {
      ...{ ...own, agreement, logits: { max: 1, mean: 0.1, signs: 0.0005 } },
      predicted: { max: 0.005, reordered: false },
    };
    return {
      ...{ ...key, kind: "target", benchmark, protocol: "p" },
      steps: Array.from({ length: 10 }, (_, i) => ({
        ...{ at: { clicks: i }, reference: own, paths: { candidate } },
      })),
    };
  });
  const protocols = [{ id: "p", summary: "", measures }];
  const cells = parityCells(rows, benchmarks);
  const gate = await loadParityGate(parityDefaults.gate, packageFolder);
  const limits = gate.limits.filter(({ measure }) => measure !== "embedding-snr" && measure !== "other-mask");
  const side = { name: "s", title: "S", graphs: [], files: [] };
  const held = {
    protocols: protocols.map((one) => ({ ...one, measures: one.measures.map(noteOf) })),
    ...{ cells, diagnoses: [], identical: false, reference: side, candidate: side },
    changes: await parityChanges(scores, { benchmarks, protocols }),
  };
  const own = { ...gate, limits: limits as typeof gate.limits };
  return {
    ...judgeParity(own, held),
    notes: notAsked(own, held),
    points: judgeParity(own, { ...held, identical: true }),
  };
}

test("a good export is not failed by unlucky images: what is beyond a limit by chance is undecided", async () => {
  const { verdict, checks, notes, points } = await judgedAt(1);
  // The numbers themselves are beyond three limits.
  expect(
    points.checks.filter((one) => one.verdict === "broken").map(({ where, got }) => [where, got]),
  ).toEqual([
    ["doors: agreement", "91.48 %"],
    ["p iou@2 overall: score-change", "-1.25 points"],
    ["p iou@9 overall: score-change", "-1.15 points"],
  ]);
  expect(verdict).toBe("undecided");
  const open = checks.filter((one) => one.verdict === "undecided");
  expect(open.map(({ where }) => where)).toEqual(
    expect.arrayContaining(["p iou@2 overall: score-change", "p iou@9 overall: score-change"]),
  );
  for (const { images, needed, reason } of open) {
    expect(images).toBe(14);
    expect(needed).toBeGreaterThan(14);
    expect(reason).toMatch(/would (keep|break) it/);
  }
  expect(notes).toEqual([
    "limit on agreement of each benchmark: asked from 10 images on, which no benchmark has",
  ]);
});

test("an export that loses five times as much is failed on the same images", async () => {
  const { verdict, checks } = await judgedAt(5);
  expect(verdict).toBe("broken");
  expect(checks.find(({ where }) => where === "overall: agreement")).toMatchObject({ verdict: "broken" });
});
