// What there is in a broker: its runs, how far each is, and who works on it.
import { complain } from "../../core/errors.ts";
import { unitCount } from "../../core/plan.ts";
import { unitsOf } from "../../queue/blocks.ts";
import {
  type Broker,
  type Counts,
  coordinatorName,
  type Presence,
  type RunHead,
} from "../../queue/broker.ts";

export interface QueuedRun {
  readonly id: string;
  readonly name: string;
  /** Of the plan; and those in the run folder, as the coordinator said last: absent where none is there. */
  readonly units: number;
  readonly finished?: number;
  readonly coordinator: boolean;
  readonly counts: Counts;
  readonly workers: readonly Presence[];
  /** Units in a second, of all workers. */
  readonly rate: number;
  /** Seconds until the rest is done, at that rate. */
  readonly left?: number;
  /** What decides the last bits, as the first worker said it. */
  readonly numerics?: string;
  /** Blocks that nobody could do: units of the plan, and the reason. */
  readonly failed: readonly { readonly units: readonly number[]; readonly reason: string }[];
}

/** The runs of a broker, or one of them by its name or by the first letters of its id. */
export async function findRuns(broker: Broker, wanted: string | undefined): Promise<readonly RunHead[]> {
  const all = await broker.runs();
  if (wanted === undefined) return all;
  const found = all.filter(({ id, plan }) => id === wanted || plan.name === wanted);
  const near = found.length > 0 ? found : all.filter(({ id }) => id.startsWith(wanted));
  if (near.length > 0) return near;
  throw complain(broker.name, "does not have this run", {
    code: "unknown-name",
    expected: all.map(({ plan }) => plan.name).join(", ") || "none is there",
    got: JSON.stringify(wanted),
  });
}

export async function queuedRun(broker: Broker, { id, plan }: RunHead): Promise<QueuedRun> {
  const queue = await broker.open(id);
  try {
    const there = await queue.workers();
    const workers = there.filter(({ worker }) => worker !== coordinatorName);
    const coordinator = there.find(({ worker }) => worker === coordinatorName);
    const units = unitCount(plan);
    const rate = workers.reduce((sum, one) => sum + (one.rate ?? 0), 0);
    const left = coordinator === undefined || rate === 0 ? undefined : (units - coordinator.done) / rate;
    const { numerics } = await queue.agreed();
    return {
      ...{ id, name: plan.name, units, coordinator: coordinator !== undefined },
      ...(coordinator === undefined ? {} : { finished: coordinator.done }),
      ...{ counts: await queue.counts(), workers, rate: Number(rate.toFixed(3)) },
      ...(left === undefined ? {} : { left: Math.round(left) }),
      ...(numerics === undefined ? {} : { numerics }),
      failed: (await queue.failed()).map(({ data, reason }) => ({ units: unitsOf(data, plan), reason })),
    };
  } finally {
    await queue.close();
  }
}

/** Blocks that failed wait again; how many. */
export async function retryRun(broker: Broker, { id }: RunHead): Promise<number> {
  const queue = await broker.open(id);
  try {
    return await queue.retryFailed();
  } finally {
    await queue.close();
  }
}

/** As Prometheus reads it. */
export function metricsText(runs: readonly QueuedRun[]): string {
  const values: readonly (readonly [name: string, help: string, of: (run: QueuedRun) => Sample[]])[] = [
    ["units", "Units of the plan.", ({ units }) => [[{}, units]]],
    [
      "units_finished",
      "Units in the run folder.",
      ({ finished }) => (finished === undefined ? [] : [[{}, finished]]),
    ],
    [
      "blocks",
      "Blocks in the queue.",
      ({ counts: { waiting, active, failed } }) => [
        [{ state: "waiting" }, waiting],
        [{ state: "active" }, active],
        [{ state: "failed" }, failed],
      ],
    ],
    ["parts_waiting", "Parts that the coordinator has not collected.", ({ counts }) => [[{}, counts.parts]]],
    ["parts_waiting_bytes", "Their bytes in the broker.", ({ counts }) => [[{}, counts.bytes]]],
    [
      "workers",
      "Workers that are there.",
      ({ workers }) =>
        ["busy", "idle"].map((state): Sample => {
          return [{ state }, workers.filter((one) => one.state === state).length];
        }),
    ],
    ["units_per_second", "Of all workers.", ({ rate }) => [[{}, rate]]],
    ["coordinator", "1 where a coordinator is there.", ({ coordinator }) => [[{}, coordinator ? 1 : 0]]],
  ];
  return values
    .map(([name, help, of]) => {
      const lines = runs.flatMap((run) =>
        of(run).map(([labels, value]) => {
          const all = Object.entries({ run: run.name, id: run.id, ...labels });
          const text = all.map(([key, label]) => `${key}=${JSON.stringify(label)}`).join(",");
          return `segbench_${name}{${text}} ${value}\n`;
        }),
      );
      return `# HELP segbench_${name} ${help}\n# TYPE segbench_${name} gauge\n${lines.join("")}`;
    })
    .join("");
}

type Sample = [labels: Readonly<Record<string, string>>, value: number];
