// What RITM is fed beside the picture, as its own export has it: clicks as rows of one tensor, foreground and background in halves
// of it, and as a channel of its own the mask before them.
import { complain } from "../../core/errors.ts";
import type { MaskPrompt, Prompt } from "../../core/types.ts";
import { toBytes } from "../../masks/bit-mask.ts";
import { logitsFromShape } from "../../masks/logits-from-shape.ts";
import type { Tensor } from "../runtime/graph.ts";
import type { Frame } from "./frames.ts";

/**
 * Clicks as RITM has them: P x 2N x 3, foreground clicks in the first N rows and background ones in the others, each (y, x,
 * number of the click), unused rows -1. N is the larger of the two counts, at least 1, or `pairs` where the graph fixes it.
 */
export function clickRows(
  prompts: readonly Prompt[],
  { original, resized }: Frame,
  pairs: number | undefined,
): Tensor {
  const scaleX = resized.width / original.width;
  const scaleY = resized.height / original.height;
  const counts = prompts.flatMap(({ clicks }) =>
    [0, 1].map((label) => clicks.filter((click) => click.label === label).length),
  );
  const most = Math.max(1, ...counts);
  if (pairs !== undefined && most > pairs)
    throw complain({
      where: "prompt",
      what: "more clicks of one kind than the graph takes",
      expected: `at most ${pairs}`,
      got: `${most}`,
    });
  const half = pairs ?? most;
  const data = new Float32Array(prompts.length * half * 6).fill(-1);
  prompts.forEach(({ clicks }, prompt) => {
    const next = [half, 0];
    clicks.forEach(({ x, y, label }, number) => {
      const row = prompt * half * 2 + next[label]!++;
      data.set([y * scaleY, x * scaleX, number], row * 3);
    });
  });
  return { type: "float32", dims: [prompts.length, half * 2, 3], data };
}

/** P x 1 x H x W probabilities in the picture's frame: the previous prediction's, 0 where there is none. */
export function previousMask(prompts: readonly Prompt[], frame: Frame): Tensor {
  const { width, height } = frame.resized;
  const cells = width * height;
  const data = new Float32Array(prompts.length * cells);
  prompts.forEach(({ mask }, i) => {
    if (mask !== undefined) data.set(probabilities(mask, frame), i * cells);
  });
  return { type: "float32", dims: [prompts.length, 1, height, width], data };
}

function probabilities(mask: MaskPrompt, { original, resized, side }: Frame): ArrayLike<number> {
  if (mask.kind === "logits") return mask.logits.data.map((logit) => 1 / (1 + Math.exp(-logit)));
  if (resized.width === original.width && resized.height === original.height) return toBytes(mask.shape);
  const covered = logitsFromShape(mask.shape, { frame: side, resized, low: side }, 1);
  return covered.data.map((value) => (value + 1) / 2);
}
