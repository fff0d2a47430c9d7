// What must hold of rows, put together: what tasks, protocols and metrics declare beside themselves.
import type { Invariant } from "../core/measure.ts";
import { metricInvariants } from "../core/metric.ts";
import { originOf } from "../core/replay.ts";
import type { ScoredRow } from "../core/rows.ts";
import { external } from "../eval/index.ts";
import type { Registries } from "./plugins.ts";

/** The check that rows pass when they are written and when they are read. Of a protocol that nobody knows only its metrics are checked. */
export function rowCheck({
  tasks,
  protocols,
  metrics,
}: Pick<Registries, "tasks" | "protocols" | "metrics">): Invariant {
  const ofMetrics = Object.values(metrics).flatMap(metricInvariants);
  const known = new Map<string, readonly Invariant[]>();
  const invariantsOf = (id: string): readonly Invariant[] => {
    const origin = originOf(id);
    const task = Object.values(tasks).find((one) => Object.hasOwn(one.protocols, origin));
    const own = Object.hasOwn(protocols, origin) ? protocols[origin] : undefined;
    const owner = own !== undefined || origin === external.id ? (task ?? tasks.interactive) : undefined;
    return [...(owner?.invariants ?? []), ...(own?.invariants ?? []), ...ofMetrics];
  };
  return (row: ScoredRow) => {
    let invariants = known.get(row.protocol);
    if (invariants === undefined) {
      invariants = invariantsOf(row.protocol);
      known.set(row.protocol, invariants);
    }
    let problems: readonly string[] = [];
    for (const invariant of invariants) {
      const more = invariant(row);
      if (more.length > 0) problems = [...problems, ...more];
    }
    return problems;
  };
}
