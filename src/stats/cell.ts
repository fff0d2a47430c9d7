import { nocDefaults } from "../core/defaults.ts";
import type { Cell, ClicksToQuality, DrawSummary, Estimate, RoundSummary } from "../core/summary.ts";
import { byCategory } from "./by-category.ts";
import { type Bounds, bySize, cocoBounds } from "./by-size.ts";
import { calibration } from "./calibration.ts";
import type { CellTable } from "./cell-table.ts";
import { countsOf } from "./counts.ts";
import { distribution } from "./distribution.ts";
import { type BootstrapOptions, type ColumnEstimate, estimateColumns } from "./estimate.ts";
import { textRanks } from "./text-ranks.ts";

/** A cell and, per reported round, what a suite is made from. */
export interface CellResult {
  readonly cell: Cell;
  readonly rounds: readonly {
    readonly clicks: number;
    readonly miou: ColumnEstimate;
    readonly oracle: ColumnEstimate;
  }[];
}

export interface CellOptions extends BootstrapOptions {
  readonly quartiles: readonly Bounds[];
  /** Categories with a mean of their own, in order. */
  readonly categories: readonly string[];
  /** Predicted IoUs of this model and protocol may be calibrated. */
  readonly calibrated: boolean;
}

/** Everything that is said about one model on one benchmark under one protocol. */
export function summarizeCell(table: CellTable, options: CellOptions): CellResult {
  const { model, benchmark, protocol } = table;
  const estimate = estimator(table, options);
  const rounds = table.rounds.map(({ clicks, selected, oracle, dice, boundary }) => ({
    clicks,
    miou: estimate(selected),
    oracle: estimate(oracle),
    dice: estimate(dice).estimate,
    boundary: estimate(boundary).estimate,
  }));
  const summaries = rounds.flatMap(({ clicks, miou, oracle, dice, boundary }): RoundSummary[] => {
    if (miou.estimate === undefined || dice === undefined || boundary === undefined) return [];
    const best = oracle.estimate === undefined ? {} : { oracle: oracle.estimate };
    return [{ clicks, miou: miou.estimate, ...best, dice, boundary }];
  });
  const scored = table.rounds.filter(({ clicks }) => summaries.some((round) => round.clicks === clicks));
  const bySelected = scored.map(({ clicks, selected }) => ({ clicks, scores: selected }));
  const cell: Cell = {
    model,
    benchmark,
    protocol,
    counts: countsOf(table),
    rounds: summaries,
    ...optional("ambiguityGap", estimate(table.gap).estimate),
    ...optional("selectionAccuracy", estimate(table.correct).estimate),
    ...optional("clicksToQuality", clicksToQuality(table, estimate)),
    ...optional("draws", drawSummary(table, estimate)),
    bySize: bySize(cocoBounds, table.areas, bySelected),
    byQuartile: bySize(options.quartiles, table.shares, bySelected),
    ...optional("byCategory", byCategory(options.categories, table.categories, bySelected)),
    ...optional("calibration", options.calibrated ? calibration(table.predicted, table.actual) : undefined),
    distribution: scored.map(({ clicks, selected }) => ({ clicks, counts: distribution(selected) })),
  };
  return { cell, rounds };
}

type Estimator = (column: readonly number[]) => ColumnEstimate;

/** Estimates all columns of a table at once, so that they share their draws, and hands out the results by column. */
function estimator(table: CellTable, options: BootstrapOptions): Estimator {
  const columns = [
    ...table.rounds.flatMap(({ selected, oracle, dice, boundary }) => [selected, oracle, dice, boundary]),
    table.gap,
    table.correct,
    ...table.noc.map(({ clicks }) => clicks),
    table.drawMean,
    table.drawSpread,
    table.drawWorst,
  ];
  const results = estimateColumns(textRanks(table.clusters), columns, options);
  const byColumn = new Map(columns.map((column, i) => [column, results[i]!]));
  return (column) => byColumn.get(column as number[])!;
}

function clicksToQuality({ noc }: CellTable, estimate: Estimator): ClicksToQuality[] | undefined {
  const targets = noc.flatMap(({ iou, clicks, unreached }): ClicksToQuality[] => {
    const found: Estimate | undefined = estimate(clicks).estimate;
    return found === undefined ? [] : [{ iou, mean: found, unreached, maxClicks: nocDefaults.maxClicks }];
  });
  return targets.length === 0 ? undefined : targets;
}

function drawSummary(
  { draws, drawMean, drawSpread, drawWorst }: CellTable,
  estimate: Estimator,
): DrawSummary | undefined {
  const [mean, spread, worst] = [drawMean, drawSpread, drawWorst].map((column) => estimate(column).estimate);
  if (mean === undefined || spread === undefined || worst === undefined) return undefined;
  return { draws, mean, spread, worst };
}

function optional<K extends string, T>(key: K, value: T | undefined): { readonly [P in K]?: T } {
  return (value === undefined ? {} : { [key]: value }) as { readonly [P in K]?: T };
}
