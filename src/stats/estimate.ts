import { bootstrapDefaults } from "../core/defaults.ts";
import type { Estimate } from "../core/summary.ts";
import { clusterBootstrap } from "./cluster-bootstrap.ts";
import { percentileInterval } from "./interval.ts";
import { sum } from "./mean.ts";

export interface BootstrapOptions {
  readonly seed: string;
  readonly draws: number;
  readonly level: number;
}

/** Totals per draw: what an estimate over several benchmarks is made from. */
export interface Draws {
  readonly sums: Float64Array;
  readonly counts: Float64Array;
}

export interface ColumnEstimate {
  readonly sum: number;
  /** undefined where the column has no scores. */
  readonly estimate: Estimate | undefined;
  /** undefined below two clusters. */
  readonly draws: Draws | undefined;
}

/**
 * Mean and interval of several columns of scores, one score per target, NaN where a target has none: such a target is not
 * part of that column's mean, and a cluster without any score is not one of its clusters. `clusters` holds each
 * target's cluster as its rank among all cluster ids in code-unit order, so that the draws do not depend on the
 * order of the rows. Columns that agree on who has scores share their draws.
 */
export function estimateColumns(
  clusters: ArrayLike<number>,
  columns: readonly ArrayLike<number>[],
  options: BootstrapOptions,
): ColumnEstimate[] {
  const tables = columns.map((column) => perCluster(clusters, column));
  const groups = new Map<string, number[]>();
  for (const [i, { key }] of tables.entries()) groups.set(key, [...(groups.get(key) ?? []), i]);
  const results: ColumnEstimate[] = [];
  for (const members of groups.values()) {
    const { counts } = tables[members[0]!]!;
    const enough = counts.length >= bootstrapDefaults.minClusters;
    const sums = members.map((i) => tables[i]!.sums);
    const totals = enough ? clusterBootstrap({ counts, sums }, options) : undefined;
    for (const [place, i] of members.entries()) {
      const draws = totals === undefined ? undefined : { sums: totals.sums[place]!, counts: totals.counts };
      results[i] = columnEstimate(columns[i]!, counts.length, draws, options.level);
    }
  }
  return results;
}

/** The bootstrap means of a column: each draw's sum / count. */
export function meansOf({ sums, counts }: Draws): Float64Array {
  return sums.map((total, draw) => total / counts[draw]!);
}

function columnEstimate(
  column: ArrayLike<number>,
  clusters: number,
  draws: Draws | undefined,
  level: number,
): ColumnEstimate {
  const scores = Array.from(column).filter((score) => !Number.isNaN(score));
  const total = sum(scores);
  const n = scores.length;
  if (n === 0) return { sum: 0, estimate: undefined, draws: undefined };
  const interval = draws === undefined ? {} : percentileInterval(meansOf(draws), level);
  return { sum: total, estimate: { value: total / n, ...interval, n, clusters }, draws };
}

/** Counts and sums per cluster that has any score, in order; `key` is the same for columns with the same counts. */
function perCluster(clusters: ArrayLike<number>, column: ArrayLike<number>) {
  let most = -1;
  for (let i = 0; i < clusters.length; i += 1) most = Math.max(most, clusters[i]!);
  const counts = new Float64Array(most + 1);
  const sums = new Float64Array(most + 1);
  for (let i = 0; i < column.length; i += 1) {
    const score = column[i]!;
    if (Number.isNaN(score)) continue;
    const cluster = clusters[i]!;
    counts[cluster] = counts[cluster]! + 1;
    sums[cluster] = sums[cluster]! + score;
  }
  const present = (_: number, cluster: number) => counts[cluster]! > 0;
  return { key: counts.join(" "), counts: counts.filter(present), sums: sums.filter(present) };
}
