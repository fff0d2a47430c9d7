import { protocolTable } from "./benchmark-table.ts";
import { definitions } from "./definitions.ts";
import { count, decimal, percent, signedPercent } from "./format-number.ts";
import type { ReportInput, ReportWriter } from "./input.ts";
import { leadSentences, runSize } from "./lead.ts";
import { modelTitle, reasons } from "./lookup.ts";
import { type Column, escapeMarkdown, markdownTable } from "./table.ts";

/** The report as Markdown: every number, no pictures. */
export const markdown: ReportWriter = {
  file: "report.md",
  summary: "the report as Markdown",
  render: (input) => `${sections(input).join("\n").trimEnd()}\n`,
};

function sections({ summary, manifest }: ReportInput): string[] {
  const leads = leadSentences(summary).flatMap(({ model, score, text }) => [
    `**${escapeMarkdown(modelTitle(summary, model))}**: ${score} ${escapeMarkdown(text)}`,
    "",
  ]);
  const remarks = summary.models.flatMap(({ title, remarks: notes }) =>
    notes.map((note) => `- ${escapeMarkdown(title)}: ${escapeMarkdown(note)}`),
  );
  const { plan } = manifest;
  return [
    `# ${escapeMarkdown(summary.title)}`,
    "",
    `${runSize(summary)}.${summary.complete ? "" : " **Incomplete run**: the numbers are those of the rows so far."}`,
    "",
    ...leads,
    ...(remarks.length > 0 ? [...remarks, ""] : []),
    ...summary.protocols.flatMap(({ id, summary: what }) => protocolSection(summary, id, what)),
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
    ...more("Calibration", calibrationRows(summary, protocol)),
    ...more("Number of clicks", clicksRows(summary, protocol)),
    ...more("Draws", drawRows(summary, protocol)),
  ];
}

interface Extra {
  readonly titles: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

function more(title: string, { titles, rows }: Extra): string[] {
  if (rows.length === 0) return [];
  const columns = ["benchmark", "model", ...titles].map(
    (name, c): Column => ({ title: name, align: c < 2 ? "left" : "right" }),
  );
  return [`### ${title}`, "", ...markdownTable({ columns, rows }), ""];
}

function calibrationRows(summary: ReportInput["summary"], protocol: string): Extra {
  const rows = summary.cells.flatMap((cell) => {
    if (cell.protocol !== protocol || cell.calibration === undefined) return [];
    const { ece, bias, spearman, n } = cell.calibration;
    const rank = spearman === null ? "-" : decimal(spearman, 2);
    return [
      [cell.benchmark, modelTitle(summary, cell.model), percent(ece), signedPercent(bias), rank, count(n)],
    ];
  });
  return { titles: ["ECE", "bias", "Spearman", "masks"], rows };
}

function clicksRows(summary: ReportInput["summary"], protocol: string): Extra {
  const own = summary.cells.filter(
    (cell) => cell.protocol === protocol && cell.clicksToQuality !== undefined,
  );
  const levels = [...new Set(own.flatMap((cell) => cell.clicksToQuality!.map(({ iou }) => iou)))].sort();
  const rows = own.map((cell) => [
    cell.benchmark,
    modelTitle(summary, cell.model),
    ...levels.flatMap((iou) => {
      const level = cell.clicksToQuality!.find((candidate) => candidate.iou === iou);
      return level === undefined ? ["-", "-"] : [decimal(level.mean.value, 2), count(level.unreached)];
    }),
  ]);
  return { titles: levels.flatMap((iou) => [`NoC@${percent(iou, 0)}`, "unreached"]), rows };
}

function drawRows(summary: ReportInput["summary"], protocol: string): Extra {
  const rows = summary.cells.flatMap((cell) => {
    if (cell.protocol !== protocol || cell.draws === undefined) return [];
    const { mean, spread, worst, draws } = cell.draws;
    return [
      [
        cell.benchmark,
        modelTitle(summary, cell.model),
        ...[mean, spread, worst].map(({ value }) => percent(value)),
        count(draws),
      ],
    ];
  });
  return { titles: ["mean", "spread", "worst draw", "draws"], rows };
}
