// Outlines as lists of points, in pixels; pixel (0, 0) covers the square from 0 to 1.
import type { Point } from "../../src/core/types.ts";
import type { Random } from "./random.ts";

export type Outline = readonly Point[];

/** A closed curve around a centre: `radius(angle)` in pixels. */
export function around(center: Point, radius: (angle: number) => number, points = 72): Outline {
  return Array.from({ length: points }, (_, i) => {
    const angle = (i / points) * 2 * Math.PI;
    return { x: center.x + radius(angle) * Math.cos(angle), y: center.y + radius(angle) * Math.sin(angle) };
  });
}

/** An ellipse with a few random bumps, turned by `turn`: cells, stones, fruit. */
export function blob(
  random: Random,
  center: Point,
  rx: number,
  ry: number,
  turn: number,
  bumps = 0.06,
): Outline {
  const waves = [2, 3, 4, 5].map((n) => ({
    n,
    size: (random.bell() * bumps) / (n - 1),
    phase: random.between(0, 7),
  }));
  const round = around({ x: 0, y: 0 }, (angle) =>
    waves.reduce((sum, { n, size, phase }) => sum + size * Math.cos(n * angle + phase), 1),
  );
  return round.map(({ x, y }) => turned(center, x * rx, y * ry, turn));
}

/** A ribbon along a line: `width(t)` is the half width in pixels at t = 0..1 of the line. */
export function ribbon(line: readonly Point[], width: (t: number) => number): Outline {
  const left: Point[] = [];
  const right: Point[] = [];
  line.forEach((point, i) => {
    const before = line[Math.max(0, i - 1)]!;
    const after = line[Math.min(line.length - 1, i + 1)]!;
    const length = Math.hypot(after.x - before.x, after.y - before.y) || 1;
    const half = width(i / (line.length - 1));
    const nx = (-(after.y - before.y) / length) * half;
    const ny = ((after.x - before.x) / length) * half;
    left.push({ x: point.x + nx, y: point.y + ny });
    right.unshift({ x: point.x - nx, y: point.y - ny });
  });
  return [...left, ...right];
}

/** A smooth line through points (Catmull-Rom). */
export function curve(points: readonly Point[], steps = 10): Point[] {
  const at = (i: number) => points[Math.min(points.length - 1, Math.max(0, i))]!;
  const line: Point[] = [];
  for (let i = 0; i < points.length - 1; i++) {
    for (let s = 0; s < steps; s++) line.push(between(at(i - 1), at(i), at(i + 1), at(i + 2), s / steps));
  }
  return [...line, at(points.length - 1)];
}

function between(a: Point, b: Point, c: Point, d: Point, t: number): Point {
  const mix = (p: number, q: number, r: number, s: number) =>
    0.5 * (2 * q + (r - p) * t + (2 * p - 5 * q + 4 * r - s) * t * t + (3 * q - p - 3 * r + s) * t * t * t);
  return { x: mix(a.x, b.x, c.x, d.x), y: mix(a.y, b.y, c.y, d.y) };
}

export function box(x0: number, y0: number, x1: number, y1: number): Outline {
  return [
    { x: x0, y: y0 },
    { x: x1, y: y0 },
    { x: x1, y: y1 },
    { x: x0, y: y1 },
  ];
}

/** Points given around (0, 0), turned and moved to a place. */
export function placed(
  points: readonly (readonly [x: number, y: number])[],
  center: Point,
  turn: number,
  scale = 1,
): Outline {
  return points.map(([x, y]) => turned(center, x * scale, y * scale, turn));
}

/** A rectangle given around (0, 0), turned and moved to a place. */
export function slab(
  x0: number,
  y0: number,
  x1: number,
  y1: number,
  center: Point,
  turn: number,
  scale = 1,
): Outline {
  return box(x0, y0, x1, y1).map(({ x, y }) => turned(center, x * scale, y * scale, turn));
}

export function turned(center: Point, x: number, y: number, turn: number): Point {
  return {
    x: center.x + x * Math.cos(turn) - y * Math.sin(turn),
    y: center.y + x * Math.sin(turn) + y * Math.cos(turn),
  };
}
