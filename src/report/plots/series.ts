// How models look in plots: colour, symbol and class, in the order of the summary; after six the looks repeat.
import type { Summary } from "../../core/summary.ts";

export interface Series {
  readonly name: string;
  readonly title: string;
  readonly color: string;
  readonly symbol: "circle" | "square" | "triangle" | "diamond" | "star" | "wye";
  /** The class by which the page shows and hides a model. */
  readonly className: string;
}

const symbols = ["circle", "square", "triangle", "diamond", "star", "wye"] as const;

export function seriesOf(summary: Summary): Series[] {
  return summary.models.map(({ name, title }, m) => ({
    name,
    title,
    color: `var(--m${m % symbols.length})`,
    symbol: symbols[m % symbols.length]!,
    className: `m${m}`,
  }));
}

/** Positions near the wanted ones, in the same order, at least `gap` apart, inside [low, high] where there is room. */
export function spread(wanted: readonly number[], gap: number, low: number, high: number): number[] {
  const order = wanted.map((at, index) => ({ at, index })).sort((a, b) => a.at - b.at || a.index - b.index);
  let least = low;
  for (const entry of order) {
    entry.at = Math.max(entry.at, least);
    least = entry.at + gap;
  }
  let most = high;
  for (const entry of order.toReversed()) {
    entry.at = Math.min(entry.at, most);
    most = entry.at - gap;
  }
  const positions: number[] = [];
  for (const { at, index } of order) positions[index] = at;
  return positions;
}
