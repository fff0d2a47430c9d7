// Hands and arms as a camera on the head sees them: they come from below, and hold things on a table.
import type { Point } from "../../src/core/types.ts";
import { blob, curve, type Outline, ribbon, turned } from "./outline.ts";
import { fractal, noise, randomOf } from "./random.ts";
import { type Colour, mix, paint, rgb, type Scene, type Spot, scaled } from "./scene.ts";

export interface Hand {
  /** Middle of the palm, in pixels. */
  readonly at: Point;
  /** Where the arm comes from, often outside the picture. */
  readonly elbow: Point;
  /** Length of the palm in pixels. */
  readonly size: number;
  readonly side: "left" | "right";
  readonly skin: string;
  readonly sleeve?: string;
  /** How far the fingers are bent, 0 stretched to 1. */
  readonly bent: number;
  readonly object: number;
}

/** One of a picture; places are those of its palm and of where the arm comes from. */
export function hand(
  side: Hand["side"],
  [x, y]: readonly [number, number],
  [fromX, fromY]: readonly [number, number],
  size: number,
  looks: Pick<Hand, "skin" | "sleeve" | "bent" | "object">,
): Hand {
  return { at: { x, y }, elbow: { x: fromX, y: fromY }, size, side, ...looks };
}

/** Number of what covers a hand and is nothing itself: sleeves, and what sets do not mark. */
export const COVER = 250;

/** Arm and palm; `closeHand` paints the fingers, over what is held. */
export function layHand(scene: Scene, hand: Hand): void {
  const { at, elbow, size, object, skin, sleeve } = hand;
  const angle = directionOf(hand);
  const wrist = turned(at, -0.5 * size, 0, angle);
  const bend = turned({ x: (wrist.x + elbow.x) / 2, y: (wrist.y + elbow.y) / 2 }, 0, 0.1 * size, angle);
  const shadow = { dx: 5, dy: 8, blur: 6, strength: 0.5 };
  const arm = curve([elbow, bend, wrist], 12);
  paint(scene, {
    outlines: [ribbon(arm, (t) => size * (0.42 - 0.14 * t))],
    object,
    soft: 0.6,
    shadow,
    colour: skinOf(skin, size, 3),
  });
  paint(scene, {
    outlines: [blob(randomOf(`palm ${object}`), at, 0.62 * size, 0.46 * size, angle, 0.03)],
    object,
    soft: 0.6,
    shadow,
    colour: skinOf(skin, size, 5),
  });
  if (sleeve === undefined) return;
  const cuff = curve([elbow, bend, turned(wrist, -0.55 * size, 0, angle)], 12);
  paint(scene, {
    outlines: [ribbon(cuff, (t) => size * (0.56 - 0.13 * t))],
    object: COVER,
    soft: 0.6,
    colour: ({ x, y, light }) =>
      scaled(rgb(sleeve), (0.35 + 0.7 * light) * (0.8 + 0.4 * fractal(x / 9, y / 5, 31, 3))),
  });
}

export function closeHand(scene: Scene, hand: Hand): void {
  const { at, size, object, skin, bent, side } = hand;
  const angle = directionOf(hand);
  const flip = side === "left" ? 1 : -1;
  const finger = (from: Point, lean: number, length: number, thick: number) => {
    const curl = flip * bent * 0.9;
    const reach = 1 - 0.35 * bent;
    const points = [0, 0.35, 0.7, 1].map((t) =>
      turned(from, length * reach * t, length * (lean * t + curl * t * t * 0.5), angle),
    );
    paint(scene, {
      outlines: [ribbon(curve(points, 8), (t) => thick * (t > 0.93 ? 0.75 : 1 - 0.18 * t))],
      object,
      soft: 0.5,
      shadow: { dx: 1.5, dy: 2.5, blur: 2, strength: 0.45 },
      colour: skinOf(skin, size, 11),
    });
    const tip = points[3]!;
    paint(scene, {
      outlines: [
        blob(
          randomOf("nail"),
          turned(tip, -0.05 * size, 0, angle),
          0.085 * size,
          0.065 * size,
          angle + curl,
          0,
        ),
      ],
      opacity: 0.5,
      soft: 0.4,
      colour: ({ light }) => scaled(rgb("#f0c9b8"), 0.5 + 0.6 * light),
    });
  };
  for (let i = 3; i >= 0; i--) {
    const across = (i - 1.5) * 0.235 * size;
    const length = size * [0.72, 0.86, 0.8, 0.6][side === "left" ? 3 - i : i]!;
    finger(turned(at, 0.38 * size, across, angle), (i - 1.5) * 0.07, length, 0.125 * size);
  }
  // The thumb lies towards the other hand.
  const root = turned(at, -0.1 * size, flip * 0.36 * size, angle);
  finger(root, flip * 0.75, 0.62 * size, 0.145 * size);
}

