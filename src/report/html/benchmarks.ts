import { percent } from "../format-number.ts";
import { cellOf, mainProtocol, rankedBenchmarks, roundLabel, shownRounds } from "../lookup.ts";
import { intervalPlot } from "../plots/intervals.ts";
import { benchmarksTable, otherMetrics } from "./benchmarks-table.ts";
import { type Html, html } from "./markup.ts";
import { block, bothWidths, type Page, plotFigure } from "./parts.ts";

/** Every benchmark of a protocol: a plot from best to worst unless the overview has it, and the numbers. */
export function benchmarks(page: Page, protocol: string): Html {
  const inOverview = page.series.length === 1 && protocol === mainProtocol(page.summary);
  return block(
    "Benchmarks",
    "From the best to the worst by the first round. Brackets hold 95 % intervals.",
    html`${inOverview ? undefined : ranking(page, protocol)}${benchmarksTable(page, protocol)}${otherMetrics(page, protocol)}`,
  );
}

/** Benchmarks from best to worst, all models; nothing for a single one. */
export function ranking({ summary, series }: Page, protocol: string, wide = 760): Html | undefined {
  const names = rankedBenchmarks(summary, protocol);
  if (names.length < 2) return undefined;
  const rows = names.map((benchmark) => ({
    name: benchmark,
    marks: series.flatMap((look) => {
      const cell = cellOf(summary, protocol, benchmark, look.name);
      if (cell === undefined) return [];
      const [first, last] = [cell.rounds[0], cell.rounds.at(-1)];
      return [
        {
          series: look,
          label: first === undefined ? "" : roundLabel(protocol, first.clicks),
          ...(first === undefined ? {} : { estimate: first.miou }),
          ...(first?.oracle === undefined ? {} : { oracle: first.oracle }),
          ...(last === undefined || last === first ? {} : { last: last.miou }),
        },
      ];
    }),
  }));
  const described = rows.flatMap(({ name, marks }) =>
    marks.map(
      ({ series: { title }, estimate }) =>
        `${name}, ${title}: ${estimate === undefined ? "no scores" : `${percent(estimate.value)} %`}`,
    ),
  );
  const first = shownRounds(summary, protocol)[0];
  const label = first === undefined ? "" : roundLabel(protocol, first);
  return plotFigure(
    `mIoU by benchmark, ${label}`,
    bothWidths((width) => intervalPlot(rows, { width, label: "mIoU (%)" }, described.join(". ")), wide),
    "Solid: first round, with its 95 % interval. Hollow: oracle. Faint: last round.",
  );
}
