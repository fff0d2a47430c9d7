// What all masks of an image measure: average recall and average precision without categories, as COCO counts them (cocodataset/cocoapi,
// PythonAPI/pycocotools/cocoeval.py, `accumulate`), at COCO's and at LVIS' numbers of masks.
import {
  iouThresholds,
  type MatchFacts,
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
  meanMeasure,
  meanValue,
  type Named,
  type RankedItem,
  type RankedMeasure,
  shareNote,
} from "../../core/measure.ts";
import { mean, sum } from "../../core/numbers.ts";
import type { ScoredRow } from "../../core/rows.ts";
import { count } from "../../core/words.ts";

/** Masks of an image that count: recall of proposals, COCO's for detections, and LVIS' (`max_dets`). */
const [MOST, COCO, LVIS] = [1000, 100, 300];
/** Cuts that every table shows. */
const shown: readonly number[] = [10, 100, MOST];

const sizes = "By size: below 32 x 32 pixels, up to 96 x 96, and above";
const precision = "Average precision: does a mask's score say whether it is an object?";

const every = iouThresholds.map((_, t) => t);
const at = (quality: number) => [every[iouThresholds.indexOf(quality as 0.5)]!];

const recallMeaning =
  "AR, average recall: share of all targets that have a mask of their own among the first of their image, averaged over the IoU thresholds 50, 55, ... 95 %. Masks take turns, best first, and each takes the target that it fits best; categories do not count.";
const precisionMeaning =
  "AP, average precision: masks of all images in the order of their scores; the mean over 101 levels of recall of the highest precision from there on, averaged over IoU thresholds, without categories. Unlabelled objects count against it.";

/** AR of targets of a size at a number of masks an image. */
export function recallOf(range: SizeRange, cut: number): Measure {
  const [size, title] = range === "all" ? ["", ""] : [`-${range}`, `, ${range}`];
  const name = `ar${size}`;
  const more = {
    ...{ name, of: `AR${title}`, at: `${count(cut)} mask${cut === 1 ? "" : "s"}` },
    show: shown.includes(cut) ? "main" : "more",
    ...(cut === MOST && range === "all" ? { leads: true as const } : {}),
    ...(range === "all" ? { axis: { name: "masks", value: cut } } : { group: sizes }),
  } as const;
  return recall(range, cut, [`${name}@${cut}`, `AR@${cut}${title}`, more], recallMeaning);
}

