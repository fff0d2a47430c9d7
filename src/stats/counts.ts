import type { Counts } from "../core/summary.ts";
import type { CellTable } from "./cell-table.ts";

/** What became of every target: nothing is left out silently. Reasons most frequent first, then by name. */
export function countsOf({ images, clusters, dropped, failures }: CellTable): Counts {
  const total = (tally: ReadonlyMap<string, number>) => [...tally.values()].reduce((all, n) => all + n, 0);
  const scored = clusters.length;
  const failed = total(failures);
  return {
    images: images.size,
    targets: scored + total(dropped) + failed,
    scored,
    dropped: byFrequency(dropped),
    failed,
    failures: byFrequency(failures),
  };
}

function byFrequency(tally: ReadonlyMap<string, number>): Record<string, number> {
  return Object.fromEntries([...tally].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : a > b ? 1 : 0)));
}
