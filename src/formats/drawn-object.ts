// What annotation tools draw: outlines, boxes, ellipses and small pictures, as one object's shapes. Every reader of
// such a format gives these, and one rule makes masks of them.
import { complain } from "../core/errors.ts";
import type { BitMask, Size } from "../core/types.ts";
import { createMask, setRun } from "../masks/bit-mask.ts";
import { maskFromRings } from "../masks/polygon.ts";

/** x0, y0, x1, y1, ... in pixels, closed by itself; pixel (0, 0) covers the square from 0 to 1. */
export type Ring = readonly number[];

/** A small picture with its upper left pixel at (x, y) of the image; samples other than 0 are the object. */
export interface Patch extends Size {
  readonly x: number;
  readonly y: number;
  readonly data: Uint8Array | Uint16Array;
}

/** Rings of one figure by the even-odd rule (a ring within a ring is a hole), or a patch. */
export type Shape = { readonly rings: readonly Ring[] } | { readonly patch: Patch };

export interface DrawnObject {
  readonly id: string;
  readonly category?: string;
  /** Names file and place, for complaints. */
  readonly where: string;
  /** The object is the union of its shapes. Throws where one is wrong. `size` is the image's. */
  shapes(size: Size): readonly Shape[];
}

/** What an annotation file says about one image. */
export interface DrawnImage {
  /** The image's size as the file states it. */
  readonly size?: Size;
  readonly objects: readonly DrawnObject[];
}

/** Pixel for pixel as pycocotools draws polygons; parts outside the image are cut off. */
export function drawObject(object: DrawnObject, size: Size): BitMask {
  const mask = createMask(size.width, size.height);
  for (const shape of object.shapes(size)) {
    if ("patch" in shape) paste(shape.patch, mask);
    else {
      const rings = shape.rings.filter((ring) => !isFlat(ring) && reaches(ring, size, object.where));
      const { words } = maskFromRings(rings, size.width, size.height, object.where);
      for (let i = 0; i < words.length; i++) mask.words[i]! |= words[i]!;
    }
  }
  return mask;
}

/** Beyond this many sides of the image (and a thousand pixels) a point is a mistake, and walking to it would take long. */
const FARTHEST = 50;

/** False for an outline that lies beside the image as a whole, as most footprints of a city do; such a one may lie anywhere. */
function reaches(ring: Ring, { width, height }: Size, where: string): boolean {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let i = 0; i + 1 < ring.length; i += 2) {
    left = Math.min(left, ring[i]!);
    right = Math.max(right, ring[i]!);
    top = Math.min(top, ring[i + 1]!);
    bottom = Math.max(bottom, ring[i + 1]!);
  }
  if (right < -1 || bottom < -1 || left > width + 1 || top > height + 1) return false;
  const most = FARTHEST * Math.max(width, height) + 1000;
  const far = [left, top, right, bottom].find((value) => !(Math.abs(value) <= most));
  if (far === undefined) return true;
  throw complain({
    where,
    what: "a point lies far outside the image",
    expected: `numbers from -${most} to ${most}`,
    got: String(far),
  });
}

/** True where it is plain without drawing that no pixel is covered: no shape, or outlines without area. A wrong shape is not nothing. */
export function coversNothing(object: DrawnObject, size: Size = { width: 1, height: 1 }): boolean {
  try {
    return object.shapes(size).every((shape) => "rings" in shape && shape.rings.every(isFlat));
  } catch {
    return false;
  }
}

/** Fewer than three points, or all of them on one line. */
function isFlat(ring: Ring): boolean {
  const [x0 = 0, y0 = 0] = ring;
  let [dx, dy] = [0, 0];
  for (let i = 2; i + 1 < ring.length; i += 2) {
    const [x, y] = [ring[i]! - x0, ring[i + 1]! - y0];
    if (dx === 0 && dy === 0) [dx, dy] = [x, y];
    else if (dx * y !== dy * x) return false;
  }
  return true;
}

export function boxRing(x0: number, y0: number, x1: number, y1: number): Ring {
  return [x0, y0, x1, y0, x1, y1, x0, y1];
}

/** An ellipse as an outline whose corners are at most about a pixel apart; `turn` in radians. */
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
 * Rings of whatever way points are nested: [x, y, ...], [[x, y], ...], or a list of either. An empty list has no rings.
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

/** A ring of two lists of equal length. */
export function ringOfAxes(xs: unknown, ys: unknown, where: string): Ring {
  const both = [xs, ys];
  if (!both.every((axis): axis is number[] => Array.isArray(axis) && axis.every(Number.isFinite)))
    throw notPoints(
      where,
      both.find((axis) => !Array.isArray(axis) || !axis.every(Number.isFinite)),
    );
  const [x, y] = both as [number[], number[]];
  if (x.length === y.length) return x.flatMap((value, i) => [value, y[i]!]);
  throw complain({
    where,
    what: "the lists of x and of y differ in length",
    expected: String(x.length),
    got: String(y.length),
  });
}

/** Numbers of an object's members; a complaint names the first that is none. */
export function numbersOf(from: unknown, names: readonly string[], where: string): number[] {
  return names.map((name) => {
    const value = (from as Readonly<Record<string, unknown>> | null | undefined)?.[name];
    const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
    if (typeof number === "number" && Number.isFinite(number)) return number;
    throw complain({ where, what: `${name} is not a number`, got: textOf(value) });
  });
}

/** A size, or undefined where none is stated. */
export function sizeOf(width: unknown, height: unknown, where: string): Size | undefined {
  if (width == null && height == null) return undefined;
  const [w, h] = numbersOf({ width, height }, ["width", "height"], where) as [number, number];
  if (Number.isInteger(w) && Number.isInteger(h) && w > 0 && h > 0) return { width: w, height: h };
  throw complain({
    where,
    what: "not the size of a picture",
    expected: "whole numbers above 0",
    got: `${w}x${h}`,
  });
}

/** What a complaint shows of a value: at most 40 characters. */
export function textOf(value: unknown): string {
  return JSON.stringify(value)?.slice(0, 40) ?? "nothing";
}

function notPoints(where: string, got: unknown) {
  return complain({
    where,
    what: "the outline is not a list of points",
    expected: "[[x, y], ...]",
    got: textOf(got),
  });
}

function paste({ x, y, width, height, data }: Patch, mask: BitMask): void {
  for (let row = Math.max(0, -y); row < height && y + row < mask.height; row++) {
    for (let column = Math.max(0, -x); column < width && x + column < mask.width; column++)
      if (data[row * width + column] !== 0) setRun(mask, y + row, x + column, x + column + 1);
  }
}
