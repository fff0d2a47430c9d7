import type { Graphs } from "./family.ts";
import { extraInputs, missingNames } from "./match.ts";
import { type Signature, signatures } from "./signatures.ts";

/** Why graphs do not speak a family's contract, by its nearest signature for each part; empty when they do. */
export function mismatchesOf(family: string, graphs: Graphs): string[] {
  return Object.entries(graphs).flatMap(([part, graph]) => {
    const options = signatures.filter((one) => one.family === family && one.part === part);
    if (options.length === 0) return [`a ${part} file is no part of it`];
    const told = options.map((signature) => sentences(signature, part, graph));
    return told.sort((a, b) => a.length - b.length)[0]!;
  });
}

function sentences(signature: Signature, part: string, graph: NonNullable<Graphs["decoder"]>): string[] {
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
