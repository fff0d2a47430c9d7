// Plots of two exports: whose fault the disagreement is, and on which images it is large.
import * as Plot from "@observablehq/plot";
import { displayWidth, shorten } from "../format-number.ts";
import type { Html } from "../html/markup.ts";
import { drawPlot, labelColumns, labelRoom } from "./svg.ts";

export interface BlameBar {
  readonly name: string;
  /** Percent of IoU. */
  readonly encoder: number;
  readonly decoder: number;
}

export const stageColours = { encoder: "var(--m0)", decoder: "var(--m1)" } as const;

/** One stacked bar per benchmark: the encoder's part of the disagreement, then the decoder's. */
export function blamePlot(bars: readonly BlameBar[], width: number, description: string): Html {
  const names = bars.map(({ name }) => shorten(name, labelColumns(width)));
  const parts = bars.flatMap(({ encoder, decoder }, y) => [
    { y, value: encoder, stage: "encoder" as const },
    { y, value: decoder, stage: "decoder" as const },
  ]);
  return drawPlot(
    {
      ...frame(names, width, 24),
      x: {
        label: "disagreement: 100 − IoU of mask to mask (%)",
        labelAnchor: "center",
        labelArrow: "none",
        ticks: 5,
      },
      y: { domain: bars.map((_, y) => y), axis: null, padding: 0.28 },
      marks: [
        labels(names),
        Plot.barX(parts, { x: "value", y: "y", fill: (part) => stageColours[part.stage as "encoder"] }),
        Plot.ruleX([0], { strokeOpacity: 0.4 }),
      ],
    },
    description,
  );
}

export interface ImageDot {
  readonly benchmark: number;
  readonly sample: string;
  /** Percent of IoU. */
  readonly apart: number;
}

/** One dot per image, a row per benchmark. */
export function imagesPlot(
  benchmarks: readonly string[],
  dots: readonly ImageDot[],
  width: number,
  description: string,
): Html {
  const names = benchmarks.map((name) => shorten(name, labelColumns(width)));
  return drawPlot(
    {
      ...frame(names, width, 22),
      x: {
        ...{
          label: "disagreement of an image: mean of 100 − IoU (%)",
          labelAnchor: "center",
          labelArrow: "none",
        },
        ...{ ticks: 5, domain: [0, Math.max(0.1, ...dots.map(({ apart }) => apart))], grid: true },
      },
      y: { domain: names.map((_, y) => y), axis: null, type: "band" },
      marks: [
        labels(names),
        Plot.dot(dots, {
          ...{ x: "apart", y: "benchmark", r: 3.4, fill: "var(--m1)", fillOpacity: 0.6 },
          title: ({ sample, apart }) => `${sample}: ${apart.toFixed(2)} %`,
        }),
      ],
    },
    description,
  );
}

function frame(names: readonly string[], width: number, row: number) {
  return {
    ...{ width, height: names.length * row + 60, marginTop: 8, marginBottom: 46, marginRight: 20 },
    marginLeft: labelRoom(Math.max(...names.map(displayWidth))),
  };
}

function labels(names: readonly string[]) {
  return Plot.axisY({
    ...{ anchor: "left", label: null, tickSize: 0, fontSize: 12 },
    tickFormat: (y: number) => names[y]!,
  });
}
