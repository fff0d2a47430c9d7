import type { Cell } from "../../core/summary.ts";
import { count, decimal, percent } from "../format-number.ts";
import { cellOf, rankedBenchmarks } from "../lookup.ts";
import { type Html, html } from "./markup.ts";
import { benchmarkHead, block, dataTable, modelCells, modelHeads, numberCell, type Page } from "./parts.ts";

/** Number of clicks to reach an IoU, where a protocol counts them. */
export function clicksToQuality(page: Page, protocol: string): Html | undefined {
  const { summary, series } = page;
  const counted = summary.cells.filter(
    (cell): cell is Cell & Required<Pick<Cell, "clicksToQuality">> =>
      cell.protocol === protocol && (cell.clicksToQuality ?? []).length > 0,
  );
  if (counted.length === 0) return undefined;
  const levels = [...new Set(counted.flatMap((cell) => cell.clicksToQuality.map(({ iou }) => iou)))].sort();
  const most = Math.max(...counted.flatMap((cell) => cell.clicksToQuality.map(({ maxClicks }) => maxClicks)));
  const heads = [
    { title: "Benchmark", numeric: false },
    ...modelHeads(page),
    ...levels.flatMap((iou) => [
      {
        title: `NoC@${percent(iou, 0)}`,
        numeric: true,
        hint: `mean clicks to reach ${percent(iou, 0)} % IoU`,
      },
      { title: "unreached", numeric: true, hint: `targets that never reached ${percent(iou, 0)} % IoU` },
    ]),
  ];
  const rows = rankedBenchmarks(summary, protocol).flatMap((benchmark) =>
    series.flatMap((look) => {
      const own = cellOf(summary, protocol, benchmark, look.name)?.clicksToQuality;
      if (own === undefined) return [];
      const cells = levels.flatMap((iou) => {
        const level = own.find((candidate) => candidate.iou === iou);
        if (level === undefined) return [numberCell("–"), numberCell("–")];
        const { value, low, high, n } = level.mean;
        const range =
          low === undefined || high === undefined ? "" : `[${decimal(low, 2)}, ${decimal(high, 2)}]`;
        const share = n === 0 ? "" : `${percent(level.unreached / n)} %`;
        return [
          numberCell(decimal(value, 2), value, range),
          numberCell(count(level.unreached), level.unreached, share),
        ];
      });
      return [
        {
          className: look.className,
          cells: [benchmarkHead(page, benchmark), ...modelCells(page, look), ...cells],
        },
      ];
    }),
  );
  return block(
    "Number of clicks (NoC)",
    `Mean clicks until an IoU is reached, fewer is better. Targets that never reach it count with ${most}.`,
    dataTable(html`By benchmark`, heads, rows, `Number of clicks, ${protocol}`),
  );
}
