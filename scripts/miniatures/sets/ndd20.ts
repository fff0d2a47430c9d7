// Dolphins above water (backs and fins between waves, from a boat) and below (whole, in green water, sun from above).
// Traps of the real files: the same numbers in both folders, an outline of two points, an outline without area, a region
// without id, different attributes above and below, points past the border, a text with a space as a key.
import type { Point } from "../../../src/core/types.ts";
import { type Files, jpg, json, type Miniature } from "../files.ts";
import { curve, type Outline, placed } from "../outline.ts";
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
  scaled,
} from "../scene.ts";

interface Picture {
  readonly scene: Scene;
  readonly regions: readonly { readonly outline: Outline; readonly attributes: object }[];
}

export const ndd20: Miniature = {
  name: "ndd20",
  make: async () => {
    const files: Files = new Map();
    const parts = {
      ABOVE: [above("grey morning", 2, "WBD"), above("evening", 3, "BND")],
      BELOW: [below("green", 3), below("blue", 2)],
    };
    for (const [part, pictures] of Object.entries(parts)) {
      const labels: Record<string, unknown> = {};
      for (const [i, { scene, regions }] of pictures.entries()) {
        const filename = `${i}.jpg`;
        const content = await jpg(scene, 80);
        files.set(`NDD20/${part}/${filename}`, content);
        const entries = regions.map(({ outline, attributes }) => region(outline, attributes));
        if (part === "ABOVE" && i === 0)
          entries.push(
            region(
              [
                { x: 40, y: 60 },
                { x: 44, y: 63 },
              ],
              { object: "dolphin", species: "WBD" },
            ),
            region(
              [
                { x: 10, y: 12 },
                { x: 30, y: 22 },
                { x: 50, y: 32 },
              ],
              { object: "dolphin", species: "WBD" },
            ),
          );
        labels[`${filename}${content.length}`] = {
          filename,
          size: content.length,
          regions: entries,
          file_attributes: {},
        };
      }
      files.set(`NDD20/${part}_LABELS.json`, json(labels));
    }
    return files;
  },
};

function region(outline: Outline, region_attributes: object) {
  const all_points_x = outline.map(({ x }) => Math.round(x));
  const all_points_y = outline.map(({ y }) => Math.round(y));
  return { shape_attributes: { name: "polygon", all_points_x, all_points_y }, region_attributes };
}

/** Back and fin above the water line, nose to the right; the lower edge is the water's. */
const BACK = [
  [-100, 26],
  [-78, 15],
  [-50, 4],
  [-22, -4],
  [-10, -8],
  [-14, -24],
  [-20, -42],
  [-27, -56],
  [-12, -51],
  [4, -37],
  [15, -20],
  [22, -9],
  [46, -4],
  [70, 5],
  [90, 16],
  [104, 28],
] as const;
/** A whole dolphin from the side, nose to the right. */
const WHOLE = [
  [128, 6],
  [117, -1],
  [104, -4],
  [98, -14],
  [84, -23],
  [58, -31],
  [26, -35],
  [8, -36],
  [-4, -50],
  [-20, -61],
  [-27, -60],
  [-22, -46],
  [-22, -33],
  [-52, -25],
  [-84, -13],
  [-108, -7],
  [-128, -20],
  [-146, -26],
  [-140, -10],
  [-128, 0],
  [-138, 12],
  [-146, 24],
  [-124, 17],
  [-104, 6],
  [-78, 9],
  [-44, 20],
  [-8, 27],
  [18, 28],
  [10, 44],
  [0, 58],
  [8, 61],
  [28, 50],
  [44, 27],
  [70, 22],
  [94, 17],
  [106, 11],
] as const;

function smooth(
  points: readonly (readonly [number, number])[],
  at: Point,
  turn: number,
  size: number,
  flip: boolean,
  closed: boolean,
): Outline {
  const turned = placed(
    points.map(([x, y]) => [flip ? -x : x, y] as const),
    at,
    turn,
    size,
  );
  return closed ? curve([...turned, turned[0]!], 3).slice(0, -1) : curve(turned, 3);
}

