import type { Row, RowBox, RowRound, ScoredRow } from "../core/rows.ts";
import type { Size } from "../core/types.ts";
import { shapeProblems } from "./row-shape.ts";

/**
 * What is impossible about a row, checked when it is written and when it is read; empty for a sound one. What needs the
 * masks themselves (a positive click lies on ground truth) is checked where they are.
 */
export function violations(row: unknown): string[] {
  const problems = shapeProblems(row);
  if (problems.length > 0) return problems;
  const sound = row as Row;
  return sound.status === "ok" ? scoredViolations(sound) : [];
}

function scoredViolations(row: ScoredRow): string[] {
  const { size, area, box, prompts, rounds } = row;
  const { problems, expect } = expectations();
  expect(boxInside(box, size) && box.every(Number.isInteger), "box is not inside the image");
  const boxArea = (box[2] - box[0] + 1) * (box[3] - box[1] + 1);
  expect(area >= 1, "area is 0: an empty target is dropped, not scored");
  expect(area <= size.width * size.height, "area is larger than the image");
  expect(area <= boxArea, "area is larger than its box");
  let clicks = 0;
  for (const prompt of prompts)
    if ("box" in prompt) expect(boxInside(prompt.box, size), "a prompt's box is not inside the image");
    else if ("x" in prompt) {
      clicks += 1;
      const inside = prompt.x >= 0 && prompt.x < size.width && prompt.y >= 0 && prompt.y < size.height;
      expect(inside, () => `click ${clicks} lies outside the image`);
    }
  expect(rounds.length > 0, "a scored target has no rounds");
  for (const [i, round] of rounds.entries()) {
    const wrong = roundViolations(round);
    for (const problem of wrong) problems.push(`round ${i}: ${problem}`);
  }
  const most = Math.max(0, ...rounds.map((round) => round.clicks));
  if (row.promptsKnown === false) expect(prompts.length === 0, "prompts that are not known are listed");
  else expect(most <= clicks, () => `${most} clicks were sent, ${clicks} are listed`);
  problems.push(...orderViolations(rounds));
  return problems;
}

function roundViolations({ selected, oracle, dice, boundary, predicted, candidates }: RowRound): string[] {
  const { problems, expect } = expectations();
  expect(inUnit(selected), () => `selected ${selected} is not in [0, 1]`);
  expect(inUnit(dice), () => `dice ${dice} is not in [0, 1]`);
  expect(inUnit(boundary), () => `boundary ${boundary} is not in [0, 1]`);
  expect(candidates.every(inUnit), "a candidate's IoU is not in [0, 1]");
  expect(
    candidates.length === predicted.length,
    `${candidates.length} candidates, ${predicted.length} predicted`,
  );
  expect(candidates.includes(selected), "selected is none of the candidates");
  expect(selected <= dice, () => `selected ${selected} is larger than dice ${dice}`);
  if (oracle !== undefined) {
    expect(oracle >= selected, () => `oracle ${oracle} is smaller than selected ${selected}`);
    expect(oracle === Math.max(...candidates), "oracle is not the best candidate");
  }
  return problems;
}

/** Sentences with numbers in them are made only when they are needed: millions of rows are sound. */
function expectations() {
  const problems: string[] = [];
  const expect = (holds: boolean, problem: string | (() => string)) => {
    if (!holds) problems.push(typeof problem === "string" ? problem : problem());
  };
  return { problems, expect };
}

/** Clicks only grow from round to round; draws of one prompt are told apart by their number. */
function orderViolations(rounds: readonly RowRound[]): string[] {
  const problems: string[] = [];
  let before = 0;
  for (const [i, { clicks, draw }] of rounds.entries()) {
    const first = rounds.findIndex((round) => round.clicks === clicks && round.draw === draw);
    if (first < i)
      problems.push(`round ${i}: repeats ${clicks} clicks${draw === undefined ? "" : `, draw ${draw}`}`);
    if (draw !== undefined) continue;
    if (clicks < before) problems.push(`round ${i}: ${clicks} clicks after ${before}`);
    before = clicks;
  }
  return problems;
}

function boxInside([x0, y0, x1, y1]: RowBox, { width, height }: Size): boolean {
  return x0 >= 0 && y0 >= 0 && x0 <= x1 && y0 <= y1 && x1 <= width - 1 && y1 <= height - 1;
}

function inUnit(value: number): boolean {
  return value >= 0 && value <= 1;
}
