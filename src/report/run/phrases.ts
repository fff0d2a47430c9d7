// Phrases of a protocol: the hardest, those that name nothing and were answered with the highest scores, and those that were not answered; and, in a
// benchmark's section, pictures of answers.
import { noPictures, picturesKey, shownOrder } from "../gallery.ts";
import type { PhraseLine, QueryKind, ShownQuery, WrongAnswer } from "../input.ts";
import { answerKey, modelMark, pictureTag } from "../kit/figures.ts";
import { count, formatValue, formatWithUnit, sentence, withUnitName } from "../kit/format.ts";
import { type Html, html, idsOf } from "../kit/markup.ts";
import { block, type Section, titled } from "../kit/page.ts";
import { htmlTable, left, markdownTable, number, right, type Table } from "../kit/table.ts";
import { hiding, modelColumn, type Page, type ProtocolPage } from "./columns.ts";

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
      "The hardest of each model, by the number that each phrase has; those that lose nothing of it are not listed.",
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

/** What the pictures mean, and which of them to see. */
export function answersKey({ phrases, summary }: Page): Html | undefined {
  if (phrases === undefined) return undefined;
  const [first] = phrases.pictures;
  if (first === undefined) return noPictures;
  const some = summary.protocols.length > 1 ? `, ${first.protocol}` : "";
  return picturesKey(
    `of the phrases that name something and were answered the worst, the median and the best of each model${some}; then wrong answers to phrases that name nothing, and phrases that were not answered.`,
    answerKey(),
  );
}

const kindTitles: Readonly<Record<Extract<QueryKind, "alarm" | "miss">, string>> = {
  alarm: "Answered with the highest scores, though the phrase names nothing in the image",
  miss: "Not answered, though the phrase names something in the image",
};

/** Those of one benchmark. */
export function answersOf(page: Page, benchmark: string): Html | undefined {
  const own = page.series.flatMap((look) =>
    (page.phrases?.pictures ?? []).filter((one) => one.benchmark === benchmark && one.model === look.name),
  );
  if (own.length === 0) return undefined;
  const ids = idsOf(
    "answer",
    own.map(({ model, kind, sample, target }) => `${benchmark}-${model}-${kind}-${sample}-${target}`),
  );
  const figures = [...ids.values()].map((id, i) => answer(page, own[i]!, id));
  const ofKinds = (kinds: readonly QueryKind[]) => figures.filter((_, i) => kinds.includes(own[i]!.kind));
  const shots = (list: readonly Html[]) => html`<div class="shots">${list}</div>
`;
  const usual = ofKinds(shownOrder);
  return html`${usual.length === 0 ? undefined : shots(usual)}${(["alarm", "miss"] as const).map((kind) => {
    const list = ofKinds([kind]);
    return list.length === 0
      ? undefined
      : html`<details open><summary>${kindTitles[kind]}</summary>${shots(list)}</details>
`;
  })}`;
}

function answer(page: Page, item: ShownQuery, id: string): Html {
  const { picture, kind, phrase, score, sample, target, right, wrong, missed, highest } = item;
  const look = page.series.find(({ name }) => name === item.model)!;
  const isUsual = kind !== "alarm" && kind !== "miss";
  const counts = [
    ...(isUsual ? [`${count(right)} right`] : []),
    ...(wrong > 0 ? [`${count(wrong)} wrong`] : []),
    ...(missed > 0 ? [`${count(missed)} missed`] : []),
    ...(highest === undefined ? [] : [`highest score ${formatWithUnit({ unit: "share" }, highest)}`]),
  ];
  return html`<figure class="shot ${kind} ${look.className}" id="${id}"><a class="open" href="#${id}">${pictureTag(picture)}</a>
<figcaption>${isUsual ? html`<span class="badge">${kind}</span> ` : undefined}<b>${phrase}</b>${page.series.length > 1 ? html` <span class="who">${modelMark(look)}</span>` : undefined}
<span class="what">${isUsual && score !== undefined ? `${score.of} ${formatValue(score, score.value)}` : ""}</span> <span class="facts">${counts.join(", ")}</span>
<span class="where">${sample} · query ${target}</span></figcaption></figure>
`;
}
