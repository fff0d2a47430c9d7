// Lays published numbers beside a run's: which of them stand for the same model, benchmark and protocol. Pure matching.
import { mean } from "../core/numbers.ts";
import type {
  MissingSuite,
  PublishedDifference,
  PublishedMatch,
  PublishedModel,
  PublishedNumber,
  PublishedNumbers,
  PublishedScore,
} from "../core/published.ts";
import type { Cell, Estimate, Summary } from "../core/summary.ts";
import { besideOurs, usesProtocol } from "./published-verdict.ts";

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
      names.flatMap((minus) =>
        differencesOf(
          run,
          model,
          minus,
          numbers.filter(
            (number) => number.model === keys.models[model] && number.minus === keys.models[minus],
          ),
        ),
      ),
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
      } else if (ours !== undefined)
        scores.push({ ...besideOurs(number, protocol, ours), name: ownName(run, number) });
    }
  const ordered = run.summary.protocols.flatMap(({ id }) =>
    scores.filter(({ protocol }) => protocol === id).sort((a, b) => rankOf(a) - rankOf(b)),
  );
  return { model, key, scores: ordered, missing, nothing: nothingPublished(run, model, scores) };
}

function rankOf({ on, verdict, kind }: PublishedScore): number {
  return (on === "suite" ? 0 : 4) + (verdict === "other" ? 2 : 0) + (kind === "digitised" ? 1 : 0);
}

/** Protocol by protocol, the model's scored benchmarks beside which no number of their own stands. */
function nothingPublished({ summary }: Run, model: string, scores: readonly PublishedScore[]) {
  return summary.protocols.flatMap(({ id: protocol }) => {
    const benchmarks = summary.cells
      .filter((cell) => cell.model === model && cell.protocol === protocol && isScored(cell))
      .map(({ benchmark }) => benchmark)
      .filter(
        (name) =>
          !scores.some(
            (score) => score.on === "benchmark" && score.protocol === protocol && score.name === name,
          ),
      );
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
  return run.summary.protocols.flatMap(({ id: protocol }) =>
    numbers.flatMap((number) => {
      if (!usesProtocol(number, protocol)) return [];
      const first = ownEstimate(run, model, protocol, number);
      const second = ownEstimate(run, minus, protocol, {
        ...number,
        measure: unbound(run, protocol, number),
      });
      if (first === undefined || second === undefined) return [];
      const { n, clusters } = first;
      const ours: Estimate = { value: first.value - second.value, n, clusters };
      return [{ ...besideOurs(number, protocol, ours), name: ownName(run, number), model, minus }];
    }),
  );
}

/** What a measure is a bound of, or the measure itself: a bound is published minus the other model's own score. */
function unbound({ summary }: Run, protocol: string, { measure }: PublishedNumber): string {
  const notes = summary.protocols.find(({ id }) => id === protocol)?.measures ?? [];
  return notes.find(({ id }) => id === measure)?.boundOf ?? measure;
}

function isScored({ measures }: Cell): boolean {
  return Object.keys(measures).length > 0;
}

function ownName({ own }: Run, { on }: PublishedNumber): string {
  return on.kind === "suite" ? on.name : own.get(on.name)!;
}

/** Benchmarks of a number's suite without a score of the model, by their published names. */
function lackingBenchmarks(
  run: Run,
  model: string,
  protocol: string,
  { on }: PublishedNumber,
): readonly string[] {
  if (on.kind === "benchmark") return [];
  return on.benchmarks.filter((name) => {
    const cell = cellOf(run, model, protocol, name);
    return cell === undefined || !isScored(cell);
  });
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
