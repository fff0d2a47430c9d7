// Whether a run folder can grow into a plan: everything in it stays as it is, and more comes.

import { type Plan, sampleNoun } from "../core/plan.ts";
import { inWords, plural } from "../core/words.ts";
import { differencesOf, type PlanDifference } from "./plan-differences.ts";

export type Growth =
  | { readonly is: "same" }
  /** What is new, in words; nothing where only words changed. Which images they are, plans do not say. */
  | { readonly is: "wider"; readonly news: readonly string[] }
  /** What the new plan lacks, in words. */
  | { readonly is: "narrower"; readonly lacks: readonly string[] }
  /** What would change numbers that are there, and what of it is left out. */
  | { readonly is: "other"; readonly differences: readonly PlanDifference[] };

/** What the two sides are called. */
export const sides = ["in the run folder", "now"] as const;
/** They choose among images, or are words: what they come to is in the benchmarks. */
const free = ["name", "title", "limit", "ids", "targets"];
/** What an entry of each is called before its name. */
const lists = { protocols: "", models: "model", benchmarks: "benchmark" } as const;
/** Of more than these the number is enough. */
const NAMED = 3;

/** Numbers of clicks that protocols report where a run does not ask for others; protocols of which it cannot are not in it. */
export type UsualClicks = ReadonlyMap<string, readonly number[]>;

/** What a plan is to the run folder of another one. */
export function growth(before: Plan, now: Plan, usual: UsualClicks = new Map()): Growth {
  const differences = differencesOf(before, now, sides);
  if (differences.length === 0) return { is: "same" };
  const [news, lacks] = [added(before, now, usual), added(now, before, usual)];
  // Lists of samples choose among images; of lists of targets nobody knows what of an image is done.
  const inPart = before.targets === true || now.targets === true;
  const others = differences.filter((one) => !isGrowth(one) || (one.keys[0] === "ids" && inPart));
  if (others.length > 0) {
    const lost = differences.filter(({ keys, only }) => isList(keys) && only === sides[0]);
    return {
      is: "other",
      differences: differences.filter((one) => others.includes(one) || lost.includes(one)),
    };
  }
  return lacks.length > 0 ? { is: "narrower", lacks } : { is: "wider", news };
}

function isGrowth({ keys }: PlanDifference): boolean {
  const [first, , field, part] = keys;
  if (free.includes(first!) || first === "points" || isList(keys)) return true;
  // Those of a protocol that only one plan has.
  if (first === "generators") return keys.length === 2;
  if (first !== "benchmarks") return false;
  return field === "images" || field === "subsetHash" || (field === "card" && part === "subset");
}

/** A list has other entries, or the same ones in another order. */
function isList(keys: readonly string[]): boolean {
  return keys.length === 1 && Object.hasOwn(lists, keys[0]!);
}

/** What one plan has besides another one, in words. */
function added(less: Plan, more: Plan, usual: UsualClicks): string[] {
  const images = more.benchmarks.reduce((sum, { name, images: count }) => {
    const there = less.benchmarks.find((one) => one.name === name);
    return sum + (there === undefined ? 0 : Math.max(0, count - there.images));
  }, 0);
  const names = (plan: Plan, list: keyof typeof lists) =>
    plan[list].map((entry) => (typeof entry === "string" ? entry : entry.name));
  const besides = (Object.keys(lists) as (keyof typeof lists)[]).flatMap((list) => {
    const there = names(less, list);
    const own = names(more, list).filter((name) => !there.includes(name));
    if (own.length === 0) return [];
    if (own.length > NAMED) return [`${own.length} ${list}`];
    const noun = own.length === 1 || lists[list] === "" ? lists[list] : list;
    return [`${noun} ${inWords(own)}`.trim()];
  });
  const clicks = clicksAdded(less, more, usual);
  return [...(images > 0 ? [plural(images, sampleNoun(more))] : []), ...clicks, ...besides];
}

/** Numbers of clicks that are reported of protocols that both plans have. */
function clicksAdded(less: Plan, more: Plan, usual: UsualClicks): string[] {
  const both = more.protocols.filter((id) => less.protocols.includes(id));
  const besides = both.flatMap((id) => {
    const there = less.points ?? usual.get(id) ?? [];
    return (more.points ?? usual.get(id) ?? []).filter(
      (clicks) => clicks > 0 && usual.has(id) && !there.includes(clicks),
    );
  });
  const numbers = [...new Set(besides)].sort((a, b) => a - b);
  if (numbers.length === 0) return [];
  return [`click${numbers.length === 1 ? "" : "s"} ${inWords(numbers)}`];
}

/** All numbers of clicks that one of these plans reports, in order. */
export function reportedClicks(
  plans: readonly Pick<Plan, "protocols" | "points">[],
  usual: UsualClicks,
): number[] {
  const all = plans.flatMap(({ protocols, points }) =>
    protocols.filter((id) => usual.has(id)).flatMap((id) => points ?? usual.get(id)!),
  );
  return [...new Set(all)].filter((clicks) => clicks > 0).sort((a, b) => a - b);
}
