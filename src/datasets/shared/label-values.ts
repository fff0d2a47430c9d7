// From one value per pixel to one mask per value.
import { complain } from "../../core/errors.ts";
import type { BitMask, LabelMap } from "../../core/types.ts";
import { createMask, isEmpty } from "../../masks/bit-mask.ts";

export interface ValueRules {
  /** Values that are not a target. Default: 0. */
  readonly background?: readonly number[];
  /** Values whose pixels count nowhere. */
  readonly ignore?: readonly number[];
  /** Values of many objects at once. */
  readonly crowd?: readonly number[];
  /** Classes that are left out. */
  readonly exclude?: readonly number[];
  /** From here on a value is its class times this number plus the instance. */
  readonly classFactor?: number;
}

/** One value of a map: its mask, or why it is not scored. */
export interface Labelled {
  readonly value: number;
  readonly class: number;
  readonly mask: BitMask;
  readonly dropped: "crowd" | "excluded" | undefined;
}

/** Masks of a picture together take this many words at most (256 MB): an image of noise is not a label map. */
const MOST_WORDS = 2 ** 26;

/** Masks by value, ascending; ignore values together are one mask. */
export function splitValues(
  { width, height, data }: LabelMap,
  rules: ValueRules,
  where: string,
): { readonly labelled: readonly Labelled[]; readonly ignore: BitMask | undefined } {
  const ignored = createMask(width, height);
  const values = valuesOf(data, where);
  const most = Math.max(1, Math.floor(MOST_WORDS / Math.max(1, ignored.words.length)));
  if (values.size > most) {
    const [expected, got] = [`at most ${most} in ${width}x${height} pixels`, String(values.size)];
    throw complain({ where, what: "a label map has too many values", expected, got });
  }
  for (const value of rules.background ?? [0]) values.delete(value);
  for (const value of rules.ignore ?? []) values.delete(value);
  const masks = new Map([...values].sort((a, b) => a - b).map((value) => [value, createMask(width, height)]));
  for (const value of rules.ignore ?? []) masks.set(value, ignored);
  let last = Number.NaN;
  let mask: BitMask | undefined;
  for (let y = 0, i = 0; y < height; y++) {
    const row = y * ignored.stride;
    for (let x = 0; x < width; x++, i++) {
      const value = data[i]!;
      if (value !== last) {
        mask = masks.get(value);
        last = value;
      }
      if (mask !== undefined) mask.words[row + (x >>> 5)]! |= 1 << (x & 31);
    }
  }
  const labelled: Labelled[] = [];
  for (const [value, one] of masks)
    if (one !== ignored) labelled.push({ mask: one, ...describe(value, rules) });
  return { labelled, ignore: isEmpty(ignored) ? undefined : ignored };
}

/** How many targets are scored: what a listing needs, without a mask. */
export function countValues({ data }: LabelMap, rules: ValueRules, where: string): number {
  const values = valuesOf(data, where);
  for (const value of [...(rules.background ?? [0]), ...(rules.ignore ?? [])]) values.delete(value);
  for (const value of values) if (describe(value, rules).dropped !== undefined) values.delete(value);
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

function valuesOf(data: LabelMap["data"], where: string): Set<number> {
  const values = new Set<number>();
  let last = Number.NaN;
  for (let i = 0; i < data.length; i++) {
    if (data[i] === last) continue;
    last = data[i]!;
    values.add(last);
  }
  for (const value of values) {
    if (!Number.isInteger(value))
      throw complain({ where, what: "a label is not a whole number", got: String(value) });
  }
  return values;
}
