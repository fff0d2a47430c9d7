// One model on one benchmark under one protocol: rows in, all its numbers out.
import { bootstrapDefaults } from "../core/defaults.ts";
import { given } from "../core/given.ts";
import { type AnyMeasure, isRanked, type Measure, type RankedMeasure } from "../core/measure.ts";
import type { BucketValues, Cell, Counts } from "../core/results.ts";
import type { Row, ScoredRow } from "../core/rows.ts";
import type { Grouped } from "../core/words.ts";
import { type BootstrapOptions, drawValues, entriesOf, rankedBootstrap, rankingOf } from "./bootstrap.ts";
import { type Bounds, byCategory, bySize, cocoBounds, distribution } from "./buckets.ts";
import { ItemColumn, Numbers, PartColumn, PartSums, Texts, textRanks } from "./columns.ts";
import {
  bootstrapAll,
  type ClusterSums,
  clustersOf,
  drawsOf,
  type Estimated,
  estimateOf,
  isUneven,
} from "./estimate.ts";

/** The rows of a cell as numbers: sums by cluster, and by target only what is broken down or ranked. */
export interface CellTable {
  readonly model: string;
  readonly benchmark: string;
  readonly protocol: string;
  readonly images: Set<string>;
  readonly dropped: Map<string, number>;
  readonly failures: Map<string, number>;
  readonly clusters: Texts;
  /** What clusters are where some are not images. */
  grouped: Grouped;
  /** Per scored target: its cluster, area, area / image area, category; NaN where a row does not say it. */
  readonly owners: Numbers;
  readonly areas: Numbers;
  readonly shares: Numbers;
  readonly categories: (string | undefined)[];
  readonly columns: readonly (SumColumns | RankedColumns)[];
}

interface SumColumns extends Sums {
  readonly measure: Measure;
  /** Of measures that are broken down. */
  readonly targets: PartColumn | undefined;
}

/** Added-up parts; measures of one vector, which have one function for it, share them. */
interface Sums {
  readonly sums: PartSums;
  /** By cluster: targets, and sums of each part. */
  readonly rows: Numbers;
  readonly parts: Numbers[];
}

interface RankedColumns {
  readonly measure: RankedMeasure;
  readonly items: ItemColumn;
}

export function newCellTable(
  { model, benchmark, protocol }: Pick<Row, "model" | "benchmark" | "protocol">,
  measures: readonly AnyMeasure[],
  samples?: Grouped,
): CellTable {
  const shared = new Map<Measure["parts"], Sums>();
  const sumsOf = ({ parts }: Measure): Sums => {
    const known = shared.get(parts) ?? { sums: new PartSums(), rows: new Numbers(), parts: [] };
    shared.set(parts, known);
    return known;
  };
  return {
    ...{ model, benchmark, protocol },
    images: new Set(),
    dropped: new Map(),
    failures: new Map(),
    clusters: new Texts(),
    grouped: samples,
    owners: new Numbers(),
    areas: new Numbers(),
    shares: new Numbers(),
    categories: [],
    columns: measures.map((measure) =>
      isRanked(measure)
        ? { measure, items: new ItemColumn() }
        : {
            measure,
            ...sumsOf(measure),
            targets: measure.broken === true ? new PartColumn() : undefined,
          },
    ),
  };
}

/** Enters a row. `texts` keeps one copy of equal strings: every parsed row brings its own. */
export function addRow(table: CellTable, row: Row, texts: Texts): void {
  table.images.add(texts.intern(row.sample));
  if (row.status === "ok") addScored(table, row, texts);
  else {
    const tally = row.status === "dropped" ? table.dropped : table.failures;
    const reason = texts.intern(row.reason);
    tally.set(reason, (tally.get(reason) ?? 0) + 1);
  }
}

