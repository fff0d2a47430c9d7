import type { ImageSession } from "../core/types.ts";
import type { Family, OpenRequest } from "./family.ts";
import type { GraphHost, RuntimeOptions } from "./runtime/graph.ts";
import { fallbackError, fallenBack } from "./runtime/providers.ts";

export { families } from "./families/index.ts";
export { type Family, type ModelFiles, type Part, partsOf, usualParts } from "./family.ts";
export { type Reading, readingsAmong, readingsOf } from "./recognise/readings.ts";
export {
  foreignSentence,
  type PortMeanings,
  portMeanings,
  type Recognised,
  recognise,
  recogniseModel,
} from "./recognise/recognise.ts";

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
  const [{ openOnnxHost, withCosts }, { openSession }] = await Promise.all([
    import("./runtime/onnx.ts"),
    import("./runtime/session.ts"),
  ]);
  const host = wrap(openOnnxHost(runtime));
  try {
    const session = await openSession(family, { ...request, host });
    const { provider, allowCpuFallback = false } = runtime;
    const used = session.facts.providers as Parameters<typeof fallenBack>[1];
    if (!allowCpuFallback && fallenBack(provider, used).length > 0)
      throw fallbackError(Object.values(request.files), provider, used);
    return withCosts(session);
  } catch (error) {
    await host.close();
    throw error;
  }
}
