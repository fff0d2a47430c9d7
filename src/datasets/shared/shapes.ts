// What annotation tools draw: outlines, boxes, ellipses and bitmaps, and how their files encode them.
import { inflateSync } from "node:zlib";
import { complain, reasonOf } from "../../core/errors.ts";
import type { Size } from "../../core/types.ts";
import { type Json, textOf } from "../../formats/json-file.ts";
import { decodePng } from "../../formats/png-file.ts";

/** x0, y0, x1, y1, ... in pixels, implicitly closed; pixel (0, 0) covers the square from 0 to 1. */
export type Ring = readonly number[];

/** A bitmap with its upper left pixel at (x, y) of the image; nonzero samples are the object. */
export interface Patch extends Size {
  readonly x: number;
  readonly y: number;
  readonly data: Uint8Array | Uint16Array;
}

/** What is said of a shape instead of drawing it, or besides: see `Note`. */
export interface Remark {
  readonly note: string;
  readonly key?: string;
}

/** Rings of one figure by the even-odd rule (a ring within a ring is a hole), a patch, or nothing but a remark. */
export type Shape = { readonly rings: readonly Ring[] } | { readonly patch: Patch } | Remark;

/** A kind of shape that covers no pixel: a line, a point. */
export function skipped(kind: string): Remark {
  return { note: `skipped shape, which has no area: ${kind}` };
}

export type Box = readonly [left: number, top: number, right: number, bottom: number];

/** The box around all points; infinite, and inside out, where there are none. */
export function boxOf(rings: readonly Ring[]): Box {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const ring of rings)
    for (let i = 0; i + 1 < ring.length; i += 2) {
      left = Math.min(left, ring[i]!);
      right = Math.max(right, ring[i]!);
      top = Math.min(top, ring[i + 1]!);
      bottom = Math.max(bottom, ring[i + 1]!);
    }
  return [left, top, right, bottom];
}

/** The box around boxes, as messages show it. */
export function boxText(boxes: readonly Box[]): string {
  const round = (value: number) => String(Math.round(value * 1e4) / 1e4);
  const [left, top, right, bottom] = boxOf(boxes).map(round);
  return `x ${left} to ${right}, y ${top} to ${bottom}`;
}

export function boxRing(x0: number, y0: number, x1: number, y1: number): Ring {
  return [x0, y0, x1, y0, x1, y1, x0, y1];
}

/** An ellipse as an outline with corners about a pixel apart at most; `turn` in radians. */
export function ellipseRing(cx: number, cy: number, rx: number, ry: number, turn = 0): Ring {
  const corners = Math.min(1440, Math.max(36, 4 * Math.ceil((Math.PI / 2) * Math.max(rx, ry))));
  return Array.from({ length: corners }, (_, i) => {
    const angle = (i / corners) * 2 * Math.PI;
    const [x, y] = [rx * Math.cos(angle), ry * Math.sin(angle)];
    return [cx + x * Math.cos(turn) - y * Math.sin(turn), cy + x * Math.sin(turn) + y * Math.cos(turn)];
  }).flat();
}

export function turnedRing(ring: Ring, turn: number): Ring {
  const [x0, y0, , , x1, y1] = ring as readonly [number, number, number, number, number, number];
  const [cx, cy] = [(x0 + x1) / 2, (y0 + y1) / 2];
  return mapRing(ring, (x, y) => [
    cx + (x - cx) * Math.cos(turn) - (y - cy) * Math.sin(turn),
    cy + (x - cx) * Math.sin(turn) + (y - cy) * Math.cos(turn),
  ]);
}

export function mapRing(ring: Ring, map: (x: number, y: number) => readonly [number, number]): Ring {
  const mapped: number[] = [];
  for (let i = 0; i + 1 < ring.length; i += 2) mapped.push(...map(ring[i]!, ring[i + 1]!));
  return mapped;
}

/**
 * Rings from points nested in any way: [x, y, ...], [[x, y], ...], or a list of either. An empty list has no rings.
 */
export function ringsOf(points: unknown, where: string): readonly Ring[] {
  if (!Array.isArray(points)) throw notPoints(where, points);
  if (points.length === 0) return [];
  if (points.every(Number.isFinite)) return [points as number[]];
  if (points.every((point) => Array.isArray(point) && point.length === 2 && point.every(Number.isFinite)))
    return [(points as number[][]).flat()];
  if (points.some((ring) => !Array.isArray(ring))) throw notPoints(where, points);
  return points.flatMap((ring: unknown[]) => {
    if (ring.some((item) => Array.isArray(item) && Array.isArray(item[0]))) throw notPoints(where, ring);
    return ringsOf(ring, where);
  });
}

/** A ring from two lists of equal length. */
export function ringOfAxes(xs: unknown, ys: unknown, where: string): Ring {
  const both = [xs, ys];
  if (!both.every((axis): axis is number[] => Array.isArray(axis) && axis.every(Number.isFinite)))
    throw notPoints(
      where,
      both.find((axis) => !Array.isArray(axis) || !axis.every(Number.isFinite)),
    );
  const [x, y] = both as [number[], number[]];
  if (x.length === y.length) return x.flatMap((value, i) => [value, y[i]!]);
  const what = "the lists of x and of y differ in length";
  throw complain(where, what, { expected: String(x.length), got: String(y.length) });
}

