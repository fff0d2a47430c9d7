// By which rule a graph chooses among its candidates, read off its nodes; and the rule itself, to check the graph with.
import type { OnnxNode } from "../../formats/onnx-graph.ts";
import { type Nodes, nodeName } from "./nodes.ts";
import type { Choice } from "./trace.ts";

export type Rule =
  /** Always the same ones: from `first` on, up to before `end` (absent: to the last one). */
  | { readonly kind: "fixed"; readonly first: number; readonly end?: number }
  /**
   * The largest of score + bias + points x perPoint, of the candidates from `first` on. The export of segment_anything adds (points -
   * 2.5) x 1000 to the first candidate's score.
   */
  | ({ readonly kind: "best" } & Best)
  /** SAM 2: the first candidate where its stability score reaches the threshold, else the best of the others. */
  | { readonly kind: "stable"; readonly offset: number; readonly threshold: number; readonly otherwise: Best }
  /** Something else decides. */
  | { readonly kind: "unknown"; readonly node: string };

/** Kinds of nodes that say which. */
export const deciding: readonly string[] = ["ArgMax", "ArgMin", "TopK"];

interface Best {
  readonly first: number;
  readonly bias: readonly number[];
  readonly perPoint: readonly number[];
}

/** `scores`: the tensor with the scores of all `count` candidates. */
export function ruleOf(
  nodes: Nodes,
  choice: Choice,
  scores: string,
  masks: string,
  count: number | undefined,
): Rule {
  const { maker, constant } = nodes;
  switch (choice.kind) {
    case "all":
      return { kind: "fixed", first: 0 };
    case "range": {
      const { start: first, end } = choice;
      return end === Infinity || end === count ? { kind: "fixed", first } : { kind: "fixed", first, end };
    }
    case "picked":
      return best(choice) ?? unknown(choice.index);
    case "either":
      return stable(choice) ?? unknown(choice.condition);
  }

  function unknown(tensor: string): Rule {
    const node = ancestors(tensor, ({ opType }) => deciding.includes(opType))[0] ?? maker(tensor);
    return { kind: "unknown", node: node === undefined ? tensor : nodeName(node) };
  }

  function best({ of, index }: Choice & { readonly kind: "picked" }): (Rule & { kind: "best" }) | undefined {
    const [only, another] = ancestors(index, ({ opType }) => deciding.includes(opType));
    const first = of.kind === "range" ? of.start : 0;
    if (only?.opType !== "ArgMax" || another !== undefined) return undefined;
    const terms = termsOf(only.input[0] ?? "", first);
    return terms === undefined ? undefined : { kind: "best", first, ...terms };
  }

  /** The score that is compared, as what is added to the scores themselves. */
  function termsOf(tensor: string, first: number): Omit<Best, "first"> | undefined {
    if (isScore(tensor, first)) return { bias: [], perPoint: [] };
    const node = maker(tensor);
    const [a = "", b = ""] = node?.input ?? [];
    if (node?.opType !== "Add") return undefined;
    return isScore(a, first) ? addedTerms(b) : isScore(b, first) ? addedTerms(a) : undefined;
  }

  /** Whether it is the scores of the candidates from `first` on. */
  function isScore(tensor: string, first: number): boolean {
    if (tensor === scores) return first === 0;
    const node = maker(tensor);
    if (node?.opType === "Identity") return isScore(node.input[0] ?? "", first);
    const [start, more] = constant(node?.input[1]) ?? [];
    return node?.opType === "Slice" && node.input[0] === scores && start === first && more === undefined;
  }

  /** (points - c) x weights, or constants. */
  function addedTerms(tensor: string): Omit<Best, "first"> | undefined {
    const fixed = constant(tensor);
    if (fixed !== undefined) return { bias: spread(fixed), perPoint: [] };
    const node = maker(tensor);
    if (node?.opType !== "Mul") return undefined;
    const [a = "", b = ""] = node.input;
    const weights = constant(b) ?? constant(a);
    const points = shifted(constant(b) === undefined ? b : a);
    if (weights === undefined || points === undefined) return undefined;
    const perPoint = spread(weights);
    return { perPoint, bias: perPoint.map((weight) => weight * points.plus) };
  }

  /** The number of points with a constant added. */
  function shifted(tensor: string): { readonly plus: number } | undefined {
    const node = maker(tensor);
    const [a = "", b] = node?.input ?? [];
    const [plus, more] = constant(b) ?? [];
    if ((node?.opType === "Sub" || node?.opType === "Add") && plus !== undefined && more === undefined)
      return isCount(a) ? { plus: node.opType === "Sub" ? -plus : plus } : undefined;
    return isCount(tensor) ? { plus: 0 } : undefined;
  }

  /** Whether it is the size of an axis of an input. */
  function isCount(tensor: string): boolean {
    const node = maker(tensor);
    const [first = ""] = node?.input ?? [];
    if (node?.opType === "Shape") return isInput(first);
    const on = ["Cast", "Gather", "Squeeze", "Unsqueeze", "Slice", "Identity"];
    return node !== undefined && on.includes(node.opType) && isCount(first);
  }

  /** Files converted to float16 cast their inputs first. */
  function isInput(tensor: string): boolean {
    const node = maker(tensor);
    if (node?.opType === "Cast") return isInput(node.input[0] ?? "");
    return nodes.graph.input.some(({ name }) => name === tensor);
  }

  function spread(values: readonly number[]): readonly number[] {
    return values.length === 1 ? Array<number>(count ?? 1).fill(values[0]!) : values;
  }

  function stable({ condition, first, second }: Choice & { readonly kind: "either" }): Rule | undefined {
    if (first.kind !== "range" || first.start !== 0 || first.end !== 1 || second.kind !== "picked")
      return undefined;
    const otherwise = best(second);
    if (otherwise === undefined) return undefined;
    const compares = (kinds: readonly string[]) =>
      ancestors(condition, ({ opType }) => kinds.includes(opType), masks, true).flatMap(
        ({ input }) => constant(input[1]) ?? [],
      );
    const offsets = compares(["Greater"]).filter((value) => value !== 0);
    const [threshold, more] = compares(["GreaterOrEqual"]);
    const [offset = 0] = offsets.filter((value) => value > 0);
    const symmetric = offsets.length === 2 && offsets.includes(-offset) && offset > 0;
    if (!symmetric || threshold === undefined || more !== undefined) return undefined;
    const { kind: _, ...best_ } = otherwise;
    return { kind: "stable", offset, threshold, otherwise: best_ };
  }

  /** Nodes of a kind among those that a tensor depends on; what lies behind them is not looked at, nor behind sizes. */
  function ancestors(
    tensor: string,
    wanted: (node: OnnxNode) => boolean,
    until?: string,
    beyond = false,
  ): readonly OnnxNode[] {
    const seen = new Set<OnnxNode>();
    const found: OnnxNode[] = [];
    const visit = (name: string): void => {
      const node = name === until ? undefined : maker(name);
      if (node === undefined || seen.has(node) || node.opType === "Shape") return;
      seen.add(node);
      if (wanted(node)) found.push(node);
      if (beyond || !wanted(node)) node.input.forEach(visit);
    };
    visit(tensor);
    return found;
  }
}

