// Walks from an output of a decoder back to the last tensor that has all candidates, through whatever moves, cuts or chooses
// among them. Structure alone decides; names of tensors and nodes mean nothing here.
import { type OnnxNode, whole } from "../../formats/onnx-graph.ts";
import { attribute, listOf, type Nodes } from "./nodes.ts";

/** Which of all candidates a tensor has. */
export type Choice =
  | { readonly kind: "all" }
  /** Those from `start` on, up to before `end`. */
  | { readonly kind: "range"; readonly start: number; readonly end: number }
  /** One of them; `index` is the tensor that says which. */
  | { readonly kind: "picked"; readonly of: Choice; readonly index: string }
  | { readonly kind: "either"; readonly condition: string; readonly first: Choice; readonly second: Choice };

export interface Trace {
  readonly choice: Choice;
  /** The tensor with all candidates that the selection begins with. */
  readonly base: string;
  /** The tensor that has all candidates in place of the traced one, once `rewired` is done. */
  readonly all: string;
  /** Nodes that stay behind the selection: each takes this as its first input instead. */
  readonly rewired: ReadonlyMap<OnnxNode, string>;
  /** Nodes that select, in the order of the data. */
  readonly nodes: readonly OnnxNode[];
}

/** Where the candidates are: their axis, and how many axes there are. */
interface Place {
  readonly axis: number;
  readonly rank: number;
}

const everything: Choice = { kind: "all" };
const entire = (tensor: string): Trace => ({
  choice: everything,
  base: tensor,
  all: tensor,
  rewired: new Map(),
  nodes: [],
});

