// Custom protocols and metrics that a run folder names: where they were not passed in, that is noted, or refused.
import { type Registries, type UnknownNames, unknownNames } from "../config/index.ts";
import { complain } from "../core/errors.ts";
import type { Manifest, Plan } from "../core/plan.ts";
import { originOf } from "../core/recorded.ts";
import type { Summary } from "../core/results.ts";
import type { Context } from "./context.ts";

type Named = Pick<Plan, "protocols" | "metrics">;

/** Notes which names have no numbers; `where`: the run folder, as shown in messages. */
export function noteUnknown(
  where: string,
  plan: Named,
  known: Registries,
  { onEvent }: Pick<Context, "onEvent">,
): void {
  const unknown = unknownNames(plan, known);
  if (isNone(unknown)) return;
  const many = unknown.protocols.length + unknown.metrics.length > 1;
  const text = `${where} names ${listed(unknown)}, which this version does not know: without measures of ${many ? "them" : "it"}; ${handedOver(unknown)}`;
  onEvent({ type: "note", text });
}

/** For what is meaningless without these protocols and metrics. */
export function refuseUnknown(where: string, plan: Named, known: Registries): void {
  const unknown = unknownNames(plan, known);
  if (!isNone(unknown)) throw refusal(where, unknown, "");
}

/** Existing reports with measures that new ones would lack are kept. */
export function refuseLoss(
  where: string,
  { plan }: Pick<Manifest, "plan">,
  known: Registries,
  { before, now }: { readonly before: Summary | undefined; readonly now: Summary },
): void {
  const unknown = unknownNames(plan, known);
  if (isNone(unknown) || before === undefined) return;
  const kept = new Set(now.protocols.flatMap(measuresOf));
  if (before.protocols.flatMap(measuresOf).some((id) => !kept.has(id)))
    throw refusal(where, unknown, ": the existing reports have more measures, and stay as they are");
}

function measuresOf({ id, measures }: Summary["protocols"][number]): string[] {
  return measures.map((measure) => `${id} ${measure.id}`);
}

function refusal(where: string, unknown: UnknownNames, rest: string) {
  return complain(where, `names ${listed(unknown)}, which this version does not know${rest}`, {
    code: "unknown-name",
    expected: `them as objects, in the library: ${handedOver(unknown)}`,
  });
}

function isNone({ protocols, metrics }: UnknownNames): boolean {
  return protocols.length === 0 && metrics.length === 0;
}

/** "the protocol hasty@1 and the metrics a, b". */
function listed({ protocols, metrics }: UnknownNames): string {
  const some = (what: string, names: readonly string[]) =>
    names.length === 0 ? [] : [`the ${what}${names.length === 1 ? "" : "s"} ${names.join(", ")}`];
  return [...some("protocol", protocols.map(originOf)), ...some("metric", metrics)].join(" and ");
}

function handedOver({ protocols, metrics }: UnknownNames): string {
  const keys = [
    ...(protocols.length === 0 ? [] : ["protocols: [...]"]),
    ...(metrics.length === 0 ? [] : ["metrics: [...]"]),
  ];
  return `plugins: { ${keys.join(", ")} }`;
}
