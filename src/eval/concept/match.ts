// The rule of an answer to a phrase (facebookresearch/sam3, sam3/eval/cgf1_eval.py): which annotator counts, and which masks are right.
import { iouThresholds } from "../../core/mask-set-facts.ts";
import {
  expressionFacts,
  floorScore,
  isExpression,
  isQuery,
  keptScore,
  type Overlaps,
  type QueryFacts,
  queryFacts,
  queryProblems,
  twinIou,
} from "../../core/query-facts.ts";
import type { ScoredRow } from "../../core/rows.ts";
import type { AnnotatedMasks, BitMask, Rle, Size } from "../../core/types.ts";
import { bestAssignment } from "../../masks/assignment.ts";
import { type ColumnRuns, columnRunsOf, sharedAtMost, sharedPixels } from "../../masks/column-runs.ts";
import type { TaskProtocol } from "../task.ts";

/** What a model is asked, and how answers to phrases are judged, whoever made them. */
export interface QueryProtocol
  extends Pick<TaskProtocol, "id" | "task" | "summary" | "needs" | "measures" | "phrases">,
    Required<Pick<TaskProtocol, "invariants">> {
  readonly asks: QueryAsks;
  /** Facts of a row, and the masks that are kept with it. */
  answer(
    found: readonly FoundMask[],
    annotators: readonly AnnotatedMasks[],
    size: Size,
    where: string,
  ): { readonly facts: object; readonly kept: readonly FoundMask[] };
}

/** What is sent to a model for a query, and what has to come back. */
export interface QueryAsks {
  readonly phrase: boolean;
  /** The box of one mask of the truth, of phrases that name something; the others are dropped. */
  readonly box: boolean;
  /** Masks with a lower score are not needed; "best": the one with the highest score is, whatever it is. */
  readonly from: number | "best";
  /** A mask for each thing: one of everything together does not do. */
  readonly apart: boolean;
}

/** A mask of an answer, before anything is left out. */
export interface FoundMask {
  readonly score: number;
  readonly mask: BitMask | Rle;
}

/** An answer against one annotator. */
export interface Judged {
  readonly annotator: number;
  /** Masks of the answer, and of the annotator. */
  readonly kept: number;
  readonly truths: number;
  /** Of the assignment, those with an IoU of at least 0.5. */
  readonly pairs: Overlaps;
}

/** The facts of a query: the masks found, in the order of their file or model, against each annotator's. All are of one size. */
export function factsOfQuery(
  found: readonly FoundMask[],
  annotators: readonly AnnotatedMasks[],
  where: string,
): { readonly facts: QueryFacts; readonly kept: readonly FoundMask[] } {
  const masks = found.filter(({ score }) => score >= floorScore);
  const runs = masks.map(({ mask }) => columnRunsOf(mask, where));
  const truths = annotators.map((one) => one.masks.map((mask) => columnRunsOf(mask, where)));
  const given = {
    scores: masks.map(({ score }) => score),
    below: found.length - masks.length,
    truths: truths.map(({ length }) => length),
    crowds: annotators.map(({ crowds }) => crowds),
    twins: twinsOf(masks, runs),
    ...Object.fromEntries(truths.map((own, i) => [`overlaps-${i}`, overlapsOf(runs, own)])),
  } as Omit<QueryFacts, "chosen" | "pairs">;
  const { annotator, pairs } = judge(given, keptScore);
  return { facts: { ...given, chosen: annotator, pairs } as QueryFacts, kept: masks };
}

function overlapsOf(masks: readonly ColumnRuns[], truths: readonly ColumnRuns[]): Overlaps {
  return masks.flatMap((mask, i) =>
    truths.flatMap((truth, j) => {
      const iou = iouOf(mask, truth);
      return iou > 0 ? [[i, j, iou] as const] : [];
    }),
  );
}

/** For each mask that is much like earlier ones, that with the highest score, the first of them: whether it is repeated at a threshold follows from it. */
function twinsOf(found: readonly FoundMask[], masks: readonly ColumnRuns[]): Overlaps {
  const byScore = [...found.keys()].sort((a, b) => found[b]!.score - found[a]!.score || a - b);
  return masks
    .flatMap((mask, later) => {
      const area = twinIou * mask.area;
      for (const earlier of byScore) {
        const other = masks[earlier]!;
        if (earlier >= later || other.area < area || twinIou * other.area > mask.area) continue;
        const iou = iouOf(other, mask);
        if (iou >= twinIou) return [[earlier, later, iou] as const];
      }
      return [];
    })
    .sort(([a, b], [c, d]) => a - c || b - d);
}

function iouOf(a: ColumnRuns, b: ColumnRuns): number {
  if (sharedAtMost(a, b) === 0) return 0;
  const shared = sharedPixels(a, b);
  return shared === 0 ? 0 : shared / (a.area + b.area - shared);
}

