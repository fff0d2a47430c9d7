// The registry of a parity check's writers.
import type { ParityWriter } from "../input.ts";
import { gateSuite, junitText } from "../kit/checks.ts";
import { jsonText } from "../kit/format.ts";
import { withPlots } from "../kit/plot.ts";
import { diagnosisLine } from "./lead.ts";
import { parityMarkdown, parityPage, parityText } from "./sections.ts";

/** name -> writer. */
export const parityWriters = {
  html: {
    ...{ file: "parity.html", summary: "the parity check as one self-contained page" },
    render: withPlots(parityPage),
  },
  markdown: {
    ...{ file: "parity.md", summary: "the verdict, its causes and all numbers for a pull-request comment" },
    render: parityMarkdown,
  },
  json: { file: "parity.json", summary: "the summary as JSON", render: ({ summary }) => jsonText(summary) },
  junit: {
    ...{ file: "junit.xml", summary: "the gate's checks for continuous integration" },
    // The causes are the suite's output.
    render: ({ summary: { gate, candidate, diagnoses } }) => {
      const output = diagnoses.length === 0 ? undefined : diagnoses.map(diagnosisLine).join("\n");
      return junitText([
        gateSuite(`parity ${gate?.name ?? ""}: ${candidate.name}`, gate?.checks ?? [], false, output),
      ]);
    },
  },
  terminal: { file: null, summary: "the tables at the end of a parity check", render: parityText },
} as const satisfies Record<string, ParityWriter>;

export type { ParityInput, ParityPicture, ParityWriter } from "../input.ts";
