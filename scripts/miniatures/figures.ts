// Figures that clips are drawn of, each around (0, 0) in pixels.
import type { Point } from "../../src/core/types.ts";
import type { Figure } from "./clip.ts";
import { around, blob, curve, type Outline } from "./outline.ts";
import { fractal, noise, randomOf } from "./random.ts";
import { type Colour, mix, rgb, type Spot, scaled } from "./scene.ts";

const lit = (colour: Colour, { light }: Spot, low = 0.5) => scaled(colour, low + (1.1 - low) * light);
const points = (list: readonly (readonly [x: number, y: number])[]): Outline =>
  list.map(([x, y]) => ({ x, y }));

/** Looks to the right. */
export function ladybird(): Figure {
  const shell = around({ x: -3, y: 0 }, (a) => 22 - 1.5 * Math.cos(2 * a));
  const head = around({ x: 19, y: 0 }, () => 9);
  const spots = points([
    [-12, -10],
    [-12, 10],
    [2, -12],
    [2, 12],
    [-2, -3],
    [-20, 0],
  ]);
  return {
    outlines: [shell, head],
    colour: (at, spot) => {
      const dark = at.x > 13 || Math.abs(at.y) < 0.9 || spots.some((one) => far(at, one) < 4.2);
      const cheek = at.x > 15 && at.x < 22 && Math.abs(Math.abs(at.y) - 5) < 2.2;
      const base = cheek ? "#f1ead8" : dark ? "#1d1714" : "#d23a1c";
      return mix(
        lit(rgb(base), spot, 0.45),
        rgb("#ffffff"),
        0.55 * Math.max(0, 1 - far(at, { x: -6, y: -9 }) / 6),
      );
    },
  };
}

/** Six legs that swing, under a ladybird. */
export function legs(step: number): Figure {
  const outlines = [-12, -1, 10].flatMap((x, i) =>
    [-1, 1].map((side) => {
      const swing = 5 * Math.sin(step * 1.3 + 2.1 * i + side);
      const knee = { x: x + swing / 2, y: side * 23 };
      return points([
        [x - 1.4, side * 15],
        [x + 1.4, side * 15],
        [knee.x + 1.4, knee.y],
        [x + swing + 3, side * 30],
        [x + swing + 1, side * 31],
        [knee.x - 1.6, knee.y],
      ]);
    }),
  );
  return { outlines, colour: (_, spot) => lit(rgb("#2a1f18"), spot, 0.7) };
}

/** A hull with a mast and two sails. */
export function boat(): Figure {
  const hull = curve(
    points([
      [-26, 6],
      [28, 5],
      [22, 15],
      [10, 19],
      [-14, 19],
      [-22, 14],
      [-26, 6],
    ]),
    4,
  );
  const mast = points([
    [-1.4, -32],
    [1.4, -32],
    [1.4, 8],
    [-1.4, 8],
  ]);
  const main = points([
    [2.5, -30],
    [22, 1],
    [2.5, 3],
  ]);
  const jib = points([
    [-2.5, -26],
    [-2.5, 3],
    [-19, 2],
  ]);
  return {
    outlines: [hull, mast, main, jib],
    colour: ({ x, y }, spot) => {
      if (y > 4.5) return lit(rgb(y < 9 ? "#f4efe2" : "#b8242b"), spot, 0.5);
      if (Math.abs(x) < 1.6) return rgb("#7a5836");
      const stripe = Math.floor((y + 40) / 7) % 2 === 0 && x > 0;
      return scaled(rgb(stripe ? "#2f5fa8" : "#f7f3ea"), 0.86 + 0.12 * Math.sin(x / 5));
    },
  };
}

/** Looks to the right; `beat` swings the tail. */
export function fish(beat: number, colours: readonly [back: string, belly: string, band: string]): Figure {
  const sway = 4 * Math.sin(beat);
  const body = curve(
    points([
      [26, 0],
      [16, -10],
      [-2, -12.5],
      [-18, -6],
      [-24, 0],
      [-18, 6],
      [-2, 12],
      [16, 9],
      [26, 0],
    ]),
    5,
  );
  const tail = points([
    [-19, -4],
    [-38, -12 + sway],
    [-33, sway],
    [-38, 12 + sway],
    [-19, 4],
  ]);
  const fin = points([
    [10, -9],
    [-2, -20],
    [-12, -8],
  ]);
  return {
    outlines: [body, tail, fin],
    colour: (at, spot) => {
      const [back, belly, band] = colours.map(rgb) as [Colour, Colour, Colour];
      if (far(at, { x: 18, y: -3 }) < 1.7) return rgb("#0f0f12");
      if (far(at, { x: 18, y: -3 }) < 3) return rgb("#f5f2e6");
      const banded = Math.abs(at.x - 7) < 3 || Math.abs(at.x + 11) < 2.6;
      const skin = banded ? band : mix(back, belly, Math.min(1, Math.max(0, (at.y + 9) / 16)));
      const scales = 0.9 + 0.16 * noise(at.x / 2.2, at.y / 2.2, 5);
      return lit(scaled(skin, scales), spot, 0.55);
    },
  };
}

