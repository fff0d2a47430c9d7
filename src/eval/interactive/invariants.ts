// Invariants of this task's rows, as far as a row shows them, and of clicks, which are checked where the
// masks are at hand.
import { complain } from "../../core/errors.ts";
import { type Invariant, ofSteps } from "../../core/measure.ts";
import type { RowBox, RowStep, ScoredRow, SentPrompt } from "../../core/rows.ts";
import type { Click, Size } from "../../core/types.ts";
import { getPixel } from "../../masks/bit-mask.ts";
import type { NextStep, Step, TargetContext } from "./protocol.ts";
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
    : `candidate ${index} is chosen, candidate ${best} has the highest predicted IoU`;
});

/** Candidates may have more scores than IoU; the step's scores are those of the chosen one. */
const agreeing = ofSteps(({ chosen: index, candidates: all, scores }) => {
  for (const [name, score] of Object.entries(all[index]!))
    if (name !== "predicted" && scores[name] !== score)
      return `${name} ${scores[name]} is not that of the chosen candidate, ${score}`;
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
  const { clicks, multimask } = sent;
  if (clicks.length !== at.clicks) return `${at.clicks} clicks are counted, ${clicks.length} were sent`;
  const problem = sentProblem(sent, place, size);
  if (problem !== undefined) return problem;
  // Masks made elsewhere may be several where the protocol requests one.
  const several = multimask || candidates.length > 1;
  if (scores.oracle !== undefined && !canHaveOracle(at, several))
    return "there is an oracle where no ambiguity-aware masks were requested";
  return undefined;
}

/** What no step may send; `place`: which step it is. */
export function sentProblem(
  { clicks, box, mask }: SentPrompt,
  place: number,
  size: Size,
): string | undefined {
  const outside = clicks.findIndex(([x, y]) => !(x >= 0 && y >= 0 && x < size.width && y < size.height));
  if (outside !== -1) return `click ${outside + 1} lies outside the image`;
  if (box !== undefined && !boxInside(box, size)) return "the box that was sent is not inside the image";
  if (mask === "previous" && place === 0) return "logits are fed back before there are any";
  if (mask !== undefined && mask !== "previous" && !fills(mask.rle.size, size))
    return "the mask that was sent and the image differ in size";
  return undefined;
}

/** The number of clicks grows from step to step; draws of one prompt are numbered. */
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

// Clicks, where the masks are at hand: each protocol names the rule for its clicks.

/**
 * The rule of clicks that correct the last prediction: positive on the target and outside the prediction,
 * negative inside the prediction and outside the target. Clicks of earlier steps are not checked again.
 */
export function checkCorrections(
  { target: { id, mask, ignore } }: Pick<TargetContext, "target">,
  { prompt }: NextStep,
  last: Step | undefined,
): void {
  const before = last !== undefined && prompt.clicks.length > last.prompt.clicks.length ? last : undefined;
  for (const click of prompt.clicks.slice(before?.prompt.clicks.length ?? 0)) {
    const { x, y, label } = click;
    const onTarget = getPixel(mask, x, y);
    const predicted = before !== undefined && getPixel(before.mask, x, y);
    const ignored = ignore !== undefined && getPixel(ignore, x, y);
    const inside = x >= 0 && y >= 0 && x < mask.width && y < mask.height;
    const sound = label === 1 ? onTarget && !predicted : predicted && !onTarget;
    if (inside && ((sound && !ignored) || isNoErrorClick(click, before))) continue;
    throw complain(
      `target ${id}`,
      `click ${x},${y} with label ${label} breaks the rule of simulated clicks`,
      {
        expected: label === 1 ? "on the target, not predicted" : "predicted, not on the target",
        got: `${onTarget ? "on" : "off"} the target, ${predicted ? "" : "not "}predicted`,
      },
    );
  }
}

/** The rule of clicks that ignore the prediction: on the target. */
export function checkOnTarget(context: Pick<TargetContext, "target">, next: NextStep): void {
  checkCorrections(context, next, undefined);
}

/** Where nothing is left to correct (no error pixels, or all clicked already), the clicker returns pixel 0, negative. */
function isNoErrorClick({ x, y, label }: Click, before: Step | undefined): boolean {
  return before !== undefined && label === 0 && x === 0 && y === 0;
}

/** The rule for every click of every protocol. */
export function checkInside(
  { target: { id, mask } }: Pick<TargetContext, "target">,
  { prompt }: NextStep,
): void {
  const { width, height } = mask;
  for (const { x, y } of prompt.clicks)
    if (!(x >= 0 && y >= 0 && x < width && y < height))
      throw complain(`target ${id}`, "a click lies outside the image", {
        expected: `${width}x${height}`,
        got: `${x},${y}`,
      });
}
