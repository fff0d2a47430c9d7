// Quality against time: a point for each model, in two dimensions with their intervals.
import { inWords } from "../core/words.ts";
import { bothWidths, plotFigure, type Series } from "./kit/figures.ts";
import { displayWidth, inBrackets, sentence } from "./kit/format.ts";
import type { Html } from "./kit/markup.ts";
import { below, cutNames, drawPlot, labelRoom, Plot, spread } from "./kit/plot.ts";

/** A model in the plane; `x` and `y` as they are written on the axes. */
export interface TradePoint {
  readonly look: Series;
  readonly x: TradeValue;
  readonly y: TradeValue;
  /** Both in words: "66.1 ms, 70.9 %". */
  readonly text: string;
  /** "3 images", where these are too few for an interval; else "". */
  readonly few?: string;
}

interface TradeValue {
  readonly value: number;
  readonly low?: number | undefined;
  readonly high?: number | undefined;
}

interface TradeAxes {
  readonly title: string;
  readonly note: string;
  readonly x: string;
  readonly y: string;
  /** Higher is better on the vertical axis. */
  readonly upwards: boolean;
  /** A place that both axes start from: where the base of a comparison lies. */
  readonly origin?: { readonly x: number; readonly y: number };
}

/** Of fewer models a table says more. */
export const tradeModels = 3;

/** What the lines of a figure are, and which models have none. */
export function linesNote(points: readonly TradePoint[]): string {
  const bounded = points.some(({ x, y }) => x.low !== undefined || y.low !== undefined);
  const few = points.flatMap(({ look, few = "" }) => (few === "" ? [] : [`${look.title} (${few})`]));
  const lacking =
    few.length === 0 ? "" : ` Too few images for intervals that are known to hold: ${inWords(few)}.`;
  return `${bounded ? "Lines: 95\u00a0% intervals." : ""}${lacking}`.trimStart();
}

/** A figure; undefined below three models. */
export function tradeFigure(models: readonly TradePoint[], axes: TradeAxes): Html | undefined {
  if (models.length < tradeModels) return undefined;
  const points = models.map((one) => ({
    ...one,
    text: [one.text, inBrackets(one.few ?? "")].join(" ").trimEnd(),
  }));
  const described = points.map(({ look, text }) => `${look.title}: ${text}`).join(". ");
  const draw = (width: number) => tradePlot(points, axes, width, `${axes.title}. ${described}`);
  return plotFigure(axes.title, bothWidths(draw, 760), axes.note);
}

function tradePlot(points: readonly TradePoint[], axes: TradeAxes, width: number, description: string): Html {
  const wide = width > 500;
  const height = wide ? 380 : 340;
  const names = cutNames(
    points.map(({ look }) => look.title),
    width,
  );
  const [marginTop, marginBottom, marginLeft] = [26, 42, 46];
  const xs = rangeOf(
    points.map(({ x }) => x),
    [axes.origin?.x ?? 0],
    0.06,
  );
  const y = rangeOf(
    points.map((point) => point.y),
    axes.origin === undefined ? [] : [axes.origin.y],
    0.12,
  );
  const x: readonly [number, number] = [Math.max(0, xs[0]), xs[1]];
  const plotHeight = height - marginTop - marginBottom;
  const wanted = points.map((point) => plotHeight * (1 - (point.y.value - y[0]) / (y[1] - y[0])));
  const placed = spread(wanted, 14, 0, plotHeight);
  const marginRight = labelRoom(Math.max(...names.map(displayWidth)));
  return drawPlot(
    {
      ...{ width, height, marginTop, marginBottom, marginLeft, marginRight },
      x: { ...below(`${axes.x} (less is faster)`), domain: x, ticks: wide ? 8 : 4, grid: true },
      y: { label: axes.y, domain: axes.upwards ? y : [y[1], y[0]], ticks: 6, grid: true },
      marks: [
        ...(axes.origin === undefined
          ? []
          : [
              Plot.ruleX([axes.origin.x], { strokeOpacity: 0.6 }),
              Plot.ruleY([axes.origin.y], { strokeOpacity: 0.6 }),
            ]),
        ...points.flatMap(({ look, x: across, y: up, text }, p) => {
          const { color, symbol, className, title } = look;
          const at = { x: () => across.value, y: () => up.value };
          const tip = () => `${title}: ${text}`;
          const dy = placed[p]! - wanted[p]!;
          return [
            ...(across.low === undefined || across.high === undefined
              ? []
              : [
                  Plot.ruleY([0], {
                    ...{ y: at.y, x1: () => across.low, x2: () => across.high, stroke: color, className },
                    ...{ strokeWidth: 1.6, title: tip },
                  }),
                ]),
            ...(up.low === undefined || up.high === undefined
              ? []
              : [
                  Plot.ruleX([0], {
                    ...{ x: at.x, y1: () => up.low, y2: () => up.high, stroke: color, className },
                    ...{ strokeWidth: 1.6, title: tip },
                  }),
                ]),
            Plot.dot([0], { ...at, fill: color, symbol, r: 5, className, title: tip }),
            Plot.text([0], {
              ...{ ...at, text: () => names[p]!, fill: color, textAnchor: "start", dx: 10 },
              ...{
                dy: (axes.upwards ? 1 : -1) * dy - (Math.abs(dy) < 1 ? 8 : 0),
                className: `${className} label`,
                title: tip,
              },
            }),
          ];
        }),
      ],
    },
    sentence(description),
  );
}

/** From the least to the greatest value with its interval, and a little more on either side. */
function rangeOf(values: readonly TradeValue[], more: readonly number[], pad: number): [number, number] {
  const all = [...more, ...values.flatMap(({ value, low = value, high = value }) => [low, high])];
  const [least, most] = [Math.min(...all), Math.max(...all)];
  const room = most === least ? 1 : (most - least) * pad;
  return [least - room, most + room];
}
