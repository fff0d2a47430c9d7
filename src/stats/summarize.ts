import { setImmediate } from "node:timers/promises";
import { bootstrapDefaults } from "../core/defaults.ts";
import { complain } from "../core/errors.ts";
import type { Row } from "../core/rows.ts";
import type { BenchmarkNote, Cell, DomainSummary, Suite, Summary } from "../core/summary.ts";
import type { Protocol } from "../core/types.ts";
import { largestCategories } from "./by-category.ts";
import { quartileBounds } from "./by-size.ts";
import { type CellResult, summarizeCell } from "./cell.ts";
import { addRow, type CellTable, newCellTable } from "./cell-table.ts";
import { summarizeSuite } from "./suite.ts";

/** What rows do not say themselves: from the manifest and the registries. Their order is the order of the summary. */
export interface SummaryFacts extends Pick<Summary, "run" | "title" | "plan" | "complete"> {
  readonly models: readonly (Summary["models"][number] & {
    /** false: the export's score is a stability score, which is left out of calibration. */
    readonly predictedIouIsIou: boolean;
  })[];
  readonly benchmarks: readonly BenchmarkNote[];
  readonly protocols: readonly Pick<Protocol, "id" | "summary" | "reported" | "singleClickStart">[];
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
  const total = tables.size;
  const { level, seed } = bootstrapDefaults;
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
          draws,
          level,
          seed: `${seed}\n${name}`,
          quartiles: quartileBounds(fullest(tables, name, ({ shares }) => shares)),
          categories: largestCategories(fullest(tables, name, ({ categories }) => categories)),
          calibrated: model.predictedIouIsIou && protocol.singleClickStart,
        });
        cells.set(key, result.cell);
        results.push(result);
        onCell?.(cells.size, total);
        await setImmediate(); // a long summary lets others have a turn
      }
      const suite = summarizeSuite(results, level);
      if (suite !== undefined) suites.push(suite);
      domains.push(...byDomain(results, facts.benchmarks, level));
    }
  const { run, title, plan, complete, benchmarks } = facts;
  return {
    format: "segbench/summary@1",
    run,
    title,
    plan,
    complete,
    models: facts.models.map(({ name, title, remarks }) => ({ name, title, remarks })),
    benchmarks,
    protocols: facts.protocols.map(({ id, summary, reported }) => ({ id, summary, reported })),
    cells: facts.models.flatMap(({ name }) =>
      benchmarks.flatMap((benchmark) =>
        facts.protocols.flatMap(({ id }) => cells.get(keyOf(name, benchmark.name, id)) ?? []),
      ),
    ),
    suites,
    domains,
  };
}

/** The cells of a model and protocol, averaged by the domains of their benchmarks. */
function byDomain(
  results: readonly CellResult[],
  benchmarks: readonly BenchmarkNote[],
  level: number,
): DomainSummary[] {
  return [...new Set(benchmarks.flatMap(({ domain }) => domain))].flatMap((domain) => {
    const names = new Set(benchmarks.filter((note) => note.domain.includes(domain)).map(({ name }) => name));
    const own = summarizeSuite(
      results.filter(({ cell }) => names.has(cell.benchmark)),
      level,
    );
    return own === undefined ? [] : [{ domain, ...own }];
  });
}

async function collect(rows: AsyncIterable<Row>, facts: SummaryFacts): Promise<Map<string, CellTable>> {
  const texts = new Map<string, string>();
  const intern = (text: string): string => {
    const known = texts.get(text);
    if (known !== undefined) return known;
    texts.set(text, text);
    return text;
  };
  const tables = new Map<string, CellTable>();
  for await (const row of rows) {
    const key = keyOf(row.model, row.benchmark, row.protocol);
    let table = tables.get(key);
    if (table === undefined) {
      table = newCellTable(row, reportedOf(row, facts));
      tables.set(key, table);
    }
    addRow(table, row, intern);
  }
  return tables;
}

/** The rounds to report for a row's protocol; refuses rows of something the run does not have. */
function reportedOf(row: Row, { run, models, benchmarks, protocols }: SummaryFacts): readonly number[] {
  const protocol = protocols.find(({ id }) => id === row.protocol);
  const strange = [
    models.some(({ name }) => name === row.model) ? [] : `model ${row.model}`,
    benchmarks.some(({ name }) => name === row.benchmark) ? [] : `benchmark ${row.benchmark}`,
    protocol === undefined ? `protocol ${row.protocol}` : [],
  ].flat();
  if (protocol === undefined || strange.length > 0)
    throw complain({ where: run, what: `rows of ${strange.join(", ")}, which the run does not have` });
  return protocol.reported;
}

/**
 * A column of a benchmark: that of its cell with the most scored targets, the first such by name. All cells have the same
 * targets unless some failed, so that quartiles and categories mean the same for every model.
 */
function fullest<T>(
  tables: ReadonlyMap<string, CellTable>,
  benchmark: string,
  column: (table: CellTable) => readonly T[],
): readonly T[] {
  let most: readonly T[] = [];
  for (const [, table] of [...tables].sort(([a], [b]) => (a < b ? -1 : 1)))
    if (table.benchmark === benchmark && column(table).length > most.length) most = column(table);
  return most;
}

function keyOf(model: string, benchmark: string, protocol: string): string {
  return `${model}\n${benchmark}\n${protocol}`;
}
