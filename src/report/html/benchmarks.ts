import type { Cell } from "../../core/summary.ts";
import { count, percent, plural } from "../format-number.ts";
import { cellOf, rankedBenchmarks, roundLabel, shownRounds } from "../lookup.ts";
import { intervalPlot } from "../plots/intervals.ts";
import { benchmarksTable, otherMetrics } from "./benchmarks-table.ts";
import { type Html, html } from "./markup.ts";
import { block, bothWidths, modelMark, type Page, plotFigure } from "./parts.ts";

/** Every benchmark of a protocol: a plot from best to worst, the numbers, and what could not be scored. */
export function benchmarks(page: Page, protocol: string): Html {
  return block(
    "Benchmarks",
    "From the best to the worst by the first round. Brackets hold 95 % intervals.",
    html`${ranking(page, protocol)}${benchmarksTable(page, protocol)}${otherMetrics(page, protocol)}${failures(page, protocol)}`,
  );
}

function ranking({ summary, series }: Page, protocol: string): Html | undefined {
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
    bothWidths((width) => intervalPlot(rows, { width, label: "mIoU (%)" }, described.join(". ")), 760),
    "Solid: first round, with its 95 % interval. Hollow: oracle. Faint: last round.",
  );
}

/** Why targets failed, by benchmark and model. */
function failures({ summary, series }: Page, protocol: string): Html | undefined {
  const failed = summary.cells.filter((cell) => cell.protocol === protocol && cell.counts.failed > 0);
  if (failed.length === 0) return undefined;
  const total = failed.reduce((sum, { counts }) => sum + counts.failed, 0);
  const lines = failed.map((cell: Cell) => {
    const look = series.find(({ name }) => name === cell.model)!;
    const why = Object.entries(cell.counts.failures).map(
      ([reason, n]) => html`<li>${count(n)} × ${reason}</li>`,
    );
    return html`<li class="${look.className}">${cell.benchmark}, ${modelMark(look)}<ul>${why}</ul></li>`;
  });
  return html`<details class="failures"><summary>${plural(total, "target")} failed: why</summary><ul>${lines}</ul></details>
`;
}
