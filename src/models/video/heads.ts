// From the decoder's four masks to one answer, and from an answer to what the memory encoder sees: `_forward_sam_heads`,
// `_use_mask_as_output` and `_encode_new_memory` of sam2_base.py.
import type { VideoSettings } from "../../core/defaults.ts";
import type { BitMask } from "../../core/types.ts";
import { toBytes } from "../../masks/bit-mask.ts";
import { resizeAntialiased } from "../../masks/resize-antialiased.ts";
import { resizeLogits } from "../../masks/resize-logits.ts";
import { allFinite } from "../tensors/cast.ts";
import type { Answer } from "./bank.ts";
import type { VideoConstants } from "./constants.ts";
import type { Decoded, VideoContract } from "./contract.ts";

/** Numbers and tensors of the constants that answers need. */
export interface HeadConstants {
  readonly noObjectScore: number;
  readonly noObjectPointer: Float32Array;
  /** Added to the memory of a frame without the target, a number for each channel; SAM 2.1 has it, 2.0 not. */
  readonly noObjectMemory: Float32Array | undefined;
  /** A memory encoder's mask is `scale` x sigmoid + `bias`. */
  readonly scale: number;
  readonly bias: number;
  readonly downsample: { readonly weight: Float32Array; readonly bias: number };
}

export function headConstants(constants: VideoConstants, contract: VideoContract): HeadConstants {
  const { side, low, pointer, memoryChannels } = contract;
  const spatial = constants.tensor("no_obj_embed_spatial");
  return {
    noObjectScore: constants.number("no_obj_score", -1024),
    noObjectPointer: constants.required("no_obj_ptr", pointer),
    noObjectMemory:
      spatial === undefined ? undefined : constants.required("no_obj_embed_spatial", memoryChannels),
    scale: constants.number("sigmoid_scale_for_mem_enc"),
    bias: constants.number("sigmoid_bias_for_mem_enc"),
    downsample: {
      weight: constants.required("mask_downsample_weight", (side / low) ** 2),
      bias: constants.required("mask_downsample_bias", 1)[0]!,
    },
  };
}

/** Dynamic multimask of `api-default`: the single mask counts if its outline hardly moves with the threshold (sam2/build_sam.py). */
const stability = { delta: 0.05, threshold: 0.98 };

/** The mask that counts: of multimask the one with the highest predicted IoU; the pointer is that of the mask, or of the single one. */
export function chosenMask(
  { masks, ious }: Pick<Decoded, "masks" | "ious">,
  multimask: boolean,
  dynamic: boolean,
): { readonly mask: number; readonly token: number } {
  let best = 1;
  for (const mask of [2, 3]) if (ious[mask]! > ious[best]!) best = mask;
  if (multimask) return { mask: best, token: best };
  return { mask: dynamic && !isStable(masks.subarray(0, masks.length / 4)) ? best : 0, token: 0 };
}

function isStable(logits: Float32Array): boolean {
  let inner = 0;
  let outer = 0;
  for (const logit of logits) {
    if (logit > stability.delta) inner++;
    if (logit > -stability.delta) outer++;
  }
  return outer === 0 || Math.fround(inner / outer) >= stability.threshold;
}

/** An answer whose pointer is on its way. */
export type Early = Omit<Answer, "pointer"> & { readonly pointer: Promise<Float32Array> };

/** The answer of what the decoder returned, or why there is none. */
export function answerOf(
  decoded: Decoded,
  multimask: boolean,
  settings: VideoSettings,
  { noObjectScore, noObjectPointer }: HeadConstants,
): Early | string {
  const { masks, ious, score } = decoded;
  const { mask, token } = chosenMask(decoded, multimask, settings.profile === "api-default");
  const cells = masks.length / 4;
  const estimate = ious[mask]!;
  if (!Number.isFinite(score)) return `the object score is not finite: ${score}`;
  if (!Number.isFinite(estimate)) return `predicted IoU of mask ${mask} is not finite: ${estimate}`;
  if (!(score > 0)) {
    const low = new Float32Array(cells).fill(noObjectScore);
    return { low, estimate, score, pointer: Promise.resolve(noObjectPointer) };
  }
  const low = masks.slice(mask * cells, (mask + 1) * cells);
  if (!allFinite(low)) return `logits of mask ${mask} are not finite`;
  return { low, estimate, score, pointer: decoded.pointer(token) };
}

