import type { Metric } from "../core/measure.ts";
import type { Plan } from "../core/plan.ts";
import type { Row } from "../core/rows.ts";
import type { RunningNumber } from "./context.ts";

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
