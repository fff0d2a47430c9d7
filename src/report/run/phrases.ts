// Phrases of a protocol: the hardest, those that name nothing and were answered with the highest scores, and those that were not answered.
import type { PhraseLine, WrongAnswer } from "../input.ts";
import { count, formatValue, formatWithUnit, sentence, withUnitName } from "../kit/format.ts";
import { html } from "../kit/markup.ts";
import { block, type Section, titled } from "../kit/page.ts";
import { htmlTable, left, markdownTable, number, right, type Table } from "../kit/table.ts";
import { hiding, modelColumn, type ProtocolPage } from "./columns.ts";

/** Lines that the text lists per model and benchmark: the page has more. */
const LISTED = 5;

type Look = ProtocolPage["series"][number];
type Shown<Line> = Line & { readonly look: Look; readonly leads: boolean; readonly name: string };

export const phraseTables: Section<ProtocolPage> = {
  id: "phrases",
  html: (page) => {
    const { lines, alarms, misses } = linesOf(page);
    if (lines.length === 0) return undefined;
    const { id } = page.protocol;
    const wrong = (list: readonly Shown<WrongAnswer>[], title: string, masks: string) =>
      list.length === 0 ? undefined : htmlTable(wrongTable(page, list, masks), title, `${title}, ${id}`);
    return block(
      "Phrases",
      "The hardest of each model: first those that name something in some images and nothing in others, by the leading number; then others by the number that each query has.",
      html`${htmlTable(phraseTable(page, lines), "The hardest phrases", `The hardest phrases, ${id}`)}<details><summary>Wrong answers with the highest scores, and phrases that were not answered</summary>${wrong(
        alarms,
        "Answered, though the phrase names nothing in the image",
        "masks answered",
      )}${wrong(misses, "Not answered, though the phrase names something in the image", "masks to find")}</details>
`,
    );
  },
  markdown: (page) => {
    const { lines, alarms } = linesOf(page);
    const first = <Line extends Pick<PhraseLine, "model" | "benchmark">>(list: readonly Line[]) =>
      list.filter((one, i) => {
        const before = list
          .slice(0, i)
          .filter((other) => other.model === one.model && other.benchmark === one.benchmark);
        return before.length < LISTED;
      });
    if (lines.length === 0) return [];
    return [
      ...titled("### The hardest phrases", markdownTable(phraseTable(page, first(lines)))),
      ...(alarms.length === 0
        ? []
        : titled(
            "### Answered, though the phrase names nothing in the image",
            markdownTable(wrongTable(page, first(alarms), "masks answered")),
          )),
    ];
  },
};

/** Those of the protocol, each with its model's look. */
function linesOf({ phrases, series, protocol }: ProtocolPage) {
  const shown = <Line extends Pick<PhraseLine, "model" | "benchmark" | "protocol">>(
    list: readonly Line[] = [],
  ): Shown<Line>[] =>
    list
      .filter((line) => line.protocol === protocol.id)
      .flatMap((line, i, all) => {
        const look = series.find(({ name }) => name === line.model);
        const leads = i === 0 || all[i - 1]!.benchmark !== line.benchmark || all[i - 1]!.model !== line.model;
        return look === undefined ? [] : [{ ...line, look, leads, name: line.benchmark }];
      });
  return { lines: shown(phrases?.lines), alarms: shown(phrases?.alarms), misses: shown(phrases?.misses) };
}

const isMany = ({ summary }: ProtocolPage) => summary.benchmarks.length > 1;

function phraseTable(page: ProtocolPage, rows: readonly Shown<PhraseLine>[]): Table<Shown<PhraseLine>> {
  const measures = page.measures.filter(({ id }) => rows.some(({ values }) => values[id] !== undefined));
  return {
    columns: [
      left("phrase", ({ phrase }) => phrase, { head: "Phrase" }),
      ...(isMany(page)
        ? [left<Shown<PhraseLine>>("benchmark", ({ benchmark }) => benchmark, { head: "Benchmark" })]
        : []),
      ...modelColumn<Shown<PhraseLine>>(page),
      ...measures.map((measure) =>
        right<Shown<PhraseLine>>(
          withUnitName(sentence(measure.of), measure),
          ({ values }) => {
            const value = values[measure.id];
            return value === undefined ? undefined : number(formatValue(measure, value), value);
          },
          { hint: measure.meaning },
        ),
      ),
      right("images", ({ images }) => number(count(images), images), { head: "Images asked" }),
      right("named", ({ named }) => number(count(named), named), {
        ...{ head: "Named", hint: "images in which the phrase names something" },
      }),
    ],
    rows,
    mark: hiding,
  };
}

function wrongTable(
  page: ProtocolPage,
  rows: readonly Shown<WrongAnswer>[],
  masks: string,
): Table<Shown<WrongAnswer>> {
  return {
    columns: [
      left("phrase", ({ phrase }) => phrase, { head: "Phrase" }),
      left("image", ({ sample }) => sample, { head: "Image" }),
      left("query", ({ target }) => target, { head: "Query" }),
      ...(isMany(page)
        ? [left<Shown<WrongAnswer>>("benchmark", ({ benchmark }) => benchmark, { head: "Benchmark" })]
        : []),
      ...modelColumn<Shown<WrongAnswer>>(page),
      right(
        "highest score",
        ({ score }) =>
          score === undefined ? undefined : number(formatWithUnit({ unit: "share" }, score), score),
        { head: "Highest score" },
      ),
      right(masks, (row) => number(count(row.masks), row.masks), { head: sentence(masks) }),
    ],
    rows,
    mark: hiding,
  };
}
