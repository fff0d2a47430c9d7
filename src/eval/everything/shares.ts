// What becomes of targets and of candidates, each as parts of a whole.
import { iouThresholds, lossReasons, maskSetFacts } from "../../core/mask-set-facts.ts";
import { type Fate, fates } from "../../core/mask-sets.ts";
import type { Measure, MeasureNote } from "../../core/measure.ts";
import { sum } from "../../core/numbers.ts";
import type { ScoredRow } from "../../core/rows.ts";

type Part = Pick<MeasureNote, "id" | "title" | "group" | "better" | "meaning">;

/** A count over the count of the whole, both added up over rows; rows of masks made elsewhere have neither. */
function share(
  part: Part,
  countOf: (row: ScoredRow) => readonly [part: number, whole: number] | undefined,
): Measure {
  return {
    ...{ ...part, name: part.id, of: part.title, at: "", unit: "share", show: "more", part: true },
    parts: (row) => {
      const counts = countOf(row);
      return counts === undefined || counts[1] === 0 ? undefined : counts;
    },
    value: ([part, whole]) => part! / whole!,
  };
}

const ofTargets = "Where targets are lost";
const targetsMeaning =
  "Shares of targets, averaged over the IoU thresholds 50, 55, ... 95 %: found, or by the candidate that fits them and came furthest: never proposed, removed (by the step that removed it), or taken by another target. They add up to 100 %.";

const lost: Readonly<Record<(typeof lossReasons)[number], string>> = {
  never: "never proposed",
  predicted: "filtered by predicted IoU",
  stability: "filtered by stability",
  large: "too large",
  edge: "at the edge of its crop",
  suppressed: "suppressed",
  "suppressed-across": "suppressed by another crop",
  "suppressed-cleaned": "gone with small regions",
  cut: "cut",
  taken: "taken by another",
};

/** Of targets: found by all masks of the image, then what came furthest first. */
const targetShares: readonly Measure[] = [
  share(
    { id: "found", title: "found", group: ofTargets, better: "higher", meaning: targetsMeaning },
    (row) => {
      const { lost: matrix, targets } = maskSetFacts(row);
      if (matrix === undefined) return undefined;
      const whole = targets[0]! * iouThresholds.length;
      return [whole - sum(matrix.map(sum)), whole];
    },
  ),
  ...lossReasons.toReversed().map((reason) =>
    share(
      {
        ...{ id: `lost-${reason}`, title: lost[reason], group: ofTargets, better: "lower" },
        meaning: targetsMeaning,
      },
      (row) => {
        const { lost: matrix, targets } = maskSetFacts(row);
        if (matrix === undefined) return undefined;
        return [sum(matrix[lossReasons.indexOf(reason)]!), targets[0]! * iouThresholds.length];
      },
    ),
  ),
];

/** More of them is neither better nor worse. */
const ofCandidates = {
  group: "What becomes of candidates",
  better: "none",
  meaning:
    "Shares of all masks that the model proposed: kept, or by the step that removed them. They add up to 100 %.",
} as const;

const removed: Readonly<Record<Exclude<Fate, "kept">, string>> = {
  empty: "without a pixel",
  predicted: "by predicted IoU",
  stability: "by stability",
  large: "as too large",
  edge: "at the edge of a crop",
  suppressed: "suppressed",
  "suppressed-across": "suppressed by another crop",
  "suppressed-cleaned": "suppressed once cleaned",
  cut: "cut",
};

/** Of candidates: kept, then what came furthest first. */
const candidateShares: readonly Measure[] = [
  share({ id: "kept", title: "kept", ...ofCandidates }, (row) => {
    const { candidates, masks } = maskSetFacts(row);
    return candidates === undefined ? undefined : [masks, candidates];
  }),
  ...fates
    .slice(1)
    .toReversed()
    .map((fate) =>
      share(
        { id: `removed-${fate}`, title: removed[fate as keyof typeof removed], ...ofCandidates },
        (row) => {
          const { candidates, removed: counts } = maskSetFacts(row);
          if (candidates === undefined || counts === undefined) return undefined;
          return [counts[fates.indexOf(fate) - 1]!, candidates];
        },
      ),
    ),
];

/** Measures of every protocol that makes all masks of an image by itself. */
export const shareMeasures: readonly Measure[] = [...targetShares, ...candidateShares];
