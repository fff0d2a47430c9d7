// Which masks of an image find which targets, by COCO's rule (cocodataset/cocoapi, PythonAPI/pycocotools/cocoeval.py, `evaluateImg`) without
// categories.
import { complain, reasonOf } from "../../core/errors.ts";
import {
  iouThresholds,
  type MatchFacts,
  type PlaceBits,
  rangeNames,
  type SizeRange,
  sizeRanges,
} from "../../core/mask-set-facts.ts";
import type { Rle } from "../../core/rows.ts";
import type { BitMask, TargetEntry, Unscored } from "../../core/types.ts";
import { and, andNot, area as areaOf } from "../../masks/bit-mask.ts";
import {
  type ColumnRuns,
  columnRunsOf,
  passingRunsOf,
  sharedAtMost,
  sharedPixels,
} from "../../masks/column-runs.ts";

/** Target of a row that is a whole image. */
export const WHOLE = "all";

/** A mask of a set. */
export interface RankedMask {
  /** The highest comes first; equal ones in their order. */
  readonly score: number;
  readonly mask: BitMask | Rle;
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
  /** Pixels that do not count where masks are measured against it. */
  readonly ignore?: BitMask | undefined;
}

/** What is to be found. An image of which a target or a crowd cannot be read cannot be judged. */
export function truthOf(entries: readonly TargetEntry[]): readonly MaskTarget[] {
  const unread = (id: string, got: string) =>
    complain(`target ${id}`, "cannot be read, so that nobody knows all that is to be found", { got });
  const failed = entries.find(({ status }) => status === "failed");
  if (failed?.status === "failed") throw unread(failed.id, failed.reason);
  return targetsOf(entries, (id, error) => {
    throw unread(id, reasonOf(error));
  });
}

/** The targets of an image, those without a pixel too, and its crowds; others that are dropped, and crowds that cannot be read, are left out. */
export function maskTargets(entries: readonly TargetEntry[]): MaskTarget[] {
  return targetsOf(entries, () => undefined);
}

function targetsOf(
  entries: readonly TargetEntry[],
  unread: (id: string, error: unknown) => undefined,
): MaskTarget[] {
  const crowdOf = ({ id, crowd }: Unscored) => {
    try {
      return crowd?.();
    } catch (error) {
      return unread(id, error);
    }
  };
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
    const mask = reason === "crowd" ? crowdOf(entry) : undefined;
    return mask === undefined ? [] : [{ id, mask, area, crowd: true }];
  });
}

/** Pixels that no target counts, where each target that has pixels ignores some: they take masks as a crowd does. */
function nobodys(targets: readonly MaskTarget[]): MaskTarget[] {
  const ignored = new Set<BitMask>();
  for (const { mask, crowd, ignore } of targets) {
    if (crowd || mask === undefined) continue;
    if (ignore === undefined) return [];
    ignored.add(ignore);
  }
  if (ignored.size === 0) return [];
  // Of most images all targets share one mask.
  const mask = [...ignored].reduce((left, one) => and(left, one));
  return [{ id: "ignored", mask, area: 0, crowd: true }];
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
  const all = [...targets, ...nobodys(targets)];
  const overlaps = overlapsOf(masks, order, all);
  const best = targets.map(() => 0);
  for (const [k, g] of overlaps.targets.entries())
    if (g < best.length) best[g] = Math.max(best[g]!, overlaps.ious[k]!);
  const ranges = rangeNames.map((range) => matchRange(range, overlaps, all, masks.length));
  const lists = rangeNames.flatMap((range, r) => [
    [`hits-${range}`, placesOf(ranges[r]!.hits)],
    [`spared-${range}`, placesOf(ranges[r]!.spared)],
  ]);
  const facts = {
    masks: masks.length,
    targets: ranges.map(({ count }) => count),
    scores: order.map((i) => masks[i]!.score),
    areas: overlaps.areas,
    ...(Object.fromEntries(lists) as Record<`hits-${SizeRange}` | `spared-${SizeRange}`, PlaceBits>),
  };
  return { facts, order, best, found: ranges[0]!.taken.subarray(0, targets.length) };
}

