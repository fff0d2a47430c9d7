// A host whose runs can be recorded and changed. Families use only `GraphHost`, so that the inputs and
// outputs of graphs can be recorded, replaced and varied for every family alike.
import { AsyncLocalStorage } from "node:async_hooks";
import type { Graph, GraphHost, KeptTensor, Tensor } from "./graph.ts";

export type Tensors = Readonly<Record<string, Tensor>>;

/** One run of a graph; graphs are numbered in the order in which they were opened. */
export interface GraphCall {
  readonly graph: Graph;
  readonly number: number;
  /** An output of an earlier run that is fed again is the same object, or a view of the same data. */
  readonly feeds: Tensors;
}

export interface Tap {
  /** What is fed instead; throws where that is impossible. */
  readonly before?: (call: GraphCall) => Tensors;
  /** Takes the place of a run; `run` runs the graph as it is fed. */
  readonly around?: (call: GraphCall, run: () => Promise<Tensors>) => Promise<Tensors>;
  readonly after?: (call: GraphCall, outputs: Tensors) => void;
  /** A tensor that the family gives to the host for later runs, in the family's order. */
  readonly kept?: (tensor: Tensor) => void;
}

export interface TappedHost extends GraphHost {
  /** In the order in which they were opened. */
  readonly graphs: readonly Graph[];
  /** Runs of this host that `work` starts go through the tap, whatever other runs are pending. */
  during<T>(tap: Tap, work: () => Promise<T>): Promise<T>;
}

/** Tensors that a family keeps with the host stay on this side, as plain data. */
export function tapHost(host: GraphHost): TappedHost {
  const current = new AsyncLocalStorage<Tap>();
  const kept = new Map<number, Tensor | Promise<Tensor>>();
  const graphs: Graph[] = [];
  let next = 1;

  const plain = (value: Tensor | KeptTensor, file: string): Tensor | Promise<Tensor> => {
    if (!("kept" in value)) return value;
    const tensor = kept.get(value.kept);
    if (tensor === undefined)
      throw new Error(`${file}: tensor ${value.kept} was released before it was used`);
    return tensor;
  };

  const hold = (tensor: Tensor | Promise<Tensor>): KeptTensor => {
    kept.set(next, tensor);
    return { kept: next++ };
  };

  function wrapped(graph: Graph): Graph {
    const number = graphs.push(graph) - 1;
    // Given tensors are copied anyway: taps read them later.
    const start: Graph["start"] = (feeds, keep = []) => {
      const tap = current.getStore();
      const values = Object.values(feeds).map((value) => plain(value, graph.file));
      const running = async () => {
        const own = await Promise.all(values);
        const call: GraphCall = {
          ...{ graph, number },
          feeds: Object.fromEntries(Object.keys(feeds).map((name, i) => [name, own[i]!])),
        };
        const fed = tap?.before?.(call) ?? call.feeds;
        const run = async () => (await graph.run(fed)) as Tensors;
        const outputs = (await tap?.around?.({ ...call, feeds: fed }, run)) ?? (await run());
        tap?.after?.({ ...call, feeds: fed }, outputs);
        for (const name of keep) tap?.kept?.(outputs[name]!);
        return outputs;
      };
      const done = running();
      const held = keep.map((name) => {
        const tensor = done.then((outputs) => outputs[name]!);
        // Who waits for the run hears of it.
        tensor.catch(() => undefined);
        return [name, hold(tensor)] as const;
      });
      const own = Object.fromEntries(held);
      return { kept: own, outputs: done.then((outputs) => ({ ...outputs, ...own })) };
    };
    return { ...graph, start, run: async (...call) => start(...call).outputs };
  }

  return {
    ...host,
    graphs,
    open: async (file) => wrapped(await host.open(file)),
    async hold(tensor) {
      current.getStore()?.kept?.(tensor);
      return hold(tensor);
    },
    free: async (tensor) => void kept.delete(tensor.kept),
    during: (tap, work) => current.run(tap, work),
  };
}
