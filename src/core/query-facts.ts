// What a row says of a phrase that was asked of an image: the masks found, with their scores, and how they overlap what each annotator sees. Every
// number at any threshold of scores or IoU follows from it.
import type { RowBox, ScoredRow } from "./rows.ts";

/** Masks with at least this score are an answer (facebookresearch/sam3, sam3/eval/cgf1_eval.py: `threshold`). */
export const keptScore = 0.5;

/** Masks with a lower score are in no row; ours. */
export const floorScore = 0.05;

/** Thresholds of scores that curves are drawn over; ours. */
export const scoreThresholds = [floorScore, 0.1, 0.2, 0.3, 0.4, keptScore, 0.6, 0.7, 0.8, 0.9] as const;

/** Two masks of one answer are much alike from this IoU on; ours. */
export const twinIou = 0.8;

/** Of each model on a benchmark: so many phrases are listed, and so many wrong answers of each kind; of two models so many that lost and that gained; ours. */
export const phraseDefaults = { phrases: 20, wrong: 12, changed: 10 } as const;

/** Pictures of answers: of each kind by quality, of wrong answers to phrases that name nothing, of phrases not answered; `most` of each of these three. */
export const queryPictures = { perKind: 1, alarms: 4, misses: 3, most: 60 } as const;

/** [place of a mask among those found, place of the other, their IoU, above 0], in their order. */
export type Overlaps = readonly (readonly [mask: number, other: number, fit: number])[];

/** What a model says besides its masks, or which prompt it got; in rows that a model made. */
export interface ModelFacts {
  /** The model's probability of there being anything. */
  readonly presence?: number;
  /** Masks with a lower score never leave the model's graphs; absent where that is below the floor. */
  readonly from?: number;
  /** x0, y0, x1, y1 of the box that was sent, inclusive. */
  readonly exemplar?: RowBox;
}

/** Lists of annotators are of one length, and `overlaps-N` is of the N-th of them, from 0. */
export interface QueryFacts extends Readonly<Record<`overlaps-${number}`, Overlaps>>, ModelFacts {
  /** Of the masks found, in the order of their file, or their model's. */
  readonly scores: readonly number[];
  /** Masks below the floor, which are left out; those of a model are not counted. */
  readonly below: number;
  /** Of each annotator: masks that count, and crowds, which do not. */
  readonly truths: readonly number[];
  readonly crowds: readonly number[];
  /** Masks found that are much alike: [mask, a later one, IoU]; of several the one with the highest score, which is enough. */
  readonly twins: Overlaps;
  /** The annotator that counts for the answer. */
  readonly chosen: number;
  /** Masks of the answer that were assigned to a mask of this annotator with an IoU of at least 0.5. */
  readonly pairs: Overlaps;
}

/** The facts of a row of this task. */
export function queryFacts({ facts }: Pick<ScoredRow, "facts">): QueryFacts {
  return facts as unknown as QueryFacts;
}

/** Whether a row is of a phrase that was asked of an image. */
export function isQuery({ facts }: Pick<ScoredRow, "facts">): boolean {
  return Array.isArray(facts?.truths);
}

/** Whether a row has all masks with at least this score. */
export function isWhole(row: Pick<ScoredRow, "facts">, threshold: number): boolean {
  return threshold >= (queryFacts(row).from ?? floorScore);
}

/** A row as plain numbers by name, for tables. */
export function queryNumbers(row: ScoredRow): Readonly<Record<string, number>> {
  if (isExpression(row)) {
    const { answer, target, ...others } = expressionFacts(row);
    return { ...others, answer_pixels: answer, target_pixels: target };
  }
  const { scores, below, truths, crowds, twins, chosen, pairs, presence } = queryFacts(row);
  const answer = scores.filter((score) => score >= keptScore);
  return {
    annotators: truths.length,
    annotator: chosen,
    truths: truths[chosen]!,
    crowds: crowds[chosen]!,
    answers: answer.length,
    matched: pairs.length,
    found: scores.length,
    below_floor: below,
    twins: twins.length,
    ...(presence !== undefined && { presence }),
    ...(scores.length > 0 && { highest_score: scores.reduce((most, score) => Math.max(most, score)) }),
  };
}

