import { calibrationDefaults } from "../core/defaults.ts";
import type { Calibration } from "../core/summary.ts";
import { equalBin } from "./equal-bins.ts";
import { mean, sum } from "./mean.ts";
import { spearman } from "./spearman.ts";

/**
 * How far a predicted IoU can be believed. Predictions are clamped to [0, 1] first, everywhere below.
 * ECE (Naeini, Cooper & Hauskrecht 2015; Guo et al. 2017, here for a score instead of a class): targets in equal bins
 * [low, high) of the prediction, the last one closed; sum over bins of n / N * |mean predicted - mean actual|.
 * Bias: mean(predicted - actual). Rank correlation: Spearman's, ties averaged. undefined without data.
 *
 * @example calibration([0.9, 0.8], [0.7, 0.8])?.bias // 0.1
 */
export function calibration(
  predicted: readonly number[],
  actual: readonly number[],
): Calibration | undefined {
  const n = predicted.length;
  if (n === 0) return undefined;
  const clamped = predicted.map((value) => Math.max(0, Math.min(1, value)));
  const count = calibrationDefaults.bins;
  const members = Array.from({ length: count }, (): number[] => []);
  for (const [i, value] of clamped.entries()) members[equalBin(value, count)]!.push(i);
  const bins = members.map((bin, i) => ({
    low: i / count,
    high: (i + 1) / count,
    n: bin.length,
    predicted: bin.length === 0 ? null : mean(bin.map((target) => clamped[target]!)),
    actual: bin.length === 0 ? null : mean(bin.map((target) => actual[target]!)),
  }));
  return {
    bins,
    n,
    ece: sum(bins.map((bin) => (bin.n / n) * Math.abs((bin.predicted ?? 0) - (bin.actual ?? 0)))),
    bias: mean(clamped.map((value, i) => value - actual[i]!)),
    spearman: spearman(clamped, actual),
  };
}
