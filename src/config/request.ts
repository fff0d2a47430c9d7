// What a program asks to be evaluated: a run file and what wins over it, or everything as values, own objects among them.
import type { Metric } from "../core/measure.ts";
import type { BenchmarkChoice, RunFile } from "../core/schema-types.ts";
import type { Protocol, Task } from "../eval/index.ts";
import type { OwnBenchmark, Plugins } from "./plugins.ts";
import type { PlanRequest } from "./prepare.ts";
import type { Overrides } from "./run-source.ts";

/** As in a run file (schemas/run-file.schema.json), and each benchmark, protocol and metric by name or as an object of one's own. */
export interface RunRequest
  extends Omit<Overrides, "benchmarks" | "protocols" | "metrics">,
    Pick<Partial<RunFile>, "name" | "title" | "maxFailures"> {
  /**
   * A run file that all the rest is laid over; null: the quickstart's. Without it the rest must be enough: models and
   * benchmarks.
   */
  readonly file?: string | null | undefined;
  readonly benchmarks?: readonly (string | BenchmarkChoice | OwnBenchmark)[] | undefined;
  /** Tasks of one's own; their protocols are named by id. */
  readonly tasks?: readonly Task[] | undefined;
  readonly protocols?: readonly (string | Protocol)[] | undefined;
  readonly metrics?: readonly (string | Metric)[] | undefined;
}

/** Own objects are put beside the project's, and named in their places. */
export function planRequest({ file, tasks, ...rest }: RunRequest): Omit<PlanRequest, "cwd" | "env"> {
  const own = <T extends object>(list: readonly (string | T)[] | undefined, is: (one: T) => boolean) =>
    (list ?? []).filter((one): one is T => typeof one !== "string" && is(one));
  const plugins: Plugins = {
    tasks,
    protocols: own(rest.protocols, () => true),
    metrics: own(rest.metrics, () => true),
    benchmarks: own(rest.benchmarks, (one) => "dataset" in one) as OwnBenchmark[],
  };
  const values = {
    ...rest,
    ...optional(
      "benchmarks",
      rest.benchmarks?.map((one) => (isOwn(one) ? one.name : one)),
    ),
    ...optional(
      "protocols",
      rest.protocols?.map((one) => (typeof one === "string" ? one : one.id)),
    ),
    ...optional(
      "metrics",
      rest.metrics?.map((one) => (typeof one === "string" ? one : one.name)),
    ),
  };
  if (file !== undefined) return { file: file ?? undefined, overrides: values as Overrides, plugins };
  const given = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
  return { value: { name: "run", ...given } as unknown as RunFile, plugins };
}

function isOwn(benchmark: string | BenchmarkChoice | OwnBenchmark): benchmark is OwnBenchmark {
  return typeof benchmark === "object" && "dataset" in benchmark;
}

function optional<K extends string, T>(key: K, value: T | undefined): { readonly [P in K]?: T } {
  return (value === undefined ? {} : { [key]: value }) as { readonly [P in K]?: T };
}
