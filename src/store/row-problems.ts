// What is impossible about a row, checked when it is written and when it is read. What tasks and metrics say of their rows is
// handed over: nothing here knows any of them.
import type { Invariant } from "../core/measure.ts";
import type { Plan, Unit } from "../core/plan.ts";
import type { MaskRow, Row, RowBox, ScoredRow } from "../core/rows.ts";
import type { Size } from "../core/types.ts";
import { maskShapeProblems, shapeProblems } from "./row-shape.ts";

/** Empty for a sound row. `check` is what must hold of scored rows beside their shape. */
export function rowProblems(value: unknown, check: Invariant): readonly string[] {
  const problems = shapeProblems(value);
  if (problems.length > 0) return problems;
  const row = value as Row;
  if (row.status !== "ok") return [];
  const facts = factProblems(row);
  const others = check(row);
  return facts.length === 0 ? others : [...facts, ...others];
}

/** Where the target lies agrees with how large it is. */
function factProblems({ size, area, box, steps }: ScoredRow): readonly string[] {
  const problems: string[] = [];
  const [x0, y0, x1, y1] = box;
  if (!boxInside(box, size) || !box.every(Number.isInteger)) problems.push("box is not inside the image");
  if (area < 1) problems.push("area is 0: an empty target is dropped, not scored");
  if (area > size.width * size.height) problems.push("area is larger than the image");
  if (area > (x1 - x0 + 1) * (y1 - y0 + 1)) problems.push("area is larger than its box");
  if (steps.length === 0) problems.push("a scored target has no steps");
  return problems;
}

function boxInside([x0, y0, x1, y1]: RowBox, { width, height }: Size): boolean {
  return x0 >= 0 && y0 >= 0 && x0 <= x1 && y0 <= y1 && x1 <= width - 1 && y1 <= height - 1;
}

/** The first thing wrong with what a unit wants to store; undefined when it is sound. */
export function unitProblem(
  unit: Unit,
  rows: readonly Row[],
  masks: readonly MaskRow[],
  { plan, check }: { readonly plan: Pick<Plan, "masks" | "metrics">; readonly check: Invariant },
): string | undefined {
  const targets = new Set<string>();
  for (const row of rows) {
    const name = `${row.protocol}, target ${row.target}`;
    const problems = rowProblems(row, check);
    if (problems.length > 0) return `${name}: ${problems.join("; ")}`;
    const missing = missingScore(row, plan.metrics);
    if (missing !== undefined) return `${name}: ${missing}`;
    if (!belongs(row, unit)) return `${name}: the row is of another unit`;
    if (targets.has(name)) return `${name}: the row is there twice`;
    targets.add(name);
  }
  if (!plan.masks && masks.length > 0) return "masks came for a run that keeps none";
  for (const mask of masks) {
    const name = `${mask.protocol}, target ${mask.target}`;
    const problems = maskShapeProblems(mask);
    if (problems.length > 0) return `mask of ${name}: ${problems.join("; ")}`;
    if (!belongs(mask, unit) || !targets.has(name)) return `mask of ${name}: there is no such row`;
  }
  return undefined;
}

/** Every step has a score by every metric of the plan. */
function missingScore(row: Row, metrics: readonly string[]): string | undefined {
  if (row.status !== "ok") return undefined;
  for (const [i, { scores }] of row.steps.entries())
    for (const name of metrics) if (scores[name] === undefined) return `step ${i}: has no ${name}`;
  return undefined;
}

function belongs(record: Row | MaskRow, { model, benchmark, sample }: Unit): boolean {
  return record.model === model && record.benchmark === benchmark && record.sample === sample;
}
