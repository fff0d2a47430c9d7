import { complain } from "../../core/errors.ts";
import type { RecordedRound } from "../../core/recorded.ts";
import type { RowBox, ScoredRow } from "../../core/rows.ts";
import type { Click, Protocol } from "../../core/types.ts";

/** Whether rows hold all that a protocol sends: drawn shapes are in no row. */
export function isRecorded({ needs, feedback }: Pick<Protocol, "needs" | "feedback">): boolean {
  return needs.maskInput !== true || feedback;
}

/**
 * The prompts of a row, round by round. A row lists each click and box once, where it was new; the protocol says which
 * masks were asked for and whether logits were fed back.
 */
export function recordedRounds(
  { prompts, rounds, target }: Pick<ScoredRow, "prompts" | "rounds" | "target">,
  { multimask, feedback }: Pick<Protocol, "multimask" | "feedback">,
): RecordedRound[] {
  let at = 0;
  let clicks: readonly Click[] = [];
  let box: RowBox | undefined;
  const recorded = rounds.map((round, n): RecordedRound => {
    if (round.clicks <= clicks.length) [clicks, box] = [[], undefined];
    const next = prompts[at];
    if (next !== undefined && "box" in next) {
      box = next.box;
      at += 1;
    }
    const added = prompts.slice(at, at + round.clicks - clicks.length);
    at += added.length;
    clicks = [...clicks, ...added.filter((prompt): prompt is Click => "x" in prompt)];
    if (clicks.length !== round.clicks || added.some((prompt) => !("x" in prompt)))
      throw complain({
        where: `target ${target}, round ${n}`,
        what: "the row does not list its prompts",
        expected: `${round.clicks} clicks`,
        got: String(clicks.length),
      });
    const alone = clicks.length === 1 && box === undefined && n === 0;
    return {
      clicks,
      ...(box === undefined ? {} : { box }),
      ...(feedback && n > 0 ? { mask: "previous" } : {}),
      multimask: multimask === "always" || (multimask === "one-click" && alone),
      ...(round.draw === undefined ? {} : { draw: round.draw }),
    };
  });
  if (at === prompts.length) return recorded;
  throw complain({
    where: `target ${target}`,
    what: "the row lists prompts of no round",
    expected: `${at} prompts`,
    got: String(prompts.length),
  });
}
