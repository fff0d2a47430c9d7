// Photographs of anything, with masks of everything: wholes and their parts, overlapping, without categories.
// Traps of the real files: ids above 2^31, predicted_iou above 1, backslashes in RLE strings, masks inside masks.
import type { BitMask, Point } from "../../../src/core/types.ts";
import { deepestPixel } from "../../../src/masks/distance-transform.ts";
import { compressedRle, measuresOfMask } from "../annotations.ts";
import { type Files, jpg, json, type Miniature } from "../files.ts";
import { around, blob, box, curve, type Outline, placed, ribbon } from "../outline.ts";
import { fractal, noise, type Random, randomOf } from "../random.ts";
import { addNoise, type Colour, defocus, grade, makeScene, mix, rgb, type Spot, scaled } from "../scene.ts";
import { makeStage, type Stage } from "../stage.ts";

export const sa1b: Miniature = {
  name: "sa-1b",
  make: async () => {
    const files: Files = new Map();
    const pictures = { 1017: village, 1042: table, 1180: harbour, 1233: shelf };
    for (const [id, draw] of Object.entries(pictures)) {
      const random = randomOf(`sa_${id}`);
      const stage = draw(random);
      const { scene } = stage;
      defocus(scene, 0.6);
      grade(scene, (colour, x, y) =>
        scaled(colour, 1.05 - 0.3 * Math.hypot(x / scene.width - 0.5, y / scene.height - 0.5) ** 1.5),
      );
      addNoise(scene, id, 0.006, 0.012);
      const { width, height } = scene;
      files.set(`sa_${id}.jpg`, await jpg(scene, 85));
      const image = { image_id: Number(id), width, height, file_name: `sa_${id}.jpg` };
      const annotations = stage
        .masks(40)
        .map((mask, i) => annotation(mask, 2_510_000_000 + Number(id) * 100 + i, random));
      files.set(`sa_${id}.json`, json({ image, annotations }));
    }
    return files;
  },
};

function annotation(mask: BitMask, id: number, random: Random) {
  const at = deepestPixel(mask).index;
  const round = (value: number) => Math.round(value * 1e4) / 1e4;
  return {
    id,
    segmentation: compressedRle(mask),
    ...measuresOfMask(mask),
    predicted_iou: round(random.between(0.88, 1.03)),
    stability_score: round(random.between(0.95, 1)),
    crop_box: [0, 0, mask.width, mask.height],
    point_coords: [[(at % mask.width) + 0.5, Math.floor(at / mask.width) + 0.5]],
  };
}

const SHADOW = { dx: 3, dy: 4, blur: 3, strength: 0.45 };
const lit = (colour: Colour, { light }: Spot, low = 0.5) => scaled(colour, low + (1.15 - low) * light);