function addScored(table: CellTable, row: ScoredRow, texts: Texts): void {
  const target = table.owners.length;
  const cluster = table.clusters.number(row.cluster);
  if (row.cluster !== row.sample) table.grouped = true;
  table.owners.push(cluster);
  const { area = Number.NaN, size } = row;
  table.areas.push(area);
  table.shares.push(size === undefined ? Number.NaN : area / (size.width * size.height));
  table.categories.push(row.category === undefined ? undefined : texts.intern(row.category));
  const added = new Set<PartSums>();
  for (const column of table.columns) {
    if ("items" in column) {
      column.items.set(target, column.measure.items(row));
      continue;
    }
    const isAdded = added.has(column.sums);
    if (isAdded && column.targets === undefined) continue;
    const parts = column.measure.parts(row);
    column.targets?.set(target, parts);
    if (parts === undefined || isAdded) continue;
    added.add(column.sums);
    column.sums.add(parts);
    column.rows.add(cluster, 1);
    for (let i = 0; i < parts.length; i += 1) {
      column.parts[i] ??= new Numbers();
      column.parts[i]!.add(cluster, parts[i]!);
    }
  }
}

/** A cell and, by measure id, what a suite is made from. */
export interface CellResult {
  readonly cell: Cell;
  readonly estimates: ReadonlyMap<string, Estimated>;
}

export interface CellOptions extends BootstrapOptions {
  readonly quartiles: readonly Bounds[];
  /** Categories with values of their own, in order. */
  readonly categories: readonly string[];
}

/** All numbers of one model on one benchmark under one protocol. */
export function summarizeCell(table: CellTable, options: CellOptions): CellResult {
  const { model, benchmark, protocol } = table;
  const estimates = estimatesOf(table, options);
  const entries = <T>(of: (column: CellTable["columns"][number], found: Estimated) => T | undefined) =>
    Object.fromEntries(
      table.columns.flatMap((column) => {
        const found = estimates.get(column.measure.id);
        const value = found === undefined ? undefined : of(column, found);
        return value === undefined ? [] : [[column.measure.id, value] as const];
      }),
    );
  const broken = table.columns.filter(
    (column): column is SumColumns & { targets: PartColumn } =>
      "targets" in column && column.targets !== undefined && estimates.has(column.measure.id),
  );
  const valuesOf = (members: readonly number[]): BucketValues =>
    Object.fromEntries(broken.map((column) => [column.measure.id, valueOfMembers(column, members)]));
  const details = entries(({ measure }, { sums }) =>
    isRanked(measure) ? undefined : measure.detail?.(sums),
  );
  const cell: Cell = given({
    ...{ model, benchmark, protocol, counts: countsOf(table) },
    measures: entries((_, { estimate }) => estimate),
    bySize: hasAreas(table) ? bySize(cocoBounds, table.areas.view(), valuesOf) : [],
    byQuartile: bySize(options.quartiles, table.shares.view(), valuesOf),
    byCategory: byCategory(options.categories, table.categories, valuesOf),
    distributions: Object.fromEntries(
      broken.map(({ measure, targets }) => [
        measure.id,
        distribution(ownValues(measure, targets, table.owners.length)),
      ]),
    ),
    details: Object.keys(details).length === 0 ? undefined : details,
  });
  return { cell, estimates };
}

/** false where rows have no sizes, and so no buckets. */
function hasAreas({ areas, owners }: CellTable): boolean {
  return owners.length === 0 || !areas.view().every(Number.isNaN);
}

/** The values of targets themselves, by number; NaN where one has none. */
export function ownValues(measure: Measure, column: PartColumn, targets: number): Float64Array {
  const values = new Float64Array(targets).fill(Number.NaN);
  const parts = new Array<number>(column.width).fill(0);
  for (let target = 0; target < targets; target += 1) {
    if (!column.has(target)) continue;
    column.read(target, parts);
    values[target] = measure.value(parts);
  }
  return values;
}

/** The value of some targets together; null where none has a score. */
function valueOfMembers(
  { measure, targets }: { readonly measure: Measure; readonly targets: PartColumn },
  members: readonly number[],
): number | null {
  const sums = new PartSums();
  const parts = new Array<number>(targets.width).fill(0);
  for (const target of members) {
    if (!targets.has(target)) continue;
    targets.read(target, parts);
    sums.add(parts);
  }
  const value = sums.n === 0 ? Number.NaN : measure.value(sums.sums());
  return Number.isNaN(value) ? null : value;
}

