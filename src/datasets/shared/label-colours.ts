// Label maps that some tool has stored as colours.
import { complain } from "../../core/errors.ts";
import type { LabelMap } from "../../core/types.ts";

/** What the colours of a label map mean, where it has any. */
export type Colours = "voc" | "id";

/**
 * One value a pixel. Grey stored three times is grey. With "voc" a colour is an index of Pascal VOC's palette, with "id"
 * it is red + 256 green + 65536 blue. Alpha must be opaque everywhere, or it is not a map of labels.
 */
export function withoutColours(map: LabelMap, colours: Colours | undefined, where: string): LabelMap {
  const { width, height, channels, data } = map;
  if (channels === 1) return map;
  const pixels = width * height;
  const colourful = channels > 2 && !isGrey(map);
  if (!isOpaque(map) || (colourful && colours === undefined)) {
    throw complain({
      where,
      what: "a label map has colours instead of values",
      expected: "1 channel (grey or palette)",
      got: `${channels} channels`,
    });
  }
  const values = new Int32Array(pixels);
  const indices = colours === "voc" && channels > 2 ? vocIndices : undefined;
  for (let i = 0, at = 0; i < pixels; i++, at += channels) {
    const colour = colourful || indices ? data[at]! + 256 * data[at + 1]! + 65536 * data[at + 2]! : data[at]!;
    const index = indices === undefined ? colour : indices.get(colour);
    if (index === undefined) {
      throw complain({
        where,
        what: "a colour of a label map is not in Pascal VOC's palette",
        got: [...data.subarray(at, at + 3)].join(", "),
      });
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

/** The bits of an index, three at a time, are spread over red, green and blue from the highest down (VOC devkit, VOClabelcolormap.m). */
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
