// One benchmark without a run: for masks that are scored without a model.
import type { Plan } from "../core/plan.ts";
import type { Metric } from "../core/types.ts";
import type { Desk, Registries } from "./desk.ts";
import type { Env } from "./env.ts";
import { packageFolder } from "./package.ts";
import { type PreparedBenchmark, prepareBenchmarks } from "./prepare-benchmarks.ts";
import { ConfigError } from "./problems.ts";
import { inlineRun } from "./run-source.ts";

export interface SetRequest {
  /** Name or path of a data set card. */
  readonly benchmark: string;
  /** Root folder of the data set, in place of the card's below `data`. */
  readonly root?: string | undefined;
  readonly data?: string | undefined;
  readonly limit?: number | undefined;
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

/** Finds the card and the images of a benchmark; rejects with a ConfigError that lists every problem. */
export async function prepareSet(request: SetRequest, registries: Registries): Promise<PreparedSet> {
  const { benchmark: name, root, data, limit, cwd, env, home = packageFolder } = request;
  const desk: Desk = { cwd, env, home, registries, problems: [] };
  const value = {
    benchmarks: [root === undefined ? name : { name, root }] as const,
    ...(data === undefined ? {} : { data }),
    ...(limit === undefined ? {} : { limit }),
  };
  const [found] = await prepareBenchmarks(
    inlineRun({ ...value, benchmarks: [...value.benchmarks] }, cwd),
    desk,
  );
  if (found === undefined || desk.problems.length > 0) throw new ConfigError(desk.problems);
  const { ready, planned } = found;
  const images = (await registries.openDataset(ready.card, ready.root).list()).map(({ id }) => id);
  return { benchmark: ready, planned, images, metrics: Object.values(registries.metrics) };
}