function village(random: Random): Stage {
  const width = 480;
  const height = 360;
  const seed = random.whole(1, 9999);
  const stage = makeStage(
    makeScene(width, height, (x, y) => {
      const cloud = Math.max(0, fractal(x / 110, y / 45, seed, 5) - 0.48) * 3.2;
      return mix(
        mix(rgb("#5f9bd6"), rgb("#cfe2ee"), y / 190),
        rgb("#fbfbf8"),
        Math.min(1, cloud) * (1 - y / 260),
      );
    }),
  );
  const ridge = (base: number, size: number, rough: number, s: number): Outline => [
    ...Array.from({ length: 61 }, (_, i) => ({ x: i * 8, y: base - size * fractal(i / rough, 0.5, s, 4) })),
    { x: width, y: height },
    { x: 0, y: height },
  ];
  stage.add({
    outlines: [ridge(190, 120, 11, seed + 1)],
    colour: ({ x, y }) => mix(rgb("#8fa6bb"), rgb("#6d86a0"), fractal(x / 30, y / 18, seed + 1)),
  });
  stage.add({
    outlines: [ridge(216, 72, 8, seed + 2)],
    colour: ({ x, y }) => scaled(mix(rgb("#56704e"), rgb("#7f9665"), fractal(x / 14, y / 9, seed + 2)), 0.95),
  });
  stage.add({
    outlines: [ridge(236, 20, 17, seed + 3)],
    colour: ({ x, y }) =>
      scaled(
        mix(rgb("#7f9d47"), rgb("#b3bb62"), fractal(x / 40, y / 10, seed + 3)),
        0.75 + 0.4 * noise(x / 1.6, y / 2.6, seed),
      ),
  });
  const way = curve([
    { x: 200, y: 362 },
    { x: 230, y: 310 },
    { x: 300, y: 275 },
    { x: 290, y: 240 },
  ]);
  stage.add({
    outlines: [ribbon(way, (t) => 34 * (1 - t) ** 1.5 + 2)],
    soft: 1,
    colour: ({ x, y }) => scaled(mix(rgb("#b39b78"), rgb("#d8c6a2"), fractal(x / 9, y / 4, seed + 4)), 0.95),
  });
  for (const [x, y, size, wall, roof] of [
    [108, 262, 1, "#e9dcc3", "#a2492f"],
    [330, 252, 0.78, "#d9c8a8", "#7c4a3a"],
    [420, 286, 1.16, "#efe9dc", "#8e5a3c"],
  ] as const)
    house(stage, { x, y }, size, rgb(wall), rgb(roof), seed);
  for (const [x, y, size] of [
    [40, 292, 1.1],
    [196, 268, 0.72],
    [270, 330, 1.35],
    [455, 338, 1],
  ] as const)
    tree(stage, random, { x, y }, size, seed);
  return stage;
}

function house(stage: Stage, { x, y }: Point, size: number, wall: Colour, roof: Colour, seed: number): void {
  const at = (x0: number, y0: number, x1: number, y1: number) =>
    box(x + x0 * size, y + y0 * size, x + x1 * size, y + y1 * size);
  const walls = stage.add({
    outlines: [at(-44, -46, 44, 12)],
    shadow: { ...SHADOW, dx: 8, blur: 6 },
    colour: (s) =>
      scaled(wall, (0.82 + 0.2 * fractal(s.x / 7, s.y / 7, seed)) * (s.x > x + 20 * size ? 0.86 : 1)),
  });
  const tiles = stage.add({
    outlines: [
      placed(
        [
          [-52, -44],
          [-34, -82],
          [34, -82],
          [52, -44],
        ],
        { x, y },
        0,
        size,
      ),
    ],
    colour: (s) =>
      scaled(
        roof,
        0.75 + 0.22 * Math.sin(((s.y - y) / size) * 1.7) + 0.3 * noise(s.x / 3, s.y / 3, seed + 7),
      ),
  });
  const stack = stage.add({
    outlines: [at(16, -96, 27, -76)],
    colour: (s) => scaled(rgb("#8a5b4a"), 0.7 + 0.5 * noise(s.x / 3, s.y / 2, seed)),
  });
  const door = stage.add({
    outlines: [at(-8, -20, 10, 12)],
    colour: (s) => scaled(rgb("#5d4632"), 0.8 + 0.3 * noise(s.x / 1.5, s.y / 12, seed)),
  });
  const panes = [-34, 20].map((left) =>
    stage.add({
      outlines: [at(left, -34, left + 16, -15)],
      colour: (s) =>
        Math.abs((s.x - x) / size - left - 8) < 1 || Math.abs((s.y - y) / size + 24.5) < 1
          ? rgb("#f3efe6")
          : mix(rgb("#3c4c5c"), rgb("#9db6c8"), fractal(s.x / 12, s.y / 9, seed + 9)),
    }),
  );
  stage.group(walls, tiles, stack, door, ...panes);
}

