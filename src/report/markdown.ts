import type { Summary } from "../core/summary.ts";
import { protocolTable } from "./benchmark-table.ts";
import { definitionsOf } from "./definitions.ts";
import { categoryRows, domainRows, extraTable, measureRows } from "./extra-tables.ts";
import { count, inUnit } from "./format-number.ts";
import type { ReportInput, ReportWriter } from "./input.ts";
import { captionSentences, runSize } from "./lead.ts";
import { columnsOf, furtherMeasures, groupsOf, mainProtocol, modelTitle, reasons } from "./lookup.ts";
import { nothingNamed, publishedGaps, publishedNote, publishedTable, sourceLines } from "./published-text.ts";
import { escapeMarkdown, markdownTable } from "./table.ts";
import { sharesText, timesSentence, timesTable } from "./times-text.ts";

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
    ...definitionsOf(summary.protocols).map(
      ({ term, meaning }) => `- **${escapeMarkdown(term)}**: ${escapeMarkdown(meaning)}`,
    ),
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

function protocolSection(summary: Summary, protocol: string, what: string): string[] {
  const table = protocolTable(summary, protocol, "all");
  if (table.rows.length === 0) return [];
  const [first] = columnsOf(summary, protocol);
  const { here } = furtherMeasures(summary, protocol);
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
    `${escapeMarkdown(what)}. ${first === undefined ? "" : `${inUnit(first.of, first)}, `}95 % intervals in brackets.`,
    "",
    ...markdownTable(table),
    "",
    ...(left.length > 0 ? ["Not scored:", "", ...left, ""] : []),
    ...extraTable("Domains", domainRows(summary, protocol), ["domain", "model"]),
    ...(protocol === mainProtocol(summary)
      ? extraTable("Largest categories", categoryRows(summary, protocol), ["benchmark", "category"])
      : []),
    ...extraTable(
      `Further measures${first === undefined || first.at === "" ? "" : `, ${first.at}`}`,
      measureRows(summary, protocol, here),
    ),
    ...groupsOf(summary, protocol).flatMap(({ title, measures }) =>
      extraTable(title, measureRows(summary, protocol, measures)),
    ),
  ];
}

/** Published numbers beside ours; one sentence where no card names any. */
function publishedLines(summary: Summary): string[] {
  if (summary.published === undefined) return [nothingNamed, ""];
  const table = publishedTable(summary);
  const { models, differences } = summary.published;
  const sources = sourceLines([...models.flatMap(({ scores }) => scores), ...differences]);
  const gaps = models.flatMap((model) => publishedGaps(summary, model));
  return [
    "## Beside published numbers",
    "",
    ...(table.rows.length === 0 ? [] : [publishedNote, "", ...markdownTable(table), ""]),
    ...sources.map((source) => `- ${escapeMarkdown(source)}`),
    ...gaps.map((gap) => `- ${escapeMarkdown(gap)}`),
    ...(sources.length + gaps.length === 0 ? [] : [""]),
  ];
}

/** Where the time went, where it was written down. */
function timesLines({ summary, times = [] }: ReportInput): string[] {
  if (times.length === 0) return [];
  return [
    "## Where the time went",
    "",
    ...times.map(
      (own) =>
        `- ${escapeMarkdown(modelTitle(summary, own.model))}: ${timesSentence(own)}. Busy with ${sharesText(own)}.`,
    ),
    "",
    ...markdownTable(timesTable(summary, times)),
    "",
  ];
}
