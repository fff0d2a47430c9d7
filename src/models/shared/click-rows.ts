import { complain } from "../../core/errors.ts";
import type { Prompt } from "../../core/types.ts";
import type { Tensor } from "./graph.ts";
import type { Frame } from "./preprocess.ts";

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
