// What the command line uses of this folder.
import { type PlanRequest, type PreparedRun, prepare } from "./prepare.ts";
import { type PreparedSet, prepareSet, type SetRequest } from "./prepare-set.ts";
import { registries, withPlugins } from "./registries.ts";

export {
  type CardFolders,
  type FoundCard,
  findCard,
  isFound,
  kindOfCard,
  listCards,
  loadCard,
} from "./cards.ts";
export { type Resolved, resolvePath } from "./env.ts";
export { absentFiles, modelDownloads } from "./model-downloads.ts";
export { packageFolder } from "./package.ts";
export type { OwnBenchmark, Plugins, Registries } from "./plugins.ts";
export type { PlanRequest, PreparedRun } from "./prepare.ts";
export type { PreparedBenchmark } from "./prepare-benchmarks.ts";
export type { PreparedModel } from "./prepare-models.ts";
export type { PreparedSet, SetRequest } from "./prepare-set.ts";
export { nearest, oneOf, unknownName } from "./problems.ts";
export {
  declarableProtocols,
  knownMetrics,
  knownProtocol,
  type ProtocolFacts,
  protocolFacts,
} from "./protocol-facts.ts";
export { loadPublished } from "./published.ts";
export { registries, withPlugins } from "./registries.ts";
export { planRequest, type RunRequest } from "./request.ts";
export { rowCheck } from "./row-check.ts";
export type { Overrides } from "./run-source.ts";
export { checkSchema, loadYaml } from "./schema.ts";

/** One benchmark with the project's own plug-ins; rejects with a SegbenchError that lists every problem. */
export function prepareBenchmark(request: SetRequest): Promise<PreparedSet> {
  return prepareSet(request, registries);
}

/**
 * Resolves and checks a run with the project's own plug-ins, and with those of the request; rejects with a SegbenchError that
 * lists every problem.
 */
export function preparePlan(request: PlanRequest): Promise<PreparedRun> {
  return prepare(request, withPlugins(request.plugins ?? {}));
}
