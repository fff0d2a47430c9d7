import type { Calibration, Cell } from "../../core/summary.ts";
import { count, decimal, percent, signedPercent } from "../format-number.ts";
import { cellOf, rankedBenchmarks } from "../lookup.ts";
import { calibrationPlot } from "../plots/calibration.ts";
import { type Html, html } from "./markup.ts";
import {
  benchmarkHead,
  block,
  dataTable,
  modelCells,
  modelHeads,
  modelMark,
  numberCell,
  type Page,
  plotFigure,
} from "./parts.ts";

/** Can the predicted IoU be believed: all benchmarks together as a plot, each of them in a table. */
export function calibration(page: Page, protocol: string): Html | undefined {
  const { summary, series } = page;
  const calibrated = summary.cells.filter(
    (cell): cell is Cell & { calibration: Calibration } =>
      cell.protocol === protocol && cell.calibration !== undefined && cell.calibration.n > 0,
  );
  if (calibrated.length === 0) return undefined;
  const figures = series.flatMap((look) => {
    const own = calibrated.filter(({ model }) => model === look.name).map((cell) => cell.calibration);
    if (own.length === 0) return [];
    const pooled = poolBins(own);
    const n = pooled.reduce((sum, bin) => sum + bin.n, 0);
    const ece = pooled.reduce(
      (sum, bin) => sum + (bin.n / n) * Math.abs(bin.predicted! - bin.actual! || 0),
      0,
    );
    const bias = pooled.reduce((sum, bin) => sum + (bin.n / n) * (bin.predicted! - bin.actual! || 0), 0);
    const facts = `ECE ${percent(ece)}, bias ${signedPercent(bias)}, ${count(n)} targets`;
    const description = `Predicted and actual IoU of ${look.title}, all benchmarks together: ${facts}`;
    return [
      plotFigure(
        modelMark(look),
        calibrationPlot([{ series: look, bins: pooled }], 340, description),
        facts,
        look.className,
      ),
    ];
  });
  const heads = [
    { title: "Benchmark", numeric: false },
    ...modelHeads(page),
    { title: "ECE", numeric: true, hint: "expected calibration error, percent points" },
    { title: "bias", numeric: true, hint: "predicted minus actual, percent points" },
    { title: "Spearman", numeric: true, hint: "rank correlation of predicted and actual IoU" },
    { title: "Masks", numeric: true },
  ];
  const rows = rankedBenchmarks(summary, protocol).flatMap((benchmark) =>
    series.flatMap((look) => {
      const own = cellOf(summary, protocol, benchmark, look.name)?.calibration;
      if (own === undefined || own.n === 0) return [];
      const { ece, bias, spearman, n } = own;
      const cells = [
        benchmarkHead(page, benchmark),
        ...modelCells(page, look),
        numberCell(percent(ece), ece),
        numberCell(signedPercent(bias), bias),
        spearman === null ? numberCell("–") : numberCell(decimal(spearman, 2), spearman),
        numberCell(count(n), n),
      ];
      return [{ className: look.className, cells }];
    }),
  );
  return block(
    "Calibration",
    "The IoU a model predicts for its own mask against the IoU it has. Below the diagonal the model trusts itself too much; larger marks hold more targets.",
    html`<div class="columns">${figures}</div>
${dataTable(html`By benchmark`, heads, rows, `Calibration, ${protocol}`)}`,
  );
}

/** The bins of several benchmarks as if their targets were one set. */
export function poolBins(calibrations: readonly Calibration[]): Calibration["bins"] {
  return calibrations[0]!.bins.map(({ low, high }, b) => {
    const bins = calibrations.flatMap(({ bins: own }) => own[b] ?? []);
    const n = bins.reduce((sum, bin) => sum + bin.n, 0);
    const mean = (of: "predicted" | "actual") =>
      n === 0 ? null : bins.reduce((sum, bin) => sum + bin.n * (bin[of] ?? 0), 0) / n;
    return { low, high, n, predicted: mean("predicted"), actual: mean("actual") };
  });
}
