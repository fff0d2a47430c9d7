// What is counted while rows are made: failures against the limit, and the mean so far.
import type { Problem } from "../core/errors.ts";
import { isRanked, type Measure, type Metric } from "../core/measure.ts";
import type { Row } from "../core/rows.ts";
import type { SampleRef } from "../core/types.ts";
import type { TaskProtocol } from "../eval/index.ts";
import type { RunningNumber } from "./context.ts";

/** Counts failures per model and benchmark against the share that the run file allows. */
export class FailureBudget {
  readonly #limit: number;
  readonly #expected = new Map<string, number | undefined>();
  readonly #rows = new Map<string, number>();
  readonly #failed = new Map<string, number>();
  readonly #reasons = new Map<string, Map<string, number>>();

  /** `limit`: share of a benchmark's rows, 0 to 1. */
  constructor(limit: number, refs: ReadonlyMap<string, readonly SampleRef[]>, protocols: number) {
    this.#limit = limit;
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
   * The problem where too many targets of a benchmark failed, otherwise undefined. Before a benchmark is over (`final` false)
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
      expected: `at most ${100 * this.#limit} % of ${Math.max(total, rows)} rows (maxFailures)`,
      got: `${failed}; most often: ${reason}`,
    };
  }
}

function increase(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** The number so far of one measure, per model and benchmark: for the progress display only. */
export class RunningMeans {
  readonly #protocol: string | undefined;
  readonly #measure: Measure | undefined;
  readonly #sums = new Map<string, readonly number[]>();

  /** The first metric of the first protocol, at that protocol's last reported step. */
  constructor(
    [protocol]: readonly { readonly id: string; readonly measures: TaskProtocol["measures"] }[],
    metrics: readonly Metric[],
  ) {
    this.#protocol = protocol?.id;
    this.#measure = protocol
      ?.measures(metrics)
      .filter((measure): measure is Measure => measure.name === metrics[0]?.name && !isRanked(measure))
      .filter(({ show }) => show === "main")
      .at(-1);
  }

  /** The name of that number. */
  get number(): RunningNumber | undefined {
    return this.#measure === undefined ? undefined : { title: this.#measure.id, unit: this.#measure.unit };
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

  value(model: string, benchmark: string): number | undefined {
    const sums = this.#sums.get(`${model} ${benchmark}`);
    return sums === undefined ? undefined : this.#measure?.value(sums);
  }
}
