// Runs in a worker thread: onnxruntime's run() blocks the JavaScript thread that calls it, so sessions live here and the
// main thread stays free to score. One task at a time; tensors kept between tasks are held by number.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as ort from "onnxruntime-node";
import { Tinypool } from "tinypool";
import type { GraphPort, KeptTensor, RuntimeOptions, Tensor, TensorType } from "./shared/graph.ts";

export type WorkerTask =
  | { readonly op: "open"; readonly file: string; readonly options: RuntimeOptions }
  | {
      readonly op: "run";
      readonly graph: number;
      readonly feeds: Readonly<Record<string, Tensor | KeptTensor>>;
      readonly keep: readonly string[];
    }
  | { readonly op: "hold"; readonly tensor: Tensor }
  | { readonly op: "providers"; readonly graph: number }
  | { readonly op: "free"; readonly kept: number }
  | { readonly op: "close" };

export interface OpenedGraph {
  readonly graph: number;
  readonly inputs: readonly GraphPort[];
  readonly outputs: readonly GraphPort[];
}

interface OpenSession {
  readonly session: ort.InferenceSession;
  readonly profiles: string;
}

ort.env.logLevel = "fatal";

const sessions: OpenSession[] = [];
const kept = new Map<number, ort.Tensor>();
let nextKept = 1;

export default async function work(task: WorkerTask): Promise<unknown> {
  // Float16 tensors are Uint16Arrays of bits: where the language has an array type of its own, onnxruntime-node would use
  // that and then refuse it.
  Reflect.deleteProperty(globalThis, "Float16Array");
  switch (task.op) {
    case "open":
      return open(task.file, task.options);
    case "run":
      return run(sessionOf(task.graph), task.feeds, task.keep);
    case "hold":
      return hold(fed(task.tensor));
    case "providers":
      return providersUsed(sessions[task.graph]!);
    case "free":
      kept.get(task.kept)?.dispose();
      kept.delete(task.kept);
      return undefined;
    case "close":
      return close();
  }
}

function sessionOf(graph: number): ort.InferenceSession {
  return sessions[graph]!.session;
}

/** Profiling is on from the start and ended by `providersUsed`: the API does not tell which provider a node ran on. */
async function open(file: string, { provider, threads }: RuntimeOptions): Promise<OpenedGraph> {
  const profiles = mkdtempSync(join(tmpdir(), "segbench-profile-"));
  try {
    const session = await ort.InferenceSession.create(file, {
      executionProviders: [provider],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      graphOptimizationLevel: "all",
      logSeverityLevel: 4, // errors are thrown as well; printing them would be twice
      enableProfiling: true,
      profileFilePrefix: join(profiles, "probe"),
    });
    const graph = sessions.push({ session, profiles }) - 1;
    return { graph, inputs: ports(session.inputMetadata), outputs: ports(session.outputMetadata) };
  } catch (error) {
    rmSync(profiles, { recursive: true, force: true });
    throw error;
  }
}

function ports(metadata: readonly ort.InferenceSession.ValueMetadata[]): GraphPort[] {
  return metadata.map((value) =>
    value.isTensor
      ? { name: value.name, type: value.type, shape: [...value.shape] }
      : { name: value.name, type: "not a tensor", shape: [] },
  );
}

async function run(
  session: ort.InferenceSession,
  feeds: Readonly<Record<string, Tensor | KeptTensor>>,
  keep: readonly string[],
): Promise<Record<string, Tensor | KeptTensor>> {
  const inputs = Object.fromEntries(Object.entries(feeds).map(([name, value]) => [name, fed(value)]));
  const results = await session.run(inputs);
  const outputs: Record<string, Tensor | KeptTensor> = {};
  const buffers: ArrayBuffer[] = [];
  for (const [name, value] of Object.entries(results)) {
    const type = value.type as TensorType;
    const dims = [...value.dims];
    if (keep.includes(name)) {
      outputs[name] = hold(value);
    } else {
      const data = value.data as Tensor["data"];
      outputs[name] = { type, dims, data };
      buffers.push(data.buffer as ArrayBuffer);
    }
  }
  return transferable(outputs, buffers);
}

function hold(value: ort.Tensor): KeptTensor {
  kept.set(nextKept, value);
  return { kept: nextKept++, type: value.type as TensorType, dims: [...value.dims] };
}

function fed(value: Tensor | KeptTensor): ort.Tensor {
  if ("kept" in value) {
    const tensor = kept.get(value.kept);
    if (tensor === undefined) throw new Error(`tensor ${value.kept} was released before it was used`);
    return tensor;
  }
  return new ort.Tensor(value.type as "float32", value.data as Float32Array, value.dims);
}

/** Lets the pool hand the buffers over instead of copying them. */
function transferable<T extends object>(value: T, buffers: readonly ArrayBuffer[]): T {
  return Object.defineProperties(value, {
    [Tinypool.transferableSymbol]: { value: [...new Set(buffers)] },
    [Tinypool.valueSymbol]: { value },
  });
}

function providersUsed({ session, profiles }: OpenSession): Record<string, number> {
  session.endProfiling();
  const counts: Record<string, number> = {};
  for (const file of readdirSync(profiles)) {
    const events: unknown = JSON.parse(readFileSync(join(profiles, file), "utf8"));
    if (!Array.isArray(events)) continue;
    for (const event of events as { args?: { provider?: string } }[]) {
      const provider = event.args?.provider;
      if (provider !== undefined) counts[provider] = (counts[provider] ?? 0) + 1;
    }
  }
  rmSync(profiles, { recursive: true, force: true });
  return Object.fromEntries(Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1)));
}

async function close(): Promise<void> {
  for (const tensor of kept.values()) tensor.dispose();
  kept.clear();
  for (const { session, profiles } of sessions.splice(0)) {
    await session.release();
    rmSync(profiles, { recursive: true, force: true });
  }
}
