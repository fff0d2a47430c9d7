// The table of a protocol that text reports share: suites first, then every benchmark.
import type { Summary } from "../core/summary.ts";
import { count, percent, percentWithInterval } from "./format-number.ts";
import {
  cellOf,
  droppedOf,
  modelTitle,
  oracleRounds,
  roundAt,
  roundLabel,
  shownRounds,
  suiteOf,
  totalsOf,
} from "./lookup.ts";
import type { Column, Table } from "./table.ts";

/** Rows of suites and benchmarks under one protocol; the first round carries its interval, or every round does. */
export function protocolTable(summary: Summary, protocol: string, intervals: "first" | "all"): Table {
  const rounds = shownRounds(summary, protocol);
  const oracles = oracleRounds(summary, protocol);
  const severalModels = summary.models.length > 1;
  const left = (title: string): Column => ({ title, align: "left" });
  const right = (title: string): Column => ({ title, align: "right" });
  const columns = [
    left("benchmark"),
    ...(severalModels ? [left("model")] : []),
    ...rounds.flatMap((clicks, r) => [
      right(r === 0 || clicks < 1 ? roundLabel(protocol, clicks) : String(clicks)),
      ...(oracles.has(clicks) ? [right("oracle")] : []),
    ]),
    right("masks"),
    right("drop"),
    right("fail"),
  ];
  const show =
    intervals === "all" ? () => percentWithInterval : (r: number) => (r === 0 ? percentWithInterval : short);
  const suiteRow = (model: string, average: "macro" | "micro") => {
    const suite = suiteOf(summary, protocol, model);
    if (suite === undefined) return [];
    const totals = totalsOf(summary, protocol, model);
    return [
      [
        `suite (${average})`,
        ...(severalModels ? [modelTitle(summary, model)] : []),
        ...rounds.flatMap((clicks, r) => {
          const round = suite.rounds.find((candidate) => candidate.clicks === clicks);
          const oracle = average === "macro" ? round?.oracleMacro : round?.oracleMicro;
          return [
            round === undefined ? "-" : show(r)(round[average]),
            ...(oracles.has(clicks) ? [oracle === undefined ? "-" : show(1)(oracle)] : []),
          ];
        }),
        ...[totals.scored, totals.dropped, totals.failed].map(count),
      ],
    ];
  };
  const suites = (["macro", "micro"] as const).flatMap((average) =>
    summary.models.flatMap(({ name }) => suiteRow(name, average)),
  );
  const cells = summary.benchmarks.flatMap((benchmark) =>
    summary.models.flatMap(({ name }) => {
      const cell = cellOf(summary, protocol, benchmark.name, name);
      if (cell === undefined) return [];
      return [
        [
          benchmark.name,
          ...(severalModels ? [modelTitle(summary, name)] : []),
          ...rounds.flatMap((clicks, r) => {
            const round = roundAt(cell.rounds, clicks);
            return [
              round === undefined ? "-" : show(r)(round.miou),
              ...(oracles.has(clicks) ? [round?.oracle === undefined ? "-" : show(1)(round.oracle)] : []),
            ];
          }),
          ...[cell.counts.scored, droppedOf(cell), cell.counts.failed].map(count),
        ],
      ];
    }),
  );
  return { columns, rows: [...suites, ...cells] };
}

function short({ value }: { readonly value: number }): string {
  return percent(value);
}
