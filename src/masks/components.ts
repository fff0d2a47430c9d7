import type { BitMask } from "../core/types.ts";

export interface Components {
  /** Row-major: 0 background, 1..count a component, numbered by its first pixel in row-major order. */
  readonly labels: Int32Array;
  readonly count: number;
}

/** Runs of set pixels, row by row: run i covers starts[i]..ends[i]-1 of its row, rows[y]..rows[y + 1]-1 are row y's. */
interface Runs {
  readonly starts: readonly number[];
  readonly ends: readonly number[];
  readonly rows: Int32Array;
}

/**
 * Connected components. `connectivity` 8 joins pixels that touch at a corner, 4 only along an edge.
 * Method: runs of each row joined with those above by union-find, smallest run as root.
 * Cost: one pass over the words and the label map. Example: "#." over ".#" is 1 component of 8, 2 of 4.
 */
export function components(mask: BitMask, connectivity: 4 | 8): Components {
  const runs = runsOf(mask);
  const parents = joinRuns(runs, connectivity === 8 ? 1 : 0);
  const labels = new Int32Array(mask.width * mask.height);
  const labelOf = new Int32Array(parents.length);
  let count = 0;
  for (let y = 0; y < mask.height; y++) {
    const row = y * mask.width;
    for (let i = runs.rows[y]!; i < runs.rows[y + 1]!; i++) {
      const root = find(parents, i);
      if (root === i) labelOf[i] = ++count;
      labels.fill(labelOf[root]!, row + runs.starts[i]!, row + runs.ends[i]!);
    }
  }
  return { labels, count };
}

function runsOf({ width, height, stride, words }: BitMask): Runs {
  const starts: number[] = [];
  const ends: number[] = [];
  const rows = new Int32Array(height + 1);
  for (let y = 0; y < height; y++) {
    let open = false;
    for (let i = 0; i < stride; i++) {
      const word = words[y * stride + i]!;
      // Bit b of `changes` is set where pixel b differs from its left neighbour.
      let changes = word ^ ((word << 1) | (open ? 1 : 0));
      for (; changes !== 0; changes &= changes - 1) {
        const x = i * 32 + 31 - Math.clz32(changes & -changes);
        (open ? ends : starts).push(x);
        open = !open;
      }
    }
    // Only a picture whose width is a multiple of 32 can leave a run open.
    if (open) ends.push(width);
    rows[y + 1] = starts.length;
  }
  return { starts, ends, rows };
}

function joinRuns({ starts, ends, rows }: Runs, reach: 0 | 1): Int32Array {
  const parents = Int32Array.from(starts, (_, i) => i);
  for (let y = 1; y < rows.length - 1; y++) {
    let above = rows[y - 1]!;
    let here = rows[y]!;
    while (above < rows[y]! && here < rows[y + 1]!) {
      if (starts[above]! < ends[here]! + reach && starts[here]! < ends[above]! + reach)
        union(parents, above, here);
      if (ends[above]! < ends[here]!) above++;
      else here++;
    }
  }
  return parents;
}

function find(parents: Int32Array, i: number): number {
  let at = i;
  while (parents[at] !== at) {
    parents[at] = parents[parents[at]!]!;
    at = parents[at]!;
  }
  return at;
}

function union(parents: Int32Array, a: number, b: number): void {
  const rootA = find(parents, a);
  const rootB = find(parents, b);
  if (rootA < rootB) parents[rootB] = rootA;
  else parents[rootA] = rootB;
}
