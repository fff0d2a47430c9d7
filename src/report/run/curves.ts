// A measure along its axis: of the suite, of one benchmark, in large and in small.
import { given } from "../../core/given.ts";
import type { MeasureNote } from "../../core/measure.ts";
import type { Cell, Estimate } from "../../core/results.ts";
import { nounsOf } from "../../core/words.ts";
import { bothWidths, panelWidth, plotFigure, type Series } from "../kit/figures.ts";
import {
  displayWidth,
  formatEstimate,
  formatValue,
  formatWithUnit,
  sentence,
  shortenAll,
} from "../kit/format.ts";
import type { Html } from "../kit/markup.ts";
import { block } from "../kit/page.ts";
import { below, drawPlot, labelRoom, measureAxis, Plot, spread } from "../kit/plot.ts";
import { boundsOf, curveOf, hasInterval, suiteOf } from "../lookup.ts";
import { isSuite, type Page, type ProtocolPage } from "./columns.ts";

interface CurveLine {
  readonly series: Series;
  readonly points: readonly {
    readonly x: number;
    readonly estimate: Estimate;
    /** What the estimate can only be worse than. */
    readonly bound?: Estimate;
  }[];
}

/** A curve's measures, and what its hollow marks are. */
interface AlongAxis {
  readonly measures: readonly (MeasureNote & { readonly best?: string })[];
  /** One of the bounds: they have one name. */
  readonly bound?: MeasureNote | undefined;
}

/** The suite's first measure along its axis; nothing for protocols with one place. */
export function suiteCurve(page: ProtocolPage, width = 760): Html | undefined {
  const first = page.broken?.first;
  if (first === undefined) return undefined;
  const { measures, bound } = alongAxis(page, first.name);
  const suite = suiteLines(page, measures);
  if (suite.length === 0) return undefined;
  const draw = (size: number) =>
    curvePlot(
      suite,
      { measure: first, bound },
      niceRange(suite, first),
      { width: size, height: size > 500 ? 360 : 300, names: true },
      `${isSuite(page) ? `Suite ${first.of}` : sentence(first.of)} over ${first.axis?.name}. ${describe(suite, first)}`,
    );
  const notes = [
    ...(suite.some(({ points }) => points.some(({ estimate }) => hasInterval(estimate)))
      ? ["Bands are 95 % intervals"]
      : [`There are too few ${nounsOf(page.summary.protocols).sample}s for intervals`]),
    ...(bound === undefined ? [] : [`hollow marks are the ${bound.of}`]),
  ];
  return block(
    `${sentence(first.of)} over ${first.axis?.name}`,
    `${notes.join("; ")}.`,
    plotFigure(isSuite(page) ? "Suite, macro" : benchmarkTitle(page), bothWidths(draw, width)),
  );
}

/** The title of a run's only benchmark. */
function benchmarkTitle({ summary, cells: [cell] }: ProtocolPage): string {
  return summary.benchmarks.find(({ name }) => name === cell?.benchmark)?.title ?? "";
}

/** The suite's measure of another name along its axis, small. */
export function furtherCurve(page: ProtocolPage, name: string): Html | undefined {
  const { measures } = alongAxis(page, name);
  const [first] = measures;
  const lines = suiteLines(page, measures);
  return first === undefined || lines.length === 0
    ? undefined
    : panel(lines, { measure: first }, niceRange(lines, first), isSuite(page) ? "Suite " : "");
}

/** The first measure of one benchmark. */
export function benchmarkCurve(page: ProtocolPage, cells: readonly Cell[]): Html | undefined {
  const first = page.broken?.first;
  if (first === undefined) return undefined;
  const { measures, bound } = alongAxis(page, first.name);
  const lines = linesOf(page, measures, (model) => {
    const own = cells.find((cell) => cell.model === model)?.measures;
    return (id) => own?.[id];
  });
  if (lines.length === 0) return undefined;
  const range = first.unit === "share" ? ([0, 100] as const) : niceRange(lines, first);
  return panel(lines, { measure: first, bound }, range, "");
}

