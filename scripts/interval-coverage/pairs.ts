// The paired test and the detectable difference, on sets whose true difference is known: none, or as large as is said to be detectable.
import { comparisonDefaults } from "../../src/core/defaults.ts";
import { meanValue } from "../../src/core/measure.ts";
import {
  clusterBootstrap,
  detectableDifference,
  drawValues,
  freedomOf,
  varianceOf,
} from "../../src/stats/bootstrap.ts";
import { signFlipSums, sumTest, swapTest } from "../../src/stats/permutation.ts";
import { clusterOf, type Shape, type Target, uniforms } from "./worlds.ts";

/** A weighted mean of differences, of one benchmark or several. */
export interface PairKind {
  readonly name: string;
  readonly strata: number;
  readonly weight: (target: Target) => number;
}

export const pairKinds: readonly PairKind[] = [
  { name: "mean", strata: 1, weight: () => 1 },
  { name: "macro mean", strata: 4, weight: () => 1 },
  { name: "ratio of sums", strata: 1, weight: ({ pixels }) => pixels },
];

export interface PairCell {
  readonly test: string;
  readonly shape: Shape;
  readonly clusters: number;
  readonly sets: number;
  /** Share of sets without a true difference where p is below 5 %. */
  readonly falseAlarms: number;
  /** Share of sets with a true difference as large as the mean detectable one where p is below 5 %. */
  readonly power: number;
}

const draws = 2000;

/** By stratum and cluster: what is added to the weighted difference, and its weight. */
type Sums = readonly (readonly [added: Float64Array, weights: Float64Array])[];

function sumsOf({ strata, weight }: PairKind, shape: Shape, clusters: number, uniform: () => number): Sums {
  return Array.from({ length: strata }, () => {
    const [added, weights] = [new Float64Array(clusters), new Float64Array(clusters)];
    for (let c = 0; c < clusters; c += 1)
      for (const target of clusterOf(shape, uniform)) {
        const own = weight(target);
        added[c] = added[c]! + own * (target.other - target.score);
        weights[c] = weights[c]! + own;
      }
    return [added, weights] as const;
  });
}

function pOf(sums: Sums, seed: string): number {
  const limit = comparisonDefaults.exactClusters;
  const tests = sums.map(([added, weights], s) => {
    const all = weights.reduce((sum, one) => sum + one, 0);
    const parts = added.map((one) => one / all);
    const flipped = signFlipSums([parts], { seed: `${seed}\n${s}`, draws });
    const scale = parts.reduce((sum, part) => sum + Math.abs(part), 0);
    return sumTest([parts], ([difference]) => difference!, flipped, { scale, limit });
  });
  return swapTest(tests).p;
}

function detectableOf(sums: Sums, seed: string): number {
  const values = sums.map(([added, weights], s) =>
    drawValues(clusterBootstrap([added, weights], { seed: `${seed}\n${s}`, draws }), meanValue),
  );
  const mean = values[0]!.map((_, d) => values.reduce((sum, own) => sum + own[d]!, 0) / values.length);
  const strata = values.map((own, s) => ({ clusters: sums[s]![0].length, variance: varianceOf(own) }));
  return detectableDifference(mean, freedomOf(strata))!;
}

/** `truth`: the difference in this world. */
export function pairCell(
  kind: PairKind,
  shape: Shape,
  clusters: number,
  sets: number,
  truth: number,
): PairCell {
  const uniform = uniforms(`pairs\n${kind.name}\n${shape}\n${clusters}`);
  let [alarms, found, detectable] = [0, 0, 0];
  const { alpha } = comparisonDefaults;
  for (let set = 0; set < sets; set += 1) {
    const sums = sumsOf(kind, shape, clusters, uniform);
    detectable += detectableOf(sums, `set ${set}`) / sets;
    // Which of the two is called the candidate is drawn for each cluster: there is nothing to find.
    for (const [added] of sums)
      for (let c = 0; c < added.length; c += 1) if (uniform() < 0.5) added[c] = -added[c]!;
    if (pOf(sums, `set ${set}`) < alpha) alarms += 1;
  }
  for (let set = 0; set < sets; set += 1) {
    const sums = sumsOf(kind, shape, clusters, uniform);
    for (const [added, weights] of sums)
      for (let c = 0; c < added.length; c += 1) added[c] = added[c]! + (detectable - truth) * weights[c]!;
    if (pOf(sums, `power ${set}`) < alpha) found += 1;
  }
  const share = (n: number) => Number((n / sets).toFixed(4));
  return {
    ...{ test: kind.name, shape, clusters, sets },
    ...{ falseAlarms: share(alarms), power: share(found) },
  };
}

/** The weighted mean difference of `clusters` clusters: the truth where they are many. */
export function differenceOf(kind: PairKind, shape: Shape, clusters: number): number {
  const sums = sumsOf(
    { ...kind, strata: 1 },
    shape,
    clusters,
    uniforms(`truth of pairs\n${kind.name}\n${shape}`),
  );
  const [added, weights] = sums[0]!;
  return added.reduce((sum, one) => sum + one, 0) / weights.reduce((sum, one) => sum + one, 0);
}
