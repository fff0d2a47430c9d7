// What the ports of a graph tell: names, sizes, free axes, and whether one takes a picture.
import { complain } from "../../core/errors.ts";
import type { ImageContract } from "../../core/schema-types.ts";
import type { Size } from "../../core/types.ts";
import type { Graph, GraphPort } from "../runtime/graph.ts";

export interface Ports {
  readonly inputs: readonly GraphPort[];
  readonly outputs: readonly GraphPort[];
}

/** One sentence per name that a contract needs and a graph does not have; none where there is no graph. */
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
  throw complain({
    where: graph.file,
    what: `input "${name}" has no fixed height and width`,
    expected: "numbers in the last two dimensions",
    got: `[${shape.join(", ")}]`,
  });
}

/** Whether an axis of an input is free: prompts of one call share a first axis that is. */
export function isDynamic({ inputs }: Graph, name: string, axis: number): boolean {
  return typeof inputs.find((port) => port.name === name)?.shape[axis] === "string";
}

/**
 * What a picture input tells of itself, or undefined where it is none: a tensor of four axes (a batch of one) or three,
 * with three channels in front or behind. A picture without a batch axis, or one of bytes, is normalised by the graph;
 * one of free size is padded by it as well. (Rank 4 and floats: normalised outside, which no file states.)
 */
export function pictureFacts({ type, shape }: GraphPort): Partial<ImageContract> | undefined {
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
