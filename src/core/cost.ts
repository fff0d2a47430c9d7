// What runs of graphs cost, for timings alone.

/** What one run of a graph, or handing it a tensor, cost in milliseconds. */
export interface GraphCost {
  /** Of the graph that ran; `part`: of a model of clips, which of its graphs that is; of a model of phrases "text", its text encoder. */
  readonly file?: string;
  readonly part?: string;
  /** In the runtime, or in reading the result where it was kept. */
  readonly running: number;
  /** Until the caller had the result: also waiting for runs before it, and for a busy caller. */
  readonly elapsed: number;
  /** The graph ran; the result of an earlier run was used; there was nothing to compute. */
  readonly result: "computed" | "cached" | "none";
  /** The first run of this graph in its thread after the trial: what is set up at first use is in its time. */
  readonly first?: boolean;
}

export type CostListener = (cost: GraphCost) => void;