function tree(stage: Stage, random: Random, { x, y }: Point, size: number, seed: number): void {
  const trunk = stage.add({
    outlines: [
      ribbon(
        curve([
          { x, y },
          { x: x + 2, y: y - 30 * size },
          { x, y: y - 60 * size },
        ]),
        (t) => (5 - 3 * t) * size,
      ),
    ],
    shadow: SHADOW,
    colour: (s) => lit(mix(rgb("#4b3a2a"), rgb("#7a634a"), noise(s.x / 2, s.y / 6, seed)), s),
  });
  const crown = stage.add({
    outlines: [
      around(
        { x, y: y - 66 * size },
        (a) =>
          size *
          (27 +
            2 * Math.sin(4 * a + seed) +
            1.8 * Math.sin(9 * a + x) +
            1.2 * Math.sin(17 * a) +
            0.5 * random.bell()),
      ),
    ],
    soft: 0.8,
    colour: (s) => lit(mix(rgb("#2f5a2a"), rgb("#86a94a"), fractal(s.x / 6, s.y / 6, seed + 5)), s, 0.35),
  });
  stage.group(trunk, crown);
}

function table(random: Random): Stage {
  const width = 480;
  const height = 360;
  const seed = random.whole(1, 9999);
  const stage = makeStage(
    makeScene(width, height, (x, y) => {
      const board = Math.floor(y / 62);
      const grain = fractal(
        x / 60 + board * 9,
        (y + 9 * fractal(x / 80, y / 40, seed)) / 3.4,
        seed + board,
        4,
      );
      const gap = y % 62 < 1.6 ? 0.55 : 1;
      return scaled(mix(rgb("#8a5a34"), rgb("#c08f5c"), grain), gap * (0.92 + 0.12 * noise(board, 0, seed)));
    }),
  );
  const round = (center: Point, rx: number, ry: number): Outline =>
    around({ x: 0, y: 0 }, () => 1).map((p) => ({ x: center.x + p.x * rx, y: center.y + p.y * ry }));
  stage.add({
    outlines: [
      placed(
        [
          [-90, -40],
          [70, -58],
          [96, 44],
          [-70, 62],
        ],
        { x: 372, y: 262 },
        0.1,
      ),
    ],
    shadow: { ...SHADOW, strength: 0.3 },
    colour: ({ x, y }) =>
      scaled(
        (Math.floor((x + y / 4) / 12) + Math.floor((y - x / 5) / 12)) % 2 === 0
          ? rgb("#d8574c")
          : rgb("#f3ece0"),
        0.85 + 0.2 * noise(x / 1.4, y / 1.4, seed),
      ),
  });
  const dish = { x: 168, y: 206 };
  const rim = stage.add({
    outlines: [round(dish, 128, 104)],
    shadow: { dx: 6, dy: 9, blur: 7, strength: 0.5 },
    colour: (s) => scaled(rgb("#eef0ee"), 0.82 + 0.2 * s.light),
  });
  const well = stage.add({
    outlines: [round(dish, 92, 73)],
    soft: 1.5,
    colour: (s) => scaled(rgb("#e2e6e8"), 0.93 + 0.07 * Math.min(1, 3 * s.depth)),
  });
  const fruit = (x: number, y: number, r: number, dark: string, bright: string, speck: number) =>
    stage.add({
      outlines: [blob(random, { x, y }, r, r * 0.94, 0, 0.02)],
      shadow: SHADOW,
      colour: (s) => {
        const skin = mix(rgb(dark), rgb(bright), fractal(s.x / 15, s.y / 11, seed + x));
        const shine = Math.max(0, 1 - Math.hypot(s.x - x + r * 0.35, s.y - y + r * 0.4) / (r * 0.34));
        return mix(
          scaled(lit(skin, s, 0.3), 1 - speck * noise(s.x / 1.4, s.y / 1.4, seed)),
          rgb("#ffffff"),
          0.6 * shine,
        );
      },
    });
  const stem = (x: number, y: number) =>
    stage.add({
      outlines: [
        ribbon(
          curve([
            { x, y },
            { x: x + 2, y: y - 8 },
            { x: x + 7, y: y - 13 },
          ]),
          () => 2,
        ),
      ],
      colour: () => rgb("#4e3620"),
    });
  const red = fruit(122, 184, 39, "#8f1f1c", "#d9483a", 0.08);
  stage.group(red, stem(123, 152));
  const green = fruit(204, 172, 34, "#6f8f2a", "#b9cc55", 0.08);
  stage.group(green, stem(206, 146));
  fruit(172, 238, 33, "#d97a1e", "#f4a63a", 0.16);
  fruit(236, 226, 25, "#d8b322", "#f6e06a", 0.1);
  stage.group(rim, well);
  const bend = curve([
    { x: 62, y: 246 },
    { x: 92, y: 276 },
    { x: 134, y: 286 },
    { x: 176, y: 276 },
  ]);
  stage.add({
    outlines: [ribbon(bend, (t) => 3 + 11 * Math.sin(Math.PI * t) ** 0.7)],
    shadow: SHADOW,
    colour: (s) =>
      mix(lit(rgb("#e8c53a"), s, 0.55), rgb("#5c421c"), noise(s.x / 3, s.y / 3, seed) > 0.9 ? 0.5 : 0),
  });
  const cup = { x: 372, y: 96 };
  const saucer = stage.add({
    outlines: [round(cup, 78, 62)],
    shadow: { ...SHADOW, blur: 5 },
    colour: (s) => scaled(rgb("#4e7fa0"), 0.75 + 0.35 * s.light),
  });
  const handle = stage.add({
    outlines: [
      around({ x: cup.x + 52, y: cup.y + 4 }, () => 19),
      around({ x: cup.x + 52, y: cup.y + 4 }, () => 11),
    ],
    shadow: SHADOW,
    colour: (s) => lit(rgb("#6796b5"), s, 0.6),
  });
  const body = stage.add({
    outlines: [round(cup, 48, 42)],
    shadow: SHADOW,
    colour: (s) => scaled(rgb("#7aa6c2"), 0.7 + 0.4 * s.light),
  });
  const coffee = stage.add({
    outlines: [round(cup, 40, 34)],
    colour: (s) =>
      mix(rgb("#2c1a10"), rgb("#8a5c34"), Math.max(0, fractal(s.x / 13, s.y / 9, seed + 6) - 0.42) * 1.8),
  });
  stage.group(handle, body, coffee);
  stage.group(saucer, handle, body, coffee);
  const blade = stage.add({
    outlines: [
      placed(
        [
          [-70, -4],
          [-10, -5],
          [-6, 5],
          [-56, 6],
          [-68, 2],
        ],
        { x: 380, y: 258 },
        -0.35,
      ),
    ],
    shadow: { ...SHADOW, blur: 2 },
    colour: (s) => scaled(rgb("#cfd4d6"), 0.75 + 0.35 * noise(s.x / 18, s.y / 3, seed)),
  });
  const grip = stage.add({
    outlines: [
      placed(
        [
          [-8, -6],
          [54, -7],
          [58, 0],
          [54, 7],
          [-8, 6],
        ],
        { x: 380, y: 258 },
        -0.35,
      ),
    ],
    shadow: { ...SHADOW, blur: 2 },
    colour: (s) => lit(rgb("#3a2f2c"), s, 0.5),
  });
  stage.group(blade, grip);
  for (let i = 0; i < 9; i++) {
    const crumb = { x: random.between(280, 470), y: random.between(170, 350) };
    stage.add({
      outlines: [blob(random, crumb, random.between(2.5, 5), random.between(2.5, 4), 0, 0.15)],
      shadow: { ...SHADOW, dx: 1, dy: 1, blur: 1 },
      colour: (s) => lit(rgb("#caa05e"), s, 0.6),
    });
  }
  return stage;
}

