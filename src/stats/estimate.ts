// Estimates: a measure's number with its interval, of one benchmark and over several.

import { bootstrapDefaults } from "../core/defaults.ts";
import { groupBy } from "../core/group-by.ts";
import type { Measure } from "../core/measure.ts";
import { mean, sum } from "../core/numbers.ts";
import type { Estimate } from "../core/results.ts";
import { type BootstrapOptions, clusterBootstrap, drawValues, percentileInterval } from "./bootstrap.ts";

/** What is resampled: how many targets each cluster has, 0 for those that are not clusters of it, and what it adds. */
export interface ClusterSums {
  readonly rows: Float64Array;
  readonly columns: readonly Float64Array[];
}

export interface Draws {
  /** What each draw adds up to, column by column; absent for rankings. */
  readonly totals?: readonly Float64Array[];
  /** NaN where a draw has no value. */
  readonly values: Float64Array;
}

/** An estimate and what one over several benchmarks is made from. */
export interface Estimated {
  readonly estimate: Estimate;
  /** Added-up parts of all targets; empty for rankings. */
  readonly sums: readonly number[];
  /** undefined below two clusters. */
  readonly draws: Draws | undefined;
}

/**
 * Bootstrap totals of several measures: a cluster without any target of a measure is not one of its clusters, and measures
 * that agree on their clusters share their draws. undefined below two clusters. Measures of many sums get fewer draws.
 */
export function bootstrapAll(
  all: readonly ClusterSums[],
  { seed, draws, rankedDraws }: BootstrapOptions,
): (readonly Float64Array[] | undefined)[] {
  const groups = groupBy(all.keys(), (i) => {
    const { rows, columns } = all[i]!;
    const own = columns.length > bootstrapDefaults.sums ? rankedDraws : draws;
    return `${own} ${Uint8Array.from(rows, (n) => (n > 0 ? 1 : 0)).join("")}`;
  });
  const results: (readonly Float64Array[] | undefined)[] = all.map(() => undefined);
  for (const [key, members] of groups) {
    const { rows } = all[members[0]!]!;
    const present = (_: number, cluster: number) => rows[cluster]! > 0;
    if (clustersOf(rows) < bootstrapDefaults.minClusters) continue;
    const distinct: Float64Array[] = [];
    const places = members.map((i) =>
      all[i]!.columns.map((column) => placeIn(distinct, column.filter(present))),
    );
    const totals = clusterBootstrap(distinct, { seed, draws: Number.parseInt(key, 10) });
    for (const [m, i] of members.entries()) results[i] = places[m]!.map((place) => totals[place]!);
  }
  return results;
}

export function clustersOf(rows: Float64Array): number {
  return rows.reduce((count, n) => count + (n > 0 ? 1 : 0), 0);
}

/** Where an equal column is, or is put: all means count the same targets. */
function placeIn(distinct: Float64Array[], column: Float64Array): number {
  const known = distinct.findIndex((other) => other.every((value, i) => value === column[i]));
  return known >= 0 ? known : distinct.push(column) - 1;
}

/** A value with the interval of its draws; undefined where it has none. */
export function estimateOf(
  value: number | undefined,
  size: Pick<Estimate, "n" | "clusters">,
  draws: Float64Array | undefined,
  level: number,
): Estimate | undefined {
  if (value === undefined || Number.isNaN(value)) return undefined;
  const interval = draws === undefined ? undefined : percentileInterval(draws, level);
  return { value, ...interval, ...size };
}

/**
 * Macro average: the unweighted mean of the benchmarks' values; every benchmark counts the same, however large. Interval:
 * clusters are resampled within each benchmark, so that a draw of the suite is the mean of one draw of every
 * benchmark. A benchmark without an interval (fewer than two clusters) leaves the suite without one: its part would look
 * certain. undefined without scores.
 */
export function macroEstimate(scored: readonly Estimated[], level: number): Estimate | undefined {
  if (scored.length === 0) return undefined;
  const value = mean(scored.map(({ estimate }) => estimate.value));
  return estimateOf(value, sizeOf(scored), macroDraws(scored), level);
}

/** The bootstrap values of a macro average: draw by draw the unweighted mean of the benchmarks'. undefined as its interval. */
export function macroDraws(scored: readonly Estimated[]): Float64Array | undefined {
  const total = totalOf(scored.map(({ draws }) => draws?.values));
  return total?.map((draw) => draw / scored.length);
}

/** Micro average: over all targets of all benchmarks together. Interval: as for the macro average, totals instead of values. */
export function microEstimate(
  scored: readonly Estimated[],
  { value }: Pick<Measure, "value">,
  level: number,
): Estimate | undefined {
  const [first] = scored;
  if (first === undefined) return undefined;
  const over = (part: number) => totalOf(scored.map(({ draws }) => draws?.totals?.[part]));
  const totals = first.sums.map((_, part) => over(part)).filter((total) => total !== undefined);
  const values = totals.length < first.sums.length ? undefined : drawValues(totals, value);
  const sums = first.sums.map((_, part) => sum(scored.map((one) => one.sums[part]!)));
  return estimateOf(value(sums), sizeOf(scored), values, level);
}

function sizeOf(scored: readonly Estimated[]): Pick<Estimate, "n" | "clusters"> {
  return {
    n: scored.reduce((all, { estimate }) => all + estimate.n, 0),
    clusters: scored.reduce((all, { estimate }) => all + estimate.clusters, 0),
  };
}

/** Adds up draw by draw; undefined when a column is missing. */
function totalOf(columns: readonly (Float64Array | undefined)[]): Float64Array | undefined {
  const known = columns.filter((column) => column !== undefined);
  if (known.length < columns.length) return undefined;
  const total = new Float64Array(known[0]?.length ?? 0);
  for (const column of known)
    for (let draw = 0; draw < total.length; draw += 1) total[draw] = total[draw]! + column[draw]!;
  return total;
}
