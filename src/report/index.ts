// The registry of writers, and what a caller needs to make their input.
import { csvEncoder } from "./csv.ts";
import { html } from "./html.ts";
import type { ReportWriter, RowWriter } from "./input.ts";
import { json } from "./json.ts";
import { junit } from "./junit.ts";
import { latex } from "./latex.ts";
import { markdown } from "./markdown.ts";
import { parquetEncoder } from "./parquet.ts";
import { terminal } from "./terminal.ts";

/** name -> writer: made from the summary. */
export const writers = { html, markdown, json, latex, junit, terminal } as const satisfies Record<
  string,
  ReportWriter
>;

/** name -> writer: made from the rows, without holding them. */
export const rowWriters = {
  csv: { file: "rows.csv", summary: "one line per row and step", open: csvEncoder },
  parquet: { file: "rows.parquet", summary: "rows.csv with types", open: (scores) => parquetEncoder(scores) },
} as const satisfies Record<string, RowWriter>;

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
export { cropAround, type OverlayInput, overlayPicture } from "./overlay.ts";
export { noteScores } from "./row-table.ts";
