import type { ModelSession } from "../core/types.ts";
import { openOnnxHost } from "./onnx.ts";
import { sam } from "./sam.ts";
import type { Family, OpenRequest } from "./shared/family.ts";
import type { RuntimeOptions } from "./shared/graph.ts";

export { openOnnxHost, sensibleWorkers } from "./onnx.ts";
export type { Family, ModelFiles } from "./shared/family.ts";

/** Family name -> family. */
export const families: Readonly<Record<string, Family>> = { sam };

/** Opens a model in a worker of its own; the worker ends when opening fails or the session is closed. */
export async function openModel(
  family: Family,
  request: Omit<OpenRequest, "host">,
  runtime: RuntimeOptions,
): Promise<ModelSession> {
  const host = openOnnxHost(runtime);
  try {
    return await family.open({ ...request, host });
  } catch (error) {
    await host.close();
    throw error;
  }
}
