// The verdict on a number that is held against a limit: passed, broken, or undecided with what would decide it.
import { bootstrapDefaults } from "../core/defaults.ts";
import { given } from "../core/given.ts";
import type { Estimate, GateCheck } from "../core/results.ts";
import { clustersText } from "../core/words.ts";

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
  /** The number is of several benchmarks, and an interval needs enough images on each. */
  readonly several?: boolean;
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
  const enough = typeof needed === "string" ? { images: minImages, how: "" as const } : needed;
  return undecided(seen, fewer(minImages), enough);
}

/** The interval decides: broken where all of it lies beyond the limit, passed where none of it does, else undecided. */
export function judgeInterval(seen: Seen, limit: Border, minImages = 0): Judged {
  const { low, high, images } = seen;
  if (low === undefined || high === undefined) return withoutInterval(seen, minImages);
  if (isBeyond(seen, limit)) return decided(seen, "broken");
  const enough = images >= minImages;
  if (enough && keeps(low, limit) && keeps(high, limit)) return decided(seen, "passed");
  const why = enough ? "the interval reaches across the limit" : fewer(minImages);
  return undecided(seen, why, neededImages(seen, limit, minImages));
}

function isBeyond({ low, high }: Seen, limit: Border): boolean {
  return low !== undefined && high !== undefined && !keeps(low, limit) && !keeps(high, limit);
}

function fewer(minImages: number): string {
  return `fewer than minImages (${minImages})`;
}

function withoutInterval(seen: Seen, minImages: number): Judged {
  const { images, several = false } = seen;
  const { intervalClusters } = bootstrapDefaults;
  const least = Math.max(intervalClusters, minImages);
  const needed = { images: least, how: "at least" } as const;
  if (images < minImages) return undecided(seen, fewer(minImages), needed);
  if (images < intervalClusters) return undecided(seen, "too few for an interval", needed);
  return several
    ? undecided(
        seen,
        "too few on one of the benchmarks for an interval",
        `at least ${intervalClusters} on each would decide it`,
      )
    : undecided(seen, "no interval", "the measure has none here");
}

/** How many images would decide it: so many, about as many at the spread seen, or with fewer there would be no interval either. */
interface Needed {
  readonly images: number;
  readonly how: "" | "about" | "at least";
}

/**
 * How many images would decide it at the spread seen: an interval's half width shrinks with the square root of their number, and
 * at n (half width / distance)^2 its end lies on the limit. Two digits, rounded up; at least `minImages`. Text where no number would.
 */
function neededImages(
  { value, low = value, high = value, images, imagesFor }: Seen,
  { border }: Border,
  minImages: number,
): Needed | string {
  const distance = Math.abs(value - border);
  const half = value > border ? value - low : high - value;
  if (half > slack && distance <= slack) return "the number is the limit, which no number of images decides";
  const exact = imagesFor?.(border) ?? (half > slack ? images * (half / distance) ** 2 : images);
  const digit = 10 ** Math.max(0, Math.floor(Math.log10(exact)) - 1);
  const rounded = Math.ceil(exact / digit) * digit;
  return rounded > minImages ? { images: rounded, how: "about" } : { images: minImages, how: "" };
}

function decided({ images, grouped }: Seen, verdict: GateVerdict): Judged {
  return given({ verdict, images, grouped });
}

function undecided(seen: Seen, why: string, needed: Needed | string): Judged {
  const reason = `${why}; ${typeof needed === "string" ? needed : neededText(needed, seen)}`;
  const number = typeof needed === "string" ? undefined : needed.images;
  return given({ ...decided(seen, "undecided"), reason, needed: number });
}

function neededText({ images, how }: Needed, seen: Seen): string {
  const shown = clustersText(images, seen, String(images).replace(/\B(?=(\d{3})+$)/g, ","));
  return `${how === "" ? "" : `${how} `}${shown} would decide it${how === "about" ? " at the spread seen" : ""}`;
}