function harbour(random: Random): Stage {
  const width = 512;
  const height = 341;
  const seed = random.whole(1, 9999);
  const horizon = 150;
  const sky = (x: number, y: number) =>
    mix(
      mix(rgb("#32507f"), rgb("#f2a765"), (y / horizon) ** 1.6),
      rgb("#f7d8b0"),
      Math.max(0, fractal(x / 120, y / 16, seed, 4) - 0.55) * 2,
    );
  const stage = makeStage(makeScene(width, height, sky));
  const sun = { x: 356, y: 118 };
  stage.tint({ outlines: [around(sun, () => 60)], opacity: 0.3, soft: 18, colour: () => rgb("#ffe2a6") });
  stage.add({ outlines: [around(sun, () => 17)], soft: 1.2, colour: () => rgb("#fff3cf") });
  stage.add({
    outlines: [
      [
        ...Array.from({ length: 34 }, (_, i) => ({
          x: i * 6 - 10,
          y: horizon - 54 * Math.sin((Math.PI * i) / 33) * fractal(i / 7, 0.5, seed + 1, 3) * 1.6,
        })),
        { x: 190, y: horizon + 2 },
        { x: -10, y: horizon + 2 },
      ],
    ],
    colour: ({ x, y }) => mix(rgb("#3f4560"), rgb("#5d5668"), fractal(x / 12, y / 8, seed)),
  });
  stage.add({
    outlines: [box(0, horizon, width, height)],
    colour: ({ x, y }) => {
      const near = (y - horizon) / (height - horizon);
      const wave = fractal(x / (14 + 50 * near), y / (1.6 + 7 * near), seed + 2, 4);
      const glint = Math.exp(-(((x - sun.x) / (20 + 60 * near)) ** 2)) * Math.max(0, wave - 0.42) * 3.4;
      return mix(
        mix(mix(rgb("#c98a63"), rgb("#24466a"), Math.min(1, near * 1.9)), rgb("#142f4d"), wave * 0.7),
        rgb("#ffe0a8"),
        Math.min(1, glint),
      );
    },
  });
  for (const [x, y, size, hull, sail] of [
    [96, 196, 0.8, "#7c2f2a", "#f3e6cf"],
    [236, 182, 0.55, "#2f4a5e", "#e8d9bd"],
    [420, 218, 1.15, "#e9e3d6", "#d9673c"],
  ] as const)
    boat(stage, { x, y }, size, rgb(hull), rgb(sail), seed);
  const planks = stage.add({
    outlines: [
      [
        { x: -2, y: 300 },
        { x: 168, y: 262 },
        { x: 186, y: 272 },
        { x: 60, y: 343 },
        { x: -2, y: 343 },
      ],
    ],
    colour: ({ x, y }) =>
      scaled(
        mix(rgb("#5c4838"), rgb("#8f7357"), fractal(x / 30, y / 3, seed + 5)),
        (x + 2 * y) % 17 < 1.8 ? 0.5 : 0.95,
      ),
  });
  const posts = [
    [20, 304, 1.2],
    [88, 287, 1],
    [158, 268, 0.8],
  ].map(([x, y, s]) =>
    stage.add({
      outlines: [box(x! - 6 * s!, y! - 34 * s!, x! + 6 * s!, y! + 20 * s!)],
      shadow: SHADOW,
      colour: (spot) =>
        scaled(
          mix(rgb("#3d2f26"), rgb("#7d654e"), noise(spot.x / 2, spot.y / 9, seed)),
          0.55 + 0.55 * spot.light,
        ),
    }),
  );
  stage.group(planks, ...posts);
  for (let i = 0; i < 4; i++) {
    const at = { x: random.between(240, 490), y: random.between(28, 92) };
    const span = random.between(8, 13);
    stage.add({
      outlines: [
        ribbon(
          curve([
            { x: at.x - span, y: at.y - 4 },
            { x: at.x - span / 2, y: at.y - 6 },
            at,
            { x: at.x + span / 2, y: at.y - 6 },
            { x: at.x + span, y: at.y - 3 },
          ]),
          (t) => 0.7 + 1.8 * Math.sin(Math.PI * t) ** 2,
        ),
      ],
      soft: 0,
      colour: () => rgb("#2b2a33"),
    });
  }
  for (const [x, y, r, tone] of [
    [300, 300, 11, "#d8452f"],
    [352, 262, 8, "#e0b43a"],
  ] as const)
    stage.add({
      outlines: [around({ x, y }, () => r)],
      colour: (s) => (s.y > y + r * 0.35 ? rgb("#2f3c4c") : lit(rgb(tone), s, 0.4)),
    });
  return stage;
}

