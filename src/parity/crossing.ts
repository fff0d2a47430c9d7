// What an encoder gave, and how it takes the place of what the other encoder gave.
import type { EmbeddingError } from "../core/parity.ts";
import type { CostListener, Embedding, ImageSession, RgbImage } from "../core/types.ts";
import type { Tensor } from "../models/runtime/graph.ts";
import type { GraphCall, Tap, TappedHost } from "../models/runtime/tap.ts";
import { castTo, floatsOf } from "../models/tensors/cast.ts";
import { tensorError } from "../stats/tensor-error.ts";

/** An open model whose graphs can be watched. */
export interface ParityModel {
  readonly name: string;
  readonly session: ImageSession;
  readonly host: TappedHost;
}

export interface ParityPair {
  readonly reference: ParityModel;
  readonly candidate: ParityModel;
  /** The decoders are the same file, used in the same way: crossings need no run of their own. */
  readonly sameDecoder: boolean;
}

export interface Encoded {
  readonly embedding: Embedding;
  /** Everything that ran: usually one graph. */
  readonly calls: readonly GraphCall[];
  /** Outputs of the stage's graphs that a decoder could be fed with, in order of the runs and of their names. */
  readonly outputs: readonly { readonly name: string; readonly tensor: Tensor }[];
  /** What the decoder will be fed with, in the family's order. */
  readonly kept: readonly Tensor[];
  readonly milliseconds: number;
}

export async function encodeWatched(
  { session, host }: ParityModel,
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

/** Outputs that mean the same: of one name, otherwise of one place. */
export function outputPairs(
  reference: Encoded,
  candidate: Encoded,
): { readonly name: string; readonly reference: Tensor; readonly candidate: Tensor }[] {
  const byName = reference.outputs.every(({ name }) => candidate.outputs.some((one) => one.name === name));
  return reference.outputs.flatMap(({ name, tensor }, i) => {
    const other = byName ? candidate.outputs.find((one) => one.name === name) : candidate.outputs[i];
    return other === undefined ? [] : [{ name, reference: tensor, candidate: other.tensor }];
  });
}

export function sameShape(a: Tensor, b: Tensor): boolean {
  return a.dims.length === b.dims.length && a.dims.every((size, i) => size === b.dims[i]);
}

/** Why the two embeddings cannot stand in for each other. */
export function crossingProblem(reference: Encoded, candidate: Encoded): string | undefined {
  if (reference.kept.length !== candidate.kept.length)
    return `the stages cannot be crossed: the decoders take ${reference.kept.length} and ${candidate.kept.length} tensors of the embedding (${namesOf(reference)}; ${namesOf(candidate)})`;
  const at = reference.kept.findIndex((tensor, i) => !sameShape(tensor, candidate.kept[i]!));
  if (at < 0) return undefined;
  const shape = ({ dims }: Tensor) => dims.join(" x ");
  return `the stages cannot be crossed: the embeddings have the shapes ${shape(reference.kept[at]!)} and ${shape(candidate.kept[at]!)}`;
}

const namesOf = ({ outputs }: Encoded) => outputs.map(({ name }) => name).join(", ");

export function embeddingErrors(reference: Encoded, candidate: Encoded): EmbeddingError[] {
  return outputPairs(reference, candidate).flatMap((pair) => {
    if (!sameShape(pair.reference, pair.candidate)) return [];
    const { dims } = pair.reference;
    const channels = dims.length === 4 ? dims[1]! : dims.length === 3 ? dims[0]! : 1;
    const error = tensorError(floatsOf(pair.reference), floatsOf(pair.candidate), channels);
    return [{ name: pair.name, dims, ...error }];
  });
}

/**
 * A tap that feeds `other`'s embedding wherever `own`'s would have been. `replaced` tells how many inputs were: none
 * where a family changes what it keeps on the way to the decoder, so that it cannot be recognised.
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
