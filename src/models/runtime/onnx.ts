// onnxruntime as a host of graphs, and listeners for the cost of their runs, which families do not see.
import { AsyncLocalStorage } from "node:async_hooks";
import type { CostListener } from "../../core/cost.ts";
import { complain } from "../../core/errors.ts";
import type { ConceptSession, ImageSession, VideoSession } from "../../core/types.ts";
import { milliseconds } from "./clock.ts";
import {
  type Graph,
  type GraphHost,
  type KeptTensor,
  LostTensor,
  type RuntimeOptions,
  type Tensor,
} from "./graph.ts";
import type { OpenedGraph, WorkerAnswer, WorkerTask } from "./onnx-worker.ts";
import { providerNeeds } from "./providers.ts";
import { withoutTelemetry } from "./telemetry.ts";
import { startThread, type Thread, workerEntry } from "./thread.ts";

const entry = workerEntry("./onnx-worker.ts");
const listeners = new AsyncLocalStorage<CostListener>();

/**
 * A worker thread of its own with onnxruntime in it. Calls return promises and run one after the other; the calling
 * thread stays free. Tensors fed are copied to the worker unless they are given; results are handed over without a copy.
 *
 * When the thread ends by itself, pending calls and calls with tensors that it kept fail; the next call
 * without such tensors opens the graphs in another thread.
 */
export function openOnnxHost(options: RuntimeOptions): GraphHost {
  const files: { readonly file: string; probed: boolean }[] = [];
  /** Tensors that are kept are numbered through; those before `firstKept` were kept by threads that ended. */
  let [firstKept, nextKept] = [0, 0];
  withoutTelemetry();
  let thread = startThread<WorkerTask>(entry);
  let starting: Promise<void> | undefined;
  let closed = false;

  const open = (to: Thread<WorkerTask>, file: string) =>
    to.send<OpenedGraph>({ op: "open", file, options }).catch((cause: unknown) => {
      throw openingError(file, options, cause);
    });

  async function restart(): Promise<void> {
    const next = startThread<WorkerTask>(entry);
    try {
      for (const [graph, { file, probed }] of files.entries()) {
        await open(next, file);
        if (probed) await next.send({ op: "providers", graph });
      }
    } catch (error) {
      await next.end();
      throw error;
    }
    thread = next;
  }

  /**
   * Before a task that is `fed` kept tensors is numbered and sent: throws where they are lost; otherwise another thread takes the
   * place of one that ended.
   */
  function ready(fed: readonly KeptTensor[] = []): void {
    if (closed) throw new Error("the model is closed");
    const gone = thread.ended && starting === undefined;
    if (fed.some(({ kept }) => gone || kept < firstKept)) throw new LostTensor();
    if (!gone) return;
    firstKept = nextKept;
    starting = restart().finally(() => {
      starting = undefined;
    });
  }

  const caller: Caller = {
    number: () => ({ kept: nextKept++ }),
    ready,
    async send<T>(task: WorkerTask, transfer?: readonly ArrayBuffer[]): Promise<T> {
      ready();
      if (starting !== undefined) await starting;
      return thread.send<T>(task, transfer);
    },
  };

  return {
    async open(file) {
      const opened = await open(thread, file);
      files.push({ file, probed: false });
      return graphOf(files.at(-1)!, opened, caller);
    },
    async hold(tensor) {
      const sent = milliseconds();
      ready();
      const as = caller.number();
      await caller.send<void>({ op: "hold", tensor, as });
      listeners.getStore()?.({ running: 0, elapsed: milliseconds() - sent, result: "none" });
      return as;
    },
    /** Tensors of an ended thread need not be freed. */
    free: async ({ kept }) =>
      thread.ended || kept < firstKept ? undefined : thread.send<void>({ op: "free", kept }),
    async close() {
      closed = true;
      await starting?.catch(() => undefined);
      try {
        if (!thread.ended) await thread.send<void>({ op: "close" });
      } finally {
        await thread.end();
      }
    },
  };
}

