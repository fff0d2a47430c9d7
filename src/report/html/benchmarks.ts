import type { Cell } from "../../core/summary.ts";
import { count, percent, plural } from "../format-number.ts";
import {
  cellOf,
  droppedOf,
  oracleRounds,
  rankedBenchmarks,
  reasons,
  roundAt,
  roundLabel,
  shownRounds,
} from "../lookup.ts";
import { intervalPlot } from "../plots/intervals.ts";
import { type Html, html } from "./markup.ts";
import {
  block,
  dataTable,
  estimateCell,
  modelMark,
  numberCell,
  type Page,
  plotFigure,
  rowHead,
  textCell,
} from "./parts.ts";

/** Every benchmark of a protocol: a plot from best to worst, the numbers, and what could not be scored. */
export function benchmarks(page: Page, protocol: string): Html {
  return block(
    "Benchmarks",
    "From the best to the worst by the first round. Brackets hold 95 % intervals.",
    html`${ranking(page, protocol)}${numbers(page, protocol)}${failures(page, protocol)}`,
  );
}

function ranking({ summary, series }: Page, protocol: string): Html {
  const names = rankedBenchmarks(summary, protocol);
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
    intervalPlot(rows, { width: 760, label: "mIoU (%)" }, described.join(". ")),
    "Solid: first round, with its 95 % interval. Hollow: oracle. Faint: last round.",
  );
}

function numbers({ summary, series }: Page, protocol: string): Html {
  const rounds = shownRounds(summary, protocol);
  const oracles = oracleRounds(summary, protocol);
  const cells = summary.cells.filter((cell) => cell.protocol === protocol);
  const gaps = cells.some(({ ambiguityGap }) => ambiguityGap !== undefined);
  const first = rounds[0];
  const heads = [
    { title: "Benchmark", numeric: false },
    { title: "Model", numeric: false },
    ...rounds.flatMap((clicks) => [
      { title: roundLabel(protocol, clicks), numeric: true },
      ...(oracles.has(clicks) ? [{ title: "oracle", numeric: true }] : []),
    ]),
    ...(gaps
      ? [
          { title: "gap", numeric: true, hint: "ambiguity gap: oracle minus selected" },
          {
            title: "choice",
            numeric: true,
            hint: "selection accuracy: the model's choice is the best candidate",
          },
        ]
      : []),
    { title: "Dice", numeric: true, hint: "mean Dice in the first round" },
    { title: "boundary", numeric: true, hint: "mean boundary IoU in the first round" },
    { title: "Masks", numeric: true, hint: "scored targets" },
    { title: "Images", numeric: true },
    { title: "Dropped", numeric: true },
    { title: "Failed", numeric: true },
  ];
  const titles = new Map(summary.benchmarks.map(({ name, title }) => [name, title]));
  const rows = rankedBenchmarks(summary, protocol).flatMap((benchmark) =>
    series.flatMap((look, m) => {
      const cell = cellOf(summary, protocol, benchmark, look.name);
      if (cell === undefined) return [];
      const at = first === undefined ? undefined : roundAt(cell.rounds, first);
      const { counts } = cell;
      return [
        {
          className: `${look.className}${m === 0 ? " group" : ""}`,
          cells: [
            rowHead(
              html`<span class="name">${titles.get(benchmark) ?? benchmark}</span><small>${benchmark}</small>`,
            ),
            textCell(modelMark(look)),
            ...rounds.flatMap((clicks) => {
              const round = roundAt(cell.rounds, clicks);
              return [
                estimateCell(round?.miou),
                ...(oracles.has(clicks) ? [estimateCell(round?.oracle)] : []),
              ];
            }),
            ...(gaps ? [estimateCell(cell.ambiguityGap), estimateCell(cell.selectionAccuracy)] : []),
            estimateCell(at?.dice),
            estimateCell(at?.boundary),
            numberCell(count(counts.scored), counts.scored),
            numberCell(count(counts.images), counts.images),
            numberCell(count(droppedOf(cell)), droppedOf(cell), reasons(counts.dropped)),
            numberCell(count(counts.failed), counts.failed),
          ],
        },
      ];
    }),
  );
  return dataTable(html`All numbers, ${protocol}`, heads, rows, `Benchmarks, ${protocol}`);
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