function above(mood: string, count: number, species: string): Picture {
  const [width, height] = [432, 288];
  const random = randomOf(`ndd20 above ${mood}`);
  const seed = random.whole(1, 9999);
  const evening = mood === "evening";
  const horizon = evening ? 52 : 38;
  const [dark, bright, glow] = evening
    ? [rgb("#1d3446"), rgb("#7d7a74"), rgb("#f1b98a")]
    : [rgb("#2b4650"), rgb("#8fa4aa"), rgb("#dfe6e6")];
  const swell = (x: number, y: number) => {
    const near = Math.max(0, (y - horizon) / (height - horizon));
    const long = fractal((x - width / 2) / (30 + 130 * near), (y - horizon) / (2.5 + 20 * near), seed, 4);
    const short = fractal((x - width / 2) / (6 + 26 * near), (y - horizon) / (1.2 + 7 * near), seed + 3, 4);
    return 0.55 * long + 0.45 * short;
  };
  const sea = (x: number, y: number): Colour => {
    const wave = swell(x, y);
    const crest = Math.max(0, swell(x, y + 2.5) - wave) * 5;
    const foam = Math.max(0, wave - 0.68) * 3.2;
    const tone = mix(mix(dark, bright, wave ** 1.4 * 1.05), glow, Math.min(0.8, crest));
    return mix(tone, rgb("#eef3f2"), Math.min(0.85, foam));
  };
  const sky = (x: number, y: number) =>
    mix(mix(glow, bright, 1 - y / horizon), rgb("#ffffff"), 0.35 * fractal(x / 70, y / 14, seed + 9));
  const scene = makeScene(width, height, (x, y) =>
    y < horizon ? sky(x, y) : mix(sea(x, y), glow, Math.max(0, 0.45 - (y - horizon) / 60)),
  );
  const regions = [];
  for (let i = 0; i < count; i++) {
    const at = {
      x: ((i + 0.5) * width) / count + 18 * random.bell(),
      y: 120 + (i % 2) * 74 + 14 * random.bell(),
    };
    const size = 0.4 + (at.y - horizon) / 260;
    const flip = random.next() < 0.4;
    const line = smooth(BACK, at, random.between(-0.12, 0.08), size, flip, false);
    const [first, last] = [line[0]!, line.at(-1)!];
    // The water's edge: small waves lap at the body.
    const edge = Array.from({ length: 14 }, (_, k) => {
      const t = (k + 1) / 15;
      return {
        x: last.x + (first.x - last.x) * t,
        y: last.y + (first.y - last.y) * t + size * 7 * (noise(t * 9, i, seed + 5) - 0.65),
      };
    });
    const outline = [...line, ...edge];
    paint(scene, {
      outlines: [outline.map(({ x, y }) => ({ x, y: 2 * Math.max(first.y, last.y) - y * 0.9 - 8 }))],
      colour: ({ x, y }) => scaled(sea(x, y), 0.62),
      opacity: 0.5,
      soft: 3,
    });
    paint(scene, {
      outlines: [outline],
      soft: 0.7,
      colour: ({ x, y, depth, light }) => {
        const wet =
          Math.max(0, fractal(x / 26, y / 5, seed + 11) - 0.5) * 1.2 +
          Math.max(0, 0.32 - Math.abs(depth - 0.25)) * 0.9;
        const skin = mix(
          rgb("#20262b"),
          species === "WBD" ? rgb("#5a656b") : rgb("#6d7478"),
          0.25 + 0.6 * light,
        );
        const scratch = noise(x / 1.2 + y / 9, y / 11, seed + 13) > 0.93 ? 0.16 : 0;
        return mix(mix(skin, glow, Math.min(0.65, wet * light)), rgb("#c8d0d2"), scratch);
      },
    });
    const splash = [
      ...edge,
      ...edge.toReversed().map(({ x, y }) => ({ x, y: y + size * (4 + 9 * noise(x / 7, 1, seed)) })),
    ];
    paint(scene, {
      outlines: [splash],
      soft: 1.6,
      opacity: 0.8,
      colour: ({ x, y }) => mix(sea(x, y), rgb("#f4f8f8"), fractal(x / 6, y / 3, seed + 17) * 1.1),
    });
    const known = i === 1 ? { id: String(random.whole(3, 40)) } : {};
    regions.push({ outline, attributes: { object: "dolphin", species, ...known } });
  }
  defocus(scene, 0.5);
  addNoise(scene, `above ${mood}`, 0.006, 0.014);
  return { scene, regions };
}

