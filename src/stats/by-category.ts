import { categoryDefaults } from "../core/defaults.ts";
import type { CategoryBucket } from "../core/summary.ts";
import { meanOfMembers, type RoundScores } from "./members.ts";

type Names = readonly (string | undefined)[];

/** The categories with most targets, the largest first, ties by name in code-unit order. */
export function largestCategories(names: Names, most: number = categoryDefaults.most): string[] {
  const tally = new Map<string, number>();
  for (const name of names) if (name !== undefined) tally.set(name, (tally.get(name) ?? 0) + 1);
  return [...tally]
    .sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))
    .slice(0, most)
    .map(([name]) => name);
}

/**
 * mIoU of targets by category: those of `listed` in its order, then all others as one bucket without a name. A target
 * without a category is in none. undefined where no category is listed.
 */
export function byCategory(
  listed: readonly string[],
  names: Names,
  rounds: readonly RoundScores[],
): CategoryBucket[] | undefined {
  if (listed.length === 0) return undefined;
  const members = new Map<string | null, number[]>(listed.map((name) => [name, []]));
  const others = new Set<string>();
  const rest: number[] = [];
  for (const [i, name] of names.entries()) {
    if (name === undefined) continue;
    const own = members.get(name);
    if (own === undefined) others.add(name);
    (own ?? rest).push(i);
  }
  const bucket = (name: string | null, categories: number, own: readonly number[]): CategoryBucket => ({
    ...{ name, categories, n: own.length },
    rounds: meanOfMembers(own, rounds),
  });
  return [
    ...listed.map((name) => bucket(name, 1, members.get(name)!)),
    ...(rest.length === 0 ? [] : [bucket(null, others.size, rest)]),
  ];
}