/** The share of matched targets: a mean over targets of the thresholds at which each is matched, of which a row adds as many as it has. */
function recall(
  range: SizeRange,
  cut: number,
  named: Named,
  meaning: string,
  thresholds: readonly number[] = every,
): Measure {
  const r = rangeNames.indexOf(range);
  return {
    ...shareNote(named, meaning),
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

/** Distance of 1 to the next double, which keeps a division by 0 away (`np.spacing(1)`). */
const SPACING = Number.EPSILON;
const LEVELS = 101;

/** The fewest matched targets that reach each level of recall. */
function neededOf(all: number): Float64Array {
  return Float64Array.from({ length: LEVELS }, (_, i) => {
    // NumPy's linspace: 0.01 times a whole number, not a hundredth of it.
    const level = i * 0.01;
    let matched = Math.floor(level * all);
    while (matched / all < level) matched++;
    while (matched > 0 && (matched - 1) / all >= level) matched--;
    return matched;
  });
}

/** Masks of a ranking, as its draws read them. */
interface Marked {
  /** Items before all masks. */
  readonly first: number;
  readonly owners: Int32Array;
  /** Items with a bit of either kind, ascending. */
  readonly places: Int32Array;
  /** Of each, how often it counts in a draw, and how many masks come up to it. */
  readonly weights: Int32Array;
  readonly upTo: Int32Array;
}

/** Marked masks that are matched at a threshold, and those that do not count at it, as places among the marked. */
type Bits = readonly [hits: Int32Array, left: Int32Array];

/**
 * AP where the items of cluster `owners[i]` count `times[owners[i]]` times; undefined without targets. Cost of a value: a pass over the
 * owners, and for each threshold one over its matched masks.
 */
function averagePrecision(
  items: readonly RankedItem[],
  owners: Int32Array,
  thresholds: readonly number[],
): (times: ArrayLike<number>) => number | undefined {
  const masks = items.findIndex(({ key }) => key !== TARGETS);
  const first = masks < 0 ? items.length : masks;
  const targets = Float64Array.from(items.slice(0, first), ({ parts: [count] }) => count!);
  const places: number[] = [];
  const lists = thresholds.map((): [number[], number[]] => [[], []]);
  for (let i = first; i < items.length; i++) {
    const { parts } = items[i]!;
    if (parts[0] === 0 && parts[1] === 0) continue;
    for (let n = 0; n < thresholds.length; n++)
      for (let part = 0; part < 2; part++)
        if (((parts[part]! >> thresholds[n]!) & 1) === 1) lists[n]![part]!.push(places.length);
    places.push(i);
  }
  const room = () => new Int32Array(places.length);
  const marked = { first, owners, places: Int32Array.from(places), weights: room(), upTo: room() };
  const bits = lists.map(([hits, left]): Bits => [Int32Array.from(hits), Int32Array.from(left)]);
  const drawn = new Int32Array(owners.reduce((most, owner) => Math.max(most, owner), -1) + 1);
  /** The highest precision of masks at which so many levels, and no more, are reached. */
  const best = new Float64Array(LEVELS + 1);
  return (times) => {
    for (let c = 0; c < drawn.length; c++) drawn[c] = times[c]!;
    const all = targets.reduce((total, count, i) => total + count * drawn[owners[i]!]!, 0);
    if (all === 0) return undefined;
    countUp(marked, drawn);
    const needed = neededOf(all);
    return mean(
      bits.map((own) => {
        fillBest(best, needed, own, marked);
        for (let i = LEVELS - 1; i > 0; i--) best[i] = Math.max(best[i]!, best[i + 1]!);
        let area = 0;
        for (let i = 1; i <= LEVELS; i++) area += best[i]!;
        return area / LEVELS;
      }),
    );
  };
}

function countUp({ first, owners, places, weights, upTo }: Marked, drawn: Int32Array): void {
  let [i, total] = [first, 0];
  for (let k = 0; k < places.length; k++) {
    const place = places[k]!;
    for (; i < place; i++) total = (total + drawn[owners[i]!]!) | 0;
    const weight = drawn[owners[i++]!]!;
    total = (total + weight) | 0;
    weights[k] = weight;
    upTo[k] = total;
  }
}

function fillBest(
  best: Float64Array,
  needed: Float64Array,
  [hits, left]: Bits,
  { weights, upTo }: Marked,
): void {
  best.fill(0);
  const after = needed.length;
  let [matched, out, level, next, highest] = [0, 0, 0, 0, 0];
  let need = needed[0]!;
  for (let h = 0; h < hits.length; h++) {
    const k = hits[h]!;
    for (; next < left.length && left[next]! < k; next++) out += weights[left[next]!]!;
    matched += weights[k]!;
    for (; matched >= need; need = level < after ? needed[level]! : Number.POSITIVE_INFINITY) {
      best[level++] = highest;
      highest = 0;
    }
    const precise = matched / (upTo[k]! - out + SPACING);
    if (precise > highest) highest = precise;
  }
  best[level] = highest;
}

function precisionOf(
  range: SizeRange,
  cut: number,
  [id, title, more]: Named,
  meaning: string,
  thresholds: readonly number[] = every,
): RankedMeasure {
  return {
    ...shareNote([id, title, { group: precision, ...more }], meaning),
    items: (row) => precisionItems(row, range, cut),
    value: (items, times) => averagePrecision(items, Int32Array.from(items.keys()), thresholds)(times),
    prepared: (items, owners) => averagePrecision(items, owners, thresholds),
  };
}

const smaller = rangeNames.filter((range) => range !== "all");

/** A count of every image. */
function perImage(name: string, meaning: string, of: (facts: MatchFacts) => number): Measure {
  const note = shareNote([name, `${name} an image`, { of: name, unit: "plain", better: "none" }], meaning);
  return meanMeasure(note, (row) => of(maskSetFacts(row)));
}

/** Measures of every protocol that makes all masks of an image. */
export const maskSetMeasures: readonly AnyMeasure[] = [
  ...maskCuts
    .map((cut) => recallOf("all", cut))
    .sort((a, b) => Number(b.show === "main") - Number(a.show === "main")),
  ...smaller.map((range) => recallOf(range, MOST)),
  recall(
    "all",
    MOST,
    [`ar50@${MOST}`, `recall at 50 % IoU, ${count(MOST)} masks`, { name: "ar50" }],
    "Share of all targets that have a mask of their own with IoU >= 50 %.",
    at(0.5),
  ),
  perImage("masks", "Masks an image, averaged over images.", ({ masks }) => masks),
  perImage(
    "targets",
    "Targets an image, averaged over images: times their number, what recalls are shares of.",
    ({ targets }) => targets[0]!,
  ),
  precisionOf(
    "all",
    COCO,
    ["ap", "AP", { show: "main" }],
    `${precisionMeaning} Of each image the first ${COCO} masks count.`,
  ),
  ...[50, 75].map((percent) =>
    precisionOf(
      "all",
      COCO,
      [`ap${percent}`, `AP${percent}`],
      `AP at the one IoU threshold ${percent} %.`,
      at(percent / 100),
    ),
  ),
  ...smaller.map((range) =>
    precisionOf(
      range,
      COCO,
      [`ap-${range}`, `AP, ${range}`],
      `AP of ${range} targets; masks of another size that find none do not count.`,
    ),
  ),
  precisionOf(
    "all",
    LVIS,
    [`ap@${LVIS}`, `AP, ${LVIS} masks`, { name: "ap300" }],
    `AP over the first ${LVIS} masks of each image, LVIS' number.`,
  ),
];
