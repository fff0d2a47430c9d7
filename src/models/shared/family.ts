import type { FullModelCard } from "../../core/defaults.ts";
import { complain } from "../../core/errors.ts";
import type { ImageSession } from "../../core/types.ts";
import type { Graph, GraphHost } from "./graph.ts";

/** A graph of a model, by the name that its family gives it: the key of its file on a card. */
export type Part = string;

/** An image encoder and a mask decoder, or one file that does both: what a family has that names no others. */
export const usualParts: readonly Part[] = ["encoder", "decoder", "model"];

/** Path of each part that there is. */
export type ModelFiles = Readonly<Record<Part, string>>;
export type Graphs = Readonly<Record<Part, Graph>>;

/** The parts that there are: the usual ones in their order, then others by name. */
export function partsOf(files: Readonly<Record<Part, unknown>>): readonly Part[] {
  const others = Object.keys(files).filter((part) => !usualParts.includes(part));
  return [...usualParts, ...others.sort()].filter((part) => files[part] !== undefined);
}

/** One contract of public exports: what is sent, what is read, what the reference does around the graphs. */
export interface Family {
  readonly name: string;
  /** What messages call the contract. */
  readonly title: string;
  /** Opens the graphs on a host and probes them; rejects with a SegbenchError that names the file and the port. */
  open(request: OpenRequest): Promise<ImageSession>;
  /** Why these graphs do not speak this contract, one sentence each; empty when they do. */
  mismatches(graphs: Graphs): readonly string[];
}

/** A family as the registry has it: its file is loaded where one of its models is opened. */
export interface FamilyEntry {
  /** A line for `segbench list families`. */
  readonly summary: string;
  /** Names of its graphs; default: the usual ones. */
  readonly parts?: readonly Part[];
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
  const graphs: Record<Part, Graph> = {};
  for (const part of partsOf(files)) graphs[part] = await host.open(files[part]!);
  const mismatches = family.mismatches(graphs);
  if (mismatches.length > 0)
    throw complain({
      where: Object.values(graphs)
        .map(({ file }) => file)
        .join(", "),
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
