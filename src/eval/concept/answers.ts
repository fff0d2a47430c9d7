// What answers to phrases are like besides being right: how many masks they have, whether masks are repeated, and whether scores can be believed.
import { type AnyMeasure, type Measure, meanMeasure, type Named, shareNote } from "../../core/measure.ts";
import { floorScore, isWhole, keptScore, queryFacts } from "../../core/query-facts.ts";
import type { ScoredRow } from "../../core/rows.ts";
import { reliability, reliabilityParts } from "../reliability.ts";
import { judgedAt } from "./match.ts";

/** A mean over phrases. */
export const meanOf = (named: Named, meaning: string, numberOf: (row: ScoredRow) => number | undefined) =>
  meanMeasure(shareNote(named, meaning), numberOf);

const countGroup = "Counts: are there as many masks as there should be?";

/** Of a phrase that names something: how many masks the answer has too many or too few. */
function countError(row: ScoredRow): number | undefined {
  const { kept, truths } = judgedAt(row, keptScore);
  return truths === 0 ? undefined : Math.abs(kept - truths);
}

const within = (most: number) => (row: ScoredRow) => {
  const error = countError(row);
  return error === undefined ? undefined : Number(error <= most);
};

const counting: readonly AnyMeasure[] = [
  meanOf(
    ["count-exact", "exact count", { group: countGroup }],
    "Share of the phrases that name something which are answered with as many masks as there are.",
    within(0),
  ),
  meanOf(
    ["count-near", "count within 1", { group: countGroup }],
    "The same with one mask too many or too few.",
    within(1),
  ),
  meanOf(
    ["count-error", "count error", { unit: "plain", better: "lower", group: countGroup }],
    "Masks too many or too few, averaged over the phrases that name something.",
    countError,
  ),
  {
    ...shareNote(
      ["twins", "repeated masks", { better: "lower", group: countGroup }],
      "Share of the masks of answers that have an IoU of 80 % or more with an earlier one of the same answer.",
    ),
    parts: (row) => {
      const { scores, twins } = queryFacts(row);
      const isKept = (mask: number) => scores[mask]! >= keptScore;
      const repeated = new Set(
        twins.flatMap(([one, later]) => (isKept(one) && isKept(later) ? [later] : [])),
      );
      const { kept } = judgedAt(row, keptScore);
      return kept === 0 ? undefined : [repeated.size, kept];
    },
    value: ([repeated, kept]: readonly number[]) => repeated! / kept!,
  },
];

/** ECE of scores (Guo et al. 2017): all masks from the floor on, right where assigned with an IoU of at least 0.5; to phrases that name nothing none is. */
const scoreError: Measure = {
  ...{ id: "score-ece", name: "score-ece", of: "calibration error", title: "ECE of scores", at: "" },
  ...{ unit: "share", better: "lower", show: "more", group: "Calibration of scores" },
  meaning:
    "Expected calibration error of scores: in ten equal bins of the score, how far the mean score is from the share of masks that are right at 50 % IoU, averaged over masks. All masks from a score of 5 % on count.",
  parts: (row) => {
    const { scores } = queryFacts(row);
    if (scores.length === 0 || !isWhole(row, floorScore)) return undefined;
    const right = new Set(judgedAt(row, floorScore).pairs.map(([mask]) => mask));
    return reliabilityParts(scores.map((score, mask) => [score, Number(right.has(mask))] as const));
  },
  ...reliability("share of right masks"),
};

/** The same of a model's probability of there being anything, against the annotator that counts. */
const presenceError: Measure = {
  ...{ id: "presence-ece", name: "presence-ece", of: "calibration of presence", title: "ECE of presence" },
  ...{ at: "", unit: "share", better: "lower", show: "more", group: "Calibration of presence" },
  meaning:
    "Expected calibration error of presence: in ten equal bins of the model's probability that there is anything, how far its mean is from the share of phrases that name something, averaged over phrases.",
  parts: (row) => {
    const { presence } = queryFacts(row);
    if (presence === undefined) return undefined;
    return reliabilityParts([[presence, Number(judgedAt(row, keptScore).truths > 0)]]);
  },
  ...reliability("share of phrases that name something"),
};

/** Measures of answers as such. */
export const answerMeasures: readonly AnyMeasure[] = [...counting, scoreError, presenceError];
