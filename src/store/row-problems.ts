// What is impossible about a row, checked when it is written and when it is read. What tasks and metrics say of their rows is
// handed over: nothing here knows any of them.
import type { Invariant } from "../core/measure.ts";
import type { Plan, Unit } from "../core/plan.ts";
import type { MaskRow, Row, RowBox, ScoredRow } from "../core/rows.ts";
import type { Size } from "../core/types.ts";
import { maskShapeProblems, shapeProblems } from "./row-shape.ts";

/** Empty for a sound row. `check` is what must hold of scored rows beside their shape; `metrics`: those of the plan, where known. */
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
    const problems = rowProblems(row, check, plan.metrics);
    if (problems.length > 0) return `${name}: ${problems.join("; ")}`;
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

function belongs(record: Row | MaskRow, { model, benchmark, sample }: Unit): boolean {
  return record.model === model && record.benchmark === benchmark && record.sample === sample;
}