/** A mask in the model's square, 0 and 1. */
export function squareMask(mask: BitMask, side: number): Float32Array {
  const { width, height } = mask;
  const values = { width, height, data: Float32Array.from(toBytes(mask)) };
  const square = resizeAntialiased(values, { width: side, height: side }).data;
  for (let i = 0; i < square.length; i++) square[i] = square[i]! >= 0.5 ? 1 : 0;
  return square;
}

/** A mask prompt as low-resolution logits: it is answered as it is, +10 inside and -10 outside, by way of the square. */
export function maskAsOutput(square: Float32Array, side: number, low: number): Float32Array {
  const logits = square.map((value) => value * 20 - 10);
  return resizeAntialiased({ width: side, height: side, data: logits }, { width: low, height: low }).data;
}

/** A mask in the square as the decoder takes mask prompts: the model's own convolution, whose steps do not overlap. */
export function downsampled(
  square: Float32Array,
  side: number,
  low: number,
  { weight, bias }: HeadConstants["downsample"],
): Float32Array {
  const step = side / low;
  const out = new Float32Array(low * low).fill(bias);
  for (let y = 0; y < side; y++) {
    const row = Math.floor(y / step) * low;
    const weights = (y % step) * step;
    for (let x = 0; x < side; x++)
      if (square[y * side + x] !== 0) out[row + Math.floor(x / step)]! += weight[weights + (x % step)]!;
  }
  return out;
}

/** What the memory encoder sees of an answer; `binary`: the mask rather than the model's certainty. */
export function maskForMemory(
  low: Float32Array,
  { side, low: lowSide }: Pick<VideoContract, "side" | "low">,
  binary: boolean,
  { scale, bias }: Pick<HeadConstants, "scale" | "bias">,
): Float32Array {
  const { data } = resizeLogits(
    { width: lowSide, height: lowSide, data: low },
    { width: side, height: side },
  );
  for (let i = 0; i < data.length; i++) {
    const logit = data[i]!;
    const share = binary ? (logit > 0 ? 1 : 0) : Math.fround(1 / (1 + Math.exp(-logit)));
    data[i] = Math.fround(share * scale) + bias;
  }
  return data;
}

/** Adds a number to each channel, in place: channels first. */
export function addToChannels(values: Float32Array, numbers: Float32Array): Float32Array {
  const plane = values.length / numbers.length;
  for (let channel = 0, i = 0; channel < numbers.length; channel++)
    for (let end = i + plane; i < end; i++) values[i]! += numbers[channel]!;
  return values;
}

/** Holes of `api-default`: at most so many connected cells (by sides or corners) that are not the target; and what they become. */
const holes = { area: 8, logit: 0.1 };

/** Fills small holes, and what is as small outside the target, in place: `fill_holes_in_mask_scores` (sam2/utils/misc.py). */
export function fillHoles(logits: Float32Array, side: number): Float32Array {
  const seen = new Uint8Array(logits.length);
  for (let start = 0; start < logits.length; start++) {
    if (seen[start] === 1 || logits[start]! > 0) continue;
    const cells = [start];
    seen[start] = 1;
    for (let i = 0; i < cells.length; i++) {
      const [x, y] = [cells[i]! % side, Math.floor(cells[i]! / side)];
      for (let ny = Math.max(0, y - 1); ny <= Math.min(side - 1, y + 1); ny++)
        for (let nx = Math.max(0, x - 1); nx <= Math.min(side - 1, x + 1); nx++) {
          const at = ny * side + nx;
          if (seen[at] === 1 || logits[at]! > 0) continue;
          seen[at] = 1;
          cells.push(at);
        }
    }
    if (cells.length <= holes.area) for (const cell of cells) logits[cell] = holes.logit;
  }
  return logits;
}
