// Marks on pictures, drawn as strokes: clicks with their numbers, and tags with numbers.
import type { Point } from "../core/types.ts";

/** Strokes of a digit in a box 6 wide and 10 high. */
const digits: readonly string[] = [
  "M3 0C.6 0 .2 2.4 .2 5S.6 10 3 10 5.8 7.6 5.8 5 5.4 0 3 0Z",
  "M1 2.2L3.6 0V10",
  "M.4 2.6C.6 .8 1.7 0 3.1 0 4.7 0 5.7 1 5.7 2.6 5.7 5 .8 7.2 .3 10H5.8",
  "M.5 1.6C1 .5 1.9 0 3 0 4.6 0 5.6 .9 5.6 2.4 5.6 4 4.4 4.8 2.4 4.8 4.6 4.8 5.8 5.7 5.8 7.3 5.8 9 4.6 10 3 10 1.7 10 .7 9.4 .2 8.2",
  "M4.4 10V0L.1 7.2H6",
  "M5.4 0H1L.6 4.6C1.2 4 2.1 3.6 3 3.6 4.7 3.6 5.8 4.8 5.8 6.7 5.8 8.7 4.6 10 2.9 10 1.7 10 .7 9.4 .2 8.3",
  "M5.3 1.2C4.8 .4 4 0 3.1 0 1.2 0 .2 2 .2 5.4 .2 8.5 1.2 10 3 10 4.7 10 5.8 8.7 5.8 6.9 5.8 5.1 4.7 3.9 3.1 3.9 1.6 3.9 .4 4.9 .2 6.4",
  "M.2 0H5.8C3.8 2.8 2.6 6 2.2 10",
  "M3 4.7C1.4 4.7 .6 3.7 .6 2.4 .6 .9 1.6 0 3 0S5.4 .9 5.4 2.4C5.4 3.7 4.6 4.7 3 4.7ZM3 4.7C1.2 4.7 .2 5.8 .2 7.3 .2 9 1.4 10 3 10S5.8 9 5.8 7.3C5.8 5.8 4.8 4.7 3 4.7Z",
  "M.7 8.8C1.2 9.6 2 10 2.9 10 4.8 10 5.8 8 5.8 4.6 5.8 1.5 4.8 0 3 0 1.3 0 .2 1.3 .2 3.1 .2 4.9 1.3 6.1 2.9 6.1 4.4 6.1 5.6 5.1 5.8 3.6",
];

const markerColours = { positive: "#12853f", negative: "#c81e34" } as const;

/** Half the side of a marker, in pixels of the picture. */
const radius = 10;

/** Digits are strokes, not text: they look the same on a machine without fonts. */
export interface Marker {
  /** The number, drawn below all marks so that a neighbour's never hides a click. */
  readonly tag: string;
  readonly mark: string;
}

/**
 * A numbered click: a green circle with a plus for foreground, a red square with a minus for background, the number on a
 * tag beside it. The mark's centre is the click; the tag goes to the side with room.
 */
export function clickMarker(at: Point, label: 0 | 1, number: number, width: number): Marker {
  const shape =
    label === 1
      ? `<circle r="${radius}" fill="${markerColours.positive}" stroke="#fff" stroke-width="2"/>`
      : `<rect x="${-radius}" y="${-radius}" width="${2 * radius}" height="${2 * radius}" rx="2" fill="${markerColours.negative}" stroke="#fff" stroke-width="2"/>`;
  const sign = `<path d="M-5.5 0H5.5${label === 1 ? "M0 -5.5V5.5" : ""}" stroke="#fff" stroke-width="2.6" stroke-linecap="round"/>`;
  const text = String(number);
  const side = at.x + radius + tagWidth(text) + 6 > width ? -radius - tagWidth(text) - 1 : radius + 1;
  const tag = numberTag(text, { x: side, y: -9 });
  const place = `<g transform="translate(${at.x.toFixed(1)} ${at.y.toFixed(1)})">`;
  const halo = `<circle r="${radius + 3}" fill="#000" fill-opacity=".45"/>`;
  return { tag: `${place}${tag}</g>`, mark: `${place}${halo}${shape}${sign}</g>` };
}

const signs: Readonly<Record<string, string>> = {
  // What is wrong, and what is missing.
  "×": "M.4 2.2L5.6 7.8M5.6 2.2L.4 7.8",
  "○": "M3 1.6A3.4 3.4 0 1 0 3 8.4A3.4 3.4 0 1 0 3 1.6Z",
};

export const tagHeight = 18;

/** Pixels of the picture. */
export function tagWidth(text: string): number {
  return 9 + 8 * text.length;
}

/** Digits, "×" and "○" on a dark ground; `ground`: another one. */
export function numberTag(text: string, { x, y }: Point, ground = "#111"): string {
  const strokes = [...text]
    .map(
      (sign, d) =>
        `<path d="${signs[sign] ?? digits[Number(sign)]}" transform="translate(${5.5 + 8 * d} 4)"/>`,
    )
    .join("");
  return (
    `<g transform="translate(${x} ${y})"><rect width="${tagWidth(text)}" height="${tagHeight}" rx="4" fill="${ground}" fill-opacity=".82"/>` +
    `<g fill="none" stroke="#fff" stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round">${strokes}</g></g>`
  );
}
