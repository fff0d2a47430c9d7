import type { FullModelCard } from "../../core/defaults.ts";
import type { ModelSession } from "../../core/types.ts";
import type { Graph, GraphHost } from "./graph.ts";

export interface ModelFiles {
  readonly encoder: string;
  readonly decoder: string;
}

/** One contract of public exports: what is sent, what is read, what the reference does around the graphs. */
export interface Family {
  readonly name: string;
  readonly summary: string;
  /** Opens the graphs on a host and probes them; rejects with a SegbenchError that names the file and the port. */
  open(request: OpenRequest): Promise<ModelSession>;
  /** Why these graphs do not speak this contract, one sentence each; empty when they do. */
  mismatches(graphs: { encoder?: Graph; decoder?: Graph }): readonly string[];
}

export interface OpenRequest {
  readonly card: FullModelCard;
  readonly files: ModelFiles;
  readonly host: GraphHost;
  /** Most prompts per decoder call. */
  readonly batch: number;
}
