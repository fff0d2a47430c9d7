import type { Estimate, Suite } from "../core/summary.ts";
import type { CellResult } from "./cell.ts";
import { type ColumnEstimate, meansOf } from "./estimate.ts";
import { percentileInterval } from "./interval.ts";
import { mean, sum } from "./mean.ts";

/**
 * One model under one protocol over its benchmarks. Benchmarks without a scored target cannot be part of a mean; how many
 * are behind it is said. undefined when none is.
 */
export function summarizeSuite(results: readonly CellResult[], level: number): Suite | undefined {
  const scored = results.filter(({ cell }) => cell.rounds.length > 0);
  const first = scored[0];
  if (first === undefined) return undefined;
  const { model, protocol } = first.cell;
  const rounds = first.rounds.flatMap(({ clicks }, i) => {
    const miou = scored.map((result) => result.rounds[i]!.miou);
    const oracle = scored.map((result) => result.rounds[i]!.oracle);
    const macro = macroEstimate(miou, level);
    const micro = microEstimate(miou, level);
    if (macro === undefined || micro === undefined) return [];
    const oracleMacro = macroEstimate(oracle, level);
    const oracleMicro = microEstimate(oracle, level);
    return [
      {
        clicks,
        macro,
        micro,
        ...(oracleMacro === undefined ? {} : { oracleMacro }),
        ...(oracleMicro === undefined ? {} : { oracleMicro }),
      },
    ];
  });
  return { model, protocol, benchmarks: scored.length, rounds };
}

/**
 * Macro average: the unweighted mean of the benchmarks' means; every benchmark counts the same, however large. Interval:
 * clusters are resampled within each benchmark, so that a draw of the suite is the mean of one draw of every
 * benchmark. A benchmark without an interval (fewer than two clusters) leaves the suite without one: its part would look
 * certain. undefined without scores.
 */
export function macroEstimate(benchmarks: readonly ColumnEstimate[], level: number): Estimate | undefined {
  const scored = benchmarks.filter(({ estimate }) => estimate !== undefined);
  if (scored.length === 0) return undefined;
  const means = macroMeans(scored);
  const interval = means === undefined ? {} : percentileInterval(means, level);
  return { value: mean(scored.map(({ estimate }) => estimate!.value)), ...interval, ...sizeOf(scored) };
}

/** The bootstrap means of a macro average: draw by draw the unweighted mean of the benchmarks'. undefined as its interval. */
export function macroMeans(benchmarks: readonly ColumnEstimate[]): Float64Array | undefined {
  const scored = benchmarks.filter(({ estimate }) => estimate !== undefined);
  const total = totalOf(scored.map(({ draws }) => (draws === undefined ? undefined : meansOf(draws))));
  return total?.map((draw) => draw / scored.length);
}

/** Micro average: the mean over all masks of all benchmarks. Interval: as for the macro average, totals instead of means. */
export function microEstimate(benchmarks: readonly ColumnEstimate[], level: number): Estimate | undefined {
  const scored = benchmarks.filter(({ estimate }) => estimate !== undefined);
  if (scored.length === 0) return undefined;
  const { n, clusters } = sizeOf(scored);
  const draws = scored.map((one) => one.draws);
  const counts = totalOf(draws.map((one) => one?.counts));
  const sums = totalOf(draws.map((one) => one?.sums));
  const means = counts === undefined ? undefined : sums?.map((total, draw) => total / counts[draw]!);
  const interval = means === undefined ? {} : percentileInterval(means, level);
  return { value: sum(scored.map((one) => one.sum)) / n, ...interval, n, clusters };
}

function sizeOf(scored: readonly ColumnEstimate[]) {
  return {
    n: scored.reduce((all, { estimate }) => all + estimate!.n, 0),
    clusters: scored.reduce((all, { estimate }) => all + estimate!.clusters, 0),
  };
}

/** Adds up draw by draw; undefined when a column is missing. */
function totalOf(columns: readonly (Float64Array | undefined)[]): Float64Array | undefined {
  const known = columns.filter((column) => column !== undefined);
  if (known.length < columns.length) return undefined;
  return known[0]?.map((_, draw) => known.reduce((all, column) => all + column[draw]!, 0));
}
