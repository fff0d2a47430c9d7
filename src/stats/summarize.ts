import { setImmediate } from "node:timers/promises";
import { bootstrapDefaults } from "../core/defaults.ts";
import { complain } from "../core/errors.ts";
import { given } from "../core/given.ts";
import { type AnyMeasure, isRanked, noteOf } from "../core/measure.ts";
import type { BenchmarkNote, Cell, DomainSummary, Suite, SuiteEstimate, Summary } from "../core/results.ts";
import type { Row } from "../core/rows.ts";
import { type Bounds, largestCategories, quartileBounds } from "./buckets.ts";
import { addRow, type CellResult, type CellTable, newCellTable, summarizeCell } from "./cells.ts";
import { Texts } from "./columns.ts";
import { isUneven, macroEstimate, microEstimate } from "./estimate.ts";
import type { MeasuredProtocol } from "./score-table.ts";

/** What rows do not say themselves: from the manifest and the registries. Their order is the order of the summary. */
export interface SummaryFacts extends Pick<Summary, "run" | "title" | "plan" | "complete"> {
  readonly models: readonly (Summary["models"][number] & {
    /** Names of measures that are meaningless for this model. */
    readonly without?: readonly string[];
  })[];
  readonly benchmarks: readonly BenchmarkNote[];
  readonly protocols: readonly MeasuredProtocol[];
}

export interface SummaryOptions {
  /** Bootstrap draws; fewer are for tests alone. */
  readonly draws?: number;
  readonly onCell?: (done: number, total: number) => void;
}

/**
 * Rows to Summary: the only place that decides what belongs together. Rows may come in any order; a few numbers are kept
 * of each. The bootstrap of a benchmark is seeded by its name, so that models and protocols are resampled alike.
 */
export async function summarize(
  rows: AsyncIterable<Row>,
  facts: SummaryFacts,
  { draws = bootstrapDefaults.draws, onCell }: SummaryOptions = {},
): Promise<Summary> {
  const tables = await collect(rows, facts);
  const groups = groupsOf(tables, facts.benchmarks);
  const { level, seed, rankedDraws } = bootstrapDefaults;
  const cells = new Map<string, Cell>();
  const suites: Suite[] = [];
  const domains: DomainSummary[] = [];
  for (const model of facts.models)
    for (const protocol of facts.protocols) {
      const results: CellResult[] = [];
      for (const { name } of facts.benchmarks) {
        const key = keyOf(model.name, name, protocol.id);
        const table = tables.get(key);
        if (table === undefined) continue;
        const result = summarizeCell(table, {
          ...{ draws, rankedDraws: Math.min(draws, rankedDraws), level, seed: `${seed}\n${name}` },
          ...groups.get(name)!,
        });
        cells.set(key, result.cell);
        results.push(result);
        onCell?.(cells.size, tables.size);
        await setImmediate(); // other work gets a turn during a long summary
      }
      const suite = summarizeSuite(results, protocol.measures, level);
      if (suite !== undefined) suites.push(suite);
      domains.push(...byDomain(results, protocol.measures, facts.benchmarks, level));
    }
  const { run, title, plan, complete, benchmarks } = facts;
  return {
    format: "segbench/summary@2",
    ...{ run, title, plan, complete },
    models: facts.models.map(({ name, title, remarks }) => ({ name, title, remarks })),
    benchmarks,
    protocols: facts.protocols.map(({ id, summary, samples, whole, phrases, measures }) => ({
      ...given({ id, summary, samples, whole, phrases }),
      measures: measuresPresent(measures, id, [...cells.values()]).map(noteOf),
    })),
    cells: facts.models.flatMap(({ name }) =>
      benchmarks.flatMap((benchmark) =>
        facts.protocols.flatMap(({ id }) => cells.get(keyOf(name, benchmark.name, id)) ?? []),
      ),
    ),
    suites,
    domains,
  };
}

/** Measures that any cell has; all where there is no score yet. */
function measuresPresent(
  measures: readonly AnyMeasure[],
  protocol: string,
  cells: readonly Cell[],
): readonly AnyMeasure[] {
  const own = cells.filter((cell) => cell.protocol === protocol);
  const found = new Set(own.flatMap((cell) => Object.keys(cell.measures)));
  return found.size === 0 ? measures : measures.filter(({ id }) => found.has(id));
}

/**
 * One model under one protocol over its benchmarks. Benchmarks without a scored target cannot be part of a mean; the
 * result says how many are. undefined when none is.
 */
