// Why targets have no mask: of every candidate only its IoUs of at least the lowest threshold are kept, until it is known which targets were
// matched.

import { iouThresholds, lossReasons } from "../../core/mask-set-facts.ts";
import { type Fate, fates, type MaskSet } from "../../core/mask-sets.ts";
import type { BitMask, Box } from "../../core/types.ts";
import { area, tightBox } from "../../masks/bit-mask.ts";
import { iou } from "../../masks/iou.ts";
import { maskOfRle } from "../../masks/rle.ts";
import type { SeenCandidate } from "./click-crop.ts";
import type { MaskTarget } from "./match.ts";

/** A target that counts, as far as it has pixels. */
interface Wanted {
  readonly mask: BitMask;
  readonly ignore: BitMask | undefined;
  readonly area: number;
  readonly box: Box;
  /** Candidates that reach it: as they were proposed, and as those are that small regions changed. */
  readonly proposed: Map<number, number>;
  readonly cleaned: Map<number, number>;
}

/** Hears of every candidate, and says in the end why each target that is missed has no mask. */
export class Losses {
  readonly #targets: readonly MaskTarget[];
  /** By their places; undefined where nothing can reach one. */
  readonly #wanted: readonly (Wanted | undefined)[];
  readonly #cleaned = new Set<number>();

  constructor(targets: readonly MaskTarget[]) {
    this.#targets = targets;
    this.#wanted = targets.map((target) => {
      const mask = target.crowd ? undefined : bitsOf(target);
      const box = mask && tightBox(mask);
      return (
        box && { mask, ignore: target.ignore, area: area(mask), box, proposed: new Map(), cleaned: new Map() }
      );
    });
  }

  readonly see = (seen: SeenCandidate): void => this.#measure(seen, "proposed");

  readonly seeCleaned = (seen: SeenCandidate): void => {
    this.#cleaned.add(seen.candidate);
    this.#measure(seen, "cleaned");
  };

  #measure(seen: SeenCandidate, as: "proposed" | "cleaned"): void {
    const { box } = seen;
    if (box === undefined) return;
    const [least] = iouThresholds;
    let mask: BitMask | undefined;
    for (const wanted of this.#wanted) {
      if (wanted === undefined) continue;
      // The union is at least both areas less what they could share; pixels that are ignored leave it.
      const shared = Math.min(sharedBy(box, wanted.box), seen.area, wanted.area);
      const own = wanted.ignore === undefined ? seen.area - shared : 0;
      if (shared < least * (wanted.area + own)) continue;
      mask ??= seen.mask();
      const share = iou(mask, wanted.mask, wanted.ignore);
      if (share >= least) wanted[as].set(seen.candidate, share);
    }
  }

  /**
   * Reasons x thresholds: targets that were not matched. `fatesOf`: by candidate; `found`: of each target, a bit for each threshold at which
   * it was.
   */
  split(fatesOf: MaskSet["fates"], found: ArrayLike<number>): number[][] {
    const split = lossReasons.map(() => iouThresholds.map(() => 0));
    for (const [target, { crowd }] of this.#targets.entries()) {
      if (crowd) continue;
      const { proposed = new Map(), cleaned = new Map() } = this.#wanted[target] ?? {};
      const stages = [...new Set([...proposed.keys(), ...cleaned.keys()])].map((candidate) => {
        const share = proposed.get(candidate) ?? 0;
        const final = this.#cleaned.has(candidate) ? (cleaned.get(candidate) ?? 0) : share;
        return { best: Math.max(share, final), final, fate: fates[fatesOf[candidate]!]! };
      });
      for (const [t, threshold] of iouThresholds.entries()) {
        if (((found[target]! >> t) & 1) === 1) continue;
        const reached = stages.flatMap(({ best, final, fate }) =>
          best >= threshold ? [stage(fate, final >= threshold)] : [],
        );
        split[Math.max(0, ...reached)]![t]! += 1;
      }
    }
    return split;
  }
}

/** How far a candidate came, as a place among the reasons. */
function stage(fate: Fate, reaches: boolean): number {
  const reason = fate === "kept" ? (reaches ? "taken" : "suppressed-cleaned") : fate;
  return (lossReasons as readonly string[]).indexOf(reason);
}

/** Pixels that two boxes have in common. */
function sharedBy(a: Box, b: Box): number {
  const width = Math.min(a.x1, b.x1) - Math.max(a.x0, b.x0) + 1;
  const height = Math.min(a.y1, b.y1) - Math.max(a.y0, b.y0) + 1;
  return Math.max(0, width) * Math.max(0, height);
}

/** The pixels of a target; undefined where it has none. */
export function bitsOf({ id, mask }: MaskTarget): BitMask | undefined {
  return mask === undefined || "words" in mask ? mask : maskOfRle(mask, `target ${id}`);
}

/** The mask that fits a target best, of equal ones the first, and its IoU; undefined where none touches it. */
export function bestFit(
  masks: readonly BitMask[],
  target: MaskTarget,
): { readonly mask: BitMask; readonly fit: number } | undefined {
  const truth = bitsOf(target);
  let best: ReturnType<typeof bestFit>;
  for (const mask of truth === undefined ? [] : masks) {
    const fit = iou(mask, truth!, target.ignore);
    if (fit > (best?.fit ?? 0)) best = { mask, fit };
  }
  return best;
}
