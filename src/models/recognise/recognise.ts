// Recognises the contract of ONNX files, and the meaning of their ports, from the ports' names, types and shapes alone.
import type { ImageContract } from "../../core/schema-types.ts";
import { conceptFamilies } from "../concept/families/index.ts";
import { families } from "../families/index.ts";
import type { Part, PortPhrases, Signature } from "../family.ts";
import { videoFamilies } from "../video/families/index.ts";
import { extraInputs, frameSize, imageFacts, missingNames, type Ports } from "./ports.ts";
import { refused } from "./refused.ts";

/** A signature and its family. */
export interface KnownSignature extends Signature {
  readonly family: string;
  /** Why this contract cannot be run. */
  readonly refused?: string;
}

/** All of models in one file or two, families in their order: those of more files are recognised together (modules.ts). */
export const signatures: readonly KnownSignature[] = [
  ...[...Object.values(families), ...Object.values(conceptFamilies)].flatMap(
    ({ name, signatures, parts = [] }) =>
      parts.length > 2 ? [] : signatures.map((signature) => ({ ...signature, family: name })),
  ),
  ...refused,
];

/** certain: names and ranks agree; likely: names agree and some shapes are unknown, or an image input has any name. */
export type Confidence = "certain" | "likely";

export interface Recognised {
  readonly family: string;
  readonly part: Part;
  readonly confidence: Confidence;
  /** The evidence, in a sentence. */
  readonly why: string;
  /** Facts of the image input: size, layout, type, whether the graph normalises. */
  readonly image: Partial<ImageContract>;
  /** Why the known contract cannot be run. */
  readonly refused?: string;
}

/** Files as a model: which is which part, of which contract. */
export interface Reading<File extends Ports> {
  readonly roles: Readonly<Record<Part, File>>;
  readonly contract: Recognised;
  /** Facts of the image input. */
  readonly image: Partial<ImageContract>;
}

/** Every contract that one file could be a part of, the most confident first; empty for a foreign file. */
export function recognise(ports: Ports): readonly Recognised[] {
  const found = signatures.flatMap((signature) => {
    const confidence = match(signature, ports);
    return confidence === undefined ? [] : [describe(signature, confidence, ports)];
  });
  // A match of more ports is more specific: CVAT's decoder is the official one with four outputs added.
  const refused = found.filter((one) => one.refused !== undefined && one.confidence === "certain");
  const kept = refused.length > 0 ? refused : found;
  return [...kept].sort((a, b) => Number(a.confidence === "likely") - Number(b.confidence === "likely"));
}

/** The families that all the files of a model can be parts of together. A decoder decides; encoders look alike. */
export function recogniseModel(files: Readonly<Record<Part, Ports>>): {
  readonly candidates: readonly Recognised[];
  readonly image: Partial<ImageContract>;
} {
  const perPart = Object.entries(files).map(([part, ports]) =>
    recognise(ports).filter((one) => one.part === part),
  );
  const [first = [], ...others] = [...perPart].sort((a, b) => a.length - b.length);
  const candidates = first.filter(({ family }) =>
    others.every((found) => found.some((one) => one.family === family)),
  );
  const image =
    perPart.flat().find(({ part, image }) => part !== "decoder" && Object.keys(image).length > 0)?.image ??
    frameSize(files.image_encoder);
  return { candidates, image };
}

/** A sentence about a file that is no model: the part of one that it is; or what it looks like, and the nearest contract. */
export function foreignSentence(ports: Ports): string {
  const parts = recognise(ports).map(({ family, part }) => `${part} of ${family}`);
  if (parts.length > 0) return `fits as ${parts.join(" or ")}`;
  const kind = foreignKind(ports);
  const nearest = signatures
    .filter(({ inputs, refused }) => refused === undefined && !inputs.includes("*"))
    .map((signature) => ({
      signature,
      missing: missingNames(signature, ports),
      extra: extraInputs(signature, ports),
    }))
    .filter(
      ({ signature, missing }) => missing.length < (signature.inputs.length + signature.outputs.length) / 2,
    )
    .sort((a, b) => a.missing.length + a.extra.length - b.missing.length - b.extra.length)[0];
  const near =
    nearest === undefined
      ? ""
      : `; nearest is a ${nearest.signature.family} ${nearest.signature.part}${difference(nearest.missing, nearest.extra)}`;
  return `${kind}; its ports do not match any known promptable segmentation model${near}`;
}

function difference(missing: readonly string[], extra: readonly string[]): string {
  const parts = [
    ...(missing.length > 0 ? [`${missing.join(", ")} missing`] : []),
    ...(extra.length > 0 ? [`${extra.join(", ")} unknown`] : []),
  ];
  return parts.length === 0 ? "" : ` (${parts.join("; ")})`;
}

