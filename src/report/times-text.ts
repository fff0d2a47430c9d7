// Where the time went, in words: for a run in progress, and for its report.
import { timeDefaults } from "../core/defaults.ts";
import { type ModelTimes, type Sitting, type StageComparison, timedParts } from "../core/timing.ts";
import { inWords, nounsOf } from "../core/words.ts";
import { decimal, percent, plural } from "./kit/format.ts";

/**
 * "12 images in 8.2 s: 1.5 images, 29 masks and 53 clicks per second; 12 embeddings kept from earlier, 0 encoded"; "2 clips, 180 frames
 * in 12 s: 15 frames per second", where each of several protocols counts its frames.
 */
export function timesSentence(times: ModelTimes, protocols: Parameters<typeof nounsOf>[0]): string {
  const { images, targets, prompts, clicks, seconds, frames } = times;
  const rate = (n: number) => (seconds > 0 ? significant(n / seconds) : "-");
  const rated = (n: number, noun: string) => `${rate(n)} ${noun}${rate(n) === "1" ? "" : "s"}`;
  const both = protocols.length > 1 ? " (counting each protocol's)" : "";
  if (frames !== undefined)
    return `${plural(images, "clip")}, ${plural(frames, "frame")}${both} in ${durationText(seconds)}: ${rated(frames, "frame")} per second`;
  const { row } = nounsOf(protocols);
  const asked = clicks > 0 ? rated(clicks, "click") : rated(prompts, row === "phrase" ? row : "prompt");
  // Of whole images targets are not what takes time, and a phrase is asked once; masks made elsewhere were not asked for here.
  const each = row === "target" ? [rated(targets, "mask")] : [];
  const all = [rated(images, "image"), ...each, ...(clicks + prompts > 0 ? [asked] : [])];
  const rates = `${inWords(all)} per second`;
  return `${plural(images, "image")} in ${durationText(seconds)}: ${rates}${cacheText(times)}`;
}

function cacheText({ encoded, cached }: ModelTimes): string {
  return cached === 0
    ? ""
    : `; ${plural(cached, "embedding")} kept from earlier, ${plural(encoded, "image")} encoded`;
}

/** What the time of an image, or of a frame, is divided into: shares of 0 to 1, the same wherever they are shown. */
export function sharesOf(times: ModelTimes): Map<string, number> {
  const parts = timedParts(times);
  const all = parts.reduce((sum, { total }) => sum + total, 0);
  return new Map(parts.map(({ name, total }) => [name, all === 0 ? 0 : total / all]));
}

/** "61.3 %". */
export function shareText(share: number): string {
  return `${percent(share)} %`;
}

/** "encode 61.3 %, decode 20.1 %, score 9.0 %": where images spent their time, largest first; `most` of them. */
export function sharesText(times: ModelTimes, most = Number.POSITIVE_INFINITY): string {
  return [...sharesOf(times)]
    .toSorted(([, a], [, b]) => b - a)
    .map(([phase, share]) => `${phase} ${shareText(share)}`)
    .filter((text) => !text.endsWith(" 0.0 %"))
    .slice(0, most)
    .join(", ");
}

export function milliseconds(value: number): string {
  return decimal(value, value < 10 ? 2 : value < 100 ? 1 : 0);
}

/** "8.2 s", "42 s", "7.5 min", "3.4 h". */
export function durationText(seconds: number): string {
  if (seconds < 90) return `${decimal(seconds, seconds < 10 ? 1 : 0)} s`;
  return seconds < 5400 ? `${decimal(seconds / 60, 1)} min` : `${decimal(seconds / 3600, 1)} h`;
}

/** Two digits, or all of a whole number: 0.034, 1.5, 29, 1234. */
function significant(value: number): string {
  if (value >= 9.95) return decimal(value, 0);
  return value === 0 ? "0" : String(Number(value.toPrecision(2)));
}

/** "AMD EPYC 7B13, 2 cores, 15 GiB, linux-x64; cpu, onnxruntime-node 1.22.0, 1 thread, 2 workers". */
export function sittingText(sitting: Sitting): string {
  const { processor, cores, memoryGiB, os, gpu, provider, runtime, threads, workers } = sitting;
  const machine = [
    processor,
    plural(cores, "core"),
    `${memoryGiB} GiB`,
    os,
    ...(gpu === undefined ? [] : [gpu]),
  ];
  const how = [provider, runtime, plural(threads, "thread"), plural(workers, "worker")];
  return `${machine.join(", ")}; ${how.join(", ")}`;
}

/** A ratio of times: "0.55", "1.04", "12". */
export function ratioText(ratio: number): string {
  return decimal(ratio, ratio < 10 ? 2 : ratio < 100 ? 1 : 0);
}

/** "3 images": what a time or a ratio of times carries that has no interval for want of images; else "". */
export function timeBadge(images: number, noun = "image"): string {
  return images < timeDefaults.minImages ? plural(images, noun) : "";
}

/** Said where such badges stand; "" where none does. */
export function timeBadgeNote(images: Iterable<number>, noun = "image"): string {
  for (const n of images)
    if (n < timeDefaults.minImages)
      return `Times of fewer than ${timeDefaults.minImages} ${noun}s have their number beside them: they say little`;
  return "";
}

/** What a ratio beside medians is: the two may differ. */
export const ratioNote = (noun = "image"): string =>
  `× is the candidate's time divided by the other's, ${noun} by ${noun}, at the median of all ${noun}s; the milliseconds are medians of each side alone, whose quotient may differ`;

/** "0.55 [0.54, 0.56]". */
export function ratioWithInterval({ value, low, high }: StageComparison["ratio"]): string {
  const interval = low === undefined || high === undefined ? "" : ` [${ratioText(low)}, ${ratioText(high)}]`;
  return `${ratioText(value)}${interval}`;
}

/**
 * "1.8 times the speed [1.7, 1.9]", "1.3 times the time [1.2, 1.4]", or that there is no clear difference: also where the ratio image by image
 * says one thing and that of the medians another. `medians`: the latter, where it lies outside the interval, or differs and there is none.
 */
export function speedText(
  { ratio, images, base, candidate }: StageComparison,
  noun: string,
): { readonly change: string; readonly clear: boolean; readonly medians?: number | undefined } {
  const { value, low, high } = ratio;
  const digits = (x: number) => decimal(x, x < 1.2 ? 2 : x < 10 ? 1 : 0);
  const quotient = candidate.p50 / base.p50;
  if (low === undefined || high === undefined) {
    const few = `${plural(images, noun)}, too few for an interval`;
    return {
      ...{ clear: false, change: `no clear difference in time: × ${ratioText(value)} (${few})` },
      medians: ratioText(quotient) === ratioText(value) ? undefined : quotient,
    };
  }
  const medians = quotient < low || quotient > high ? quotient : undefined;
  if ((low > 1 && quotient <= 1) || (high < 1 && quotient >= 1))
    return {
      ...{ clear: false, medians },
      change: `no clear difference in time: × ${ratioWithInterval(ratio)} ${noun} by ${noun}`,
    };
  const change =
    low <= 1 && high >= 1
      ? `no clear difference in time: ${ratioText(value)} times the base's [${ratioText(low)}, ${ratioText(high)}]`
      : value < 1
        ? `${digits(1 / value)} times the speed [${digits(1 / high)}, ${digits(1 / low)}]`
        : `${digits(value)} times the time [${digits(low)}, ${digits(high)}]`;
  return { clear: true, change, medians };
}
