// What is counted and said while rows are made: failures against the limit, the mean so far, and how far the run is.
import type { PreparedRun } from "../config/index.ts";
import type { Problem } from "../core/errors.ts";
import { given } from "../core/given.ts";
import { isRanked, type Measure, type Metric } from "../core/measure.ts";
import type { Row } from "../core/rows.ts";
import type { Sample, SampleRef } from "../core/types.ts";
import type { TaskProtocol, UnitJob } from "../eval/index.ts";
import { placedName } from "../report/kit/format.ts";
import type { RunFolder } from "../store/run-folder.ts";
import type { Context, ProgressGroup, RunningNumber } from "./context.ts";
import { type FailureLimit, failureLimit } from "./failure-limit.ts";
import { stepsIn } from "./units.ts";

/** Of more samples than these the number is enough. */
const NAMED = 3;

interface Tally {
  rows: number;
  failed: number;
  readonly samples: Set<string>;
  readonly reasons: Map<string, number>;
}

/** Counts the failures of each model on each benchmark against the limit. They are judged when all rows are there. */
export class FailureBudget {
  readonly #limit: FailureLimit;
  readonly #protocols: number;
  readonly #few: number;
  readonly #tallies = new Map<string, Tally>();

  /** `protocols`: how many each target is evaluated under. `few`: the share of rows from which on failures are not few, whatever their number. */
  constructor(limit: FailureLimit, protocols: number, few = 1) {
    this.#limit = limit;
    this.#protocols = protocols;
    this.#few = few;
  }

  add(rows: readonly Row[]): void {
    for (const row of rows) {
      const key = `${row.model} on ${row.benchmark}`;
      const tally = this.#tallies.get(key) ?? { rows: 0, failed: 0, samples: new Set(), reasons: new Map() };
      this.#tallies.set(key, tally);
      tally.rows++;
      if (row.status !== "failed") continue;
      tally.failed++;
      tally.samples.add(row.sample);
      const reason = unnamed(row.reason, row);
      tally.reasons.set(reason, (tally.reasons.get(reason) ?? 0) + 1);
    }
  }

  /** What failed of a model on a benchmark and is no problem, a sentence each. */
  allowed(): readonly string[] {
    const problems = new Set(this.exceeded().map(({ where }) => where));
    return [...this.#tallies].flatMap(([where, { rows, failed, reasons }]) =>
      failed === 0 || problems.has(where)
        ? []
        : [`${where}: ${failed} of ${rows} rows failed; most often: ${mostOften(reasons)}`],
    );
  }

  /** A problem for each model and benchmark that has too many failures, in the order in which their rows came. */
  exceeded(): readonly Problem[] {
    return [...this.#tallies].flatMap(([where, { rows, failed, samples, reasons }]) => {
      const { share, targets } = this.#limit;
      // The few targets that may fail by default are few among others: where nothing is scored, that is no result.
      const inNumbers = share > 0 && failed >= this.#few * rows ? 0 : targets * this.#protocols;
      if (failed <= Math.max(share * rows, inNumbers)) return [];
      const reason = mostOften(reasons);
      const allowed =
        inNumbers > share * rows
          ? `${targets} targets, ${inNumbers} rows`
          : `${Number((100 * share).toPrecision(12))} % of the rows`;
      const names = [...samples].sort().slice(0, NAMED).join(", ");
      const more = samples.size > NAMED ? ` and ${samples.size - NAMED} more` : "";
      const needed = Math.max(2, Math.ceil(failed / this.#protocols));
      return {
        code: "too-many-failures",
        where,
        what: "too many failures",
        expected: `at most ${allowed} (\`maxFailures\` ${needed} allows these)`,
        got: `${failed} of ${rows} rows, in ${names}${more}; most often: ${reason}`,
      };
    });
  }
}

function mostOften(reasons: ReadonlyMap<string, number>): string {
  return [...reasons].sort(([, a], [, b]) => b - a)[0]![0];
}

/** A reason without the names that a row begins it with. */
function unnamed(reason: string, { sample, target }: Pick<Row, "sample" | "target">): string {
  const names = [`${sample}: `, `target ${target}: `];
  return names.reduce((rest, name) => (rest.startsWith(name) ? rest.slice(name.length) : rest), reason);
}

/** The number so far of one measure, per model and benchmark: for the progress display only. */
export class RunningMeans {
  readonly #protocol: string | undefined;
  readonly #measure: Measure | undefined;
  readonly #sums = new Map<string, readonly number[]>();

  /** The measure that stands for the first protocol, as in the report. */
  constructor(
    [protocol]: readonly { readonly id: string; readonly measures: TaskProtocol["measures"] }[],
    metrics: readonly Metric[],
  ) {
    this.#protocol = protocol?.id;
    const main = (protocol?.measures(metrics) ?? []).filter(
      (measure): measure is Measure => !isRanked(measure) && measure.show === "main",
    );
    this.#measure = main.find(({ leads }) => leads === true) ?? main[0];
  }

