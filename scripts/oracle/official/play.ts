// Plays the product's protocols on pictures and keeps all that was sent and answered, for the authors' code to repeat.
import { createHash } from "node:crypto";
import { type FullModelCard, runDefaults } from "../../../src/core/defaults.ts";
import { given } from "../../../src/core/given.ts";
import type { BitMask, ImageSession, Prediction, Prompt } from "../../../src/core/types.ts";
import { playProtocol, scoredTargets } from "../../../src/eval/interactive/play.ts";
import type { Protocol } from "../../../src/eval/interactive/protocol.ts";
import { protocols } from "../../../src/eval/interactive/protocols/index.ts";
import { Stopwatch } from "../../../src/eval/stopwatch.ts";
import { rleOf } from "../../../src/masks/rle.ts";
import { families, type ModelFiles, openModel } from "../../../src/models/index.ts";
import { type GraphCall, type TappedHost, tapHost } from "../../../src/models/runtime/tap.ts";
import type { Picture } from "./pictures.ts";

/** Protocols, the steps kept of each, and what those are called. */
const kinds: readonly (readonly [protocol: string, steps: number, kind: (prompt: Prompt) => string])[] = [
  ["sam1-d1@1", 9, ({ clicks }) => (clicks.length === 1 ? "one click" : `${clicks.length} clicks`)],
  ["box@1", 1, () => "box"],
  [
    "box+clicks@1",
    3,
    ({ clicks }) => (clicks.length === 1 ? "box + click" : `box + ${clicks.length} clicks`),
  ],
  ["mask@1", 2, () => "mask"],
];

export interface PlayedStep {
  readonly kind: string;
  readonly prompt: Prompt;
  /** What the decoder was fed as mask; absent where there was none. */
  readonly maskInput?: Float32Array;
  readonly candidates: readonly { readonly predicted: number; readonly mask: BitMask }[];
}

export interface Player {
  /** Steps of each target, in order. */
  play(picture: Picture): Promise<readonly (readonly PlayedStep[])[]>;
  close(): Promise<void>;
}

/** One prompt a call, one thread. */
export async function openPlayer(card: FullModelCard, files: ModelFiles): Promise<Player> {
  let host: TappedHost | undefined;
  const runtime = { provider: "cpu", threads: 1 };
  const session = await openModel(families[card.family]!, { card, files, batch: 1 }, runtime, (inner) => {
    host = tapHost(inner);
    return host;
  });
  return {
    async play({ name, benchmark, image, targets }) {
      const embedding = await session.encode(image);
      const context = { benchmark, sample: name, seed: runDefaults.seed, metrics: [], scoring: {} };
      const played: PlayedStep[][] = [];
      for (const target of scoredTargets({ kind: "image", image, targets }, context)) {
        const steps: PlayedStep[] = [];
        for (const [id, most, kindOf] of kinds) {
          const recorder = recording(session, host!, (prompt, { candidates }, maskInput) => {
            if (id === "box+clicks@1" && prompt.clicks.length === 0) return; // that of box@1
            const answered = candidates.map((candidate) => ({
              predicted: candidate.predictedIou,
              mask: session.mask(candidate, image),
            }));
            steps.push(given({ kind: kindOf(prompt), prompt, maskInput, candidates: answered }));
          });
          const encoded = { session: recorder, embedding, watch: new Stopwatch(() => 0), masks: false };
          const [outcome] = await playProtocol(shortened(protocols[id]!, most), [target], encoded);
          if (outcome === undefined || "failure" in outcome) throw new Error(`${name}: ${outcome?.failure}`);
        }
        played.push(steps);
      }
      await session.release(embedding);
      return played;
    },
    close: () => session.close(),
  };
}

function shortened(protocol: Protocol, most: number): Protocol {
  return { ...protocol, next: (...given) => (given[1] < most ? protocol.next(...given) : undefined) };
}

type Answered = Extract<Prediction, { readonly status: "ok" }>;

/** The session, with an ear for what the decoder is fed and answers. */
function recording(
  session: ImageSession,
  host: TappedHost,
  heard: (prompt: Prompt, answered: Answered, maskInput: Float32Array | undefined) => void,
): ImageSession {
  return {
    ...session,
    async decode(embedding, prompts) {
      let fed: Float32Array | undefined;
      const before = ({ feeds }: GraphCall) => {
        if (prompts[0]!.mask !== undefined) fed = (feeds.mask_input!.data as Float32Array).slice();
        return feeds;
      };
      const predictions = await host.during({ before }, () => session.decode(embedding, prompts));
      const [answered] = predictions;
      if (answered?.status === "ok") heard(prompts[0]!, answered, fed);
      return predictions;
    },
  };
}

/** A mask in results: so many digits that no two of them are taken for each other. */
export function digestOf(mask: BitMask): string {
  const { size, counts } = rleOf(mask);
  return createHash("sha256")
    .update(`${size.join("x")} ${counts}`)
    .digest("hex")
    .slice(0, 16);
}
