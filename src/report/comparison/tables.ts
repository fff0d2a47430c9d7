// The tables of a comparison, for the page and for texts.
import type {
  BenchmarkMeasure,
  ChangedTarget,
  ComparedCell,
  ComparedGroup,
  GroupMeasure,
  PairedMeasure,
  Tally,
} from "../../core/comparison.ts";
import type { MeasureNote } from "../../core/measure.ts";
import type { ProtocolNote } from "../../core/summary.ts";
import { count, formatDifference, formatValue } from "../kit/format.ts";
import { html } from "../kit/markup.ts";
import { type Cell, type Column, left, number, right, type Table } from "../kit/table.ts";
import { measureOf } from "../lookup.ts";
import {
  benchmarkTitle,
  besideFirst,
  besideLabel,
  changedText,
  domainsOf,
  domainsOfBenchmark,
  firstBound,
  measured,
  measureLabel,
  movedFar,
  overallOf,
  type PairPage,
  type ProtocolPage,
  pText,
  rankedCells,
  shownMeasures,
  signedInterval,
  tallyText,
  unpairedText,
  verdictOf,
} from "./lookup.ts";

/** What a row says of one measure; nothing where there are no pairs. */
interface Pairs<Found extends PairedMeasure> {
  readonly measure: MeasureNote;
  readonly found?: Found | undefined;
}

/** A column of what was found. */
function found<Found extends PairedMeasure, Row extends Pairs<Found>>(
  title: string,
  cell: (measure: MeasureNote, found: Found) => Cell,
  more?: Partial<Column<Row>>,
): Column<Row> {
  const whole = (row: Row) => (row.found === undefined ? undefined : cell(row.measure, row.found));
  return right(title, whole, more);
}

/** Both means, and the candidate minus the base in the colour of its verdict. */
function means<Row extends Pairs<PairedMeasure>>(): Column<Row>[] {
  const level = (side: "base" | "candidate", head: string) =>
    found<PairedMeasure, Row>(side, (measure, own) => number(formatValue(measure, own[side]), own[side]), {
      head,
    });
  return [
    ...[level("base", "Base"), level("candidate", "Candidate")],
    found(
      "difference [95 %]",
      (measure, own) => {
        const { value } = own.difference;
        const verdict = verdictOf(own, measure);
        const css = verdict === "open" ? "" : `color:var(--${verdict === "better" ? "m0" : "m1"})`;
        const interval = signedInterval(measure, own);
        return { ...number(formatDifference(measure, value), value, interval), className: "score", css };
      },
      { head: "Difference", hint: "candidate minus base" },
    ),
  ];
}

const outcomes = { hint: "better / the same / worse" };

function tally(counts: Tally | undefined): Cell {
  return number(tallyText(counts), counts?.better);
}

function moved<Row extends Pairs<PairedMeasure>>(places: Column<Row>["in"]): Column<Row> {
  return found(
    "moved, % +/-",
    (measure, own) => {
      const far = movedFar(measure, own);
      return far === undefined ? undefined : number(changedText(measure, own), far.worse / own.difference.n);
    },
    {
      ...{ head: "Moved far, %", ...(places === undefined ? {} : { in: places }) },
      hint: "masks that became better / worse by more than the definitions say",
    },
  );
}

function detectable<Row extends Pairs<PairedMeasure>>(more: Partial<Column<Row>>): Column<Row> {
  return found(
    "detectable",
    (measure, own) =>
      own.detectable === undefined ? undefined : number(formatValue(measure, own.detectable), own.detectable),
    { head: "Detectable", ...more },
  );
}

interface OverallRow extends Pairs<GroupMeasure> {
  readonly protocol: ProtocolNote;
  readonly leads: boolean;
}

/** The suite: every protocol and measure. */
export function overallTable({ comparison, pair }: PairPage): Table<OverallRow> {
  const texts = ["markdown", "terminal"] as const;
  const page = ["page"] as const;
  return {
    columns: [
      left("protocol", ({ protocol }) => protocol.id, { in: texts }),
      left(
        "measure",
        ({ measure, protocol }) => {
          const text = measureLabel(measure);
          return { text, page: html`${text}<small>${protocol.id}</small>` };
        },
        { head: "Measure" },
      ),
      ...means<OverallRow>(),
      found<GroupMeasure, OverallRow>("p", (_, { p }) => number(pText(p), p)),
      found<GroupMeasure, OverallRow>("benchmarks +/=/-", (_, { benchmarks }) => tally(benchmarks), {
        ...{ head: "Benchmarks", ...outcomes },
      }),
      found<GroupMeasure, OverallRow>(
        "Clear",
        (_, { clear }) => number(`${clear.better} / ${clear.worse}`, clear.better),
        { hint: "better / worse after Holm's correction", in: page },
      ),
      found<GroupMeasure, OverallRow>("Masks", (_, { targets }) => tally(targets), { ...outcomes, in: page }),
      moved(undefined),
      detectable({ hint: "smallest difference found with 80 % probability", in: page }),
    ],
    rows: comparison.protocols.flatMap((protocol) =>
      shownMeasures(pair, protocol).map((measure, m) => {
        const own = measured(overallOf(pair, protocol.id), measure.id);
        return { measure, found: own, protocol, leads: m === 0 };
      }),
    ),
    mark: ({ leads }) => (leads ? { className: "group" } : {}),
  };
}