/**
 * A rectangle: two opposite corners in any order, or its four corners (LabelMe-like tools: turned ones too) in any order;
 * the first may be there again at the end. `turned`: two would not say how.
 */
export function rectangleRing(points: unknown, where: string, turned = false): Ring {
  const corners = (Array.isArray(points) ? points : []).map((corner) => pointOf(corner, where));
  const [first, last] = [corners[0], corners.at(-1)];
  if (corners.length === 5 && first![0] === last![0] && first![1] === last![1]) corners.pop();
  if (corners.length === 2 && !turned) return boxRing(...corners[0]!, ...corners[1]!);
  if (corners.length === 4) return uncrossed(corners);
  const got = Array.isArray(points) ? `${points.length} points` : textOf(points);
  throw complain(where, "not a rectangle", { expected: turned ? "4 corners" : "2 or 4 corners", got });
}

/** Four corners in the order in which they are, unless two sides cross: then around their centre. */
function uncrossed(corners: readonly (readonly [number, number])[]): Ring {
  const [a, b, c, d] = corners as readonly [Corner, Corner, Corner, Corner];
  if (crosses(a, b, c, d)) return [a, c, b, d].flat();
  return (crosses(b, c, d, a) ? [a, b, d, c] : [a, b, c, d]).flat();
}

type Corner = readonly [x: number, y: number];

/** Whether the segments a-b and c-d cross. */
function crosses(a: Corner, b: Corner, c: Corner, d: Corner): boolean {
  const side = (p: Corner, q: Corner, r: Corner) =>
    Math.sign((q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0]));
  return side(a, b, c) * side(a, b, d) < 0 && side(c, d, a) * side(c, d, b) < 0;
}

/** A category as text, numbers and truth values too; undefined for lists and objects. */
export function labelText(value: unknown): string | undefined {
  return ["string", "number", "bigint", "boolean"].includes(typeof value) ? String(value) : undefined;
}

/** The named members of an object as numbers; the error names the first that is not one. */
export function numbersOf<const Names extends readonly string[]>(
  from: unknown,
  names: Names,
  where: string,
): { -readonly [I in keyof Names]: number } {
  return names.map((name) => {
    const value = (from as Json | null | undefined)?.[name];
    const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
    if (typeof number === "number" && Number.isFinite(number)) return number;
    throw complain(where, `${name} is not a number`, { got: textOf(value) });
  }) as { -readonly [I in keyof Names]: number };
}

export function pointOf(from: unknown, where: string): [x: number, y: number] {
  return numbersOf(from, ["0", "1"], where);
}

/** A size, or undefined where none is stated. */
export function sizeOf(width: unknown, height: unknown, where: string): Size | undefined {
  if (width == null && height == null) return undefined;
  const [w, h] = numbersOf({ width, height }, ["width", "height"], where);
  if (Number.isInteger(w) && Number.isInteger(h) && w > 0 && h > 0) return { width: w, height: h };
  const what = "not the size of an image";
  throw complain(where, what, { expected: "whole numbers above 0", got: `${w}x${h}` });
}

function notPoints(where: string, got: unknown) {
  return complain(where, "the outline is not a list of points", {
    expected: "[[x, y], ...]",
    got: textOf(got),
  });
}

/** Limit of a patch's unpacked bytes, against damaged and hostile files. */
const LARGEST = 1 << 28;

/** The object is where alpha is above 0 in a bitmap with alpha, else where any sample is. */
export function readPatch(base64: unknown, x: number, y: number, where: string): Patch {
  if (typeof base64 !== "string")
    throw complain(where, "the bitmap has no data", { expected: "base64", got: textOf(base64) });
  try {
    const bytes = Buffer.from(base64, "base64");
    // A zlib stream begins with 0x78, a PNG with 0x89.
    const png = bytes[0] === 0x78 ? inflateSync(bytes, { maxOutputLength: LARGEST }) : bytes;
    const { width, height, channels, data } = decodePng(png);
    const samples = new Uint8Array(width * height);
    const alpha = channels === 2 || channels === 4;
    for (let i = 0; i < samples.length; i++) {
      const pixel = data.subarray(i * channels, (i + 1) * channels);
      samples[i] = (alpha ? pixel[channels - 1] !== 0 : pixel.some((sample) => sample !== 0)) ? 1 : 0;
    }
    return { x: Math.round(x), y: Math.round(y), width, height, data: samples };
  } catch (cause) {
    const what = "the bitmap cannot be decoded";
    throw complain(where, what, { expected: "base64 of a PNG", got: reasonOf(cause), cause });
  }
}

/**
 * Groups of parts with the same key, in the order of their first parts; `first` is that part's index. A part
 * without a key stands alone.
 */
export function grouped<T>(
  parts: readonly T[],
  keyOf: (part: T) => string | undefined,
): readonly { readonly first: number; readonly parts: readonly T[] }[] {
  const groups = new Map<string | number, { readonly first: number; readonly parts: T[] }>();
  for (const [index, part] of parts.entries()) {
    const key = keyOf(part) ?? index;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { first: index, parts: [part] });
    else group.parts.push(part);
  }
  return [...groups.values()];
}
