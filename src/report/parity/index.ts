// The registry of what a parity check is written as.
import { printJson } from "../print-json.ts";
import { html } from "./html.ts";
import type { ParityWriter } from "./input.ts";
import { junit } from "./junit.ts";
import { markdown } from "./markdown.ts";
import { terminal } from "./terminal.ts";

const json: ParityWriter = {
  file: "parity.json",
  summary: "the summary as JSON",
  render: ({ summary }) => `${printJson(summary)}\n`,
};

/** name -> writer. */
export const parityWriters = { html, markdown, json, junit, terminal } as const satisfies Record<
  string,
  ParityWriter
>;

export type { ParityInput, ParityPicture, ParityWriter } from "./input.ts";
