// Links encoder outputs to decoder inputs.
import { complain } from "../../core/errors.ts";
import type { Links } from "../family.ts";
import { castTo } from "../tensors/cast.ts";
import type { Graph, GraphHost, GraphPort, KeptTensor, Tensor, TensorType } from "./graph.ts";

interface Link {
  readonly input: GraphPort;
  readonly outputs: readonly string[];
  /** Whether the output can be fed unchanged and need not leave the host. */
  readonly asIs: boolean;
}

/** Runs the encoder, to which the image is given, and returns the decoder's feeds, all of them with the host. */
export function linker(encoder: Graph, decoder: Graph, links: Links, host: GraphHost) {
  const all = Object.entries(links).map(([name, outputs]): Link => {
    const input = decoder.inputs.find((port) => port.name === name)!;
    const output = encoder.outputs.find((port) => port.name === outputs[0]);
    const sameRank =
      output?.shape.length === input.shape.length || output?.shape.length === 0 || input.shape.length === 0;
    return { input, outputs, asIs: outputs.length === 1 && output?.type === input.type && sameRank };
  });
  const keep = all.filter(({ asIs }) => asIs).flatMap(({ outputs }) => outputs);
  return async (inputs: Readonly<Record<string, Tensor>>): Promise<Record<string, KeptTensor>> => {
    const got = await encoder.run(inputs, keep, Object.keys(inputs));
    const feeds: Record<string, KeptTensor> = {};
    for (const { input, outputs, asIs } of all) {
      const found = outputs.map((name) => got[name]!);
      feeds[input.name] = asIs
        ? (found[0] as KeptTensor)
        : await host.hold(fitted(found as Tensor[], input, decoder.file));
    }
    return feeds;
  };
}

/**
 * Why a decoder refuses an encoder's outputs, where both files state it: they are of two models. Exports state wrong shapes of outputs too
 * and run all the same, so that this explains a failure and is none by itself.
 */
export function ofTwoModels(encoder: Graph, decoder: Graph, links: Links): Error | undefined {
  for (const [name, [first]] of Object.entries(links)) {
    const output = encoder.outputs.find((port) => port.name === first);
    const input = decoder.inputs.find((port) => port.name === name);
    const found = output && input && otherShape(encoder, output, decoder, input);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The first axis of a whole batch may be stated anyhow. */
function otherShape(encoder: Graph, output: GraphPort, decoder: Graph, input: GraphPort): Error | undefined {
  const first = output.shape.length === input.shape.length ? 1 : 0;
  const axes = Math.min(output.shape.length, input.shape.length) - first;
  const last = ({ shape }: GraphPort) => (axes > 0 ? shape.slice(-axes) : []);
  const [given, taken] = [last(output), last(input)];
  const differs = (size: number | string, i: number) =>
    typeof size === "number" && typeof taken[i] === "number" && size !== taken[i];
  if (!given.some(differs)) return undefined;
  const shown = (shape: GraphPort["shape"]) => shape.map((size) => size || "?").join(" x ");
  return complain(`${encoder.file}, ${decoder.file}`, "are not of one model", {
    code: "model",
    expected: `"${input.name}" of ${shown(taken)}, as the decoder takes it`,
    got: `${shown(given)} from the encoder`,
  });
}

/** Stacks tensors to the rank and type of an input. */
function fitted(tensors: readonly Tensor[], input: GraphPort, file: string): Tensor {
  const type = input.type as TensorType;
  const [first] = tensors;
  const parts = tensors.map((tensor) => castTo(tensor, type));
  const stacked = tensors.length === 1 ? parts[0]!.data : concatenated(parts);
  const inner = tensors.length === 1 ? first!.dims : [tensors.length, ...first!.dims];
  const missing = input.shape.length - inner.length;
  if (missing < 0)
    throw complain(file, `input "${input.name}" has fewer axes than the encoder's output`, {
      expected: `${inner.length} axes`,
      got: `${input.shape.length}`,
    });
  return { type, dims: [...Array<number>(missing).fill(1), ...inner], data: stacked };
}

function concatenated(parts: readonly Tensor[]): Tensor["data"] {
  const length = parts.reduce((sum, { data }) => sum + data.length, 0);
  const [{ data: first }] = parts as [Tensor];
  const out = new (first.constructor as new (length: number) => Float32Array)(length);
  let at = 0;
  for (const { data } of parts) {
    out.set(data as Float32Array, at);
    at += data.length;
  }
  return out;
}
