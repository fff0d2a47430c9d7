import type { Row } from "../core/rows.ts";

/** The mean IoU so far, per model and benchmark, of the first protocol's last round: for the progress display only. */
export class RunningMeans {
  readonly #protocol: string | undefined;
  readonly #sums = new Map<string, { sum: number; n: number }>();

  constructor(protocol: string | undefined) {
    this.#protocol = protocol;
  }

  add(rows: readonly Row[]): void {
    for (const row of rows) {
      const last = row.status === "ok" && row.protocol === this.#protocol ? row.rounds.at(-1) : undefined;
      if (last === undefined) continue;
      const key = `${row.model} ${row.benchmark}`;
      const { sum, n } = this.#sums.get(key) ?? { sum: 0, n: 0 };
      this.#sums.set(key, { sum: sum + last.selected, n: n + 1 });
    }
  }

  mean(model: string, benchmark: string): number | undefined {
    const found = this.#sums.get(`${model} ${benchmark}`);
    return found === undefined ? undefined : found.sum / found.n;
  }
}
