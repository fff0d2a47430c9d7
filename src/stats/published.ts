// Lays published numbers beside a run's or a comparison's: which of them stand for the same models, benchmark and protocol. Pure
// matching.

import { given } from "../core/given.ts";
import type { Estimate, MeasureNote } from "../core/measure.ts";
import { mean } from "../core/numbers.ts";
import type {
  Cell,
  ComparedPair,
  Comparison,
  MissingSuite,
  PairedMeasure,
  PublishedDifference,
  PublishedMatch,
  PublishedModel,
  PublishedNumber,
  PublishedNumbers,
  PublishedScore,
  PublishedVerdict,
  Summary,
} from "../core/results.ts";

/** Names under which numbers are published; from the cards. */
export interface PublishedKeys {
  /** Key by the run's name of a model; models without one are left out. */
  readonly models: Readonly<Record<string, string>>;
  /** Published name by the run's name of a benchmark, where they differ. */
  readonly benchmarks: Readonly<Record<string, string>>;
}

/**
 * Every published number that the run has its own for, in the order of the run's models and protocols; then suites before
 * benchmarks, the same protocol before a near one, printed before digitised.
 */
export function matchPublished(
  summary: Summary,
  keys: PublishedKeys,
  { numbers }: PublishedNumbers,
): PublishedMatch {
  const names = summary.models.map(({ name }) => name).filter((name) => keys.models[name] !== undefined);
  const run: Run = {
    summary,
    own: new Map(summary.benchmarks.map(({ name }) => [keys.benchmarks[name] ?? name, name])),
  };
  const scores = numbers.filter(({ minus }) => minus === undefined);
  return {
    models: names.map((model) => matchModel(run, model, keys.models[model]!, scores)),
    differences: names.flatMap((model) =>
      names.flatMap((minus) => {
        const [first, second] = [keys.models[model], keys.models[minus]];
        const printed = numbers.filter((one) => one.model === first && one.minus === second);
        return differencesOf(run, model, minus, printed);
      }),
    ),
  };
}

interface Run {
  readonly summary: Summary;
  /** The run's name of a benchmark by its published name. */
  readonly own: ReadonlyMap<string, string>;
}

function matchModel(
  run: Run,
  model: string,
  key: string,
  numbers: readonly PublishedNumber[],
): PublishedModel {
  const published = numbers.filter((number) => number.model === key);
  const scores: PublishedScore[] = [];
  const missing: MissingSuite[] = [];
  for (const { id: protocol } of run.summary.protocols)
    for (const number of published) {
      if (!usesProtocol(number, protocol)) continue;
      const ours = ownEstimate(run, model, protocol, number);
      const lacks = lackingBenchmarks(run, model, protocol, number);
      if (number.on.kind === "suite" && lacks.length > 0) {
        const { name, benchmarks } = number.on;
        if (!missing.some((one) => one.suite === name && one.protocol === protocol))
          missing.push({ suite: name, protocol, benchmarks: benchmarks.length, missing: lacks });
      } else if (ours !== undefined) scores.push(besideOurs(number, protocol, ours, ownName(run, number)));
    }
  const ordered = run.summary.protocols.flatMap(({ id }) =>
    scores.filter(({ protocol }) => protocol === id).sort((a, b) => rankOf(a) - rankOf(b)),
  );
  return { model, key, scores: ordered, missing, nothing: nothingPublished(run, model, scores) };
}

function rankOf({ on, verdict, kind }: PublishedScore): number {
  return (on === "suite" ? 0 : 4) + (verdict === "other" ? 2 : 0) + (kind === "digitised" ? 1 : 0);
}

/** Per protocol, the model's scored benchmarks that have no published number of their own. */
function nothingPublished({ summary }: Run, model: string, scores: readonly PublishedScore[]) {
  return summary.protocols.flatMap(({ id: protocol }) => {
    const beside = scores.filter((score) => score.on === "benchmark" && score.protocol === protocol);
    const benchmarks = summary.cells
      .filter((cell) => cell.model === model && cell.protocol === protocol && isScored(cell))
      .flatMap(({ benchmark }) => (beside.some(({ name }) => name === benchmark) ? [] : [benchmark]));
    return benchmarks.length === 0 ? [] : [{ protocol, benchmarks }];
  });
}

