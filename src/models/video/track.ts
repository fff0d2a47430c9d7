// A clip under way: SAM 2's own algorithm (sam2_video_predictor.py), alike for every family. Targets do not see each other; only their
// answers may be kept from overlapping.
import type { VideoSettings } from "../../core/defaults.ts";
import { complain } from "../../core/errors.ts";
import type {
  BitMask,
  ClipFrames,
  FramePrediction,
  Prompt,
  RgbImage,
  TrackOptions,
  TrackSession,
} from "../../core/types.ts";
import { createMask } from "../../masks/bit-mask.ts";
import { maskFromLogits } from "../../masks/mask-from-logits.ts";
import type { KeptTensor, Tensor } from "../runtime/graph.ts";
import { direct } from "../tensors/frames.ts";
import {
  type Answer,
  type Bank,
  emptyBank,
  foresee,
  lastAnswer,
  leaveBehind,
  type Memory,
  pendingPlace,
  recall,
  roundToBfloat16,
  settle,
} from "./bank.ts";
import type { At, MemoryRules } from "./choice.ts";
import { type Features, floats, type SquarePoint, type VideoContract } from "./contract.ts";
import { exclusive } from "./exclusive.ts";
import { type FrameSource, frameSource, sent } from "./frames.ts";
import {
  addToChannels,
  answerOf,
  downsampled,
  type Early,
  fillHoles,
  type HeadConstants,
  maskAsOutput,
  maskForMemory,
  squareMask,
} from "./heads.ts";

/** What an open model needs to track. */
export interface Tracker {
  readonly contract: VideoContract;
  readonly settings: VideoSettings;
  readonly rules: MemoryRules;
  readonly heads: HeadConstants;
  /** Added to features where nothing is remembered. */
  readonly noMemory: Float32Array;
  readonly threshold: number;
  input(image: RgbImage): Promise<Tensor>;
  free(tensor: KeptTensor): Promise<void>;
}

/** Logits of an earlier answer are fed back within these. */
const MOST_LOGIT = 32;

export async function openTracks(
  tracker: Tracker,
  clip: ClipFrames,
  { exclusive: apart = false, revisits = false, beforePrompt = "none" }: TrackOptions,
): Promise<TrackSession> {
  const count = clip.frames.length;
  if (count === 0) throw complain("clip", "has no frames", { expected: "at least one" });
  const source = await frameSource(clip, tracker.contract, tracker.input, tracker.free);
  const { size } = source;
  const { contract, settings } = tracker;
  const banks = new Map<string, Bank>();
  const steps = stepsOf(tracker, source, count);
  const low = { width: contract.low, height: contract.low };
  const geometry = direct(low, size, tracker.threshold);

  function shown({ low: data, estimate, score }: Shown): FramePrediction {
    const lowResolution = { ...low, data };
    const mask = score > 0 ? maskFromLogits(lowResolution, geometry) : createMask(size.width, size.height);
    return { status: "ok", mask, objectScore: score, predictedIou: estimate, lowResolution };
  }

  async function prompt(frame: number, target: string, asked: Prompt): Promise<FramePrediction> {
    if (!Number.isInteger(frame) || frame < 0 || frame >= count)
      throw complain("prompt", "no such frame", { expected: `0 to ${count - 1}`, got: `${frame}` });
    const problem = await source.problem(frame);
    if (problem !== undefined) return { status: "failed", reason: problem };
    const bank = banks.get(target) ?? emptyBank();
    const answer = await steps.prompted(bank, frame, asked);
    if (typeof answer === "string") return { status: "failed", reason: answer };
    banks.set(target, bank);
    pendingPlace(bank, frame, settings.corrected).set(frame, answer);
    return shown(answer);
  }

  /** Whether a pass comes by a target before the first frame that it was prompted in. */
  function early({ conditioning }: Bank, { frame, reverse }: At): boolean {
    const prompted = [...conditioning.keys()];
    return reverse ? frame > Math.max(...prompted) : frame < Math.min(...prompted);
  }

  async function answers(at: At, next: number): Promise<ReadonlyMap<string, FramePrediction>> {
    const { frame, reverse } = at;
    const problem = await source.problem(frame);
    const found = new Map<string, FramePrediction>();
    for (const [target, bank] of banks) {
      if (beforePrompt === "none" && early(bank, at)) continue;
      const standing = bank.standing.has(frame) ? bank.others.get(frame) : undefined;
      const stands = bank.conditioning.get(frame) ?? standing;
      if (stands !== undefined) found.set(target, shown(stands));
      else if (problem !== undefined) found.set(target, { status: "failed", reason: problem });
      else found.set(target, await steps.tracked(bank, at, shown, next));
      bank.tracked.set(frame, reverse);
      leaveBehind(bank, at, tracker.rules, revisits && settings.memory);
    }
    return apart === false ? found : exclusive(found, geometry, apart === true ? undefined : apart);
  }

  return {
    size,
    prompt,
    async *propagate({ from, reverse = false } = {}) {
      for (const bank of banks.values()) await settle(bank, settings.corrected, steps.memoryOf(true));
      const prompted = [...banks.values()].flatMap(({ conditioning }) => [...conditioning.keys()]);
      if (prompted.length === 0)
        throw complain("clip", "nothing was prompted", { expected: "a prompt before a pass" });
      const start = from ?? Math.min(...prompted);
      const step = reverse ? -1 : 1;
      // A pass back from the first frame has nowhere to go, and the authors leave that frame out as well.
      if (reverse && start === 0) return;
      for (let frame = start; frame >= 0 && frame < count; frame += step)
        yield { frame, answers: await answers({ frame, reverse }, frame + step) };
    },
    close: source.close,
  };
}