interface BenchmarkRow extends Pairs<BenchmarkMeasure> {
  readonly cell: ComparedCell;
}

/** Benchmarks of a protocol, the most improved first, by its first measure; other measures as differences. */
export function benchmarksTable(input: ProtocolPage): Table<BenchmarkRow> {
  const { comparison, pair, protocol, measure, ids } = input;
  const bound = firstBound(pair, protocol);
  const beside = (other: MeasureNote, title: string, places: Column<BenchmarkRow>["in"], hint?: string) =>
    right<BenchmarkRow>(
      title,
      ({ cell }) => {
        const value = measured(cell, other.id)?.difference.value;
        return value === undefined ? undefined : number(formatDifference(other, value), value);
      },
      { hint, ...(places === undefined ? {} : { in: places }) },
    );
  return {
    columns: [
      left(
        "benchmark",
        ({ cell: { benchmark } }) => {
          const what = [benchmark, ...domainsOfBenchmark(comparison, benchmark)].join(" · ");
          const title = benchmarkTitle(comparison, benchmark);
          return { text: benchmark, page: html`<span class="name">${title}</span><small>${what}</small>` };
        },
        { head: "Benchmark" },
      ),
      ...means<BenchmarkRow>(),
      found<BenchmarkMeasure, BenchmarkRow>(
        "p (Holm)",
        (_, { p, holm }) => number(pText(p), holm, `(${pText(holm)})`),
        {
          hint: "sign-flip test; corrected for the number of benchmarks",
        },
      ),
      ...(bound === undefined ? [] : [beside(bound, bound.title, ["markdown", "terminal"])]),
      ...besideFirst(pair, protocol).map((other) =>
        beside(other, besideLabel(measure, other), ["page"], "difference"),
      ),
      found<BenchmarkMeasure, BenchmarkRow>("masks +/=/-", (_, { targets }) => tally(targets), {
        head: "Masks",
        ...outcomes,
      }),
      moved<BenchmarkRow>(["page", "markdown"]),
      detectable<BenchmarkRow>({}),
      right(
        "pairs",
        ({ cell: { pairing } }) => ({
          ...number(count(pairing.pairs), pairing.pairs),
          notes: [unpairedText(pairing)],
        }),
        { head: "Pairs", in: ["page", "markdown"] },
      ),
      left("not paired", ({ cell }) => unpairedText(cell.pairing), { in: ["markdown"] }),
    ],
    rows: rankedCells(pair, protocol.id, measure).map((cell) => ({
      ...{ cell, measure, found: measured(cell, measure.id) },
    })),
    mark: ({ cell }) => ({ id: ids.get(cell.benchmark)! }),
  };
}

interface DomainRow extends Pairs<GroupMeasure> {
  readonly group: ComparedGroup;
}

/** Domains of a protocol by its first measure. */
export function domainsTable({ pair, protocol, measure }: ProtocolPage): Table<DomainRow> {
  return {
    columns: [
      left("domain", ({ group }) => group.name ?? "", { head: "Domain" }),
      ...means<DomainRow>(),
      found<GroupMeasure, DomainRow>("p", (_, { p }) => number(pText(p), p)),
      found<GroupMeasure, DomainRow>("benchmarks +/=/-", (_, { benchmarks }) => tally(benchmarks), {
        ...{ head: "Benchmarks", ...outcomes },
      }),
      moved<DomainRow>(["page"]),
    ],
    rows: domainsOf(pair, protocol.id).flatMap((group) => {
      const own = measured(group, measure.id);
      return own === undefined ? [] : [{ group, measure, found: own }];
    }),
  };
}

/** Targets that moved farthest. */
export function changedTable({ comparison, pair, protocol }: ProtocolPage): Table<ChangedTarget> {
  const text =
    (format: typeof formatValue, numberOf: (target: ChangedTarget) => number) => (target: ChangedTarget) =>
      format(measureOf(comparison.protocols, protocol.id, target.measure)!, numberOf(target));
  return {
    columns: [
      left("benchmark", ({ benchmark }) => benchmark),
      left("sample", ({ sample }) => sample),
      left("target", ({ target }) => target),
      right(
        "base",
        text(formatValue, ({ base }) => base),
      ),
      right(
        "candidate",
        text(formatValue, ({ candidate }) => candidate),
      ),
      right(
        "difference",
        text(formatDifference, ({ base, candidate }) => candidate - base),
      ),
    ],
    rows: pair.mostChanged.filter((target) => target.protocol === protocol.id),
  };
}