/** What was worked out of one row, until another comes: measures ask for the same of each in turn, and a million rows are not kept. */
export function rememberedOfRow<T>(work: (row: Pick<ScoredRow, "facts">, threshold: number) => T) {
  let facts: unknown;
  const known = new Map<number, T>();
  return (row: Pick<ScoredRow, "facts">, threshold: number): T => {
    if (row.facts !== facts) {
      known.clear();
      facts = row.facts;
    }
    const before = known.get(threshold);
    if (before !== undefined) return before;
    const found = work(row, threshold);
    known.set(threshold, found);
    return found;
  };
}

/** A row's answer at a threshold of scores. */
export const judgedAt = rememberedOfRow((row, threshold) => judge(queryFacts(row), threshold));

/**
 * The masks with at least this score, against the annotator that counts: the first; a later one takes its place where it sees nothing and nothing was
 * answered, or where both can be scored and it scores strictly higher.
 */
function judge(facts: Omit<QueryFacts, "chosen" | "pairs">, threshold: number): Judged {
  const isKept = facts.scores.map((score) => score >= threshold);
  const kept = isKept.reduce((count, is) => count + Number(is), 0);
  let best: Judged | undefined;
  let bestScore: number | undefined;
  for (const [annotator, truths] of facts.truths.entries()) {
    const right = kept === 0 && truths === 0;
    const pairs = kept === 0 ? [] : pairsWith(facts[`overlaps-${annotator}`], isKept);
    const score = right ? undefined : choiceScore(pairs, kept, truths);
    const better =
      best === undefined ||
      (score === undefined ? bestScore !== undefined : bestScore !== undefined && score > bestScore);
    if (better) [best, bestScore] = [{ annotator, kept, truths, pairs }, score];
  }
  return best ?? { annotator: 0, kept, truths: 0, pairs: [] };
}

/** The right ones of the masks that are kept, each with what it is of. */
function pairsWith(overlaps: Overlaps = [], isKept: readonly boolean[]): Overlaps {
  if (overlaps.length === 0) return [];
  const all = bestAssignment(overlaps.filter(([mask]) => isKept[mask]));
  return all.filter(([, , iou]) => iou >= iouThresholds[0]);
}

/** What is right, wrong and missed of an answer, as pictures show it. */
export interface QueryJudgement {
  /** Ranks of its masks; others that the row has are below the threshold. */
  readonly answer: readonly number[];
  /** The annotator that counts. */
  readonly chosen: number;
  readonly annotators: readonly {
    /** Ranks of the masks that are right. */
    readonly right: readonly number[];
    /** Places of what they are of among the annotator's masks; "all": there is one thing, in however many masks. */
    readonly found: readonly number[] | "all";
    /** Things that there are. */
    readonly things: number;
  }[];
}

/** By each annotator; undefined for rows of other tasks. */
export function judgementOf(row: Pick<ScoredRow, "facts">): QueryJudgement | undefined {
  if (isExpression(row)) {
    const { intersection, union, masks, target } = expressionFacts(row);
    const answer = Array.from({ length: masks }, (_, rank) => rank);
    const isRight = target > 0 && intersection >= iouThresholds[0] * union;
    const only = { right: isRight ? answer : [], found: isRight ? ("all" as const) : [] };
    return { answer, chosen: 0, annotators: [{ ...only, things: Number(target > 0) }] };
  }
  if (!isQuery(row)) return undefined;
  const facts = queryFacts(row);
  const isKept = facts.scores.map((score) => score >= keptScore);
  return {
    answer: [...isKept.keys()].filter((rank) => isKept[rank]),
    chosen: facts.chosen,
    annotators: facts.truths.map((things, annotator) => {
      const pairs = pairsWith(facts[`overlaps-${annotator}`], isKept);
      return { right: pairs.map(([rank]) => rank), found: pairs.map(([, place]) => place), things };
    }),
  };
}

/** What the evaluator adds to denominators. It moves no number that is reported, and tells apart annotators of which F1 is equal without it. */
const EPSILON = 1e-4;

/** F1 averaged over the thresholds of IoU, as annotators are chosen by it. */
function choiceScore(pairs: Overlaps, kept: number, truths: number): number {
  let total = 0;
  for (const threshold of iouThresholds) {
    const right = pairs.reduce((count, [, , iou]) => count + Number(iou >= threshold), 0);
    const [precision, recall] = [right / (kept + EPSILON), right / (truths + EPSILON)];
    total += (2 * precision * recall) / (precision + recall + EPSILON);
  }
  return total / iouThresholds.length;
}

/** Invariants of a row: its lists fit together, and the annotator and the pairs are those of the rule. */
export function conceptProblems(row: ScoredRow): readonly string[] {
  const problems = queryProblems(row);
  if (problems.length > 0) return problems;
  const { chosen, pairs } = queryFacts(row);
  const rule = judgedAt(row, keptScore);
  if (rule.annotator !== chosen)
    return [`chosen is annotator ${chosen}, and by the rule it is ${rule.annotator}`];
  const text = (list: Overlaps) => list.map((pair) => pair.join()).join(" ");
  return text(pairs) === text(rule.pairs) ? [] : ["pairs are not those of the best assignment"];
}
