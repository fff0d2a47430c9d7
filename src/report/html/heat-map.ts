import type { MeasureNote } from "../../core/measure.ts";
import { formatWithUnit, inUnit, sentence } from "../format-number.ts";
import { cellOf, columnsOf, keyMeasures, mainProtocol, rankedBenchmarks } from "../lookup.ts";
import { type HeatColumn, heatMapPlot } from "../plots/heat-map.ts";
import type { Series } from "../plots/series.ts";
import { phoneWidth } from "../plots/svg.ts";
import { type Html, html } from "./markup.ts";
import { block, type Page, plotFigure } from "./parts.ts";

/** Columns that cells with numbers have room for. */
const most = { wide: 20, half: 12, narrow: 10 } as const;

/** All benchmarks by model, or by protocol and measure where there is one model; it takes half of a desk's width or all of it. */
export function heatMap(page: Page): { readonly half?: Html; readonly whole?: Html } | undefined {
  const main = mainProtocol(page.summary);
  if (main === undefined) return undefined;
  const benchmarks = rankedBenchmarks(page.summary, main);
  const columns = columnsOfMap(page, main, benchmarks);
  const [first] = columns;
  if (benchmarks.length < 2 || columns.length < 2 || first === undefined) return undefined;
  const described = benchmarks.map((name, b) => {
    const value = first.values[b];
    return `${name} ${value === undefined ? "without a score" : formatWithUnit(first.measure, value)}`;
  });
  const { of } = first.measure;
  const what = `${sentence(of)} of every benchmark as a heat map. ${first.symbolOf?.title ?? ""} ${first.group} ${first.label}: ${described.join(", ")}`;
  const half = columns.length <= most.half;
  const draw = (width: number, shown: number) =>
    heatMapPlot(benchmarks, columns.slice(0, shown), width, what);
  const map = block(
    "All benchmarks",
    `${sentence(inUnit(of, first.measure))}; the deeper the colour, the better. Every number with its interval is in the tables below.`,
    plotFigure(
      "Heat map",
      html`<div class="wide">${draw(half ? 580 : 1180, most.wide)}</div><div class="narrow">${draw(phoneWidth, most.narrow)}</div>`,
      page.series.length > 1 ? "Symbols stand for models." : undefined,
    ),
  );
  return half ? { half: map } : { whole: map };
}

function columnsOfMap({ summary, series }: Page, main: string, benchmarks: readonly string[]): HeatColumn[] {
  const column = (
    protocol: string,
    measure: MeasureNote,
    look: Series,
    names: Pick<HeatColumn, "group" | "label">,
  ): HeatColumn => ({
    ...{ ...names, measure },
    ...(series.length > 1 ? { symbolOf: look } : {}),
    values: benchmarks.map((name) => cellOf(summary, protocol, name, look.name)?.measures[measure.id]?.value),
  });
  const others = summary.protocols.map(({ id }) => id).filter((id) => id !== main);
  const short = (protocol: string) => protocol.replace(/@.*/, "");
  const ends = (protocol: string) => {
    const keys = keyMeasures(summary, protocol);
    return keys === undefined ? [] : [keys.first, keys.last].flatMap((measure) => measure ?? []);
  };
  if (series.length > 1)
    return [main, ...others].flatMap((protocol) =>
      ends(protocol).flatMap((measure) => {
        const { at, axis } = measure;
        const named = axis === undefined || axis.value === 0 ? short(protocol) : `${short(protocol)}, ${at}`;
        const group = protocol === main ? at : named;
        return series.map((look) => column(protocol, measure, look, { group, label: "" }));
      }),
    );
  const [only] = series;
  const named = (protocol: string) =>
    columnsOf(summary, protocol).filter(({ boundOf }) => boundOf === undefined);
  return [main, ...others].flatMap((protocol) =>
    (protocol === main ? named(protocol) : ends(protocol)).map((measure) =>
      column(protocol, measure, only!, {
        group: short(protocol),
        label: String(measure.axis?.value || measure.at),
      }),
    ),
  );
}
