import { reasonOf } from "../../core/errors.ts";
import type { Embedding, ModelSession, Protocol } from "../../core/types.ts";
import type { EvaluationSettings, UnitJob, UnitResult } from "../unit.ts";
import { type ImagePlay, imageRows } from "./image-rows.ts";
import { runProtocol } from "./run-protocol.ts";

/** All protocols of one model on one image: read it, encode it once, play every protocol with its targets. */
export function evaluateImage(
  job: UnitJob,
  session: ModelSession,
  settings: EvaluationSettings,
): Promise<UnitResult> {
  const { masks } = settings;
  return imageRows<Protocol>(job, settings, async ({ image }, watch): Promise<ImagePlay<Protocol>> => {
    let embedding: Embedding;
    try {
      embedding = await watch.model("encode", "preprocess", (cost) => session.encode(image, cost));
    } catch (error) {
      const failure = `image encoder: ${reasonOf(error)}`;
      return {
        play: async (_, players) => {
          for (const player of players) player.failure = failure;
        },
      };
    }
    return {
      play: (protocol, players) => runProtocol(protocol, players, { session, embedding, watch, masks }),
      // An embedding that cannot be given back costs no score: a host that is gone fails the next image.
      close: () => session.release(embedding).catch(() => undefined),
    };
  });
}
