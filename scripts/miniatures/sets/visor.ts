// Hands and what they hold on a kitchen worktop, from a camera on the head.
// Traps of the real files: points in 1920x1080 for smaller frames, empty segments, an empty polygon, one of two points, a
// polygon within a polygon (a hole), objects of several polygons, folders that image_path names and nobody has.
import type { Point } from "../../../src/core/types.ts";
import { type Files, jpg, json, type Miniature } from "../files.ts";
import { around, blob, curve, type Outline, placed, turned } from "../outline.ts";
import { fractal, noise, randomOf } from "../random.ts";
import {
  addNoise,
  type Colour,
  defocus,
  grade,
  makeScene,
  mix,
  paint,
  rgb,
  type Scene,
  type Spot,
  scaled,
} from "../scene.ts";

const [WIDTH, HEIGHT] = [480, 270];
/** The annotators' pictures are four times as wide. */
const SPACE = 4;

interface Entity {
  readonly name: string;
  readonly class_id: number;
  readonly outlines: readonly Outline[];
}

export const visor: Miniature = {
  name: "visor",
  make: async () => {
    const files: Files = new Map();
    const top = "GroundTruth-SparseAnnotations";
    const videos = {
      P04_109: [board(283, 0), board(427, 1), board(590, 2)],
      P37_101: [hob(1178)],
    };
    for (const [video, frames] of Object.entries(videos)) {
      const video_annotations = [];
      for (const [i, { scene, entities, number }] of frames.entries()) {
        const name = `${video}_frame_${String(number).padStart(10, "0")}.jpg`;
        files.set(`${top}/rgb_frames/val/${video.slice(0, 3)}/${video}/${name}`, await jpg(scene, 82));
        const subsequence = `${video}_seq_0000${i + 1}`;
        const annotations = entities.map(({ name: entity, class_id, outlines }, k) => ({
          id: `${video}-${number}-${k}`,
          name: entity,
          class_id,
          exhaustive: "y",
          ...(/hand$/.test(entity) && { in_contact_object: "none-of-the-above" }),
          segments: outlines.map((outline) =>
            outline.map(({ x, y }) => [inSpace(x, WIDTH), inSpace(y, HEIGHT)]),
          ),
        }));
        const extra = { exhaustive: "inconclusive", class_id: 19 };
        if (i === 0)
          annotations.push(
            { id: `${video}-${number}-none`, name: "onion", ...extra, segments: [] },
            { id: `${video}-${number}-void`, name: "lid", ...extra, segments: [[]] },
            {
              id: `${video}-${number}-line`,
              name: "cloth",
              ...extra,
              segments: [
                [
                  [40, 40],
                  [90, 60],
                ],
              ],
            },
          );
        video_annotations.push({
          image: {
            image_path: `${video}/Part_001/${subsequence}/frame_${number}/${name}`,
            name,
            subsequence,
            video,
          },
          annotations,
        });
      }
      files.set(`${top}/annotations/val/${video}.json`, json({ video_annotations }));
    }
    return files;
  },
};

function inSpace(value: number, limit: number): number {
  return Math.round(10 * SPACE * Math.min(limit, Math.max(0, value))) / 10;
}

const SHADOW = { dx: 4, dy: 5, blur: 5, strength: 0.45 };
const lit = (colour: Colour, { light }: Spot, low = 0.5) => scaled(colour, low + (1.15 - low) * light);

/** From the wrist's inner side round the fingertips (up) to the other side; the arm leaves downwards. */
const HAND = [
  [-29, 190],
  [-25, 80],
  [-28, 46],
  [-41, 26],
  [-54, 6],
  [-55, -8],
  [-45, -8],
  [-30, 6],
  [-28, -14],
  [-31, -44],
  [-26, -54],
  [-18, -48],
  [-14, -18],
  [-10, -18],
  [-10, -54],
  [-3, -63],
  [4, -55],
  [5, -18],
  [8, -17],
  [12, -50],
  [19, -57],
  [24, -49],
  [21, -13],
  [24, -9],
  [32, -34],
  [38, -38],
  [42, -31],
  [34, 4],
  [30, 40],
  [26, 80],
  [31, 190],
] as const;

