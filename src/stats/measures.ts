import type { Measure, MetricName, TargetScore } from "../core/comparison.ts";
import { nocDefaults } from "../core/defaults.ts";
import type { Row } from "../core/rows.ts";
import { countsClicks } from "./clicks-to-quality.ts";
import { targetNumbers } from "./target-numbers.ts";

const roundMetrics = [
  ["miou", "selected"],
  ["oracle", "oracle"],
  ["dice", "dice"],
  ["boundary", "boundary"],
] as const satisfies readonly (readonly [MetricName, string])[];

/** Rounds in which any protocol has an oracle: one click, a box, a mask. */
const oracleClicks = 1;

/** What a comparison looks at unless it is asked for more: Dice and boundary IoU follow IoU, and cost time. */
export const usualMetrics: readonly MetricName[] = ["miou", "oracle", "noc"];
export const allMetrics: readonly MetricName[] = ["miou", "oracle", "dice", "boundary", "noc"];

/**
 * The measures of a protocol: IoU of the mask that counts at every reported number of clicks, then the oracle where the
 * protocol can have one, Dice and boundary IoU, and the clicks to each quality for protocols that count them.
 */
export function measuresOf(
  protocol: string,
  reported: readonly number[],
  metrics: readonly MetricName[] = allMetrics,
): Measure[] {
  const measure = (metric: MetricName, at: number, better: Measure["better"]): Measure => ({
    id: `${metric}@${at}`,
    metric,
    at,
    better,
  });
  const all = [
    ...roundMetrics.flatMap(([metric]) =>
      reported
        .filter((clicks) => metric !== "oracle" || clicks <= oracleClicks)
        .map((clicks) => measure(metric, clicks, "higher")),
    ),
    ...(countsClicks(protocol) ? nocDefaults.targets.map((iou) => measure("noc", iou, "lower")) : []),
  ];
  return all.filter(({ metric }) => metrics.includes(metric));
}

/** Boils a row down to its measures; a target that never reaches a quality counts with the most clicks. */
export function scoreOf(row: Row, reported: readonly number[], measures: readonly Measure[]): TargetScore {
  const { benchmark, protocol, image, cluster, target, status } = row;
  const key = { benchmark, protocol, image, cluster, target, status };
  if (row.status !== "ok") return { ...key, scores: [] };
  const { rounds, noc } = targetNumbers(row, reported);
  const field = new Map<MetricName, (typeof roundMetrics)[number][1]>(roundMetrics);
  const scores = measures.map(({ metric, at }): number | null => {
    if (metric === "noc")
      return noc === undefined
        ? null
        : (noc[nocDefaults.targets.indexOf(at as 0.9)] ?? nocDefaults.maxClicks);
    return rounds[reported.indexOf(at)]?.[field.get(metric)!] ?? null;
  });
  return { ...key, scores };
}
