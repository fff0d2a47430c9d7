import * as Plot from "@observablehq/plot";
import type { DrawSummary } from "../../core/summary.ts";
import { displayWidth, percent, shorten } from "../format-number.ts";
import type { Html } from "../html/markup.ts";
import type { Series } from "./series.ts";
import { drawPlot, labelColumns, labelRoom } from "./svg.ts";

export interface DrawsRow {
  readonly name: string;
  readonly marks: readonly { readonly series: Series; readonly draws: DrawSummary }[];
}

const step = 12;

/** From the worst draw (tick) to the mean over draws (mark), one row per benchmark. */
export function drawsPlot(rows: readonly DrawsRow[], width: number, description: string): Html {
  const lanes = Math.max(1, ...rows.map(({ marks }) => marks.length));
  const names = rows.map(({ name }) => shorten(name, labelColumns(width)));
  return drawPlot(
    {
      width,
      height: rows.length * (16 + step * lanes) + 54,
      marginTop: 10,
      marginBottom: 44,
      marginLeft: labelRoom(Math.max(...names.map(displayWidth))),
      marginRight: 24,
      x: {
        labelAnchor: "center",
        labelArrow: "none",
        label: "mIoU (%)",
        domain: [0, 100],
        grid: true,
        ticks: 5,
      },
      y: { domain: rows.map((_, y) => y), label: null, type: "band", padding: 0 },
      marks: [
        Plot.axisY({ tickFormat: (y: number) => names[y]!, tickSize: 0, fontSize: 12 }),
        ...rows.flatMap((row, y) =>
          row.marks.flatMap(({ series, draws }, m) => {
            const { color, symbol, className } = series;
            const dy = (m - (row.marks.length - 1) / 2) * step;
            const [mean, worst] = [100 * draws.mean.value, 100 * draws.worst.value];
            const title = () =>
              `${series.title}: mean ${percent(draws.mean.value)}, worst of ${draws.draws} draws ${percent(draws.worst.value)}`;
            return [
              Plot.ruleY([0], { x1: () => worst, x2: () => mean, y: () => y, dy, stroke: color, className }),
              Plot.dot([0], {
                x: () => worst,
                y: () => y,
                dy,
                stroke: color,
                fill: "var(--page)",
                symbol,
                r: 3.4,
                className,
                title,
              }),
              Plot.dot([0], { x: () => mean, y: () => y, dy, fill: color, symbol, r: 4, className, title }),
            ];
          }),
        ),
      ],
    },
    description,
  );
}
