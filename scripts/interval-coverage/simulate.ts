// Do the intervals and tests of a comparison keep their promises? Data sets with a known difference, of clusters of unequal
// size, whose targets share an effect; large clusters differ from small ones, and noise has outliers on one side.
import { bootstrapDefaults, comparisonDefaults } from "../../src/core/defaults.ts";
import { meanValue } from "../../src/core/measure.ts";
import { gaussian } from "../../src/core/random.ts";
import {
  clusterBootstrap,
  detectableDifference,
  drawValues,
  percentileInterval,
} from "../../src/stats/bootstrap.ts";
import { signFlipSums, sumTest, swapTest } from "../../src/stats/permutation.ts";
import { uniforms } from "./worlds.ts";

export interface Coverage {
  readonly clusters: number;
  readonly sets: number;
  readonly draws: number;
  /** Share of sets whose 95 % interval holds the true difference. */
  readonly coverage: number;
  /** Share of sets without a true difference where p is below 5 %. */
  readonly falseAlarms: number;
  /** Share of sets with a true difference as large as the mean detectable one where p is below 5 %. */
  readonly power: number;
}

/** Clusters have 1 to this many targets, each number equally likely. */
const largest = 30;
const slope = 0.001;

export function simulate(clusters: number, sets: number, draws: number): Coverage {
  const uniform = uniforms(`segbench-coverage\n${clusters}`);
  // Mean over targets, not clusters: E(size * effect) / E(size).
  const truth = 0.02 - (slope * (largest ** 2 - 1)) / 12 / ((largest + 1) / 2);
  let covered = 0;
  let alarms = 0;
  let detectable = 0;
  for (let set = 0; set < sets; set += 1) {
    const seed = `coverage\n${set}`;
    const data = sample(clusters, uniform, 0.02, slope, true);
    const means = drawValues(clusterBootstrap(sumsOf(data, clusters), { seed, draws }), meanValue);
    const { low, high } = percentileInterval(means, bootstrapDefaults.level)!;
    if (low <= truth && truth <= high) covered += 1;
    detectable += detectableDifference(means)! / sets;
    if (pOf(sample(clusters, uniform, 0, 0, false), clusters, seed, draws) < comparisonDefaults.alpha)
      alarms += 1;
  }
  let found = 0;
  for (let set = 0; set < sets; set += 1) {
    const data = sample(clusters, uniform, 0.02 + detectable - truth, slope, true);
    if (pOf(data, clusters, `power\n${set}`, draws) < comparisonDefaults.alpha) found += 1;
  }
  const share = (n: number) => Number((n / sets).toFixed(4));
  return {
    ...{ clusters, sets, draws },
    ...{ coverage: share(covered), falseAlarms: share(alarms), power: share(found) },
  };
}

interface Sample {
  readonly clusters: number[];
  readonly differences: number[];
}

function sample(n: number, uniform: () => number, mu: number, tilt: number, skewed: boolean): Sample {
  const clusters: number[] = [];
  const differences: number[] = [];
  for (let c = 0; c < n; c += 1) {
    const size = 1 + Math.floor(largest * uniform());
    const effect = mu - tilt * (size - (largest + 1) / 2) + 0.04 * gaussian(uniform(), uniform());
    for (let t = 0; t < size; t += 1) {
      // One target in ten collapses; its mean is taken off again.
      const outlier = skewed ? (uniform() < 0.1 ? -0.27 : 0.03) : 0;
      clusters.push(c);
      differences.push(effect + outlier + 0.05 * gaussian(uniform(), uniform()));
    }
  }
  return { clusters, differences };
}

/** Sum and number of a cluster's differences. */
function sumsOf({ clusters, differences }: Sample, n: number): [Float64Array, Float64Array] {
  const [sums, counts] = [new Float64Array(n), new Float64Array(n)];
  for (const [i, c] of clusters.entries()) {
    sums[c] = sums[c]! + differences[i]!;
    counts[c] = counts[c]! + 1;
  }
  return [sums, counts];
}

function pOf({ clusters, differences }: Sample, n: number, seed: string, draws: number): number {
  const parts = new Float64Array(n);
  for (const [i, c] of clusters.entries()) parts[c] = parts[c]! + differences[i]! / differences.length;
  const flipped = signFlipSums([parts], { seed, draws });
  const scale = parts.reduce((all, part) => all + Math.abs(part), 0);
  const limit = comparisonDefaults.exactClusters;
  return swapTest([sumTest([parts], ([difference]) => difference!, flipped, { scale, limit })]).p;
}
