// Figures of two exports: how far their masks agree, which stage causes it where they do not, and on which images.
import type { ParityRow, ParitySummary } from "../../core/parity.ts";
import { nounsOf, plural } from "../../core/words.ts";
import { histogramPlot } from "../kit/bars.ts";
import { bothWidths, plotFigure } from "../kit/figures.ts";
import { type Html, html } from "../kit/markup.ts";
import { below, drawPlot, Plot, rowFrame } from "../kit/plot.ts";
import { agreed } from "./tables.ts";

const stageColours = { encoder: "var(--m0)", decoder: "var(--m1)" } as const;
const stages = ["encoder", "decoder"] as const;

/** How far masks agree, over all prompts. */
export function agreementFigure({ cells, identical, clips, phrases }: ParitySummary): Html | undefined {
  const agreement = cells[0]?.agreement;
  if (identical || agreement === undefined) return undefined;
  const rows = [{ series: { title: "", color: "var(--m0)" }, first: agreement.bins }];
  const [title, what, over] =
    phrases !== undefined
      ? ["Agreement of answers", "agreement of the two answers to a phrase", "all phrases"]
      : ["Agreement of masks", "IoU of mask to mask", clips === undefined ? "all prompts" : "all frames"];
  const description = `Distribution of the ${what}: mean ${agreed(agreement.mean)} %, 5th percentile ${agreed(agreement.low)} %.`;
  const draw = (width: number) => histogramPlot(rows, "agreement", width, description);
  return plotFigure(title!, bothWidths(draw, 520), `over ${over}`);
}

interface BlameBar {
  readonly name: string;
  /** Percent of IoU. */
  readonly encoder: number;
  readonly decoder: number;
}

export function blameFigure({ cells }: ParitySummary): Html | undefined {
  const bars = cells.flatMap(({ name, blame }): BlameBar[] =>
    blame === undefined ? [] : [{ name, encoder: 100 * blame.encoder, decoder: 100 * blame.decoder }],
  );
  if (!bars.some(({ encoder, decoder }) => encoder !== 0 || decoder !== 0)) return undefined;
  const described = bars.map(
    ({ name, encoder, decoder }) =>
      `${name}: encoder ${encoder.toFixed(2)} %, decoder ${decoder.toFixed(2)} %`,
  );
  const legend = stages.map(
    (stage) => html`<li><i style="background:${stageColours[stage]}"></i>${stage}</li>`,
  );
  const draw = (width: number) => blamePlot(bars, width, described.join(". "));
  return plotFigure(
    "Loss of agreement by stage",
    html`<ul class="legend">${legend}</ul>${bothWidths(draw, 760)}`,
  );
}

/** One stacked bar per benchmark: the encoder's part of the disagreement, then the decoder's. */
function blamePlot(bars: readonly BlameBar[], width: number, description: string): Html {
  const frame = rowFrame(
    bars.map(({ name }) => name),
    { width, rowHeight: 24, padding: 0.28 },
  );
  const parts = bars.flatMap((bar, y) => stages.map((stage) => ({ y, value: bar[stage], stage })));
  return drawPlot(
    {
      ...{ ...frame.size, marginRight: 20 },
      x: { ...below("disagreement: 100 − IoU of mask to mask (%)"), ticks: 5 },
      y: frame.y,
      marks: [
        frame.axis,
        Plot.barX(parts, {
          x: "value",
          y: "y",
          fill: ({ stage }: (typeof parts)[number]) => stageColours[stage],
        }),
        Plot.ruleX([0], { strokeOpacity: 0.4 }),
      ],
    },
    description,
  );
}

interface ImageDot {
  /** Place of its benchmark. */
  readonly benchmark: number;
  readonly sample: string;
  /** Percent of IoU. */
  readonly apart: number;
}

/** Images by the mean disagreement of their prompts. */
export function imagesFigure(
  { cells, identical, protocols, phrases }: ParitySummary,
  rows: readonly ParityRow[],
): Html | undefined {
  if (identical) return undefined;
  const benchmarks = cells.slice(1).map(({ name }) => name);
  const sums = new Map<string, { benchmark: number; sample: string; sum: number; n: number }>();
  for (const row of rows) {
    if (row.kind !== "target") continue;
    const { benchmark, sample } = row;
    const key = `${benchmark}\n${sample}`;
    const entry = sums.get(key) ?? { benchmark: benchmarks.indexOf(benchmark), sample, sum: 0, n: 0 };
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
  const { sample: noun } = nounsOf(protocols);
  const description = `Disagreement of ${plural(dots.length, noun)}, at most ${Math.max(...dots.map(({ apart }) => apart)).toFixed(1)} %.`;
  const draw = (width: number) =>
    imagesPlot(benchmarks, dots, width, {
      noun,
      description,
      of: phrases === undefined ? "IoU" : "agreement",
    });
  return plotFigure(noun === "clip" ? "Clips" : "Images", bothWidths(draw, 760), "one dot each");
}

/** One dot per image, a row per benchmark. */
function imagesPlot(
  benchmarks: readonly string[],
  dots: readonly ImageDot[],
  width: number,
  { noun, description, of }: { readonly noun: string; readonly description: string; readonly of: string },
): Html {
  const frame = rowFrame(benchmarks, { width, rowHeight: 22 });
  return drawPlot(
    {
      ...{ ...frame.size, marginRight: 20 },
      x: {
        ...{
          ...below(`disagreement of ${noun === "clip" ? "a clip" : "an image"}: mean of 100 − ${of} (%)`),
          ticks: 5,
          grid: true,
        },
        domain: [0, Math.max(0.1, ...dots.map(({ apart }) => apart))],
      },
      y: frame.y,
      marks: [
        frame.axis,
        Plot.dot(dots, {
          ...{ x: "apart", y: "benchmark", r: 3.4, fill: "var(--m1)", fillOpacity: 0.6 },
          title: ({ sample, apart }) => `${sample}: ${apart.toFixed(2)} %`,
        }),
      ],
    },
    description,
  );
}
