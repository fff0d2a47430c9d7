// The verdict on a number that is held against a limit: passed, broken, or undecided with what would decide it.
import { bootstrapDefaults } from "../core/defaults.ts";
import { given } from "../core/given.ts";
import { sum } from "../core/numbers.ts";
import type { Estimate, GateCheck } from "../core/results.ts";
import { clustersText, count } from "../core/words.ts";
import { enoughOn } from "./estimate.ts";

export type GateVerdict = GateCheck["verdict"];

/** A verdict and what it rests on. */
export type Judged = Pick<GateCheck, "verdict" | "images" | "grouped" | "reason" | "needed">;

/** At least or at most this. */
export interface Border {
  readonly word: "least" | "most";
  readonly border: number;
}

/** What a limit is about, in the limit's unit: a number with its interval where it has one, and the images behind it. */
export interface Seen extends Partial<Pick<Estimate, "low" | "high">>, Pick<Judged, "grouped"> {
  readonly value: number;
  /** Clusters: images, or what the card's `cluster` names. */
  readonly images: number;
  /** The same of each benchmark, of a mean over several: an interval needs enough on each. */
  readonly onEach?: readonly number[] | undefined;
  /** At how many images the interval's end would lie on a limit; default: it moves with the square root of their number. */
  readonly imagesFor?: (border: number) => number;
}

/** Rounding never breaks a limit. */
const slack = 1e-9;

export function keeps(value: number, { word, border }: Border): boolean {
  return word === "least" ? value >= border - slack : value <= border + slack;
}

/** Of several: broken where one is, even beside undecided ones; undecided where one is; else passed. */
export function verdictOf(all: readonly GateVerdict[]): GateVerdict {
  return (["broken", "undecided"] as const).find((verdict) => all.includes(verdict)) ?? "passed";
}

/**
 * The number itself decides, from `minImages` images on. With fewer it is undecided, unless the whole interval lies beyond the
 * limit. `number`: what is held against the limit, the value or an end of its interval; undefined where there is no interval.
 */
export function judgeNumber(number: number | undefined, seen: Seen, limit: Border, minImages = 0): Judged {
  const { images } = seen;
  if (number === undefined) return withoutInterval(seen, minImages);
  if (images >= minImages) return decided(seen, keeps(number, limit) ? "passed" : "broken");
  if (isBeyond(seen, limit)) return decided(seen, "broken");
  const needed = neededImages(seen, limit, minImages);
  // A number that is the limit is as good as another from `minImages` images on.
  const enough = needed ?? { images: minImages, how: "same" };
  return undecided(seen, fewer(minImages), neededText(enough, seen, limit), enough.images);
}

/** The interval decides: broken where all of it lies beyond the limit, passed where none of it does, else undecided. */
export function judgeInterval(seen: Seen, limit: Border, minImages = 0): Judged {
  const { low, high, images } = seen;
  if (low === undefined || high === undefined) return withoutInterval(seen, minImages);
  if (isBeyond(seen, limit)) return decided(seen, "broken");
  const enough = images >= minImages;
  if (enough && keeps(low, limit) && keeps(high, limit)) return decided(seen, "passed");
  const why = enough ? "the interval reaches across the limit" : fewer(minImages);
  const needed = neededImages(seen, limit, minImages);
  return needed === undefined
    ? undecided(seen, why, "the number is the limit, which no number of images decides")
    : undecided(seen, why, neededText(needed, seen, limit), needed.images);
}

/**
 * How many decimals tell on which side of its limit a number lies: `digits`, or more where it would look like the limit.
 */
export function decimalsBeside(value: number, limit: Border, digits: number): number {
  const far = Math.abs(value - limit.border) > slack;
  const tells = (shown: number) => shown !== limit.border && keeps(shown, limit) === keeps(value, limit);
  let decimals = digits;
  while (far && decimals < 9 && !tells(Number(value.toFixed(decimals)))) decimals += 1;
  return decimals;
}

function isBeyond({ low, high }: Seen, limit: Border): boolean {
  return low !== undefined && high !== undefined && !keeps(low, limit) && !keeps(high, limit);
}

function fewer(minImages: number): string {
  return `fewer than minImages (${minImages})`;
}

function withoutInterval(seen: Seen, minImages: number): Judged {
  const { images, onEach = [] } = seen;
  const { intervalClusters, minClusters } = bootstrapDefaults;
  const least = Math.max(intervalClusters, minImages);
  const ample = onEach.length < 2 || enoughOn(onEach);
  if (!ample && (images >= least || onEach.some((n) => n < minClusters))) {
    const filled = (n: number) => onEach.map((own) => Math.max(own, n));
    let wanted = minClusters;
    while (wanted < intervalClusters && !enoughOn(filled(wanted))) wanted += 1;
    const few = onEach.filter((n) => n < wanted);
    const size = few.every((n) => n === 1)
      ? `only ${clustersText(1, seen)}`
      : `fewer than ${clustersText(wanted, seen)}`;
    const where = few.length === onEach.length ? "each" : few.length;
    const needed = Math.max(least, sum(filled(wanted)));
    return undecided(
      seen,
      `${size} on ${where} of its ${onEach.length} benchmarks, too few for an interval`,
      `at least ${wanted} on each, ${needed} in all, would decide it`,
      needed,
    );
  }
  const enough = `at least ${shownCount(least, seen)} would decide it`;
  if (images < minImages) return undecided(seen, fewer(minImages), enough, least);
  if (images < intervalClusters) return undecided(seen, "too few for an interval", enough, least);
  return undecided(seen, "no interval", "the measure has none here");
}

/** So many images, about as many by the spread seen, or so many with the same result where no spread is known. */
interface Needed {
  readonly images: number;
  readonly how: "exactly" | "about" | "same";
}

/**
 * How many images would decide it at the spread seen: an interval's half width shrinks with the square root of their number, and
 * at n (half width / distance)^2 its end lies on the limit. Two digits, rounded up; at least `minImages`. undefined where no number
 * would, since the limit is what was seen.
 */
function neededImages(
  { value, low = value, high = value, images, imagesFor }: Seen,
  { border }: Border,
  minImages: number,
): Needed | undefined {
  const distance = Math.abs(value - border);
  const half = value > border ? value - low : high - value;
  if (half > slack && distance <= slack) return undefined;
  const exact = imagesFor?.(border) ?? (half > slack ? images * (half / distance) ** 2 : images);
  const digit = 10 ** Math.max(0, Math.floor(Math.log10(exact)) - 1);
  const rounded = Math.ceil(exact / digit) * digit;
  if (rounded > minImages) return { images: rounded, how: "about" };
  return { images: minImages, how: half > slack ? "exactly" : "same" };
}

/** Which way it would be decided: as the number seen says. */
function neededText({ images, how }: Needed, seen: Seen, limit: Border): string {
  const would = `would ${keeps(seen.value, limit) ? "keep" : "break"} it`;
  const shown = shownCount(images, seen);
  if (how === "same") return `${shown} with the same result ${would}`;
  return `${how === "about" ? "about " : ""}${shown} ${would} at the spread seen`;
}

/** "31,000 images" */
function shownCount(images: number, seen: Seen): string {
  return clustersText(images, seen, count(images));
}

function decided({ images, grouped }: Seen, verdict: GateVerdict): Judged {
  return given({ verdict, images, grouped });
}

function undecided(seen: Seen, why: string, needed: string, images?: number): Judged {
  return given({ ...decided(seen, "undecided"), reason: `${why}; ${needed}`, needed: images });
}
