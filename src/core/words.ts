// Words that messages, names and pages share.
import type { SampleNoun } from "./plan.ts";

/** "A", "A and B", "A, B and C"; with another word before the last one. */
export function inWords(parts: readonly (string | number)[], last: "and" | "or" = "and"): string {
  return parts.length < 2 ? parts.join("") : `${parts.slice(0, -1).join(", ")} ${last} ${parts.at(-1)}`;
}

/** A count with thousands separators: 1234567 -> "1,234,567". That of a locale would take ten milliseconds once. */
export function count(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+(?!\d))/g, ",");
}

/** "1 image", "2 images"; `shown`: the number as it is written. */
export function plural(n: number, noun: string, shown = String(n)): string {
  return `${shown} ${noun}${n === 1 ? "" : "s"}`;
}

/** What samples and their targets are called. */
export interface Nouns {
  /** Main numbers are means over targets. */
  readonly means: boolean;
  readonly sample: SampleNoun;
  readonly target: "mask" | "object" | "image" | "phrase";
  /** What has a row, and may fail. */
  readonly row: "target" | "image" | "phrase";
}

/** By the protocols of a run, which are all of one kind. `whole`: their rows are whole images; `phrases`: phrases asked of images. */
export function nounsOf(
  protocols: readonly { readonly samples?: "clips"; readonly whole?: true; readonly phrases?: true }[],
): Nouns {
  if (protocols.some(({ whole }) => whole))
    return { means: false, sample: "image", target: "image", row: "image" };
  if (protocols.some(({ phrases }) => phrases))
    return { means: false, sample: "image", target: "phrase", row: "phrase" };
  return protocols.some(({ samples }) => samples === "clips")
    ? { means: true, sample: "clip", target: "object", row: "target" }
    : { means: true, sample: "image", target: "mask", row: "target" };
}

/** "82.9 MB"; decimal units, as servers and disks state them. */
export function bytesText(bytes: number): string {
  const units = ["bytes", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? value : value.toFixed(value < 10 ? 1 : 0)} ${units[unit]}`;
}

/** What clusters are where they are not images: clips, or (true) anything else that belongs together. */
export type Grouped = true | "clips" | undefined;

/** "3 images"; "3 clips"; "3 clusters" where clusters are videos of several images or the like. */
export function clustersText(n: number, { grouped }: { readonly grouped?: Grouped }, shown?: string): string {
  return plural(n, grouped === undefined ? "image" : grouped === true ? "cluster" : "clip", shown);
}

/** Lower case, without accents, and "-" for anything that names of cards and folders do not have. */
export function safeName(text: string): string {
  return text
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, "-")
    .replace(/^[^a-z0-9]+|[^a-z0-9]+$/g, "");
}

/** The same text with a capital at its start, unless its first word has one already: cgF1. */
export function sentence(text: string): string {
  if (/^[a-z]+[A-Z]/.test(text)) return text;
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

/** `a%2Fb` -> `a/b`; a text that is not percent-encoded is what it is. */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
