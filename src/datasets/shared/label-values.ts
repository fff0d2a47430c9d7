// From one value per pixel to one mask per value.
import { complain } from "../../core/errors.ts";
import type { BitMask } from "../../core/types.ts";
import type { LabelMap } from "../../formats/label-map.ts";
import { createMask, isEmpty } from "../../masks/bit-mask.ts";

export interface ValueRules {
  /** Values that are no target. Default: 0. */
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

/** Masks of a picture together take this many words at most (512 MB): a picture of noise is no label map. */
const MOST_WORDS = 2 ** 27;

/** Masks by value, ascending; ignore values together are one mask. */
export function splitValues(
  { width, height, data }: LabelMap,
  rules: ValueRules,
  where: string,
): { readonly labelled: readonly Labelled[]; readonly ignore: BitMask | undefined } {
  const ignored = createMask(width, height);
  const most = Math.max(1, Math.floor(MOST_WORDS / Math.max(1, ignored.words.length)));
  const masks = new Map<number, BitMask | undefined>();
  for (const value of rules.background ?? [0]) masks.set(value, undefined);
  for (const value of rules.ignore ?? []) masks.set(value, ignored);
  const maskOf = (value: number) => {
    if (masks.has(value)) return masks.get(value);
    checkValue(value, where);
    const mask = createMask(width, height);
    masks.set(value, mask);
    if (masks.size <= most) return mask;
    throw complain({
      where,
      what: "a label map has too many values",
      expected: `at most ${most}`,
    });
  };
  let last = Number.NaN;
  let mask: BitMask | undefined;
  for (let y = 0, i = 0; y < height; y++) {
    const row = y * ignored.stride;
    for (let x = 0; x < width; x++, i++) {
      const value = data[i]!;
      if (value !== last) {
        mask = maskOf(value);
        last = value;
      }
      if (mask !== undefined) mask.words[row + (x >>> 5)]! |= 1 << (x & 31);
    }
  }
  const labelled: Labelled[] = [];
  for (const [value, one] of [...masks].sort(([a], [b]) => a - b)) {
    if (one !== undefined && one !== ignored) labelled.push({ mask: one, ...describe(value, rules) });
  }
  return { labelled, ignore: isEmpty(ignored) ? undefined : ignored };
}

/** How many targets are scored: what a listing needs, without a mask. */
export function countValues({ data }: LabelMap, rules: ValueRules, where: string): number {
  const values = new Set<number>();
  let last = Number.NaN;
  for (let i = 0; i < data.length; i++) {
    if (data[i] === last) continue;
    last = data[i]!;
    values.add(last);
  }
  for (const value of [...(rules.background ?? [0]), ...(rules.ignore ?? [])]) values.delete(value);
  for (const value of values) {
    checkValue(value, where);
    if (describe(value, rules).dropped !== undefined) values.delete(value);
  }
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

function checkValue(value: number, where: string): void {
  if (Number.isInteger(value)) return;
  throw complain({ where, what: "a label is not a whole number", got: String(value) });
}
