// Calibration of a model's predicted IoU: of the chosen mask in the step of a single click, clamped to [0,
// 1], against its actual IoU.
import {
  type AnyMeasure,
  type Measure,
  meanMeasure,
  type RankedItem,
  type RankedMeasure,
} from "../../core/measure.ts";
import type { ScoredRow } from "../../core/rows.ts";
import { reliability, reliabilityParts } from "../reliability.ts";

interface Estimated {
  readonly predicted: number;
  readonly actual: number;
}

function estimated({ steps }: ScoredRow): Estimated | undefined {
  const step = steps.find(({ at }) => at.clicks === 1 && at.draw === undefined);
  const candidate = step?.candidates[step.chosen];
  if (candidate === undefined) return undefined;
  return { predicted: Math.max(0, Math.min(1, candidate.predicted)), actual: candidate.iou! };
}

const shared = { at: "1 click", show: "more", group: "Calibration" } as const;

/** Over targets. */
const ece: Measure = {
  ...{ ...shared, id: "ece@1", name: "ece", of: "calibration error", title: "ECE", unit: "share" },
  better: "lower",
  meaning:
    "Expected calibration error (ECE) of the predicted IoU: how far predictions are from what came out, in ten equal bins of the prediction, averaged over targets.",
  parts: (row) => {
    const found = estimated(row);
    return found && reliabilityParts([[found.predicted, found.actual]]);
  },
  ...reliability(),
};

const bias = meanMeasure(
  {
    ...{ ...shared, id: "bias@1", name: "bias", of: "bias of the predicted IoU", title: "bias" },
    ...{ unit: "points", better: "lower" },
    meaning:
      "Bias: predicted minus actual IoU, averaged over targets; above zero a model thinks too well of its masks.",
  },
  (row) => {
    const found = estimated(row);
    return found && found.predicted - found.actual;
  },
);

const rankCorrelation: RankedMeasure = {
  ...{ ...shared, id: "spearman@1", name: "spearman", of: "rank correlation", title: "Spearman" },
  ...{ unit: "plain", better: "higher" },
  meaning:
    "Spearman's rank correlation of predicted and actual IoU: 1 where the prediction puts all masks in the right order.",
  items: (row) => {
    const found = estimated(row);
    return found === undefined ? [] : [{ key: found.predicted, parts: [found.actual] }];
  },
  value: spearman,
};

export const calibrationMeasures: readonly AnyMeasure[] = [ece, bias, rankCorrelation];

/** Names of measures that are meaningless for a model whose score does not estimate the IoU. */
export const estimateMeasures: readonly string[] = calibrationMeasures.map(({ name }) => name);

/** Order of the second values and where they change: the same for every draw of the same items. */
interface Order {
  readonly second: Uint32Array;
  readonly newFirst: Uint8Array;
  readonly newSecond: Uint8Array;
  /** Room for each item's rank times how often it counts. */
  readonly weighted: Float64Array;
}

const orders = new WeakMap<readonly RankedItem[], Order>();

/**
 * Spearman's rank correlation (Spearman 1904) of items' keys and their first part, each counted `times`
 * times: Pearson's correlation of the ranks, ties with average ranks, equal to scipy.stats.spearmanr on the
 * repeated items. Ranks less their mean are multiples of 1/2, so sums of products are exact. undefined below
 * two items, or where one side is constant.
 *
 * @example spearman([{ key: 1, parts: [10] }, { key: 2, parts: [30] }, { key: 3, parts: [20] }], [1, 1, 1]) // 0.5
 */
export function spearman(items: readonly RankedItem[], times: ArrayLike<number>): number | undefined {
  const { weighted, second, newFirst, newSecond } = orderOf(items);
  const n = items.length;
  let all = 0;
  for (let i = 0; i < n; i += 1) all += times[i]!;
  if (all < 2) return undefined;
  const middle = (all + 1) / 2;
  let squares = 0;
  for (let start = 0, before = 0; start < n; ) {
    let own = times[start]!;
    let end = start + 1;
    while (end < n && newFirst[end] === 0) own += times[end++]!;
    const rank = before + (own + 1) / 2 - middle;
    for (let i = start; i < end; i += 1) weighted[i] = times[i]! * rank;
    squares += own * rank * rank;
    before += own;
    start = end;
  }
  let others = 0;
  let products = 0;
  for (let start = 0, before = 0; start < n; ) {
    const at = second[start]!;
    let own = times[at]!;
    let ranks = weighted[at]!;
    let end = start + 1;
    while (end < n && newSecond[end] === 0) {
      const i = second[end++]!;
      own += times[i]!;
      ranks += weighted[i]!;
    }
    const rank = before + (own + 1) / 2 - middle;
    others += own * rank * rank;
    products += ranks * rank;
    before += own;
    start = end;
  }
  const spread = Math.sqrt(squares * others);
  return spread === 0 ? undefined : Math.max(-1, Math.min(1, products / spread));
}

function orderOf(items: readonly RankedItem[]): Order {
  const known = orders.get(items);
  if (known !== undefined) return known;
  const values = Float64Array.from(items, ({ parts }) => parts[0]!);
  const second = Uint32Array.from(items.keys()).sort((i, j) => values[i]! - values[j]!);
  const order: Order = {
    second,
    newFirst: Uint8Array.from(items, ({ key }, i) => (key === items[i - 1]?.key ? 0 : 1)),
    newSecond: Uint8Array.from(second, (i, at) => (values[i] === values[second[at - 1]!] ? 0 : 1)),
    weighted: new Float64Array(items.length),
  };
  orders.set(items, order);
  return order;
}
