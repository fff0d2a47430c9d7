// Which masks of an image find which targets, by COCO's rule (cocodataset/cocoapi, PythonAPI/pycocotools/cocoeval.py, `evaluateImg`) without
// categories.
import { complain } from "../../core/errors.ts";
import {
  iouThresholds,
  type MatchFacts,
  type PlaceBits,
  rangeNames,
  type SizeRange,
  sizeRanges,
} from "../../core/mask-set-facts.ts";
import type { Rle } from "../../core/rows.ts";
import type { BitMask, TargetEntry } from "../../core/types.ts";
import { andNot, area as areaOf } from "../../masks/bit-mask.ts";
import { type ColumnRuns, columnRunsOf, sharedAtMost, sharedPixels } from "../../masks/column-runs.ts";

/** A mask of a set. */
export interface RankedMask {
  /** The highest comes first; equal ones in their order. */
  readonly score: number;
  readonly mask: BitMask | Rle | ColumnRuns;
}

/** What masks are to find. */
export interface MaskTarget {
  readonly id: string;
  /** Without the pixels that it ignores. Undefined where it does not have a pixel: nothing can find it, and it counts. */
  readonly mask: BitMask | Rle | undefined;
  /** By which its size is told: the annotation's, otherwise its pixels. */
  readonly area: number;
  /** It takes any number of masks and counts nowhere; overlap is measured by the mask's own pixels. */
  readonly crowd: boolean;
  /** Pixels that count nowhere. */
  readonly ignore?: BitMask | undefined;
}

/** What the masks of an image are to find: its targets, those without a pixel too, and its crowds. Others that are dropped, or cannot be read, are left out. */
export function maskTargets(entries: readonly TargetEntry[]): MaskTarget[] {
  return entries.flatMap((entry): MaskTarget[] => {
    const { id } = entry;
    if (entry.status === "ok") {
      const { mask, ignore } = entry;
      const pixels = entry.area ?? areaOf(mask);
      const counted = ignore === undefined ? mask : andNot(mask, ignore);
      return [{ id, mask: counted, area: pixels, crowd: false, ignore }];
    }
    const { area = 0, reason } = entry;
    if (entry.status === "dropped" && reason === "empty")
      return [{ id, mask: undefined, area, crowd: false }];
    const mask = reason === "crowd" ? entry.crowd?.() : undefined;
    return mask === undefined ? [] : [{ id, mask, area, crowd: true }];
  });
}

export interface Matched {
  readonly facts: MatchFacts;
  /** Places of the masks as they were given, in the order of the facts. */
  readonly order: readonly number[];
  /** Of each target in its order, the best IoU of any mask; 0 where none reaches 0.5. */
  readonly best: readonly number[];
  /** Of each target in its order, of all sizes: bit t where a mask was matched to it at `iouThresholds[t]`. */
  readonly found: ArrayLike<number>;
}

/** The masks of one image against its targets; all of one size. */
export function matchMaskSet(masks: readonly RankedMask[], targets: readonly MaskTarget[]): Matched {
  const order = masks.map((_, i) => i).sort((i, j) => masks[j]!.score - masks[i]!.score || i - j);
  const runs = order.map((i) => {
    const { mask, score } = masks[i]!;
    if (!Number.isFinite(score))
      throw complain({ where: `mask ${i}`, what: "its score is not a number", got: String(score) });
    return "edges" in mask ? mask : columnRunsOf(mask, `mask ${i}`);
  });
  const overlaps = overlapsOf(runs, targets);
  const areas = runs.map(({ area }) => area);
  const best = targets.map(() => 0);
  for (const [k, g] of overlaps.targets.entries()) best[g] = Math.max(best[g]!, overlaps.ious[k]!);
  const ranges = rangeNames.map((range) => matchRange(range, overlaps, targets, masks.length));
  const lists = rangeNames.flatMap((range, r) => [
    [`hits-${range}`, placesOf(ranges[r]!.hits)],
    [`spared-${range}`, placesOf(ranges[r]!.spared)],
  ]);
  const facts = {
    masks: masks.length,
    targets: ranges.map(({ count }) => count),
    scores: order.map((i) => masks[i]!.score),
    areas,
    ...(Object.fromEntries(lists) as Record<`hits-${SizeRange}` | `spared-${SizeRange}`, PlaceBits>),
  };
  return { facts, order, best, found: ranges[0]!.taken };
}

