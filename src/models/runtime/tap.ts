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
  const kept = new Map<number, Tensor>();
  const graphs: Graph[] = [];
  let next = 1;

  const plain = (value: Tensor | KeptTensor, file: string): Tensor => {
    if (!("kept" in value)) return value;
    const tensor = kept.get(value.kept);
    if (tensor === undefined)
      throw new Error(`${file}: tensor ${value.kept} was released before it was used`);
    return tensor;
  };

  const hold = (tensor: Tensor): KeptTensor => {
    current.getStore()?.kept?.(tensor);
    kept.set(next, tensor);
    return { kept: next++, type: tensor.type, dims: tensor.dims };
  };

  function wrapped(graph: Graph): Graph {
    const number = graphs.push(graph) - 1;
    return {
      ...graph,
      // Given tensors are copied anyway: taps read them later.
      async run(feeds, keep = []) {
        const tap = current.getStore();
        const entries = Object.entries(feeds).map(
          ([name, value]) => [name, plain(value, graph.file)] as const,
        );
        const call: GraphCall = { graph, number, feeds: Object.fromEntries(entries) };
        const fed = tap?.before?.(call) ?? call.feeds;
        const own = async () => (await graph.run(fed)) as Tensors;
        const outputs = (await tap?.around?.({ ...call, feeds: fed }, own)) ?? (await own());
        tap?.after?.({ ...call, feeds: fed }, outputs);
        const results: Record<string, Tensor | KeptTensor> = { ...outputs };
        for (const name of keep) if (outputs[name] !== undefined) results[name] = hold(outputs[name]);
        return results;
      },
    };
  }

  return {
    ...host,
    graphs,
    open: async (file) => wrapped(await host.open(file)),
    hold: async (tensor) => hold(tensor),
    free: async (tensor) => void kept.delete(tensor.kept),
    during: (tap, work) => current.run(tap, work),
  };
}
