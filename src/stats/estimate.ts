// Estimates: a measure's number with its interval, of one benchmark and over several.

import { bootstrapDefaults } from "../core/defaults.ts";
import { given } from "../core/given.ts";
import { groupBy } from "../core/group-by.ts";
import { type AnyMeasure, isRanked, type Measure, meanValue } from "../core/measure.ts";
import { mean, sum } from "../core/numbers.ts";
import type { Estimate } from "../core/results.ts";
import type { Grouped } from "../core/words.ts";
import {
  type BootstrapOptions,
  clusterBootstrap,
  detectableDifference,
  drawValues,
  expandedInterval,
  freedomOf,
  type Stratum,
  varianceOf,
} from "./bootstrap.ts";

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
  /** The benchmarks whose clusters were drawn. */
  readonly strata: readonly Stratum[];
}

/** An estimate and what one over several benchmarks is made from. */
export interface Estimated {
  readonly estimate: Estimate;
  readonly grouped?: Grouped;
  /** Added-up parts of all targets; empty for rankings. */
  readonly sums: readonly number[];
  /** undefined below minClusters. */
  readonly draws: Draws | undefined;
}

/**
 * Bootstrap totals of several measures: a cluster without any target of a measure is not one of its clusters, and measures
 * that agree on their clusters share their draws. undefined below minClusters. Measures of many sums get fewer draws.
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
export function placeIn(distinct: Float64Array[], column: Float64Array): number {
  const known = distinct.findIndex((other) => other.every((value, i) => value === column[i]));
  return known >= 0 ? known : distinct.push(column) - 1;
}

/** On how much an estimate stands; `grouped`: its clusters are not images. */
export interface Size extends Pick<Estimate, "n" | "clusters"> {
  readonly grouped?: Grouped;
}

/** Draws of one benchmark's clusters. */
export function drawsOf(
  values: Float64Array | undefined,
  clusters: number,
  totals?: readonly Float64Array[],
): Draws | undefined {
  if (values === undefined) return undefined;
  return { ...given({ totals }), values, strata: [{ clusters, variance: varianceOf(values) }] };
}

export interface IntervalOptions {
  readonly level: number;
  readonly uneven: boolean;
}

/**
 * A value with the interval of its draws; undefined where it has no value. Too few clusters, or a benchmark among several that has
 * but one: no interval, and the number is marked. So is one that has an interval which is not known to hold.
 */
export function estimateOf(
  value: number | undefined,
  { grouped, ...size }: Size,
  draws: Draws | undefined,
  { level, uneven }: IntervalOptions,
): Estimate | undefined {
  if (value === undefined || Number.isNaN(value)) return undefined;
  const interval =
    draws === undefined || !enoughOn(draws.strata.map((one) => one.clusters))
      ? undefined
      : expandedInterval(draws.values, level, freedomOf(draws.strata));
  const few = interval === undefined || (uneven && size.clusters < bootstrapDefaults.unevenClusters);
  return { value, ...interval, ...size, ...given({ few: few || undefined, grouped }) };
}

/** Whether intervals over so many clusters of each benchmark are known to hold. */
export function enoughOn(clusters: readonly number[]): boolean {
  const { intervalClusters, intervalFreedom, minClusters } = bootstrapDefaults;
  if (sum(clusters) < intervalClusters || clusters.some((n) => n < minClusters)) return false;
  // As much spread in every cluster: what the draws say of it is no help where a benchmark has few.
  const alike = clusters.map((n) => ({ clusters: n, variance: (n - 1) / n ** 2 }));
  return freedomOf(alike).freedom >= intervalFreedom;
}

/** Whether a value is neither a mean nor a ranking: then an interval holds with many clusters alone. */
export function isUneven(measure: AnyMeasure): boolean {
  return !isRanked(measure) && measure.value !== meanValue;
}

/** What is detectable at this size, where that is known to hold. */
export function detectableOf(draws: Draws | undefined, uneven: boolean): number | undefined {
  if (draws === undefined) return undefined;
  const { detectableClusters, unevenClusters } = bootstrapDefaults;
  const clusters = sum(draws.strata.map((one) => one.clusters));
  if (clusters < (uneven ? unevenClusters : detectableClusters)) return undefined;
  return detectableDifference(draws.values, freedomOf(draws.strata));
}

/**
 * Macro average: the unweighted mean of the benchmarks' values; every benchmark counts the same, however large. Interval:
 * clusters are resampled within each benchmark, so that a draw of the suite is the mean of one draw of every
 * benchmark. A benchmark of fewer than three clusters leaves the suite without an interval: what is certain about its
 * part is not known. undefined without scores.
 */
export function macroEstimate(scored: readonly Estimated[], options: IntervalOptions): Estimate | undefined {
  if (scored.length === 0) return undefined;
  const value = mean(scored.map(({ estimate }) => estimate.value));
  return estimateOf(value, sizeOf(scored), macroDraws(scored), options);
}

/** The bootstrap values of a macro average: draw by draw the unweighted mean of the benchmarks'. undefined as its interval. */
export function macroDraws(scored: readonly Estimated[]): Draws | undefined {
  const total = totalOf(scored.map(({ draws }) => draws?.values));
  if (total === undefined) return undefined;
  return {
    values: total.map((draw) => draw / scored.length),
    strata: scored.flatMap(({ draws }) => draws!.strata),
  };
}

/** Micro average: over all targets of all benchmarks together. Interval: as for the macro average, totals instead of values. */
export function microEstimate(
  scored: readonly Estimated[],
  measure: Measure,
  level: number,
): Estimate | undefined {
  const [first] = scored;
  if (first === undefined) return undefined;
  const { value } = measure;
  const over = (part: number) => totalOf(scored.map(({ draws }) => draws?.totals?.[part]));
  const totals = first.sums.map((_, part) => over(part)).filter((total) => total !== undefined);
  const sums = first.sums.map((_, part) => sum(scored.map((one) => one.sums[part]!)));
  const draws =
    totals.length < first.sums.length
      ? undefined
      : { values: drawValues(totals, value), strata: scored.map((one) => microStratum(one, sums, value)) };
  return estimateOf(value(sums), sizeOf(scored), draws, { level, uneven: isUneven(measure) });
}

/** How much of a micro average's variance is one benchmark's: drawn alone, all others as they are. */
function microStratum(
  { draws, sums: own, estimate }: Estimated,
  sums: readonly number[],
  value: Measure["value"],
): Stratum {
  const totals = draws!.totals!.map((total, part) => total.map((one) => sums[part]! - own[part]! + one));
  return { clusters: estimate.clusters, variance: varianceOf(drawValues(totals, value)) };
}

function sizeOf(scored: readonly Estimated[]): Size {
  return {
    grouped: groupedOf(scored),
    n: scored.reduce((all, { estimate }) => all + estimate.n, 0),
    clusters: scored.reduce((all, { estimate }) => all + estimate.clusters, 0),
  };
}

/** What the clusters of several are together. */
function groupedOf(all: readonly Pick<Size, "grouped">[]): Grouped {
  return all.some(({ grouped }) => grouped === true) || all.find(({ grouped }) => grouped)?.grouped;
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
