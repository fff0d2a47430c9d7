// Two models of clips whose graphs, constants and settings can take each other's places.
import type { FullModelCard } from "../../core/defaults.ts";
import type { VideoSession } from "../../core/types.ts";
import type { ModelFiles, Part, VideoFamily } from "../../models/index.ts";
import type { Graph } from "../../models/runtime/graph.ts";
import { type TappedHost, tapHost } from "../../models/runtime/tap.ts";
import { openVideoSession } from "../../models/video/session.ts";

/** A session whose graph calls can be tapped. */
export interface ClipModel {
  readonly name: string;
  readonly session: VideoSession;
  readonly host: TappedHost;
  readonly family: VideoFamily;
  readonly card: FullModelCard;
  /** Absolute. */
  readonly files: ModelFiles;
}

export interface ClipPair {
  readonly reference: ClipModel;
  readonly candidate: ClipModel;
}

/** Stages by the part of a model that does the work, in the order of the work. */
const stages: Readonly<Record<Part, string>> = {
  image_encoder: "encoder",
  prompt_encoder: "prompt encoder",
  mask_decoder: "decoder",
  mlp: "pointers",
  obj_ptr_tpos_proj: "pointers",
  memory_encoder: "memory encoder",
  memory_attention: "memory attention",
};

/** What is done between the graphs, with constants and by the card. */
export const hostStage = "host choice";

export function stageOf(part: Part): string {
  return stages[part] ?? part.replaceAll("_", " ");
}

/** The graphs of a model by part, in the order of the work. */
export function graphsOf({ host, files }: ClipModel): ReadonlyMap<Part, Graph> {
  const known = Object.keys(stages);
  const place = (part: Part) => (known.includes(part) ? known.indexOf(part) : known.length);
  const parts = Object.keys(files).sort((a, b) => place(a) - place(b));
  return new Map(
    parts.flatMap((part) => {
      const graph = host.graphs.find(({ file }) => file === files[part]);
      return graph === undefined ? [] : [[part, graph] as const];
    }),
  );
}

/** The part that a graph's file is, in either model. */
export function partIn(models: readonly ClipModel[]): (file: string) => Part | undefined {
  const parts = new Map(
    models.flatMap(({ files }) => Object.entries(files).map(([part, file]) => [file!, part])),
  );
  return (file) => parts.get(file);
}

/** What of a model is exchanged. */
export interface Exchanged {
  readonly graphs?: ReadonlyMap<Part, Graph>;
  readonly card?: FullModelCard;
  /** A file of constants. */
  readonly constants?: string;
}

export interface Opened {
  readonly session: VideoSession;
  readonly host: TappedHost;
}

/** The model with something exchanged, on graphs that are open already; rejects where they do not go together. */
export async function openExchanged(
  model: ClipModel,
  { graphs, card, constants }: Exchanged,
): Promise<Opened> {
  const own = graphsOf(model);
  const { files, family } = model;
  const host = tapHost({
    async open(file) {
      const part = Object.keys(files).find((one) => files[one] === file)!;
      return { ...(graphs?.get(part) ?? own.get(part)!), providersUsed: async () => ({}) };
    },
    hold: () => Promise.reject(new Error("tensors stay on this side")),
    free: async () => undefined,
    close: async () => undefined,
  });
  const request = {
    card: card ?? model.card,
    files: constants === undefined ? files : { ...files, constants },
  };
  return { session: await openVideoSession(family, { ...request, host }), host };
}
