// Published numbers beside ours, in words and as columns, for runs and comparisons.
import type {
  BenchmarkNote,
  MissingSuite,
  ProtocolNote,
  PublishedModel,
  PublishedScore,
  PublishedVerdict,
  Summary,
} from "../core/results.ts";
import { formatDifference, formatValue, fullName, type Measured, plural } from "./kit/format.ts";
import { html } from "./kit/markup.ts";
import { bounded, type Cell, type Column, left, number, right } from "./kit/table.ts";
import { isScored, measureOf, modelTitle } from "./lookup.ts";

/** What a reader must know before looking at the differences. */
export const publishedNote =
  "For most benchmarks it is not published which images the authors drew, and published numbers come without an interval: a value outside ours is a reason to look, not a proof.";

const verdictWords: Readonly<Record<PublishedVerdict, string>> = {
  inside: "inside our interval",
  error: "inside, given the reading error",
  outside: "outside our interval",
  open: "no interval of ours",
  other: "another protocol",
};

/** One line per table shown: its protocol and images as stated, and its source. */
export function sourceLines(scores: readonly PublishedScore[]): string[] {
  const lines = scores.map(({ source, stated, split, differs, url }) => {
    const images = split === undefined ? "" : `; images: ${split}`;
    const other = differs === undefined ? "" : `; not our protocol: ${differs}`;
    return `${source}: ${stated}${images}${other}; ${url}`;
  });
  return [...new Set(lines)];
}

/** What cannot be compared, and where nothing is published: sentences of one model. */
export function publishedGaps(
  summary: Summary,
  { model, scores, missing, nothing }: PublishedModel,
): string[] {
  const title = modelTitle(summary, model);
  if (scores.length === 0 && missing.length === 0)
    return [`No published number of ${title} is measured in this run.`];
  return [
    ...missing.map((suite) => missingText(title, suite)),
    ...nothing.map(({ protocol, benchmarks }) => {
      const scored = summary.cells.filter(
        (cell) => cell.model === model && cell.protocol === protocol && isScored(cell),
      );
      const where =
        benchmarks.length === scored.length ? "any single benchmark of this run" : benchmarks.join(", ");
      return `Nothing is published for ${title} under ${protocol} on ${where}.`;
    }),
  ];
}

function missingText(title: string, { suite, protocol, benchmarks, missing }: MissingSuite): string {
  const lacks =
    missing.length === benchmarks
      ? "any of them"
      : `${missing.length === 1 ? "" : `${missing.length} of them: `}${missing.join(", ")}`;
  return `The published means of ${title} over ${suite} (${benchmarks} benchmarks) under ${protocol} are not compared: this run has no score on ${lacks}.`;
}

/** A published score in a table. */
export interface PublishedRow {
  readonly score: PublishedScore;
  /** true: it is a difference of two models. */
  readonly signed: boolean;
  /** false: our interval would need pairs, and there are none. */
  readonly interval: boolean;
}

interface Notes {
  readonly protocols: readonly ProtocolNote[];
  readonly benchmarks: readonly Pick<BenchmarkNote, "name" | "title">[];
}

/** What a score is of: "mean of sa-23", or the benchmark's name. */
export function onColumn<Row extends PublishedRow>({ benchmarks }: Notes): Column<Row> {
  return left(
    "on",
    ({ score: { on, name } }): Cell => {
      if (on === "suite")
        return { text: `mean of ${name}`, page: html`<span class="name">mean of ${name}</span>` };
      const title = benchmarks.find((benchmark) => benchmark.name === name)?.title;
      const shown = html`<span class="name">${title ?? name}</span>`;
      return { text: name, page: title === undefined ? shown : html`${shown}<small>${name}</small>` };
    },
    { head: "On" },
  );
}

/** The published score, ours, how far they are apart, and where it is from. */
export function publishedColumns<Row extends PublishedRow>({ protocols }: Notes): Column<Row>[] {
  // Published numbers are shares where we have no measure for them.
  const measureFor = ({ protocol, measure }: PublishedScore): Measured =>
    measureOf(protocols, protocol, measure) ?? { unit: "share" };
  return [
    left(
      "score",
      ({ score: { protocol, measure } }) => {
        const note = measureOf(protocols, protocol, measure);
        const text = note === undefined ? measure : fullName(note);
        return { text: `${protocol}, ${text}`, page: html`${text}<small>${protocol}</small>` };
      },
      { head: "Score" },
    ),
    right(
      "published",
      ({ score, signed }) => {
        const measure = measureFor(score);
        const text = (signed ? formatDifference : formatValue)(measure, score.value);
        const error = score.error === undefined ? "" : ` ± ${formatValue(measure, score.error)}`;
        return number(`${text}${error}`, score.value);
      },
      { head: "Published" },
    ),
    right(
      "ours",
      ({ score, signed, interval }) => {
        const [measure, format] = [measureFor(score), signed ? formatDifference : formatValue];
        const text = format(measure, score.ours.value);
        return interval ? bounded(text, measure, score.ours, format) : number(text, score.ours.value);
      },
      { head: "Ours" },
    ),
    right(
      "difference",
      ({ score }) => number(formatDifference(measureFor(score), score.difference), score.difference),
      { head: "Difference", hint: "ours minus published, in points" },
    ),
    left(
      "published value is",
      ({ score: { verdict, differs } }) => ({
        text: verdictWords[verdict],
        ...(differs === undefined ? {} : { notes: [differs] }),
      }),
      { head: "Published value is" },
    ),
    left(
      "source",
      ({ score: { source, kind, masks } }) =>
        [
          source,
          ...(kind === "digitised" ? ["digitised"] : []),
          ...(masks === undefined ? [] : [plural(masks, "mask")]),
        ].join(", "),
      { head: "Source" },
    ),
  ];
}
