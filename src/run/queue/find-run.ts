// Which run a worker takes part in, of those that a broker has.
import { setTimeout } from "node:timers/promises";
import { complain } from "../../core/errors.ts";
import type { Broker, RunHead } from "../../queue/broker.ts";
import { planDifferences } from "../../store/plan-differences.ts";
import type { Context } from "../context.ts";
import type { PreparedWork } from "./compute-units.ts";
import { idOf, mixedPlan } from "./named-run.ts";

/** Milliseconds between looks for a run: the first of them come sooner, and each a little later than the one before. */
export const nextLook = (wait = 0) => Math.min(1000, Math.max(50, 1.1 * wait));
/** Milliseconds for which a run is waited for, where it is not to be waited for ever; and for one that was finished, which may begin again. */
export const MOST_ALONE = 600_000;
const MOST_DONE = 60_000;

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

/**
 * Waits until the broker has this plan; refuses where it has another one of this name. `untilDone`: one that is finished, or does not come, is not
 * waited for.
 */
export async function findRun(
  broker: Broker,
  { plan, planHash }: PreparedWork,
  { only, untilDone }: { readonly only?: Only | undefined; readonly untilDone: boolean },
  { signal, clock, onEvent }: Context,
): Promise<RunHead | undefined> {
  const note = (text: string) => onEvent({ type: "note", text });
  const since = clock();
  for (let wait = nextLook(); !signal.aborted; wait = nextLook(wait)) {
    const heads = (await broker.runs()).filter(fitting(only));
    const mixed = mixedPlan({ plan, planHash }, true).planHash;
    const found = heads.find((one) => [planHash, mixed].includes(one.planHash));
    if (found !== undefined) return found;
    const other = heads.find((one) => one.plan.name === plan.name);
    if (other !== undefined) refuseOtherPlan(other, mixedPlan({ plan, planHash }, other.plan.mixed === true));
    if (wait === nextLook()) note(`${broker.name} does not have ${plan.name} yet: waiting`);
    const waited = clock() - since;
    if (untilDone && waited > MOST_DONE) {
      const ids = [planHash, mixed].map((hash) => idOf(hash, only?.class));
      const states = await Promise.all(ids.map((id) => broker.run(id)));
      if (states.includes("done")) return void note(`${plan.name} is finished`);
      if (waited > MOST_ALONE) return void note(`${plan.name} did not come within 10 minutes`);
    }
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
  throw complain(
    head.plan.name,
    `this machine would work on another plan\n  ${lines.join("\n  ")}\n  its hash`,
    { code: "refused", expected: head.planHash.slice(0, 12), got: planHash.slice(0, 12) },
  );
}