/** How surely a file has these ports; undefined where it has not. */
export function match(signature: KnownSignature, ports: Ports): Confidence | undefined {
  if (missingNames(signature, ports).length > 0 || extraInputs(signature, ports).length > 0) return undefined;
  const all = [...ports.inputs, ...ports.outputs];
  for (const [name, rank] of Object.entries(signature.ranks ?? {})) {
    const port = all.find((one) => one.name === name);
    if (port !== undefined && port.shape.length > 0 && port.shape.length !== rank) return undefined;
  }
  const input = (name: string) => ports.inputs.find((one) => one.name === name);
  if (signature.against?.(input) !== undefined) return undefined;
  const known = Object.keys(signature.ranks ?? {}).every(
    (name) => all.find((one) => one.name === name)?.shape.length !== 0,
  );
  return known && !signature.inputs.includes("*") ? "certain" : "likely";
}

function describe(signature: KnownSignature, confidence: Confidence, ports: Ports): Recognised {
  const { family, part, of, refused, inputs } = signature;
  const port = ports.inputs.find(({ name }) => inputs.includes("*") || name === inputs[0]);
  const image = part === "decoder" || port === undefined ? {} : (imageFacts(port) ?? {});
  const byOutputs = part === "encoder" && inputs.includes("*");
  const names = (byOutputs ? ports.outputs : ports.inputs).map(({ name }) => name).join(", ");
  return {
    ...{ family, part, confidence, image },
    why: `${byOutputs ? "an image input, " : ""}${names}: as exported by ${of}`,
    ...(refused === undefined ? {} : { refused }),
  };
}

/** What a graph that is not a promptable segmenter seems to be; a guess from its ports, for messages. */
export function foreignKind({ inputs, outputs }: Ports): string {
  const names = inputs.map(({ name }) => name);
  const out = outputs.map(
    ({ name, shape }) => `${name} [${shape.map((size) => (size === "" ? "?" : size)).join(", ")}]`,
  );
  const gives = `gives ${out.slice(0, 3).join(", ")}${out.length > 3 ? ", ..." : ""}`;
  const image = inputs.find((port) => imageFacts(port) !== undefined);
  const prompts = names.some((name) => /point|label|box|mask_input|prompt|click/.test(name));
  if (names.some((name) => /^(input_ids|tokens|decoder_input_ids)$/.test(name)))
    return `looks like a language model (reads ${names.slice(0, 3).join(", ")})`;
  if (image === undefined && !prompts)
    return `takes neither an image nor a prompt (reads ${names.slice(0, 4).join(", ")})`;
  if (prompts) return `takes prompts (${names.join(", ")}) in an unknown way`;
  const [first] = outputs;
  if (outputs.length > 1 && outputs.some(({ name }) => /box|score|class|det/.test(name)))
    return `looks like a detector: image input, no prompt, ${gives}`;
  if (first?.shape.length === 2)
    return `looks like a classifier or a feature extractor: image input, no prompt, ${gives}`;
  if (first?.shape.length === 4 || /mask|seg/.test(first?.name ?? ""))
    return `looks like a network that labels pixels or generates images: image input, no prompt, ${gives}`;
  return `takes an image and no prompt, ${gives}`;
}

/** Phrases by port name, also for ports that the contract does not read. */
export interface PortMeanings {
  readonly inputs: Readonly<Record<string, string>>;
  readonly outputs: Readonly<Record<string, string>>;
}

const all: PortPhrases = {
  fed: Object.assign({}, ...Object.values(families).map(({ ports }) => ports.fed)),
  read: Object.assign({}, ...Object.values(families).map(({ ports }) => ports.read)),
};

/** Phrases for the ports of a file that matches a contract; where no family has it, those of all families. */
export function portMeanings(
  { family, part }: { readonly family: string; readonly part: Part },
  { inputs, outputs }: Ports,
): PortMeanings {
  const { fed, read } = (families[family] ?? videoFamilies[family] ?? conceptFamilies[family])?.ports ?? all;
  const names = outputs.map(({ name }) => name);
  const first = (name: string) =>
    Object.keys(read).find((other) => read[other] === read[name] && names.includes(other)) === name;
  const image = part === "decoder" ? undefined : inputs.find((port) => imageFacts(port) !== undefined);
  const output = (name: string) =>
    part === "encoder" || part === "image_encoder"
      ? `stays with the runtime, for the ${part === "encoder" ? "decoder" : "other graphs"}`
      : (read[`${part}.${name}`] ?? (first(name) ? read[name] : undefined) ?? "not read");
  return {
    inputs: Object.fromEntries(
      inputs.map((port) => [
        port.name,
        port === image
          ? imageText(imageFacts(port) ?? {})
          : (fed[`${part}.${port.name}`] ?? fed[port.name] ?? "not known"),
      ]),
    ),
    outputs: Object.fromEntries(names.map((name) => [name, output(name)])),
  };
}

function imageText({ size, layout, dtype, normalise }: Partial<ImageContract>): string {
  const values = dtype === "uint8" ? "bytes" : normalise === "inside" ? "values as they are" : "normalised";
  return `image, RGB, ${size === undefined ? "of any size" : `${size} x ${size}`}, ${layout ?? "nchw"}, ${values}`;
}
