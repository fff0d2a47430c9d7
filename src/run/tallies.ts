// What is counted of rows while they are made: failures against what is allowed, and the mean that is shown so far.
import type { Problem } from "../core/errors.ts";
import type { Metric } from "../core/measure.ts";
import type { Plan } from "../core/plan.ts";
import type { Row } from "../core/rows.ts";
import type { SampleRef } from "../core/types.ts";
import type { RunningNumber } from "./context.ts";

/** Counts failures per model and benchmark against the share that the run file allows. */
export class FailureBudget {
  readonly #limit: number;
  readonly #expected = new Map<string, number | undefined>();
  readonly #rows = new Map<string, number>();
  readonly #failed = new Map<string, number>();
  readonly #reasons = new Map<string, Map<string, number>>();

  readonly #option: string;

  /** `limit`: share of a benchmark's targets, 0 to 1, as `option` says it. */
  constructor(
    limit: number,
    option: string,
    refs: ReadonlyMap<string, readonly SampleRef[]>,
    protocols: number,
  ) {
    this.#limit = limit;
    this.#option = option;
    for (const [benchmark, list] of refs) {
      const known = list.every(({ masks }) => masks !== undefined);
      this.#expected.set(
        benchmark,
        known ? protocols * list.reduce((sum, { masks }) => sum + (masks ?? 0), 0) : undefined,
      );
    }
  }

  add(rows: readonly Row[]): void {
    for (const row of rows) {
      const key = `${row.model} on ${row.benchmark}`;
      increase(this.#rows, key);
      if (row.status !== "failed") continue;
      increase(this.#failed, key);
      const reasons = this.#reasons.get(key) ?? new Map<string, number>();
      this.#reasons.set(key, reasons);
      increase(reasons, row.reason);
    }
  }

  /**
   * What is wrong where a benchmark has failed too often, otherwise undefined. Before a benchmark is over (`final` false)
   * only failures that its remaining targets cannot make up for count.
   */
  exceeded(model: string, benchmark: string, final: boolean): Problem | undefined {
    const key = `${model} on ${benchmark}`;
    const failed = this.#failed.get(key) ?? 0;
    const rows = this.#rows.get(key) ?? 0;
    const total = final ? rows : this.#expected.get(benchmark);
    if (total === undefined || failed <= this.#limit * Math.max(total, rows)) return undefined;
    const [reason] = [...(this.#reasons.get(key) ?? [])].sort(([, a], [, b]) => b - a)[0] ?? ["unknown"];
    return {
      code: "too-many-failures",
      where: key,
      what: "too many failures",
      expected: `at most ${100 * this.#limit} % of ${Math.max(total, rows)} targets (${this.#option})`,
      got: `${failed}; most often: ${reason}`,
    };
  }
}

function increase(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** The mean so far, per model and benchmark, of the first metric in the first protocol's last step: for the progress display only. */
export class RunningMeans {
  readonly #protocol: string | undefined;
  readonly #metric: string | undefined;
  readonly #sums = new Map<string, { sum: number; n: number }>();

  constructor({ protocols, metrics }: Pick<Plan, "protocols" | "metrics">) {
    [this.#protocol] = protocols;
    [this.#metric] = metrics;
  }

  add(rows: readonly Row[]): void {
    for (const row of rows) {
      const last = row.status === "ok" && row.protocol === this.#protocol ? row.steps.at(-1) : undefined;
      const score = last?.scores[this.#metric ?? ""];
      if (score === undefined) continue;
      const key = `${row.model} ${row.benchmark}`;
      const { sum, n } = this.#sums.get(key) ?? { sum: 0, n: 0 };
      this.#sums.set(key, { sum: sum + score, n: n + 1 });
    }
  }

  mean(model: string, benchmark: string): number | undefined {
    const found = this.#sums.get(`${model} ${benchmark}`);
    return found === undefined ? undefined : found.sum / found.n;
  }
}

/** What that mean is called. */
export function runningNumber([metric]: readonly Metric[]): RunningNumber | undefined {
  return metric === undefined ? undefined : { title: `m${metric.title}`, unit: metric.unit };
}
