// The two plots of a comparison: the suite at a glance, and the benchmarks as in Fig. 9a of the SAM paper.
import type {
  ComparedPair,
  Comparison,
  Measure,
  PairedMeasure,
  ProtocolMeasures,
} from "../../core/comparison.ts";
import { type Html, html } from "../html/markup.ts";
import { bothWidths, plotFigure } from "../html/parts.ts";
import { type DifferenceRow, differencePlot } from "../plots/differences.ts";
import {
  benchmarkTitle,
  firstMeasure,
  groupMeasured,
  measured,
  measureLabel,
  overallOf,
  rankedCells,
  shownMeasures,
} from "./lookup.ts";
import { signed } from "./numbers.ts";

/** Suite difference of every protocol and number of clicks, with the oracle: a plot per protocol, all to one scale. */
export function overview({ protocols }: Comparison, pair: ComparedPair): Html | undefined {
  const groups = protocols.flatMap((protocol) => {
    const rows = shownMeasures(pair, protocol)
      .filter(({ metric }) => metric === "miou" || metric === "oracle")
      .map((measure) => {
        const found = groupMeasured(overallOf(pair, protocol.id), measure.id)!;
        return rowOf(measureLabel(protocol.id, measure), measure, found);
      });
    return rows.length === 0 ? [] : [{ id: protocol.id, rows }];
  });
  if (groups.length === 0) return undefined;
  const ends = groups.flatMap(({ rows }) =>
    rows.flatMap(({ value, low, high }) => [value, low ?? 0, high ?? 0]),
  );
  const beside = groups.flatMap(({ rows }) => rows.map(({ name }) => name));
  const plots = groups.map(({ id, rows }, g) => {
    const note =
      g === 0 ? "Suite difference: the unweighted mean over benchmarks, with its 95 % interval." : "";
    return figure(id, rows, 520, "suite mIoU, points", note, { ends, beside });
  });
  return html`<div>${plots}</div>`;
}

/** Benchmarks by the first measure of a protocol. */
export function benchmarkBars(
  comparison: Comparison,
  pair: ComparedPair,
  protocol: ProtocolMeasures,
): Html | undefined {
  const measure = firstMeasure(pair, protocol);
  if (measure === undefined) return undefined;
  const oracle = shownMeasures(pair, protocol).find(({ metric }) => metric === "oracle");
  const rows = rankedCells(pair, protocol.id, measure).flatMap((cell) => {
    const found = measured(cell, measure.id);
    if (found === undefined) return [];
    const best = oracle === undefined ? undefined : measured(cell, oracle.id);
    const row = rowOf(benchmarkTitle(comparison, cell.benchmark), measure, found);
    return [best === undefined ? row : { ...row, oracle: 100 * best.difference.value }];
  });
  if (rows.length < 2) return undefined;
  const title = `Difference by benchmark, ${measureLabel(protocol.id, measure)}`;
  const hollow = oracle === undefined ? "" : " Hollow: oracle.";
  return figure(title, rows, 760, "mIoU, points", `Lines: 95 % interval.${hollow}`);
}

function rowOf(name: string, measure: Measure, found: PairedMeasure): DifferenceRow {
  const scale = measure.metric === "noc" ? 1 : 100;
  const { value, low, high } = found.difference;
  return {
    name,
    value: scale * value,
    low: low === undefined ? undefined : scale * low,
    high: high === undefined ? undefined : scale * high,
    text: signed(measure, value),
    better: measure.better === "higher" ? value >= 0 : value <= 0,
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
