// What the command line uses of this folder.
import { SegbenchError } from "../core/errors.ts";
import { ownProblems } from "./own-plugins.ts";
import type { Plugins } from "./plugins.ts";
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
  type UnknownNames,
  unknownNames,
} from "./protocol-facts.ts";
export { loadPublished } from "./published.ts";
export { registries, withPlugins } from "./registries.ts";
export { planRequest, type RunRequest } from "./request.ts";
export { rowCheck } from "./row-check.ts";
export type { Overrides } from "./run-source.ts";
export { checkSchema, loadYaml } from "./schema.ts";

/** One benchmark with the project's own plug-ins, and `plugins`; rejects with a SegbenchError that lists every problem. */
export function prepareBenchmark(request: SetRequest, plugins: Plugins = {}): Promise<PreparedSet> {
  return prepareSet(request, withPlugins(plugins));
}

/**
 * Resolves and checks a run with the project's own plug-ins, and with those of the request; rejects with a SegbenchError that
 * lists every problem.
 */
export async function preparePlan(request: PlanRequest): Promise<PreparedRun> {
  const { plugins = {} } = request;
  const problems = ownProblems(plugins, registries);
  if (problems.length > 0) throw new SegbenchError(problems);
  return prepare(request, withPlugins(plugins));
}
