import { inShard, type Plan, type Shard, type Unit } from "../core/plan.ts";
import type { SampleRef } from "../core/types.ts";
import type { UnitJob } from "../eval/index.ts";

/** Every unit of a plan in its order: model, benchmark, sample. */
export function unitJobs(plan: Plan, refs: ReadonlyMap<string, readonly SampleRef[]>): UnitJob[] {
  let index = 0;
  return plan.models.flatMap(({ name: model }) =>
    plan.benchmarks.flatMap(({ name: benchmark, card }) =>
      (refs.get(benchmark) ?? []).map((ref): UnitJob => {
        const unit: Unit = { index: index++, model, benchmark, sample: ref.id };
        const { surfaceTolerance } = card;
        return { unit, ref, scoring: surfaceTolerance === undefined ? {} : { surfaceTolerance } };
      }),
    ),
  );
}

/** The part of the units that this sitting has to do. */
export function openJobs(
  jobs: readonly UnitJob[],
  shard: Shard | null,
  finished: ReadonlySet<number>,
): UnitJob[] {
  return jobs.filter(({ unit }) => inShard(unit.index, shard) && !finished.has(unit.index));
}
