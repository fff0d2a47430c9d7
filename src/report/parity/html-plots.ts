import type { ParityRow, ParitySummary } from "../../core/parity.ts";
import { type Html, html } from "../html/markup.ts";
import { bothWidths, plotFigure } from "../html/parts.ts";
import { histogramPlot } from "../plots/histogram.ts";
import { type BlameBar, blamePlot, imagesPlot, stageColours } from "../plots/parity.ts";
import { agreed } from "./tables.ts";

/** How far masks agree, over all prompts. */
export function agreementFigure({ cells, identical }: ParitySummary): Html | undefined {
  const agreement = cells[0]?.agreement;
  if (identical || agreement === undefined) return undefined;
  const look = { name: "", title: "", color: "var(--m0)", symbol: "circle", className: "" } as const;
  const description = `Distribution of the IoU of mask to mask: mean ${agreed(agreement.mean)} %, 5th percentile ${agreed(agreement.low)} %.`;
  return plotFigure(
    "Agreement of masks",
    bothWidths(
      (width) => histogramPlot([{ series: look, first: agreement.bins }], "agreement", width, description),
      520,
    ),
    "over all prompts",
  );
}

export function blameFigure({ cells }: ParitySummary): Html | undefined {
  const bars = cells.flatMap(({ name, blame }): BlameBar[] =>
    blame === undefined ? [] : [{ name, encoder: 100 * blame.encoder, decoder: 100 * blame.decoder }],
  );
  if (!bars.some(({ encoder, decoder }) => encoder !== 0 || decoder !== 0)) return undefined;
  const description = bars
    .map(
      ({ name, encoder, decoder }) =>
        `${name}: encoder ${encoder.toFixed(2)} %, decoder ${decoder.toFixed(2)} %`,
    )
    .join(". ");
  const legend = (["encoder", "decoder"] as const).map(
    (stage) => html`<li><i style="background:${stageColours[stage]}"></i>${stage}</li>`,
  );
  return plotFigure(
    "Loss of agreement by stage",
    html`<ul class="legend">${legend}</ul>${bothWidths((width) => blamePlot(bars, width, description), 760)}`,
  );
}

/** Images by the mean disagreement of their prompts. */
export function imagesFigure(
  { cells, identical }: ParitySummary,
  rows: readonly ParityRow[],
): Html | undefined {
  if (identical) return undefined;
  const benchmarks = cells.slice(1).map(({ name }) => name);
  const sums = new Map<string, { benchmark: number; sample: string; sum: number; n: number }>();
  for (const row of rows) {
    if (row.kind !== "target") continue;
    const key = `${row.benchmark}\n${row.sample}`;
    const entry = sums.get(key) ?? {
      benchmark: benchmarks.indexOf(row.benchmark),
      sample: row.sample,
      sum: 0,
      n: 0,
    };
    for (const { paths } of row.steps) {
      if (paths.candidate === undefined) continue;
      entry.sum += 1 - paths.candidate.agreement;
      entry.n += 1;
    }
    sums.set(key, entry);
  }
  const dots = [...sums.values()]
    .filter(({ n }) => n > 0)
    .map(({ benchmark, sample, sum, n }) => ({ benchmark, sample, apart: (100 * sum) / n }));
  if (dots.length === 0) return undefined;
  const description = `Disagreement of ${dots.length} images, at most ${Math.max(...dots.map(({ apart }) => apart)).toFixed(1)} %.`;
  return plotFigure(
    "Images",
    bothWidths((width) => imagesPlot(benchmarks, dots, width, description), 760),
    "one dot each",
  );
}