/** What is told of an answer. */
type Shown = Pick<Answer, "low" | "estimate" | "score">;

/** What is computed for one target in one frame; a sentence where an output cannot be used. */
function stepsOf(
  { contract, settings, rules, heads, noMemory }: Tracker,
  source: FrameSource,
  count: number,
) {
  const { side, low } = contract;
  const post = settings.profile === "api-default";

  const memoryOf =
    (prompted: boolean) =>
    async (frame: number, answer: Pick<Answer, "low" | "score">): Promise<Memory> => {
      const mask = maskForMemory(answer.low, contract, post && prompted, heads);
      const memory = await contract.remember(await source.features(frame, false), mask);
      if (!(answer.score > 0) && heads.noObjectMemory !== undefined)
        addToChannels(memory, heads.noObjectMemory);
      return settings.memory === "bfloat16" ? roundToBfloat16(memory) : memory;
    };

  const attended = (bank: Bank, features: Features, at: At) =>
    contract.attend(features, recall(bank, at, rules, count));

  async function decoded(
    conditioned: Tensor | KeptTensor,
    features: Features,
    points: readonly SquarePoint[],
    mask: Float32Array | undefined,
    multimask: boolean,
    meanwhile: () => void = () => undefined,
  ): Promise<Early | string> {
    const decoding = contract.decode(conditioned, features, { points, mask });
    meanwhile();
    return answerOf(await decoding, multimask, settings, heads);
  }

  /** Memory attention's output goes when the decoder has read it. */
  async function withMemory(
    bank: Bank,
    features: Features,
    at: At,
    use: (tensor: KeptTensor) => Promise<Early | string>,
  ) {
    const { tensor, done } = await attended(bank, features, at);
    try {
      const [found] = await Promise.all([use(tensor), done]);
      return found;
    } finally {
      source.free(tensor);
    }
  }

  /** While the frame's own work is under way, the `next` is read and encoded; `show` is called while its memory is encoded. */
  async function tracked(
    bank: Bank,
    at: At,
    show: (answer: Shown) => FramePrediction,
    next: number,
  ): Promise<FramePrediction> {
    const features = await source.features(at.frame, false);
    const decode = (seen: KeptTensor) =>
      decoded(seen, features, [], undefined, true, () => source.ahead(next));
    const found = await withMemory(bank, features, at, decode);
    if (typeof found === "string") return { status: "failed", reason: found };
    const encoding = Promise.all([memoryOf(false)(at.frame, found), found.pointer]);
    await Promise.race([encoding, sent()]);
    if (post) fillHoles(found.low, low);
    const prediction = show(found);
    foresee(bank, at.frame, { ...at, frame: next }, rules);
    const [memory, pointer] = await encoding;
    bank.others.set(at.frame, { ...found, memory, pointer });
    return prediction;
  }

  async function prompted(
    bank: Bank,
    frame: number,
    { clicks, box, mask }: Prompt,
  ): Promise<Answer | string> {
    if (mask?.kind === "shape") return maskPrompted(frame, mask.shape);
    const points = squarePoints(clicks, box, source.size, side);
    if (points.length === 0) throw complain("prompt", "is empty", { expected: "clicks, a box or a mask" });
    const fed = mask?.logits.data ?? lastAnswer(bank, frame, settings.corrected)?.low;
    const previous = fed?.map((logit) => Math.min(MOST_LOGIT, Math.max(-MOST_LOGIT, logit)));
    const reverse = bank.tracked.get(frame);
    const features = await source.features(frame, reverse === undefined);
    const decode = (seen: Tensor | KeptTensor) =>
      decoded(seen, features, points, previous, points.length <= 1);
    const found =
      reverse === undefined
        ? await decode(withoutMemory(features, noMemory))
        : await withMemory(bank, features, { frame, reverse }, decode);
    if (typeof found === "string") return found;
    if (post) fillHoles(found.low, low);
    return { ...found, pointer: await found.pointer };
  }

  /** The mask is the answer; the decoder is asked for its pointer alone, on features without memory or its embedding. */
  async function maskPrompted(frame: number, shape: BitMask): Promise<Answer | string> {
    // With their values, which a click in the same frame needs: it is encoded once.
    const encoding = source.features(frame, true);
    await Promise.race([encoding, sent()]);
    const square = squareMask(shape, side);
    const present = square.includes(1);
    const own = maskAsOutput(square, side, low);
    const fed = downsampled(square, side, low, heads.downsample);
    const features = await encoding;
    const found = await decoded(features.raw, features, [], fed, false);
    if (typeof found === "string") return found;
    const pointer = await found.pointer;
    return {
      low: own,
      ...{ estimate: 1, score: present ? 10 : -10 },
      pointer: present ? pointer : heads.noObjectPointer,
    };
  }

  return { prompted, tracked, memoryOf };
}

function withoutMemory({ values }: Features, noMemory: Float32Array): Tensor {
  const { dims, data } = values!;
  return floats(dims, addToChannels(Float32Array.from(data as Float32Array), noMemory));
}

/** The box's corners before the clicks, as shares of the frame times the square's side, in float32. */
function squarePoints(
  clicks: Prompt["clicks"],
  box: Prompt["box"],
  { width, height }: { readonly width: number; readonly height: number },
  side: number,
): readonly SquarePoint[] {
  const corners =
    box === undefined
      ? []
      : [
          { x: box.x0, y: box.y0, label: 2 },
          { x: box.x1, y: box.y1, label: 3 },
        ];
  return [...corners, ...clicks].map(({ x, y, label }) => ({
    x: Math.fround(Math.fround(x / width) * side),
    y: Math.fround(Math.fround(y / height) * side),
    label,
  }));
}
