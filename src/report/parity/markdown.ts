import { plural } from "../format-number.ts";
import { escapeMarkdown, markdownTable } from "../table.ts";
import type { ParityWriter } from "./input.ts";
import { diagnosisLine, parityLead, parityTitle } from "./lead.ts";
import { blameTable, cellTable, changeTable, costTable, worstTable } from "./tables.ts";

/** For a pull request: verdict and causes first, the rest folded away. */
export const markdown: ParityWriter = {
  file: "parity.md",
  summary: "the verdict, its causes and all numbers for a pull-request comment",
  render: (input) => {
    const { summary } = input;
    const { gate, diagnoses, remarks } = summary;
    const broken = gate?.checks.filter(({ passed }) => !passed) ?? [];
    const gateTable = {
      columns: ["where", "limit", "got"].map((title) => ({ title, align: "left" as const })),
      rows: broken.map(({ where, limit, got }) => [where, limit, got]),
    };
    const folded = (title: string, lines: readonly string[]) => [
      `<details><summary>${title}</summary>`,
      "",
      ...lines,
      "",
      "</details>",
      "",
    ];
    return `${[
      `### ${escapeMarkdown(parityTitle(summary))}`,
      "",
      ...(gate === undefined
        ? []
        : [
            broken.length === 0
              ? `Gate \`${gate.name}\` passed: ${plural(gate.checks.length, "limit")} kept.`
              : `Gate \`${gate.name}\` **failed**: ${broken.length} of ${plural(gate.checks.length, "limit")} broken.`,
            "",
          ]),
      escapeMarkdown(parityLead(summary).join(" ")),
      "",
      ...diagnoses.flatMap((one, i) => [
        `${i + 1}. **${escapeMarkdown(diagnosisLine(one))}**  `,
        `   ${one.evidence.map(escapeMarkdown).join(" ")}  `,
        `   *${escapeMarkdown(one.advice)}*`,
      ]),
      ...(diagnoses.length === 0 ? [] : [""]),
      ...remarks.map((text) => `- ${escapeMarkdown(text)}`),
      ...(remarks.length === 0 ? [] : [""]),
      ...(broken.length === 0 ? [] : [...markdownTable(gateTable), ""]),
      ...markdownTable(changeTable(summary)),
      "",
      ...folded("By benchmark", markdownTable(cellTable(summary))),
      ...folded("Blame", markdownTable(blameTable(summary))),
      ...folded("Size and time", markdownTable(costTable(input))),
      ...folded("Farthest apart", markdownTable(worstTable(summary))),
    ]
      .join("\n")
      .trimEnd()}\n`;
  },
};
