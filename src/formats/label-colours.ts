// Values of label maps that are stored as colours.
import { complain } from "../core/errors.ts";
import type { LabelPngOptions } from "../core/schema-types.ts";
import type { LabelMap } from "../core/types.ts";

/** How colours of a label map encode values; "drawn": as trackers draw numbers, which is in one of the usual palettes. */
export type Colours = NonNullable<LabelPngOptions["colours"]> | "drawn";

/**
 * One value per pixel. With "voc" a colour is an index of Pascal VOC's palette, with "id" it is red + 256 green +
 * 65536 blue, whatever the other pixels are; otherwise RGB with three equal channels is grey. With "drawn" colours are indices of the usual
 * palettes, and so is the grey 128 where there is no other: 7. Alpha must be opaque everywhere.
 */
export function withoutColours(map: LabelMap, colours: Colours | undefined, where: string): LabelMap {
  const { width, height, channels, data } = map;
  if (channels === 1) return map;
  const coloured = channels > 2;
  if (channels > 4 || !isOpaque(map) || (coloured && colours === undefined && !isGrey(map))) {
    const what = "a label map has colours instead of values";
    throw complain(where, what, { expected: "1 channel (grey or palette)", got: `${channels} channels` });
  }
  const decoded = colours === "drawn" && isGrey(map) && !isSeven(map) ? undefined : colours;
  // Values of 32 bits fit no Int32Array.
  const values = new Float64Array(width * height);
  for (let i = 0, at = 0; i < values.length; i++, at += channels)
    values[i] = coloured && decoded !== undefined ? colourValue(data, at, decoded, where) : data[at]!;
  return { width, height, channels: 1, data: values };
}

function colourValue(data: LabelMap["data"], at: number, colours: Colours, where: string): number {
  const [red, green, blue] = [data[at]!, data[at + 1]!, data[at + 2]!];
  if ((red & 255) !== red || (green & 255) !== green || (blue & 255) !== blue) {
    const what = "a colour of a label map has more than 8 bits a channel";
    throw complain(where, what, { expected: "values from 0 to 255", got: `${red}, ${green}, ${blue}` });
  }
  const colour = codeOf(red, green, blue);
  if (colours === "id") return colour;
  const value = (colours === "voc" ? vocIndices : drawnIndices).get(colour);
  if (value !== undefined) return value;
  const whose = colours === "voc" ? "not in Pascal VOC's palette" : "in none of the usual palettes";
  throw complain(where, `a colour of a label map is ${whose}`, {
    ...(colours === "drawn" && { expected: "one of DAVIS, Pascal VOC or YouTube-VOS" }),
    got: `${red}, ${green}, ${blue}`,
  });
}

function isGrey({ channels, data }: LabelMap): boolean {
  for (let at = 0; at < data.length; at += channels)
    if (data[at] !== data[at + 1] || data[at] !== data[at + 2]) return false;
  return true;
}

/** Whether the one value of a grey map is 128, the only grey among the first 22 colours of Pascal VOC and DAVIS. */
function isSeven({ channels, data }: LabelMap): boolean {
  for (let at = 0; at < data.length; at += channels) if (data[at] !== 0 && data[at] !== 128) return false;
  return true;
}

function isOpaque({ channels, data }: LabelMap): boolean {
  if (channels === 3) return true;
  const opaque = data instanceof Uint16Array ? 65535 : 255;
  for (let at = channels - 1; at < data.length; at += channels) if (data[at] !== opaque) return false;
  return true;
}

function codeOf(red: number, green: number, blue: number): number {
  return red + 256 * green + 65536 * blue;
}

/**
 * An index's bits, three at a time, go to red, green and blue from the highest bit down (VOC devkit,
 * VOClabelcolormap.m).
 */
function vocColour(index: number): readonly [number, number, number] {
  let [red, green, blue] = [0, 0, 0];
  for (let rest = index, bit = 7; rest > 0; rest >>= 3, bit--) {
    red |= (rest & 1) << bit;
    green |= ((rest >> 1) & 1) << bit;
    blue |= ((rest >> 2) & 1) << bit;
  }
  return [red, green, blue];
}

const indices = Array.from({ length: 256 }, (_, index) => index);
const vocIndices: ReadonlyMap<number, number> = new Map(
  indices.map((index) => [codeOf(...vocColour(index)), index]),
);

/** The first colours of YouTube-VOS's annotations, from 1 on. Its ninth, white, is left out: in other maps that is a mask. */
const youTubeVos = [
  ...[0xec5f67, 0xf99157, 0xfac863, 0x99c794, 0x62b3b2, 0x6699cc, 0xc594c5, 0xab7967],
  ...[undefined, 0x65737e],
];

/** Pascal VOC's; DAVIS's, which has 191 for 192 (the first 22 colours of both are otherwise the same); YouTube-VOS's. */
const drawnIndices: ReadonlyMap<number, number> = new Map([
  ...vocIndices,
  ...indices.map((index) => {
    const [red, green, blue] = vocColour(index).map((value) => (value === 192 ? 191 : value));
    return [codeOf(red!, green!, blue!), index] as const;
  }),
  ...youTubeVos.flatMap((rgb, i) =>
    rgb === undefined ? [] : [[codeOf(rgb >> 16, (rgb >> 8) & 255, rgb & 255), i + 1] as const],
  ),
]);
