import { basename } from "node:path";
import type { ExitCode } from "../cli/exit.ts";
import type { PreparedRun } from "../config/index.ts";
import { nearest, preparePlan, registries, replayOf } from "../config/index.ts";
import { complain } from "../core/errors.ts";
import { hashOf } from "../core/hash.ts";
import type { PromptsHead } from "../core/recorded.ts";
import type { RunFile } from "../core/schema-types.ts";
import { loadRecorded, openRecorded, type Recorded } from "./recorded.ts";
import { runPrepared } from "./run.ts";

export interface ReplayOptions {
  readonly models: readonly string[];
  readonly benchmarks?: readonly string[];
  readonly out: string;
  readonly data?: string;
  readonly root?: string;
  readonly limit?: number;
  readonly batch?: number;
  readonly workers?: number;
  readonly threads?: number;
  readonly provider?: string;
  readonly optimisation?: string;
  readonly allowCpuFallback?: boolean;
  readonly masks: boolean;
  readonly fresh: boolean;
  readonly json: boolean;
}

/** `segbench replay`: models on exactly the prompts of an earlier run; only logits that are fed back are their own. */
export async function replayVerb(word: string, options: ReplayOptions): Promise<ExitCode> {
  const recorded = await openRecorded(word);
  for (const line of recorded.left) process.stderr.write(`${line}\n`);
  const run = await prepareReplay(recorded, options);
  checkImages(recorded.head, run, options);
  return runPrepared(run, { shard: null, fresh: options.fresh, profile: false, json: options.json });
}

/** The plan of a replay: the record's benchmarks, seed and settings where the command line says nothing else. */
async function prepareReplay(recorded: Recorded, options: ReplayOptions): Promise<PreparedRun> {
  const { head } = recorded;
  const origins = head.protocols.map((id) => registries.protocols[id] ?? unknownProtocol(id));
  const { find, hash } = await loadRecorded(recorded);
  const replays = origins.map((origin) => replayOf(origin, find));
  const names = options.benchmarks ?? head.benchmarks.map(({ name }) => name);
  const { root, data, workers } = options;
  if (root !== undefined && names.length > 1)
    throw complain({
      where: "--root",
      what: "is of one benchmark",
      expected: "--benchmarks NAME",
      got: names.join(", "),
    });
  const value = {
    name: basename(options.out),
    title: `${options.models.map((model) => basename(model).replace(/\.ya?ml$/, "")).join(", ")} on the prompts of ${head.model} in ${head.run}`,
    models: [...options.models],
    benchmarks: names.map((name) => (root === undefined ? name : { name, root })),
    protocols: replays.map(({ id }) => id),
    seed: head.seed,
    batch: options.batch ?? head.batch,
    threads: options.threads ?? head.threads,
    provider: options.provider ?? head.provider,
    masks: options.masks,
    out: options.out,
    ...optional("limit", options.limit ?? head.limit),
    ...optional("optimisation", options.optimisation ?? head.optimisation),
    ...optional("allowCpuFallback", options.allowCpuFallback ?? head.allowCpuFallback),
    ...optional("data", data),
    ...optional("workers", workers),
  } as RunFile;
  const run = await preparePlan(
    { value, cwd: process.cwd(), env: process.env },
    Object.fromEntries(replays.map((replay) => [replay.id, replay])),
  );
  const replay = { run: head.run, plan: head.plan, model: head.model, prompts: hash };
  const plan = { ...run.plan, replay };
  return { ...run, plan, planHash: hashOf(plan) };
}

/** Other images than those of the record would only fail, one by one. */
function checkImages(head: PromptsHead, { plan }: PreparedRun, { limit }: ReplayOptions): void {
  if (limit !== undefined) return;
  for (const { name, images, subsetHash } of plan.benchmarks) {
    const before = head.benchmarks.find((benchmark) => benchmark.name === name);
    if (before?.subsetHash === subsetHash) continue;
    throw complain({
      where: name,
      what: before === undefined ? "is not in the record" : "has other images than the record",
      expected:
        before === undefined ? head.benchmarks.map((one) => one.name).join(", ") : `${before.images} images`,
      got: before === undefined ? name : `${images} images (is --data right?)`,
    });
  }
}

function unknownProtocol(id: string): never {
  const known = Object.keys(registries.protocols);
  throw complain({
    where: "the record",
    what: "unknown protocol",
    expected: `one of ${known.join(", ")}`,
    got: `${id}${nearest(id, known).nearest === undefined ? "" : ` (did you mean ${nearest(id, known).nearest}?)`}`,
  });
}

function optional<K extends string, T>(key: K, value: T | undefined): { readonly [P in K]?: T } {
  return (value === undefined ? {} : { [key]: value }) as { readonly [P in K]?: T };
}
