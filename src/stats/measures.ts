// What is asked of statistics: the measures of protocols; and a row boiled down to them.
import type { TargetParts, TargetScore } from "../core/comparison.ts";
import { type AnyMeasure, isRanked, type RankedItem } from "../core/measure.ts";
import type { Row } from "../core/rows.ts";
import type { ProtocolNote } from "../core/summary.ts";

/** A protocol and what it measures. */
export interface MeasuredProtocol extends Pick<ProtocolNote, "id" | "summary"> {
  readonly measures: readonly AnyMeasure[];
}

/** Boils a row down to its measures, in their order; `without`: names of those that mean nothing for its model. */
export function targetScore(
  row: Row,
  measures: readonly AnyMeasure[],
  without: readonly string[] = [],
): TargetScore {
  const { benchmark, protocol, sample, cluster, target, status } = row;
  const key = { benchmark, protocol, sample, cluster, target, status };
  if (row.status !== "ok") return { ...key, parts: [] };
  return {
    ...key,
    parts: measures.map((measure): TargetParts => {
      if (without.includes(measure.name)) return null;
      if (!isRanked(measure)) return measure.parts(row) ?? null;
      const items = measure.items(row);
      return items.length === 0 ? null : items.map(({ key, parts }) => [key, ...parts]);
    }),
  };
}

/** The items of a ranked measure, as a score holds them. */
export function itemsOf(parts: TargetParts): RankedItem[] {
  return ((parts as readonly (readonly number[])[] | null) ?? []).map(([key, ...own]) => ({
    key: key!,
    parts: own,
  }));
}
