// What the command line uses of this folder.
import type { Plugins } from "./plugins.ts";
import { withPlugins } from "./registries.ts";
import type { PlanRequest } from "./request.ts";
import {
  type BenchmarkRequest,
  type PreparedRun,
  prepare,
  type ResolvedBenchmark,
  resolveBenchmark,
} from "./runs/prepare.ts";

export type { PreparedBenchmark } from "./benchmarks/prepare.ts";
export {
  type CardFolders,
  type FoundCard,
  findCard,
  isFound,
  kindOfCard,
  listCards,
  loadCard,
} from "./cards.ts";
export type { PreparedModel } from "./models/prepare.ts";
export { loadPublished } from "./models/published.ts";
export { chosen as chosenReading, recogniseOwnData, wordsOf as wordsOfReading } from "./own/data.ts";
export { quickstartRest } from "./own/run.ts";
export { orPackaged, packageFolder, type Resolved, resolveInput, resolvePath } from "./paths.ts";
export type { OwnBenchmark, Plugins, Registries } from "./plugins.ts";
export { nearest, oneOf, unknownCard, unknownName } from "./problems.ts";
export {
  declarableProtocols,
  knownMetrics,
  knownProtocol,
  type ProtocolFacts,
  protocolFacts,
  rowCheck,
  type UnknownNames,
  unknownNames,
} from "./protocol-facts.ts";
export { registries, withPlugins } from "./registries.ts";
export type { Overrides } from "./request.ts";
export { type OwnData, ownDataOf, planRequest, type RunRequest } from "./request.ts";
export type { BenchmarkRequest, PreparedRun, ResolvedBenchmark } from "./runs/prepare.ts";
export { checkSchema, loadYaml } from "./yaml/schema.ts";

/** One benchmark with the project's own plug-ins, and `plugins`; rejects with a SegbenchError that lists every problem. */
export async function prepareBenchmark(
  request: BenchmarkRequest,
  plugins: Plugins = {},
): Promise<ResolvedBenchmark> {
  return resolveBenchmark(request, withPlugins(plugins));
}

/**
 * Resolves and checks a run with the project's own plug-ins, and with those of the request; rejects with a SegbenchError that
 * lists every problem.
 */
export async function preparePlan(request: PlanRequest): Promise<PreparedRun> {
  return prepare(request, withPlugins(request.plugins ?? {}));
}
