// What holds of every row of this task, as far as a row can show it; what needs the masks is checked where they are
// (check-click.ts).
import { type Invariant, ofSteps } from "../../core/measure.ts";
import type { RowBox, RowStep, ScoredRow } from "../../core/rows.ts";
import type { Size } from "../../core/types.ts";
import { canHaveOracle, choose } from "./step.ts";

/** A row is of one target that was prompted at least once. */
const facts: Invariant = ({ size, area, box, steps }) => {
  if (size !== undefined && area !== undefined && box !== undefined && steps.length > 0) return [];
  const problems: string[] = [];
  if (size === undefined) problems.push("size is not {width, height}");
  if (area === undefined) problems.push("area is not a count");
  if (box === undefined) problems.push("box is not four numbers");
  if (steps.length === 0) problems.push("a scored target has no steps");
  return problems;
};

/** Every step has a score by every metric of the plan. */
export function missingScore({ steps }: ScoredRow, metrics: readonly string[]): string | undefined {
  for (const [i, { scores }] of steps.entries())
    for (const name of metrics) if (scores[name] === undefined) return `step ${i}: has no ${name}`;
  return undefined;
}

const candidates = ofSteps(({ candidates: all }) =>
  all.every(({ iou }) => iou! >= 0 && iou! <= 1) ? undefined : "a candidate's IoU is not in [0, 1]",
);

const chosen = ofSteps(({ chosen: index, candidates: all }) => {
  const best = choose(all.map(({ predicted }) => predicted));
  return index === best
    ? undefined
    : `candidate ${index} counts, the highest predicted IoU is that of ${best}`;
});

/** Candidates may have more scores than IoU; what counts has those of its candidate. */
const agreeing = ofSteps(({ chosen: index, candidates: all, scores }) => {
  for (const [name, score] of Object.entries(all[index]!))
    if (name !== "predicted" && scores[name] !== score)
      return `${name} ${scores[name]} is not that of the candidate that counts, ${score}`;
  return undefined;
});

const oracle = ofSteps(({ candidates: all, scores }) => {
  if (scores.oracle === undefined) return undefined;
  if (scores.oracle < scores.iou!) return `oracle ${scores.oracle} is smaller than IoU ${scores.iou}`;
  return scores.oracle === Math.max(...all.map(({ iou }) => iou!))
    ? undefined
    : "oracle is not the best candidate";
});

/** As many clicks as the step says, all of them inside the image, as is a box. */
const prompts: Invariant = ({ steps, size }) => {
  const problems: string[] = [];
  if (size === undefined) return problems;
  for (let i = 0; i < steps.length; i += 1) {
    const problem = promptProblem(steps[i]!, i, size);
    if (problem !== undefined) problems.push(`step ${i}: ${problem}`);
  }
  return problems;
};

function promptProblem(
  { at, sent, scores, candidates }: RowStep,
  place: number,
  size: Size,
): string | undefined {
  if (sent === undefined) return undefined;
  const { clicks, box, mask, multimask } = sent;
  if (clicks.length !== at.clicks) return `${at.clicks} clicks are counted, ${clicks.length} were sent`;
  const outside = clicks.findIndex(([x, y]) => !(x >= 0 && y >= 0 && x < size.width && y < size.height));
  if (outside !== -1) return `click ${outside + 1} lies outside the image`;
  if (box !== undefined && !boxInside(box, size)) return "the box that was sent is not inside the image";
  if (mask === "previous" && place === 0) return "logits are fed back before there are any";
  if (mask !== undefined && mask !== "previous" && !fills(mask.rle.size, size))
    return "the mask that was sent has another size than the image";
  // Of masks made elsewhere there may be several where the protocol would have asked for one.
  const several = multimask || candidates.length > 1;
  if (scores.oracle !== undefined && !canHaveOracle(at, several))
    return "there is an oracle where no ambiguity-aware masks were asked for";
  return undefined;
}

/** Clicks only grow from step to step; draws of one prompt are told apart by their number. */
const order: Invariant = ({ steps }: ScoredRow) => {
  const problems: string[] = [];
  let before = 0;
  for (const [i, { at }] of steps.entries()) {
    const { clicks, draw } = at;
    const first = steps.findIndex((step) => step.at.clicks === clicks && step.at.draw === draw);
    if (first < i)
      problems.push(`step ${i}: repeats ${clicks} clicks${draw === undefined ? "" : `, draw ${draw}`}`);
    if (draw !== undefined) continue;
    if (clicks < before) problems.push(`step ${i}: ${clicks} clicks after ${before}`);
    before = clicks;
  }
  return problems;
};

function boxInside([x0, y0, x1, y1]: RowBox, { width, height }: Size): boolean {
  return x0 >= 0 && y0 >= 0 && x0 <= x1 && y0 <= y1 && x1 <= width - 1 && y1 <= height - 1;
}

function fills([rows, columns]: readonly [number, number], { width, height }: Size): boolean {
  return rows === height && columns === width;
}

export const invariants: readonly Invariant[] = [
  ...[facts, candidates, chosen, agreeing],
  ...[oracle, prompts, order],
];
