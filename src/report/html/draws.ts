import { percent } from "../format-number.ts";
import { cellOf, rankedBenchmarks } from "../lookup.ts";
import { type DrawsRow, drawsPlot } from "../plots/draws.ts";
import { type Html, html } from "./markup.ts";
import {
  benchmarkHead,
  block,
  bothWidths,
  dataTable,
  estimateCell,
  modelCells,
  modelHeads,
  numberCell,
  type Page,
  plotFigure,
} from "./parts.ts";

/** What random jitter of the prompt does, where a protocol draws several. */
export function draws(page: Page, protocol: string): Html | undefined {
  const { summary, series } = page;
  const rows = rankedBenchmarks(summary, protocol).flatMap((benchmark): DrawsRow[] => {
    const marks = series.flatMap((look) => {
      const own = cellOf(summary, protocol, benchmark, look.name)?.draws;
      return own === undefined ? [] : [{ series: look, draws: own }];
    });
    return marks.length === 0 ? [] : [{ name: benchmark, marks }];
  });
  if (rows.length === 0) return undefined;
  const described = rows.flatMap(({ name, marks }) =>
    marks.map(
      ({ series: { title }, draws: { mean, worst } }) =>
        `${name}, ${title}: mean ${percent(mean.value)} %, worst ${percent(worst.value)} %`,
    ),
  );
  const heads = [
    { title: "Benchmark", numeric: false },
    ...modelHeads(page),
    { title: "mean", numeric: true },
    {
      title: "spread",
      numeric: true,
      hint: "standard deviation over a target's draws, averaged over targets",
    },
    { title: "worst draw", numeric: true },
    { title: "draws", numeric: true },
  ];
  const body = rows.flatMap(({ name, marks }) =>
    marks.map(({ series: look, draws: { mean, spread, worst, draws: n } }) => ({
      className: look.className,
      cells: [
        benchmarkHead(page, name),
        ...modelCells(page, look),
        estimateCell(mean),
        estimateCell(spread),
        estimateCell(worst),
        numberCell(String(n), n),
      ],
    })),
  );
  return block(
    "Sensitivity to the prompt",
    "Each target is prompted several times with random jitter: the mean over its draws, and its worst draw.",
    html`${plotFigure(
      "Mean and worst draw",
      bothWidths((width) => drawsPlot(rows, width, described.join(". ")), 760),
      "Solid: mean over draws. Hollow: worst draw of each target.",
    )}
${dataTable(html`By benchmark`, heads, body, `Draws, ${protocol}`)}`,
  );
}
