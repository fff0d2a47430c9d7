// What answers to phrases measure: cgF1 and its parts (SAM 3 paper, arXiv 2511.16719, appendix E; facebookresearch/sam3, sam3/eval/cgf1_eval.py). Formulas
// are plain: the evaluator adds 1e-4 and 1e-6 to denominators, which moves its numbers by less than 1e-4.
import { iouThresholds } from "../../core/mask-set-facts.ts";
import { type AnyMeasure, type Measure, type Named, shareNote } from "../../core/measure.ts";
import { sum } from "../../core/numbers.ts";
import { isWhole, keptScore, scoreThresholds } from "../../core/query-facts.ts";
import type { ScoredRow } from "../../core/rows.ts";
import { answerMeasures, meanOf } from "./answers.ts";
import { judgedAt, rememberedOfRow } from "./match.ts";

/**
 * A query in counts: one of found, false alarm, left alone and missed is 1; masks of the annotator; masks of answers where there is something, and where
 * there is nothing; then the right masks by the greatest threshold of `iouThresholds` that each reaches.
 */
type Counts = readonly number[];
const [FOUND, ALARM, ALONE, MISSED, TRUTHS, ANSWERS, ALARMS, RIGHT] = [0, 1, 2, 3, 4, 5, 6, 7] as const;

/** The counts of a query at a threshold of scores. */
const countsOf = rememberedOfRow((row, threshold): Counts => {
  const { kept, truths, pairs } = judgedAt(row, threshold);
  const counts = new Array<number>(RIGHT + iouThresholds.length).fill(0);
  const which = truths > 0 ? (kept > 0 ? FOUND : MISSED) : kept > 0 ? ALARM : ALONE;
  counts[which] = 1;
  counts[TRUTHS] = truths;
  counts[truths > 0 ? ANSWERS : ALARMS] = kept;
  for (const [, , iou] of pairs) counts[RIGHT + iouThresholds.findLastIndex((t) => iou >= t)]! += 1;
  return counts;
});

/** Right masks at the t-th threshold of IoU. */
function rightAt(counts: Counts, t: number): number {
  let right = 0;
  for (let i = t; i < iouThresholds.length; i++) right += counts[RIGHT + i]!;
  return right;
}

const every = iouThresholds.map((_, t) => t);
const at50 = [0];
const at75 = [iouThresholds.indexOf(0.75)];

/** An F1 of sums, averaged over thresholds of IoU; NaN where there is neither a mask to find nor one found. */
function f1(counts: Counts, answers: number, thresholds: readonly number[]): number {
  const all = counts[TRUTHS]! + answers;
  return sum(thresholds.map((t) => (2 * rightAt(counts, t)) / all)) / thresholds.length;
}

/** pmF1: F1 of masks over all phrases that name something; answers to the others do not count. */
function positiveF1(counts: Counts, thresholds: readonly number[] = every): number {
  return f1(counts, counts[ANSWERS]!, thresholds);
}

/** IL_MCC: NaN where all phrases name something, or none does; 0 where all were answered, or none. */
function presence(counts: Counts): number {
  const [tp, fp, tn, fn] = [counts[FOUND]!, counts[ALARM]!, counts[ALONE]!, counts[MISSED]!];
  if (tp + fn === 0 || tn + fp === 0) return Number.NaN;
  if (tp + fp === 0 || tn + fn === 0) return 0;
  return (tp * tn - fp * fn) / Math.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn));
}

function cgF1(counts: Counts, thresholds: readonly number[] = every): number {
  return positiveF1(counts, thresholds) * presence(counts);
}

/** A number of the counts at a threshold of scores. All share one vector, and so one draw of it. */
function counted(
  named: Named,
  meaning: string,
  value: (counts: Counts) => number,
  parts: Measure["parts"] = countsAtAnswer,
): Measure {
  return { ...shareNote(named, meaning), parts, value };
}

const countsAtAnswer = (row: ScoredRow) => countsOf(row, keptScore);
/** Of a model that leaves out lower scores itself, what they would come to is not known. */
const countsAt = scoreThresholds.map((threshold) =>
  threshold === keptScore
    ? countsAtAnswer
    : (row: ScoredRow) => (isWhole(row, threshold) ? countsOf(row, threshold) : undefined),
);

const meanings = {
  cgF1: "cgF1: pmF1 times IL_MCC, whether the right masks are found times whether it is known that there are any. Masks with a score of 50 % or more are the answer.",
  pmF1: "pmF1: F1 of masks over all phrases that name something in their image, averaged over the IoU thresholds 50, 55, ... 95 %. Masks are assigned so that the sum of IoUs is the greatest.",
  presence:
    "IL_MCC: Matthews' correlation of being answered with naming something in the image, phrase by phrase: 1 where all phrases that name nothing are left alone and all others are answered, 0 where answers are chance.",
} as const;

/** F1 of one query: of one that names nothing, whether it was left alone. */
function ownF1(row: ScoredRow): number {
  const counts = countsOf(row, keptScore);
  return counts[TRUTHS] === 0 ? counts[ALONE]! : positiveF1(counts);
}

const presenceGroup = "Image level: is it known whether there is anything?";

const rate = (part: number, ...all: readonly number[]) => {
  return (counts: Counts) => counts[part]! / all.reduce((total, i) => total + counts[i]!, counts[part]!);
};

