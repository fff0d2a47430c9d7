import type { BitMask, Box, Point } from "../core/types.ts";
import { getPixel } from "../masks/bit-mask.ts";

/**
 * The outline of a mask inside a window as closed loops, in pixel-edge coordinates (pixel (x, y) covers [x, x+1] x [y, y+1]).
 * Cracks between inside and outside are followed with the inside on the right hand; a loop runs through the middles of its
 * cracks, which takes the stairs off slanted edges and never moves the outline by more than half a pixel. Where two pixels
 * touch at a corner only, they get loops of their own. The window's border counts as outside.
 */
export function traceOutline(mask: BitMask, window: Box): Point[][] {
  const { x0, y0 } = window;
  const width = window.x1 - x0 + 1;
  const height = window.y1 - y0 + 1;
  const inside = (x: number, y: number) =>
    x >= 0 && y >= 0 && x < width && y < height && getPixel(mask, x0 + x, y0 + y);
  // A loop is found at a top crack of its pixels, walked eastwards; those it passes are marked.
  const seen = new Uint8Array(width * height);
  const loops: Point[][] = [];
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      if (seen[y * width + x] === 0 && inside(x, y) && !inside(x, y - 1))
        loops.push(walk(inside, seen, width, { x, y }).map((p) => ({ x: p.x + x0, y: p.y + y0 })));
  return loops;
}

/** East, south, west, north: the inside is on the right. */
const steps = [
  { x: 1, y: 0 },
  { x: 0, y: 1 },
  { x: -1, y: 0 },
  { x: 0, y: -1 },
] as const;

function walk(
  inside: (x: number, y: number) => boolean,
  seen: Uint8Array,
  width: number,
  start: Point,
): Point[] {
  const middles: Point[] = [];
  let { x, y } = start;
  let direction = 0;
  do {
    const step = steps[direction]!;
    if (direction === 0) seen[y * width + x] = 1;
    middles.push({ x: x + step.x / 2, y: y + step.y / 2 });
    x += step.x;
    y += step.y;
    // The two pixels ahead of the corner reached: on the right hand and on the left.
    const left = steps[(direction + 3) % 4]!;
    const ahead = (side: Point, sign: number) =>
      inside(x + (step.x + sign * side.x - 1) / 2, y + (step.y + sign * side.y - 1) / 2);
    if (!ahead(left, -1)) direction = (direction + 1) % 4;
    else if (ahead(left, 1)) direction = (direction + 3) % 4;
  } while (x !== start.x || y !== start.y || direction !== 0);
  return middles;
}

/** SVG path data of loops after a linear map; points closer than `tolerance` to the last one kept are skipped. */
export function pathData(
  loops: readonly (readonly Point[])[],
  map: (point: Point) => Point,
  tolerance: number,
): string {
  return loops
    .map((loop) => {
      const kept: string[] = [];
      let last: Point | undefined;
      for (const point of loop.map(map)) {
        if (last !== undefined && Math.hypot(point.x - last.x, point.y - last.y) < tolerance) continue;
        kept.push(`${point.x.toFixed(1)} ${point.y.toFixed(1)}`);
        last = point;
      }
      return `M${kept.join("L")}Z`;
    })
    .join("");
}
