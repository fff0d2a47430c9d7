// The registry of writers, and what a caller needs to make their input.
import type { Cell, Summary } from "../core/results.ts";
import { nounsOf } from "../core/words.ts";
import type { ReportWriter, RowWriter } from "./input.ts";
import { type Case, junitText } from "./kit/checks.ts";
import { jsonText, plural } from "./kit/format.ts";
import { withPlots } from "./kit/plot.ts";
import { csvEncoder, parquetEncoder } from "./rows.ts";
import { latexText } from "./run/latex.ts";
import { runMarkdown, runPage, runText } from "./run/sections.ts";

/** name -> writer: made from the summary. */
export const writers = {
  html: {
    ...{ file: "report.html", summary: "the report as one self-contained page" },
    render: withPlots(runPage),
  },
  markdown: { file: "report.md", summary: "the report as Markdown", render: runMarkdown },
  json: { file: "summary.json", summary: "the summary as JSON", render: ({ summary }) => jsonText(summary) },
  latex: {
    ...{ file: "table.tex", summary: "tables for LaTeX (booktabs)" },
    render: ({ summary }) => latexText(summary),
  },
  junit: {
    ...{ file: "junit.xml", summary: "failures per benchmark as test cases" },
    render: ({ summary }) => runJunit(summary),
  },
  terminal: { file: null, summary: "the table at the end of a run", render: runText },
} as const satisfies Record<string, ReportWriter>;

/** name -> writer: made from the rows, without holding them. */
export const rowWriters = {
  csv: { file: "rows.csv", summary: "one line per row and step", open: csvEncoder },
  parquet: { file: "rows.parquet", summary: "rows.csv with types", open: parquetEncoder },
} as const satisfies Record<string, RowWriter>;

/** For continuous integration: a suite per model and protocol, a test case per benchmark that fails where targets failed. */
function runJunit({ run, complete, models, protocols, cells }: Summary): string {
  const { sample } = nounsOf(protocols);
  const failure = { message: "the run is not finished", type: "incomplete", text: run };
  const finished = { classname: run, name: `every ${sample} was scored`, ...(complete ? {} : { failure }) };
  const suites = models.flatMap(({ name: model }) =>
    protocols.flatMap(({ id: protocol }) => {
      const own = cells.filter((cell) => cell.model === model && cell.protocol === protocol);
      return own.length === 0 ? [] : [{ name: `${model}: ${protocol}`, cases: own.map(caseOf) }];
    }),
  );
  return junitText([{ name: run, cases: [finished] }, ...suites]);
}

/** A benchmark of which every target was dropped by a rule is skipped. */
function caseOf({ model, protocol, benchmark, counts }: Cell): Case {
  const { targets, scored, failed, failures } = counts;
  const own = { classname: `${model}.${protocol}`, name: benchmark };
  if (scored === 0 && failed === 0) return { ...own, skipped: "no target to score" };
  if (failed === 0) return own;
  const reasons = Object.entries(failures).map(([reason, n]) => `${n} x ${reason}`);
  const message = `${failed} of ${plural(targets, "target")} failed`;
  return { ...own, failure: { message, type: "failed targets", text: reasons.join("; ") } };
}

export {
  chooseGallery,
  type DrawnPicture,
  type GalleryOptions,
  galleryItem,
  withSteps,
} from "./gallery.ts";
export type {
  GalleryChoice,
  GalleryItem,
  GalleryKind,
  GalleryScore,
  Picture,
  ReportInput,
  ReportWriter,
  RowEncoder,
  RowWriter,
} from "./input.ts";
export { cropAround, jpegOf, jpegOfImage, type OverlayInput, overlayPicture } from "./overlay.ts";
export { noteScores, type RowMeasures, rowMeasures } from "./rows.ts";
