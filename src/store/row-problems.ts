// What is impossible about a row, checked when it is written and when it is read. What tasks and metrics require of their rows is
// passed in: nothing here knows any of them.
import type { Invariant } from "../core/measure.ts";
import type { Plan, Unit } from "../core/plan.ts";
import type { MaskRow, Row, RowBox, ScoredRow } from "../core/rows.ts";
import type { Size } from "../core/types.ts";
import { isObject } from "../formats/json-file.ts";

/** Empty for a valid row. `check` is what must hold for scored rows besides their shape; `metrics`: those of the plan, where known. */
export function rowProblems(
  value: unknown,
  check: Invariant,
  metrics?: readonly string[],
): readonly string[] {
  const problems = shapeProblems(value);
  if (problems.length > 0) return problems;
  const row = value as Row;
  if (row.status !== "ok") return [];
  const facts = factProblems(row);
  const others = check(row, metrics);
  return facts.length === 0 ? others : [...facts, ...others];
}

/** Where the target lies agrees with how large it is, as far as the row says it. */
function factProblems({ size, area, box }: ScoredRow): readonly string[] {
  const problems: string[] = [];
  if (box !== undefined && size !== undefined)
    if (!boxInside(box, size) || !box.every(Number.isInteger)) problems.push("box is not inside the image");
  if (area === undefined) return problems;
  if (area < 1) problems.push("area is 0: an empty target is dropped, not scored");
  if (size !== undefined && area > size.width * size.height) problems.push("area is larger than the image");
  if (box !== undefined && area > boxArea(box)) problems.push("area is larger than its box");
  return problems;
}

function boxArea([x0, y0, x1, y1]: RowBox): number {
  return (x1 - x0 + 1) * (y1 - y0 + 1);
}

function boxInside([x0, y0, x1, y1]: RowBox, { width, height }: Size): boolean {
  return x0 >= 0 && y0 >= 0 && x0 <= x1 && y0 <= y1 && x1 <= width - 1 && y1 <= height - 1;
}

/** The first thing wrong with what a unit wants to store; undefined when it is valid. */
export function unitProblem(
  unit: Unit,
  rows: readonly Row[],
  masks: readonly MaskRow[],
  { plan, check }: { readonly plan: Pick<Plan, "masks" | "metrics">; readonly check: Invariant },
): string | undefined {
  const targets = new Set<string>();
  for (const row of rows) {
    const name = `${row.protocol}, target ${row.target}`;
    const problems = rowProblems(row, check, plan.metrics);
    if (problems.length > 0) return `${name}: ${problems.join("; ")}`;
    if (!belongs(row, unit)) return `${name}: the row is of another unit`;
    if (targets.has(name)) return `${name}: the row occurs twice`;
    targets.add(name);
  }
  if (!plan.masks && masks.length > 0) return "there are masks, but the run keeps none";
  for (const mask of masks) {
    const name = `${mask.protocol}, target ${mask.target}`;
    const problems = maskShapeProblems(mask);
    if (problems.length > 0) return `mask of ${name}: ${problems.join("; ")}`;
    if (!belongs(mask, unit) || !targets.has(name)) return `mask of ${name}: there is no such row`;
  }
  return undefined;
}

function belongs(record: Row | MaskRow, { model, benchmark, sample }: Unit): boolean {
  return record.model === model && record.benchmark === benchmark && record.sample === sample;
}

// ---------------------------------------------------------------------------------------------------- shapes

/** By key: whether its value is valid, and the problem where it is not. */
type Rules = readonly (readonly [key: string, sound: (value: unknown) => boolean, problem: string])[];

function broken(value: Readonly<Record<string, unknown>>, rules: Rules): string[] {
  const problems: string[] = [];
  for (const [key, sound, problem] of rules) if (!sound(value[key])) problems.push(problem);
  return problems;
}

const optional = (sound: (value: unknown) => boolean) => (value: unknown) =>
  value === undefined || sound(value);
const isText = (value: unknown) => typeof value === "string";
const isName = (value: unknown) => isText(value) && value !== "";
const isClick = (value: unknown) => isNumbers(value, 3) && (value[2] === 0 || value[2] === 1);
const isMatrix = (value: unknown) => Array.isArray(value) && value.every((row) => isNumbers(row));

const names: Rules = ["model", "benchmark", "protocol", "sample", "target"].map(
  (key) => [key, isName, `${key} is missing`] as const,
);
const ofRows: Rules = [
  ...names,
  ["cluster", isText, "cluster is missing"],
  ["category", optional(isText), "category is not a string"],
];
const ofUnscored: Rules = [["reason", isName, "reason is missing"]];
const ofScored: Rules = [
  [
    "size",
    optional((size) => isObject(size) && isCount(size.width) && isCount(size.height)),
    "size is not {width, height}",
  ],
  ["area", optional(isCount), "area is not a count"],
  ["box", optional((box) => isNumbers(box, 4)), "box is not four numbers"],
];
const ofAt: Rules = [
  ["clicks", isCount, "at.clicks is not a count"],
  ["draw", optional(isCount), "at.draw is not a count"],
];
const ofGenerated: Rules = [
  ["rank", isCount, "generated.rank is not a count"],
  ["score", optional(Number.isFinite), "generated.score is not a number"],
  ["predictedIou", optional(Number.isFinite), "generated.predictedIou is not a number"],
  ["stability", optional(Number.isFinite), "generated.stability is not a number"],
  ["point", optional((point) => isNumbers(point, 2)), "generated.point is not two numbers"],
  ["crop", optional((crop) => isNumbers(crop, 4)), "generated.crop is not four numbers"],
];
const ofSent: Rules = [
  [
    "clicks",
    (clicks) => Array.isArray(clicks) && clicks.every(isClick),
    "sent.clicks holds something other than [x, y, label]",
  ],
  ["box", optional((box) => isNumbers(box, 4)), "sent.box is not four numbers"],
];

