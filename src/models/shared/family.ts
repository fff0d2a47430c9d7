import type { FullModelCard } from "../../core/defaults.ts";
import { complain } from "../../core/errors.ts";
import type { ModelSession } from "../../core/types.ts";
import type { Graph, GraphHost } from "./graph.ts";

/** Files of a model: an image encoder and a mask decoder, or one file that does both. */
export const parts = ["encoder", "decoder", "model"] as const;
export type Part = (typeof parts)[number];

/** Path of each part that there is. */
export type ModelFiles = { readonly [part in Part]?: string };
export type Graphs = { readonly [part in Part]?: Graph };

/** One contract of public exports: what is sent, what is read, what the reference does around the graphs. */
export interface Family {
  readonly name: string;
  /** What messages call the contract. */
  readonly title: string;
  /** Opens the graphs on a host and probes them; rejects with a SegbenchError that names the file and the port. */
  open(request: OpenRequest): Promise<ModelSession>;
  /** Why these graphs do not speak this contract, one sentence each; empty when they do. */
  mismatches(graphs: Graphs): readonly string[];
}

/** A family as the registry has it: its file is loaded where one of its models is opened. */
export interface FamilyEntry {
  /** A line for `segbench list families`. */
  readonly summary: string;
  load(): Promise<Family>;
}

export interface OpenRequest {
  readonly card: FullModelCard;
  readonly files: ModelFiles;
  readonly host: GraphHost;
  /** Most prompts per decoder call. */
  readonly batch: number;
}

/** Opens every file of a model; rejects when they do not speak the family's contract. */
export async function openGraphs(
  family: Pick<Family, "title" | "mismatches">,
  { files, host }: OpenRequest,
): Promise<Graphs> {
  const graphs: { [part in Part]?: Graph } = {};
  for (const part of parts) {
    const file = files[part];
    if (file !== undefined) graphs[part] = await host.open(file);
  }
  const mismatches = family.mismatches(graphs);
  if (mismatches.length > 0)
    throw complain({
      where: parts.flatMap((part) => graphs[part]?.file ?? []).join(", "),
      what: `not the ${family.title} contract: ${mismatches.join("; ")}`,
    });
  return graphs;
}

/** The two graphs of a model in two files. */
export async function openPair(
  family: Pick<Family, "title" | "mismatches">,
  request: OpenRequest,
): Promise<{ readonly encoder: Graph; readonly decoder: Graph }> {
  const { encoder, decoder } = await openGraphs(family, request);
  if (encoder !== undefined && decoder !== undefined) return { encoder, decoder };
  throw complain({
    where: Object.values(request.files).join(", "),
    what: `a ${family.title} model has two files`,
    expected: "an encoder and a decoder",
    got: Object.keys(request.files).join(", "),
  });
}
