// Expected calibration error (Naeini, Cooper & Hauskrecht 2015; Guo et al. 2017, here for a score instead of a class): pairs of what was
// predicted and what came out, in equal bins [low, high) of the prediction, the last one closed.
import { calibrationDefaults } from "../core/defaults.ts";
import type { Measure } from "../core/measure.ts";
import { equalBin, sum } from "../core/numbers.ts";

const bins = Array.from({ length: calibrationDefaults.bins }, (_, bin) => bin);

/** How many pairs a bin has, and the sums of what was predicted and of what came out. */
function binOf(sums: readonly number[], bin: number): readonly [number, number, number] {
  return [sums[3 * bin]!, sums[3 * bin + 1]!, sums[3 * bin + 2]!];
}

function pairsIn(sums: readonly number[]): number {
  return bins.reduce((all, bin) => all + binOf(sums, bin)[0], 0);
}

/** Of pairs in [0, 1], as the parts of a measure. */
export function reliabilityParts(pairs: Iterable<readonly [predicted: number, actual: number]>): number[] {
  const parts = new Array<number>(3 * bins.length).fill(0);
  for (const [predicted, actual] of pairs) {
    const at = 3 * equalBin(predicted, bins.length);
    parts[at]! += 1;
    parts[at + 1]! += predicted;
    parts[at + 2]! += actual;
  }
  return parts;
}

/** Sum over bins of n / N * |mean predicted - mean actual|, and the bins themselves. `of`: what came out, where it is not a score. */
export function reliability(of?: string): Required<Pick<Measure, "value" | "detail">> {
  return {
    value: (sums) => {
      const all = pairsIn(sums);
      return sum(
        bins.map((bin) => {
          const [n, predicted, actual] = binOf(sums, bin);
          return n === 0 ? 0 : (n / all) * Math.abs(predicted / n - actual / n);
        }),
      );
    },
    detail: (sums) => ({
      kind: "reliability",
      ...(of === undefined ? {} : { of }),
      n: pairsIn(sums),
      bins: bins.map((bin) => {
        const [n, predicted, actual] = binOf(sums, bin);
        const mean = (total: number) => (n === 0 ? null : total / n);
        return {
          ...{ low: bin / bins.length, high: (bin + 1) / bins.length, n },
          ...{ predicted: mean(predicted), actual: mean(actual) },
        };
      }),
    }),
  };
}
