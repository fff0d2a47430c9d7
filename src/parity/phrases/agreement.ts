// How far two answers to one prompt are the same set of masks.
import { keptScore } from "../../core/query-facts.ts";
import type { BitMask, Size } from "../../core/types.ts";
import { iou as fitOf } from "../../masks/iou.ts";
import type { RawAnswer } from "../../models/concept/contract.ts";
import { drawnOf, scoresOf } from "./pair.ts";

/** Two masks are one thing from this IoU on. */
const same = 0.5;

export interface PairedMasks {
  /** [place in the first list, in the second, IoU], the highest IoU first; of equal ones the earlier masks. */
  readonly pairs: readonly (readonly [own: number, other: number, fit: number])[];
  /** Twice the sum of the pairs' IoUs, in parts of all masks of both; 1 where neither has any. */
  readonly agreement: number;
}

export function pairedMasks(own: readonly BitMask[], other: readonly BitMask[]): PairedMasks {
  const all = own.flatMap((mask, i) => other.map((their, j) => [i, j, fitOf(mask, their)] as const));
  all.sort((a, b) => b[2] - a[2] || a[0] - b[0] || a[1] - b[1]);
  const [used, taken] = [new Set<number>(), new Set<number>()];
  const pairs = all.filter(([i, j, fit]) => {
    if (fit < same || used.has(i) || taken.has(j)) return false;
    used.add(i);
    taken.add(j);
    return true;
  });
  const count = own.length + other.length;
  const sum = pairs.reduce((total, [, , fit]) => total + fit, 0);
  return { pairs, agreement: count === 0 ? 1 : (2 * sum) / count };
}

/** Of what is kept by its score. */
export function answersAgree(own: RawAnswer, other: RawAnswer, size: Size): number {
  const kept = (answer: RawAnswer) =>
    [...scoresOf(answer).entries()]
      .filter(([, score]) => score >= keptScore)
      .map(([i]) => drawnOf(answer, i, size));
  return pairedMasks(kept(own), kept(other)).agreement;
}
