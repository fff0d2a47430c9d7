// What runs of graphs cost, told to whoever asked for them. Families know nothing of it.
import { AsyncLocalStorage } from "node:async_hooks";
import type { CostListener, GraphCost, ImageSession } from "../../core/types.ts";

const listeners = new AsyncLocalStorage<CostListener>();

/** Called by a host for every run. */
export function tellCost(cost: GraphCost): void {
  listeners.getStore()?.(cost);
}

/** The same session, which tells its callers what the graphs cost. */
export function tellingCosts(session: ImageSession): ImageSession {
  const heard = <T>(listener: CostListener | undefined, work: () => Promise<T>) =>
    listener === undefined ? work() : listeners.run(listener, work);
  return {
    ...session,
    encode: (image, listener) => heard(listener, () => session.encode(image)),
    decode: (embedding, prompts, listener) => heard(listener, () => session.decode(embedding, prompts)),
  };
}
