// Tables that text reports share.
import type { ComparedPair, Comparison } from "../../core/comparison.ts";
import type { ProtocolNote } from "../../core/summary.ts";
import { count, formatDifference, formatValue } from "../format-number.ts";
import { measureOf } from "../lookup.ts";
import type { Column, Table } from "../table.ts";
import {
  domainsOf,
  firstBound,
  firstMeasure,
  groupMeasured,
  measured,
  overallOf,
  rankedCells,
  shownMeasures,
} from "./lookup.ts";
import {
  changedText,
  measureLabel,
  pText,
  pWithHolm,
  signedWithInterval,
  tallyText,
  unpairedText,
} from "./numbers.ts";

const left = (title: string): Column => ({ title, align: "left" });
const right = (title: string): Column => ({ title, align: "right" });

/** The suite: every protocol and measure. */
export function overallTable({ protocols }: Comparison, pair: ComparedPair): Table {
  const columns = [
    ...[left("protocol"), left("measure"), right("base"), right("candidate"), right("difference [95 %]")],
    ...[right("p"), right("benchmarks +/=/-"), right("moved, % +/-")],
  ];
  const rows = protocols.flatMap((protocol) =>
    shownMeasures(pair, protocol).map((measure) => {
      const found = groupMeasured(overallOf(pair, protocol.id), measure.id)!;
      return [
        protocol.id,
        measureLabel(measure),
        formatValue(measure, found.base),
        formatValue(measure, found.candidate),
        signedWithInterval(measure, found),
        pText(found.p),
        tallyText(found.benchmarks),
        changedText(measure, found),
      ];
    }),
  );
  return { columns, rows };
}

/** Benchmarks of a protocol, the most improved first, by its first measure and that one's bound. */
export function benchmarksTable(pair: ComparedPair, protocol: ProtocolNote, all: boolean): Table {
  const measure = firstMeasure(pair, protocol);
  if (measure === undefined) return { columns: [], rows: [] };
  const bound = firstBound(pair, protocol);
  const columns = [
    ...[left("benchmark"), right("base"), right("candidate"), right("difference [95 %]"), right("p (Holm)")],
    ...(bound === undefined ? [] : [right(bound.title)]),
    ...[right("masks +/=/-"), ...(all ? [right("moved, % +/-")] : []), right("detectable")],
    ...(all ? [right("pairs"), left("not paired")] : []),
  ];
  const rows = rankedCells(pair, protocol.id, measure).map((cell) => {
    const found = measured(cell, measure.id);
    const best = bound === undefined ? undefined : measured(cell, bound.id);
    const dashes = (n: number) => Array.from({ length: n }, () => "-");
    const numbers =
      found === undefined
        ? [...dashes(4), ...(bound === undefined ? [] : ["-"]), ...dashes(all ? 3 : 2)]
        : [
            formatValue(measure, found.base),
            formatValue(measure, found.candidate),
            signedWithInterval(measure, found),
            pWithHolm(found),
            ...(bound === undefined
              ? []
              : [best === undefined ? "-" : formatDifference(bound, best.difference.value)]),
            tallyText(found.targets),
            ...(all ? [changedText(measure, found)] : []),
            found.detectable === undefined ? "-" : formatValue(measure, found.detectable),
          ];
    const pairing = all ? [count(cell.pairing.pairs), unpairedText(cell.pairing)] : [];
    return [cell.benchmark, ...numbers, ...pairing];
  });
  return { columns, rows };
}

/** Domains of a protocol by its first measure. */
export function domainsTable(pair: ComparedPair, protocol: ProtocolNote): Table {
  const measure = firstMeasure(pair, protocol);
  const columns = [
    ...[left("domain"), right("benchmarks +/=/-"), right("base"), right("candidate")],
    ...[right("difference [95 %]"), right("p")],
  ];
  const rows = domainsOf(pair, protocol.id).flatMap((group) => {
    const found = measure === undefined ? undefined : groupMeasured(group, measure.id);
    if (found === undefined) return [];
    return [
      [
        group.name,
        tallyText(found.benchmarks),
        formatValue(measure!, found.base),
        formatValue(measure!, found.candidate),
        signedWithInterval(measure!, found),
        pText(found.p),
      ],
    ];
  });
  return { columns, rows };
}

/** Targets that moved farthest. */
export function changedTable({ protocols }: Comparison, pair: ComparedPair, protocol: string): Table {
  const columns = [
    ...[left("benchmark"), left("sample"), left("target")],
    ...[right("base"), right("candidate"), right("difference")],
  ];
  const rows = pair.mostChanged
    .filter((target) => target.protocol === protocol)
    .map(({ benchmark, sample, target, base, candidate, measure: id }) => {
      const measure = measureOf(protocols, protocol, id)!;
      const levels = [base, candidate].map((value) => formatValue(measure, value));
      return [benchmark, sample, target, ...levels, formatDifference(measure, candidate - base)];
    });
  return { columns, rows };
}