interface Caller {
  ready(fed?: readonly KeptTensor[]): void;
  /** The next number for a tensor that is kept. */
  number(): KeptTensor;
  send<T>(task: WorkerTask, transfer?: readonly ArrayBuffer[]): Promise<T>;
}

function graphOf(
  entry: { readonly file: string; probed: boolean },
  { graph, inputs, outputs }: OpenedGraph,
  { ready, number, send }: Caller,
): Graph {
  const start: Graph["start"] = (feeds, names = [], given = []) => {
    const sent = milliseconds();
    const held = Object.values(feeds).filter((value: Tensor | KeptTensor) => "kept" in value);
    const buffers = given.flatMap((name) => {
      const feed = feeds[name];
      return feed !== undefined && "data" in feed ? [feed.data.buffer as ArrayBuffer] : [];
    });
    ready(held);
    const kept = Object.fromEntries(names.map((name) => [name, number()]));
    const task = { op: "run", graph, feeds, keep: kept } as const;
    const answered = async () => {
      const answer = await send<WorkerAnswer>(task, [...new Set(buffers)]);
      const { started, ended, cached, first } = answer;
      listeners.getStore()?.({
        file: entry.file,
        running: ended - started,
        elapsed: milliseconds() - sent,
        result: cached ? "cached" : "computed",
        first,
      });
      return { ...answer.outputs, ...kept };
    };
    return { kept, outputs: answered() };
  };
  return {
    file: entry.file,
    ...{ inputs, outputs, start },
    run: async (...call) => start(...call).outputs,
    async providersUsed() {
      const used = await send<Record<string, number>>({ op: "providers", graph });
      entry.probed = true;
      return used;
    },
  };
}

function openingError(file: string, { provider }: RuntimeOptions, cause: unknown) {
  const message = cause instanceof Error ? cause.message : String(cause);
  const got = message.replace(/\s+/g, " ").trim();
  const [what, expected] =
    provider === "cpu"
      ? ["cannot be opened as an ONNX model", 'a whole ONNX file that onnxruntime can run on provider "cpu"']
      : [`cannot be opened on provider "${provider}"`, providerNeeds(provider)];
  return complain(file, what, { code: "model", expected, got, cause });
}

const heard = <T>(listener: CostListener | undefined, work: () => Promise<T>) =>
  listener === undefined ? work() : listeners.run(listener, work);

/** The same session, with the listeners of its clips called for every run of a graph of this host. `parts`: which graph a file is. */
export function withClipCosts(session: VideoSession, parts: ReadonlyMap<string, string>): VideoSession {
  return {
    ...session,
    async open(clip, options = {}) {
      const { cost: given } = options;
      const cost: CostListener | undefined =
        given &&
        (({ file, ...rest }) => given(file === undefined ? rest : { file, ...rest, part: parts.get(file)! }));
      const tracks = await heard(cost, () => session.open(clip, options));
      return {
        ...tracks,
        prompt: (...words) => heard(cost, () => tracks.prompt(...words)),
        async *propagate(pass) {
          const steps = tracks.propagate(pass)[Symbol.asyncIterator]();
          try {
            for (;;) {
              const step = await heard(cost, () => steps.next());
              if (step.done === true) return;
              yield step.value;
            }
          } finally {
            await steps.return?.();
          }
        },
      };
    },
  };
}

/** The same session, with its listeners called for every run of a graph of this host. */
export function withCosts(session: ImageSession): ImageSession {
  return {
    ...session,
    encode: (image, listener) => heard(listener, () => session.encode(image)),
    decode: (embedding, prompts, listener) => heard(listener, () => session.decode(embedding, prompts)),
  };
}

/** The same of a model of concepts. `text`: the file of its text encoder. */
export function withConceptCosts(session: ConceptSession, text: string | undefined): ConceptSession {
  return {
    ...session,
    encode: (image, listener) => heard(listener, () => session.encode(image)),
    find: (embedding, prompts, { cost, ...options }) =>
      heard(cost && ((own) => cost(own.file === text ? { ...own, part: "text" } : own)), () =>
        session.find(embedding, prompts, options),
      ),
  };
}
