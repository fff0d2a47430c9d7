// What statistics, comparisons, gates, tables and plots know about a number: nothing here or above names a metric, a click or a frame.
import { given } from "./given.ts";
import type { RowStep, ScoredRow } from "./rows.ts";
import type { MeasureNote, Reliability } from "./schema-types.ts";
import type { BitMask, Target } from "./types.ts";
import type { Unit } from "./units.ts";

export type { Estimate, MeasureNote, Reliability } from "./schema-types.ts";
export { type Unit, type UnitText, units } from "./units.ts";

/** A value and the ends of its interval, where it has one, as they are written: times the unit's `scale`. */
export function scaledInterval(
  {
    value,
    low,
    high,
  }: Readonly<Record<"value", number> & Partial<Record<"low" | "high", number | undefined>>>,
  scale: number,
) {
  const times = (end: number | undefined) => (end === undefined ? undefined : scale * end);
  return given({ value: scale * value, low: times(low), high: times(high) });
}

/** One number that rows give, from sums that can be added up in any order. */
export interface Measure extends MeasureNote {
  /** What a row adds, as a vector of sums; undefined: the row does not count. A mean is [value, 1]. */
  parts(row: ScoredRow): readonly number[] | undefined;
  /** The number from added-up parts. */
  value(sums: readonly number[]): number;
  /** What a plot shows of the added-up parts beyond the number. */
  detail?(sums: readonly number[]): MeasureDetail;
  /** Tables of rows have a column of it: its value of each row. Absent: what it is made of stands there already. */
  readonly column?: true;
}

/**
 * The value of a mean, whose parts are [value, 1]. A measure that uses this very function is known to be one: differences of
 * means are taken target by target, which is quicker and rounds less than differences of sums.
 */
export function meanValue(sums: readonly number[]): number {
  return sums[0]! / sums[1]!;
}

/** A mean over rows: each adds its value once, unless it has none. */
export function meanMeasure(note: MeasureNote, numberOf: (row: ScoredRow) => number | undefined): Measure {
  return {
    ...note,
    parts: (row) => {
      const value = numberOf(row);
      return value === undefined ? undefined : [value, 1];
    },
    value: meanValue,
  };
}

/** A measure's id, which is its name too, and its title; `more`: what is not as of most shares, of which more is better. */
export type Named = readonly [id: string, title: string, more?: Partial<MeasureNote>];

export function shareNote([id, title, more]: Named, meaning: string): MeasureNote {
  const usual = { of: title, at: "", title, unit: "share", better: "higher", show: "more" } as const;
  return { ...{ id, name: id, ...usual }, ...more, meaning };
}

/** An entry of a ranking: its place, and what it carries. */
export interface RankedItem {
  readonly key: number;
  readonly parts: readonly number[];
}

/** One number that needs a ranking over all rows: average precision, a rank correlation, a median. */
export interface RankedMeasure extends MeasureNote {
  items(row: ScoredRow): readonly RankedItem[];
  /**
   * The number from items in the order of their keys (ascending, ties by cluster, then in the order of rows), each counted as often as
   * `times` says; undefined where there is none (a correlation of constants).
   */
  value(items: readonly RankedItem[], times: ArrayLike<number>): number | undefined;
  /**
   * The same for many draws of clusters, where preparing once is worth it: item i belongs to cluster `owners[i]`, and the function returned
   * takes how often each cluster counts, a whole number.
   */
  prepared?(
    items: readonly RankedItem[],
    owners: Int32Array,
  ): (times: ArrayLike<number>) => number | undefined;
}

export type AnyMeasure = Measure | RankedMeasure;

export function isRanked(measure: AnyMeasure): measure is RankedMeasure {
  return "items" in measure;
}

/** What a plot shows of a measure beyond the number. */
export type MeasureDetail = Reliability;

/** A measure without its functions. */
export function noteOf(measure: MeasureNote): MeasureNote {
  const { id, name, of, at, title, unit, better, axis, curve, step, boundOf, show, part, leads } = measure;
  const { broken, group, meaning } = measure;
  return given({
    ...{ id, name, of, at, title, unit, better, axis, curve, step, boundOf, show, part, leads, broken },
    ...{ group, meaning },
  });
}

/** The column of an index of rows with the model's own estimates of the masks that a measure scores; undefined where it reads more than a step. */
export function estimateColumn({ step }: Pick<MeasureNote, "step">): string | undefined {
  if (step === undefined) return undefined;
  return `estimate@${step.clicks}${step.draw === undefined ? "" : `.${step.draw}`}`;
}

/**
 * What must hold for a row, declared with the task, protocol or metric it belongs to: problems as sentences, none for a valid row.
 * `metrics`: those of the plan, where they are known, as they are when rows are written.
 */
export type Invariant = (row: ScoredRow, metrics?: readonly string[]) => readonly string[];

/** An invariant of each step alone: its problem, undefined for a valid step. Sentences are made only when needed: millions of rows are valid. */
export function ofSteps(problemOf: (step: RowStep) => string | undefined): Invariant {
  return ({ steps }) => {
    let problems: string[] | undefined;
    for (let i = 0; i < steps.length; i += 1) {
      const problem = problemOf(steps[i]!);
      if (problem === undefined) continue;
      problems ??= [];
      problems.push(`step ${i}: ${problem}`);
    }
    return problems ?? sound;
  };
}

const sound: readonly string[] = [];

// ---------------------------------------------------------------------------------------------------- metrics

/** What a benchmark's card says that a metric may need; absent: the metric's own default. */
export interface MetricSettings {
  /** How far apart two surfaces may lie and still agree, in pixels. */
  readonly surfaceTolerance?: number;
  /** By whose rules the frames of a clip count; default: vos-benchmark. */
  readonly evaluator?: "davis2017" | "vos-benchmark" | "sa-v";
}

/** A score of one mask against one target. A new one is a file of src/metrics and a line of its registry. */
export interface Metric {
  /** Key in a row's scores, in `metrics:` of a run file, and before the "@" of a measure. */
  readonly name: string;
  /** In a heading: "Dice", "boundary IoU". */
  readonly title: string;
  /** A sentence for the page's definitions. */
  readonly meaning: string;
  readonly unit: Unit;
  readonly better: "higher" | "lower";
  /** What it costs, as a phrase: "next to nothing", "about twice the time of ...". */
  readonly cost: string;
  /** Prepares what depends on the target alone; the function returned scores masks of the target's size. Finite numbers only. */
  against(target: Target, settings: MetricSettings): (mask: BitMask) => number;
  /** What must hold for a row that has it. */
  readonly invariants?: readonly Invariant[];
  /** Metrics added along with this one: a count of the cases in which it falls back on a convention. */
  readonly with?: readonly string[];
}

/** What must hold for rows that have a metric: shares lie in [0, 1], and the metric's own invariants. */
export function metricInvariants({
  name,
  unit,
  invariants = [],
}: Pick<Metric, "name" | "unit" | "invariants">): readonly Invariant[] {
  const range = ofSteps(({ scores }) => {
    const score = scores[name];
    return score === undefined || (score >= 0 && score <= 1)
      ? undefined
      : `${name} ${score} is not in [0, 1]`;
  });
  return unit === "share" ? [range, ...invariants] : invariants;
}
