// The registry of writers, and what a caller needs to make their input.
import type { Row } from "../core/rows.ts";
import { csvHeader, csvLines } from "./csv.ts";
import { html } from "./html.ts";
import type { ReportWriter } from "./input.ts";
import { json } from "./json.ts";
import { markdown } from "./markdown.ts";
import { terminal } from "./terminal.ts";

/** name -> writer: made from the summary. */
export const writers = { html, markdown, json, terminal } as const satisfies Record<string, ReportWriter>;

/** A writer that turns rows into lines one at a time. */
export interface RowWriter {
  readonly file: string;
  readonly summary: string;
  readonly header: () => string;
  readonly lines: (row: Row) => string;
}

/** name -> writer: made from the rows, without holding them. */
export const rowWriters = {
  csv: {
    file: "rows.csv",
    summary: "one line per row and round",
    header: csvHeader,
    lines: csvLines,
  },
} as const satisfies Record<string, RowWriter>;

export {
  chooseGallery,
  type DrawnPicture,
  type GalleryOptions,
  galleryItem,
} from "./gallery.ts";
export type { GalleryChoice, GalleryItem, GalleryKind, Picture, ReportInput, ReportWriter } from "./input.ts";
export { cropAround, type OverlayInput, overlayPicture } from "./overlay.ts";
