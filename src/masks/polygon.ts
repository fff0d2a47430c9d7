// Polygons as COCO rasterises them. Source: rleFrPoly in cocoapi common/maskApi.c (Dollar and Lin, 2015).
import { complain } from "../core/errors.ts";
import type { BitMask } from "../core/types.ts";
import { createMask, fillColumns } from "./bit-mask.ts";

/** The outline is traced on a grid this much finer than the pixels. */
const UPSCALE = 5;
/** A coordinate beyond this is an error; tracing to it would take minutes. */
const FARTHEST = 1e6;

/**
 * The union of polygons, each a flat list x0, y0, x1, y1, ... in pixels, implicitly closed: pixel for pixel what
 * pycocotools gives (`frPyObjects`, `merge`, `decode`), its rounding included. Self-crossings fill by the even-odd
 * rule; parts outside are clipped; polygons of zero area set nothing. Polygons of one or two points set nothing (given
 * four numbers, pycocotools would read a box x, y, width, height: reject those first). An odd last number is ignored.
 * Cost: five times the perimeter plus one pass over the words for each polygon.
 * Example: `maskFromPolygons([[1, 1, 3, 1, 3, 3, 1, 3]], 4, 4)` sets the 2x2 pixels from (1, 1) to (2, 2).
 */
export function maskFromPolygons(
  polygons: readonly (readonly number[])[],
  width: number,
  height: number,
  where = "polygon",
): BitMask {
  const union = createMask(width, height);
  for (const polygon of polygons) {
    checkCoordinates(polygon, where);
    const one = createMask(width, height);
    toggleOutline(polygon, one);
    fillColumns(one);
    for (let i = 0; i < one.words.length; i++) union.words[i]! |= one.words[i]!;
  }
  return union;
}

/**
 * One figure of several rings by the even-odd rule: pixels inside an odd number of rings are set, so that a ring within a
 * ring is a hole. Equals the exclusive or of the separately rasterised rings.
 */
export function maskFromRings(
  rings: readonly (readonly number[])[],
  width: number,
  height: number,
  where = "polygon",
): BitMask {
  const figure = createMask(width, height);
  for (const ring of rings) {
    checkCoordinates(ring, where);
    toggleOutline(ring, figure);
  }
  fillColumns(figure);
  return figure;
}

function checkCoordinates(polygon: readonly number[], where: string): void {
  for (const value of polygon) {
    if (!(Math.abs(value) <= FARTHEST)) {
      throw complain(where, "a coordinate is out of range", {
        expected: `a number from -${FARTHEST} to ${FARTHEST}`,
        got: String(value),
      });
    }
  }
}

/** Traces the outline on the fine grid and toggles each pixel column where its centre line is crossed. */
function toggleOutline(polygon: readonly number[], { width, height, stride, words }: BitMask): void {
  const points = polygon.length >>> 1;
  let beforeU = 0;
  let beforeV = 0;
  let started = false;
  const visit = (u: number, v: number) => {
    if (started && u !== beforeU) {
      const x = ((u < beforeU ? u : u - 1) + 0.5) / UPSCALE - 0.5;
      if (Math.floor(x) === x && x >= 0 && x <= width - 1) {
        const y = Math.ceil(Math.max(0, (Math.min(v, beforeV) + 0.5) / UPSCALE - 0.5));
        // A crossing below the image ends the column. Outlines are closed, so each column has an even number of them.
        if (y < height) words[y * stride + (x >>> 5)]! ^= 1 << (x & 31);
      }
    }
    started = true;
    beforeU = u;
    beforeV = v;
  };
  for (let i = 0; i < points; i++) {
    const j = i + 1 === points ? 0 : i + 1;
    walkEdge(
      onGrid(polygon[2 * i]!),
      onGrid(polygon[2 * i + 1]!),
      onGrid(polygon[2 * j]!),
      onGrid(polygon[2 * j + 1]!),
      visit,
    );
  }
}

function onGrid(coordinate: number): number {
  return Math.trunc(UPSCALE * coordinate + 0.5);
}

/** All grid points of an edge, one for each step along its longer side, interpolated from its lower end. */
function walkEdge(
  xa: number,
  ya: number,
  xb: number,
  yb: number,
  visit: (u: number, v: number) => void,
): void {
  const dx = Math.abs(xb - xa);
  const dy = Math.abs(yb - ya);
  const flat = dx >= dy;
  const flip = flat ? xa > xb : ya > yb;
  const x0 = flip ? xb : xa;
  const y0 = flip ? yb : ya;
  const x1 = flip ? xa : xb;
  const y1 = flip ? ya : yb;
  const steps = flat ? dx : dy;
  // A repeated point: 0 / 0 in the original, whose result is never used, as no column is crossed.
  const slope = steps === 0 ? 0 : (flat ? y1 - y0 : x1 - x0) / steps;
  for (let d = 0; d <= steps; d++) {
    const t = flip ? steps - d : d;
    if (flat) visit(x0 + t, Math.trunc(y0 + slope * t + 0.5));
    else visit(Math.trunc(x0 + slope * t + 0.5), y0 + t);
  }
}
