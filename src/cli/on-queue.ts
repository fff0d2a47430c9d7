// What the verbs of runs on many machines do: coordinate, work, and look at a queue.
import { resolve } from "node:path";
import type { RunRequest } from "../config/index.ts";
import { brokerAddress, isUrl } from "../queue/address.ts";
import { type Broker, usualLeases } from "../queue/broker.ts";
import { openBroker } from "../queue/bullmq.ts";
import type { Coordination } from "../run/queue/coordinate.ts";
import type { QueuedRun } from "../run/queue/queue-state.ts";
import type { RunOptions } from "../run/run.ts";
import { type ExitCode, exitCodes } from "./exit.ts";
import { type Verbs, wrongUsage } from "./options.ts";
import { durationText } from "./quantities.ts";
import { printRun } from "./results.ts";
import { print } from "./screen.ts";
import { say, type Terminal } from "./terminal.ts";

type Cli = Pick<Verbs, "terminal" | "step">;

/** Does work with a broker. What goes wrong with it in the meantime, and is tried again, is said once each time it changes. */
async function withBroker<T>(
  url: string | undefined,
  terminal: Terminal,
  work: (broker: Broker) => Promise<T>,
): Promise<T> {
  let said = "";
  const onTrouble = (text: string) => {
    if (text !== said) say(terminal, `${text} (trying again)`);
    said = text;
  };
  const broker = await openBroker(await brokerAddress(url, terminal), {
    leases: leasesOf(terminal),
    onTrouble,
  });
  try {
    return await work(broker);
  } finally {
    await broker.close();
  }
}

/** Milliseconds of a lease, for trying out what happens when one ends. */
function leasesOf({ env }: Pick<Terminal, "env">) {
  const lock = Number(env.SEGBENCH_QUEUE_LEASE);
  if (!(lock > 0)) return usualLeases;
  return { ...usualLeases, lock, check: Math.max(500, lock / 4), rest: lock / 20 };
}

/** Has a run evaluated by the workers of a queue. */
export function runOnQueue(
  request: RunRequest & RunOptions,
  { url, parts, ...how }: { readonly url: string | undefined } & Omit<Coordination, "broker">,
  shown: { readonly json: boolean; readonly pages: boolean },
  { terminal, step }: Cli,
): Promise<ExitCode> {
  return withBroker(url, terminal, async (broker) => {
    const { coordinate } = await import("../run/queue/coordinate.ts");
    const folder = parts === undefined ? undefined : resolve(terminal.cwd, parts);
    const words = "stopping; workers go on with what they have, and the same command continues";
    const result = await step((context) => coordinate(request, { ...how, parts: folder, broker }, context), {
      words,
    });
    return printRun(result, shown, terminal);
  });
}

export interface WorkFlags extends RunRequest {
  readonly queue?: string;
  readonly parts?: string;
  readonly untilDone?: boolean;
  /** Runs that are taken part in: of this class, of these models alone, by this provider. */
  readonly class?: string;
  /** Milliseconds. */
  readonly grace?: number;
}

/** Takes part in runs. */
export function workOnQueue(
  file: string | undefined,
  { queue, parts, untilDone = false, grace = 20_000, class: of, models, provider, ...own }: WorkFlags,
  { terminal, step }: Cli,
): Promise<ExitCode> {
  return withBroker(queue, terminal, async (broker) => {
    const [{ work }, { startComputer }] = await Promise.all([
      import("../run/queue/work.ts"),
      import("./work-process.ts"),
    ]);
    const options = {
      ...{ broker, untilDone, grace, start: startComputer, only: { class: of, models, provider } },
      request: { ...own, ...(file === undefined ? {} : { file }) },
      parts: parts === undefined ? undefined : resolve(terminal.cwd, parts),
      extendEvery: leasesOf(terminal).lock / 3,
    };
    const words = "stopping after what is under way; the rest goes to other workers";
    const { units, stopped } = await step((context) => work(options, context), { words, atOnce: true });
    say(terminal, `${units} units were evaluated here`);
    // A scheduler's signal is no failure: others go on.
    return stopped && terminal.stopCode() === exitCodes.interrupted ? exitCodes.interrupted : exitCodes.fine;
  });
}

export interface QueueFlags {
  readonly json?: boolean;
  readonly retry?: boolean;
  readonly remove?: boolean;
  readonly metrics?: boolean;
}

/** Shows the runs of a queue, and changes one. */
export function lookAtQueue(
  words: readonly string[],
  { json = false, retry = false, remove = false, metrics = false }: QueueFlags,
  { terminal }: Pick<Verbs, "terminal">,
): Promise<ExitCode> {
  const isPlace = (word: string | undefined) => word !== undefined && (isUrl(word) || /[/\\.]/.test(word));
  const [url, wanted] = isPlace(words[0]) || words.length > 1 ? words : [undefined, words[0]];
  if ((retry || remove) && wanted === undefined)
    throw wrongUsage("--retry and --remove need the name of a run");
  return withBroker(url, terminal, async (broker) => {
    const { findRuns, metricsText, queuedRun, retryRun } = await import("../run/queue/queue-state.ts");
    const heads = await findRuns(broker, wanted);
    for (const head of heads) {
      if (retry) print(`${head.plan.name}: ${await retryRun(broker, head)} blocks wait again`, terminal);
      if (!remove) continue;
      await broker.removeRun(head.id, true);
      print(`${head.plan.name}: removed (what its run folder has stays)`, terminal);
    }
    if (retry || remove) return exitCodes.fine;
    const runs: QueuedRun[] = [];
    for (const head of heads) runs.push(await queuedRun(broker, head));
    if (metrics) terminal.stdout.write(metricsText(runs));
    else if (json) terminal.stdout.write(`${JSON.stringify({ queue: broker.name, runs })}\n`);
    else if (runs.length === 0) print(`${broker.name} has no runs`, terminal);
    else for (const run of runs) for (const line of linesOf(run)) print(line, terminal);
    return exitCodes.fine;
  });
}

function linesOf(run: QueuedRun): readonly string[] {
  const { id, name, units, finished, counts, workers, rate, left, numerics, failed } = run;
  const of = finished === undefined ? `${units} units` : `${finished} of ${units} units`;
  const idle = workers.filter(({ state }) => state === "idle").length;
  const speed = rate === 0 ? "" : `, ${rate.toPrecision(2)} units/s`;
  const rest = left === undefined || left === 0 ? "" : `, about ${durationText(left)} left`;
  return [
    `${name} (${id}): ${of}${speed}${rest}${run.coordinator ? "" : "; no coordinator is there"}`,
    `  blocks: ${counts.waiting} wait, ${counts.active} are under way, ${counts.failed} failed; ${counts.parts} parts to collect`,
    `  workers: ${workers.length} (${idle} idle)${numerics === undefined ? "" : `, all on ${numerics}`}`,
    ...workers.map(({ worker, state, done }) => `    ${worker}: ${state}, ${done} units`),
    ...failed.map((one) => `  failed: unit ${one.units.join(", ")}: ${one.reason}`),
  ];
}
