import type { Prompt } from "../../core/types.ts";
import type { Tensor } from "./graph.ts";

/** Largest difference, as a share of the largest logit, that may come of computing in another order. */
const TOLERANCE = 1e-3;

/**
 * How many prompts a decoder takes at once: traced graphs declare batch axes that they do not honour. Two different clicks
 * are decoded alone and together; `most` if the answers agree, otherwise 1.
 */
export async function batchProbe(
  ask: (prompts: readonly Prompt[]) => Promise<{ readonly masks: Tensor }>,
  side: number,
  most: number,
): Promise<number> {
  const click = (at: number): Prompt => ({
    clicks: [{ x: Math.floor(at * side), y: Math.floor(side / 2), label: 1 }],
    multimask: true,
  });
  const prompts = [click(0.25), click(0.75)];
  const alone: Tensor[] = [];
  for (const prompt of prompts) alone.push((await ask([prompt])).masks);
  const together = await ask(prompts).catch(() => undefined);
  if (together === undefined) return 1;
  const expected = alone.flatMap(({ data }) => Array.from(data as Float32Array));
  return agree(together.masks.data as Float32Array, expected) ? most : 1;
}

function agree(got: Float32Array, expected: readonly number[]): boolean {
  if (got.length !== expected.length) return false;
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return expected.every((value, i) => Math.abs(value - got[i]!) <= TOLERANCE * largest);
}
