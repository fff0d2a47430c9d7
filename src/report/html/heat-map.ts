import { percent } from "../format-number.ts";
import { cellOf, mainProtocol, rankedBenchmarks, roundAt, roundLabel, shownRounds } from "../lookup.ts";
import { type HeatColumn, heatMapPlot } from "../plots/heat-map.ts";
import type { Series } from "../plots/series.ts";
import { phoneWidth } from "../plots/svg.ts";
import { type Html, html } from "./markup.ts";
import { block, type Page, plotFigure } from "./parts.ts";

/** Columns that cells with numbers have room for. */
const most = { wide: 20, half: 12, narrow: 10 } as const;

/** All benchmarks by model, or by protocol and clicks where there is one model; it takes half of a desk's width or all of it. */
export function heatMap(page: Page): { readonly half?: Html; readonly whole?: Html } | undefined {
  const main = mainProtocol(page.summary);
  if (main === undefined) return undefined;
  const benchmarks = rankedBenchmarks(page.summary, main);
  const columns = columnsOf(page, main, benchmarks);
  if (benchmarks.length < 2 || columns.length < 2) return undefined;
  const described = benchmarks.map((name, b) => {
    const value = columns[0]!.values[b];
    return `${name} ${value === undefined ? "without a score" : `${percent(value)} %`}`;
  });
  const first = columns[0]!;
  const what = `mIoU of every benchmark as a heat map. ${first.symbolOf?.title ?? ""} ${first.group} ${first.label}: ${described.join(", ")}`;
  const half = columns.length <= most.half;
  const draw = (width: number, shown: number) =>
    heatMapPlot(benchmarks, columns.slice(0, shown), width, what);
  const map = block(
    "All benchmarks",
    "mIoU in percent; the deeper the colour, the higher. Every number with its interval is in the tables below.",
    plotFigure(
      "Heat map",
      html`<div class="wide">${draw(half ? 580 : 1180, most.wide)}</div><div class="narrow">${draw(phoneWidth, most.narrow)}</div>`,
      page.series.length > 1 ? "Symbols stand for models." : undefined,
    ),
  );
  return half ? { half: map } : { whole: map };
}

function columnsOf({ summary, series }: Page, main: string, benchmarks: readonly string[]): HeatColumn[] {
  const column = (
    protocol: string,
    clicks: number,
    look: Series,
    names: Pick<HeatColumn, "group" | "label">,
  ) => ({
    ...names,
    ...(series.length > 1 ? { symbolOf: look } : {}),
    values: benchmarks.map((name) => {
      const cell = cellOf(summary, protocol, name, look.name);
      return cell === undefined ? undefined : roundAt(cell.rounds, clicks)?.miou.value;
    }),
  });
  const others = summary.protocols.map(({ id }) => id).filter((id) => id !== main);
  const ends = (protocol: string) => {
    const rounds = shownRounds(summary, protocol);
    return [...new Set([rounds[0], rounds.at(-1)].flatMap((clicks) => clicks ?? []))];
  };
  if (series.length > 1)
    return [main, ...others].flatMap((protocol) =>
      ends(protocol).flatMap((clicks) => {
        const label = roundLabel(protocol, clicks);
        const short = protocol.replace(/@.*/, "");
        const group = protocol === main ? label : clicks > 0 ? `${short}, ${label}` : short;
        return series.map((look) => column(protocol, clicks, look, { group, label: "" }));
      }),
    );
  const [only] = series;
  return [main, ...others].flatMap((protocol) =>
    (protocol === main ? shownRounds(summary, protocol) : ends(protocol)).map((clicks) =>
      column(protocol, clicks, only!, {
        group: protocol.replace(/@.*/, ""),
        label: roundLabel(protocol, clicks).replace(/ (click|point)s?$/, ""),
      }),
    ),
  );
}
