// An expression and one mask: the union of everything that answers it against the union of everything that it refers to.
import { type AnyMeasure, type Measure, type Named, shareNote } from "../../core/measure.ts";
import { expressionFacts, expressionProblems, keptScore } from "../../core/query-facts.ts";
import type { AnnotatedMasks, BitMask, Rle, Size } from "../../core/types.ts";
import { area, createMask, or } from "../../masks/bit-mask.ts";
import { overlap } from "../../masks/iou.ts";
import { maskOfRle } from "../../masks/rle.ts";
import { meanOf } from "./answers.ts";
import type { FoundMask, QueryProtocol } from "./match.ts";

/** The masks that are the answer: the one with the highest score, the first of equals; or all with a score of 50 % or more. */
const rules = {
  best: (found: readonly FoundMask[]) => {
    const best = found.reduce<FoundMask | undefined>(
      (most, one) => (most === undefined || one.score > most.score ? one : most),
      undefined,
    );
    return best === undefined ? [] : [best];
  },
  union: (found: readonly FoundMask[]) => found.filter(({ score }) => score >= keptScore),
} as const;

/** The first annotator's masks count: files of expressions have one. */
function answerBy(rule: keyof typeof rules): QueryProtocol["answer"] {
  return (found, [truth], size, where) => {
    const kept = rules[rule](found);
    const [answer, target] = [kept, (truth as AnnotatedMasks).masks.map((mask) => ({ mask }))].map((masks) =>
      unionOf(
        masks.map(({ mask }) => mask),
        size,
        where,
      ),
    ) as [BitMask, BitMask];
    const { intersection, union } = overlap(answer, target);
    const facts = { intersection, union, answer: area(answer), target: area(target), masks: kept.length };
    return { facts, kept };
  };
}

function unionOf(masks: readonly (BitMask | Rle)[], size: Size, where: string): BitMask {
  const all = masks.map((mask) => ("words" in mask ? mask : maskOfRle(mask, where)));
  return all.reduce(or, createMask(size.width, size.height));
}

type Row = Parameters<Measure["parts"]>[0];

/** I / U; 1 where there is nothing on either side. */
function ownIou(row: Row): number {
  const { intersection, union } = expressionFacts(row);
  return union === 0 ? 1 : intersection / union;
}

const hasTarget = (row: Row) => expressionFacts(row).target > 0;
const isAnswered = (row: Row) => expressionFacts(row).answer > 0;

function overall([id, title]: Named, meaning: string): Measure {
  return {
    ...shareNote([id, title, { show: "main" }], meaning),
    parts: (row) => {
      const { intersection, union } = expressionFacts(row);
      return [intersection, union];
    },
    value: ([intersection, union]) => intersection! / union!,
  };
}

/** Share of expressions whose mask reaches an IoU, `of` those that count. */
function reached(thresholds: readonly number[], counts: (row: Row) => boolean, of: string): AnyMeasure[] {
  return thresholds.map((percent) =>
    meanOf(
      [
        `p@${percent}`,
        `P@${percent}`,
        { name: "p", of: "P", at: `${percent} % IoU`, axis: { name: "IoU (%)", value: percent } },
      ],
      `P@t: share of ${of} whose mask has an IoU of at least t with what they refer to.`,
      (row) => (counts(row) ? Number(ownIou(row) >= percent / 100) : undefined),
    ),
  );
}

const ownFit = ([id, title]: Named, meaning: string) =>
  meanOf([id, title, { show: "main", broken: true, leads: true }], meaning, ownIou);

/** One mask for each expression (LISA, LAVT). */
export const referring: QueryProtocol = {
  id: "referring@1",
  task: "concept",
  summary:
    "expressions that refer to something in an image: the mask with the highest score is the answer, whatever its score",
  phrases: true,
  needs: {},
  asks: { phrase: true, box: false, from: "best", apart: false },
  answer: answerBy("best"),
  invariants: [expressionProblems],
  measures: () => [
    ownFit(
      ["miou", "mIoU"],
      "mIoU: intersection over union, averaged over expressions; 1 where there is nothing on either side. LISA's gIoU.",
    ),
    overall(
      ["oiou", "oIoU"],
      "oIoU: the sum of all intersections over the sum of all unions, so that large objects count for more. LISA's and LAVT's cIoU.",
    ),
    ...reached([50, 60, 70, 80, 90], () => true, "expressions"),
  ],
};

/** Any number of things, or nothing (GRES: Liu, Ding & Jiang, CVPR 2023). */
export const referringUnion: QueryProtocol = {
  id: "referring-union@1",
  task: "concept",
  summary:
    "expressions that refer to any number of things in an image, or to nothing: the union of the masks with a score of 50 % or more is the answer",
  phrases: true,
  needs: {},
  asks: { phrase: true, box: false, from: keptScore, apart: false },
  answer: answerBy("union"),
  invariants: [expressionProblems],
  measures: () => [
    ownFit(
      ["giou", "gIoU"],
      "gIoU of GRES: intersection over union, averaged over expressions; of one that refers to nothing 1 without an answer, and 0 with one.",
    ),
    overall(
      ["ciou", "cIoU"],
      "cIoU of GRES: the sum of all intersections over the sum of all unions; an answer to an expression that refers to nothing adds to the unions.",
    ),
    meanOf(
      ["n-acc", "N-acc", { show: "main" }],
      "N-acc: share of the expressions that refer to nothing which are not answered.",
      (row) => (hasTarget(row) ? undefined : Number(!isAnswered(row))),
    ),
    meanOf(
      ["t-acc", "T-acc", { show: "main" }],
      "T-acc: share of the expressions that refer to something which are answered.",
      (row) => (hasTarget(row) ? Number(isAnswered(row)) : undefined),
    ),
    ...reached([70, 80, 90], hasTarget, "the expressions that refer to something"),
  ],
};