/**
 * What keeps a value from having the fields of a row; empty when it has them. Unknown extra fields are fine. Says the same as
 * schemas/row.schema.json, fast enough for millions of lines.
 */
function shapeProblems(value: unknown): string[] {
  if (!isObject(value)) return ["is not an object"];
  const problems = broken(value, ofRows);
  if (value.status === "ok") problems.push(...scoredProblems(value));
  else if (value.status === "dropped" || value.status === "failed")
    problems.push(...broken(value, ofUnscored));
  else problems.push(`status is ${JSON.stringify(value.status)}, not ok, dropped or failed`);
  return problems;
}

/** The same for a line of masks.jsonl. */
export function maskShapeProblems(value: unknown): string[] {
  if (!isObject(value)) return ["is not an object"];
  const problems = [...broken(value, names), ...atProblems(value.at), ...rleProblems("rle", value.rle)];
  if (!optional(isText)(value.frame)) problems.push("frame is not a string");
  if (value.generated !== undefined)
    problems.push(
      ...(isObject(value.generated) ? generatedProblems(value.generated) : ["generated is not an object"]),
    );
  return problems;
}

/** A generator says all of a mask; of one made elsewhere only its score is known. */
function generatedProblems(value: Record<string, unknown>): string[] {
  const problems = broken(value, ofGenerated);
  const isWhole = ["predictedIou", "stability", "point", "crop"].every((key) => value[key] !== undefined);
  if (isWhole === (value.score !== undefined))
    problems.push("generated has neither a score alone nor all that a generator says");
  return problems;
}

function scoredProblems(row: Record<string, unknown>): string[] {
  const problems = broken(row, ofScored);
  if (row.facts !== undefined) problems.push(...factsProblems(row.facts));
  if (!Array.isArray(row.steps)) problems.push("steps is not a list");
  else
    for (const [i, step] of row.steps.entries())
      for (const problem of stepProblems(step)) problems.push(`step ${i}: ${problem}`);
  return problems;
}

/** What a task's own measures read: numbers, lists and matrices by name. */
function factsProblems(facts: unknown): string[] {
  if (!isObject(facts)) return ["facts is not an object"];
  return Object.entries(facts)
    .filter(([, fact]) => !(Number.isFinite(fact) || isNumbers(fact) || isMatrix(fact)))
    .map(([name]) => `facts: ${name} is neither a number nor a list or matrix of numbers`);
}

function stepProblems(step: unknown): string[] {
  if (!isObject(step)) return ["is not an object"];
  const problems = atProblems(step.at);
  if (step.sent !== undefined) problems.push(...sentProblems(step.sent));
  const { candidates, chosen, scores } = step;
  if (!Array.isArray(candidates)) problems.push("candidates is not a list");
  else {
    for (const [i, candidate] of candidates.entries()) {
      const wrong = scoreProblem(candidate);
      if (wrong !== undefined) problems.push(`candidate ${i}: ${wrong}`);
      else if (candidate.predicted === undefined) problems.push(`candidate ${i}: predicted is missing`);
    }
    if (!isCount(chosen) || chosen >= candidates.length) problems.push("chosen is none of the candidates");
  }
  const wrong = scoreProblem(scores);
  if (wrong !== undefined) problems.push(`scores: ${wrong}`);
  return problems;
}

function atProblems(at: unknown): string[] {
  return isObject(at) ? broken(at, ofAt) : ["at is missing"];
}

function sentProblems(sent: unknown): string[] {
  if (!isObject(sent)) return ["sent is not an object"];
  const problems = broken(sent, ofSent);
  const { mask, multimask } = sent;
  if (mask !== undefined && mask !== "previous") {
    if (!isObject(mask) || !Number.isFinite(mask.magnitude))
      problems.push('sent.mask is neither "previous" nor a shape');
    else problems.push(...rleProblems("sent.mask.rle", mask.rle));
  }
  if (typeof multimask !== "boolean") problems.push("sent.multimask is not true or false");
  return problems;
}

function rleProblems(name: string, rle: unknown): string[] {
  if (!isObject(rle)) return [`${name} is missing`];
  const problems: string[] = [];
  if (!isNumbers(rle.size, 2) || !rle.size.every(isCount))
    problems.push(`${name}.size is not [height, width]`);
  if (typeof rle.counts !== "string") problems.push(`${name}.counts is not a string`);
  return problems;
}

/** Scores are numbers by name. */
function scoreProblem(scores: unknown): string | undefined {
  if (!isObject(scores)) return "are missing";
  for (const name in scores) if (!Number.isFinite(scores[name])) return `${name} is not a number`;
  return undefined;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isNumbers(value: unknown, length?: number): value is number[] {
  return (
    Array.isArray(value) && (length === undefined || value.length === length) && value.every(Number.isFinite)
  );
}
