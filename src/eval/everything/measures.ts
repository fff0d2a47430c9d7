// What all masks of an image measure: average recall and average precision without categories, as COCO counts them (cocodataset/cocoapi,
// PythonAPI/pycocotools/cocoeval.py, `accumulate`), at COCO's and at LVIS' numbers of masks.
import {
  iouThresholds,
  maskCuts,
  maskSetFacts,
  matchedAt,
  rangeNames,
  type SizeRange,
  sizeRanges,
} from "../../core/mask-set-facts.ts";
import {
  type AnyMeasure,
  type Measure,
  type MeasureNote,
  meanMeasure,
  meanValue,
  type RankedItem,
  type RankedMeasure,
} from "../../core/measure.ts";
import { mean, sum } from "../../core/numbers.ts";
import type { ScoredRow } from "../../core/rows.ts";

/** Masks of an image that count: recall of proposals, COCO's for detections, and LVIS' (`max_dets`). */
const [MOST, COCO, LVIS] = [1000, 100, 300];
/** Cuts that every table shows. */
const shown: readonly number[] = [10, 100, MOST];

const share = { unit: "share", better: "higher" } as const;
const sizes = "By size: below 32 x 32 pixels, up to 96 x 96, and above";
const precision = "Average precision: does a mask's score say whether it is an object?";

const every = iouThresholds.map((_, t) => t);
const at = (quality: number) => [every[iouThresholds.indexOf(quality as 0.5)]!];
const counted = (cut: number) => cut.toLocaleString("en");

const recallMeaning =
  "AR, average recall: share of all targets that have a mask of their own among the first of their image, averaged over the IoU thresholds 50, 55, ... 95 %. Masks take turns, best first, and each takes the target that it fits best; categories do not count.";
const precisionMeaning =
  "AP, average precision: masks of all images in the order of their scores; the mean over 101 levels of recall of the highest precision from there on, averaged over IoU thresholds, without categories. Unlabelled objects count against it.";

type Note = Pick<MeasureNote, "id" | "name" | "title" | "show" | "meaning"> & Partial<MeasureNote>;

/** AR of targets of a size at a number of masks an image. */
export function recallOf(range: SizeRange, cut: number): Measure {
  const [size, title] = range === "all" ? ["", ""] : [`-${range}`, `, ${range}`];
  const name = `ar${size}`;
  return recall(range, cut, {
    ...{ id: `${name}@${cut}`, name, of: `AR${title}`, at: `${counted(cut)} mask${cut === 1 ? "" : "s"}` },
    ...{ title: `AR@${cut}${title}`, show: shown.includes(cut) ? "main" : "more", meaning: recallMeaning },
    ...(cut === MOST && range === "all" && { leads: true }),
    ...(range === "all" ? { axis: { name: "masks", value: cut } } : { group: sizes }),
  });
}

/** The share of matched targets: a mean over targets of the thresholds at which each is matched, of which a row adds as many as it has. */
function recall(range: SizeRange, cut: number, note: Note, thresholds: readonly number[] = every): Measure {
  const r = rangeNames.indexOf(range);
  return {
    ...{ ...share, of: note.title, at: "", ...note },
    parts: (row) => {
      const facts = maskSetFacts(row);
      const targets = facts.targets[r]!;
      if (targets === 0) return undefined;
      const matched = matchedAt(facts, range, cut);
      return [sum(thresholds.map((t) => matched[t]!)) / thresholds.length, targets];
    },
    value: meanValue,
  };
}

/** Key of the item that says how many targets a row has: before all masks. */
const TARGETS = Number.NEGATIVE_INFINITY;
const ALL = 2 ** iouThresholds.length - 1;

/** Masks of a size: parts are the thresholds at which each is matched, and those at which it does not count. */
function precisionItems(row: ScoredRow, range: SizeRange, cut: number): RankedItem[] {
  const facts = maskSetFacts(row);
  const { scores, areas, targets } = facts;
  const [least, most] = sizeRanges[range];
  const [hits, spared] = [new Map(facts[`hits-${range}`]), new Map(facts[`spared-${range}`])];
  const items: RankedItem[] = [{ key: TARGETS, parts: [targets[rangeNames.indexOf(range)]!, 0] }];
  for (let place = 0; place < Math.min(cut, scores.length); place++) {
    const hit = hits.get(place) ?? 0;
    const other = areas[place]! < least || areas[place]! > most;
    const left = (spared.get(place) ?? 0) | (other ? ALL & ~hit : 0);
    if (left !== ALL) items.push({ key: -scores[place]!, parts: [hit, left] });
  }
  return items;
}

/** A ranking as its value reads it: a thousand draws read the same one. */
interface Ranked {
  readonly targets: readonly (readonly [item: number, count: number])[];
  /** First item that is a mask. */
  readonly first: number;
  /** Items with a bit of either kind. */
  readonly marked: Int32Array;
  readonly hits: Int32Array;
  readonly left: Int32Array;
}

const rankings = new WeakMap<readonly RankedItem[], Ranked>();

