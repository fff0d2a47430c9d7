import { protocolTable } from "./benchmark-table.ts";
import { inUnit } from "./format-number.ts";
import type { ReportWriter } from "./input.ts";
import { runSize } from "./lead.ts";
import { columnsOf } from "./lookup.ts";
import { textTable } from "./table.ts";

const width = 100;

/** What a run prints at its end: plain text, no wider than 100 columns. */
export const terminal: ReportWriter = {
  file: null,
  summary: "the table at the end of a run",
  render: ({ summary }) => {
    const protocols = summary.protocols.flatMap(({ id }) => {
      const table = protocolTable(summary, id, "first");
      const [first] = columnsOf(summary, id);
      if (table.rows.length === 0) return [];
      const title = first === undefined ? id : `${id}: ${inUnit(first.of, first)}`;
      return ["", title, ...textTable(table, width)];
    });
    const size = summary.complete ? runSize(summary) : `${runSize(summary)} (incomplete)`;
    return `${[summary.title, size, ...protocols].join("\n")}\n`;
  },
};
