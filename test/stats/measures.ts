// Measures and rows for tests: a row's scores are what measures read, by their id.
import { type Measure, type MeasureNote, meanValue, type RankedMeasure } from "../../src/core/measure.ts";
import type { ScoredRow } from "../../src/core/rows.ts";

export function noteOf(id: string, extra: Partial<MeasureNote> = {}): MeasureNote {
  const [name = "", at = ""] = id.split("@");
  return {
    ...{ id, name, of: name, at, title: id, unit: "share", better: "higher", show: "main", meaning: "" },
    ...extra,
  };
}

const scoreOf = ({ steps }: ScoredRow, id: string) => steps[0]!.scores[id];

/** The mean of the score that goes by the measure's id. */
export function meanOf(id: string, extra: Partial<MeasureNote> = {}): Measure {
  return {
    ...noteOf(id, extra),
    parts: (row) => {
      const score = scoreOf(row, id);
      return score === undefined ? undefined : [score, 1];
    },
    value: meanValue,
  };
}

/** Sum of one score / sum of another: no mean, and its targets weigh differently. */
export function ratioOf(id: string, over: string, under: string): Measure {
  return {
    ...noteOf(id),
    parts: (row) => {
      const [a, b] = [scoreOf(row, over), scoreOf(row, under)];
      return a === undefined || b === undefined ? undefined : [a, b];
    },
    value: (sums) => sums[0]! / sums[1]!,
  };
}

/** The largest key that counts: changes with a single target. */
export function largestOf(id: string, score: string): RankedMeasure {
  return {
    ...noteOf(id),
    items: (row) => {
      const key = scoreOf(row, score);
      return key === undefined ? [] : [{ key, parts: [] }];
    },
    value: (items, times) => {
      for (let i = items.length - 1; i >= 0; i -= 1) if (times[i]! > 0) return items[i]!.key;
      return undefined;
    },
  };
}

export function rowOf(
  cluster: string,
  target: string,
  scores: Readonly<Record<string, number>>,
  benchmark = "b",
): ScoredRow {
  return {
    ...{ model: "m", benchmark, protocol: "p", sample: cluster, cluster, target, status: "ok" },
    ...{ size: { width: 10, height: 10 }, area: 10, box: [0, 0, 9, 9] },
    steps: [{ at: { clicks: 1 }, chosen: 0, candidates: [], scores }],
  };
}
