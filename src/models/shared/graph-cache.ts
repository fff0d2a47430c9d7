import { cpus } from "node:os";
import { threadId } from "node:worker_threads";
import { type Cache, type CachedTensors, openCache } from "../../cache/index.ts";
import { milliseconds } from "./clock.ts";
import type { RuntimeOptions } from "./graph.ts";

export type GraphCache = (
  feeds: CachedTensors,
  compute: () => Promise<CachedTensors>,
) => ReturnType<Cache["through"]>;

/**
 * What keeps the results of a graph's runs, where it is one of those to be kept. Besides the bytes that are fed they depend on
 * the graph, on the runtime and its version, and on the processor, whose instructions decide how sums are rounded.
 */
export function graphCache(file: string, options: RuntimeOptions, runtime: string): GraphCache | undefined {
  const { cache, provider, threads, optimisation } = options;
  const graph = cache?.graphs[file];
  if (cache === undefined || graph === undefined) return undefined;
  const processor = `${process.platform}-${process.arch} ${cpus()[0]?.model.trim() ?? ""}`;
  const level = optimisation === undefined ? {} : { optimisation };
  const identity = { graph, provider, threads, ...level, runtime, processor };
  const writer = `${process.pid}-${threadId}`;
  const opened = openCache({ ...cache, writer, now: milliseconds });
  return (feeds, compute) => opened.through(identity, feeds, compute);
}