function directionOf({ at, elbow }: Hand): number {
  return Math.atan2(at.y - elbow.y, at.x - elbow.x);
}

function skinOf(hex: string, size: number, seed: number) {
  return ({ x, y, light, depth }: Spot): Colour => {
    const mottled = 0.9 + 0.2 * fractal(x / (0.3 * size), y / (0.3 * size), seed, 4);
    const fine = 0.95 + 0.1 * noise(x / 1.6, y / 1.6, seed + 2);
    const lit = scaled(rgb(hex), (0.42 + 0.62 * light) * mottled * fine);
    // Light that comes through thin places is red.
    return mix(lit, [lit[0] * 1.12, lit[1] * 0.9, lit[2] * 0.86], Math.max(0, 0.5 - depth));
  };
}

/** A table top with boards, seen from above. */
export function tableTop(hex: string, seed: number) {
  return (x: number, y: number): Colour => {
    const plank = Math.floor((y + 12 * noise(x / 200, 3, seed)) / 46);
    const joint = (y + 12 * noise(x / 200, 3, seed)) / 46 - plank < 0.035;
    const rings = fractal(x / 60 + plank * 9, y / 4.5, seed + plank, 3);
    return scaled(
      rgb(hex),
      (joint ? 0.6 : 1) * (0.72 + 0.45 * rings) * (0.86 + 0.14 * noise(plank * 3, 1, seed)),
    );
  };
}

/** A kitchen counter of speckled stone. */
export function counter(hex: string, seed: number) {
  return (x: number, y: number): Colour => {
    const speck =
      noise(x / 1.8, y / 1.8, seed) > 0.86 ? 0.62 : noise(x / 2.3, y / 2.3, seed + 4) > 0.88 ? 1.25 : 1;
    return scaled(rgb(hex), speck * (0.85 + 0.3 * fractal(x / 70, y / 70, seed + 7, 3)));
  };
}

/** A thing with an outline, lit from the upper left. */
export function thing(
  scene: Scene,
  object: number,
  outlines: readonly Outline[],
  hex: string,
  { shine = 0, grain = 0.15, seed = 1 }: { shine?: number; grain?: number; seed?: number } = {},
): void {
  paint(scene, {
    outlines,
    object,
    soft: 0.6,
    shadow: { dx: 4, dy: 6, blur: 5, strength: 0.5 },
    colour: ({ x, y, light }) => {
      const lit = scaled(
        rgb(hex),
        (0.4 + 0.65 * light) * (1 - grain / 2 + grain * fractal(x / 7, y / 7, seed, 3)),
      );
      return mix(lit, [1, 1, 0.97], shine * Math.max(0, (light - 0.78) * 3));
    },
  });
}

/** A round thing from above: rim, inside. */
export function bowl(
  scene: Scene,
  object: number,
  at: Point,
  radius: number,
  hex: string,
  inside: string,
): void {
  thing(scene, object, [blob(randomOf(`bowl ${at.x}`), at, radius, radius * 0.94, 0, 0)], hex, {
    shine: 0.6,
    grain: 0.05,
  });
  paint(scene, {
    outlines: [blob(randomOf(`inside ${at.x}`), at, radius * 0.8, radius * 0.74, 0, 0.01)],
    object,
    soft: 0.8,
    colour: ({ x, y, light }) =>
      scaled(rgb(inside), (1.15 - 0.45 * light) * (0.7 + 0.6 * fractal(x / 6, y / 6, 9, 4))),
  });
}

/** A knife: blade and handle along a line. */
export function knife(scene: Scene, object: number, from: Point, to: Point, thick: number): void {
  const along = (t: number): Point => ({ x: from.x + (to.x - from.x) * t, y: from.y + (to.y - from.y) * t });
  const line = (a: number, b: number) => Array.from({ length: 9 }, (_, i) => along(a + ((b - a) * i) / 8));
  thing(
    scene,
    object,
    [ribbon(line(0.38, 1), (t) => thick * (t > 0.6 ? 1.25 * (1 - t) + 0.3 : 0.95))],
    "#c3c8cb",
    { shine: 0.9, grain: 0.05 },
  );
  thing(scene, object, [ribbon(line(0, 0.42), () => thick)], "#2a2422", { shine: 0.3 });
}
