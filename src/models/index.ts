import type { ImageSession } from "../core/types.ts";
import { tellingCosts } from "./shared/costs.ts";
import type { FamilyEntry, OpenRequest } from "./shared/family.ts";
import type { GraphHost, RuntimeOptions } from "./shared/graph.ts";
import { fallbackError, fallenBack } from "./shared/providers.ts";

export {
  type Family,
  type FamilyEntry,
  type ModelFiles,
  type Part,
  partsOf,
  usualParts,
} from "./shared/family.ts";
export { type PortMeanings, portMeanings } from "./shared/port-meanings.ts";
export { foreignSentence, type Recognised, recognise, recogniseModel } from "./shared/recognise.ts";

/** Family name -> what is told of it, and how its file is loaded. What tells contracts apart is in `shared/signatures.ts`. */
export const families: Readonly<Record<string, FamilyEntry>> = {
  sam: {
    summary:
      "image encoder + the official SAM decoder (point_coords, point_labels, mask_input, has_mask_input)",
    load: async () => (await import("./sam.ts")).sam,
  },
  "sam-hq": {
    summary: "as sam, with the encoder's intermediate features (SAM-HQ, Light HQ-SAM)",
    load: async () => (await import("./sam-hq.ts")).samHq,
  },
  "sam-med2d": {
    summary:
      "SAM's contract with pictures stretched to 256 x 256 and mask prompts as probabilities (SAM-Med2D)",
    load: async () => (await import("./sam-med2d.ts")).samMed2d,
  },
  "edge-sam": {
    summary: "image encoder + decoder of points alone (scores, masks): EdgeSAM",
    load: async () => (await import("./edge-sam.ts")).edgeSam,
  },
  "efficientvit-sam": {
    summary:
      "image encoder + decoder of points alone (masks, iou_predictions), clicks in a frame of 1024: EfficientViT-SAM",
    load: async () => (await import("./efficientvit-sam.ts")).efficientvitSam,
  },
  "efficient-sam": {
    summary: "EfficientSAM, split or in one file: clicks in pixels of the image, at most six points",
    load: async () => (await import("./efficient-sam.ts")).efficientSam,
  },
  sam2: {
    summary: "image encoder with high-resolution features + mask decoder (SAM 2 and 2.1, images)",
    load: async () => (await import("./sam2.ts")).sam2,
  },
  "hf-sam": {
    summary: "SAM in the layout of Optimum and Transformers.js: clicks only (SAM, SlimSAM)",
    load: async () => (await import("./hf-sam.ts")).hfSam,
  },
  "hf-sam2": {
    summary: "SAM 2, EdgeTAM and SAM 3's tracker in the layout of Transformers.js: clicks and boxes",
    load: async () => (await import("./hf-sam2.ts")).hfSam2,
  },
  ritm: {
    summary: "click networks: image, points and previous mask in one graph (RITM, FocalClick, SimpleClick)",
    load: async () => (await import("./ritm.ts")).ritm,
  },
};

/** Opens a model in a worker of its own; the worker ends when opening fails or the session is closed. `wrap`: see tap.ts. */
export async function openModel(
  entry: FamilyEntry,
  request: Omit<OpenRequest, "host">,
  runtime: RuntimeOptions,
  wrap: (host: GraphHost) => GraphHost = (host) => host,
): Promise<ImageSession> {
  const [family, { openOnnxHost }] = await Promise.all([entry.load(), import("./onnx.ts")]);
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
