// Splits a label map into one mask per value.
import { complain } from "../../core/errors.ts";
import type { LabelPngOptions } from "../../core/schema-types.ts";
import type { BitMask, LabelMap } from "../../core/types.ts";
import { createMask, isEmpty, setRun } from "../../masks/bit-mask.ts";
import type { RunMask } from "../../masks/runs.ts";

export type ValueRules = Pick<LabelPngOptions, "background" | "ignore" | "crowd" | "exclude" | "classFactor">;

/** One value of a map: its mask, or why it is not scored. */
export interface Labelled {
  readonly value: number;
  readonly class: number;
  readonly mask: RunMask;
  readonly dropped: "crowd" | "excluded" | undefined;
}

/** A map of more values is noise or a photograph: so many targets fit no memory. */
const MOST_VALUES = 2 ** 20;

/** Masks by value, ascending; the ignore values form one mask. */
export function splitValues(
  map: LabelMap,
  rules: ValueRules,
  where: string,
): { readonly labelled: readonly Labelled[]; readonly ignore: BitMask | undefined } {
  const { width, height } = map;
  const runs = valuesOf(map, where);
  const ignored = createMask(width, height);
  const { background = [0], ignore = [] } = rules;
  for (const value of background) runs.delete(value);
  // Where the next run of each value goes in `edges`, which has those of a value together.
  const next = new Map<number, number>();
  let end = 0;
  for (const [value, count] of [...runs].sort(([a], [b]) => a - b)) {
    if (ignore.includes(value)) continue;
    next.set(value, end);
    end += 2 * count;
  }
  const edges = new Uint32Array(end);
  eachRun(map, (value, from, to) => {
    const at = next.get(value);
    if (at !== undefined) {
      edges[at] = from;
      edges[at + 1] = to;
      next.set(value, at + 2);
    } else if (ignore.includes(value)) {
      const y = Math.floor(from / width);
      setRun(ignored, y, from - y * width, to - y * width);
    }
  });
  const labelled = [...next].map(([value, to]): Labelled => {
    const mask = { width, height, edges: edges.subarray(to - 2 * runs.get(value)!, to) };
    return { mask, ...describe(value, rules) };
  });
  return { labelled, ignore: isEmpty(ignored) ? undefined : ignored };
}

/** Number of scored targets, counted without building masks. */
export function countValues(map: LabelMap, rules: ValueRules, where: string): number {
  const values = valuesOf(map, where);
  for (const value of [...(rules.background ?? [0]), ...(rules.ignore ?? [])]) values.delete(value);
  for (const value of values.keys()) if (describe(value, rules).dropped !== undefined) values.delete(value);
  return values.size;
}

function describe(
  value: number,
  { crowd = [], exclude = [], classFactor }: ValueRules,
): Omit<Labelled, "mask"> {
  const ofClass = classFactor === undefined || value < classFactor ? value : Math.floor(value / classFactor);
  if (exclude.includes(ofClass)) return { value, class: ofClass, dropped: "excluded" };
  return { value, class: ofClass, dropped: crowd.includes(value) ? "crowd" : undefined };
}

/** Values and the number of their runs. */
function valuesOf(map: LabelMap, where: string): Map<number, number> {
  const values = new Map<number, number>();
  eachRun(map, (value) => {
    const count = values.get(value) ?? 0;
    values.set(value, count + 1);
    if (count > 0) return;
    if (!Number.isInteger(value))
      throw complain(where, "a label is not a whole number", { got: String(value) });
    if (values.size <= MOST_VALUES) return;
    const what = "a label map has too many values";
    throw complain(where, what, { expected: `at most ${MOST_VALUES}`, got: "more" });
  });
  return values;
}

/** The values of bytes, ascending; four at a time, since neighbours are mostly alike. */
export function valuesOfBytes(data: Uint8Array): readonly number[] {
  const bytes = data.byteOffset % 4 === 0 ? data : data.slice();
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2);
  const present = new Uint8Array(256);
  const mark = (from: number, to: number) => {
    for (let i = from; i < to; i++) present[bytes[i]!] = 1;
  };
  for (let i = 0; i < words.length; i++) if (i === 0 || words[i] !== words[i - 1]) mark(4 * i, 4 * i + 4);
  mark(4 * words.length, bytes.length);
  return [...present.keys()].filter((value) => present[value] === 1);
}

/** Pixels of one value side by side in a row: from the first to the one after the last, as y * width + x. */
function eachRun(
  { width, height, data }: LabelMap,
  visit: (value: number, from: number, to: number) => void,
): void {
  for (let y = 0, i = 0; y < height; y++) {
    for (const end = (y + 1) * width; i < end; ) {
      const [from, value] = [i, data[i]!];
      do i++;
      while (i < end && data[i] === value);
      visit(value, from, i);
    }
  }
}
