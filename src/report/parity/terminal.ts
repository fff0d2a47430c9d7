import { textTable } from "../table.ts";
import type { ParityWriter } from "./input.ts";
import { diagnosisLine, parityLead, parityTitle } from "./lead.ts";
import { cellTable, changeTable, costTable, worstTable } from "./tables.ts";

const width = 130;

/** What `parity` prints: plain text. */
export const terminal: ParityWriter = {
  file: null,
  summary: "the tables at the end of a parity check",
  render: (input) => {
    const { summary } = input;
    const { diagnoses, remarks } = summary;
    const worst = worstTable(summary);
    return `${[
      parityTitle(summary),
      ...parityLead(summary),
      ...diagnoses.flatMap((one, i) => [
        "",
        `${i + 1}. ${diagnosisLine(one)}`,
        ...one.evidence.map((text) => `   ${text}`),
        `   ${one.advice}`,
      ]),
      ...(remarks.length === 0 ? [] : ["", ...remarks.map((text) => `remark: ${text}`)]),
      ...[
        "",
        "scores against the targets: shares in percent, their changes in points",
        ...textTable(changeTable(summary), width),
      ],
      ...[
        "",
        "candidate against reference, the reference's prompts",
        ...textTable(cellTable(summary), width),
      ],
      ...["", ...textTable(costTable(input), width)],
      ...(worst.rows.length === 0
        ? []
        : ["", "farthest apart", ...textTable({ ...worst, rows: worst.rows.slice(0, 5) }, width)]),
    ].join("\n")}\n`;
  },
};
