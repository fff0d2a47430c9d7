import type { Unit } from "../core/plan.ts";
import type { MaskRow, Row } from "../core/rows.ts";
import { violations } from "./invariants.ts";
import { maskShapeProblems } from "./row-shape.ts";

/** The first thing wrong with what a unit wants to store; undefined when it is sound. */
export function unitProblem(
  unit: Unit,
  rows: readonly Row[],
  masks: readonly MaskRow[],
  keepsMasks: boolean,
): string | undefined {
  const targets = new Set<string>();
  for (const row of rows) {
    const name = `${row.protocol}, target ${row.target}`;
    const problems = violations(row);
    if (problems.length > 0) return `${name}: ${problems.join("; ")}`;
    if (!belongs(row, unit)) return `${name}: the row is of another unit`;
    if (targets.has(name)) return `${name}: the row is there twice`;
    targets.add(name);
  }
  if (!keepsMasks && masks.length > 0) return "masks came for a run that keeps none";
  for (const mask of masks) {
    const name = `${mask.protocol}, target ${mask.target}`;
    const problems = maskShapeProblems(mask);
    if (problems.length > 0) return `mask of ${name}: ${problems.join("; ")}`;
    if (!belongs(mask, unit) || !targets.has(name)) return `mask of ${name}: there is no such row`;
  }
  return undefined;
}

function belongs(record: Row | MaskRow, unit: Unit): boolean {
  return record.model === unit.model && record.benchmark === unit.benchmark && record.image === unit.image;
}
