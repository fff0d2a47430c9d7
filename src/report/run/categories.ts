// Targets by category: of a benchmark, and of all of them in the text.
import type { CategoryBucket } from "../../core/results.ts";
import { nounsOf } from "../../core/words.ts";
import type { Series } from "../kit/figures.ts";
import { badge, count, formatValue, inUnit, percent, sentence } from "../kit/format.ts";
import { type Html, html } from "../kit/markup.ts";
import { type Section, titled } from "../kit/page.ts";
import {
  badgeMark,
  type Cell,
  type Column,
  htmlTable,
  left,
  markdownTable,
  number,
  right,
} from "../kit/table.ts";
import { mainProtocol } from "../lookup.ts";
import type { Page, ProtocolPage } from "./columns.ts";

interface CategoryRow extends Pick<CategoryBucket, "name" | "categories"> {
  readonly benchmark: string;
  /** On how few images all categories of the benchmark stand. */
  readonly few: string;
  /** Targets of the model with most of them. */
  readonly n: number;
  /** Of the first measure. */
  readonly numberOf: (model: string) => number | undefined;
}

/** Categories of a benchmark, the largest first, then all others together. */
function categoryRows({ cells: all, broken }: ProtocolPage, benchmark: string): CategoryRow[] {
  const first = broken?.first;
  const cells = all.filter((cell) => cell.benchmark === benchmark && cell.byCategory !== undefined);
  if (first === undefined) return [];
  const few =
    cells.flatMap(({ measures }) => (measures[first.id] && badge(measures[first.id]!)) || [])[0] ?? "";
  return (cells[0]?.byCategory ?? []).map(({ name, categories }) => {
    const own = cells.flatMap(({ model, byCategory }) => {
      const bucket = byCategory?.find((one) => one.name === name);
      return bucket === undefined ? [] : [{ model, bucket }];
    });
    const numberOf = (model: string) =>
      own.find((one) => one.model === model)?.bucket.values[first.id] ?? undefined;
    return { benchmark, few, name, categories, n: Math.max(...own.map(({ bucket }) => bucket.n)), numberOf };
  });
}

/** What categories are called, and what counts as large. */
export function categoryWords({ summary }: Page) {
  const { target } = nounsOf(summary.protocols);
  return target === "phrase"
    ? ({
        one: "phrase",
        many: "phrases",
        order: "those asked of most images first",
        counted: "images",
      } as const)
    : ({
        ...{ one: "category", many: "categories", order: "the largest categories first" },
        counted: `${target}s`,
      } as const);
}

/** The categories of a benchmark, the numbers as bars. */
export function categories(page: ProtocolPage, benchmark: string): Html | undefined {
  const first = page.broken?.first;
  const rows = categoryRows(page, benchmark);
  if (first === undefined || rows.length === 0) return undefined;
  const models = page.series.filter(({ name }) => rows.some(({ numberOf }) => numberOf(name) !== undefined));
  const column = ({ name: model, title, className, color }: Series): Column<CategoryRow> =>
    right(
      models.length > 1 ? title : first.of,
      ({ numberOf }): Cell => {
        const value = numberOf(model);
        if (value === undefined) return undefined;
        const share = first.unit === "share" ? percent(value) : "0";
        const css = `--share:${share}%;--own:${color}`;
        return { ...number(formatValue(first, value), value), className: `measured ${className}`, css };
      },
      { className },
    );
  const words = categoryWords(page);
  const columns = [
    left<CategoryRow>(
      sentence(words.one),
      ({ name, categories: n }) => name ?? `${count(n)} other ${n === 1 ? words.one : words.many}`,
    ),
    right<CategoryRow>(sentence(words.counted), ({ n }) => number(count(n), n)),
    ...models.map(column),
  ];
  const place = first.at === "" ? "" : `, ${first.at}`;
  const few = badgeMark(rows[0]!.few);
  const caption = html`<b>${sentence(words.many)}</b> ${inUnit(first.of, first)}${place}, ${words.order}${few && html` ${few}`}`;
  return htmlTable(
    { columns, rows },
    caption,
    `${sentence(words.many)} of ${benchmark}, ${page.protocol.id}`,
  );
}

/** Categories that the text lists per benchmark: the page has more. */
const listedCategories = 5;

/** The first measure of the largest categories of every benchmark, a column per model; of the protocol that stands for the run. */
export const categoryTables: Section<ProtocolPage> = {
  id: "categories",
  markdown: (page) => {
    const { summary, series, protocol } = page;
    const first = page.broken?.first;
    // Of phrases the hardest are listed (phrases.ts).
    if (categoryWords(page).one === "phrase") return [];
    const rows = summary.benchmarks.flatMap(({ name }) =>
      categoryRows(page, name)
        .slice(0, listedCategories)
        .filter((row) => row.name !== null),
    );
    if (protocol.id !== mainProtocol(summary) || first === undefined || rows.length === 0) return [];
    const columns = [
      left<CategoryRow>("benchmark", ({ benchmark, few }) => ({ text: benchmark, badge: few })),
      left<CategoryRow>("category", ({ name }) => name ?? ""),
      ...series.map(({ name, title }) =>
        right<CategoryRow>(title, ({ numberOf }) => {
          const value = numberOf(name);
          return value === undefined ? undefined : formatValue(first, value);
        }),
      ),
      right<CategoryRow>(`${nounsOf(summary.protocols).target}s`, ({ n }) => count(n)),
    ];
    return titled("### Largest categories", markdownTable({ columns, rows }));
  },
};