function below(mood: string, count: number): Picture {
  const [width, height] = [480, 270];
  const random = randomOf(`ndd20 below ${mood}`);
  const seed = random.whole(1, 9999);
  const [deep, lit] = mood === "green" ? [rgb("#0d3b3c"), rgb("#7fc7a6")] : [rgb("#0b2f55"), rgb("#8cc9e6")];
  const sun = { x: width * random.between(0.3, 0.7), y: -40 };
  const rays = (x: number, y: number) => {
    const angle = Math.atan2(x - sun.x, y - sun.y);
    return fractal(angle * 14, 0.5 + y / 900, seed + 1, 3) ** 2 * Math.max(0, 1 - y / (height * 1.1));
  };
  const water = (x: number, y: number) =>
    mix(
      mix(lit, deep, Math.min(1, (y / height) ** 0.8 + 0.1 * fractal(x / 90, y / 60, seed))),
      rgb("#e8fff4"),
      0.75 * rays(x, y),
    );
  const scene = makeScene(width, height, water);
  const regions = [];
  for (let i = 0; i < count; i++) {
    const near = 0.55 + 0.45 * ((i + 1) / count);
    const size = 0.62 * near + 0.1 * random.next();
    // The last one swims out of the picture.
    const at =
      i === count - 1
        ? { x: width - 52 * size, y: height * 0.66 }
        : { x: ((i + 0.6) * width) / count, y: height * (0.3 + 0.22 * (i % 2)) + 10 * random.bell() };
    const flip = i % 2 === 1;
    const turn = random.between(-0.3, 0.25);
    const outline = smooth(WHOLE, at, turn, size, flip, true);
    const haze = 0.72 - 0.55 * near;
    paint(scene, {
      outlines: [outline],
      soft: 0.7 + 1.4 * (1 - near),
      colour: ({ x, y, depth, light }) => {
        const up = ((y - at.y) * Math.cos(turn) - (x - at.x) * Math.sin(turn)) / (34 * size);
        const belly = Math.min(1, Math.max(0, up * 0.9 + 0.25));
        const skin = mix(rgb("#3d4a52"), rgb("#c9d2cf"), belly ** 1.5);
        const net =
          Math.max(0, 1 - Math.abs(fractal(x / 16, y / 12, seed + 5, 3) - 0.5) * 14) *
          Math.max(0, 0.6 - up) *
          0.4;
        const shaded = mix(scaled(skin, 0.45 + 0.6 * light), rgb("#f4fff6"), Math.min(0.26, net));
        return mix(shaded, water(x, y), haze + 0.12 * (1 - depth) * (1 - near));
      },
    });
    const eye = placed([[flip ? -92 : 92, -3]], at, turn, size)[0]!;
    paint(scene, {
      outlines: [
        Array.from({ length: 12 }, (_, k) => ({
          x: eye.x + 2.6 * size * Math.cos(k / 1.91),
          y: eye.y + 2.2 * size * Math.sin(k / 1.91),
        })),
      ],
      opacity: 1 - haze,
      colour: () => rgb("#101416"),
    });
    regions.push({
      outline,
      attributes: {
        object: "dolphin",
        id: String(random.whole(1, 80)),
        "out of focus": near < 0.75 ? "true" : "false",
      },
    });
  }
  for (let i = 0; i < 70; i++) {
    const at = { x: random.between(0, width), y: random.between(0, height) };
    const r = random.between(0.5, 1.5);
    paint(scene, {
      outlines: [
        Array.from({ length: 8 }, (_, k) => ({
          x: at.x + r * Math.cos(k / 1.27),
          y: at.y + r * Math.sin(k / 1.27),
        })),
      ],
      opacity: random.between(0.15, 0.5),
      soft: 0.7,
      colour: () => rgb("#dff5ea"),
    });
  }
  grade(scene, (colour, x, y) =>
    scaled(colour, 1.08 - 0.5 * Math.hypot(x / width - 0.5, y / height - 0.45) ** 1.6),
  );
  defocus(scene, 0.7);
  addNoise(scene, `below ${mood}`, 0.008, 0.014);
  return { scene, regions };
}