/** A glass ball with a twist of colours. */
export function marble(seed: number, radius: number, one: string, two: string): Figure {
  return {
    outlines: [around({ x: 0, y: 0 }, () => radius)],
    colour: ({ x, y }, spot) => {
      const twist = Math.sin(
        (x * 2.4) / radius + 2.2 * fractal(x / radius + 5, y / radius + 5, seed) + (y * 2) / radius,
      );
      const glass = mix(rgb(one), rgb(two), 0.5 + 0.5 * twist);
      const shine = Math.max(0, 1 - Math.hypot(x + radius * 0.36, y + radius * 0.4) / (radius * 0.34));
      return mix(lit(glass, spot, 0.35), rgb("#ffffff"), 0.85 * shine);
    },
  };
}

/** A mug, and its handle as a figure of its own. */
export function mug(): { readonly cup: Figure; readonly handle: Figure } {
  const glaze = (at: Point, spot: Spot) => {
    const band = at.y > -3 && at.y < 7;
    const dot = band && far({ x: ((at.x + 60) % 9) - 4.5, y: at.y - 2 }, { x: 0, y: 0 }) < 2.6;
    const side = 0.72 + 0.36 * Math.cos((at.x + 6) / 13);
    return scaled(rgb(dot ? "#f6d04d" : band ? "#1f5f6b" : "#e8e2d3"), side * (0.75 + 0.3 * spot.light));
  };
  const cup = points([
    [-17, -20],
    [17, -20],
    [15, 17],
    [11, 21],
    [-11, 21],
    [-15, 17],
  ]);
  const bow = curve(
    points([
      [15, -14],
      [27, -13],
      [31, -1],
      [25, 11],
      [14, 13],
      [14, 8],
      [22, 6],
      [25, -1],
      [22, -8],
      [15, -9],
    ]),
    4,
  );
  return {
    cup: { outlines: [cup], colour: glaze },
    handle: { outlines: [bow], colour: (_, spot) => lit(rgb("#d8d0bd"), spot, 0.55) },
  };
}

/** A toy car that looks to the right; its wheels apart, the front one first. */
export function car(turn: number): { readonly body: Figure; readonly wheels: readonly Figure[] } {
  const shape = curve(
    points([
      [-33, 8],
      [-32, -4],
      [-20, -7],
      [-12, -17],
      [9, -17],
      [17, -7],
      [31, -3],
      [33, 8],
      [-33, 8],
    ]),
    4,
  );
  const paintwork = ({ x, y }: Point, spot: Spot) => {
    const glass = y < -7 && y > -15 && x > -10 && x < 12 && Math.abs(x - 1) > 1.4;
    const stripe = y > -2 && y < 1.5;
    return lit(rgb(glass ? "#243846" : stripe ? "#fbf6e8" : "#2c7d3f"), spot, 0.5);
  };
  const wheel = (x: number): Figure => ({
    outlines: [around({ x, y: 9 }, () => 7.5)],
    colour: (at, spot) => {
      const [dx, dy] = [at.x - x, at.y - 9];
      const hub = Math.hypot(dx, dy) < 4 && Math.sin(3 * (Math.atan2(dy, dx) - turn)) > -0.2;
      return lit(rgb(hub ? "#d9d9d6" : "#1b1b1d"), spot, 0.7);
    },
  });
  return { body: { outlines: [shape], colour: paintwork }, wheels: [wheel(19), wheel(-19)] };
}

/** A stone: something to pass behind. */
export function stone(name: string, rx: number, ry: number): Figure {
  const random = randomOf(`stone ${name}`);
  const seed = random.whole(1, 999);
  return {
    outlines: [blob(random, { x: 0, y: 0 }, rx, ry, 0.1, 0.12)],
    colour: ({ x, y }, spot) =>
      lit(mix(rgb("#6d675e"), rgb("#a49c8d"), fractal(x / 9 + 50, y / 9 + 50, seed)), spot, 0.45),
  };
}

function far(a: Point, b: Point): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}
