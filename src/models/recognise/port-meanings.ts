// What is fed into a port of a contract, and what is read from it: a phrase for each name.
import type { ImageContract } from "../../core/schema-types.ts";
import { families } from "../families/index.ts";
import type { Part, PortPhrases } from "../family.ts";
import { type Ports, pictureFacts } from "./ports.ts";

/** Phrases by name; names that the contract leaves alone are said to be so. */
export interface PortMeanings {
  readonly inputs: Readonly<Record<string, string>>;
  readonly outputs: Readonly<Record<string, string>>;
}

const all: PortPhrases = {
  fed: Object.assign({}, ...Object.values(families).map(({ ports }) => ports.fed)),
  read: Object.assign({}, ...Object.values(families).map(({ ports }) => ports.read)),
};

/** Of a file that a contract fits. Where no family speaks it, what all families call its ports. */
export function portMeanings(
  { family, part }: { readonly family: string; readonly part: Part },
  { inputs, outputs }: Ports,
): PortMeanings {
  const { fed, read } = families[family]?.ports ?? all;
  const names = outputs.map(({ name }) => name);
  const first = (name: string) =>
    Object.keys(read).find((other) => read[other] === read[name] && names.includes(other)) === name;
  const picture = part === "decoder" ? undefined : inputs.find((port) => pictureFacts(port) !== undefined);
  const output = (name: string) =>
    part === "encoder"
      ? "stays with the runtime, for the decoder"
      : read[name] !== undefined && first(name)
        ? read[name]
        : "not read";
  return {
    inputs: Object.fromEntries(
      inputs.map((port) => [
        port.name,
        port === picture ? pictureText(pictureFacts(port) ?? {}) : (fed[port.name] ?? "not known"),
      ]),
    ),
    outputs: Object.fromEntries(names.map((name) => [name, output(name)])),
  };
}

function pictureText({ size, layout, dtype, normalise }: Partial<ImageContract>): string {
  const values = dtype === "uint8" ? "bytes" : normalise === "inside" ? "values as they are" : "normalised";
  return `picture, RGB, ${size === undefined ? "of any size" : `${size} x ${size}`}, ${layout ?? "nchw"}, ${values}`;
}
