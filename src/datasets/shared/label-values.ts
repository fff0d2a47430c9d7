// Splits a label map into one mask per value, including maps whose values were stored as colours.
import { complain } from "../../core/errors.ts";
import type { LabelPngOptions } from "../../core/schema-types.ts";
import type { BitMask, LabelMap } from "../../core/types.ts";
import { createMask, isEmpty } from "../../masks/bit-mask.ts";

export type ValueRules = Pick<LabelPngOptions, "background" | "ignore" | "crowd" | "exclude" | "classFactor">;

/** One value of a map: its mask, or why it is not scored. */
export interface Labelled {
  readonly value: number;
  readonly class: number;
  readonly mask: BitMask;
  readonly dropped: "crowd" | "excluded" | undefined;
}

/** Masks of an image together take at most this many words (256 MB): an image of noise is not a label map. */
const MOST_WORDS = 2 ** 26;

/** Masks by value, ascending; the ignore values form one mask. */
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

/** Number of scored targets, counted without building masks. */
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

/** How colours of a label map encode values. */
export type Colours = NonNullable<LabelPngOptions["colours"]>;

/**
 * One value per pixel. RGB with three equal channels is grey. With "voc" a colour is an index of Pascal VOC's
 * palette, with "id" it is red + 256 green + 65536 blue. Alpha must be opaque everywhere.
 */
export function withoutColours(map: LabelMap, colours: Colours | undefined, where: string): LabelMap {
  const { width, height, channels, data } = map;
  if (channels === 1) return map;
  const pixels = width * height;
  const colourful = channels > 2 && !isGrey(map);
  if (!isOpaque(map) || (colourful && colours === undefined)) {
    const what = "a label map has colours instead of values";
    throw complain({ where, what, expected: "1 channel (grey or palette)", got: `${channels} channels` });
  }
  const values = new Int32Array(pixels);
  const indices = colours === "voc" && channels > 2 ? vocIndices : undefined;
  for (let i = 0, at = 0; i < pixels; i++, at += channels) {
    const colour = colourful || indices ? data[at]! + 256 * data[at + 1]! + 65536 * data[at + 2]! : data[at]!;
    const index = indices === undefined ? colour : indices.get(colour);
    if (index === undefined) {
      const what = "a colour of a label map is not in Pascal VOC's palette";
      throw complain({ where, what, got: [...data.subarray(at, at + 3)].join(", ") });
    }
    values[i] = index;
  }
  return { width, height, channels: 1, data: values };
}

function isGrey({ channels, data }: LabelMap): boolean {
  for (let at = 0; at < data.length; at += channels)
    if (data[at] !== data[at + 1] || data[at] !== data[at + 2]) return false;
  return true;
}

function isOpaque({ channels, data }: LabelMap): boolean {
  if (channels === 3) return true;
  const opaque = data instanceof Uint16Array ? 65535 : 255;
  for (let at = channels - 1; at < data.length; at += channels) if (data[at] !== opaque) return false;
  return true;
}

/**
 * An index's bits, three at a time, go to red, green and blue from the highest bit down (VOC devkit,
 * VOClabelcolormap.m).
 */
const vocIndices: ReadonlyMap<number, number> = new Map(
  Array.from({ length: 256 }, (_, index) => {
    let [red, green, blue] = [0, 0, 0];
    for (let rest = index, bit = 7; rest > 0; rest >>= 3, bit--) {
      red |= (rest & 1) << bit;
      green |= ((rest >> 1) & 1) << bit;
      blue |= ((rest >> 2) & 1) << bit;
    }
    return [red + 256 * green + 65536 * blue, index] as const;
  }),
);
