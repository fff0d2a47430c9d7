import type { MeasureNote } from "../../core/measure.ts";
import type { Cell, Estimate } from "../../core/summary.ts";
import { formatWithUnit, sentence } from "../format-number.ts";
import { boundsOf, columnsOf, curveOf, suiteOf } from "../lookup.ts";
import { type CurveLine, curvePlot, niceRange } from "../plots/curve.ts";
import type { Html } from "./markup.ts";
import { block, bothWidths, type Page, panelWidth, plotFigure } from "./parts.ts";

/** The suite's first measure along its axis; nothing for protocols with one place. */
export function suiteCurve(page: Page, protocol: string, width = 760): Html | undefined {
  const [first] = columnsOf(page.summary, protocol);
  if (first === undefined) return undefined;
  const { measures, bound } = alongAxis(page, protocol, first.name);
  const suite = suiteLines(page, protocol, measures);
  if (suite.length === 0) return undefined;
  const draw = (size: number) =>
    curvePlot(
      suite,
      { measure: first, bound },
      niceRange(suite, first),
      { width: size, height: size > 500 ? 360 : 300, names: true },
      `Suite ${first.of} over ${first.axis?.name}. ${describe(suite, first)}`,
    );
  const hollow = bound === undefined ? "" : `; hollow marks are the ${bound.of}`;
  return block(
    `${sentence(first.of)} over ${first.axis?.name}`,
    `Bands are 95 % intervals${hollow}.`,
    plotFigure("Suite, macro", bothWidths(draw, width)),
  );
}

/** The suite's measure of another name along its axis, small. */
export function furtherCurve(page: Page, protocol: string, name: string): Html | undefined {
  const { measures } = alongAxis(page, protocol, name);
  const [first] = measures;
  const lines = suiteLines(page, protocol, measures);
  return first === undefined || lines.length === 0
    ? undefined
    : panel(lines, first, undefined, niceRange(lines, first), "Suite ");
}

/** The first measure of one benchmark. */
export function benchmarkCurve(page: Page, protocol: string, cells: readonly Cell[]): Html | undefined {
  const [first] = columnsOf(page.summary, protocol);
  if (first === undefined) return undefined;
  const { measures, bound } = alongAxis(page, protocol, first.name);
  const lines = linesOf(page, measures, (model) => {
    const own = cells.find((cell) => cell.model === model)?.measures;
    return (id) => own?.[id];
  });
  if (lines.length === 0) return undefined;
  const range: [number, number] = first.unit === "share" ? [0, 100] : niceRange(lines, first);
  return panel(lines, first, bound, range, "");
}

function panel(
  lines: readonly CurveLine[],
  measure: MeasureNote,
  bound: MeasureNote | undefined,
  range: readonly [number, number],
  prefix: string,
): Html {
  const size = { width: panelWidth, height: 230, names: false };
  const title = sentence(`${prefix}${measure.of} over ${measure.axis?.name}`);
  const plot = curvePlot(lines, { measure, bound }, range, size, `${title}. ${describe(lines, measure)}`);
  return plotFigure(title, plot, undefined, "panel");
}

interface AlongAxis {
  readonly measures: readonly (MeasureNote & { readonly best?: string })[];
  /** One of the bounds: they have one name. */
  readonly bound?: MeasureNote;
}

function alongAxis({ summary }: Page, protocol: string, name: string): AlongAxis {
  const bounds = boundsOf(summary, protocol);
  const measures = curveOf(summary, protocol, name);
  const bound = measures.flatMap(({ id }) => bounds.get(id) ?? [])[0];
  return {
    measures: measures.map((measure) => {
      const best = bounds.get(measure.id)?.id;
      return best === undefined ? measure : { ...measure, best };
    }),
    ...(bound === undefined ? {} : { bound }),
  };
}

function suiteLines(page: Page, protocol: string, measures: AlongAxis["measures"]): CurveLine[] {
  return linesOf(page, measures, (model) => {
    const own = suiteOf(page.summary, protocol, model)?.measures;
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
        return [{ x: axis!.value, estimate, ...(bound === undefined ? {} : { bound }) }];
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
