// Six kinds of irregular things, one on top of the other: antennas, branches, fences, hangers, logs, wires. Traps of the
// real files: 16-bit instance maps whose values begin at 1000, RLE although nothing is a crowd, things of many pieces and
// holes, names and ids that are the same in all six sets, a training part that must not be mixed in.
import { encode } from "fast-png";
import type { Point } from "../../../src/core/types.ts";
import { area } from "../../../src/masks/bit-mask.ts";
import { compressedRle, measuresOfMask } from "../annotations.ts";
import { type Files, jpg, json, type Miniature } from "../files.ts";
import { around, box, curve, type Outline, placed, ribbon, slab, turned } from "../outline.ts";
import { fractal, noise, type Random, randomOf } from "../random.ts";
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
  visible,
} from "../scene.ts";

const SIDE = 256;

interface Kind {
  readonly count: number;
  ground(x: number, y: number, seed: number): Colour;
  /** Outlines of one thing; an inner one is a hole unless `union`. */
  thing(
    random: Random,
    index: number,
  ): { outlines: readonly Outline[]; union?: boolean; colour: (spot: Spot) => Colour };
}

export const ishape: Miniature = {
  name: "ishape",
  make: async () => {
    const files: Files = new Map();
    for (const [name, kind] of Object.entries(KINDS)) {
      for (const part of name === "wire" ? ["train", "val"] : ["val"]) {
        const folder = `ishape_dataset/${name}/${part}`;
        const scene = heap(`${name} ${part}`, kind);
        const stem = name === "antenna" ? "12" : "1";
        const masks = Array.from({ length: kind.count }, (_, i) => visible(scene, i + 1)).filter(
          (mask) => area(mask) > 40,
        );
        const map = Uint16Array.from(scene.owner, (owner) =>
          owner > 0 && owner <= kind.count ? 999 + owner : 0,
        );
        files.set(`${folder}/image/${stem}.jpg`, await jpg(scene, 82));
        files.set(
          `${folder}/instance_map/${stem}.png`,
          encode({ width: SIDE, height: SIDE, channels: 1, depth: 16, data: map }, { zlib: { level: 9 } }),
        );
        const annotations = masks.map((mask, i) => ({
          ...{ segmentation: compressedRle(mask), ...measuresOfMask(mask), iscrowd: 0, image_id: 1 },
          ...{ category_id: 1, id: i + 1, img_name: null },
        }));
        const images = [{ id: 1, file_name: `${stem}.jpg`, height: SIDE, width: SIDE }];
        const categories = [{ id: 1, name: "cat1", supercategory: "supercat1" }];
        files.set(
          `${folder}/coco_format-mask_encoding=rle-instances_2017.json`,
          json({ info: {}, licenses: [], images, annotations, categories }),
        );
      }
    }
    files.set(
      "README.txt",
      "A made-up miniature in the layout of iShape. No picture is from the data set.\n",
    );
    return files;
  },
};

function heap(name: string, kind: Kind): Scene {
  const random = randomOf(name);
  const seed = random.whole(1, 9999);
  const scene = makeScene(SIDE, SIDE, (x, y) => kind.ground(x, y, seed));
  for (let i = 0; i < kind.count; i++) {
    const { outlines, union = false, colour } = kind.thing(random, i);
    paint(scene, {
      outlines,
      union,
      colour,
      object: i + 1,
      soft: 0.5,
      shadow: { dx: 3, dy: 4, blur: 2.5, strength: name.startsWith("antenna") ? 0 : 0.5 },
    });
  }
  grade(scene, (colour, x, y) => scaled(colour, 1.15 - 0.5 * Math.hypot(x / SIDE - 0.4, y / SIDE - 0.35)));
  defocus(scene, 0.4);
  addNoise(scene, name, 0.005, 0.014);
  return scene;
}

const wood =
  (low: string, high: string, seed: number) =>
  ({ x, y, light }: Spot): Colour =>
    scaled(mix(rgb(low), rgb(high), fractal(x / 7, y / 7, seed)), 0.4 + 0.65 * light);

