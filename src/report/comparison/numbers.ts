// How p-values, counts and changes are written.
import type { BenchmarkMeasure, Changed, PairedMeasure, Pairing, Tally } from "../../core/comparison.ts";
import { comparisonDefaults } from "../../core/defaults.ts";
import { type MeasureNote, units } from "../../core/measure.ts";
import {
  count,
  formatDifference,
  formatEstimate,
  formatInterval,
  formatValue,
  percent,
} from "../format-number.ts";
import { fullName } from "../lookup.ts";

/** "[-0.3, +1.2]", or "" where there is no interval. */
export function signedInterval(measure: MeasureNote, { difference }: PairedMeasure): string {
  return formatInterval(measure, difference, formatDifference);
}

/** "+1.2 [-0.3, +2.7]" */
export function signedWithInterval(measure: MeasureNote, { difference }: PairedMeasure): string {
  return formatEstimate(measure, difference, formatDifference);
}

/** What a measure is called where units meet: "oracle IoU, 1 click", "HD95, 1 click (px)". */
export function measureLabel(measure: MeasureNote): string {
  return `${fullName(measure)}${unitLabel(measure)}`;
}

/** The same beside the first measure, whose name or place goes without saying: "5 clicks", "oracle IoU". */
export function besideLabel(first: MeasureNote, measure: MeasureNote): string {
  if (measure.name === first.name && measure.at !== "") return measure.at;
  return measure.at === first.at ? `${measure.of}${unitLabel(measure)}` : measureLabel(measure);
}

/** Nothing for shares: they are the usual. */
function unitLabel({ unit }: MeasureNote): string {
  const sign = units[unit].value.trim();
  return unit === "share" || sign === "" ? "" : ` (${sign})`;
}

/** "10.0 points", "1.00 clicks": a difference without its sign. */
export function sizeText(measure: Pick<MeasureNote, "unit">, difference: number): string {
  return `${formatValue(measure, difference).replace("+", "")}${units[measure.unit].difference}`;
}

/** "0.031"; "<0.001" is as small as a p-value is written. */
export function pText(p: number): string {
  return p < 0.001 ? "<0.001" : p.toFixed(3);
}

/** A benchmark's own p, and the one corrected for looking at several. */
export function pWithHolm({ p, holm }: BenchmarkMeasure): string {
  return `${pText(p)} (${pText(holm)})`;
}

/** "16 / 2 / 5", or "-" where no target has a value of its own. */
export function tallyText(tally: Tally | undefined): string {
  if (tally === undefined) return "-";
  return [tally.better, tally.same, tally.worse].map(count).join(" / ");
}

/** What moved by more than the usual limit of its unit; a gate may have limits of its own. */
export function movedFar({ unit }: MeasureNote, { changed }: PairedMeasure): Changed | undefined {
  return changed?.find(({ by }) => by === comparisonDefaults.changed[unit]);
}

/** Share of the targets that moved far, "2.1 / 4.0": better and worse. */
export function changedText(measure: MeasureNote, found: PairedMeasure): string {
  const far = movedFar(measure, found);
  const share = (n: number) => percent(n / found.difference.n);
  return far === undefined ? "-" : `${share(far.better)} / ${share(far.worse)}`;
}

/** "3 failed in candidate, 1 only in base"; "" where every target has its partner. */
export function unpairedText({ unpaired }: Pairing): string {
  return Object.entries(unpaired)
    .map(([reason, n]) => `${count(n)} ${reason}`)
    .join(", ");
}
