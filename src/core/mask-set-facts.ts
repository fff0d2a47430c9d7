// What a row says of all masks of an image: who was matched, and what became of the others. Recall and precision at any cut follow from it.
import { fates } from "./mask-sets.ts";
import { mean } from "./numbers.ts";
import type { ScoredRow } from "./rows.ts";
import { count } from "./words.ts";

/** IoU from which a mask has found a target, as NumPy's linspace(.5, .95, 10) gives them: the ninth is the double below 0.9. */
export const iouThresholds = [0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.8999999999999999, 0.95] as const;

/** COCO's ranges of areas in pixels; both ends are in, so that 1,024 is small and medium. */
export const sizeRanges = {
  all: [0, 1e10],
  small: [0, 32 ** 2],
  medium: [32 ** 2, 96 ** 2],
  large: [96 ** 2, 1e10],
} as const;

export type SizeRange = keyof typeof sizeRanges;

export const rangeNames = Object.keys(sizeRanges) as readonly SizeRange[];

/** Numbers of masks at which curves of recall are drawn. */
export const maskCuts = [1, 2, 5, 10, 20, 50, 100, 200, 300, 500, 1000] as const;

/**
 * Why a target has no mask, in this order: no candidate ever reached it; the one that came furthest was removed, by the fate's name; or "taken": a kept
 * mask reaches it and was matched to another target.
 */
export const lossReasons = [
  ...["never", "predicted", "stability", "large", "edge"],
  ...["suppressed", "suppressed-across", "suppressed-cleaned", "cut", "taken"],
] as const;

/**
 * [place of a mask in the ranking, thresholds], ascending by place: bit t stands for `iouThresholds[t]`. Masks without any bit have no entry.
 */
export type PlaceBits = readonly (readonly [place: number, bits: number])[];

/** Masks of an image against its targets. Each range of sizes is a matching of its own. */
export interface MatchFacts extends Readonly<Record<`hits-${SizeRange}` | `spared-${SizeRange}`, PlaceBits>> {
  readonly masks: number;
  /** Targets that count in each range, in the order of `sizeRanges`: no crowds; those without a pixel too. */
  readonly targets: readonly number[];
  /** Of the masks, best first. */
  readonly scores: readonly number[];
  /** Their pixels, in the same order. Hits: matched to a target that counts. Spared: to a crowd, a target of another size, or ignored pixels. */
  readonly areas: readonly number[];
}

/** What a generator adds. */
export interface GeneratorFacts {
  readonly points: number;
  readonly candidates: number;
  /** Candidates by fate, without "kept", in the order of `fates`. */
  readonly removed: readonly number[];
  /** Candidates whose predicted IoU, and whose stability, lies within 0.01 of its threshold. */
  readonly near: readonly number[];
  /** `lossReasons` x `iouThresholds`: targets of all sizes that no mask was matched to. */
  readonly lost: readonly (readonly number[])[];
  /** [place among the targets of the image, pixels] of those that no mask was matched to at the lowest threshold. */
  readonly missed: readonly (readonly [place: number, pixels: number])[];
}

/** The facts of a row of this task; what a generator adds is absent for masks made elsewhere. */
export function maskSetFacts({ facts }: ScoredRow): MatchFacts & Partial<GeneratorFacts> {
  return facts as unknown as MatchFacts & Partial<GeneratorFacts>;
}

/** Whether a row is of all masks of an image. */
export function isMaskSet({ facts }: ScoredRow): boolean {
  return Array.isArray(facts?.["hits-all"]);
}

/** Targets of a range that have a mask among the first `cut`, by threshold. */
export function matchedAt(facts: MatchFacts, range: SizeRange, cut = Number.POSITIVE_INFINITY): number[] {
  const matched: number[] = iouThresholds.map(() => 0);
  for (const [place, bits] of facts[`hits-${range}`]) {
    if (place >= cut) break;
    for (let t = 0; t < matched.length; t++) matched[t]! += (bits >> t) & 1;
  }
  return matched;
}

/**
 * A row as plain numbers by name, for tables: counts, and, averaged over the thresholds, targets that were matched (at each number of masks) or lost
 * (by reason). A sum of `matched_1000` over a sum of `targets` is AR@1000.
 */
export function maskSetNumbers(row: ScoredRow): Readonly<Record<string, number>> {
  const facts = maskSetFacts(row);
  const { points, candidates, masks, targets, removed, near, lost } = facts;
  const numbers: Record<string, number> = {};
  const add = (name: string, value: number | undefined) => {
    if (value !== undefined) numbers[name] = value;
  };
  add("points", points);
  add("candidate_count", candidates);
  add("masks", masks);
  for (const [i, fate] of fates.slice(1).entries()) add(`removed_${named(fate)}`, removed?.[i]);
  for (const [i, limit] of ["predicted", "stability"].entries()) add(`near_${limit}`, near?.[i]);
  for (const [r, range] of rangeNames.entries()) {
    const size = range === "all" ? "" : `_${range}`;
    add(`targets${size}`, targets[r]);
    for (const cut of maskCuts) add(`matched${size}_${cut}`, mean(matchedAt(facts, range, cut)));
  }
  for (const [i, reason] of lossReasons.entries()) add(`lost_${named(reason)}`, lost && mean(lost[i]!));
  return numbers;
}

const named = (name: string) => name.replaceAll("-", "_");

