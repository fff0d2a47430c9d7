import type { ModelSession } from "../core/types.ts";
import { edgeSam } from "./edge-sam.ts";
import { efficientSam } from "./efficient-sam.ts";
import { efficientvitSam } from "./efficientvit-sam.ts";
import { hfSam } from "./hf-sam.ts";
import { hfSam2 } from "./hf-sam2.ts";
import { openOnnxHost } from "./onnx.ts";
import { ritm } from "./ritm.ts";
import { sam } from "./sam.ts";
import { samHq } from "./sam-hq.ts";
import { samMed2d } from "./sam-med2d.ts";
import { sam2 } from "./sam2.ts";
import { tellingCosts } from "./shared/costs.ts";
import type { Family, OpenRequest } from "./shared/family.ts";
import type { GraphHost, RuntimeOptions } from "./shared/graph.ts";
import { fallbackError, fallenBack } from "./shared/providers.ts";

export { openOnnxHost } from "./onnx.ts";
export { type Family, type ModelFiles, type Part, parts } from "./shared/family.ts";
export { type PortMeanings, portMeanings } from "./shared/port-meanings.ts";
export { foreignSentence, type Recognised, recognise, recogniseModel } from "./shared/recognise.ts";

/** Family name -> family. */
export const families: Readonly<Record<string, Family>> = {
  sam,
  "sam-hq": samHq,
  "sam-med2d": samMed2d,
  "edge-sam": edgeSam,
  "efficientvit-sam": efficientvitSam,
  "efficient-sam": efficientSam,
  sam2,
  "hf-sam": hfSam,
  "hf-sam2": hfSam2,
  ritm,
};

/** Opens a model in a worker of its own; the worker ends when opening fails or the session is closed. `wrap`: see tap.ts. */
export async function openModel(
  family: Family,
  request: Omit<OpenRequest, "host">,
  runtime: RuntimeOptions,
  wrap: (host: GraphHost) => GraphHost = (host) => host,
): Promise<ModelSession> {
  const host = wrap(openOnnxHost(runtime));
  try {
    const session = await family.open({ ...request, host });
    const { provider, allowCpuFallback = false } = runtime;
    const used = session.facts.providers as Parameters<typeof fallenBack>[1];
    if (!allowCpuFallback && fallenBack(provider, used).length > 0)
      throw fallbackError(Object.values(request.files), provider, used);
    return tellingCosts(session);
  } catch (error) {
    await host.close();
    throw error;
  }
}
