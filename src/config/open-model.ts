import { complain } from "../core/errors.ts";
import type { Plan } from "../core/plan.ts";
import type { ModelSession } from "../core/types.ts";
import { families, openModel } from "../models/index.ts";
import type { GraphHost } from "../models/shared/graph.ts";
import type { PreparedModel } from "./prepare-models.ts";

/** Opens a prepared model in a worker of its own. */
export async function openPrepared(
  { name, card, files }: PreparedModel,
  { provider, threads }: Pick<Plan, "provider" | "threads">,
  wrap?: (host: GraphHost) => GraphHost,
): Promise<ModelSession> {
  const family = families[card.family];
  if (family === undefined)
    throw complain({
      where: `model ${name}`,
      what: "unknown family",
      expected: `one of ${Object.keys(families).join(", ")}`,
      got: `"${card.family}"`,
    });
  return openModel(family, { card, files, batch: card.batch }, { provider, threads }, wrap);
}
