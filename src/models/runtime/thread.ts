// Worker threads, both ends. Exits of a worker are observed here: the pool reports only errors.
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import { Tinypool } from "tinypool";

/** Tasks queued at the worker, which continues with the next while this thread is busy, possibly for long. */
const TASKS_AT_HAND = 4;

export interface Thread<Task> {
  /**
   * The worker gets tasks in the order they are sent, a few ahead of time. Rejects when the thread ends
   * before the answer. Buffers in `transfer` are handed over, the rest of the task is copied.
   */
  send<T>(task: Task, transfer?: readonly ArrayBuffer[]): Promise<T>;
  readonly ended: boolean;
  end(): Promise<void>;
}

/** `entry`: the worker's file, which exports its work by default. */
export function startThread<Task>(entry: WorkerEntry): Thread<Task> {
  const pool = new Tinypool({
    ...entry,
    runtime: "worker_threads",
    minThreads: 1,
    maxThreads: 1,
    concurrentTasksPerWorker: TASKS_AT_HAND,
    idleTimeout: Number.POSITIVE_INFINITY,
  });
  const waiting = new Set<(error: Error) => void>();
  let over: Error | undefined;
  const end = (reason: string) => {
    if (over !== undefined) return;
    over = new Error(`the runtime's worker ended (${reason})`);
    for (const reject of waiting) reject(over);
    waiting.clear();
    // The pool would wait forever for an exit that has already happened.
    void pool.destroy().catch(() => undefined);
  };
  const [worker] = pool.threads;
  worker?.on("error", (error: unknown) => end(error instanceof Error ? error.message : String(error)));
  worker?.on("exit", (code: number) => end(`exit code ${code}`));
  pool.on("error", () => undefined);
  return {
    get ended() {
      return over !== undefined;
    },
    send: <T>(task: Task, transfer: readonly ArrayBuffer[] = []) =>
      new Promise<T>((resolve, reject) => {
        if (over !== undefined) return reject(over);
        waiting.add(reject);
        const settled = (act: () => void) => {
          if (waiting.delete(reject)) act();
        };
        pool.run(task, { transferList: [...transfer] }).then(
          (answer) => settled(() => resolve(answer as T)),
          // The exit follows, with its code.
          (error: Error) => settled(() => reject(error)),
        );
      }),
    async end() {
      if (over !== undefined) return;
      over = new Error("the model is closed");
      await pool.destroy();
    },
  };
}

export interface WorkerEntry {
  readonly filename: string;
  readonly execArgv?: string[];
}

/**
 * A worker's file beside this one, as it is installed. TypeScript sources need their loader in the worker
 * too: hooks of the main thread are not inherited.
 */
export function workerEntry(file: `./${string}.ts`): WorkerEntry {
  const { url } = import.meta;
  if (!url.endsWith(".ts")) return { filename: fileURLToPath(new URL(file.replace(/\.ts$/, ".js"), url)) };
  const api = createRequire(url)
    .resolve("tsx/esm/api")
    .replace(/\.cjs$/, ".mjs");
  const register = `import { register } from ${JSON.stringify(pathToFileURL(api).href)}; register()`;
  return {
    filename: fileURLToPath(new URL(file, url)),
    execArgv: ["--import", `data:text/javascript,${encodeURIComponent(register)}`],
  };
}

/** Lets the pool hand the buffers of a worker's answer over instead of copying them. */
export function transferable<T extends object>(value: T, buffers: readonly ArrayBuffer[]): T {
  return Object.defineProperties(value, {
    [Tinypool.transferableSymbol]: { value: [...new Set(buffers)] },
    [Tinypool.valueSymbol]: { value },
  });
}
