// A model that answers as it should and writes down what it was sent.

import type {
  BitMask,
  Candidate,
  Embedding,
  ImageSession,
  Logits,
  ModelCapabilities,
  Prediction,
  Prompt,
  RgbImage,
} from "../../src/core/types.ts";
import { area, tightBox } from "../../src/masks/bit-mask.ts";

/** One mask of an answer: what it looks like at full size, and what the model thinks of it. */
export interface Proposal {
  readonly mask: BitMask;
  readonly predicted: number;
  /** Default: 1. */
  readonly stability?: number;
}

export type Answer = readonly Proposal[] | { readonly failed: string };

export interface Script {
  readonly capabilities?: Partial<ModelCapabilities>;
  /** The answer to prompt `index` of decoder call `call`. */
  answer(prompt: Prompt, index: number, call: number): Answer;
  /** Called first; may throw. */
  onEncode?(image: RgbImage): void;
  onDecode?(prompts: readonly Prompt[], call: number): void;
  onRelease?(): void;
}

export const oneMask: ModelCapabilities = {
  box: true,
  maskInput: true,
  multimask: false,
  singleMask: true,
  batch: 1,
  predictedIouIsIou: true,
};
export const fourMasks: ModelCapabilities = { ...oneMask, multimask: true };
export const threeMasks: ModelCapabilities = { ...oneMask, multimask: true, singleMask: false };

export interface FakeSession extends ImageSession {
  /** Prompts of each decoder call. */
  readonly calls: Prompt[][];
  /** The candidates returned for each prompt, in the order of `calls.flat()`; nothing for failed ones. */
  readonly returned: (readonly Candidate[])[];
  readonly encoded: RgbImage[];
  readonly released: Embedding[];
}

export function fakeSession(script: Script): FakeSession {
  const proposals = new WeakMap<Logits, Proposal>();
  const calls: Prompt[][] = [];
  const returned: (readonly Candidate[])[] = [];
  const encoded: RgbImage[] = [];
  const released: Embedding[] = [];
  const candidateOf = (proposal: Proposal): Candidate => {
    const lowResolution: Logits = { width: 1, height: 1, data: Float32Array.of(returned.length) };
    proposals.set(lowResolution, proposal);
    return { predictedIou: proposal.predicted, lowResolution };
  };
  return {
    capabilities: { ...fourMasks, ...script.capabilities },
    facts: {},
    calls,
    returned,
    encoded,
    released,
    async encode(image) {
      script.onEncode?.(image);
      encoded.push(image);
      return { size: { width: image.width, height: image.height } };
    },
    async decode(embedding, prompts) {
      if (released.includes(embedding)) throw new Error("used after it was released");
      const call = calls.push([...prompts]) - 1;
      script.onDecode?.(prompts, call);
      return prompts.map((prompt, index): Prediction => {
        const answer = script.answer(prompt, index, call);
        if ("failed" in answer) {
          returned.push([]);
          return { status: "failed", reason: answer.failed };
        }
        const candidates = answer.map(candidateOf);
        returned.push(candidates);
        return { status: "ok", candidates };
      });
    },
    mask: ({ lowResolution }) => proposals.get(lowResolution)!.mask,
    measure({ lowResolution }) {
      const { mask, stability = 1 } = proposals.get(lowResolution)!;
      const pixels = area(mask);
      return { area: pixels, inside: stability * pixels, outside: pixels, box: tightBox(mask) };
    },
    async release(embedding) {
      released.push(embedding);
      script.onRelease?.();
    },
    async close() {},
  };
}