function boat(stage: Stage, { x, y }: Point, size: number, hull: Colour, sail: Colour, seed: number): void {
  stage.tint({
    outlines: [
      placed(
        [
          [-40, 10],
          [44, 10],
          [30, 44],
          [-24, 40],
        ],
        { x, y },
        0,
        size,
      ),
    ],
    opacity: 0.4,
    soft: 3,
    colour: () => scaled(hull, 0.45),
  });
  const mast = stage.add({
    outlines: [box(x - 1.3 * size, y - 92 * size, x + 1.3 * size, y)],
    colour: () => rgb("#4a3a2c"),
  });
  const cloth = (points: readonly (readonly [number, number])[], tint: Colour) =>
    stage.add({
      outlines: [placed(points, { x, y }, 0, size)],
      colour: (s) =>
        scaled(
          tint,
          0.7 +
            0.35 * s.light +
            0.1 * Math.sin((s.y - y) / (5 * size)) +
            0.08 * fractal(s.x / 9, s.y / 9, seed),
        ),
    });
  const main = cloth(
    [
      [3, -90],
      [14, -62],
      [26, -34],
      [36, -12],
      [3, -9],
    ],
    sail,
  );
  const jib = cloth(
    [
      [-3, -84],
      [-12, -50],
      [-24, -24],
      [-36, -8],
      [-3, -8],
    ],
    mix(sail, rgb("#ffffff"), 0.35),
  );
  const body = stage.add({
    outlines: [
      placed(
        [
          [-46, -6],
          [48, -7],
          [34, 12],
          [-34, 12],
        ],
        { x, y },
        0,
        size,
      ),
    ],
    colour: (s) =>
      scaled((s.y - y) / size > -3 && (s.y - y) / size < 0 ? rgb("#e9dcc0") : hull, 0.7 + 0.4 * s.light),
  });
  stage.group(main, jib);
  stage.group(mast, main, jib, body);
}

