// How differences, p-values and counts are written.
import type { BenchmarkMeasure, Measure, PairedMeasure, Pairing, Tally } from "../../core/comparison.ts";
import { count, decimal, percent, signedPercent } from "../format-number.ts";

/** A mean: percent, or clicks. */
export function level({ metric }: Measure, value: number): string {
  return metric === "noc" ? decimal(value, 2) : percent(value);
}

/** A difference with its sign: "+1.2" points, or "-0.31" clicks. */
export function signed({ metric }: Measure, value: number): string {
  if (metric !== "noc") return signedPercent(value);
  const text = decimal(value, 2);
  return Number(text) > 0 ? `+${text}` : text;
}

/** "[-0.3, +1.2]", or "" where there is no interval. */
export function signedInterval(measure: Measure, { difference: { low, high } }: PairedMeasure): string {
  return low === undefined || high === undefined ? "" : `[${signed(measure, low)}, ${signed(measure, high)}]`;
}

/** "+1.2 [-0.3, +2.7]" */
export function signedWithInterval(measure: Measure, found: PairedMeasure): string {
  return `${signed(measure, found.difference.value)} ${signedInterval(measure, found)}`.trim();
}

export function unitOf({ metric }: Measure): string {
  return metric === "noc" ? "clicks" : "points";
}

/** "0.031"; "<0.001" is as small as a p-value is written. */
export function pText(p: number): string {
  return p < 0.001 ? "<0.001" : p.toFixed(3);
}

/** A benchmark's own p, and the one corrected for looking at several. */
export function pWithHolm({ p, holm }: BenchmarkMeasure): string {
  return `${pText(p)} (${pText(holm)})`;
}

/** "16 / 2 / 5" */
export function tallyText({ better, same, worse }: Tally): string {
  return [better, same, worse].map(count).join(" / ");
}

/** Share of the targets that moved far, "2.1 / 4.0": better and worse. */
export function changedText({ changed, difference: { n } }: PairedMeasure): string {
  const [first] = changed;
  return first === undefined ? "-" : `${percent(first.better / n)} / ${percent(first.worse / n)}`;
}

/** "3 failed in candidate, 1 only in base"; "" where every target has its partner. */
export function unpairedText({ unpaired }: Pairing): string {
  return Object.entries(unpaired)
    .map(([reason, n]) => `${count(n)} ${reason}`)
    .join(", ");
}
