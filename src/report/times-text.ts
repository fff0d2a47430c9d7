// Where the time went, in words: for a run in progress, and for its report.
import type { ModelTimes } from "../core/timing.ts";
import { decimal, percent, plural } from "./kit/format.ts";

/** "12 images in 8.2 s: 1.5 images, 29 masks and 53 clicks per second; 12 embeddings kept from earlier, 0 encoded". */
export function timesSentence(times: ModelTimes): string {
  const { images, targets, prompts, clicks, seconds } = times;
  const rate = (n: number) => (seconds > 0 ? significant(n / seconds) : "-");
  const asked = clicks > 0 ? `${rate(clicks)} clicks` : `${rate(prompts)} prompts`;
  const rates = `${rate(images)} images, ${rate(targets)} masks and ${asked} per second`;
  return `${plural(images, "image")} in ${durationText(seconds)}: ${rates}${cacheText(times)}`;
}

function cacheText({ encoded, cached }: ModelTimes): string {
  return cached === 0
    ? ""
    : `; ${plural(cached, "embedding")} kept from earlier, ${plural(encoded, "image")} encoded`;
}

/** "encode 61 %, decode 20 %, score 9 %": where images spent their time, largest first, without waiting. */
export function sharesText({ phases: own }: ModelTimes): string {
  const busy = own.filter(({ phase }) => phase !== "idle");
  const all = busy.reduce((sum, { total }) => sum + total, 0);
  return busy
    .toSorted((a, b) => b.total - a.total)
    .map(({ phase, total }) => ({ phase, share: percent(total / all, 0) }))
    .filter(({ share }) => share !== "0")
    .map(({ phase, share }) => `${phase} ${share} %`)
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