/** All measures that any target has, with their draws; clusters are drawn in code-unit order, whatever the order of the rows. */
function estimatesOf(table: CellTable, options: BootstrapOptions): Map<string, Estimated> {
  const ranks = textRanks(table.clusters.list);
  const all = table.columns.filter((column) => "sums" in column);
  const summed = [...new Map(all.map((column) => [column.sums, column])).values()];
  const place = ({ sums }: Sums) => summed.findIndex((one) => one.sums === sums);
  const resampled = summed.map(({ rows, parts }): ClusterSums => {
    return { rows: inOrder(rows, ranks), columns: parts.map((part) => inOrder(part, ranks)) };
  });
  const totals = bootstrapAll(resampled, options);
  const results = new Map<string, Estimated>();
  for (const column of table.columns) {
    const found =
      "items" in column
        ? estimateRanking(column, table, ranks, options)
        : estimateSums(column, table, resampled[place(column)]!, {
            ...{ totals: totals[place(column)], level: options.level },
          });
    if (found !== undefined) results.set(column.measure.id, found);
  }
  return results;
}

function estimateSums(
  { measure, sums: added }: SumColumns,
  { grouped }: CellTable,
  { rows }: ClusterSums,
  { totals, level }: { readonly totals: readonly Float64Array[] | undefined; readonly level: number },
): Estimated | undefined {
  if (added.n === 0) return undefined;
  const sums = added.sums();
  const size = { n: added.n, clusters: clustersOf(rows), grouped };
  const draws = totals && drawsOf(drawValues(totals, measure.value), size.clusters, totals);
  const estimate = estimateOf(measure.value(sums), size, draws, { level, uneven: isUneven(measure) });
  return estimate && { estimate, sums, draws, grouped };
}

function estimateRanking(
  { measure, items: column }: RankedColumns,
  { owners, grouped }: CellTable,
  ranks: readonly number[],
  options: BootstrapOptions,
): Estimated | undefined {
  const targets = Array.from({ length: owners.length }, (_, target) => target).filter((t) => column.has(t));
  if (targets.length === 0) return undefined;
  const { entries, clusters } = entriesOf(column, targets, (target) => ranks[owners.at(target)!]!);
  const ranking = rankingOf(entries);
  const value = measure.value(ranking.items, new Float64Array(ranking.items.length).fill(1));
  const values =
    clusters < bootstrapDefaults.minClusters
      ? undefined
      : rankedBootstrap([ranking], clusters, measure, options)[0]!;
  const draws = drawsOf(values, clusters);
  const size = { n: targets.length, clusters, grouped };
  const estimate = estimateOf(value, size, draws, { level: options.level, uneven: false });
  return estimate && { estimate, sums: [], draws, grouped };
}

/** A column by cluster in the order of its texts. */
function inOrder(column: Numbers, ranks: readonly number[]): Float64Array {
  const ordered = new Float64Array(ranks.length);
  for (const [cluster, rank] of ranks.entries()) ordered[rank] = column.at(cluster) ?? 0;
  return ordered;
}

/** What became of every target: nothing is left out silently. Reasons most frequent first, then by name. */
function countsOf({ images, owners, dropped, failures }: CellTable): Counts {
  const total = (tally: ReadonlyMap<string, number>) => [...tally.values()].reduce((all, n) => all + n, 0);
  const scored = owners.length;
  const failed = total(failures);
  return {
    images: images.size,
    targets: scored + total(dropped) + failed,
    scored,
    dropped: byFrequency(dropped),
    failed,
    failures: byFrequency(failures),
  };
}

function byFrequency(tally: ReadonlyMap<string, number>): Record<string, number> {
  return Object.fromEntries([...tally].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : a > b ? 1 : 0)));
}