function panel(
  lines: readonly CurveLine[],
  measures: CurveMeasures,
  range: readonly [number, number],
  prefix: string,
): Html {
  const { measure } = measures;
  const along = measure.curve === true ? "" : ` over ${measure.axis?.name}`;
  const title = sentence(`${prefix}${measure.of}${along}`);
  const size = { width: panelWidth, height: 230, names: false };
  const plot = curvePlot(lines, measures, range, size, `${title}. ${describe(lines, measure)}`);
  return plotFigure(title, plot, "", "panel");
}

function alongAxis({ summary, protocol }: ProtocolPage, name: string): AlongAxis {
  const bounds = boundsOf(summary, protocol.id);
  const measures = curveOf(summary, protocol.id, name);
  return {
    measures: measures.map((measure) => {
      const best = bounds.get(measure.id)?.id;
      return best === undefined ? measure : { ...measure, best };
    }),
    bound: measures.flatMap(({ id }) => bounds.get(id) ?? [])[0],
  };
}

function suiteLines(page: ProtocolPage, measures: AlongAxis["measures"]): CurveLine[] {
  return linesOf(page, measures, (model) => {
    const own = suiteOf(page.summary, page.protocol.id, model)?.measures;
    return (id) => own?.[id]?.macro;
  });
}

function linesOf(
  { series }: Page,
  measures: AlongAxis["measures"],
  estimates: (model: string) => (id: string) => Estimate | undefined,
): CurveLine[] {
  return series
    .map((look) => {
      const of = estimates(look.name);
      const points = measures.flatMap(({ id, axis, best }) => {
        const [estimate, bound] = [of(id), best === undefined ? undefined : of(best)];
        if (estimate === undefined) return [];
        return [given({ x: axis!.value, estimate, bound })];
      });
      return { series: look, points };
    })
    .filter(({ points }) => points.length > 1);
}

function describe(curve: readonly CurveLine[], measure: MeasureNote): string {
  return curve
    .map(({ series, points }) => {
      const values = points.map(({ x, estimate }) => `${formatWithUnit(measure, estimate.value)} at ${x}`);
      return `${series.title}: ${values.join(", ")}`;
    })
    .join(". ");
}

interface CurveMeasures {
  readonly measure: MeasureNote;
  readonly bound?: MeasureNote | undefined;
}

interface CurveSize {
  readonly width: number;
  readonly height: number;
  /** Lines end in their model's name, or in the last value alone. */
  readonly names: boolean;
}