function shelf(random: Random): Stage {
  const width = 384;
  const height = 480;
  const seed = random.whole(1, 9999);
  const stage = makeStage(
    makeScene(width, height, (x, y) =>
      scaled(
        mix(rgb("#b9c4b4"), rgb("#cbd3c4"), fractal(x / 60, y / 60, seed)),
        1.05 - 0.18 * (x / width) + 0.03 * noise(x / 1.5, y / 1.5, seed),
      ),
    ),
  );
  const frame = box(40, 28, 172, 138);
  const inner = box(54, 42, 158, 124);
  const wood = stage.add({
    outlines: [frame, inner],
    shadow: { ...SHADOW, dx: 5, blur: 5 },
    colour: (s) =>
      scaled(mix(rgb("#6b4326"), rgb("#99683c"), fractal(s.x / 3, s.y / 20, seed)), 0.7 + 0.4 * s.light),
  });
  const canvas = stage.add({
    outlines: [inner],
    colour: ({ x, y }) =>
      y > 92 + 12 * fractal(x / 24, 0.5, seed + 4)
        ? mix(rgb("#3f6a4a"), rgb("#87a05a"), fractal(x / 12, y / 7, seed))
        : mix(rgb("#7fb0cf"), rgb("#f0e3c8"), (y - 42) / 60),
  });
  stage.group(wood, canvas);
  const clock = { x: 284, y: 84 };
  const rim = stage.add({
    outlines: [around(clock, () => 52), around(clock, () => 44)],
    shadow: { ...SHADOW, dx: 5, blur: 5 },
    colour: (s) => lit(rgb("#35393e"), s, 0.6),
  });
  const face = stage.add({
    outlines: [around(clock, () => 44)],
    colour: ({ x, y }) =>
      Math.hypot(x - clock.x, y - clock.y) > 35 &&
      Math.abs(((Math.atan2(y - clock.y, x - clock.x) * 6) / Math.PI + 12.06) % 1) < 0.12
        ? rgb("#3a3a3a")
        : rgb("#f4f1e8"),
  });
  const hands = [
    [-0.9, 24],
    [0.55, 36],
  ].map(([angle, length]) =>
    stage.dress({
      outlines: [
        ribbon(
          [clock, { x: clock.x + length! * Math.cos(angle!), y: clock.y + length! * Math.sin(angle!) }],
          () => 1.8,
        ),
      ],
      soft: 0,
      colour: () => rgb("#23262a"),
    }),
  );
  stage.group(rim, face, ...hands);
  const board = (y: number) =>
    stage.add({
      outlines: [box(12, y, 372, y + 14)],
      shadow: { dx: 0, dy: 9, blur: 5, strength: 0.5 },
      colour: (s) =>
        scaled(
          mix(rgb("#a67a4c"), rgb("#c99d6b"), fractal(s.x / 45, s.y / 2.5, seed + y)),
          s.y < y + 2 ? 1.1 : 0.9,
        ),
    });
  const boards = [board(300), board(446)];
  const tones = ["#8c2f2b", "#2f4f6e", "#c9a23a", "#4d6b45", "#6d4a74", "#d9d0bc", "#b4623a", "#34393f"];
  const book = (x: number, y: number, w: number, h: number) => {
    const tone = rgb(random.pick(tones));
    const band = random.between(0.15, 0.3) * h;
    return stage.add({
      outlines: [box(x, y - h, x + w, y)],
      soft: 0.3,
      shadow: { dx: 2, dy: 0, blur: 2, strength: 0.4 },
      colour: (s) =>
        scaled(
          Math.abs(s.y - (y - h) - band) < 2.5 ? rgb("#e5cf8a") : tone,
          (0.6 + 0.45 * Math.sin((Math.PI * (s.x - x + 0.5)) / w)) *
            (0.9 + 0.2 * noise(s.x / 2, s.y / 2, seed)),
        ),
    });
  };
  const row = (from: number, to: number, y: number) => {
    const books: number[] = [];
    for (let x = from; x < to - 12; ) {
      const w = random.between(13, 25);
      books.push(book(x, y, w, random.between(66, 104)));
      x += w + 0.6;
    }
    stage.group(...books);
  };
  row(24, 214, 300);
  row(150, 356, 446);
  const flowers: number[] = [];
  const foot = { x: 290, y: 300 };
  for (const [dx, dy, tone] of [
    [-34, -116, "#d94f6a"],
    [-6, -138, "#f0b93a"],
    [30, -120, "#e6e1f2"],
  ] as const) {
    const head = { x: foot.x + dx, y: foot.y + dy };
    const stalk = stage.dress({
      outlines: [
        ribbon(
          curve([{ x: foot.x, y: foot.y - 50 }, { x: foot.x + dx * 0.4, y: foot.y + dy * 0.6 }, head]),
          () => 1.7,
        ),
      ],
      colour: (s) => lit(rgb("#4f7a3c"), s, 0.6),
    });
    const petals = stage.add({
      outlines: [around(head, (a) => 13 + 5 * Math.cos(6 * a))],
      colour: (s) => lit(mix(rgb(tone), rgb("#ffffff"), 0.35 * noise(s.x / 3, s.y / 3, seed)), s, 0.6),
    });
    const eye = stage.add({
      outlines: [around(head, () => 4.5)],
      colour: (s) => lit(rgb("#6b4a1f"), s, 0.6),
    });
    stage.group(petals, eye);
    flowers.push(stalk, petals, eye);
  }
  const pot = stage.add({
    outlines: [
      placed(
        [
          [-15, -62],
          [15, -62],
          [12, -48],
          [24, -28],
          [22, -8],
          [14, 0],
          [-14, 0],
          [-22, -8],
          [-24, -28],
          [-12, -48],
        ],
        foot,
        0,
      ),
    ],
    shadow: SHADOW,
    colour: (s) => mix(lit(rgb("#3f7f8c"), s, 0.4), rgb("#d9ecef"), s.light > 0.98 ? 0.4 : 0),
  });
  stage.group(pot, ...flowers);
  const ball = { x: 84, y: 412 };
  stage.add({
    outlines: [around(ball, () => 34)],
    shadow: SHADOW,
    colour: (s) =>
      lit(
        s.depth >= 0 && Math.sin((s.x - ball.x) / 9 + ((s.y - ball.y) / 40) ** 2) > 0
          ? rgb("#d8d2c4")
          : rgb("#3b5f8a"),
        s,
        0.35,
      ),
  });
  stage.group(...boards);
  return stage;
}