const imageLevel: readonly AnyMeasure[] = [
  counted(["il-mcc", "IL_MCC", { unit: "plain", group: presenceGroup }], meanings.presence, presence),
  counted(
    ["il-f1", "IL_F1", { group: presenceGroup }],
    "IL_F1: F1 of answering the phrases that name something in their image.",
    ([tp, fp, , fn]) => (2 * tp!) / (2 * tp! + fp! + fn!),
  ),
  counted(
    ["il-precision", "IL_precision", { group: presenceGroup }],
    "IL_precision: share of the answered phrases that name something in their image.",
    rate(FOUND, ALARM),
  ),
  counted(
    ["il-recall", "IL_recall", { group: presenceGroup }],
    "IL_recall: share of the phrases that name something in their image which are answered.",
    rate(FOUND, MISSED),
  ),
  counted(
    ["il-fpr", "IL_FPR", { better: "lower", group: presenceGroup }],
    "IL_FPR: share of the phrases that name nothing in their image which are answered all the same.",
    rate(ALARM, ALONE),
  ),
  meanOf(
    ["answered", "answered", { better: "none", show: "main", group: presenceGroup }],
    "Answered: share of the phrases that are answered, whether they name something or not. Between two models the phrases that moved are those whose answer became or ceased to be empty.",
    (row) => Number(judgedAt(row, keptScore).kept > 0),
  ),
];

const precisionOf = (answers: (counts: Counts) => number) => (counts: Counts) =>
  sum(every.map((t) => rightAt(counts, t) / answers(counts))) / every.length;
const allAnswers = (counts: Counts) => counts[ANSWERS]! + counts[ALARMS]!;

/** Masks of all phrases together. */
const allMasks: readonly AnyMeasure[] = [
  counted(
    ["mask-f1", "F1 of all masks"],
    "F1 of all masks: as pmF1, with answers to phrases that name nothing as wrong masks.",
    (counts) => f1(counts, allAnswers(counts), every),
  ),
  counted(
    ["mask-precision", "precision of masks"],
    "Precision of masks: right ones among all masks of answers, averaged over the IoU thresholds.",
    precisionOf(allAnswers),
  ),
  counted(
    ["positive-precision", "precision where there is something"],
    "The same without answers to phrases that name nothing.",
    precisionOf((counts) => counts[ANSWERS]!),
  ),
  counted(
    ["mask-recall", "recall of masks"],
    "Recall of masks: share of all masks to be found that were, averaged over the IoU thresholds.",
    precisionOf((counts) => counts[TRUTHS]!),
  ),
];

/** Along thresholds of scores, in percent. */
const curves: readonly AnyMeasure[] = (
  [
    ["cgf1", "cgF1", (counts: Counts) => cgF1(counts)],
    ["pmf1", "pmF1", (counts: Counts) => positiveF1(counts)],
    ["il-mcc", "IL_MCC", presence],
  ] as const
).flatMap(([id, title, value]) =>
  scoreThresholds.map((threshold, i) => {
    const percent = Math.round(100 * threshold);
    const more = {
      name: `${id}-from`,
      of: `${title} by threshold`,
      at: `score ${percent} %`,
      curve: true,
    } as const;
    const axis = { name: "score threshold (%)", value: percent };
    return counted(
      [
        `${id}-from@${percent}`,
        `${title}, score ${percent} %`,
        { ...more, axis, ...(id === "il-mcc" && { unit: "plain" }) },
      ],
      `${title} by threshold: ${title} where masks with at least this score are the answer.`,
      value,
      countsAt[i]!,
    );
  }),
);

/** Measures of every protocol that asks phrases; the first is a number of each query. */
export const conceptMeasures: readonly AnyMeasure[] = [
  counted(["cgf1", "cgF1", { show: "main", leads: true }], meanings.cgF1, (counts) => cgF1(counts)),
  counted(["pmf1", "pmF1", { show: "main" }], meanings.pmF1, (counts) => positiveF1(counts)),
  meanOf(
    ["macro-f1", "macro F1", { show: "main" }],
    "Positive macro F1: F1 of each phrase that names something, 0 where it is not answered, averaged over these phrases.",
    (row) => (judgedAt(row, keptScore).truths === 0 ? undefined : ownF1(row)),
  ),
  meanOf(
    ["query-f1", "query F1", { show: "main", broken: true }],
    "Query F1: F1 of each phrase as in macro F1; one that names nothing counts 1 where it is left alone and 0 where it is answered. Ours: what single phrases and small groups of them are compared by.",
    ownF1,
  ),
  ...(
    [
      ["50", at50],
      ["75", at75],
    ] as const
  ).flatMap(([percent, thresholds]) => [
    counted(
      [`cgf1-${percent}`, `cgF1 at ${percent} % IoU`],
      `cgF1 at the one IoU threshold ${percent} %.`,
      (counts) => cgF1(counts, thresholds),
    ),
    counted(
      [`pmf1-${percent}`, `pmF1 at ${percent} % IoU`],
      `pmF1 at the one IoU threshold ${percent} %.`,
      (counts) => positiveF1(counts, thresholds),
    ),
  ]),
  ...allMasks,
  ...imageLevel,
  ...answerMeasures,
  ...curves,
];
