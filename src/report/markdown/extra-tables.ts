// Tables of a protocol beside mIoU, where it has them.
import type { Summary } from "../../core/summary.ts";
import { count, decimal, percent, signedPercent } from "../format-number.ts";
import { modelTitle } from "../lookup.ts";
import { type Column, markdownTable } from "../table.ts";

interface Extra {
  readonly titles: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** A titled table, or nothing without rows. */
export function extraTable(title: string, { titles, rows }: Extra): string[] {
  if (rows.length === 0) return [];
  const columns = ["benchmark", "model", ...titles].map(
    (name, c): Column => ({ title: name, align: c < 2 ? "left" : "right" }),
  );
  return [`### ${title}`, "", ...markdownTable({ columns, rows }), ""];
}

export function calibrationRows(summary: Summary, protocol: string): Extra {
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

export function clicksRows(summary: Summary, protocol: string): Extra {
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

export function drawRows(summary: Summary, protocol: string): Extra {
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
