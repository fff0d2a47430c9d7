import * as Plot from "@observablehq/plot";
import type { ModelTimes, Phase } from "../../core/timing.ts";
import { percent, shorten } from "../format-number.ts";
import type { Html } from "../html/markup.ts";
import { milliseconds } from "../times-text.ts";
import { drawPlot, labelColumns } from "./svg.ts";

export interface TimeBar {
  readonly title: string;
  readonly times: ModelTimes;
  /** The class by which the page shows and hides the model. */
  readonly className: string;
}

export const phaseColors: Readonly<Record<Phase, string>> = {
  read: "var(--strong)",
  preprocess: "var(--m5)",
  encode: "var(--m0)",
  decode: "var(--m1)",
  postprocess: "var(--m4)",
  score: "var(--m2)",
  click: "var(--m3)",
  write: "var(--soft)",
  idle: "var(--line)",
};

/** One bar per model, the phases of an image's time side by side; names where there is room for them. */
export function timesPlot(bars: readonly TimeBar[], width: number, description: string): Html {
  const marks = bars.flatMap(({ title, times, className }) => {
    const all = times.phases.reduce((sum, { total }) => sum + total, 0);
    let end = 0;
    return times.phases.flatMap(({ phase, total, p50 }) => {
      const x1 = end;
      const x2 = x1 + (100 * total) / all;
      end = x2;
      const share = `${percent(total / all, 0)} %`;
      const room = ((x2 - x1) / 100) * (width - 20);
      const label = [`${phase} ${share}`, share].find((text) => 7 * text.length + 8 < room) ?? "";
      const at = { y: () => title, className };
      return [
        Plot.barX([0], {
          ...at,
          x1: () => x1,
          x2: () => x2,
          fill: phaseColors[phase],
          insetRight: 1,
          title: () =>
            `${title}, ${phase}: ${share}, ${milliseconds(total / times.images)} ms per image, median ${milliseconds(p50)} ms`,
        }),
        Plot.text(label === "" ? [] : [0], {
          ...at,
          x: () => (x1 + x2) / 2,
          text: () => label,
          fill: phase === "idle" || phase === "read" ? "var(--text)" : "var(--page)",
        }),
      ];
    });
  });
  const columns = labelColumns(width) + 16;
  return drawPlot(
    {
      width,
      height: 34 + 62 * bars.length,
      marginLeft: 10,
      marginRight: 10,
      marginTop: 8,
      marginBottom: 34,
      x: { label: "share of an image's time (%)", domain: [0, 100], ticks: 5 },
      y: { axis: null, domain: bars.map(({ title }) => title), paddingInner: 0.5, paddingOuter: 0.4 },
      marks: [
        ...marks,
        ...bars.map(({ title, times: { phases, images }, className }) =>
          Plot.text([0], {
            className,
            x: () => 0,
            y: () => title,
            dy: -24,
            textAnchor: "start",
            text: () => {
              const mean = phases.reduce((sum, { total }) => sum + total, 0) / images;
              return `${shorten(title, columns)}: ${milliseconds(mean)} ms per image`;
            },
          }),
        ),
      ],
    },
    description,
  );
}