/** What keeps facts from being those of a query, as far as one list shows it; the choice follows from all (eval/concept/match.ts). */
export function queryProblems(row: ScoredRow): readonly string[] {
  if (!isQuery(row)) return ["there is nothing of what annotators see"];
  const { scores, below, truths, crowds, twins, chosen, pairs, presence, from, exemplar, ...others } =
    queryFacts(row);
  const problems: string[] = [];
  const isCount = (n: unknown) => Number.isInteger(n) && (n as number) >= 0;
  if (!Array.isArray(scores) || !scores.every((score) => score >= floorScore && score <= 1))
    return [`scores is not a list of numbers in [${floorScore}, 1]`];
  const isShare = (n: unknown) => typeof n === "number" && n >= 0 && n <= 1;
  if (presence !== undefined && !isShare(presence)) problems.push("presence is not in [0, 1]");
  if (from !== undefined && !(isShare(from) && scores.every((score) => score >= from)))
    problems.push("from is not a share that all scores reach");
  if (exemplar !== undefined && !(exemplar.length === 4 && exemplar.every(isCount)))
    problems.push("exemplar is not a box of four counts");
  if (!isCount(below)) problems.push("below is not a count");
  if (truths.length === 0 || !truths.every(isCount))
    problems.push("truths is not a count for each annotator");
  if (crowds?.length !== truths.length || !crowds.every(isCount))
    problems.push("crowds is not a count for each annotator");
  if (!isCount(chosen) || chosen >= truths.length) problems.push("chosen is none of the annotators");
  const own = Object.keys(others).filter((name) => name.startsWith("overlaps-"));
  if (own.length !== truths.length) problems.push("there are not as many lists of overlaps as annotators");
  for (const [i, count] of truths.entries())
    if (!areOverlaps(others[`overlaps-${i}`], scores.length, count))
      problems.push(`overlaps-${i} is not a list of [mask, truth, IoU] in the order of both`);
  if (!areOverlaps(twins, scores.length, scores.length) || twins.some(([one, other]) => one >= other))
    problems.push("twins is not a list of [mask, later mask, IoU] in the order of both");
  if (problems.length === 0 && !areOverlaps(pairs, scores.length, truths[chosen]!))
    problems.push("pairs is not a list of [mask, truth, IoU] in the order of both");
  return problems;
}

function areOverlaps(list: unknown, masks: number, others: number): list is Overlaps {
  if (!Array.isArray(list)) return false;
  let before = -1;
  for (const entry of list as readonly unknown[]) {
    if (!Array.isArray(entry) || entry.length !== 3) return false;
    const [mask, other, fit] = entry as [number, number, number];
    if (!(Number.isInteger(mask) && mask >= 0 && mask < masks)) return false;
    if (!(Number.isInteger(other) && other >= 0 && other < others && fit > 0 && fit <= 1)) return false;
    const place = mask * others + other;
    if (place <= before) return false;
    before = place;
  }
  return true;
}

/** What a row says of an expression that one mask answers; pixels. */
export interface ExpressionFacts {
  readonly intersection: number;
  readonly union: number;
  /** Of the answer, and of everything that the expression refers to. */
  readonly answer: number;
  readonly target: number;
  /** Masks of which the answer is the union. */
  readonly masks: number;
}

/** The facts of such a row. */
export function expressionFacts({ facts }: Pick<ScoredRow, "facts">): ExpressionFacts {
  return facts as unknown as ExpressionFacts;
}

/** Whether a row is of an expression that one mask answers. */
export function isExpression({ facts }: Pick<ScoredRow, "facts">): boolean {
  return typeof facts?.intersection === "number";
}

/** What contradicts itself in such facts. */
export function expressionProblems(row: ScoredRow): readonly string[] {
  if (!isExpression(row)) return ["there is nothing of how its mask overlaps what is referred to"];
  const { intersection, union, answer, target, masks } = expressionFacts(row);
  const counts = [intersection, union, answer, target, masks];
  if (!counts.every((n) => Number.isInteger(n) && n >= 0)) return ["its facts are not counts"];
  if (union !== answer + target - intersection || intersection > Math.min(answer, target))
    return ["intersection and union do not add up to both masks"];
  return masks === 0 && answer > 0 ? ["there is an answer without a mask"] : [];
}