/** The candidates that a rule returns for a prompt of so many points. Undefined where the rule is not known. */
export function chosenBy(
  rule: Rule,
  scores: ArrayLike<number>,
  points: number,
  masks: ArrayLike<number>,
): readonly number[] | undefined {
  const size = masks.length / scores.length;
  const bestOf = ({ first, bias, perPoint }: Best) => {
    let found = first;
    const value = (i: number) =>
      Math.fround(scores[i]! + Math.fround((bias[i - first] ?? 0) + points * (perPoint[i - first] ?? 0)));
    for (let i = first + 1; i < scores.length; i++) if (value(i) > value(found)) found = i;
    return found;
  };
  switch (rule.kind) {
    case "fixed": {
      const { first, end = scores.length } = rule;
      return Array.from({ length: end - first }, (_, i) => first + i);
    }
    case "best":
      return [bestOf(rule)];
    case "stable": {
      const above = (limit: number) => {
        let count = 0;
        for (let i = 0; i < size; i++) if (masks[i]! > limit) count++;
        return count;
      };
      const [inner, outer] = [above(rule.offset), above(-rule.offset)];
      const stability = outer > 0 ? Math.fround(inner / outer) : 1;
      return [stability >= rule.threshold ? 0 : bestOf(rule.otherwise)];
    }
    case "unknown":
      return undefined;
  }
}

/** A rule in words, a sentence a line. `count`: of all candidates. */
export function ruleText(rule: Rule, count: number | undefined): readonly string[] {
  const last = count === undefined ? "the last" : String(count - 1);
  const best = ({ first }: Best) =>
    first === 0
      ? "the candidate with the largest predicted IoU, candidate 0 included"
      : `the best of candidates ${first} to ${last} by predicted IoU`;
  switch (rule.kind) {
    case "fixed": {
      const { first, end } = rule;
      if (end === first + 1) return [`always candidate ${first}`];
      const to = end === undefined ? last : String(end - 1);
      const dropped = end === undefined && first === 1 ? "candidate 0 is dropped" : "the others are dropped";
      return [`always candidates ${first} to ${to}; ${dropped}`];
    }
    case "best":
      return bestText(rule, last) ?? [best(rule)];
    case "stable":
      return [
        `candidate 0 where its stability score (offset ${decimal(rule.offset)}) is at least ${decimal(rule.threshold)}, otherwise ${best(rule.otherwise)}`,
      ];
    case "unknown":
      return [`one that segbench does not know: see ${rule.node}`];
  }
}

/** The rule of segment_anything's export, whatever its numbers. */
function bestText({ first, bias, perPoint }: Best, last: string): readonly string[] | undefined {
  const [weight = 0] = perPoint;
  const [plus = 0] = bias;
  const others = [...bias.slice(1), ...perPoint.slice(1)].every((value) => value === 0);
  if (bias.length === 0) return undefined;
  if (first !== 0 || !others) return ["the largest of predicted IoU and constants that the graph adds"];
  if (weight === 0)
    return [
      `the largest predicted IoU, with ${plus} added to candidate 0 whatever the number of points: ${plus < 0 ? `the best of candidates 1 to ${last}` : "candidate 0"}`,
    ];
  const limit = Math.ceil(-plus / weight);
  const several = limit > 2;
  return [
    `the largest of predicted IoU + (points - ${decimal(-plus / weight)}) x ${weight} on candidate 0`,
    `up to ${limit - 1} points, the padding point counted: the best of candidates 1 to ${last} by predicted IoU; more: candidate 0`,
    ...(several
      ? [
          "a box counts as two points; SamPredictor(multimask_output=False) and segbench's protocols take candidate 0 for a box",
        ]
      : []),
  ];
}

/** A float32 as people write it. */
function decimal(value: number): string {
  return String(Number(value.toPrecision(6)));
}
