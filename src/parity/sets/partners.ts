// Which masks of two sets are of one thing, and what became of the others on the other side.
import { given } from "../../core/given.ts";
import { type Fate, fates, type MaskSet } from "../../core/mask-sets.ts";
import { type AloneMask, type ParitySideName, partnerIous } from "../../core/parity-sets.ts";
import { columnRunsOf, sharedAtMost, sharedPixels } from "../../masks/column-runs.ts";
import { rleOf } from "../../masks/rle.ts";

/** Places of two masks in their sets. */
interface Partners {
  readonly reference: number;
  readonly candidate: number;
  readonly agreement: number;
}

const [LEAST, PARTNER] = partnerIous;

export interface Paired {
  /** Best first. */
  readonly pairs: readonly Partners[];
  /** Places of masks without a partner. */
  readonly alone: Readonly<Record<ParitySideName, readonly number[]>>;
  /** The same masks in the same order. */
  readonly same: boolean;
}

/**
 * Pairs masks one to one, the highest IoU first; of equal IoUs the earlier mask of the reference, then of the candidate. So the pairs at a higher IoU
 * are the first of those at a lower one. An empty mask has no partner.
 */
export function pairMasks(reference: MaskSet, candidate: MaskSet): Paired {
  const [own, theirs] = [reference, candidate].map(({ masks }) => masks.map((one) => rleOf(one.mask())));
  const [ownRuns, theirRuns] = [own!, theirs!].map((list) => list.map((one) => columnRunsOf(one, "a mask")));
  const possible: Partners[] = [];
  for (const [r, a] of ownRuns!.entries())
    for (const [c, b] of theirRuns!.entries()) {
      // The union is at least both areas less what they could share.
      const most = Math.min(a.area, b.area, sharedAtMost(a, b));
      if (most === 0 || most < LEAST * (a.area + b.area - most)) continue;
      const shared = sharedPixels(a, b);
      const agreement = shared / (a.area + b.area - shared);
      if (agreement >= LEAST) possible.push({ reference: r, candidate: c, agreement });
    }
  possible.sort(
    (a, b) => b.agreement - a.agreement || a.reference - b.reference || a.candidate - b.candidate,
  );
  const taken = { reference: new Set<number>(), candidate: new Set<number>() };
  const pairs = possible.filter((pair) => {
    if (taken.reference.has(pair.reference) || taken.candidate.has(pair.candidate)) return false;
    taken.reference.add(pair.reference);
    taken.candidate.add(pair.candidate);
    return true;
  });
  const close = pairs.filter(({ agreement }) => agreement >= PARTNER);
  const aloneOf = (side: ParitySideName, { masks }: MaskSet) => {
    const paired = new Set(close.map((pair) => pair[side]));
    return masks.flatMap((_, place) => (paired.has(place) ? [] : [place]));
  };
  return {
    pairs,
    alone: { reference: aloneOf("reference", reference), candidate: aloneOf("candidate", candidate) },
    same: own!.length === theirs!.length && own!.every(({ counts }, i) => counts === theirs![i]!.counts),
  };
}

/** Masks without a partner: the fate of the same candidate on the other side, and how its numbers differ. */
export function aloneMasks(
  paired: Paired,
  sets: Readonly<Record<ParitySideName, MaskSet>>,
): Readonly<Record<ParitySideName, readonly AloneMask[]>> {
  const of = (side: ParitySideName, other: ParitySideName) =>
    paired.alone[side].map((place): AloneMask => {
      const { candidate } = sets[side].masks[place]!;
      const shift = (key: "predictedIou" | "stability") => {
        const value = sets.candidate[key][candidate]! - sets.reference[key][candidate]!;
        return Number.isFinite(value) ? value : undefined;
      };
      const fate: Fate = fates[sets[other].fates[candidate]!]!;
      return given({ candidate, fate, predicted: shift("predictedIou"), stability: shift("stability") });
    });
  return { reference: of("reference", "candidate"), candidate: of("candidate", "reference") };
}
