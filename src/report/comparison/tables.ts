// The tables of a comparison, for the page and for texts.

import { comparisonDefaults } from "../../core/defaults.ts";
import type { MeasureNote } from "../../core/measure.ts";
import { targetsWithValues } from "../../core/numbers.ts";
import type {
  BenchmarkMeasure,
  ChangedTarget,
  ComparedCell,
  ComparedGroup,
  GroupMeasure,
  PairedMeasure,
  ProtocolNote,
  Tally,
} from "../../core/results.ts";
import { type Nouns, nounsOf } from "../../core/words.ts";
import { badge, count, formatDifference, formatValue, measureLabel, sentence } from "../kit/format.ts";
import { html } from "../kit/markup.ts";
import { bounded, type Cell, type Column, left, type More, number, right, type Table } from "../kit/table.ts";
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
  movedFar,
  movedLimits,
  overallOf,
  type PairPage,
  type ProtocolPage,
  pText,
  rankedCells,
  shownMeasures,
  tallyText,
  unpairedText,
  verdictOf,
} from "./lookup.ts";

/** The results of one measure, over benchmarks or on one; nothing where there are no pairs. */
interface Row<Found extends PairedMeasure = PairedMeasure> {
  readonly measure: MeasureNote;
  readonly found?: Found | undefined;
}

function found<One extends Row>(
  title: string,
  cell: (found: NonNullable<One["found"]>, measure: MeasureNote) => Cell,
  more: More = {},
): Column<One> {
  return right(title, (row) => (row.found === undefined ? undefined : cell(row.found, row.measure)), more);
}

/** Both means, and the candidate minus the base in the colour of its verdict. */
const means: readonly Column<Row>[] = [
  found("base", ({ base }, measure) => number(formatValue(measure, base), base), {
    head: "Base",
    leaves: 42,
  }),
  found("candidate", ({ candidate }, measure) => number(formatValue(measure, candidate), candidate), {
    ...{ head: "Candidate", leaves: 41 },
  }),
  found(
    "difference [95 %]",
    (own, measure) => {
      const text = formatDifference(measure, own.difference.value);
      const verdict = verdictOf(own, measure);
      const css = verdict === "open" ? "" : `color:var(--${verdict === "better" ? "m0" : "m1"})`;
      const tone =
        verdict === "open" ? {} : { tone: verdict === "better" ? ("good" as const) : ("bad" as const) };
      return {
        ...bounded(text, measure, own.difference, formatDifference),
        className: "score",
        css,
        ...tone,
      };
    },
    { head: "Difference", hint: "candidate minus base" },
  ),
];

const outcomes = "better / same / worse";

function tally(counts: Omit<Tally, "same"> | undefined): Cell {
  return number(tallyText(counts), counts?.moved ?? counts?.better);
}

/** On how many benchmarks. */
const benchmarks = found<Row<GroupMeasure>>("benchmarks +/=/-", (own) => tally(own.benchmarks), {
  ...{ head: "Benchmarks", leaves: 50 },
  explained: { short: outcomes, text: "on how many the candidate is better / the same / worse" },
});

const p = found<Row>("p", (own) => number(pText(own.p), own.p), { leaves: 20 });

/** How many masks, or objects of clips. */
function targets<One extends Row>({ target }: Nouns, more: More = {}): Column<One> {
  return found<One>(`${target}s +/=/-`, (own) => tally(own.targets), {
    ...{ head: sentence(`${target}s`), leaves: 52, ...more },
    explained: { short: outcomes, text: "how many the candidate segments better / the same / worse" },
  });
}

function moved(protocols: readonly ProtocolNote[]): Column<Row> {
  return found<Row>(
    "moved, % +/-",
    (own, measure) => {
      const far = movedFar(measure, own);
      return far === undefined
        ? undefined
        : number(changedText(measure, own), (far.moved ?? far.worse) / targetsWithValues(own));
    },
    {
      ...{ head: "Moved far, %", leaves: 60 },
      explained: {
        short: "better / worse",
        text: `${nounsOf(protocols).target}s whose score changed by more than ${movedLimits(protocols)}, for the better / for the worse`,
      },
    },
  );
}

const detectable = found<Row>(
  "detectable",
  ({ detectable: least = 0 }, measure) =>
    least === 0 ? undefined : number(formatValue(measure, least), least),
  {
    ...{ head: "Detectable", leaves: 55 },
    explained: { text: "the smallest true difference that would have been found with 80 % probability" },
  },
);