function summarizeSuite(
  results: readonly CellResult[],
  measures: readonly AnyMeasure[],
  level: number,
): Suite | undefined {
  const scored = results.filter(({ estimates }) => estimates.size > 0);
  const first = scored[0];
  if (first === undefined) return undefined;
  const { model, protocol } = first.cell;
  const entries = measures.flatMap((measure): [string, SuiteEstimate][] => {
    const own = scored.flatMap(({ estimates }) => estimates.get(measure.id) ?? []);
    const macro = macroEstimate(own, { level, uneven: isUneven(measure) });
    const micro = isRanked(measure) ? undefined : microEstimate(own, measure, level);
    if (macro === undefined) return [];
    return [[measure.id, { macro, ...(micro === undefined ? {} : { micro }) }]];
  });
  return { model, protocol, benchmarks: scored.length, measures: Object.fromEntries(entries) };
}

/** The cells of a model and protocol, averaged by the domains of their benchmarks: main measures alone. */
function byDomain(
  results: readonly CellResult[],
  measures: readonly AnyMeasure[],
  benchmarks: readonly BenchmarkNote[],
  level: number,
): DomainSummary[] {
  const main = measures.filter(({ show }) => show === "main");
  return [...new Set(benchmarks.flatMap(({ domain }) => domain))].flatMap((domain) => {
    const names = new Set(benchmarks.filter((note) => note.domain.includes(domain)).map(({ name }) => name));
    const members = results.filter(({ cell }) => names.has(cell.benchmark));
    const own = summarizeSuite(members, main, level);
    return own === undefined ? [] : [{ domain, ...own }];
  });
}

async function collect(rows: AsyncIterable<Row>, facts: SummaryFacts): Promise<Map<string, CellTable>> {
  const texts = new Texts();
  const tables = new Map<string, CellTable>();
  for await (const row of rows) {
    const key = keyOf(row.model, row.benchmark, row.protocol);
    let table = tables.get(key);
    if (table === undefined) {
      const samples = facts.protocols.find(({ id }) => id === row.protocol)?.samples;
      table = newCellTable(row, measuresOf(row, facts), samples);
      tables.set(key, table);
    }
    addRow(table, row, texts);
  }
  return tables;
}

/** What is measured of a row's model and protocol; refuses rows of something the run does not have. */
function measuresOf(row: Row, { run, models, benchmarks, protocols }: SummaryFacts): readonly AnyMeasure[] {
  const protocol = protocols.find(({ id }) => id === row.protocol);
  const model = models.find(({ name }) => name === row.model);
  const unknown = [
    model === undefined ? `model ${row.model}` : [],
    benchmarks.some(({ name }) => name === row.benchmark) ? [] : `benchmark ${row.benchmark}`,
    protocol === undefined ? `protocol ${row.protocol}` : [],
  ].flat();
  if (protocol === undefined || model === undefined || unknown.length > 0)
    throw complain(run, `rows of ${unknown.join(", ")}, which the run does not have`);
  return protocol.measures.filter(({ name }) => model.without?.includes(name) !== true);
}

/** Quartiles and categories of each benchmark: the same for all its cells. */
function groupsOf(
  tables: ReadonlyMap<string, CellTable>,
  benchmarks: readonly BenchmarkNote[],
): ReadonlyMap<string, { readonly quartiles: readonly Bounds[]; readonly categories: readonly string[] }> {
  return new Map(
    benchmarks.map(({ name }) => {
      const table = fullest(tables, name);
      return [
        name,
        {
          quartiles: quartileBounds(table?.shares.view().filter((share) => !Number.isNaN(share)) ?? []),
          categories: largestCategories(table?.categories ?? []),
        },
      ] as const;
    }),
  );
}

/**
 * The cell of a benchmark with the most scored targets, the first such by name. All cells have the same targets unless some
 * failed, so that quartiles and categories mean the same for every model.
 */
function fullest(tables: ReadonlyMap<string, CellTable>, benchmark: string): CellTable | undefined {
  let most: CellTable | undefined;
  for (const [, table] of [...tables].sort(([a], [b]) => (a < b ? -1 : 1)))
    if (table.benchmark === benchmark && table.owners.length > (most?.owners.length ?? 0)) most = table;
  return most;
}

function keyOf(model: string, benchmark: string, protocol: string): string {
  return `${model}\n${benchmark}\n${protocol}`;
}