/** The run's first model minus its second; without an interval, which takes pairs: see `segbench compare`. */
function differencesOf(
  run: Run,
  model: string,
  minus: string,
  numbers: readonly PublishedNumber[],
): PublishedDifference[] {
  return run.summary.protocols.flatMap(({ id: protocol, measures: notes }) =>
    numbers.flatMap((number) => {
      if (!usesProtocol(number, protocol)) return [];
      const first = ownEstimate(run, model, protocol, number);
      // A bound was published minus the other model's own score.
      const measure = boundOf(notes, number) ?? number.measure;
      const second = ownEstimate(run, minus, protocol, { ...number, measure });
      if (first === undefined || second === undefined) return [];
      const { n, clusters } = first;
      const ours: Estimate = { value: first.value - second.value, n, clusters };
      return [{ ...besideOurs(number, protocol, ours, ownName(run, number)), model, minus }];
    }),
  );
}

/** The measure that a number's own one is a bound of. */
function boundOf(notes: readonly MeasureNote[], { measure }: PublishedNumber): string | undefined {
  return notes.find(({ id }) => id === measure)?.boundOf;
}

function isScored({ measures }: Cell): boolean {
  return Object.keys(measures).length > 0;
}

function ownName({ own }: Run, { on }: PublishedNumber): string {
  return on.kind === "suite" ? on.name : own.get(on.name)!;
}

/** Benchmarks of a number's suite without a score of the model, by their published names. */
function lackingBenchmarks(run: Run, model: string, protocol: string, { on }: PublishedNumber) {
  if (on.kind === "benchmark") return [];
  const scored = (cell: Cell | undefined) => cell !== undefined && isScored(cell);
  return on.benchmarks.filter((name) => !scored(cellOf(run, model, protocol, name)));
}

function cellOf({ summary, own }: Run, model: string, protocol: string, published: string): Cell | undefined {
  const name = own.get(published);
  return summary.cells.find(
    (cell) => cell.benchmark === name && cell.model === model && cell.protocol === protocol,
  );
}

/** What the run has for a number: undefined where its benchmark, or one of its suite, has no such score. */
function ownEstimate(
  run: Run,
  model: string,
  protocol: string,
  { on, measure }: PublishedNumber,
): Estimate | undefined {
  const scoreOf = (name: string) => cellOf(run, model, protocol, name)?.measures[measure];
  if (on.kind === "benchmark") return scoreOf(on.name);
  const scores = on.benchmarks.map(scoreOf).filter((score) => score !== undefined);
  if (scores.length < on.benchmarks.length) return undefined;
  const suite = run.summary.suites.find((one) => one.model === model && one.protocol === protocol);
  const macro = suite?.measures[measure]?.macro;
  // A run with further benchmarks has no bootstrap of these alone.
  if (suite?.benchmarks === on.benchmarks.length && macro !== undefined) return macro;
  return {
    value: mean(scores.map(({ value }) => value)),
    n: scores.reduce((all, { n }) => all + n, 0),
    clusters: scores.reduce((all, one) => all + one.clusters, 0),
  };
}

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
      if (printed.includes(number) && boundOf(notes, number) !== undefined) return [];
      const name = number.on.kind === "suite" ? number.on.name : own.get(number.on.name);
      const measures = measuresFor(number, protocol, pair, own);
      const ours = measures?.find(({ measure }) => measure === number.measure);
      if (name === undefined || ours === undefined) return [];
      const beside = besideOurs(number, protocol, ours.difference, name);
      return [{ ...beside, model: pair.candidate, minus: base.name }];
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

/** Does a number belong beside scores of a protocol: as the same, or as a near one? */
function usesProtocol({ protocol, near }: PublishedNumber, id: string): boolean {
  return protocol === id || near.includes(id);
}

/** A number beside ours, of `name`, under one of our protocols. */
function besideOurs(number: PublishedNumber, protocol: string, ours: Estimate, name: string): PublishedScore {
  const { on, measure, value, differs, source, url, kind, error, stated, split, masks } = number;
  const same = number.protocol === protocol;
  const verdict = same ? verdictOf(value, error ?? 0, ours) : "other";
  return given({
    ...{ protocol, on: on.kind, measure, value, source, url, kind, stated, error, split, masks },
    ...{ differs: same ? undefined : differs, ours, difference: ours.value - value, verdict, name },
  });
}

/** Where a published value lies with respect to our interval; borders belong to it. */
export function verdictOf(value: number, error: number, { low, high }: Estimate): PublishedVerdict {
  if (low === undefined || high === undefined) return "open";
  if (low <= value && value <= high) return "inside";
  return low - error <= value && value <= high + error ? "error" : "outside";
}
