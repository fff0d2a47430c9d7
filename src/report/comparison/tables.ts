// Tables that text reports share.
import type { ComparedPair, Comparison, ProtocolMeasures } from "../../core/comparison.ts";
import { count } from "../format-number.ts";
import type { Column, Table } from "../table.ts";
import {
  domainsOf,
  firstMeasure,
  groupMeasured,
  measured,
  measureLabel,
  overallOf,
  rankedCells,
  shownMeasures,
} from "./lookup.ts";
import {
  changedText,
  level,
  pText,
  pWithHolm,
  signed,
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
        measureLabel(protocol.id, measure),
        level(measure, found.base),
        level(measure, found.candidate),
        signedWithInterval(measure, found),
        pText(found.p),
        tallyText(found.benchmarks),
        measure.metric === "noc" ? "-" : changedText(found),
      ];
    }),
  );
  return { columns, rows };
}

/** Benchmarks of a protocol, the most improved first, by its first measure and its oracle. */
export function benchmarksTable(pair: ComparedPair, protocol: ProtocolMeasures, all: boolean): Table {
  const measure = firstMeasure(pair, protocol);
  if (measure === undefined) return { columns: [], rows: [] };
  const oracle = shownMeasures(pair, protocol).find(({ metric }) => metric === "oracle");
  const columns = [
    ...[left("benchmark"), right("base"), right("candidate"), right("difference [95 %]"), right("p (Holm)")],
    ...(oracle === undefined ? [] : [right("oracle")]),
    ...[right("masks +/=/-"), ...(all ? [right("moved, % +/-")] : []), right("detectable")],
    ...(all ? [right("pairs"), left("not paired")] : []),
  ];
  const rows = rankedCells(pair, protocol.id, measure).map((cell) => {
    const found = measured(cell, measure.id);
    const best = oracle === undefined ? undefined : measured(cell, oracle.id);
    const dashes = (n: number) => Array.from({ length: n }, () => "-");
    const numbers =
      found === undefined
        ? [...dashes(4), ...(oracle === undefined ? [] : ["-"]), ...dashes(all ? 3 : 2)]
        : [
            level(measure, found.base),
            level(measure, found.candidate),
            signedWithInterval(measure, found),
            pWithHolm(found),
            ...(oracle === undefined
              ? []
              : [best === undefined ? "-" : signed(oracle, best.difference.value)]),
            tallyText(found.targets),
            ...(all ? [changedText(found)] : []),
            found.detectable === undefined ? "-" : level(measure, found.detectable),
          ];
    const pairing = all ? [count(cell.pairing.pairs), unpairedText(cell.pairing)] : [];
    return [cell.benchmark, ...numbers, ...pairing];
  });
  return { columns, rows };
}

/** Domains of a protocol by its first measure. */
export function domainsTable(pair: ComparedPair, protocol: ProtocolMeasures): Table {
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
        level(measure!, found.base),
        level(measure!, found.candidate),
        signedWithInterval(measure!, found),
        pText(found.p),
      ],
    ];
  });
  return { columns, rows };
}

/** Targets that moved farthest, in percent. */
export function changedTable({ protocols }: Comparison, pair: ComparedPair, protocol: string): Table {
  const measure = protocols.find(({ id }) => id === protocol)!.measures[0]!;
  const columns = [
    left("benchmark"),
    left("image"),
    left("target"),
    right("base"),
    right("candidate"),
    right("difference"),
  ];
  const rows = pair.mostChanged
    .filter((target) => target.protocol === protocol)
    .map(({ benchmark, image, target, base, candidate }) => [
      ...[benchmark, image, target, level(measure, base), level(measure, candidate)],
      signed(measure, candidate - base),
    ]);
  return { columns, rows };
}
