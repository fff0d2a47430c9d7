import { availableParallelism, freemem } from "node:os";
import type { PreparedRun } from "../config/index.ts";

/** Of the memory that is free, workers may take this share. */
const MEMORY_SHARE = 0.7;
/** What a worker takes: the model's files so often, as the runtime unpacks and rearranges them, and this besides. */
const COPIES = 3;
const WORKER_BYTES = 2 ** 28;

/**
 * Model workers of a run that does not say how many: one for each processor that the runtime's threads leave, as scoring takes a
 * small part of one, as far as free memory has room for the largest model.
 */
export function workersFor({ workers, plan }: Pick<PreparedRun, "workers" | "plan">): number {
  if (workers !== undefined) return workers;
  const sizes = plan.models.map(({ files }) => files.reduce((sum, { bytes }) => sum + bytes, 0));
  const fit = (MEMORY_SHARE * freemem()) / (COPIES * Math.max(...sizes) + WORKER_BYTES);
  return Math.max(1, Math.floor(Math.min(availableParallelism() / plan.threads, fit)));
}