const all = 2 ** iouThresholds.length - 1;

/** What contradicts itself in a row's facts. */
export function maskSetProblems(row: ScoredRow): readonly string[] {
  const facts = maskSetFacts(row);
  if (!isMaskSet(row)) return ["there is nothing of how its masks were matched"];
  const { masks, targets, scores, areas } = facts;
  const problems: string[] = [];
  if (scores?.length !== masks || areas?.length !== masks)
    problems.push("scores or areas is not a number for each mask");
  else if (scores.some((score, i) => i > 0 && !(score <= scores[i - 1]!)))
    problems.push("scores are not in their order, the highest first");
  if (targets?.length !== rangeNames.length || targets.some((n) => !(n >= 0 && n <= targets[0]!)))
    problems.push(
      "targets is not a count for all sizes and for each, of which none is greater than the first",
    );
  for (const [r, range] of rangeNames.entries()) {
    const [hits, spared] = [facts[`hits-${range}`], facts[`spared-${range}`]];
    if (!isPlaceBits(hits, masks) || !isPlaceBits(spared, masks)) {
      problems.push(
        `hits-${range} or spared-${range} is not a list of [place, thresholds] in the order of places`,
      );
      continue;
    }
    const own = new Map(hits.map(([place, bits]) => [place, bits]));
    if (spared.some(([place, bits]) => ((own.get(place) ?? 0) & bits) !== 0))
      problems.push(`a mask is matched and spared at once (${range})`);
    if (matchedAt(facts, range).some((count) => !(count <= (targets?.[r] ?? 0))))
      problems.push(`more targets are matched than there are (${range})`);
  }
  return [...problems, ...(problems.length === 0 ? generatorProblems(facts) : [])];
}

function isPlaceBits(list: unknown, masks: number): list is PlaceBits {
  if (!Array.isArray(list)) return false;
  let before = -1;
  for (const entry of list as PlaceBits) {
    if (!Array.isArray(entry) || entry.length !== 2) return false;
    const [place, bits] = entry as unknown as [number, number];
    if (!(place > before && place < masks && Number.isInteger(place))) return false;
    if (!(bits > 0 && bits <= all && Number.isInteger(bits))) return false;
    before = place;
  }
  return true;
}

function generatorProblems(facts: MatchFacts & Partial<GeneratorFacts>): string[] {
  const { candidates, removed, lost, missed: list, masks, targets } = facts;
  const problems: string[] = [];
  const removals = removed?.reduce((sum, count) => sum + count, 0);
  if (candidates !== undefined && candidates !== masks + (removals ?? 0))
    problems.push("kept and removed candidates do not add up to all of them");
  if (lost === undefined) return problems;
  const matched = matchedAt(facts, "all");
  const shaped = lost.length === lossReasons.length && lost.every(({ length }) => length === matched.length);
  const missed = (t: number) => lost.reduce((sum, counts) => sum + counts[t]!, 0);
  if (!shaped || matched.some((count, t) => count + missed(t) !== targets[0]))
    problems.push("lost targets do not add up to those that were not matched");
  if (list?.length !== targets[0]! - matched[0]!)
    problems.push("missed does not list the targets that no mask was matched to");
  return problems;
}

/** Candidates by what became of them, in the order of `fates` without "kept". */
export function removedCounts(became: Iterable<number>): number[] {
  const removed = fates.slice(1).map(() => 0);
  for (const fate of became) if (fate > 0) removed[fate - 1]! += 1;
  return removed;
}

/** Masks of some images, points that were clicked, candidates, and by fate those that are no masks. */
export interface CandidateCounts {
  readonly masks: number;
  readonly points: number;
  readonly candidates: number;
  readonly removed: Readonly<Record<string, number>>;
}

/** What became of candidates that are no masks. */
const fateWords: Readonly<Record<string, string>> = {
  empty: "without a pixel",
  predicted: "by predicted IoU",
  stability: "by stability",
  large: "too large",
  edge: "at the edge of a crop",
  suppressed: "like a better one",
  "suppressed-across": "like one of a smaller crop",
  "suppressed-cleaned": "like another once cleaned",
  cut: "one too many",
};

/** "1,536 candidates of 512 clicks; left out: 1,100 by predicted IoU, 300 by stability". */
export function candidatesText({ points, candidates, removed }: Omit<CandidateCounts, "masks">): string {
  const parts = Object.entries(removed)
    .filter(([, n]) => n > 0)
    .map(([fate, n]) => `${count(n)} ${fateWords[fate] ?? fate}`);
  const left = parts.length === 0 ? "" : `; left out: ${parts.join(", ")}`;
  return `${count(candidates)} candidates of ${count(points)} clicks${left}`;
}

/** What to do where filters left nothing, as the end of a sentence; undefined where they left masks. */
export function nothingLeft({
  masks,
  candidates,
  removed,
}: Omit<CandidateCounts, "points">): string | undefined {
  const filters = (["predicted", "stability"] as const).filter((fate) => (removed[fate] ?? 0) > 0);
  if (masks > 0 || candidates === 0 || filters.length === 0) return undefined;
  const off = filters.map((fate) => `--generator ${fate === "predicted" ? "predictedIou" : fate}=0`);
  return `; a model that is unsure of itself needs lower limits: ${off.join(" ")} --fresh keeps all`;
}
