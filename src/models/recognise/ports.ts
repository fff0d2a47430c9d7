// The ports of a graph: names, sizes, free axes, image inputs, and differences from a signature.
import { complain } from "../../core/errors.ts";
import type { ImageContract } from "../../core/schema-types.ts";
import type { Size } from "../../core/types.ts";
import type { Family, Graphs, Signature } from "../family.ts";
import type { Graph, GraphPort } from "../runtime/graph.ts";

export interface Ports {
  readonly inputs: readonly GraphPort[];
  readonly outputs: readonly GraphPort[];
}

/** One sentence per required name that a graph lacks; none where there is no graph. */
export function missingPorts(
  kind: string,
  wanted: readonly string[],
  ports: readonly GraphPort[] | undefined,
): string[] {
  if (ports === undefined) return [];
  const names = ports.map(({ name }) => name);
  return wanted
    .filter((name) => !names.includes(name))
    .map((name) => `${kind} "${name}" is missing; got ${names.join(", ")}`);
}

/** Height and width of an input whose last two dimensions are fixed. */
export function portSize(graph: Graph, name: string): Size {
  const shape = graph.inputs.find((port) => port.name === name)?.shape ?? [];
  const [height, width] = shape.slice(-2);
  if (typeof height === "number" && typeof width === "number") return { width, height };
  throw complain(graph.file, `input "${name}" has no fixed height and width`, {
    expected: "numbers in the last two dimensions",
    got: `[${shape.join(", ")}]`,
  });
}

/** Whether an axis of an input is free: prompts of one call share a first axis that is. */
export function isDynamic({ inputs }: Graph, name: string, axis: number): boolean {
  return typeof inputs.find((port) => port.name === name)?.shape[axis] === "string";
}

/**
 * Facts of an image input, or undefined if it is not one: a tensor of four axes (a batch of one) or three,
 * with three channels in front or behind. An image without a batch axis, or one of bytes, is normalised by the graph;
 * one of free size is padded by it as well. (Rank 4 and floats: normalised outside, which no file states.)
 */
export function imageFacts({ type, shape }: GraphPort): Partial<ImageContract> | undefined {
  const batched = shape.length === 4;
  if (!batched && shape.length !== 3) return undefined;
  const sides = batched ? shape.slice(1) : shape;
  const last = sides[2] === 3;
  if (!last && sides[0] !== 3) return undefined;
  if (!["float32", "float16", "uint8"].includes(type)) return undefined;
  const [height, width] = last ? sides : sides.slice(1);
  const size = typeof height === "number" && height === width ? { size: height } : {};
  const raw = !batched || type === "uint8";
  const free = typeof height !== "number";
  return {
    ...size,
    layout: batched ? (last ? "nhwc" : "nchw") : last ? "hwc" : "chw",
    ...(type === "uint8" ? { dtype: "uint8" } : {}),
    ...(raw ? { normalise: "inside" } : {}),
    ...(raw && free ? { padding: "none" } : {}),
  };
}

/** The side that a model of clips resizes frames to, as its encoder's input says. */
export function frameSize(encoder: Ports | undefined): Pick<ImageContract, "size"> {
  const [input] = encoder?.inputs ?? [];
  const size = input === undefined ? undefined : imageFacts(input)?.size;
  return size === undefined ? {} : { size };
}

/** Names of the contract that the file lacks. */
export function missingNames(
  { inputs, outputs, moreOutputs = false }: Signature,
  ports: Ports,
): readonly string[] {
  const missing = (wanted: readonly string[], got: readonly GraphPort[]) =>
    wanted.filter((name) => name !== "*" && !got.some((port) => port.name === name));
  const images = ports.inputs.filter((port) => imageFacts(port) !== undefined);
  return [
    ...(inputs.includes("*") && (images.length !== 1 || ports.inputs.length !== 1)
      ? ["one image input"]
      : []),
    ...(outputs.includes("*") && !isEmbedding(ports) ? ["one embedding output"] : []),
    ...(moreOutputs && !hasFeatures(ports) ? ["intermediate features"] : []),
    ...missing(inputs, ports.inputs),
    ...missing(outputs, ports.outputs),
  ];
}

/** Inputs that the contract cannot feed. */
export function extraInputs({ inputs, optional = [] }: Signature, ports: Ports): readonly string[] {
  if (inputs.includes("*")) return [];
  return ports.inputs
    .map(({ name }) => name)
    .filter((name) => !inputs.includes(name) && !optional.includes(name));
}

/** Outputs besides the embedding that no other contract has. */
function hasFeatures({ outputs }: Ports): boolean {
  const others = outputs.map(({ name }) => name).filter((name) => name !== "image_embeddings");
  return (
    others.length > 0 && !others.some((name) => /^(high_res|image_|interm_|vision_|backbone_)/.test(name))
  );
}

/** One output of four axes with more channels than an image, and at least eight pixels per cell where sizes are fixed. */
function isEmbedding({ inputs, outputs }: Ports): boolean {
  const [output] = outputs;
  if (outputs.length !== 1 || output === undefined) return false;
  if (output.name === "image_embeddings" || output.name === "embeddings") return true;
  const side = imageFacts(inputs[0]!)?.size;
  const [, channels, height, width] = output.shape;
  if (output.shape.length !== 4 || height !== width || typeof channels !== "number") return false;
  return channels > 8 && side !== undefined && typeof height === "number" && side >= 8 * height;
}

/** Why graphs do not match a family's contract, by its nearest signature for each part; empty if they match. */
export function mismatchesOf({ signatures }: Pick<Family, "signatures">, graphs: Graphs): string[] {
  return Object.entries(graphs).flatMap(([part, graph]) => {
    const options = signatures.filter((one) => one.part === part);
    if (options.length === 0) return [`a ${part} file is not part of it`];
    const differences = options.map((signature) => sentences(signature, part, graph));
    return differences.sort((a, b) => a.length - b.length)[0]!;
  });
}

function sentences(signature: Signature, part: string, graph: Ports): string[] {
  const got = [...graph.inputs, ...graph.outputs].map(({ name }) => name).join(", ");
  return [
    ...missingNames(signature, graph).map((name) =>
      name.includes(" ")
        ? `${part}: ${name} expected; got ${got}`
        : `${part} port "${name}" is missing; got ${got}`,
    ),
    ...extraInputs(signature, graph).map((name) => `${part} input "${name}" is unknown`),
  ];
}
