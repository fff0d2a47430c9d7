// Worker threads, both ends.
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parentPort, Worker } from "node:worker_threads";

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

/** What comes back for each task, in their order. */
type Returned = { readonly answer?: unknown } | { readonly error: Error };

interface Sent {
  readonly task: unknown;
  readonly transfer: readonly ArrayBuffer[];
  readonly resolve: (answer: never) => void;
  readonly reject: (error: unknown) => void;
}

/** `entry`: the worker's file, which calls `serve`. The thread keeps the process alive as long as it has something to do. */
export function startThread<Task>({ filename, execArgv }: WorkerEntry): Thread<Task> {
  const worker = new Worker(filename, execArgv && { execArgv });
  worker.unref();
  const waiting: Sent[] = [];
  const atHand: Sent[] = [];
  let over: Error | undefined;
  function hand(): void {
    while (atHand.length < TASKS_AT_HAND && waiting.length > 0) {
      const one = waiting.shift()!;
      try {
        worker.postMessage(one.task, [...one.transfer]);
        if (atHand.push(one) === 1) worker.ref();
      } catch (error) {
        one.reject(error);
      }
    }
  }
  const end = (reason: string) => {
    over ??= new Error(`the runtime's worker ended (${reason})`);
    for (const { reject } of [...atHand.splice(0), ...waiting.splice(0)]) reject(over);
  };
  worker.on("message", (returned: Returned) => {
    const one = atHand.shift();
    if (atHand.length === 0) worker.unref();
    hand();
    if ("error" in returned) one?.reject(returned.error);
    else one?.resolve(returned.answer as never);
  });
  worker.on("error", (error: unknown) => end(error instanceof Error ? error.message : String(error)));
  worker.on("exit", (code: number) => end(`exit code ${code}`));
  return {
    get ended() {
      return over !== undefined;
    },
    send: (task, transfer = []) =>
      new Promise((resolve, reject) => {
        if (over !== undefined) return reject(over);
        waiting.push({ task, transfer, resolve, reject });
        hand();
      }),
    async end() {
      if (over !== undefined) return;
      over = new Error("the model is closed");
      await worker.terminate();
    },
  };
}

export interface Done {
  readonly answer?: unknown;
  /** What of the answer is handed over rather than copied. */
  readonly buffers?: readonly ArrayBuffer[];
}

/** In the worker: does one task after the other, in the order in which they come. */
export function serve<Task>(work: (task: Task) => Promise<Done>): void {
  let last: Promise<unknown> = Promise.resolve();
  const done = async (task: Task) => {
    try {
      const { answer, buffers = [] } = await work(task);
      parentPort!.postMessage({ answer } satisfies Returned, [...new Set(buffers)]);
    } catch (error) {
      parentPort!.postMessage({ error: error as Error } satisfies Returned);
    }
  };
  parentPort!.on("message", (task: Task) => {
    last = last.then(() => done(task));
  });
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
