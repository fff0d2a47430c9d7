// A made-up comparison with everything a report must show: gains, losses, an open result, failures, foreign names, a gate.

import { noteOf } from "../../../src/core/measure.ts";
import { draw } from "../../../src/core/random.ts";
import type { Comparison, PublishedScore, TargetScore } from "../../../src/core/results.ts";
import type { Gate } from "../../../src/core/schema-types.ts";
import { clickMeasures, type MeasuredMetric, nocMeasures } from "../../../src/eval/interactive/measures.ts";
import { compareScores } from "../../../src/stats/compare.ts";
import { judgeGate } from "../../../src/stats/gate.ts";
import type { MeasuredProtocol } from "../../../src/stats/score-table.ts";

const benchmarks = [
  { name: "bbbc038v1", title: "BBBC038v1 nuclei", domain: ["microscopy"] },
  { name: "trashcan", title: "TrashCan 1.0", domain: ["underwater", "waste"] },
  { name: "long", title: '<b>Très</b> long: 日本語 | "x" & co', domain: ["waste"] },
  { name: "lonely", title: "One image", domain: ["art"] },
  { name: "empty", title: "Nothing scored", domain: ["art"] },
];
const iou = {
  name: "iou",
  title: "IoU",
  meaning: "Shared by either.",
  unit: "share",
  better: "higher",
} as const;

/** What a comparison looks at unasked, and the measures of further metrics at one click. */
function protocolsOf(further: readonly MeasuredMetric[]): MeasuredProtocol[] {
  const metrics = [iou, ...further];
  const asked = (all: MeasuredProtocol["measures"]) =>
    all.filter(
      ({ show, name, at }) =>
        show === "main" || (at === "1 click" && further.some((one) => one.name === name)),
    );
  const clicks = clickMeasures({ metrics, reported: [1, 5] });
  const counted = clickMeasures({ metrics, reported: [1], also: nocMeasures() });
  return [
    { id: "sam1-d1@1", summary: "clicks", measures: asked(clicks) },
    { id: "ritm-noc@1", summary: "clicks until good", measures: asked(counted) },
  ];
}

const shift: Readonly<Record<string, number>> = { bbbc038v1: 0.06, trashcan: -0.08, long: 0, lonely: 0.02 };

export const gate: Gate = {
  name: "example",
  limits: [
    { metric: "iou@1", on: "each-benchmark", minDifference: -1, maxLost: { by: 20, share: 5 } },
    { metric: "iou@1", minLowerBound: -5, minShare: 90 },
    { metric: "noc@90", maxDifference: 1, maxUpperBound: 4 },
    { metric: "failures", max: 0, maxDifference: 5 },
    { metric: "unpaired", max: 0 },
  ],
};

async function* scores(protocols: readonly MeasuredProtocol[]) {
  for (const side of [0, 1])
    for (const { name } of benchmarks)
      for (const { id, measures } of protocols)
        for (let image = 0; image < (name === "empty" ? 0 : name === "lonely" ? 1 : 16); image += 1)
          for (let target = 0; target < 1 + (image % 4); target += 1) {
            const u = (what: string) => draw("comparison", name, id, image, target, what);
            const failed = side === 1 && image === 3 && target === 2 && name === "trashcan";
            const iou = 0.4 + 0.4 * u("base") + side * (shift[name]! + 0.2 * (u("moved") - 0.5));
            const values = measures.map(({ name, id: measure }) => {
              const at = Number(measure.replace(/^.*@/, ""));
              if (name === "noc") return Math.round((20 * (1 - iou) * at) / 100);
              if (name === "oracle") return iou + 0.1 * u("o");
              return name === "iou" ? iou + at / 50 : 30 * (1 - iou);
            });
            const score: TargetScore = {
              ...{
                benchmark: name,
                protocol: id,
                sample: `i${image}`,
                cluster: `i${image}`,
                target: `t${target}`,
              },
              ...{ status: failed ? "failed" : "ok", parts: failed ? [] : values.map((value) => [value, 1]) },
            };
            yield { side, score };
          }
}

const published: PublishedScore = {
  ...{ protocol: "sam1-d1@1", on: "benchmark", name: "trashcan", measure: "iou@1" },
  ...{
    value: -0.06,
    error: 0.01,
    kind: "digitised",
    source: "A <paper>, figure 1",
    url: "https://example.org",
  },
  ...{ stated: "one click", split: "all images", difference: -0.02, verdict: "inside" },
  ours: { value: -0.08, low: -0.12, high: -0.05, n: 39, clusters: 16 },
};

let made: Promise<Comparison> | undefined;

export function exampleComparison(): Promise<Comparison> {
  made ??= makeComparison();
  return made;
}

export async function makeComparison(further: readonly MeasuredMetric[] = []): Promise<Comparison> {
  const protocols = protocolsOf(further);
  const facts = { benchmarks, protocols, candidates: ["mobile-sam"] };
  const [pair] = await compareScores(scores(protocols), facts, {
    draws: 500,
    flips: 500,
    changedBy: () => [0.2],
  });
  const side = (name: string, title: string) => ({ name, title, run: "run", model: name, plan: name });
  return {
    format: "segbench/comparison@2",
    forced: true,
    base: side("sam-vit-b", "SAM ViT-B"),
    candidates: [side("mobile-sam", "MobileSAM <int8> & co")],
    benchmarks,
    protocols: protocols.map(({ measures, ...protocol }) => ({
      ...protocol,
      measures: measures.map(noteOf),
    })),
    pairs: [
      {
        ...pair!,
        differences: ["batch: 16 in base, 8 in candidate"],
        refused: ["seed: a in base, <b> in candidate"],
        published: [{ ...published, model: "mobile-sam", minus: "sam-vit-b" }],
        gate: judgeGate(gate, pair!, facts),
      },
    ],
  };
}