function rankedOf(items: readonly RankedItem[]): Ranked {
  const known = rankings.get(items);
  if (known !== undefined) return known;
  const masks = items.findIndex(({ key }) => key !== TARGETS);
  const first = masks < 0 ? items.length : masks;
  const marked: number[] = [];
  for (let i = first; i < items.length; i++) {
    const [hit, left] = items[i]!.parts;
    if (hit !== 0 || left !== 0) marked.push(i);
  }
  const part = (p: number) => Int32Array.from(marked, (i) => items[i]!.parts[p]!);
  const targets = items.slice(0, first).map(({ parts: [count] }, i) => [i, count!] as const);
  const ranked = { targets, first, marked: Int32Array.from(marked), hits: part(0), left: part(1) };
  rankings.set(items, ranked);
  return ranked;
}

/** Distance of 1 to the next double, which keeps a division by 0 away (`np.spacing(1)`). */
const SPACING = Number.EPSILON;
const LEVELS = 101;

/** Undefined without targets. */
function averagePrecision(
  items: readonly RankedItem[],
  times: ArrayLike<number>,
  thresholds: readonly number[],
): number | undefined {
  const { targets, first, marked, hits, left } = rankedOf(items);
  const all = sum(targets.map(([i, count]) => times[i]! * count));
  if (all === 0) return undefined;
  /** Masks up to each marked one. */
  const upTo = new Float64Array(marked.length);
  for (let k = 0, i = first, total = 0; k < marked.length; k++) {
    for (; i <= marked[k]!; i++) total += times[i]!;
    upTo[k] = total;
  }
  return mean(
    thresholds.map((t) => {
      const [found, precise]: [number[], number[]] = [[], []];
      let [matched, out] = [0, 0];
      for (let k = 0; k < marked.length; k++) {
        const weight = times[marked[k]!]!;
        if (weight === 0) continue;
        if (((left[k]! >> t) & 1) === 1) out += weight;
        if (((hits[k]! >> t) & 1) === 0) continue;
        matched += weight;
        found.push(matched / all);
        precise.push(matched / (upTo[k]! - out + SPACING));
      }
      for (let k = precise.length - 2; k >= 0; k--) precise[k] = Math.max(precise[k]!, precise[k + 1]!);
      let [area, k] = [0, 0];
      for (let level = 0; level < LEVELS; level++) {
        // NumPy's linspace: 0.01 times a whole number, not a hundredth of it.
        while (k < found.length && found[k]! < level * 0.01) k++;
        if (k === found.length) break;
        area += precise[k]!;
      }
      return area / LEVELS;
    }),
  );
}

function precisionOf(
  range: SizeRange,
  cut: number,
  note: Note,
  thresholds: readonly number[] = every,
): RankedMeasure {
  return {
    ...{ ...share, of: note.title, at: "", group: precision, ...note },
    items: (row) => precisionItems(row, range, cut),
    value: (items, times) => averagePrecision(items, times, thresholds),
  };
}

const smaller = rangeNames.filter((range) => range !== "all");

/** Measures of every protocol that makes all masks of an image. */
export const maskSetMeasures: readonly AnyMeasure[] = [
  ...maskCuts.map((cut) => recallOf("all", cut)).sort((a, b) => a.show.localeCompare(b.show)),
  ...smaller.map((range) => recallOf(range, MOST)),
  recall(
    "all",
    MOST,
    {
      ...{
        id: `ar50@${MOST}`,
        name: "ar50",
        title: `recall at 50 % IoU, ${counted(MOST)} masks`,
        show: "more",
      },
      meaning: "Share of all targets that have a mask of their own with IoU >= 50 %.",
    },
    at(0.5),
  ),
  meanMeasure(
    {
      ...{ id: "masks", name: "masks", of: "masks", at: "", title: "masks an image", unit: "plain" },
      ...{ better: "higher", show: "more", meaning: "Masks an image, averaged over images." },
    },
    (row) => maskSetFacts(row).masks,
  ),
  precisionOf("all", COCO, {
    id: "ap",
    name: "ap",
    title: "AP",
    show: "main",
    meaning: `${precisionMeaning} Of each image the first ${COCO} masks count.`,
  }),
  ...[0.5, 0.75].map((quality) =>
    precisionOf(
      "all",
      COCO,
      {
        ...{
          id: `ap${100 * quality}`,
          name: `ap${100 * quality}`,
          title: `AP${100 * quality}`,
          show: "more",
        },
        meaning: `AP at the one IoU threshold ${100 * quality} %.`,
      },
      at(quality),
    ),
  ),
  ...smaller.map((range) =>
    precisionOf(range, COCO, {
      ...{ id: `ap-${range}`, name: `ap-${range}`, title: `AP, ${range}`, show: "more" },
      meaning: `AP of ${range} targets; masks of another size that find none do not count.`,
    }),
  ),
  precisionOf("all", LVIS, {
    ...{ id: `ap@${LVIS}`, name: "ap300", title: `AP, ${LVIS} masks`, show: "more" },
    meaning: `AP over the first ${LVIS} masks of each image, LVIS' number.`,
  }),
];
