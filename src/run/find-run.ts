// Which run a worker takes part in, of those that a broker has.
import { setTimeout } from "node:timers/promises";
import { complain } from "../core/errors.ts";
import type { Broker, RunHead } from "../queue/broker.ts";
import { planDifferences } from "../store/plan-differences.ts";
import type { PreparedWork } from "./compute-units.ts";
import type { Context } from "./context.ts";
import { mixedPlan } from "./named-run.ts";

/** Milliseconds between looks for a run; the first of them come sooner. */
const LOOK = 1000;
const SOON = 50;

/** Runs that are taken part in: of this class, of no other models, by this provider. */
export interface Only {
  readonly class?: string | undefined;
  readonly models?: readonly string[] | undefined;
  readonly provider?: string | undefined;
}

export function fitting({ class: of, models, provider }: Only = {}): (head: RunHead) => boolean {
  return (head) =>
    head.class === of &&
    (models === undefined || head.plan.models.every(({ name }) => models.includes(name))) &&
    (provider === undefined || head.plan.provider === provider);
}

/** One with blocks that wait, and that names describe; without blocks, the first one. */
export async function nextRun(
  broker: Broker,
  heads: readonly RunHead[],
  worked: boolean,
): Promise<RunHead | undefined> {
  const named = heads.filter(({ request }) => request !== null);
  for (const head of named) if ((await broker.waiting(head.id)) > 0) return head;
  return worked ? undefined : (named[0] ?? heads[0]);
}

/** Waits until the broker has this plan; refuses where it has another one of this name. */
export async function findRun(
  broker: Broker,
  { plan, planHash }: PreparedWork,
  only: Only | undefined,
  { signal, onEvent }: Context,
): Promise<RunHead | undefined> {
  for (let wait = SOON; !signal.aborted; wait = Math.min(LOOK, 2 * wait)) {
    const heads = (await broker.runs()).filter(fitting(only));
    const mixed = mixedPlan({ plan, planHash }, true).planHash;
    const found = heads.find((one) => [planHash, mixed].includes(one.planHash));
    if (found !== undefined) return found;
    const other = heads.find((one) => one.plan.name === plan.name);
    if (other !== undefined) refuseOtherPlan(other, mixedPlan({ plan, planHash }, other.plan.mixed === true));
    if (wait === SOON)
      onEvent({ type: "note", text: `${broker.name} does not have ${plan.name} yet: waiting` });
    await setTimeout(wait, undefined, { signal }).catch(() => undefined);
  }
  return undefined;
}

export function refuseOtherPlan(
  head: RunHead,
  { plan, planHash }: Pick<PreparedWork, "plan" | "planHash">,
): void {
  if (head.planHash === planHash) return;
  const lines = planDifferences(head.plan, plan, ["in the queue", "here"]);
  throw complain({
    code: "refused",
    where: head.plan.name,
    what: `this machine would work on another plan\n  ${lines.join("\n  ")}\n  its hash`,
    expected: head.planHash.slice(0, 12),
    got: planHash.slice(0, 12),
  });
}
