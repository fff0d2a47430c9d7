// The shapes of scripts/oracle/masks_cases.py, drawn from the same numbers, and the reader of the files that it wrote.
import { createHash } from "node:crypto";
import type { BitMask, Logits } from "../../src/core/types.ts";
import { andNot, createMask, fromBytes, not, toBytes } from "../../src/masks/bit-mask.ts";
import { innerBoundary } from "../../src/masks/iou.ts";
import { readOracle } from "../helpers/oracle.ts";

export interface OracleFile {
  readonly generator: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly cases: readonly (readonly (number | string)[])[];
}

/** Reads `test/oracle/masks/<name>.json.gz`; a missing file fails the test that asks. */
export function oracle(name: string): OracleFile {
  return readOracle(`masks/${name}`);
}

/** First 12 hex digits of SHA-256: what the oracle stores instead of a picture. */
export function digest(bytes: ArrayBufferView): string {
  const view = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return createHash("sha256").update(view).digest("hex").slice(0, 12);
}

/** What is left of a mask without its band: its erosion by a square of 2 radius + 1 pixels. */
export function erode(mask: BitMask, radius: number): BitMask {
  return andNot(mask, innerBoundary(mask, radius));
}

export function maskDigest(mask: BitMask): string {
  return digest(toBytes(mask));
}

/** Base64 of little-endian float32 values. */
export function floats(base64: string): Float32Array {
  const bytes = Buffer.from(base64, "base64");
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}

export interface Random {
  next(): number;
  below(n: number): number;
}

/** mulberry32. */
export function random(seed: number): Random {
  let state = seed | 0;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (t ^ (t >>> 14)) >>> 0;
  };
  return { next, below: (n) => next() % n };
}

type Test = (x: number, y: number) => boolean;

export function shapeBytes(kind: number, width: number, height: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(width * height);
  const test = shapeTest(kind, width, height, seed);
  for (let y = 0, i = 0; y < height; y++) for (let x = 0; x < width; x++, i++) bytes[i] = test(x, y) ? 1 : 0;
  return bytes;
}

export function shape(kind: number, width: number, height: number, seed: number): BitMask {
  return fromBytes(shapeBytes(kind, width, height, seed), width, height);
}

/** Called once for each pixel in row-major order. */
function shapeTest(kind: number, width: number, height: number, seed: number): Test {
  const r = random(seed);
  const half = Math.max(width, height) >> 1;
  const disc = (longest: number): Test => {
    const cx = r.below(width);
    const cy = r.below(height);
    const radius = 1 + r.below(Math.max(1, longest));
    return (x, y) => (x - cx) ** 2 + (y - cy) ** 2 <= radius * radius;
  };
  const several = (n: number, make: () => Test) => Array.from({ length: n }, make);
  const any =
    (tests: Test[]): Test =>
    (x, y) =>
      tests.some((test) => test(x, y));
  switch (kind) {
    case 0: {
      const density = 1 + r.below(99);
      return () => r.below(100) < density;
    }
    case 1:
      return any(several(1 + r.below(4), () => disc(half)));
    case 2:
      return any(
        several(1 + r.below(3), () => {
          const [x0, y0, w, h] = [r.below(width), r.below(height), 1 + r.below(width), 1 + r.below(height)];
          return (x, y) => x >= x0 && x < x0 + w && y >= y0 && y < y0 + h;
        }),
      );
    case 3: {
      const [py, px] = [r.below(height), r.below(width)];
      return (x, y) => x === px && y === py;
    }
    case 4: {
      const row = r.below(height);
      return (_, y) => y === row;
    }
    case 5: {
      const column = r.below(width);
      return (x) => x === column;
    }
    case 6:
      return () => false;
    case 7:
      return () => true;
    case 8: {
      const holes = any(several(1 + r.below(5), () => disc(half >> 2)));
      return (x, y) => !holes(x, y);
    }
    case 9: {
      const c = 1 + r.below(4);
      return (x, y) => ((Math.floor(x / c) + Math.floor(y / c)) & 1) === 1;
    }
    case 10: {
      const period = 2 + r.below(6);
      const thick = 1 + r.below(period - 1);
      const direction = r.below(3);
      return (x, y) => [x, y, x + y][direction]! % period < thick;
    }
    case 11: {
      const [a, b] = [disc(half), disc(half)];
      return (x, y) => (a(x, y) !== b(x, y)) !== r.below(100) < 5;
    }
    case 12: {
      const t = 1 + r.below(3);
      return (x, y) => x < t || y < t || x >= width - t || y >= height - t;
    }
    case 13:
      return any(
        several(1 + r.below(3), () => {
          const [cx, cy, radius] = [r.below(width), r.below(height), 2 + r.below(Math.max(1, half))];
          const inner = r.below(radius);
          return (x, y) => {
            const d = (x - cx) ** 2 + (y - cy) ** 2;
            return d <= radius * radius && d > inner * inner;
          };
        }),
      );
    default: {
      const mirror = r.below(2) === 1;
      return (x, y) => (mirror ? width - 1 - x : x) * height <= y * width;
    }
  }
}

/** Moved right and down; what leaves the picture is gone. */
export function moved({ width, height, ...mask }: BitMask, dx: number, dy: number): BitMask {
  const bytes = toBytes({ width, height, ...mask });
  const out = new Uint8Array(width * height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const [fromX, fromY] = [x - dx, y - dy];
      if (fromX >= 0 && fromX < width && fromY >= 0 && fromY < height)
        out[y * width + x] = bytes[fromY * width + fromX]!;
    }
  return fromBytes(out, width, height);
}