/** `spatial`: the axes behind the candidates' one: two of masks, none of scores. `count`: of all candidates, where known. */
export function trace(
  nodes: Nodes,
  tensor: string,
  rank: number,
  spatial: number,
  count: number | undefined,
): Trace {
  const { maker, constant } = nodes;
  const outer = { axis: rank - spatial - 1, rank };

  const known = new Map<string, Trace>();
  function walk(tensor: string, place: Place): Trace {
    const key = `${place.axis} ${place.rank} ${tensor}`;
    const found = known.get(key);
    if (found !== undefined) return found;
    known.set(key, entire(tensor)); // where a graph runs in circles
    const walked = step(tensor, place);
    known.set(key, walked);
    return walked;
  }

  function step(tensor: string, place: Place): Trace {
    const node = maker(tensor);
    if (node === undefined) return entire(tensor);
    const [first = ""] = node.input;
    const { axis, rank } = place;
    const through = (from = place) => behind(node, tensor, walk(first, from));
    const at = (given: number) => (given < 0 ? given + rank : given);
    switch (node.opType) {
      case "Identity":
      case "Cast":
      case "Clip":
      case "Dropout":
      case "Sigmoid":
        return through();
      case "Add":
      case "Mul":
      case "Sub":
      case "Div":
        return constant(node.input[1])?.length === 1 ? through() : entire(tensor);
      case "Slice":
        return slice(node, tensor, place);
      case "Split":
        return split(node, tensor, place);
      case "Concat":
        // Pieces that are put together again are nothing hidden.
        return node.input.length === 1 ? through() : entire(tensor);
      case "Transpose": {
        const from = listOf(node, "perm")?.[axis];
        return from === undefined ? entire(tensor) : through({ axis: from, rank });
      }
      case "Squeeze": {
        const gone = (constant(node.input[1]) ?? listOf(node, "axes"))?.map((one) =>
          one < 0 ? one + rank + 1 : one,
        );
        return gone?.length === 1
          ? through({ axis: axis + (gone[0]! <= axis ? 1 : 0), rank: rank + 1 })
          : entire(tensor);
      }
      case "Unsqueeze": {
        const made = (constant(node.input[1]) ?? listOf(node, "axes"))?.map(at);
        if (made?.length !== 1) return entire(tensor);
        if (made[0] === axis) return bare(first, node, place) ?? entire(tensor);
        return through({ axis: axis - (made[0]! < axis ? 1 : 0), rank: rank - 1 });
      }
      case "Gather":
      case "GatherElements":
        return gathered(node, tensor, place);
      case "Reshape":
        return bare(first, node, place) ?? entire(tensor);
      case "Where": {
        const [condition = "", a = "", b = ""] = node.input;
        const [one, other] = [walk(a, place), walk(b, place)];
        if (
          one.base !== other.base ||
          one.all !== other.all ||
          one.choice.kind === "all" ||
          other.choice.kind === "all"
        )
          return entire(tensor);
        return {
          choice: { kind: "either", condition, first: one.choice, second: other.choice },
          ...{ base: one.base, all: one.all },
          rewired: new Map([...one.rewired, ...other.rewired]),
          nodes: [...one.nodes, ...other.nodes, node],
        };
      }
      default:
        return entire(tensor);
    }
  }

  /** A node behind a selection: it goes on with all candidates. */
  function behind(node: OnnxNode, tensor: string, before: Trace): Trace {
    if (before.choice.kind === "all") return entire(tensor);
    return { ...before, all: tensor, rewired: new Map([...before.rewired, [node, before.all]]) };
  }

  function selected(node: OnnxNode, before: Trace, choice: Choice): Trace {
    return { ...before, choice, nodes: [...before.nodes, node] };
  }

  function cut(node: OnnxNode, tensor: string, place: Place, start: number, end: number): Trace {
    const before = walk(node.input[0] ?? "", place);
    const range = within(before.choice, start, end);
    if (range === undefined) return entire(tensor);
    return range.kind === "all" ? behind(node, tensor, before) : selected(node, before, range);
  }

  /** A part of what is left; undefined where it cannot be said. */
  function within(choice: Choice, start: number, end: number): Choice | undefined {
    if (choice.kind !== "all" && choice.kind !== "range") return undefined;
    const [from, to] = choice.kind === "range" ? [choice.start, choice.end] : [0, count ?? Infinity];
    const place = (index: number) => (index < 0 ? to + index : from + index);
    if ((start < 0 || end < 0) && to === Infinity) return undefined;
    const [a, b] = [Math.max(place(start), from), Math.min(place(end), to)];
    if (a >= b) return undefined;
    return a === 0 && b >= (count ?? Infinity) ? everything : { kind: "range", start: a, end: b };
  }

  function slice(node: OnnxNode, tensor: string, place: Place): Trace {
    const read = (i: number, name: string) => constant(node.input[i]) ?? listOf(node, name);
    const starts = read(1, "starts");
    const axes = read(3, "axes") ?? starts?.map((_, i) => i);
    const i = axes?.findIndex((one) => (one < 0 ? one + place.rank : one) === place.axis) ?? -1;
    if (axes === undefined) return entire(tensor);
    if (i < 0) return behind(node, tensor, walk(node.input[0] ?? "", place));
    const ends = read(2, "ends");
    const step = constant(node.input[4])?.[i] ?? 1;
    if (axes.length > 1 || starts === undefined || ends === undefined || step !== 1) return entire(tensor);
    return cut(node, tensor, place, starts[i]!, ends[i]! > 2 ** 31 - 2 ? Infinity : ends[i]!);
  }

  function split(node: OnnxNode, tensor: string, place: Place): Trace {
    const axis = number(node, "axis", 0);
    const parts = constant(node.input[1]) ?? listOf(node, "split");
    const part = node.output.indexOf(tensor);
    if ((axis < 0 ? axis + place.rank : axis) !== place.axis || parts === undefined) return entire(tensor);
    const start = parts.slice(0, part).reduce((sum, size) => sum + size, 0);
    return cut(node, tensor, place, start, start + parts[part]!);
  }

  function gathered(node: OnnxNode, tensor: string, { axis, rank }: Place): Trace {
    const [first = "", index = ""] = node.input;
    const own = number(node, "axis", 0);
    const fixed = constant(index);
    const scalar = nodes.rank(index) === 0 || (fixed?.length === 1 && nodes.rank(index) === undefined);
    if (node.opType === "Gather" && scalar && fixed !== undefined) {
      // An axis is taken out in front of, or behind, the candidates'.
      const from = own < 0 ? own + rank + 1 : own;
      const moved = { axis: axis + (from <= axis ? 1 : 0), rank: rank + 1 };
      return behind(node, tensor, walk(first, moved));
    }
    if ((own < 0 ? own + rank : own) !== axis)
      return fixed?.length === 1 ? behind(node, tensor, walk(first, { axis, rank })) : entire(tensor);
    if (fixed === undefined) return picked(node, walk(first, { axis, rank }), index) ?? entire(tensor);
    const last = fixed.at(-1)! + 1;
    const inOrder = fixed.every((value, i) => value === fixed[0]! + i);
    return inOrder
      ? cut(node, tensor, { axis, rank }, fixed[0]!, last === 0 ? Infinity : last)
      : entire(tensor);
  }

  function picked(node: OnnxNode, before: Trace, index: string): Trace | undefined {
    if (before.choice.kind !== "all" && before.choice.kind !== "range") return undefined;
    return selected(node, before, { kind: "picked", of: before.choice, index });
  }

  /** One candidate without its axis, which `last` gives back; undefined where it is not one. */
  function bare(tensor: string, last: OnnxNode, place: Place): Trace | undefined {
    const node = maker(tensor);
    if (node === undefined) return undefined;
    const [first = "", index = ""] = node.input;
    if (["Reshape", "Identity", "Squeeze", "Unsqueeze"].includes(node.opType))
      return bare(first, last, place);
    if (!["Gather", "GatherND", "GatherElements"].includes(node.opType)) return undefined;
    const fixed = constant(index);
    if (node.opType === "Gather" && fixed?.length === 1 && last.opType === "Unsqueeze") {
      const own = number(node, "axis", 0);
      if ((own < 0 ? own + place.rank : own) !== place.axis) return undefined;
      return cut(node, tensor, place, fixed[0]!, fixed[0] === -1 ? Infinity : fixed[0]! + 1);
    }
    if (fixed !== undefined) return undefined;
    const from = unfolded(first, outer.rank);
    return from === undefined ? undefined : picked(node, walk(from, outer), index);
  }

  /** The tensor with as many axes that was flattened for an index. */
  function unfolded(tensor: string, wanted: number): string | undefined {
    const node = maker(tensor);
    const known = nodes.rank(tensor);
    const folds =
      node !== undefined &&
      (node.opType === "Flatten" || (node.opType === "Reshape" && known !== undefined && known !== wanted));
    if (folds || node?.opType === "Identity") return unfolded(node.input[0] ?? "", wanted);
    return known === undefined || known === wanted ? tensor : undefined;
  }

  return walk(tensor, outer);
}

function number(node: OnnxNode, name: string, otherwise: number): number {
  const found = attribute(node, name);
  return found === undefined ? otherwise : whole(found.i);
}