function hand(
  scene: Scene,
  at: Point,
  turn: number,
  mirrored: boolean,
  seed: number,
  sleeve: string,
): Outline {
  const outline = curve(
    placed(
      HAND.map(([x, y]) => [mirrored ? -x : x, y] as const),
      at,
      turn,
      1,
    ),
    4,
  );
  paint(scene, {
    outlines: [outline],
    soft: 0.8,
    shadow: SHADOW,
    colour: (s) => {
      const local = turned({ x: 0, y: 0 }, s.x - at.x, s.y - at.y, -turn);
      if (local.y > 108)
        return lit(
          scaled(rgb(sleeve), 0.85 + 0.2 * Math.sin(local.x / 3 + 4 * fractal(s.x / 30, s.y / 30, seed))),
          s,
          0.5,
        );
      const skin = mix(rgb("#c98d6f"), rgb("#eabf9f"), fractal(s.x / 22, s.y / 22, seed));
      const knuckle =
        Math.exp(-(((local.y + 14) / 5) ** 2)) * 0.16 + Math.exp(-(((local.y + 36) / 3) ** 2)) * 0.1;
      return lit(mix(skin, rgb("#a85f4c"), knuckle + 0.06 * noise(s.x / 1.5, s.y / 1.5, seed)), s, 0.42);
    },
  });
  return outline;
}

function worktop(seed: number, dark: string, bright: string): Scene {
  return makeScene(WIDTH, HEIGHT, (x, y) => {
    const speck = noise(x / 1.6, y / 1.6, seed);
    const stone = mix(rgb(dark), rgb(bright), fractal(x / 26, y / 26, seed + 1));
    return scaled(
      mix(stone, speck > 0.82 ? rgb("#f2efe8") : rgb("#3a3836"), speck > 0.82 || speck < 0.16 ? 0.35 : 0),
      1.02 - 0.2 * (y / HEIGHT),
    );
  });
}

function finish(scene: Scene, name: string): void {
  grade(scene, (colour, x, y) =>
    scaled(
      mix(colour, rgb("#ffdfae"), 0.05),
      1.12 - 0.55 * Math.hypot(x / WIDTH - 0.46, y / HEIGHT - 0.4) ** 1.5,
    ),
  );
  defocus(scene, 0.6);
  addNoise(scene, name, 0.007, 0.013);
}

