import { complain } from "../../core/errors.ts";
import type { Size } from "../../core/types.ts";
import type { Graph, GraphPort } from "./graph.ts";

/** One sentence per name that a contract needs and a graph lacks. */
export function missingPorts(kind: string, wanted: readonly string[], ports: readonly GraphPort[]): string[] {
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
  throw complain({
    where: graph.file,
    what: `input "${name}" has no fixed height and width`,
    expected: "numbers in the last two dimensions",
    got: `[${shape.join(", ")}]`,
  });
}