/** IoUs that reach the lowest threshold: those of the mask at place d are entries `starts[d]` to `starts[d + 1]`, by target. */
interface Overlaps {
  /** Pixels of each mask. */
  readonly areas: readonly number[];
  readonly starts: Int32Array;
  readonly targets: readonly number[];
  readonly ious: readonly number[];
}

const LOWEST: number = iouThresholds[0];

function overlapsOf(
  masks: readonly RankedMask[],
  order: readonly number[],
  targets: readonly MaskTarget[],
): Overlaps {
  const known = targets.map(knownOf);
  const [areas, places, ious]: [number[], number[], number[]] = [[], [], []];
  const starts = new Int32Array(masks.length + 1);
  for (const [d, i] of order.entries()) {
    const { mask, score } = masks[i]!;
    const where = `mask ${i}`;
    if (!Number.isFinite(score)) throw complain(where, "its score is not a number", { got: String(score) });
    const runs = passingRunsOf(mask, where);
    areas.push(runs.area);
    for (let g = 0; g < targets.length; g++) {
      const target = known[g];
      const iou = target === undefined ? 0 : iouOf(runs, target);
      if (iou < LOWEST) continue;
      places.push(g);
      ious.push(iou);
    }
    starts[d + 1] = ious.length;
  }
  return { areas, starts, targets: places, ious };
}

/** A target that has pixels. */
interface Known extends Pick<MaskTarget, "crowd"> {
  readonly runs: ColumnRuns;
  readonly ignored: ColumnRuns | undefined;
}

function knownOf({ id, mask, crowd, ignore }: MaskTarget): Known | undefined {
  if (mask === undefined) return undefined;
  const ignored = ignore && columnRunsOf(ignore, `ignored pixels of target ${id}`);
  return { runs: columnRunsOf(mask, `target ${id}`), ignored, crowd };
}

/** A mask's IoU with a target; exact from 0.5 on, below that 0 where that is sooner known. */
function iouOf(mask: ColumnRuns, { runs: target, ignored, crowd }: Known): number {
  const most = Math.min(mask.area, target.area, sharedAtMost(mask, target));
  if (most === 0) return 0;
  const area = ignored === undefined ? mask.area : mask.area - sharedPixels(mask, ignored);
  // The union is at least both areas less what they could share.
  if (most < LOWEST * (crowd ? area : area + target.area - most)) return 0;
  const shared = sharedPixels(mask, target);
  return shared === 0 ? 0 : shared / (crowd ? area : area + target.area - shared);
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
  const crowds = targets.map(({ crowd }) => crowd);
  const taken = new Uint16Array(targets.length);
  const [hits, spared] = [new Uint16Array(masks), new Uint16Array(masks)];
  const thresholds: readonly number[] = iouThresholds;
  for (let d = 0; d < masks; d++) {
    const [from, to] = [starts[d]!, starts[d + 1]!];
    for (let t = 0, more = from < to; more && t < thresholds.length; t++) {
      const limit = thresholds[t]!;
      more = false;
      let hit = -1;
      let other = -1;
      for (let k = from, [best, spare] = [limit, limit]; k < to; k++) {
        const g = places[k]!;
        const iou = ious[k]!;
        if (iou < limit) continue;
        more = true;
        if (((taken[g]! >> t) & 1) === 1 && !crowds[g]!) continue;
        if (counts[g]!) {
          if (iou >= best) [best, hit] = [iou, g];
        } else if (iou >= spare) [spare, other] = [iou, g];
      }
      if (hit >= 0) hits[d]! |= 1 << t;
      else if (other >= 0) spared[d]! |= 1 << t;
      const found = hit >= 0 ? hit : other;
      if (found >= 0) taken[found]! |= 1 << t;
    }
  }
  return { count: counts.filter(Boolean).length, hits, spared, taken };
}

function placesOf(bits: Uint16Array): PlaceBits {
  const list: [number, number][] = [];
  for (let place = 0; place < bits.length; place++) if (bits[place] !== 0) list.push([place, bits[place]!]);
  return list;
}
