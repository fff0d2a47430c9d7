// Outlines of what is visible, along the borders of pixels: what an annotator would draw around a half hidden thing.
import type { BitMask, Point } from "../../src/core/types.ts";
import { getPixel } from "../../src/masks/bit-mask.ts";
import type { Polygon } from "./annotations.ts";

/** Closed borders of a mask, outer ones and those of holes, thinned out to within `tolerance` pixels. */
export function contours(mask: BitMask, tolerance = 0.7): { ring: Point[]; hole: boolean }[] {
  const at = (x: number, y: number) =>
    x >= 0 && y >= 0 && x < mask.width && y < mask.height && getPixel(mask, x, y);
  const edges = new Map<string, Point[]>();
  const add = (x0: number, y0: number, x1: number, y1: number) => {
    const key = `${x0},${y0}`;
    edges.set(key, [...(edges.get(key) ?? []), { x: x1, y: y1 }]);
  };
  for (let y = 0; y < mask.height; y++) {
    for (let x = 0; x < mask.width; x++) {
      if (!at(x, y)) continue;
      if (!at(x, y - 1)) add(x, y, x + 1, y);
      if (!at(x + 1, y)) add(x + 1, y, x + 1, y + 1);
      if (!at(x, y + 1)) add(x + 1, y + 1, x, y + 1);
      if (!at(x - 1, y)) add(x, y + 1, x, y);
    }
  }
  const rings: { ring: Point[]; hole: boolean }[] = [];
  for (const [key, ends] of edges) {
    while (ends.length > 0) {
      const [x = 0, y = 0] = key.split(",").map(Number);
      const ring: Point[] = [{ x, y }];
      let next = ends.pop();
      while (next !== undefined && (next.x !== x || next.y !== y)) {
        ring.push(next);
        next = edges.get(`${next.x},${next.y}`)?.pop();
      }
      rings.push({ ring: thinned(ring, tolerance), hole: signedArea(ring) < 0 });
    }
  }
  return rings.filter(({ ring }) => ring.length > 2);
}

/** Polygons of a mask as COCO's tools write them; borders of holes only where `holes` asks for them, as further polygons. */
export function polygonsOf(mask: BitMask, { tolerance = 0.7, least = 6, holes = false } = {}): Polygon[] {
  return contours(mask, tolerance)
    .filter(({ ring, hole }) => (holes || !hole) && Math.abs(signedArea(ring)) >= least)
    .map(({ ring }) => ring.flatMap(({ x, y }) => [x, y]));
}

function signedArea(ring: readonly Point[]): number {
  return (
    ring.reduce((sum, { x, y }, i) => {
      const next = ring[(i + 1) % ring.length]!;
      return sum + x * next.y - y * next.x;
    }, 0) / 2
  );
}

/** Douglas and Peucker's way, from the first point and the one farthest from it. */
function thinned(ring: readonly Point[], tolerance: number): Point[] {
  const far = ring.reduce(
    (best, p, i) => (distance(p, ring[0]!) > distance(ring[best]!, ring[0]!) ? i : best),
    0,
  );
  const half = (points: readonly Point[]): Point[] => {
    const a = points[0]!;
    const b = points.at(-1)!;
    let worst = 0;
    let where = 0;
    points.forEach((p, i) => {
      const length = distance(a, b);
      const off =
        length === 0
          ? distance(a, p)
          : Math.abs((b.x - a.x) * (a.y - p.y) - (a.x - p.x) * (b.y - a.y)) / length;
      if (off > worst) [worst, where] = [off, i];
    });
    if (worst <= tolerance) return [a];
    return [...half(points.slice(0, where + 1)), ...half(points.slice(where))];
  };
  return [...half(ring.slice(0, far + 1)), ...half([...ring.slice(far), ring[0]!])];
}

function distance(a: Point, b: Point): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}
