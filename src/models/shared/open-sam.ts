// Contracts whose decoder takes what the official SAM decoder takes.
import type { ImageSession, Size } from "../../core/types.ts";
import { type Family, type OpenRequest, openPair } from "./family.ts";
import { type Frames, longSide } from "./frames.ts";
import type { Graph } from "./graph.ts";
import { portSize } from "./ports.ts";
import { hasBatchAxis, lowResolutionOf, samFeeds, throughFrame } from "./sam-contract.ts";
import { type Contract, openSession } from "./session.ts";

/** What is a family's own: which outputs of the encoder the decoder takes, and how its batch axis is known. */
export interface SamLike {
  readonly links: (encoder: Graph, decoder: Graph) => Contract["links"];
  readonly batch: Contract["batch"]["how"];
  /** Where a picture and its prompts lie in the frame; SAM's long side where it is not said. */
  readonly frames?: (size: Size, side: number) => Frames;
  /** What a logit of a mask prompt is fed as, where it is not fed as it is. */
  readonly maskInput?: (logit: number) => number;
}

export async function openSam(family: Family, request: OpenRequest, own: SamLike): Promise<ImageSession> {
  const { encoder, decoder } = await openPair(family, request);
  const { card, batch } = request;
  const side = card.image.size;
  const low = portSize(decoder, "mask_input");
  const { paddingPoint, box } = card.prompt;
  const { links, batch: how, frames = longSide, maskInput } = own;
  return openSession(request, {
    name: family.name,
    encoder,
    decoder,
    links: links(encoder, decoder),
    picture: encoder.inputs[0]!.name,
    side,
    frames: (size) => frames(size, side),
    ask: (prompts, frame) => samFeeds(prompts, frame, { decoder, low, paddingPoint, maskInput }),
    answer: (outputs) => ({ scores: outputs.iou_predictions!, masks: lowResolutionOf(outputs, low) }),
    geometry: (_low, size, threshold) => throughFrame(frames(size, side).image, threshold),
    takes: { box, maskInput: true },
    batch: { most: hasBatchAxis(decoder) ? batch : 1, how },
  });
}
