// The numbers of every benchmark and model under one protocol.
import type { Cell } from "../../core/summary.ts";
import { count } from "../format-number.ts";
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
import { type Html, html } from "./markup.ts";
import {
  benchmarkHead,
  dataTable,
  estimateCell,
  type Head,
  modelCells,
  modelHeads,
  numberCell,
  type Page,
} from "./parts.ts";

/** mIoU of every shown round, and how many targets stand behind it or are missing. */
export function benchmarksTable(page: Page, protocol: string): Html {
  const { summary } = page;
  const rounds = shownRounds(summary, protocol);
  const oracles = oracleRounds(summary, protocol);
  const heads: Head[] = [
    ...rounds.flatMap((clicks) => [
      { title: roundLabel(protocol, clicks), numeric: true },
      ...(oracles.has(clicks) ? [{ title: "oracle", numeric: true }] : []),
    ]),
    { title: "Masks", numeric: true, hint: "scored targets" },
    { title: "Images", numeric: true },
    { title: "Dropped", numeric: true, hint: "left out by a rule" },
    { title: "Failed", numeric: true, hint: "could not be scored" },
  ];
  return perCell(page, protocol, "mIoU in percent and counts", heads, (cell) => {
    const { counts } = cell;
    return [
      ...rounds.flatMap((clicks) => {
        const round = roundAt(cell.rounds, clicks);
        return [estimateCell(round?.miou), ...(oracles.has(clicks) ? [estimateCell(round?.oracle)] : [])];
      }),
      numberCell(count(counts.scored), counts.scored),
      numberCell(count(counts.images), counts.images),
      numberCell(count(droppedOf(cell)), droppedOf(cell), reasons(counts.dropped)),
      numberCell(count(counts.failed), counts.failed),
    ];
  });
}

/** Other metrics of the first round, folded away. */
export function otherMetrics(page: Page, protocol: string): Html | undefined {
  const { summary } = page;
  const first = shownRounds(summary, protocol)[0];
  if (first === undefined) return undefined;
  const gaps = summary.cells.some((cell) => cell.protocol === protocol && cell.ambiguityGap !== undefined);
  const heads: Head[] = [
    { title: "Dice", numeric: true },
    { title: "Boundary IoU", numeric: true },
    ...(gaps
      ? [
          { title: "Ambiguity gap", numeric: true, hint: "oracle minus selected" },
          { title: "Selection accuracy", numeric: true, hint: "the model's choice is its best mask" },
        ]
      : []),
  ];
  const label = roundLabel(protocol, first);
  const table = perCell(page, protocol, `Other metrics in percent, ${label}`, heads, (cell) => {
    const round = roundAt(cell.rounds, first);
    return [
      estimateCell(round?.dice),
      estimateCell(round?.boundary),
      ...(gaps ? [estimateCell(cell.ambiguityGap), estimateCell(cell.selectionAccuracy)] : []),
    ];
  });
  const what = gaps ? "Dice, boundary IoU, ambiguity gap, selection accuracy" : "Dice, boundary IoU";
  return html`<details><summary>${what}</summary>${table}</details>
`;
}

function perCell(
  page: Page,
  protocol: string,
  caption: string,
  heads: readonly Head[],
  cells: (cell: Cell) => readonly Html[],
): Html {
  const { summary, series } = page;
  const rows = rankedBenchmarks(summary, protocol).flatMap((benchmark) =>
    series.flatMap((look, m) => {
      const cell = cellOf(summary, protocol, benchmark, look.name);
      if (cell === undefined) return [];
      return [
        {
          className: `${look.className}${m === 0 ? " group" : ""}`,
          cells: [benchmarkHead(page, benchmark), ...modelCells(page, look), ...cells(cell)],
        },
      ];
    }),
  );
  const all = [{ title: "Benchmark", numeric: false }, ...modelHeads(page), ...heads];
  return dataTable(html`${caption}`, all, rows, `${caption}, ${protocol}`);
}
