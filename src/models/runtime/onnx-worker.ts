// Runs in a worker thread: onnxruntime's run() blocks the JavaScript thread that calls it, so sessions live here and the
// main thread stays free to score. One task at a time; tensors kept between tasks are held by number.
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { threadId } from "node:worker_threads";
import * as ort from "onnxruntime-node";
import { type Cache, type CachedTensors, openCache } from "../../cache/index.ts";
import { runDefaults } from "../../core/defaults.ts";
import { milliseconds } from "./clock.ts";
import type { GraphPort, KeptTensor, RuntimeOptions, Tensor, TensorType } from "./graph.ts";
import { type Done, serve } from "./thread.ts";

export type WorkerTask =
  | {
      readonly op: "open";
      readonly file: string;
      readonly options: RuntimeOptions;
    }
  | {
      readonly op: "run";
      readonly graph: number;
      readonly feeds: Readonly<Record<string, Tensor | KeptTensor>>;
      /** Outputs that are kept, by the numbers that they get. */
      readonly keep: Readonly<Record<string, KeptTensor>>;
    }
  | { readonly op: "hold"; readonly tensor: Tensor; readonly as: KeptTensor }
  | { readonly op: "providers"; readonly graph: number }
  | { readonly op: "free"; readonly kept: number }
  | { readonly op: "close" };

export interface OpenedGraph {
  readonly graph: number;
  readonly inputs: readonly GraphPort[];
  readonly outputs: readonly GraphPort[];
}

/** Outputs of a run but those that are kept, and when it ran. */
export interface WorkerAnswer {
  readonly outputs: Readonly<Record<string, Tensor>>;
  readonly started: number;
  readonly ended: number;
  readonly cached: boolean;
  /** Nothing was run before but the trial. */
  readonly first: boolean;
}

interface OpenSession {
  session: ort.InferenceSession;
  readonly profiles: string;
  /** During the trial nothing is read from the cache, so that the profile shows the providers. */
  probed: boolean;
  /** It ran since then. */
  used: boolean;
  /** It computed something since then, rather than read it from the cache. */
  ran: boolean;
  readonly file: string;
  readonly options: RuntimeOptions;
  readonly cache: GraphCache | undefined;
}

ort.env.logLevel = "fatal";

const sessions: OpenSession[] = [];
const kept = new Map<number, ort.Tensor>();

serve<WorkerTask>(async (task) => {
  // Float16 tensors are Uint16Arrays of bits: where the language has an array type of its own, onnxruntime-node would use
  // that and then refuse it.
  Reflect.deleteProperty(globalThis, "Float16Array");
  switch (task.op) {
    case "open":
      return { answer: await open(task.file, task.options) };
    case "run":
      return run(sessions[task.graph]!, task.feeds, task.keep);
    case "hold":
      kept.set(task.as.kept, fed(task.tensor));
      return {};
    case "providers":
      return { answer: await providersUsed(sessions[task.graph]!) };
    case "free":
      kept.get(task.kept)?.dispose();
      kept.delete(task.kept);
      return {};
    case "close":
      await close();
      return {};
  }
});

/** Profiling is on from the start and ended by `providersUsed`: the API does not say which provider a node ran on. */
async function open(file: string, options: RuntimeOptions): Promise<OpenedGraph> {
  const profiles = mkdtempSync(join(tmpdir(), "segbench-profile-"));
  try {
    const session = await create(file, options, join(profiles, "probe"));
    const cache = graphCache(file, options, JSON.stringify(ort.env.versions));
    const graph =
      sessions.push({ session, profiles, probed: false, used: false, ran: false, file, options, cache }) - 1;
    return { graph, inputs: ports(session.inputMetadata), outputs: ports(session.outputMetadata) };
  } catch (error) {
    rmSync(profiles, { recursive: true, force: true });
    throw error;
  }
}

function create(file: string, options: RuntimeOptions, profile: string) {
  const { provider, threads, optimisation = runDefaults.optimisation } = options;
  const known = ort.listSupportedBackends().map(({ name }) => name);
  if (!known.includes(provider))
    throw new Error(`onnxruntime-node has no such provider here, only ${known.join(", ")}`);
  return ort.InferenceSession.create(file, {
    executionProviders: [provider],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    graphOptimizationLevel: optimisation,
    logSeverityLevel: 4, // errors are thrown anyway
    enableProfiling: true,
    profileFilePrefix: profile,
  });
}