  /** The name of that number. */
  get number(): RunningNumber | undefined {
    if (this.#measure === undefined || this.#protocol === undefined) return undefined;
    return { protocol: this.#protocol, title: placedName(this.#measure), unit: this.#measure.unit };
  }

  add(rows: readonly Row[]): void {
    for (const row of rows) {
      if (row.status !== "ok" || row.protocol !== this.#protocol) continue;
      const parts = this.#measure?.parts(row);
      if (parts === undefined) continue;
      const key = `${row.model} ${row.benchmark}`;
      const sums = this.#sums.get(key);
      this.#sums.set(key, sums === undefined ? parts : parts.map((part, i) => part + sums[i]!));
    }
  }

  /** undefined where there is none yet, as of cgF1 before anything was named. */
  value(model: string, benchmark: string): number | undefined {
    const sums = this.#sums.get(`${model} ${benchmark}`);
    const value = sums && this.#measure?.value(sums);
    return Number.isNaN(value) ? undefined : value;
  }
}

/** How progress counts a sample: as its steps where these are known, else as one. */
export function progressOf(run: Pick<PreparedRun, "task" | "protocols">) {
  const done = new Map<number, number>();
  const known = (ref: SampleRef<Sample>) => stepsIn(run, ref);
  const whole = (ref: SampleRef<Sample>) => known(ref) ?? 1;
  return {
    whole,
    of: (ref: SampleRef<Sample>) => (known(ref) === undefined ? "image" : (run.task.step ?? "image")),
    /** As much of `count` steps as the sample has left. */
    part(unit: number, ref: SampleRef<Sample>, count: number): number {
      if (known(ref) === undefined) return 0;
      const before = done.get(unit) ?? 0;
      // The last of them comes with what was scored.
      const now = Math.min(whole(ref) - 1, before + count);
      done.set(unit, now);
      return now - before;
    },
    rest: (unit: number, ref: SampleRef<Sample>) => whole(ref) - (done.get(unit) ?? 0),
  };
}

/** `has`: units that are there at first. */
export function progressGroups(
  jobs: readonly UnitJob<Sample>[],
  has: (unit: number) => boolean,
  groupOf: (job: UnitJob<Sample>) => string,
  counted: Pick<ReturnType<typeof progressOf>, "whole" | "of">,
): ProgressGroup[] {
  const groups = new Map<string, { total: number; done: number; of: ProgressGroup["of"] }>();
  for (const job of jobs) {
    const of = counted.of(job.ref);
    const { total, done } = groups.get(groupOf(job)) ?? { total: 0, done: 0 };
    const size = counted.whole(job.ref);
    groups.set(groupOf(job), { total: total + size, done: done + (has(job.unit.index) ? size : 0), of });
  }
  return [...groups].map(([name, entry]) => ({ name, ...entry }));
}

/** Says how far a run is as its units come, and counts what failed. `jobs`: those of this process; `has`: units that are there at first. */
export async function tellUnits(
  run: PreparedRun,
  jobs: readonly UnitJob<Sample>[],
  has: (unit: number) => boolean,
  folder: Pick<RunFolder, "doneRows">,
  { onEvent }: Pick<Context, "onEvent">,
) {
  const { plan, protocols, metrics } = run;
  const budget = new FailureBudget(failureLimit(run.maxFailures), plan.protocols.length);
  const means = new RunningMeans(protocols, metrics);
  const placed = (rows: readonly Row[]) => {
    budget.add(rows);
    means.add(rows);
  };
  for await (const row of folder.doneRows()) placed([row]);
  const groupOf = ({ unit: { model, benchmark } }: UnitJob<Sample>) =>
    plan.models.length > 1 ? `${benchmark} (${model})` : benchmark;
  const shares = progressOf(run);
  const advance = (job: UnitJob<Sample>, by: number, value?: number) =>
    onEvent({ type: "advanced", group: groupOf(job), ...(by === 1 ? {} : { by }), value });
  const units = new Map(jobs.map((job) => [groupOf(job), job.unit]));
  const groups = progressGroups(jobs, has, groupOf, shares).map((group) => {
    const { model, benchmark } = units.get(group.name)!;
    return { ...group, ...given({ value: means.value(model, benchmark) }) };
  });
  onEvent({ type: "started", groups, number: means.number });
  return {
    /** Rows that are in their places now. */
    placed,
    /** Steps of a unit that is under way. */
    steps: (job: UnitJob<Sample>, count: number) => advance(job, shares.part(job.unit.index, job.ref, count)),
    /** A unit is there. */
    over: (job: UnitJob<Sample>) =>
      advance(job, shares.rest(job.unit.index, job.ref), means.value(job.unit.model, job.unit.benchmark)),
    /** Where too much failed, when all is there. */
    failures(): readonly Problem[] {
      for (const text of budget.allowed()) onEvent({ type: "note", text });
      return budget.exceeded();
    },
  };
}
