// How all masks of an image are asked for: the published generators, each with its own parameters.
import type { GeneratorSettings } from "../../core/mask-sets.ts";
import type { TaskProtocol } from "../task.ts";
import { maskSetMeasures } from "./measures.ts";
import { shareMeasures } from "./shares.ts";

const allMeasures = [...maskSetMeasures, ...shareMeasures];

/** A grid of clicks, filters and suppression. */
export interface EverythingProtocol extends TaskProtocol {
  readonly task: "everything";
  readonly generator: GeneratorSettings;
}

/** Defaults of `SamAutomaticMaskGenerator` (facebookresearch/segment-anything, automatic_mask_generator.py); at most so many masks: D.3's cut. */
export const samGenerator: GeneratorSettings = {
  pointsPerSide: 32,
  cropLayers: 0,
  cropOverlap: 512 / 1500,
  pointsDivisor: 1,
  predictedIou: 0.88,
  stability: 0.95,
  stabilityOffset: 1,
  largest: 1,
  nms: 0.7,
  cropNms: 0.7,
  smallRegions: 0,
  rules: "sam",
  refine: false,
  most: 1000,
  rank: "predicted",
};

/** Defaults of `SAM2AutomaticMaskGenerator` (facebookresearch/sam2, automatic_mask_generator.py). */
export const sam2Generator: GeneratorSettings = { ...samGenerator, predictedIou: 0.8, rules: "sam2" };

/** How SA-1B was made (SAM paper, appendix B): two layers of crops, small regions, and nothing that covers the image. */
export const cropsGenerator: GeneratorSettings = {
  ...samGenerator,
  ...{ cropLayers: 2, pointsDivisor: 2, smallRegions: 100, largest: 0.95 },
};

/** Object proposals (SAM paper, D.3): no filters, and the best 1,000 by the mean of predicted IoU and stability. */
export const proposalsGenerator: GeneratorSettings = {
  ...samGenerator,
  ...{ pointsPerSide: 64, predictedIou: 0, stability: 0, nms: 0.9, rank: "predicted-stability" },
};

const everything = (id: string, summary: string, generator: GeneratorSettings): EverythingProtocol => ({
  ...{ id, task: "everything", summary, generator, needs: needsOf(generator) },
  measures: () => allMeasures,
});

function needsOf({ refine }: GeneratorSettings): TaskProtocol["needs"] {
  return { points: 1, ...(refine ? { maskInput: true } : {}) };
}

/** The same protocol with other parameters, which its summary names. */
export function withGenerator<P extends Pick<TaskProtocol, "summary" | "generator">>(
  protocol: P,
  asked: Partial<GeneratorSettings> = {},
): P {
  const { generator: usual } = protocol;
  if (usual === undefined) return protocol;
  const changed = Object.entries(asked).filter(
    ([key, value]) => usual[key as keyof GeneratorSettings] !== value,
  );
  if (changed.length === 0) return protocol;
  const generator = { ...usual, ...Object.fromEntries(changed) } as GeneratorSettings;
  const words = changed.map(([key, value]) => `${key} ${value}`).join(", ");
  return {
    ...protocol,
    generator,
    needs: needsOf(generator),
    summary: `${protocol.summary}; here with ${words}`,
  };
}

const all = [
  everything(
    "everything@1",
    "all masks of an image, as SAM's own generator makes them: 32 x 32 clicks, filters, suppression of boxes; the best 1,000 at most",
    samGenerator,
  ),
  everything(
    "everything-sam2@1",
    "all masks of an image, as SAM 2's own generator makes them; the best 1,000 at most",
    sam2Generator,
  ),
  everything(
    "everything-crops@1",
    "all masks of an image and of two layers of crops, as SA-1B was made: small regions cleaned, no mask of the whole image; the best 1,000 at most",
    cropsGenerator,
  ),
  everything(
    "proposals@1",
    "object proposals as in the SAM paper (D.3): 64 x 64 clicks, no filters, the best 1,000 masks",
    proposalsGenerator,
  ),
];

/** Protocol id -> protocol. */
export const protocols: Readonly<Record<string, EverythingProtocol>> = Object.fromEntries(
  all.map((protocol) => [protocol.id, protocol]),
);