/** Too few images do not say what is detectable, and scores that are all alike have no spread to tell from. */
function hasDetectable({ found: own }: Row): boolean {
  return (own?.detectable ?? 0) !== 0;
}

interface OverallRow extends Row<GroupMeasure> {
  readonly protocol: ProtocolNote;
  readonly leads: boolean;
}

/** The suite: every protocol and measure. */
export function overallTable({ comparison, pair }: PairPage): Table<OverallRow> {
  const page = { in: ["page"] } as const;
  const many = comparison.benchmarks.length > 1;
  const rows = comparison.protocols.flatMap((protocol) =>
    shownMeasures(pair, protocol).map((measure, m): OverallRow => {
      const own = measured(overallOf(pair, protocol.id), measure.id);
      return { measure, found: own, protocol, leads: m === 0 };
    }),
  );
  return {
    columns: [
      left("protocol", ({ protocol }) => protocol.id, { in: ["markdown", "terminal"] }),
      left(
        "measure",
        ({ measure, protocol }) => {
          const text = measureLabel(measure);
          return { text, page: html`${text}<small>${protocol.id}</small>` };
        },
        { head: "Measure" },
      ),
      ...[...means, p, ...(many ? [benchmarks] : [])],
      ...(many
        ? [
            found<OverallRow>("Clear", ({ clear }) => tally(clear), {
              ...page,
              explained: {
                short: "better / worse",
                text: `on how many benchmarks p is below ${comparisonDefaults.alpha} after Holm's correction`,
              },
            }),
          ]
        : []),
      targets<OverallRow>(nounsOf(comparison.protocols), many ? page : {}),
      moved(comparison.protocols),
      ...(rows.some(hasDetectable) ? [{ ...detectable, ...page }] : []),
    ],
    rows,
    mark: ({ leads }) => (leads ? { className: "group" } : {}),
  };
}

interface BenchmarkRow extends Row<BenchmarkMeasure> {
  readonly cell: ComparedCell;
}

/** Benchmarks of a protocol, the most improved first, by its first measure; other measures as differences. */
export function benchmarksTable({
  comparison,
  pair,
  protocol,
  measure,
  ids,
}: ProtocolPage): Table<BenchmarkRow> {
  const bound = firstBound(pair, protocol);
  const rows = rankedCells(pair, protocol.id, measure).map((cell): BenchmarkRow => {
    return { cell, measure, found: measured(cell, measure.id) };
  });
  const beside = (other: MeasureNote, title: string, more: More) =>
    right<BenchmarkRow>(
      title,
      ({ cell }) => {
        const own = measured(cell, other.id)?.difference;
        if (own === undefined) return undefined;
        return { ...number(formatDifference(other, own.value), own.value), badge: badge(own) };
      },
      more,
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
      ...means,
      found("p (Holm)", (own) => number(pText(own.p), own.holm, `(${pText(own.holm)})`), {
        ...{
          leaves: 20,
          explained: { text: "of the sign-flip test; in brackets corrected for the number of benchmarks" },
        },
      }),
      ...(bound === undefined
        ? []
        : [beside(bound, bound.title, { in: ["markdown", "terminal"], leaves: 58 })]),
      ...besideFirst(pair, protocol).map((other) =>
        beside(other, besideLabel(measure, other), { in: ["page"], hint: "difference" }),
      ),
      targets<BenchmarkRow>(nounsOf(comparison.protocols)),
      { ...moved([protocol]), in: ["page", "markdown"] },
      ...(rows.some(hasDetectable) ? [detectable] : []),
      right(
        "pairs",
        ({ cell: { pairing } }) => ({
          ...{ ...number(count(pairing.pairs), pairing.pairs), notes: [unpairedText(pairing)] },
        }),
        { head: "Pairs", in: ["page", "markdown"] },
      ),
      left("not paired", ({ cell }) => unpairedText(cell.pairing), { in: ["markdown"] }),
    ],
    rows,
    mark: ({ cell }) => ({ id: ids.get(cell.benchmark)! }),
  };
}

interface DomainRow extends Row<GroupMeasure> {
  readonly group: ComparedGroup;
}

/** Domains of a protocol by its first measure. */
export function domainsTable({ pair, protocol, measure }: ProtocolPage): Table<DomainRow> {
  const name = left<DomainRow>("domain", ({ group }) => group.name ?? "", { head: "Domain" });
  return {
    columns: [name, ...means, p, benchmarks, { ...moved([protocol]), in: ["page"] }],
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