/** A measure along its axis with its interval band; its bound as a hollow mark. */
function curvePlot(
  lines: readonly CurveLine[],
  { measure, bound }: CurveMeasures,
  range: readonly [number, number],
  { width, height, names }: CurveSize,
  description: string,
): Html {
  const titles = shortenAll(
    lines.map(({ series }) => series.title),
    width < 500 ? 12 : 22,
  );
  const labels = names
    ? titles
    : lines.map(({ points }) => formatValue(measure, points.at(-1)!.estimate.value));
  // Many bands in a small plot hide each other: there only lines are drawn.
  const detailed = names || lines.length <= 3;
  const places = [...new Set(lines.flatMap(({ points }) => points.map(({ x }) => x)))];
  const axis = measureAxis(measure, []);
  const [marginTop, marginBottom] = [26, 34];
  const plotHeight = height - marginTop - marginBottom;
  const toPixels = (v: number) => plotHeight * (1 - (axis.at(v) - range[0]) / (range[1] - range[0]));
  const ends = lines.map(({ points }) => toPixels(points.at(-1)!.estimate.value));
  const placed = spread(ends, 13, 0, plotHeight);
  return drawPlot(
    {
      ...{ width, height, marginTop, marginBottom, marginLeft: 36 },
      marginRight: labelRoom(Math.max(3, ...labels.map(displayWidth))),
      x: {
        ...{ ...below(measure.axis?.name ?? ""), ticks: ticksOf(places), tickFormat: String },
        ...{ domain: domainOf(places), type: isWide(places) ? "log" : "linear" },
      },
      y: { label: axis.label, domain: range, grid: true, ticks: 5 },
      marks: lines.flatMap(({ series, points: own }, l) => {
        const { title, color: fill, className, symbol } = series;
        const shown = detailed ? own : [];
        const band = shown.flatMap(({ x, estimate }) =>
          hasInterval(estimate) ? [{ x, low: axis.at(estimate.low), high: axis.at(estimate.high) }] : [],
        );
        const points = own.map(({ x, estimate }) => ({ x, y: axis.at(estimate.value), estimate }));
        const bounds = shown.flatMap(({ x, bound: best }) =>
          best === undefined ? [] : [{ x, y: axis.at(best.value), text: formatValue(measure, best.value) }],
        );
        return [
          Plot.areaY(band, { x: "x", y1: "low", y2: "high", fill, fillOpacity: 0.16, className }),
          Plot.lineY(points, {
            ...{ x: "x", y: "y", stroke: fill, strokeWidth: 2, className },
            // One that lies on another would hide it.
            ...(lines.slice(0, l).some((other) => sameLine(other, own)) ? { strokeDasharray: "7 7" } : {}),
          }),
          Plot.dot(points, {
            ...{ x: "x", y: "y", fill, symbol, r: 3.2, className },
            title: (d) => `${title}: ${formatEstimate(measure, d.estimate)} at ${d.x} ${measure.axis?.name}`,
          }),
          Plot.dot(bounds, {
            ...{ x: "x", y: "y", stroke: fill, fill: "var(--page)", symbol, r: 3.6, className },
            title: (d) => `${title}: ${bound?.of} ${d.text}`,
          }),
          Plot.text([points.at(-1)!], {
            ...{ x: "x", y: "y", text: () => labels[l]!, fill, textAnchor: "start", dx: 9 },
            ...{ dy: placed[l]! - ends[l]!, className: `${className} label`, title: () => title },
          }),
        ];
      }),
    },
    description,
  );
}

function sameLine({ points }: CurveLine, others: CurveLine["points"]): boolean {
  return (
    points.length === others.length &&
    points.every(({ x, estimate }, i) => x === others[i]!.x && estimate.value === others[i]!.estimate.value)
  );
}

function ticksOf(places: readonly number[]): number[] {
  const sorted = [...places].sort((a, b) => a - b);
  if (isWide(places)) return sorted.filter((n) => Number.isInteger(Math.log10(n)));
  return sorted.length <= 9 ? sorted : sorted.filter((n) => n === 1 || n % 5 === 0);
}

/** Places from 1 to a hundred and more: steps near 1 would lie on one another. */
function isWide(places: readonly number[]): boolean {
  return Math.min(...places) > 0 && Math.max(...places) >= 100 * Math.min(...places);
}

function domainOf(places: readonly number[]): [number, number] {
  const [low, high] = [Math.min(...places), Math.max(...places)];
  return low === high ? [low - 0.5, high + 0.5] : [low, high];
}

/** A range around all values of some lines: of shares in whole tens and at least 20 points wide, of others from zero. */
function niceRange(lines: readonly CurveLine[], measure: MeasureNote): [number, number] {
  const values = lines.flatMap(({ points }) =>
    points.flatMap(({ estimate: { value, low = value, high = value }, bound }) => [
      ...[low, high, bound?.value ?? value],
    ]),
  );
  if (measure.unit !== "share") return measureAxis(measure, values).domain;
  const low = Math.max(0, 10 * Math.floor(10 * Math.min(...values) - 0.2));
  const high = Math.min(100, 10 * Math.ceil(10 * Math.max(...values) + 0.2));
  return high - low >= 20 ? [low, high] : [Math.max(0, high - 20), Math.max(20, high)];
}
