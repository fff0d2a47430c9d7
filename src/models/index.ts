import type { ConceptSession, ImageSession, Session, VideoSession } from "../core/types.ts";
import type { ConceptFamily } from "./concept/contract.ts";
import type { Family, OpenRequest } from "./family.ts";
import type { GraphHost, RuntimeOptions } from "./runtime/graph.ts";
import { fallbackError, fallenBack } from "./runtime/providers.ts";
import type { VideoFamily } from "./video/contract.ts";

export type { ConceptFamily } from "./concept/contract.ts";
export { conceptFamilies } from "./concept/families/index.ts";
export { families } from "./families/index.ts";
export { type Family, type FamilyFacts, type ModelFiles, type Part, partsOf, usualParts } from "./family.ts";
export { fileBeside, type Incomplete, incompleteModules, incompleteText } from "./recognise/modules.ts";
export { type Reading, readingsAmong, readingsOf } from "./recognise/readings.ts";
export {
  foreignSentence,
  type PortMeanings,
  portMeanings,
  type Recognised,
  recognise,
  recogniseModel,
} from "./recognise/recognise.ts";
export type { VideoFamily } from "./video/contract.ts";
export { videoFamilies } from "./video/families/index.ts";

/**
 * Opens a model in a worker of its own; the worker ends when opening fails or the session is closed. The
 * runtime is not loaded before. `wrap`: see runtime/tap.ts.
 */
export async function openModel(
  family: Family,
  request: Omit<OpenRequest, "host">,
  runtime: RuntimeOptions,
  wrap: (host: GraphHost) => GraphHost = (host) => host,
): Promise<ImageSession> {
  const { openSession } = await import("./runtime/session.ts");
  const { withCosts } = await import("./runtime/onnx.ts");
  return withCosts(await opened((host) => openSession(family, { ...request, host }), request, runtime, wrap));
}

/** The same for a model of clips; its files are those of its graphs, and `constants`. */
export async function openVideo(
  family: VideoFamily,
  request: Omit<OpenRequest, "host" | "batch">,
  runtime: RuntimeOptions,
  wrap: (host: GraphHost) => GraphHost = (host) => host,
): Promise<VideoSession> {
  const { openVideoSession } = await import("./video/session.ts");
  const { withClipCosts } = await import("./runtime/onnx.ts");
  return withClipCosts(
    await opened((host) => openVideoSession(family, { ...request, host }), request, runtime, wrap),
    new Map(Object.entries(request.files).map(([part, file]) => [file, part])),
  );
}

/** The same for a model of concepts; its files are those of its graphs, and `tokenizer`. */
export async function openConcept(
  family: ConceptFamily,
  request: Omit<OpenRequest, "host" | "batch">,
  runtime: RuntimeOptions,
  wrap: (host: GraphHost) => GraphHost = (host) => host,
): Promise<ConceptSession> {
  const { openConceptSession } = await import("./concept/session.ts");
  const { withConceptCosts } = await import("./runtime/onnx.ts");
  return withConceptCosts(
    await opened((host) => openConceptSession(family, { ...request, host }), request, runtime, wrap),
    request.files.text,
  );
}

async function opened<S extends Session>(
  open: (host: GraphHost) => Promise<S>,
  { files }: Pick<OpenRequest, "files">,
  runtime: RuntimeOptions,
  wrap: (host: GraphHost) => GraphHost,
): Promise<S> {
  const { openOnnxHost } = await import("./runtime/onnx.ts");
  const host = wrap(openOnnxHost(runtime));
  try {
    const session = await open(host);
    const { provider, allowCpuFallback = false } = runtime;
    const used = session.facts.providers as Parameters<typeof fallenBack>[1];
    if (!allowCpuFallback && fallenBack(provider, used).length > 0)
      throw fallbackError(Object.values(files), provider, used);
    return session;
  } catch (error) {
    await host.close();
    throw error;
  }
}
