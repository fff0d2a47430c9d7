import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import { fileURLToPath, pathToFileURL } from "node:url";
import { Tinypool } from "tinypool";
import { complain } from "../core/errors.ts";
import type { OpenedGraph, WorkerAnswer, WorkerTask } from "./onnx-worker.ts";
import { milliseconds } from "./shared/clock.ts";
import { tellCost } from "./shared/costs.ts";
import type { Graph, GraphHost, KeptTensor, RuntimeOptions } from "./shared/graph.ts";

/**
 * A worker thread of its own with onnxruntime in it. Calls return promises and run one after the other; the calling
 * thread stays free. Tensors fed are copied to the worker, results are handed over without a copy.
 */
export function openOnnxHost(options: RuntimeOptions): GraphHost {
  const pool = new Tinypool({
    ...workerEntry(),
    runtime: "worker_threads",
    minThreads: 1,
    maxThreads: 1,
    concurrentTasksPerWorker: 1,
    idleTimeout: Number.POSITIVE_INFINITY,
  });
  const send = <T>(task: WorkerTask): Promise<T> => pool.run(task) as Promise<T>;
  return {
    async open(file) {
      const opened = await send<OpenedGraph>({ op: "open", file, options }).catch((cause: unknown) => {
        throw openingError(file, options, cause);
      });
      return graphOf(file, opened, send);
    },
    async hold(tensor) {
      const sent = milliseconds();
      const held = await send<KeptTensor>({ op: "hold", tensor });
      tellCost({ running: 0, elapsed: milliseconds() - sent, result: "none" });
      return held;
    },
    free: ({ kept }) => send<void>({ op: "free", kept }),
    async close() {
      await send<void>({ op: "close" });
      await pool.destroy();
    },
  };
}

function graphOf(
  file: string,
  { graph, inputs, outputs }: OpenedGraph,
  send: <T>(task: WorkerTask) => Promise<T>,
): Graph {
  return {
    file,
    inputs,
    outputs,
    async run(feeds, keep = []) {
      const sent = milliseconds();
      const { outputs, started, ended, cached } = await send<WorkerAnswer>({ op: "run", graph, feeds, keep });
      tellCost({
        running: ended - started,
        elapsed: milliseconds() - sent,
        result: cached ? "cached" : "computed",
      });
      return outputs;
    },
    providersUsed: () => send<Record<string, number>>({ op: "providers", graph }),
  };
}

function openingError(file: string, { provider }: RuntimeOptions, cause: unknown) {
  const message = cause instanceof Error ? cause.message : String(cause);
  return complain({
    where: file,
    what: "cannot be opened as an ONNX model",
    expected: `a whole ONNX file that onnxruntime can run on provider "${provider}"`,
    got: message.replace(/\s+/g, " ").trim(),
    cause,
  });
}

/** The worker's entry file. TypeScript sources need their loader in the worker too: hooks of the main thread are not inherited. */
function workerEntry(): { filename: string; execArgv?: string[] } {
  const sources = import.meta.url.endsWith(".ts");
  const filename = fileURLToPath(new URL(sources ? "./onnx-worker.ts" : "./onnx-worker.js", import.meta.url));
  if (!sources) return { filename };
  const api = createRequire(import.meta.url)
    .resolve("tsx/esm/api")
    .replace(/\.cjs$/, ".mjs");
  const register = `import { register } from ${JSON.stringify(pathToFileURL(api).href)}; register()`;
  return { filename, execArgv: ["--import", `data:text/javascript,${encodeURIComponent(register)}`] };
}

/** What `workers` may sensibly be: one JavaScript thread stays for the scoring. */
export function sensibleWorkers(threads: number): number {
  return Math.max(1, Math.floor((availableParallelism() - 1) / threads));
}
