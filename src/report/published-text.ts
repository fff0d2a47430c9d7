// Published numbers in words: what pages, Markdown and comparisons say of them.
import type { MissingSuite, PublishedModel, PublishedScore, PublishedVerdict } from "../core/published.ts";
import type { ProtocolNote, Summary } from "../core/summary.ts";
import { formatDifference, formatEstimate, formatValue, type Measured, plural } from "./format-number.ts";
import { fullName, isScored, measureOf, modelTitle } from "./lookup.ts";
import type { Table } from "./table.ts";

/** What a reader must know before looking at the differences. */
export const publishedNote =
  "Which images the authors drew is not published for most sets, and published numbers come without an interval: a value outside ours is a reason to look, not a proof.";

/** For a run whose cards name nothing to compare with. */
export const nothingNamed =
  "No model of this run names published numbers to stand beside its own (published in a model card).";

export const verdictWords: Readonly<Record<PublishedVerdict, string>> = {
  inside: "inside our interval",
  error: "inside, given the reading error",
  outside: "outside our interval",
  open: "no interval of ours",
  other: "another protocol",
};

/** "IoU, 1 click", "oracle IoU, 1 click". */
export function scoreText(protocols: readonly ProtocolNote[], { protocol, measure }: PublishedScore): string {
  const note = measureOf(protocols, protocol, measure);
  return note === undefined ? measure : fullName(note);
}

/** How a published score is written: as our measure is; published numbers are shares where we have none. */
export function writtenAs(
  protocols: readonly ProtocolNote[],
  { protocol, measure }: PublishedScore,
): Measured {
  return measureOf(protocols, protocol, measure) ?? { unit: "share" };
}

/** "59.3" as printed, "59.3 ± 0.5" as digitised. */
export function publishedText(
  protocols: readonly ProtocolNote[],
  score: PublishedScore,
  format: typeof formatDifference = formatValue,
): string {
  const { value, error } = score;
  const measure = writtenAs(protocols, score);
  const text = format(measure, value);
  return error === undefined ? text : `${text} ± ${formatValue(measure, error)}`;
}

/** "Segment Anything, figure 9(c), digitised, 9,971 masks". */
export function originText({ source, kind, masks }: PublishedScore): string {
  return [
    source,
    ...(kind === "digitised" ? ["digitised"] : []),
    ...(masks === undefined ? [] : [plural(masks, "mask")]),
  ].join(", ");
}

/** One line per table that is shown: what it says of its protocol and images, and where to read it. */
export function sourceLines(scores: readonly PublishedScore[]): string[] {
  const lines = scores.map(({ source, stated, split, differs, url }) => {
    const images = split === undefined ? "" : `; images: ${split}`;
    const other = differs === undefined ? "" : `; not our protocol: ${differs}`;
    return `${source}: ${stated}${images}${other}; ${url}`;
  });
  return [...new Set(lines)];
}

/** "mean of sa-23", or the benchmark's name. */
export function placeText({ on, name }: PublishedScore): string {
  return on === "suite" ? `mean of ${name}` : name;
}

/** What cannot be compared, and where nothing is published: sentences of one model. */
export function publishedGaps(
  summary: Summary,
  { model, scores, missing, nothing }: PublishedModel,
): string[] {
  const title = modelTitle(summary, model);
  if (scores.length === 0 && missing.length === 0)
    return [`Nothing is published for ${title} that this run measures.`];
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

/** Every score of every model, and every difference of two. */
export function publishedTable(summary: Summary): Table {
  const { models = [], differences = [] } = summary.published ?? {};
  const { protocols } = summary;
  const row = (model: string, score: PublishedScore, signed: boolean) => {
    const measure = writtenAs(protocols, score);
    return [
      model,
      placeText(score),
      `${score.protocol}, ${scoreText(protocols, score)}`,
      publishedText(protocols, score, signed ? formatDifference : formatValue),
      signed ? formatDifference(measure, score.ours.value) : formatEstimate(measure, score.ours),
      formatDifference(measure, score.difference),
      verdictWords[score.verdict],
      originText(score),
    ];
  };
  return {
    columns: [
      { title: "model", align: "left" },
      { title: "on", align: "left" },
      { title: "score", align: "left" },
      { title: "published", align: "right" },
      { title: "ours", align: "right" },
      { title: "difference", align: "right" },
      { title: "published value is", align: "left" },
      { title: "source", align: "left" },
    ],
    rows: [
      ...models.flatMap(({ model, scores }) =>
        scores.map((score) => row(modelTitle(summary, model), score, false)),
      ),
      ...differences.map((score) =>
        row(`${modelTitle(summary, score.model)} - ${modelTitle(summary, score.minus)}`, score, true),
      ),
    ],
  };
}