/** IoU that reach the lowest threshold: those of mask d are entries `starts[d]` to `starts[d + 1]`, by target. */
interface Overlaps {
  readonly starts: Int32Array;
  readonly targets: readonly number[];
  readonly ious: readonly number[];
}

const [LOWEST] = iouThresholds;

function overlapsOf(masks: readonly ColumnRuns[], targets: readonly MaskTarget[]): Overlaps {
  const overlapWith = targets.map(overlapFunction);
  const found = { starts: new Int32Array(masks.length + 1), targets: [] as number[], ious: [] as number[] };
  for (const [d, mask] of masks.entries()) {
    for (let g = 0; g < targets.length; g++) {
      const iou = overlapWith[g]!(mask);
      if (iou < LOWEST) continue;
      found.targets.push(g);
      found.ious.push(iou);
    }
    found.starts[d + 1] = found.ious.length;
  }
  return found;
}

/** A mask's IoU with a target; exact from 0.5 on, below that 0 where that is sooner known. */
function overlapFunction({ id, mask, crowd, ignore }: MaskTarget): (mask: ColumnRuns) => number {
  if (mask === undefined) return () => 0;
  const target = columnRunsOf(mask, `target ${id}`);
  const ignored = ignore && columnRunsOf(ignore, `ignored pixels of target ${id}`);
  return (other) => {
    const most = Math.min(other.area, target.area, sharedAtMost(other, target));
    if (most === 0) return 0;
    const area = ignored === undefined ? other.area : other.area - sharedPixels(other, ignored);
    // The union is at least both areas less what they could share.
    if (most < LOWEST * (crowd ? area : area + target.area - most)) return 0;
    const shared = sharedPixels(other, target);
    return shared === 0 ? 0 : shared / (crowd ? area : area + target.area - shared);
  };
}

interface RangeMatch {
  /** Targets that count. */
  readonly count: number;
  /** By mask, a bit for each threshold: matched to a target that counts, and to one that does not. */
  readonly hits: Uint16Array;
  readonly spared: Uint16Array;
  /** By target, the same; a crowd takes no note. */
  readonly taken: Uint16Array;
}

/**
 * At each threshold on its own, masks take turns, best first: each takes the free target with the highest IoU (of equals the last), one that does not count
 * only where none that counts is left. Crowds stay free.
 */
function matchRange(
  range: SizeRange,
  { starts, targets: places, ious }: Overlaps,
  targets: readonly MaskTarget[],
  masks: number,
): RangeMatch {
  const [least, most] = sizeRanges[range];
  const counts = targets.map(({ crowd, area }) => !crowd && area >= least && area <= most);
  const taken = new Uint16Array(targets.length);
  const [hits, spared] = [new Uint16Array(masks), new Uint16Array(masks)];
  const bestOf = (d: number, t: number, counting: boolean) => {
    let [best, found]: [number, number] = [iouThresholds[t]!, -1];
    for (let k = starts[d]!; k < starts[d + 1]!; k++) {
      const g = places[k]!;
      const free = targets[g]!.crowd || ((taken[g]! >> t) & 1) === 0;
      if (counts[g] !== counting || !free || ious[k]! < best) continue;
      best = ious[k]!;
      found = g;
    }
    return found;
  };
  for (let d = 0; d < masks; d++) {
    if (starts[d] === starts[d + 1]) continue;
    for (let t = 0; t < iouThresholds.length; t++) {
      const hit = bestOf(d, t, true);
      const found = hit < 0 ? bestOf(d, t, false) : hit;
      if (found < 0) continue;
      taken[found]! |= 1 << t;
      if (hit >= 0) hits[d]! |= 1 << t;
      else spared[d]! |= 1 << t;
    }
  }
  return { count: counts.filter(Boolean).length, hits, spared, taken };
}

function placesOf(bits: Uint16Array): PlaceBits {
  const list: [number, number][] = [];
  for (let place = 0; place < bits.length; place++) if (bits[place] !== 0) list.push([place, bits[place]!]);
  return list;
}
