// The columns of rows as a table: a line is one target at one step, or one target that has none.
import type { Row, RowCandidate, RowStep, ScoredRow } from "../core/rows.ts";

export type Value = string | number | readonly number[] | null;
export type Kind = "text" | "whole" | "real" | "reals";

export interface RowColumn {
  readonly name: string;
  readonly kind: Kind;
  /** true: null where nothing was scored, or where the value does not exist. */
  readonly optional: boolean;
  readonly of: (row: Row, step: RowStep | undefined) => Value;
}

const identity = ["model", "benchmark", "protocol", "sample", "cluster", "target", "status"] as const;

/** All columns, with one for each name of a score, in the given order. */
export function rowColumns(scores: readonly string[]): RowColumn[] {
  const column = (name: string, kind: Kind, of: RowColumn["of"], optional = true): RowColumn => ({
    ...{ name, kind, optional, of },
  });
  const scored = (name: string, of: (row: ScoredRow) => number | undefined) =>
    column(name, "whole", (row) => (row.status === "ok" ? (of(row) ?? null) : null));
  const stepped = (name: string, kind: Kind, of: (step: RowStep) => Value | undefined) =>
    column(name, kind, (_, step) => (step === undefined ? null : (of(step) ?? null)));
  return [
    ...identity.map((name) => column(name, "text", (row) => row[name], false)),
    column("reason", "text", (row) => (row.status === "ok" ? null : row.reason)),
    column("category", "text", (row) => row.category ?? null),
    scored("width", ({ size }) => size?.width),
    scored("height", ({ size }) => size?.height),
    scored("area", ({ area }) => area),
    ...["x0", "y0", "x1", "y1"].map((name, side) => scored(name, ({ box }) => box?.[side])),
    stepped("clicks", "whole", ({ at }) => at.clicks),
    stepped("draw", "whole", ({ at }) => at.draw),
    ...scores.map((name) => stepped(name, "real", (step) => step.scores[name])),
    stepped("predicted", "reals", ({ candidates }) => candidates.flatMap(({ predicted }) => predicted ?? [])),
    stepped("candidates", "reals", ({ candidates }) => candidates.flatMap(scoreOf)),
  ];
}

/** A candidate's first score beside the model's own estimate: what its rank is judged by. */
function scoreOf(candidate: RowCandidate): number | [] {
  for (const name in candidate) if (name !== "predicted") return candidate[name]!;
  return [];
}

/** The steps that have a line; one line without a step where there is none. */
export function stepsOf(row: Row): readonly (RowStep | undefined)[] {
  return row.status === "ok" && row.steps.length > 0 ? row.steps : [undefined];
}

/** Takes the names of a row's scores down, each after the one that it follows in its step, so that all rows agree on one order. */
export function noteScores(names: string[], row: Row): void {
  if (row.status !== "ok") return;
  for (const { scores } of row.steps) {
    let before = -1;
    for (const name in scores) {
      const at = names.indexOf(name);
      if (at < 0) names.splice(before + 1, 0, name);
      before = at < 0 ? before + 1 : at;
    }
  }
}
