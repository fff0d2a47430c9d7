import { nocDefaults } from "../core/defaults.ts";
import type { Row, ScoredRow } from "../core/rows.ts";
import { targetNumbers } from "./target-numbers.ts";

/** Columns of one round, one entry per scored target; NaN where it has no such score. */
export interface RoundColumns {
  readonly clicks: number;
  readonly selected: number[];
  readonly oracle: number[];
  readonly dice: number[];
  readonly boundary: number[];
}

/** The rows of one (model, benchmark, protocol) as columns of numbers. */
export interface CellTable {
  readonly model: string;
  readonly benchmark: string;
  readonly protocol: string;
  readonly images: Set<string>;
  readonly dropped: Map<string, number>;
  readonly failures: Map<string, number>;
  /** Per scored target. */
  readonly clusters: string[];
  readonly areas: number[];
  /** Area / image area. */
  readonly shares: number[];
  readonly categories: (string | undefined)[];
  readonly rounds: readonly RoundColumns[];
  readonly gap: number[];
  readonly correct: number[];
  /** Clicks per quality target, the most clicks where unreached; empty unless the protocol counts clicks. */
  readonly noc: readonly { readonly iou: number; readonly clicks: number[]; unreached: number }[];
  readonly drawMean: number[];
  readonly drawSpread: number[];
  readonly drawWorst: number[];
  /** Draws of the target that has most. */
  draws: number;
  /** Targets with a single click only. */
  readonly predicted: number[];
  readonly actual: number[];
}

export function newCellTable(
  { model, benchmark, protocol }: Pick<Row, "model" | "benchmark" | "protocol">,
  reported: readonly number[],
): CellTable {
  return {
    model,
    benchmark,
    protocol,
    images: new Set(),
    dropped: new Map(),
    failures: new Map(),
    clusters: [],
    areas: [],
    shares: [],
    categories: [],
    rounds: reported.map((clicks) => ({ clicks, selected: [], oracle: [], dice: [], boundary: [] })),
    gap: [],
    correct: [],
    noc: nocDefaults.targets.map((iou) => ({ iou, clicks: [], unreached: 0 })),
    drawMean: [],
    drawSpread: [],
    drawWorst: [],
    draws: 0,
    predicted: [],
    actual: [],
  };
}

/** Enters a row. `intern` returns one copy of equal texts: every row brings its own. */
export function addRow(table: CellTable, row: Row, intern: (text: string) => string): void {
  table.images.add(intern(row.image));
  if (row.status === "ok") addScored(table, row, intern);
  else {
    const tally = row.status === "dropped" ? table.dropped : table.failures;
    const reason = intern(row.reason);
    tally.set(reason, (tally.get(reason) ?? 0) + 1);
  }
}

function addScored(table: CellTable, row: ScoredRow, intern: (text: string) => string): void {
  const reported = table.rounds.map(({ clicks }) => clicks);
  const numbers = targetNumbers(row, reported);
  table.clusters.push(intern(row.cluster));
  table.areas.push(row.area);
  table.shares.push(row.area / (row.size.width * row.size.height));
  table.categories.push(row.category === undefined ? undefined : intern(row.category));
  for (const [i, columns] of table.rounds.entries()) {
    const round = numbers.rounds[i];
    columns.selected.push(round?.selected ?? Number.NaN);
    columns.oracle.push(round?.oracle ?? Number.NaN);
    columns.dice.push(round?.dice ?? Number.NaN);
    columns.boundary.push(round?.boundary ?? Number.NaN);
  }
  table.gap.push(numbers.ambiguity?.gap ?? Number.NaN);
  table.correct.push(numbers.ambiguity?.correct ?? Number.NaN);
  for (const [i, target] of table.noc.entries()) {
    if (numbers.noc === undefined) break;
    const clicks = numbers.noc[i];
    if (clicks === undefined) target.unreached += 1;
    target.clicks.push(clicks ?? nocDefaults.maxClicks);
  }
  table.drawMean.push(numbers.draws?.mean ?? Number.NaN);
  table.drawSpread.push(numbers.draws?.spread ?? Number.NaN);
  table.drawWorst.push(numbers.draws?.worst ?? Number.NaN);
  table.draws = Math.max(table.draws, numbers.draws?.count ?? 0);
  if (numbers.single !== undefined) {
    table.predicted.push(numbers.single.predicted);
    table.actual.push(numbers.single.actual);
  }
}
