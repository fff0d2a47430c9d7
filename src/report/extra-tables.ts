// Tables of a protocol beside its columns, where it has them.
import type { MeasureNote } from "../core/measure.ts";
import type { Summary } from "../core/summary.ts";
import { count, formatEstimate, formatValue, sentence, withUnitName } from "./format-number.ts";
import { columnsOf, modelTitle } from "./lookup.ts";
import { type Column, markdownTable } from "./table.ts";

interface Extra {
  readonly titles: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** A titled table, or nothing without rows; its first two columns are words. */
export function extraTable(title: string, { titles, rows }: Extra, words = ["benchmark", "model"]): string[] {
  if (rows.length === 0) return [];
  const columns = [...words, ...titles].map(
    (name, c): Column => ({ title: name, align: c < 2 ? "left" : "right" }),
  );
  return [`### ${title}`, "", ...markdownTable({ columns, rows }), ""];
}

/** Measures of every benchmark and model that has any of them. */
export function measureRows(summary: Summary, protocol: string, measures: readonly MeasureNote[]): Extra {
  const rows = summary.cells.flatMap((cell) => {
    if (cell.protocol !== protocol) return [];
    const estimates = measures.map(({ id }) => cell.measures[id]);
    const n = Math.max(0, ...estimates.map((estimate) => estimate?.n ?? 0));
    if (n === 0) return [];
    const texts = estimates.map((estimate, m) =>
      estimate === undefined ? "-" : formatValue(measures[m]!, estimate.value),
    );
    return [[cell.benchmark, modelTitle(summary, cell.model), ...texts, count(n)]];
  });
  return {
    titles: [...measures.map((measure) => withUnitName(sentence(measure.title), measure)), "masks"],
    rows,
  };
}

/** Macro means by domain, the first column with its interval. */
export function domainRows(summary: Summary, protocol: string): Extra {
  const measures = columnsOf(summary, protocol);
  const own = summary.domains.filter(
    (entry) => entry.protocol === protocol && measures.some(({ id }) => entry.measures[id] !== undefined),
  );
  const rows = [...new Set(own.map(({ domain }) => domain))].flatMap((domain) =>
    own
      .filter((entry) => entry.domain === domain)
      .map(({ model, measures: estimates, benchmarks }) => [
        ...[domain, modelTitle(summary, model)],
        ...measures.map((measure, m) => {
          const macro = estimates[measure.id]?.macro;
          if (macro === undefined) return "-";
          return m === 0 ? formatEstimate(measure, macro) : formatValue(measure, macro.value);
        }),
        count(benchmarks),
      ]),
  );
  return { titles: [...measures.map(({ title }) => title), "benchmarks"], rows };
}

/** Categories listed per benchmark: the page of the run has more. */
const listedCategories = 5;

/** The first measure of the largest categories of every benchmark, a column per model. */
export function categoryRows(summary: Summary, protocol: string): Extra {
  const [first] = columnsOf(summary, protocol);
  const rows = summary.benchmarks.flatMap(({ name: benchmark }) => {
    const cells = summary.models.map(({ name }) =>
      summary.cells.find(
        (cell) => cell.model === name && cell.benchmark === benchmark && cell.protocol === protocol,
      ),
    );
    const listed = cells.find((cell) => cell?.byCategory !== undefined)?.byCategory ?? [];
    return listed.slice(0, listedCategories).flatMap(({ name }) => {
      if (name === null || first === undefined) return [];
      const own = cells.map((cell) => cell?.byCategory?.find((bucket) => bucket.name === name));
      const scores = own.map((bucket) => bucket?.values[first.id] ?? undefined);
      return [
        [
          ...[benchmark, name],
          ...scores.map((value) => (value === undefined ? "-" : formatValue(first, value))),
          count(Math.max(...own.map((bucket) => bucket?.n ?? 0))),
        ],
      ];
    });
  });
  return { titles: [...summary.models.map(({ title }) => title), "masks"], rows };
}
