// The two plots of a comparison: the suite at a glance, and the benchmarks as in Fig. 9a of the SAM paper.
import type { ComparedPair, Comparison, PairedMeasure } from "../../core/comparison.ts";
import { type MeasureNote, units } from "../../core/measure.ts";
import type { ProtocolNote } from "../../core/summary.ts";
import { formatDifference } from "../format-number.ts";
import { type Html, html } from "../html/markup.ts";
import { bothWidths, plotFigure } from "../html/parts.ts";
import { fullName, gain } from "../lookup.ts";
import { type DifferenceRow, differencePlot } from "../plots/differences.ts";
import {
  benchmarkTitle,
  firstBound,
  firstMeasure,
  groupMeasured,
  measured,
  overallOf,
  rankedCells,
  shownMeasures,
} from "./lookup.ts";
import { besideLabel } from "./numbers.ts";

/** Suite difference in every main measure of a protocol that has its first one's unit: a plot per protocol, all of a unit to one scale. */
export function overview({ protocols }: Comparison, pair: ComparedPair): Html | undefined {
  const groups = protocols.flatMap((protocol) => {
    const measures = shownMeasures(pair, protocol);
    const rows = measures
      .filter(({ show, unit }) => show === "main" && unit === measures[0]!.unit)
      .map((measure) => {
        const found = groupMeasured(overallOf(pair, protocol.id), measure.id)!;
        return rowOf(besideLabel(measures[0]!, measure), measure, found);
      });
    return rows.length === 0 ? [] : [{ id: protocol.id, rows, first: measures[0]! }];
  });
  if (groups.length === 0) return undefined;
  const endsOf = (unit: MeasureNote["unit"]) =>
    groups
      .filter(({ first }) => first.unit === unit)
      .flatMap(({ rows }) => rows.flatMap(({ value, low, high }) => [value, low ?? 0, high ?? 0]));
  const beside = groups.flatMap(({ rows }) => rows.map(({ name }) => name));
  const plots = groups.map(({ id, rows, first }, g) => {
    const note =
      g === 0 ? "Suite difference: the unweighted mean over benchmarks, with its 95 % interval." : "";
    const label = `suite ${axisLabel(first)}`;
    return figure(id, rows, 520, label, note, { ends: endsOf(first.unit), beside });
  });
  return html`<div>${plots}</div>`;
}

/** Benchmarks by the first measure of a protocol. */
export function benchmarkBars(
  comparison: Comparison,
  pair: ComparedPair,
  protocol: ProtocolNote,
): Html | undefined {
  const measure = firstMeasure(pair, protocol);
  if (measure === undefined) return undefined;
  const bound = firstBound(pair, protocol);
  const { scale } = units[measure.unit];
  const rows = rankedCells(pair, protocol.id, measure).flatMap((cell) => {
    const found = measured(cell, measure.id);
    if (found === undefined) return [];
    const best = bound === undefined ? undefined : measured(cell, bound.id);
    const row = rowOf(benchmarkTitle(comparison, cell.benchmark), measure, found);
    return [
      best === undefined ? row : { ...row, bound: { value: scale * best.difference.value, of: bound!.of } },
    ];
  });
  if (rows.length < 2) return undefined;
  const title = `Difference by benchmark, ${fullName(measure)}`;
  const hollow = bound === undefined ? "" : ` Hollow: ${bound.of}.`;
  return figure(title, rows, 760, axisLabel(measure), `Lines: 95 % interval.${hollow}`);
}

/** "IoU, points". */
function axisLabel({ of, unit }: MeasureNote): string {
  const { difference } = units[unit];
  return difference === "" ? of : `${of},${difference}`;
}

function rowOf(name: string, measure: MeasureNote, found: PairedMeasure): DifferenceRow {
  const { scale } = units[measure.unit];
  const { value, low, high } = found.difference;
  return {
    name,
    value: scale * value,
    low: low === undefined ? undefined : scale * low,
    high: high === undefined ? undefined : scale * high,
    text: formatDifference(measure, value),
    better: gain(measure, value) >= 0,
  };
}

function figure(
  title: string,
  rows: readonly DifferenceRow[],
  wide: number,
  label: string,
  note: string,
  common: { readonly ends?: readonly number[]; readonly beside?: readonly string[] } = {},
): Html {
  const description = rows.map(({ name, text }) => `${name}: ${text}`).join(". ");
  return plotFigure(
    html`${title}`,
    bothWidths((width) => differencePlot(rows, { width, label, ...common }, description), wide),
    note === "" ? undefined : note,
  );
}
