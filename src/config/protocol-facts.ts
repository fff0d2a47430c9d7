// Facts about a protocol by the id in a row: its text in reports, and what must hold for its rows.

import { type AnyMeasure, type Invariant, type Metric, metricInvariants } from "../core/measure.ts";
import type { Kind, Plan } from "../core/plan.ts";
import { isReplay, originOf } from "../core/recorded.ts";
import type { ProtocolNote } from "../core/results.ts";
import type { ScoredRow } from "../core/rows.ts";
import {
  external,
  externalTracks,
  reportedAt,
  type Task,
  type TaskProtocol,
  taskOf,
  unsent,
  withGenerator,
} from "../eval/index.ts";
import type { Registries } from "./plugins.ts";
import { registries as ours } from "./registries.ts";

/** A protocol that rows may name, whether or not it can be run. */
export type KnownProtocol = Pick<
  TaskProtocol,
  "id" | "task" | "summary" | "reported" | "points" | "measures" | "invariants" | "generator" | "phrases"
>;

export interface ProtocolFacts
  extends Required<Pick<TaskProtocol, "id" | "summary" | "reported">>,
    Pick<ProtocolNote, "samples" | "whole" | "phrases"> {
  /** With the metrics of the run. */
  readonly measures: readonly AnyMeasure[];
}

type Plugins = Pick<Registries, "protocols" | "metrics"> & Partial<Pick<Registries, "tasks">>;

/** Names in a plan that are neither the project's nor passed in. */
export interface UnknownNames {
  readonly protocols: readonly string[];
  readonly metrics: readonly string[];
}

/** The unknown names of a plan: its protocols have no measures, its metrics are in rows alone. */
export function unknownNames(
  plan: { readonly protocols: readonly string[]; readonly metrics: readonly string[] },
  plugins: Plugins,
): UnknownNames {
  return {
    protocols: plan.protocols.map(originOf).filter((id) => knownProtocol(id, plugins) === undefined),
    metrics: plan.metrics.filter((name) => !Object.hasOwn(plugins.metrics, name)),
  };
}

/** A protocol that this version does not know still has rows worth reading, without measures. */
export function protocolFacts(
  id: string,
  /** Names of the run's metrics; those that this version does not know are ignored. */
  metrics: readonly string[],
  plugins: Plugins = ours,
  /** What the run asked for in place of the protocol's own: numbers of clicks, settings of generators. */
  { points, generators = {} }: Pick<Plan, "points" | "generators"> = {},
): ProtocolFacts {
  const found = knownProtocol(originOf(id), plugins);
  const known = found && withGenerator(found, generators[id]);
  const { metrics: missing } = unknownNames({ protocols: [], metrics }, plugins);
  const without = missing.length === 0 ? "" : `; not known to this version: ${missing.join(", ")}`;
  const task = known && taskOf(known, plugins.tasks);
  const reported = known === undefined ? [] : reportedAt(known, points);
  const summary =
    known === undefined ? "not known to this version: without measures" : `${known.summary}${without}`;
  return {
    id,
    summary: isReplay(id) ? `recorded prompts of: ${summary}` : summary,
    reported,
    ...(task?.kind === "clip" ? { samples: "clips" } : {}),
    ...(task?.whole === true ? { whole: true } : {}),
    ...(known?.phrases === true ? { phrases: true } : {}),
    measures: known?.measures(knownMetrics(metrics, plugins), reported) ?? [],
  };
}

/** undefined for an id that is neither a protocol nor something that masks made elsewhere may claim to follow. */
export function knownProtocol(id: string, { protocols }: Plugins = ours): KnownProtocol | undefined {
  const alone = unsent.find((protocol) => protocol.id === id);
  if (alone !== undefined) return alone;
  return Object.hasOwn(protocols, id) ? protocols[id] : undefined;
}

/** The metrics of these names that there are, in that order. */
export function knownMetrics(names: readonly string[], { metrics }: Plugins = ours): readonly Metric[] {
  return names.flatMap((name) => (Object.hasOwn(metrics, name) ? [metrics[name]!] : []));
}

/** Every id that masks made elsewhere may claim to follow, of such samples; the first claims nothing. */
export function declarableProtocols(
  { protocols }: Pick<Plugins, "protocols"> = ours,
  kind: Kind = "image",
): string[] {
  const own = Object.values(protocols).filter((one) => (taskOf(one)?.kind ?? "image") === kind);
  return [kind === "clip" ? externalTracks.id : external.id, ...own.map(({ id }) => id)];
}

/** The check that rows pass when they are written and when they are read. Of an unknown protocol only the metrics are checked. */
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