/** Somewhere near the middle. */
const near = (random: Random, spread: number): Point => ({
  x: SIDE / 2 + random.between(-spread, spread),
  y: SIDE / 2 + random.between(-spread, spread),
});

const KINDS: Readonly<Record<string, Kind>> = {
  antenna: {
    count: 3,
    ground: (x, y, seed) => {
      const roof = y > 206 + (x > 150 ? 14 : 0);
      if (roof)
        return scaled(
          mix(rgb("#6b6660"), rgb("#a49c90"), noise(x / 3, y / 9, seed)),
          0.8 + (y % 17 < 1.5 ? -0.2 : 0),
        );
      return mix(
        mix(rgb("#5f93cc"), rgb("#cfe0ee"), y / 215),
        rgb("#ffffff"),
        Math.max(0, fractal(x / 70, y / 32, seed) - 0.48) * 1.6,
      );
    },
    thing: (random, index) => {
      const x = 56 + index * 72 + random.between(-8, 8);
      const top = 46 + random.between(-12, 20);
      const panels = [-1, 1, 0]
        .slice(0, index === 1 ? 3 : 2)
        .map((side) =>
          box(
            x + side * 17 - 6,
            top + 14 + 9 * Math.abs(side),
            x + side * 17 + 6,
            top + 82 + 9 * Math.abs(side),
          ),
        );
      const arms = [top + 32, top + 70].map((y) => box(x - 20, y, x + 20, y + 2.4));
      const dish = around({ x: x - 12, y: top + 118 }, () => 13, 40);
      const stays = [-1, 1].map((side) =>
        ribbon(
          [
            { x, y: top + 92 },
            { x: x + side * 26, y: 226 },
          ],
          () => 0.9,
        ),
      );
      return {
        outlines: [box(x - 2.4, top - 14, x + 2.4, 240), ...panels, ...arms, dish, ...stays],
        union: true,
        colour: (spot) =>
          scaled(mix(rgb("#8d949a"), rgb("#eef1f2"), Math.min(1, spot.depth * 3)), 0.5 + 0.5 * spot.light),
      };
    },
  },
  branch: {
    count: 4,
    ground: (x, y, seed) =>
      scaled(
        mix(rgb("#5d6b3a"), rgb("#b2a36a"), fractal(x / 20, y / 16, seed)),
        0.65 + 0.35 * noise(x / 1.5, y / 3, seed + 2),
      ),
    thing: (random, index) => {
      const at = near(random, 36);
      const turn = index * 0.8 + random.between(-0.3, 0.3);
      const p = (x: number, y: number) => turned(at, x, y, turn);
      const stem = ribbon(
        curve([p(-112, 6), p(-50, random.between(-12, 12)), p(20, random.between(-12, 12)), p(108, -8)]),
        (t) => 7 - 4.5 * t,
      );
      const twigs = [-60, -20, 25, 60].map((x, i) => {
        const side = i % 2 ? 1 : -1;
        return ribbon(
          curve([p(x, 0), p(x + 18, side * 20), p(x + 40, side * random.between(34, 52))]),
          (t) => 3.4 - 2.6 * t,
        );
      });
      return { outlines: [stem, ...twigs], union: true, colour: wood("#43301f", "#8f7350", 31 + index) };
    },
  },
  fence: {
    count: 3,
    ground: (x, y, seed) =>
      scaled(
        mix(rgb("#8a8378"), rgb("#b9b2a4"), fractal(x / 30, y / 30, seed)),
        0.85 + 0.15 * noise(x, y, seed),
      ),
    thing: (random, index) => {
      const at = near(random, 26);
      const turn = [0.12, -0.5, 0.85][index]! + random.between(-0.1, 0.1);
      const bars: Outline[] = [-44, 40].map((y) => slab(-104, y, 104, y + 5, at, turn));
      for (let x = -100; x <= 100; x += 22)
        bars.push(
          placed(
            [
              [x - 2.6, -58],
              [x, -64],
              [x + 2.6, -58],
              [x + 2.6, 60],
              [x - 2.6, 60],
            ],
            at,
            turn,
          ),
        );
      const tone = ["#d8dbdc", "#3e5d46", "#7c3b32"][index]!;
      return { outlines: bars, union: true, colour: (spot) => scaled(rgb(tone), 0.45 + 0.65 * spot.light) };
    },
  },
  hanger: {
    count: 4,
    ground: (x, y, seed) =>
      scaled(
        mix(rgb("#c8b9a0"), rgb("#e3d8c4"), fractal(x / 40, y / 6, seed)),
        0.86 + 0.12 * noise(x / 18, y / 1.3, seed),
      ),
    thing: (random, index) => {
      const at = near(random, 40);
      const turn = random.between(0, 6.28);
      const p = (x: number, y: number) => turned(at, x, y, turn);
      const frame = ribbon(
        curve([
          p(0, -18),
          p(40, 6),
          p(84, 34),
          p(76, 44),
          p(0, 42),
          p(-76, 44),
          p(-84, 34),
          p(-40, 6),
          p(0, -18),
        ]),
        () => 3.6,
      );
      const hook = ribbon(
        curve([p(0, -18), p(0, -38), p(14, -50), p(20, -64), p(6, -74), p(-8, -64)]),
        () => 2.3,
      );
      const tone = ["#2e63a8", "#b33a3a", "#2f2f33", "#3f8a5f"][index]!;
      return {
        outlines: [frame, hook],
        union: true,
        colour: (spot) =>
          mix(scaled(rgb(tone), 0.4 + 0.75 * spot.light), rgb("#ffffff"), spot.light > 0.98 ? 0.3 : 0),
      };
    },
  },
  log: {
    count: 5,
    ground: (x, y, seed) =>
      scaled(
        mix(rgb("#6e5a3e"), rgb("#a58c62"), fractal(x / 18, y / 18, seed)),
        0.7 + 0.3 * noise(x / 2, y / 2, seed + 1),
      ),
    thing: (random, index) => {
      const at = near(random, 42);
      const turn = index * 0.62 + random.between(-0.2, 0.2);
      const half = random.between(10, 14);
      const long = random.between(78, 108);
      return {
        outlines: [
          placed(
            [
              [-long, -half],
              [long, -half * 0.85],
              [long + 4, 0],
              [long, half * 0.85],
              [-long, half],
              [-long - 5, 0],
            ],
            at,
            turn,
          ),
        ],
        colour: (spot) => {
          const u = (spot.x - at.x) * Math.cos(turn) + (spot.y - at.y) * Math.sin(turn);
          const v = (spot.y - at.y) * Math.cos(turn) - (spot.x - at.x) * Math.sin(turn);
          if (u < -long + 4) return scaled(rgb("#d5b27e"), 0.75 + 0.2 * Math.sin(v * 1.6));
          return scaled(
            mix(rgb("#4d3a28"), rgb("#9a7a54"), Math.abs(fractal(u / 16, v / 2.4, 7 + index) - 0.5) * 3.4),
            0.42 + 0.6 * spot.light,
          );
        },
      };
    },
  },
  wire: {
    count: 4,
    ground: (x, y, seed) =>
      scaled(
        mix(rgb("#45505a"), rgb("#66727c"), fractal(x / 50, y / 50, seed)),
        0.9 + 0.1 * noise(x / 1.2, y / 1.2, seed),
      ),
    thing: (random, index) => {
      const phase = random.between(0, 6);
      const at = near(random, 16);
      const line = curve(
        Array.from({ length: 11 }, (_, i) => {
          const a = phase + i * (0.9 + 0.12 * index);
          return { x: at.x + (44 + 6 * i) * Math.cos(a), y: at.y + (52 + 4 * i) * Math.sin(a) };
        }),
      );
      const tone = ["#d9452f", "#e6c13a", "#e9ecee", "#3f9ad6"][index]!;
      const pieces = Array.from({ length: 10 }, (_, i) => ribbon(line.slice(i * 10, i * 10 + 12), () => 3.2));
      return {
        outlines: pieces,
        union: true,
        colour: (spot) =>
          mix(scaled(rgb(tone), 0.35 + 0.75 * spot.light), rgb("#ffffff"), spot.light > 0.97 ? 0.25 : 0),
      };
    },
  },
};