function ports(metadata: readonly ort.InferenceSession.ValueMetadata[]): GraphPort[] {
  return metadata.map((value) =>
    value.isTensor
      ? { name: value.name, type: value.type, shape: [...value.shape] }
      : { name: value.name, type: "not a tensor", shape: [] },
  );
}

async function run(
  opened: OpenSession,
  feeds: Readonly<Record<string, Tensor | KeptTensor>>,
  keep: Readonly<Record<string, KeptTensor>>,
): Promise<Done> {
  const { session, probed, cache } = opened;
  opened.used = probed;
  const first = !opened.ran;
  const started = milliseconds();
  const inputs = Object.fromEntries(Object.entries(feeds).map(([name, value]) => [name, fed(value)]));
  let results: Readonly<Record<string, ort.Tensor>>;
  let cached = false;
  if (probed && cache !== undefined) {
    const found = await cache(
      inputs as CachedTensors,
      async () => (await session.run(inputs)) as CachedTensors,
    );
    cached = found.cached;
    results = Object.fromEntries(
      Object.entries(found.tensors).map(([name, tensor]) => [name, fed(tensor as Tensor)]),
    );
  } else results = await session.run(inputs);
  opened.ran ||= probed && !cached;
  const outputs: Record<string, Tensor> = {};
  const buffers: ArrayBuffer[] = [];
  for (const [name, value] of Object.entries(results)) {
    const as = keep[name];
    if (as !== undefined) kept.set(as.kept, value);
    else {
      const data = value.data as Tensor["data"];
      outputs[name] = { type: value.type as TensorType, dims: [...value.dims], data };
      buffers.push(data.buffer as ArrayBuffer);
    }
  }
  const answer: WorkerAnswer = { outputs, started, ended: milliseconds(), cached, first };
  return { answer, buffers };
}

function fed(value: Tensor | KeptTensor): ort.Tensor {
  if ("kept" in value) {
    const tensor = kept.get(value.kept);
    if (tensor === undefined) throw new Error(`tensor ${value.kept} was released before it was used`);
    return tensor;
  }
  return new ort.Tensor(value.type as "float32", value.data as Float32Array, value.dims);
}

async function providersUsed(opened: OpenSession): Promise<Record<string, number>> {
  const { session, profiles, file, options } = opened;
  session.endProfiling();
  const counts: Record<string, number> = {};
  for (const name of readdirSync(profiles)) {
    const events: unknown = JSON.parse(readFileSync(join(profiles, name), "utf8"));
    if (!Array.isArray(events)) continue;
    for (const event of events as { args?: { provider?: string } }[]) {
      const provider = event.args?.provider;
      if (provider !== undefined) counts[provider] = (counts[provider] ?? 0) + 1;
    }
  }
  opened.probed = true;
  if (options.traces?.[file] === undefined) rmSync(profiles, { recursive: true, force: true });
  else {
    // A profile cannot be restarted after it has ended; a new session also does not contain the trial.
    for (const name of readdirSync(profiles)) rmSync(join(profiles, name));
    opened.session = await create(file, options, join(profiles, "trace"));
    await session.release();
  }
  return Object.fromEntries(Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1)));
}

async function close(): Promise<void> {
  for (const tensor of kept.values()) tensor.dispose();
  kept.clear();
  for (const { session, profiles, used, file, options } of sessions.splice(0)) {
    const trace = options.traces?.[file];
    try {
      if (used && trace !== undefined) {
        session.endProfiling();
        for (const name of readdirSync(profiles)) copyFileSync(join(profiles, name), trace);
      }
    } finally {
      await session.release();
      rmSync(profiles, { recursive: true, force: true });
    }
  }
}

type GraphCache = (
  feeds: CachedTensors,
  compute: () => Promise<CachedTensors>,
) => ReturnType<Cache["through"]>;

/**
 * The cache of a graph's outputs, if it is to be cached. Besides the bytes fed, outputs depend on the graph,
 * on the runtime and its version, and on the processor, whose instructions decide how sums are rounded.
 */
function graphCache(file: string, options: RuntimeOptions, runtime: string): GraphCache | undefined {
  const { cache, provider, threads, optimisation } = options;
  const graph = cache?.graphs[file];
  if (cache === undefined || graph === undefined) return undefined;
  const processor = `${process.platform}-${process.arch} ${cpus()[0]?.model.trim() ?? ""}`;
  const level = optimisation === undefined ? {} : { optimisation };
  const identity = { graph, provider, threads, ...level, runtime, processor };
  const writer = `${process.pid}-${threadId}`;
  const opened = openCache({ ...cache, writer, now: milliseconds });
  return (feeds, compute) => opened.through(identity, feeds, compute);
}
