// Published differences of two models beside those that a comparison measured, with their intervals.
import type { ComparedPair, Comparison, PairedMeasure } from "../core/comparison.ts";
import type { MeasureNote } from "../core/measure.ts";
import type { PublishedDifference, PublishedNumber, PublishedNumbers } from "../core/published.ts";
import { besideOurs, usesProtocol } from "./published-verdict.ts";

/** Names under which numbers are published; from the cards of both sides. */
export interface ComparedKeys {
  readonly base: string;
  readonly candidate: string;
  /** Published name by the run's name of a benchmark, where they differ. */
  readonly benchmarks: Readonly<Record<string, string>>;
}

/** Candidate minus base as published, where one publication has both, beside ours; in the order of protocols, then as published. */
export function publishedDifferences(
  { base, benchmarks, protocols }: Pick<Comparison, "base" | "benchmarks" | "protocols">,
  pair: Pick<ComparedPair, "candidate" | "groups" | "cells">,
  keys: ComparedKeys,
  { numbers }: PublishedNumbers,
): PublishedDifference[] {
  const own = new Map(benchmarks.map(({ name }) => [keys.benchmarks[name] ?? name, name]));
  const printed = printedDifferences(numbers, keys);
  const known = [...printed, ...differencesOfScores(numbers, keys)];
  return protocols.flatMap(({ id: protocol, measures: notes }) =>
    known.flatMap((number) => {
      if (!usesProtocol(number, protocol)) return [];
      // A bound was published minus the other model's own score: there are no pairs of ours.
      if (printed.includes(number) && isBound(notes, number)) return [];
      const name = number.on.kind === "suite" ? number.on.name : own.get(number.on.name);
      const measures = measuresFor(number, protocol, pair, own);
      const ours = measures?.find(({ measure }) => measure === number.measure);
      if (name === undefined || ours === undefined) return [];
      const beside = besideOurs(number, protocol, ours.difference);
      return [{ ...beside, name, model: pair.candidate, minus: base.name }];
    }),
  );
}

/** What was measured on a number's benchmark, or over exactly the benchmarks of its suite. */
function measuresFor(
  { on }: PublishedNumber,
  protocol: string,
  { groups, cells }: Pick<ComparedPair, "groups" | "cells">,
  own: ReadonlyMap<string, string>,
): readonly PairedMeasure[] | undefined {
  const scored = cells.filter((cell) => cell.protocol === protocol && cell.measures.length > 0);
  if (on.kind === "benchmark")
    return scored.find(({ benchmark }) => benchmark === own.get(on.name))?.measures;
  const all = on.benchmarks.every((name) => scored.some(({ benchmark }) => benchmark === own.get(name)));
  if (!all || scored.length !== on.benchmarks.length) return undefined;
  return groups.find((group) => group.kind === "overall" && group.protocol === protocol)?.measures;
}

function isBound(notes: readonly MeasureNote[], { measure }: PublishedNumber): boolean {
  return notes.some(({ id, boundOf }) => id === measure && boundOf !== undefined);
}

/** Differences that were published as such, in either direction. */
function printedDifferences(
  numbers: readonly PublishedNumber[],
  { base, candidate }: ComparedKeys,
): PublishedNumber[] {
  return numbers.flatMap((number) => {
    if (number.model === candidate && number.minus === base) return [number];
    return number.model === base && number.minus === candidate ? [{ ...number, value: -number.value }] : [];
  });
}

/** Scores of both models in the same table; digitising errors add up. */
function differencesOfScores(
  numbers: readonly PublishedNumber[],
  { base, candidate }: ComparedKeys,
): PublishedNumber[] {
  const scores = numbers.filter(({ minus }) => minus === undefined);
  return scores.flatMap((ours) => {
    if (ours.model !== candidate || base === candidate) return [];
    const theirs = scores.find((number) => number.model === base && sameColumn(number, ours));
    if (theirs === undefined) return [];
    const error = (ours.error ?? 0) + (theirs.error ?? 0);
    const value = Number((ours.value - theirs.value).toFixed(8));
    return [{ ...ours, value, ...(error === 0 ? {} : { error }) }];
  });
}

function sameColumn(a: PublishedNumber, b: PublishedNumber): boolean {
  return (
    a.source === b.source && a.on.kind === b.on.kind && a.on.name === b.on.name && a.measure === b.measure
  );
}
