// The registry of what a comparison is written as.
import { gateMarkdown } from "./gate-markdown.ts";
import { html } from "./html.ts";
import type { ComparisonWriter } from "./input.ts";
import { json } from "./json.ts";
import { junit } from "./junit.ts";
import { markdown } from "./markdown.ts";
import { terminal } from "./terminal.ts";

/** name -> writer. */
export const comparisonWriters = { html, markdown, json, terminal } as const satisfies Record<
  string,
  ComparisonWriter
>;

/** Those that only a comparison with a gate has. */
export const gateWriters = { junit, markdown: gateMarkdown } as const satisfies Record<
  string,
  ComparisonWriter
>;

export type { ChangeGallery, ComparisonWriter, PicturedChange } from "./input.ts";
