// Opens a prepared model, in a worker of its own.

import { complain } from "../../core/errors.ts";
import type { Kind, Plan } from "../../core/plan.ts";
import type {
  ConceptAbilities,
  ConceptSession,
  ImageSession,
  ModelCapabilities,
  Session,
  VideoSession,
} from "../../core/types.ts";
import { readOnnxFile } from "../../formats/onnx-file.ts";
import { tokenizerPart } from "../../models/concept/contract.ts";
import {
  conceptFamilies,
  families,
  openConcept,
  openModel,
  openVideo,
  type Part,
  partsOf,
  videoFamilies,
} from "../../models/index.ts";
import type { Graph, GraphHost, RuntimeOptions } from "../../models/runtime/graph.ts";

import type { PreparedModel } from "./prepare.ts";

/** Where a run keeps image embeddings. */
export interface CacheChoice {
  /** Absolute; it may not exist yet. */
  readonly dir: string;
  /** Bytes. */
  readonly limit: number;
  readonly precision: "float32" | "float16";
}

/** How a prepared model is opened. */
export interface Opening
  extends Pick<Plan, "provider" | "threads" | "models" | "optimisation" | "allowCpuFallback"> {
  readonly cache?: CacheChoice | undefined;
  /** Files for the runtime's own traces. */
  readonly traces?: ((part: Part) => string) | undefined;
}

type Wrap = (host: GraphHost) => GraphHost;

/** Opens a prepared model of images in a worker of its own. */
export async function openPrepared(
  model: PreparedModel,
  opening: Opening,
  wrap?: Wrap,
): Promise<ImageSession> {
  const { card, files } = model;
  const family = familyOf(model, families, "image");
  return openModel(family, { card, files, batch: card.batch }, runtimeOf(model, opening), wrap);
}

/** The same of clips. */
export async function openPreparedVideo(
  model: PreparedModel,
  opening: Opening,
  wrap?: Wrap,
): Promise<VideoSession> {
  const { card, files } = model;
  return openVideo(familyOf(model, videoFamilies, "clip"), { card, files }, runtimeOf(model, opening), wrap);
}

/** The same of concepts. */
export async function openPreparedConcept(
  model: PreparedModel,
  opening: Opening,
  wrap?: Wrap,
): Promise<ConceptSession> {
  const { card, files } = model;
  return openConcept(
    familyOf(model, conceptFamilies, "concept"),
    { card, files },
    runtimeOf(model, opening),
    wrap,
  );
}

/** The same of whatever the model's family takes. */
export function openPreparedAny(model: PreparedModel, opening: Opening): Promise<Session> {
  if (Object.hasOwn(conceptFamilies, model.card.family)) return openPreparedConcept(model, opening);
  return Object.hasOwn(videoFamilies, model.card.family)
    ? openPreparedVideo(model, opening)
    : openPrepared(model, opening);
}

/** What a prompt to a model may have. */
export type ModelAbilities =
  | ({ readonly kind: "image" } & Pick<ModelCapabilities, "box" | "maskInput" | "points">)
  | ({ readonly kind: "concept" } & ConceptAbilities);

/** What a model takes, read off its card and the ports of its files: nothing is opened. */
export async function abilitiesOf(model: PreparedModel): Promise<ModelAbilities> {
  const { card, files } = model;
  const graphs: Record<Part, Graph> = {};
  for (const part of partsOf(files))
    if (part !== tokenizerPart)
      graphs[part] = { ...closed, ...(await readOnnxFile(files[part]!)), file: files[part]! };
  if (Object.hasOwn(conceptFamilies, card.family))
    return { kind: "concept", ...conceptFamilies[card.family]!.contract(graphs, card).abilities };
  const { takes } = familyOf(model, families, "image").contract(graphs, { card, batch: card.batch });
  return { kind: "image", ...takes };
}

/** Of a graph that is only looked at. */
const closed = {
  start: () => notOpen(),
  run: async () => notOpen(),
  providersUsed: () => Promise.resolve({}),
} satisfies Partial<Graph>;

function notOpen(): never {
  throw new Error("the graph is not open");
}

function familyOf<F>({ name, card }: PreparedModel, known: Readonly<Record<string, F>>, kind: Kind): F {
  const family = known[card.family];
  if (family !== undefined) return family;
  throw complain(`model ${name}`, `is of no family of models of ${kind}s`, {
    expected: `one of ${Object.keys(known).join(", ")}`,
    got: `"${card.family}"`,
  });
}

function runtimeOf(model: PreparedModel, opening: Opening): RuntimeOptions {
  const { card, files } = model;
  const { threads, traces, optimisation, allowCpuFallback } = opening;
  const traced = traces === undefined ? [] : partsOf(files);
  return {
    ...{ provider: card.provider ?? opening.provider, threads, ...cacheOf(model, opening) },
    ...(optimisation === undefined ? {} : { optimisation }),
    allowCpuFallback: allowCpuFallback === true,
    traces: Object.fromEntries(traced.map((part) => [files[part]!, traces!(part)])),
  };
}

/** An encoder is all its files: one that is not the decoder's may hold its weights. */
function cacheOf({ name, card, files: { encoder } }: PreparedModel, { cache, models }: Opening) {
  const facts = models.find((model) => model.name === name)?.files;
  if (cache === undefined || facts === undefined || encoder === undefined) return {};
  const graph = facts.filter(({ path }) => path !== card.files.decoder).map(({ sha256 }) => sha256);
  return { cache: { ...cache, graphs: { [encoder]: graph.join(" ") } } };
}
