import { complain } from "../core/errors.ts";
import type { Plan } from "../core/plan.ts";
import type { ImageSession } from "../core/types.ts";
import { families, openModel, type Part, partsOf } from "../models/index.ts";
import type { GraphHost } from "../models/runtime/graph.ts";
import type { CacheChoice } from "./prepare.ts";
import type { PreparedModel } from "./prepare-models.ts";

/** How a prepared model is opened. */
export interface Opening
  extends Pick<Plan, "provider" | "threads" | "models" | "optimisation" | "allowCpuFallback"> {
  readonly cache?: CacheChoice | undefined;
  /** Files for the runtime's own traces. */
  readonly traces?: ((part: Part) => string) | undefined;
}

/** Opens a prepared model in a worker of its own. */
export async function openPrepared(
  model: PreparedModel,
  opening: Opening,
  wrap?: (host: GraphHost) => GraphHost,
): Promise<ImageSession> {
  const { name, card, files } = model;
  const { threads, traces, optimisation, allowCpuFallback } = opening;
  const provider = card.provider ?? opening.provider;
  const family = families[card.family];
  if (family === undefined)
    throw complain({
      where: `model ${name}`,
      what: "unknown family",
      expected: `one of ${Object.keys(families).join(", ")}`,
      got: `"${card.family}"`,
    });
  const traced = traces === undefined ? [] : partsOf(files);
  const runtime = {
    ...{ provider, threads, ...cacheOf(model, opening) },
    ...(optimisation === undefined ? {} : { optimisation }),
    allowCpuFallback: allowCpuFallback === true,
    traces: Object.fromEntries(traced.map((part) => [files[part]!, traces!(part)])),
  };
  return openModel(family, { card, files, batch: card.batch }, runtime, wrap);
}

/** An encoder is all its files: one that is not the decoder's may hold its weights. */
function cacheOf({ name, card, files: { encoder } }: PreparedModel, { cache, models }: Opening) {
  const facts = models.find((model) => model.name === name)?.files;
  if (cache === undefined || facts === undefined || encoder === undefined) return {};
  const graph = facts.filter(({ path }) => path !== card.files.decoder).map(({ sha256 }) => sha256);
  return { cache: { ...cache, graphs: { [encoder]: graph.join(" ") } } };
}
