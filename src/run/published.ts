// Published numbers for a run or a comparison: from the cards in its manifest and the files of configs/published.
import { loadPublished } from "../config/index.ts";
import type { ComparedPair, Comparison } from "../core/comparison.ts";
import type { Manifest, Plan } from "../core/plan.ts";
import type { Summary } from "../core/summary.ts";
import { matchPublished, publishedDifferences } from "../stats/published.ts";
import type { Side } from "./compare-sides.ts";
import type { Around } from "./data-folder.ts";

/** The summary with what is published for its models; as it is where no card names any. */
export async function withPublished(summary: Summary, { plan }: Manifest, around: Around): Promise<Summary> {
  const models = namesOf(plan.models);
  if (Object.keys(models).length === 0) return summary;
  const keys = { models, benchmarks: namesOf(plan.benchmarks) };
  return { ...summary, published: matchPublished(summary, keys, await loadPublished(around)) };
}

/** The pairs with what is published for both sides. */
export async function pairsWithPublished(
  facts: Pick<Comparison, "base" | "benchmarks" | "protocols">,
  pairs: readonly ComparedPair[],
  [base, ...candidates]: readonly Side[],
  around: Around,
): Promise<ComparedPair[]> {
  const baseKey = base === undefined ? undefined : keyOf(base);
  if (base === undefined || baseKey === undefined) return [...pairs];
  const benchmarks = namesOf(base.manifest.plan.benchmarks);
  const numbers = await loadPublished(around);
  return pairs.map((pair, n) => {
    const candidate = keyOf(candidates[n]!);
    if (candidate === undefined) return pair;
    const keys = { base: baseKey, candidate, benchmarks };
    return { ...pair, published: publishedDifferences(facts, pair, keys, numbers) };
  });
}

function keyOf({ manifest, model }: Side): string | undefined {
  return namesOf(manifest.plan.models)[model];
}

function namesOf(planned: Plan["models"] | Plan["benchmarks"]): Record<string, string> {
  return Object.fromEntries(
    planned.flatMap(({ name, card }) =>
      "published" in card && card.published !== undefined ? [[name, card.published]] : [],
    ),
  );
}
