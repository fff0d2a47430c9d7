// Masks as runs along rows: what is kept of an image's objects, since it grows with their pixels and not with the image.
import type { BitMask, Size } from "../core/types.ts";
import { createMask, setRun } from "./bit-mask.ts";

export interface RunMask extends Size {
  /** First pixel of each run and the one after its last, as y * width + x, ascending; a run stays in its row. */
  readonly edges: Uint32Array;
}

/** The runs of a mask. Cost: one pass over the words plus the number of runs. Example: "##" over "#." gives 0, 2, 2, 3. */
export function runsOf({ width, height, stride, words }: BitMask): RunMask {
  const edges: number[] = [];
  for (let y = 0, w = 0; y < height; y++) {
    let before = 0;
    for (let i = 0; i < stride; i++, w++) {
      const word = words[w]!;
      if (word === 0 && before === 0) continue;
      for (let rest = word ^ ((word << 1) | before); rest !== 0; rest &= rest - 1)
        edges.push(y * width + 32 * i + 31 - Math.clz32(rest & -rest));
      before = word >>> 31;
    }
    if (before === 1) edges.push((y + 1) * width);
  }
  return { width, height, edges: Uint32Array.from(edges) };
}

/** The inverse of `runsOf`. */
export function maskOfRuns({ width, height, edges }: RunMask): BitMask {
  const mask = createMask(width, height);
  for (let i = 0; i < edges.length; i += 2) {
    const y = Math.floor(edges[i]! / width);
    setRun(mask, y, edges[i]! - y * width, edges[i + 1]! - y * width);
  }
  return mask;
}
