import type { BitMask, Box } from "../core/types.ts";

/**
 * The smallest box around the set pixels, both corners inclusive (as SAM's `mask_to_box`); undefined for an empty mask.
 * Cost: one pass over the words. Example: a single pixel (3, 5) gives {x0: 3, y0: 5, x1: 3, y1: 5}.
 */
export function tightBox({ height, stride, words }: BitMask): Box | undefined {
  const columns = new Uint32Array(stride);
  let y0 = -1;
  let y1 = -1;
  for (let y = 0; y < height; y++) {
    let any = 0;
    for (let i = 0, w = y * stride; i < stride; i++, w++) {
      if (words[w] === 0) continue;
      any = 1;
      columns[i]! |= words[w]!;
    }
    if (any === 0) continue;
    if (y0 < 0) y0 = y;
    y1 = y;
  }
  if (y0 < 0) return undefined;
  let first = 0;
  while (columns[first] === 0) first++;
  let last = stride - 1;
  while (columns[last] === 0) last--;
  const lowest = columns[first]!;
  return {
    x0: first * 32 + 31 - Math.clz32(lowest & -lowest),
    y0,
    x1: last * 32 + 31 - Math.clz32(columns[last]!),
    y1,
  };
}