/** Chopping; the head moves a little from frame to frame. */
function board(number: number, step: number) {
  const random = randomOf("visor board");
  const seed = 417;
  const shift = { x: [0, -14, 22][step]!, y: [0, 8, -6][step]! };
  const at = (x: number, y: number): Point => ({ x: x + shift.x, y: y + shift.y });
  const scene = worktop(seed, "#7d776f", "#a39c92");
  const entities: Entity[] = [];
  const add = (name: string, class_id: number, ...outlines: Outline[]) =>
    entities.push({ name, class_id, outlines });
  const plank = placed(
    [
      [-132, -74],
      [-124, -80],
      [124, -80],
      [132, -74],
      [132, 74],
      [124, 80],
      [-124, 80],
      [-132, 74],
    ],
    at(236, 128),
    -0.05,
  );
  paint(scene, {
    outlines: [plank],
    shadow: { dx: 5, dy: 8, blur: 6, strength: 0.5 },
    soft: 0.6,
    colour: (s) => {
      const grain = fractal(s.x / 70, (s.y + 12 * fractal(s.x / 120, s.y / 60, seed + 4)) / 3.2, seed + 5, 4);
      const cut = noise(s.x / 30 + s.y / 4, s.y / 30, seed + 6) > 0.88 ? 0.9 : 1;
      return scaled(mix(rgb("#a9743f"), rgb("#dcae74"), grain), cut * (0.8 + 0.22 * Math.min(1, s.light)));
    },
  });
  add("chopping board", 44, plank);
  const bowl = at(402, 66);
  paint(scene, {
    outlines: [around(bowl, () => 48)],
    shadow: { dx: 5, dy: 8, blur: 7, strength: 0.5 },
    colour: (s) => scaled(rgb("#e9ecee"), 0.66 + 0.4 * s.light),
  });
  paint(scene, {
    outlines: [around(bowl, () => 39)],
    soft: 1.4,
    colour: (s) => scaled(rgb("#cfd6da"), 0.7 + 0.3 * s.depth + 0.1 * (1 - s.light)),
  });
  if (step < 2)
    add(
      "bowl",
      7,
      around(bowl, () => 48),
    );
  const slices: Outline[] = [];
  for (let i = 0; i < [1, 3, 4][step]!; i++) {
    const center = at(288 + 21 * i + 3 * random.bell(), 146 + 9 * random.bell());
    const outline = blob(random, center, 16, 20, 0.2, 0.03);
    slices.push(outline);
    paint(scene, {
      outlines: [outline],
      shadow: { dx: 2, dy: 3, blur: 2, strength: 0.45 },
      soft: 0.5,
      colour: (s) => {
        const angle = Math.atan2(s.y - center.y, s.x - center.x);
        const seeds = s.depth > 0.25 && s.depth < 0.62 && Math.sin(angle * 5) > 0.1;
        return scaled(
          mix(rgb(seeds ? "#e9a24a" : "#c93324"), rgb("#ffd9b0"), 0.25 * noise(s.x / 2, s.y / 2, seed)),
          0.75 + 0.3 * s.light,
        );
      },
    });
  }
  const fruit = at(222, 132);
  const whole = blob(random, fruit, 33 - 4 * step, 30, 0.1, 0.02);
  paint(scene, {
    outlines: [whole],
    shadow: SHADOW,
    soft: 0.6,
    colour: (s) =>
      mix(
        lit(mix(rgb("#a81c16"), rgb("#e2452f"), fractal(s.x / 20, s.y / 20, seed + 9)), s, 0.3),
        rgb("#ffffff"),
        0.7 * Math.max(0, 1 - Math.hypot(s.x - fruit.x + 11, s.y - fruit.y + 12) / 9),
      ),
  });
  // Slices that touch would cancel each other out by the even-odd rule, as they would in the real files: they are apart.
  add("tomato", 18, whole, ...slices.filter((_, i) => i % 2 === 0));
  const tilt = [1.25, 1.4, 1.1][step]!;
  const heel = at(276, 178);
  const blade = placed(
    [
      [-96, -2],
      [-88, -10],
      [-10, -12],
      [0, -11],
      [0, 8],
      [-70, 8],
      [-88, 4],
    ],
    heel,
    tilt,
  );
  const grip = placed(
    [
      [0, -9],
      [46, -8],
      [54, 0],
      [48, 9],
      [0, 8],
    ],
    heel,
    tilt,
  );
  paint(scene, {
    outlines: [blade],
    shadow: { dx: 3, dy: 4, blur: 2, strength: 0.5 },
    soft: 0.4,
    colour: (s) =>
      scaled(rgb("#d3d8db"), 0.62 + 0.3 * s.light + 0.25 * fractal(s.x / 9, s.y / 30, seed + 12)),
  });
  paint(scene, {
    outlines: [grip],
    soft: 0.4,
    shadow: { dx: 3, dy: 4, blur: 2, strength: 0.5 },
    colour: (s) => lit(rgb("#26262a"), s, 0.55),
  });
  const left = hand(scene, at(150, 176), 0.62, true, seed + 20, "#44608a");
  const right = hand(scene, at(312, 214), -0.3, false, seed + 21, "#44608a");
  add("knife", 4, [...blade.slice(0, 4), ...grip.slice(1, 2), grip[2]!, grip[3]!, ...blade.slice(4)]);
  add("left hand", 300, left);
  add("right hand", 301, right);
  finish(scene, `visor ${number}`);
  return { scene, entities, number };
}

