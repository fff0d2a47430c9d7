import type { Plan, Shard } from "../core/plan.ts";

/** Units of the whole plan: every model on every image of every benchmark. */
export function unitCount(plan: Plan): number {
  return plan.models.length * plan.benchmarks.reduce((sum, { images }) => sum + images, 0);
}

/** Which units a shard works on: every count-th, so that slow models and large benchmarks are spread evenly. */
export function inShard(unit: number, shard: Shard | null): boolean {
  return shard === null || unit % shard.count === shard.index;
}

/** Units of a shard (null: of the whole plan). */
export function shardSize(plan: Plan, shard: Shard | null): number {
  const units = unitCount(plan);
  if (shard === null) return units;
  return Math.max(0, Math.ceil((units - shard.index) / shard.count));
}

/** The n-th unit (from 0) of a shard: what is appended after n units. */
export function nthUnit(n: number, shard: Shard | null): number {
  return shard === null ? n : shard.index + n * shard.count;
}

/** "shard 1/4", as on the command line. */
export function shardName(shard: Shard | null): string {
  return shard === null ? "no shard" : `shard ${shard.index}/${shard.count}`;
}
