// The outputs of both encoders: how far they are apart, and feeding one model's embedding to the other's decoder.

import type { CostListener } from "../core/cost.ts";
import type { EmbeddingError, LogitError, TensorError } from "../core/parity.ts";
import type { ParitySideName } from "../core/parity-sets.ts";
import type { Embedding, ImageSession, RgbImage } from "../core/types.ts";
import type { Tensor } from "../models/runtime/graph.ts";
import type { GraphCall, Tap, TappedHost } from "../models/runtime/tap.ts";
import { castTo, floatsOf } from "../models/tensors/cast.ts";

/** A session whose graph calls can be tapped. */
export interface ParityModel {
  readonly name: string;
  readonly session: ImageSession;
  readonly host: TappedHost;
}

export interface ParityPair {
  readonly reference: ParityModel;
  readonly candidate: ParityModel;
  /** Both decoders are the same file, used in the same way: crossings need no run of their own. */
  readonly sameDecoder: boolean;
}

export interface Encoded {
  readonly embedding: Embedding;
  /** All graph calls: usually one. */
  readonly calls: readonly GraphCall[];
  /** Outputs that a decoder could be fed, in order of the calls and of the graphs' ports. */
  readonly outputs: readonly { readonly name: string; readonly tensor: Tensor }[];
  /** What the decoder will be fed, in the family's order. */
  readonly kept: readonly Tensor[];
  readonly milliseconds: number;
}

/** What is given for both sides. */
export type BothSides<T> = Readonly<Record<ParitySideName, T>>;
export const sides = ["reference", "candidate"] as const;
export const bothSides = <T>(of: (side: ParitySideName) => T): BothSides<T> => ({
  ...{ reference: of("reference"), candidate: of("candidate") },
});

/** A sample is loaded once for both sides. */
export function once<T>(work: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined;
  return () => {
    result ??= work();
    return result;
  };
}

/** Milliseconds of runtime: encoder runs, and decoder runs per prompt. */
export type PlayedTimes = BothSides<{ readonly encode: number[]; readonly decode: number[] }>;

/** Adds the milliseconds of each of `parts` to `times`. */
export async function timed<T>(
  times: number[],
  parts: number,
  cost: CostListener | undefined,
  work: (cost: CostListener) => Promise<T>,
): Promise<T> {
  let spent = 0;
  const result = await work((one) => {
    spent += one.running;
    cost?.(one);
  });
  times.push(spent / parts);
  return result;
}

export async function encodeWatched(
  { session, host }: Pick<ParityModel, "host"> & { readonly session: Pick<ImageSession, "encode"> },
  image: RgbImage,
  cost?: CostListener,
): Promise<Encoded> {
  const calls: GraphCall[] = [];
  const outputs: { name: string; tensor: Tensor }[] = [];
  const kept: Tensor[] = [];
  let milliseconds = 0;
  const tap: Tap = {
    kept: (tensor) => void kept.push(tensor),
    after: (call, found) => {
      calls.push(call);
      for (const { name } of call.graph.outputs)
        if (found[name] !== undefined) outputs.push({ name, tensor: found[name] });
    },
  };
  const embedding = await host.during(tap, () =>
    session.encode(image, (one) => {
      milliseconds += one.running;
      cost?.(one);
    }),
  );
  return { embedding, calls, outputs, kept, milliseconds };
}

/** Corresponding outputs: by name, or by position where names differ. */
function outputPairs(
  reference: Encoded,
  candidate: Encoded,
): { readonly name: string; readonly reference: Tensor; readonly candidate: Tensor }[] {
  const byName = reference.outputs.every(({ name }) => candidate.outputs.some((one) => one.name === name));
  return reference.outputs.flatMap(({ name, tensor }, i) => {
    const other = byName ? candidate.outputs.find((one) => one.name === name) : candidate.outputs[i];
    return other === undefined ? [] : [{ name, reference: tensor, candidate: other.tensor }];
  });
}

function sameShape(a: Tensor, b: Tensor): boolean {
  return a.dims.length === b.dims.length && a.dims.every((size, i) => size === b.dims[i]);
}

/** Why one embedding cannot replace the other; undefined if it can. */
export function crossingProblem(reference: Encoded, candidate: Encoded): string | undefined {
  if (reference.kept.length !== candidate.kept.length)
    return `the stages cannot be crossed: the decoders take ${reference.kept.length} and ${candidate.kept.length} tensors of the embedding (${namesOf(reference)}; ${namesOf(candidate)})`;
  const at = reference.kept.findIndex((tensor, i) => !sameShape(tensor, candidate.kept[i]!));
  if (at < 0) return undefined;
  const shape = ({ dims }: Tensor) => dims.join(" x ");
  return `the stages cannot be crossed: the embeddings have the shapes ${shape(reference.kept[at]!)} and ${shape(candidate.kept[at]!)}`;
}