/** A pan with a handle, a mug whose handle has a hole. */
function hob(number: number) {
  const random = randomOf("visor hob");
  const seed = 911;
  const scene = worktop(seed, "#2b2c30", "#3b3d42");
  const entities: Entity[] = [];
  const pan = { x: 214, y: 112 };
  for (const r of [96, 88])
    paint(scene, {
      outlines: [around(pan, () => r + 12), around(pan, () => r + 9)],
      opacity: 0.5,
      soft: 1,
      colour: () => rgb(r === 96 ? "#7a2a1e" : "#53221c"),
    });
  const rim = around(pan, (a) => 86 + 0.6 * Math.cos(3 * a));
  const handle = placed(
    [
      [80, -10],
      [196, -13],
      [204, 0],
      [196, 13],
      [80, 10],
    ],
    pan,
    0.32,
  );
  paint(scene, { outlines: [handle], shadow: SHADOW, soft: 0.6, colour: (s) => lit(rgb("#2a2522"), s, 0.5) });
  paint(scene, {
    outlines: [rim],
    shadow: { dx: 6, dy: 9, blur: 7, strength: 0.6 },
    soft: 0.6,
    colour: (s) => scaled(rgb("#8d9194"), 0.55 + 0.55 * s.light),
  });
  paint(scene, {
    outlines: [around(pan, () => 77)],
    soft: 1.2,
    colour: (s) =>
      scaled(
        mix(rgb("#191a1c"), rgb("#4b4d50"), fractal(s.x / 50, s.y / 50, seed)),
        0.8 + 0.4 * Math.max(0, noise(s.x / 30, s.y / 30, seed) - 0.4),
      ),
  });
  const egg = blob(random, { x: 196, y: 116 }, 44, 36, 0.4, 0.16);
  paint(scene, {
    outlines: [egg],
    soft: 0.8,
    shadow: { dx: 1, dy: 2, blur: 2, strength: 0.5 },
    colour: (s) =>
      scaled(
        mix(
          rgb("#c58b45"),
          rgb("#fbf7ec"),
          Math.min(1, s.depth * 5 + 0.35 * fractal(s.x / 5, s.y / 5, seed)),
        ),
        0.82 + 0.2 * s.light,
      ),
  });
  paint(scene, {
    outlines: [around({ x: 190, y: 112 }, () => 16)],
    soft: 0.9,
    colour: (s) =>
      mix(
        lit(rgb("#f2a51e"), s, 0.55),
        rgb("#fff6d0"),
        0.6 * Math.max(0, 1 - Math.hypot(s.x - 185, s.y - 106) / 6),
      ),
  });
  const mug = { x: 404, y: 74 };
  const cup = around(mug, () => 34);
  // One outline for cup and handle; the gap in the handle is a polygon of its own.
  const bow = around({ x: mug.x - 42, y: mug.y + 16 }, () => 20);
  const silhouette = [
    ...cup.slice(44, 72),
    ...cup.slice(0, 24),
    { x: mug.x - 22, y: mug.y + 28 },
    ...bow.slice(12, 62).map(({ x, y }) => ({ x, y })),
  ];
  const gap = around({ x: mug.x - 44, y: mug.y + 17 }, () => 9.5);
  paint(scene, {
    outlines: [silhouette, gap],
    soft: 0.5,
    shadow: SHADOW,
    colour: (s) => scaled(rgb("#3f7f8c"), 0.6 + 0.5 * s.light),
  });
  paint(scene, {
    outlines: [around(mug, () => 28)],
    soft: 1,
    colour: (s) => mix(rgb("#2a160b"), rgb("#6d4526"), 0.5 * s.depth + 0.5 * fractal(s.x / 9, s.y / 9, seed)),
  });
  const spatula = placed(
    [
      [-112, -17],
      [-64, -20],
      [-56, -5],
      [48, -4],
      [52, 4],
      [-56, 5],
      [-64, 20],
      [-112, 17],
    ],
    { x: 318, y: 162 },
    0.44,
  );
  paint(scene, {
    outlines: [spatula],
    soft: 0.5,
    shadow: SHADOW,
    colour: (s) =>
      scaled(mix(rgb("#a06a3a"), rgb("#d3a066"), fractal(s.x / 22, s.y / 5, seed + 3)), 0.7 + 0.4 * s.light),
  });
  const right = hand(scene, { x: 372, y: 206 }, -0.55, false, seed + 5, "#8a3d3d");
  entities.push(
    { name: "pan", class_id: 3, outlines: [rim] },
    { name: "egg", class_id: 60, outlines: [egg] },
    { name: "mug", class_id: 13, outlines: [silhouette, gap] },
    { name: "spatula", class_id: 24, outlines: [spatula] },
    { name: "right hand", class_id: 301, outlines: [right] },
  );
  finish(scene, `visor ${number}`);
  return { scene, entities, number };
}
