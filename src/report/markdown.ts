import { protocolTable } from "./benchmark-table.ts";
import { definitions } from "./definitions.ts";
import { count } from "./format-number.ts";
import type { ReportInput, ReportWriter } from "./input.ts";
import { captionSentences, runSize } from "./lead.ts";
import { mainProtocol, modelTitle, reasons } from "./lookup.ts";
import {
  calibrationRows,
  categoryRows,
  clicksRows,
  domainRows,
  drawRows,
  extraTable,
} from "./markdown/extra-tables.ts";
import { publishedLines } from "./markdown/published.ts";
import { timesLines } from "./markdown/times.ts";
import { escapeMarkdown, markdownTable } from "./table.ts";

/** The report as Markdown: every number, no pictures. */
export const markdown: ReportWriter = {
  file: "report.md",
  summary: "the report as Markdown",
  render: (input) => `${sections(input).join("\n").trimEnd()}\n`,
};

function sections(input: ReportInput): string[] {
  const { summary, manifest } = input;
  const caption = captionSentences(summary);
  const remarks = summary.models.flatMap(({ title, remarks: notes }) =>
    notes.map((note) => `- ${escapeMarkdown(title)}: ${escapeMarkdown(note)}`),
  );
  const { plan } = manifest;
  return [
    `# ${escapeMarkdown(summary.title)}`,
    "",
    `${runSize(summary)}.${summary.complete ? "" : " **Incomplete run**: the numbers are those of the rows so far."}`,
    "",
    ...(caption.length > 0 ? [escapeMarkdown(caption.join(" ")), ""] : []),
    ...(remarks.length > 0 ? [...remarks, ""] : []),
    ...publishedLines(summary),
    ...summary.protocols.flatMap(({ id, summary: what }) => protocolSection(summary, id, what)),
    ...timesLines(input),
    "## What the numbers mean",
    "",
    ...definitions.map(({ term, meaning }) => `- **${term}**: ${meaning}`),
    "",
    "## Plan and versions",
    "",
    `- plan ${manifest.planHash}, seed ${escapeMarkdown(plan.seed)}, provider ${plan.provider}, ${plan.threads} runtime threads, ${plan.batch} prompts per call`,
    ...plan.models.map(
      ({ name, files }) =>
        `- model ${escapeMarkdown(name)}: ${files.map(({ path, sha256 }) => `${escapeMarkdown(path)} \`${sha256}\``).join(", ")}`,
    ),
    ...plan.benchmarks.map(
      ({ name, images, subsetHash }) =>
        `- benchmark ${escapeMarkdown(name)}: ${count(images)} images \`${subsetHash}\``,
    ),
    ...Object.entries({ ...manifest.software, ...manifest.hardware }).map(
      ([name, value]) => `- ${escapeMarkdown(name)} ${escapeMarkdown(String(value))}`,
    ),
  ];
}

function protocolSection(summary: ReportInput["summary"], protocol: string, what: string): string[] {
  const table = protocolTable(summary, protocol, "all");
  if (table.rows.length === 0) return [];
  const cells = summary.cells.filter((cell) => cell.protocol === protocol);
  const place = (cell: (typeof cells)[number]) =>
    escapeMarkdown(`${cell.benchmark}, ${modelTitle(summary, cell.model)}`);
  const left = cells.flatMap((cell) => {
    const dropped = reasons(cell.counts.dropped);
    const failed = reasons(cell.counts.failures);
    return [
      ...(dropped === "" ? [] : [`- ${place(cell)}: dropped ${escapeMarkdown(dropped)}`]),
      ...(failed === "" ? [] : [`- ${place(cell)}: failed ${escapeMarkdown(failed)}`]),
    ];
  });
  return [
    `## ${escapeMarkdown(protocol)}`,
    "",
    `${escapeMarkdown(what)}. mIoU in %, 95 % intervals in brackets.`,
    "",
    ...markdownTable(table),
    "",
    ...(left.length > 0 ? ["Not scored:", "", ...left, ""] : []),
    ...extraTable("Domains", domainRows(summary, protocol), ["domain", "model"]),
    ...(protocol === mainProtocol(summary)
      ? extraTable("Largest categories", categoryRows(summary, protocol), ["benchmark", "category"])
      : []),
    ...extraTable("Calibration", calibrationRows(summary, protocol)),
    ...extraTable("Number of clicks", clicksRows(summary, protocol)),
    ...extraTable("Draws", drawRows(summary, protocol)),
  ];
}