const namesOf = ({ outputs }: Encoded) => outputs.map(({ name }) => name).join(", ");

/** None where a side has no embedding. */
export function embeddingErrors(
  reference: Encoded | undefined,
  candidate: Encoded | undefined,
): EmbeddingError[] {
  if (reference === undefined || candidate === undefined) return [];
  return outputPairs(reference, candidate).flatMap((pair) => {
    if (!sameShape(pair.reference, pair.candidate)) return [];
    const { dims } = pair.reference;
    const channels = dims.length === 4 ? dims[1]! : dims.length === 3 ? dims[0]! : 1;
    const error = tensorError(floatsOf(pair.reference), floatsOf(pair.candidate), channels);
    return [{ name: pair.name, dims, ...error }];
  });
}

/**
 * A tap that feeds `other`'s embedding in place of `own`'s. `replaced` is the number of inputs replaced: 0 where a family
 * changes the embedding before the decoder, so that it cannot be recognised.
 */
export function crossingTap(
  own: Encoded,
  other: Encoded,
): { readonly tap: Tap; readonly replaced: () => number } {
  const substitutes = new Map<object, Tensor>();
  for (const [i, tensor] of own.kept.entries()) substitutes.set(tensor.data, other.kept[i]!);
  let count = 0;
  const before = ({ feeds }: GraphCall) =>
    Object.fromEntries(
      Object.entries(feeds).map(([name, tensor]) => {
        const found = substitutes.get(tensor.data);
        if (found === undefined) return [name, tensor];
        count += 1;
        return [name, { ...castTo(found, tensor.type), dims: tensor.dims }];
      }),
    );
  return { tap: { before }, replaced: () => count };
}

/**
 * Cosine, relative L2, largest difference, signal-to-noise ratio (10 log10 of signal over noise power, Boll
 * 1979) and the worst channel. Sums are in double precision; values that are not finite are counted and left
 * out. Tensors are `channels` equal runs of values (NCHW with N = 1).
 *
 * @example tensorError(Float32Array.of(3, 4), Float32Array.of(3, 5), 1).relativeL2 // 0.2
 */
export function tensorError(reference: Float32Array, candidate: Float32Array, channels: number): TensorError {
  const size = reference.length / channels;
  let [dot, own, other, noise, max, notFinite] = [0, 0, 0, 0, 0, 0];
  let worst = { index: 0, relativeL2: 0 };
  for (let channel = 0; channel < channels; channel++) {
    let [signal, error] = [0, 0];
    for (let i = channel * size; i < (channel + 1) * size; i++) {
      const a = reference[i]!;
      const b = candidate[i]!;
      if (!Number.isFinite(a) || !Number.isFinite(b)) {
        if (!Number.isFinite(b)) notFinite += 1;
        continue;
      }
      const difference = b - a;
      dot += a * b;
      signal += a * a;
      other += b * b;
      error += difference * difference;
      max = Math.max(max, Math.abs(difference));
    }
    own += signal;
    noise += error;
    const relativeL2 = ratio(error, signal);
    if (relativeL2 > worst.relativeL2) worst = { index: channel, relativeL2 };
  }
  const identical = noise === 0 && notFinite === 0;
  return {
    identical,
    cosine: noise === 0 ? 1 : own === 0 || other === 0 ? 0 : dot / Math.sqrt(own * other),
    relativeL2: ratio(noise, own),
    max,
    snr: noise === 0 ? null : own === 0 ? -snrLimit : Math.max(-snrLimit, 10 * Math.log10(own / noise)),
    worstChannel: worst,
    notFinite,
  };
}

/** dB in place of -Infinity, which JSON lacks. */
const snrLimit = 400;

/** Relative L2 of two sums of squares: the square root of error over signal; of the error itself where the signal is 0. */
export function ratio(error: number, signal: number): number {
  return error === 0 ? 0 : Math.sqrt(signal === 0 ? error : error / signal);
}

/** Largest and mean absolute difference, and the share of values on the other side of 0 (foreground is > 0). */
export function logitError(reference: Float32Array, candidate: Float32Array): LogitError {
  let [max, sum, signs] = [0, 0, 0];
  for (let i = 0; i < reference.length; i++) {
    const a = reference[i]!;
    const b = candidate[i]!;
    const difference = Math.abs(a - b);
    if (difference > max) max = difference;
    sum += difference;
    if (a > 0 !== b > 0) signs += 1;
  }
  return { max, mean: sum / reference.length, signs: signs / reference.length };
}
