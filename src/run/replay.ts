// Runs models on exactly the prompts of an earlier run; only the logits that are fed back are their own.
import { basename, resolve } from "node:path";
import {
  type Overrides,
  type OwnData,
  ownDataOf,
  type Plugins,
  type PreparedRun,
  preparePlan,
  type Registries,
  unknownName,
  withPlugins,
} from "../config/index.ts";
import { complain, SegbenchError } from "../core/errors.ts";
import { given } from "../core/given.ts";
import { hashOf } from "../core/hash.ts";
import type { PromptsHead } from "../core/recorded.ts";
import { isInteractive, type Protocol, replayOf } from "../eval/index.ts";
import type { Context } from "./context.ts";
import { endOfRun, type Opened, withHistory } from "./history.ts";
import { refuseUnknown } from "./own-names.ts";
import { loadRecorded, openRecorded, type Recorded } from "./recorded.ts";
import { type RunOptions, type RunResult, runPrepared } from "./run.ts";

/** Settings that are not given are the record's. */
export interface ReplayOptions
  extends OwnData,
    Pick<RunOptions, "fresh" | "attempts" | "tag" | "note">,
    Pick<
      Overrides,
      | "model"
      | "models"
      | "benchmarks"
      | "metrics"
      | "limit"
      | "batch"
      | "data"
      | "workers"
      | "saveMasks"
      | "maxFailures"
    >,
    Pick<Overrides, "threads" | "provider" | "optimisation" | "allowCpuFallback"> {
  /** Run folder to write. */
  readonly out: string;
  /** Root folder of the benchmark, where there is one benchmark. */
  readonly root?: string | undefined;
  /** Custom protocols, metrics and benchmarks that the record names. */
  readonly plugins?: Plugins | undefined;
}

/** `word`: a run, RUN:MODEL or a file of prompts. */
export async function replay(word: string, options: ReplayOptions, context: Context): Promise<RunResult> {
  const { fresh, attempts, tag, note } = options;
  const work = async (opened: Opened) => {
    const recorded = await openRecorded(word, context, options.plugins);
    const run = await prepareReplay(recorded, options, context);
    checkImages(recorded.head, run, options);
    return runPrepared(run, { fresh, attempts }, context, opened);
  };
  return withHistory("replay", { tag, note }, context, work, endOfRun);
}

/** The plan of a replay: the record's benchmarks, seed and settings unless given. */
async function prepareReplay(
  recorded: Recorded,
  options: ReplayOptions,
  { cwd, env }: Pick<Context, "cwd" | "env">,
): Promise<PreparedRun> {
  const { head } = recorded;
  const { plugins = {} } = options;
  const known = withPlugins(plugins);
  const { protocols, metrics } = head;
  // Metrics that the caller names are looked for where the plan is prepared.
  const named = options.metrics === undefined ? (metrics ?? []) : [];
  refuseUnknown("the record", { protocols, metrics: named }, known);
  const origins = protocols.map((id) => recordedProtocol(id, known));
  const { find, hash } = await loadRecorded(recorded);
  const replays = origins.map((origin) => replayOf(origin, find));
  const names = options.benchmarks ?? head.benchmarks.map(({ name }) => name);
  const { root, data, model, models, workers, saveMasks, maxFailures } = options;
  if (root !== undefined && names.length > 1)
    throw complain({ path: "root" }, "is of one benchmark", {
      expected: "one name in `benchmarks`",
      got: names.join(", "),
    });
  const overrides = {
    name: basename(resolve(cwd, options.out)),
    benchmarks: names.map((name) => (root === undefined ? name : { name, root })),
    protocols: replays.map(({ id }) => id),
    seed: head.seed,
    batch: options.batch ?? head.batch,
    threads: options.threads ?? head.threads,
    provider: options.provider ?? head.provider,
    out: options.out,
    ...given({
      ...{ data, model, models, workers, saveMasks, maxFailures, metrics: options.metrics ?? metrics },
      limit: options.limit ?? head.limit,
      points: head.points,
      optimisation: options.optimisation ?? head.optimisation,
      allowCpuFallback: options.allowCpuFallback ?? head.allowCpuFallback,
    }),
  } as Overrides;
  const run = await preparePlan({
    ...{ overrides, own: true, ownData: ownDataOf(options) },
    plugins: { ...plugins, protocols: [...(plugins.protocols ?? []), ...replays] },
    cwd,
    env,
  });
  const origin = { run: head.run, plan: head.plan, model: head.model, prompts: hash };
  const title = `${run.plan.models.map(({ name }) => name).join(", ")} on the prompts of ${head.model} in ${head.run}`;
  const plan = { ...run.plan, title, replay: origin };
  return { ...run, plan, planHash: hashOf(plan) };
}

/** Other images than those of the record would only fail, one by one. */
function checkImages(head: PromptsHead, { plan }: PreparedRun, { limit }: ReplayOptions): void {
  if (limit !== undefined) return;
  for (const { name, images, subsetHash } of plan.benchmarks) {
    const before = head.benchmarks.find((benchmark) => benchmark.name === name);
    if (before?.subsetHash === subsetHash) continue;
    throw complain(name, before === undefined ? "is not in the record" : "has other images than the record", {
      expected:
        before === undefined ? head.benchmarks.map((one) => one.name).join(", ") : `${before.images} images`,
      got: before === undefined ? name : `${images} images (is \`data\` right?)`,
    });
  }
}

function recordedProtocol(id: string, { protocols }: Registries): Protocol {
  const protocol = Object.hasOwn(protocols, id) ? protocols[id] : undefined;
  if (protocol !== undefined && isInteractive(protocol)) return protocol;
  const known = Object.values(protocols)
    .filter(isInteractive)
    .map((one) => one.id);
  throw new SegbenchError([unknownName({ path: "the record" }, "unknown protocol", id, known)]);
}
