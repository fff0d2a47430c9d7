// What must hold of rows, put together: what tasks, protocols and metrics declare beside themselves.
import { type Invariant, metricInvariants } from "../core/measure.ts";
import { originOf } from "../core/recorded.ts";
import type { ScoredRow } from "../core/rows.ts";
import { type Task, taskOf } from "../eval/index.ts";
import type { Registries } from "./plugins.ts";
import { knownProtocol } from "./protocol-facts.ts";

/** The check that rows pass when they are written and when they are read. Of a protocol that nobody knows only its metrics are checked. */
export function rowCheck(plugins: Pick<Registries, "tasks" | "protocols" | "metrics">): Invariant {
  const ofMetrics = Object.values(plugins.metrics).flatMap(metricInvariants);
  const known = new Map<string, { readonly task: Task | undefined; readonly all: readonly Invariant[] }>();
  const entryOf = (id: string) => {
    const protocol = knownProtocol(originOf(id), plugins);
    const task = protocol === undefined ? undefined : taskOf(protocol, plugins.tasks);
    return { task, all: [...(task?.invariants ?? []), ...(protocol?.invariants ?? []), ...ofMetrics] };
  };
  return (row: ScoredRow, plan?: readonly string[]) => {
    let entry = known.get(row.protocol);
    if (entry === undefined) {
      entry = entryOf(row.protocol);
      known.set(row.protocol, entry);
    }
    let problems: readonly string[] = [];
    for (const invariant of entry.all) {
      const more = invariant(row);
      if (more.length > 0) problems = [...problems, ...more];
    }
    if (plan === undefined || problems.length > 0) return problems;
    const lack = entry.task?.lacks?.(row, plan);
    return lack === undefined ? problems : [lack];
  };
}
