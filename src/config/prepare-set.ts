// One benchmark without a run: for masks that are scored without a model.
import { SegbenchError } from "../core/errors.ts";
import type { Metric } from "../core/measure.ts";
import type { Plan } from "../core/plan.ts";
import type { RunFile } from "../core/schema-types.ts";
import { external, taskOf } from "../eval/index.ts";
import type { Env } from "./env.ts";
import { packageFolder } from "./package.ts";
import type { Preparation, Registries } from "./plugins.ts";
import { prepareMetrics } from "./prepare.ts";
import { type PreparedBenchmark, prepareBenchmarks } from "./prepare-benchmarks.ts";
import { inlineRun } from "./run-source.ts";

export interface SetRequest {
  /** Name or path of a data set card. */
  readonly benchmark: string;
  /** Root folder of the data set, in place of the card's below `data`. */
  readonly root?: string | undefined;
  readonly data?: string | undefined;
  readonly limit?: number | undefined;
  readonly metrics?: readonly string[] | undefined;
  readonly cwd: string;
  readonly env: Env;
  readonly home?: string | undefined;
}

export interface PreparedSet {
  readonly benchmark: PreparedBenchmark;
  readonly planned: Plan["benchmarks"][number];
  /** Ids of all its images, chosen or not. */
  readonly images: readonly string[];
  readonly metrics: readonly Metric[];
}

/** Finds the card and the images of a benchmark; rejects with a SegbenchError that lists every problem. */
export async function prepareSet(request: SetRequest, registries: Registries): Promise<PreparedSet> {
  const { benchmark: name, root, data, limit, metrics: names, cwd, env, home = packageFolder } = request;
  const preparation: Preparation = { cwd, env, home, registries, problems: [] };
  const value: Partial<RunFile> = {
    benchmarks: [root === undefined ? name : { name, root }],
    ...(data === undefined ? {} : { data }),
    ...(limit === undefined ? {} : { limit }),
    ...(names === undefined ? {} : { metrics: [...names] as [string, ...string[]] }),
  };
  const run = inlineRun(value, cwd);
  const metrics = prepareMetrics(run, taskOf(external, registries.tasks), preparation);
  const [found] = await prepareBenchmarks(run, preparation);
  if (found === undefined || preparation.problems.length > 0) throw new SegbenchError(preparation.problems);
  const { ready, planned, listed } = found;
  return { benchmark: ready, planned, images: listed, metrics };
}
