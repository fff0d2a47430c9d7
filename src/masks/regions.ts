// Connected regions of masks (8-connected), and what mask generators do about small ones.
import type { BitMask, Logits } from "../core/types.ts";
import { fromBytes, not, or } from "./bit-mask.ts";
import { maskOfRuns, type RunMask, runsOf } from "./runs.ts";

interface Regions {
  /** By run: its region. */
  readonly of: Int32Array;
  /** Pixels, by region. */
  readonly areas: readonly number[];
  /** By region: where it begins, in steps of 2 x 2 pixels, row by row. */
  readonly starts: readonly number[];
}

/** Runs of neighbouring rows belong together where they touch, corners too. Cost: linear in the number of runs. */
function regionsOf({ width, edges }: RunMask): Regions {
  const count = edges.length / 2;
  const parent = Int32Array.from({ length: count }, (_, run) => run);
  const root = (run: number) => {
    let at = run;
    while (parent[at] !== at) {
      parent[at] = parent[parent[at]!]!;
      at = parent[at]!;
    }
    return at;
  };
  for (let run = 0, above = 0; run < count; run++) {
    const [from, to] = [edges[2 * run]! - width, edges[2 * run + 1]! - width];
    const row = Math.floor(edges[2 * run]! / width) - 1;
    while (above < run && edges[2 * above + 1]! < Math.max(from, row * width + 1)) above++;
    for (let other = above; other < run && edges[2 * other]! <= to; other++) {
      if (Math.floor(edges[2 * other]! / width) !== row) break;
      const [a, b] = [root(other), root(run)];
      parent[Math.max(a, b)] = Math.min(a, b);
    }
  }
  const of = new Int32Array(count);
  const areas: number[] = [];
  const starts: number[] = [];
  for (let run = 0; run < count; run++) {
    const [from, to] = [edges[2 * run]!, edges[2 * run + 1]!];
    const first = root(run);
    const region = first === run ? areas.push(0) - 1 : of[first]!;
    of[run] = region;
    areas[region]! += to - from;
    const y = Math.floor(from / width);
    const start = (y >>> 1) * width + ((from - y * width) >>> 1);
    starts[region] = Math.min(starts[region] ?? start, start);
  }
  return { of, areas, starts };
}

/** Pixels of each region, in the order of their first rows. */
export function regionAreas(runs: RunMask): readonly number[] {
  return regionsOf(runs).areas;
}

/** The mask of some regions' runs. */
function maskOfRegions(runs: RunMask, { of }: Regions, wanted: (region: number) => boolean): BitMask {
  const edges: number[] = [];
  for (let run = 0; run < of.length; run++)
    if (wanted(of[run]!)) edges.push(runs.edges[2 * run]!, runs.edges[2 * run + 1]!);
  return maskOfRuns({ ...runs, edges: Uint32Array.from(edges) });
}

/**
 * A mask without holes, and then without islands, of fewer than `least` pixels: SAM's `remove_small_regions` (facebookresearch/segment-anything,
 * utils/amg.py), for which background at the border is a hole too. Of islands that are all small, the largest stays; of equals the first, where
 * OpenCV numbers regions by squares of 2 x 2 pixels. `changed`: there was such a hole or island. Example: an empty mask of fewer than `least`
 * pixels becomes full.
 */
export function withoutSmallRegions(
  mask: BitMask,
  least: number,
): { readonly mask: BitMask; readonly changed: boolean } {
  const background = runsOf(not(mask));
  const holes = regionsOf(background);
  const filled = holes.areas.some((area) => area < least)
    ? or(
        mask,
        maskOfRegions(background, holes, (region) => holes.areas[region]! < least),
      )
    : mask;
  const runs = runsOf(filled);
  const islands = regionsOf(runs);
  const { areas, starts } = islands;
  if (!areas.some((area) => area < least)) return { mask: filled, changed: filled !== mask };
  const most = Math.max(...areas);
  const first = Math.min(...starts.filter((_, region) => areas[region] === most));
  const stays = (region: number) =>
    most < least ? areas[region] === most && starts[region] === first : areas[region]! >= least;
  return { mask: maskOfRegions(runs, islands, stays), changed: true };
}

/** What SAM 2 sets the logits of holes and islands to, on the other side of 0. */
const FILLED = 10;

/**
 * Logits in which regions of at most `most` cells are turned over: those of 0 or less become 10, those of more become -10. SAM 2's
 * `postprocess_masks` (facebookresearch/sam2, utils/transforms.py), both judged on the logits as they came.
 */
export function withoutSmallLogits(logits: Logits, most: number): Logits {
  const { width, height } = logits;
  const inside = fromBytes(
    Uint8Array.from(logits.data, (logit) => (logit > 0 ? 1 : 0)),
    width,
    height,
  );
  const data = logits.data.slice();
  for (const [side, value] of [
    [not(inside), FILLED],
    [inside, -FILLED],
  ] as const) {
    const runs = runsOf(side);
    const { of, areas } = regionsOf(runs);
    for (let run = 0; run < of.length; run++)
      if (areas[of[run]!]! <= most) data.fill(value, runs.edges[2 * run]!, runs.edges[2 * run + 1]!);
  }
  return { width, height, data };
}