/** Of a pair (scripts/oracle/pairs.py). 0: a shape of its own; 1: the same; 2: moved by up to 3 pixels; 3: some pixels flipped; 4: empty; 5: full. */
export function predictionOf(target: BitMask, relation: number, kind: number, seed: number): BitMask {
  const { width, height } = target;
  switch (relation) {
    case 0:
      return shape(kind, width, height, seed);
    case 1:
      return target;
    case 2:
      return moved(target, (seed % 7) - 3, ((seed >> 4) % 7) - 3);
    case 3: {
      const { next } = random(seed);
      return fromBytes(
        toBytes(target).map((bit) => bit ^ (next() % 100 < 3 ? 1 : 0)),
        width,
        height,
      );
    }
    default:
      return relation === 4 ? createMask(width, height) : not(createMask(width, height));
  }
}

export function logitsOf(style: number, width: number, height: number, seed: number): Logits {
  const r = random(seed);
  const amplitude = 1 + r.below(20);
  const noise = Float64Array.from(
    { length: width * height },
    () => (r.next() / 4294967296 - 0.5) * (2 * amplitude),
  );
  const [cx, cy, radius] = [r.below(width), r.below(height), 1 + r.below(Math.max(width, height))];
  const data = new Float32Array(width * height);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const hill = Math.max(
        (1 - ((x - cx) ** 2 + (y - cy) ** 2) / (radius * radius)) * amplitude,
        -amplitude,
      );
      const n = noise[i]!;
      data[i] = [n, hill, Math.floor(n / 4), hill + n / 8, amplitude - 10][style]!;
    }
  }
  return { width, height, data };
}

export function pictureOf(
  style: number,
  width: number,
  height: number,
  channels: number,
  seed: number,
): Uint8Array {
  const r = random(seed);
  const bytes = new Uint8Array(width * height * channels);
  const step = style === 1 ? 1 + r.below(37) : 0;
  const flat = style === 3 ? r.below(256) : 0;
  for (let i = 0; i < bytes.length; i++) {
    bytes[i] =
      style === 0
        ? r.next() & 255
        : style === 1
          ? (i * step) & 255
          : style === 2
            ? (r.next() & 1) * 255
            : flat;
  }
  return bytes;
}

/** Coordinates x, y, x, y ... of a polygon: `random_polygon` of masks.py. Those of style 5 lie on sines: an ulp may be another. */
function polygonOf(r: Random, style: number, width: number, height: number): number[] {
  const fraction = () => r.below(1 << 20) / (1 << 20);
  const n = 3 + r.below(10);
  const points = (one: () => readonly number[]) => Array.from({ length: n }, one).flat();
  switch (style) {
    case 0:
      return points(() => [fraction() * width, fraction() * height]);
    case 1:
      return points(() => [(fraction() * 2 - 0.5) * width, (fraction() * 2 - 0.5) * height]);
    case 2:
      return points(() => [r.below(width + 1), r.below(height + 1)]);
    case 3:
      return points(() => [r.below(2 * width + 5) / 2 - 1, r.below(2 * height + 5) / 2 - 1]);
    case 4:
      return points(() => [r.below(10 * width + 20) / 10 - 1, r.below(10 * height + 20) / 10 - 1]);
    case 5: {
      const [cx, cy] = [fraction() * width, fraction() * height];
      return Array.from({ length: n }, (_, i) => {
        const radius = fraction() * Math.max(width, height) * 0.6;
        const angle = (2 * Math.PI * i) / n;
        return [cx + radius * Math.cos(angle), cy + radius * Math.sin(angle)];
      }).flat();
    }
    case 6: {
      const sides = [
        [-3, 0],
        [3, 0],
        [0, -3],
        [0, 3],
      ] as const;
      const [dx, dy] = sides[r.below(4)]!;
      return points(() => [(fraction() + dx) * width, (fraction() + dy) * height]);
    }
    case 7:
      return points(() => {
        const point = [r.below(width + 1), fraction() * height];
        return Array.from({ length: 1 + r.below(3) }, () => point).flat();
      });
    case 8: {
      const there = Array.from({ length: 3 }, () => [fraction() * width, fraction() * height]);
      return [...there, ...there.slice(0, 2).reverse()].flat();
    }
    case 9: {
      const point = [fraction() * width, fraction() * height];
      return [...point, ...point, ...point];
    }
    case 10: {
      const [x0, y0] = [fraction() * width * 1.5 - width * 0.3, fraction() * height * 1.5 - height * 0.3];
      const [x1, y1] = [x0 + fraction() * width, y0 + fraction() * height];
      return [x0, y0, x1, y0, x1, y1, x0, y1];
    }
    default:
      return [-width * 3, -height * 2.5, width * 4.2, -height, width * 3, height * 5, -width, height * 2];
  }
}

/** The polygons of the next case: one stream of numbers for all of them, in the oracle's order. */
export function polygonsOf(r: Random, style: number, width: number, height: number): number[][] {
  const count = r.below(3) ? 1 : 1 + r.below(3);
  return Array.from({ length: count }, () => polygonOf(r, style, width, height));
}
