// How the ports of a file differ from a signature's.
import type { Family, Graphs, Signature } from "../family.ts";
import type { GraphPort } from "../runtime/graph.ts";
import { type Ports, pictureFacts } from "./ports.ts";

/** Names of the contract that the file lacks. */
export function missingNames(
  { inputs, outputs, moreOutputs = false }: Signature,
  ports: Ports,
): readonly string[] {
  const missing = (wanted: readonly string[], got: readonly GraphPort[]) =>
    wanted.filter((name) => name !== "*" && !got.some((port) => port.name === name));
  const pictures = ports.inputs.filter((port) => pictureFacts(port) !== undefined);
  return [
    ...(inputs.includes("*") && (pictures.length !== 1 || ports.inputs.length !== 1)
      ? ["one picture input"]
      : []),
    ...(outputs.includes("*") && !isEmbedding(ports) ? ["one embedding output"] : []),
    ...(moreOutputs && !hasFeatures(ports) ? ["intermediate features"] : []),
    ...missing(inputs, ports.inputs),
    ...missing(outputs, ports.outputs),
  ];
}

/** Inputs that the contract would not know how to feed. */
export function extraInputs({ inputs, optional = [] }: Signature, ports: Ports): readonly string[] {
  if (inputs.includes("*")) return [];
  return ports.inputs
    .map(({ name }) => name)
    .filter((name) => !inputs.includes(name) && !optional.includes(name));
}

/** Outputs beside the embedding that are none of another contract's. */
function hasFeatures({ outputs }: Ports): boolean {
  const others = outputs.map(({ name }) => name).filter((name) => name !== "image_embeddings");
  return (
    others.length > 0 && !others.some((name) => /^(high_res|image_|interm_|vision_|backbone_)/.test(name))
  );
}

/** One output of four axes, more channels than a picture has, and at least eight pixels a cell where sizes are fixed. */
function isEmbedding({ inputs, outputs }: Ports): boolean {
  const [output] = outputs;
  if (outputs.length !== 1 || output === undefined) return false;
  if (output.name === "image_embeddings" || output.name === "embeddings") return true;
  const side = pictureFacts(inputs[0]!)?.size;
  const [, channels, height, width] = output.shape;
  if (output.shape.length !== 4 || height !== width || typeof channels !== "number") return false;
  return channels > 8 && side !== undefined && typeof height === "number" && side >= 8 * height;
}

/** Why graphs do not speak a family's contract, by its nearest signature for each part; empty when they do. */
export function mismatchesOf({ signatures }: Pick<Family, "signatures">, graphs: Graphs): string[] {
  return Object.entries(graphs).flatMap(([part, graph]) => {
    const options = signatures.filter((one) => one.part === part);
    if (options.length === 0) return [`a ${part} file is no part of it`];
    const told = options.map((signature) => sentences(signature, part, graph));
    return told.sort((a, b) => a.length - b.length)[0]!;
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
