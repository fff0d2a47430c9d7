// Videos of animals that hide each other: fish behind weeds in a tank, sheep behind a fence. Traps of the real files:
// objects that are not in a frame (null), one RLE of several pieces, frames that begin at 3 and have gaps, the class
// name "Vehical", other splits whose annotations are null.
import type { BitMask } from "../../../src/core/types.ts";
import { area } from "../../../src/masks/bit-mask.ts";
import { compressedRle, measuresOfMask } from "../annotations.ts";
import { type Files, jpg, json, type Miniature } from "../files.ts";
import { around, box, curve, placed, ribbon } from "../outline.ts";
import { fractal, noise, randomOf } from "../random.ts";
import {
  addNoise,
  defocus,
  grade,
  makeScene,
  mix,
  paint,
  rgb,
  type Scene,
  scaled,
  visible,
} from "../scene.ts";

const NAMES =
  "Person Bird Cat Dog Horse Sheep Cow Elephant Bear Zebra Giraffe Poultry Giant_panda Lizard Parrot Monkey Rabbit Tiger Fish Turtle Bicycle Motorcycle Airplane Boat Vehical";
const CATEGORIES = NAMES.split(" ").map((name, i) => ({ id: i + 1, name, supercategory: name }));
const idOf = (name: string) => CATEGORIES.find((category) => category.name === name)!.id;

interface Video {
  readonly folder: string;
  readonly frames: readonly number[];
  readonly category: string;
  readonly objects: number;
  readonly width: number;
  readonly height: number;
  draw(frame: number, scene: Scene): void;
  ground(frame: number, x: number, y: number): ReturnType<typeof rgb>;
}

export const ovis: Miniature = {
  name: "ovis",
  make: async () => {
    const files: Files = new Map();
    const videos = [];
    const annotations = [];
    for (const [v, video] of [tank, meadow].entries()) {
      const { width, height, folder, frames } = video;
      const masks: BitMask[][] = [];
      const names = frames.map((frame) => `${folder}/img_${String(frame).padStart(7, "0")}.jpg`);
      for (const [f, frame] of frames.entries()) {
        const scene = makeScene(width, height, (x, y) => video.ground(frame, x, y));
        video.draw(frame, scene);
        masks.push(Array.from({ length: video.objects }, (_, i) => visible(scene, i + 1)));
        defocus(scene, 0.5);
        addNoise(scene, `${folder} ${frame}`, 0.008, 0.018);
        files.set(`train/${names[f]}`, await jpg(scene, 82));
      }
      videos.push({
        license: 1,
        width,
        height,
        length: frames.length,
        id: v + 1,
        file_names: names,
        coco_url: "",
        flickr_url: "",
      });
      for (let i = 0; i < video.objects; i++) {
        const seen = masks.map((list) => (area(list[i]!) < 25 ? undefined : list[i]!));
        annotations.push({
          ...{ id: annotations.length + 1, video_id: v + 1, category_id: idOf(video.category), iscrowd: 0 },
          ...{ height, width, length: frames.length },
          segmentations: seen.map((mask) => (mask === undefined ? null : compressedRle(mask))),
          bboxes: seen.map((mask) => (mask === undefined ? null : measuresOfMask(mask).bbox)),
          areas: seen.map((mask) => (mask === undefined ? null : area(mask))),
          occlusion: seen.map((mask) =>
            mask === undefined ? null : i === 0 ? "severe_occlusion" : "slight_occlusion",
          ),
        });
      }
    }
    const whole = { info: { description: "made up" }, licenses: [], categories: CATEGORIES };
    files.set("annotations_train.json", json({ ...whole, videos, annotations }));
    // Masks of the other splits are not published.
    const { id: _, file_names: __, ...other } = videos[0]!;
    const hidden = [{ ...other, id: 1, file_names: ["9f9f9f9f/img_0000001.jpg"], length: 1 }];
    files.set("annotations_valid.json", json({ ...whole, videos: hidden, annotations: null }));
    files.set("README.txt", "A made-up miniature in the layout of OVIS. No picture is from the data set.\n");
    return files;
  },
};

const tank: Video = {
  ...{ folder: "4b1a3d5c", frames: [3, 13, 23], category: "Fish", objects: 4, width: 384, height: 216 },
  ground: (_, x, y) => {
    const gravel = y > 178 + 5 * Math.sin(x / 40);
    const water = mix(
      rgb("#0d4f66"),
      rgb("#3b94a0"),
      Math.max(0, 1 - y / 170) * (0.7 + 0.5 * fractal(x / 60, y / 90, 5)),
    );
    if (!gravel) return water;
    return mix(scaled(mix(rgb("#8d7a5c"), rgb("#c9b995"), noise(x / 3, y / 2, 9)), 0.7), water, 0.25);
  },
  draw: (frame, scene) => {
    const t = frame / 23;
    const swim = [
      { x: 60 + 190 * t, y: 92, size: 1.15, colour: "#e8862a", way: 1 },
      { x: 330 - 200 * t, y: 128, size: 0.95, colour: "#d9c83a", way: -1 },
      { x: 150 + 90 * t, y: 58, size: 0.8, colour: "#4f7fd0", way: 1 },
      // Leaves the picture to the right.
      { x: 320 + 130 * t, y: 150, size: 1, colour: "#c94a52", way: 1 },
    ];
    swim.forEach(({ x, y, size, colour, way }, i) => {
      const wag = 4 * Math.sin(frame / 2 + i);
      const body = placed(
        [
          ...([
            [-34, 0],
            [-52, -17 + wag],
            [-47, wag],
            [-52, 17 + wag],
          ] as const),
          ...([
            [-30, 8],
            [-8, 18],
            [16, 17],
            [33, 7],
            [38, 0],
            [33, -8],
            [14, -17],
            [-4, -26],
            [-20, -15],
            [-30, -7],
          ] as const),
        ].map(([px, py]) => [way * px, py] as const),
        { x, y },
        0.04 * wag,
        size,
      );
      paint(scene, {
        outlines: [body],
        object: i + 1,
        soft: 0.6,
        colour: (spot) => {
          const along = ((spot.x - x) * way) / size;
          const stripe = i % 2 === 0 && (Math.abs(along - 14) < 4 || Math.abs(along + 14) < 4);
          const eye = Math.hypot(along - 26, (spot.y - y) / size + 3) < 3;
          const scale = 0.9 + 0.2 * Math.sin(along / 1.5) * Math.sin(spot.y / 2);
          if (eye) return rgb("#0a0d10");
          return scaled(stripe ? rgb("#f3efe4") : rgb(colour), (0.5 + 0.62 * spot.light) * scale);
        },
      });
    });
    for (let blade = 0; blade < 9; blade++) {
      const random = randomOf(`weed ${blade}`);
      const x = 20 + blade * 43 + random.between(-12, 12);
      const tall = random.between(70, 160);
      const sway = 9 * Math.sin(frame / 6 + blade);
      paint(scene, {
        outlines: [
          ribbon(
            curve(
              [0, 0.35, 0.7, 1].map((s, i) => ({ x: x + sway * s + (i % 2 ? 5 : -4), y: 208 - tall * s })),
            ),
            (s) => 0.8 + 6 * Math.sin(Math.PI * Math.min(0.96, 0.15 + s * 0.82)),
          ),
        ],
        object: 100,
        soft: 0.5,
        colour: (spot) =>
          scaled(
            mix(rgb("#2f6b35"), rgb("#8fb65a"), noise(spot.x / 2, spot.y / 14, blade)),
            0.5 + 0.6 * spot.light,
          ),
      });
    }
    grade(scene, (colour, x, y) => scaled(colour, 1.12 - 0.5 * Math.hypot((x - 190) / 384, (y - 60) / 300)));
  },
};

const meadow: Video = {
  ...{ folder: "c0ffee21", frames: [1, 6], category: "Sheep", objects: 3, width: 400, height: 300 },
  ground: (frame, x, y) => {
    if (y < 108 + 9 * Math.sin(x / 60)) {
      const sky = mix(rgb("#9fc3e2"), rgb("#e6eef2"), Math.min(1, y / 100));
      const trees = y > 80 + 16 * noise(x / 14, 1, 3);
      return trees
        ? scaled(rgb("#3f5c3c"), 0.7 + 0.6 * noise(x / 3, y / 3, 6))
        : mix(sky, rgb("#ffffff"), Math.max(0, fractal((x + frame) / 90, y / 30, 12) - 0.5));
    }
    const near = (y - 100) / 200;
    return scaled(
      mix(rgb("#6f8f3f"), rgb("#a9b85e"), fractal(x / (8 + 26 * near), y / (3 + 9 * near), 21)),
      0.75 + 0.35 * noise(x / 1.6, y / 4, 8),
    );
  },
  draw: (frame, scene) => {
    const t = frame / 6;
    const flock = [
      { x: 238 - 30 * t, y: 158, size: 0.85 },
      { x: 108 + 34 * t, y: 186, size: 1.15 },
      { x: 300 - 18 * t, y: 205, size: 1.3 },
    ];
    flock.forEach(({ x, y, size }, i) => {
      const at = (px: number, py: number) => ({ x: x + px * size, y: y + py * size });
      const fleece = around(
        at(0, 0),
        (a) => size * (27 + 9 * Math.cos(2 * a) + 1.8 * Math.sin(11 * a + i)),
        90,
      );
      const way = i === 1 ? 1 : -1;
      const legs = [-20, -11, 12, 21].map((px, n) =>
        ribbon([at(px, 10), at(px + (n % 2 ? 3 : -2) * Math.sin(frame), 44)], () => 3.4 * size),
      );
      const head = around(
        at(38 * way, -12),
        (a) => size * (11 + 4 * Math.cos(a - (way > 0 ? 0.5 : 2.6))),
        40,
      );
      const ear = placed(
        [
          [0, 0],
          [-4 * way, -9],
          [4 * way, -3],
        ],
        at(32 * way, -20),
        0,
        size,
      );
      const dark = (light: number) => scaled(rgb("#3a332d"), 0.5 + 0.6 * light);
      paint(scene, {
        outlines: [fleece, head, ear, ...legs],
        union: true,
        object: i + 1,
        soft: 0.6,
        shadow: { dx: 8, dy: 10, blur: 5, strength: 0.4 },
        colour: (spot) => {
          const px = ((spot.x - x) * way) / size;
          const py = (spot.y - y) / size;
          if (Math.hypot(px - 41, py + 15) < 1.6) return rgb("#0b0a09");
          if (px > 30 || py > 24) return dark(spot.light);
          return scaled(
            mix(rgb("#d9d2c0"), rgb("#f4f0e4"), noise(spot.x / 2.5, spot.y / 2.5, i)),
            0.62 + 0.42 * spot.light * (0.7 + 0.5 * noise(spot.x / 5, spot.y / 5, 7)),
          );
        },
      });
    });
    // The fence stands before all of them and cuts them into pieces.
    const rails = [180, 214].map((y) => box(-2, y, 402, y + 6));
    const posts = [30, 128, 226, 324].map((x) => box(x, 160, x + 9, 262));
    for (const outline of [...rails, ...posts])
      paint(scene, {
        outlines: [outline],
        object: 100,
        soft: 0.4,
        shadow: { dx: 3, dy: 5, blur: 2, strength: 0.35 },
        colour: (spot) =>
          scaled(
            mix(rgb("#6d5a44"), rgb("#a08a6c"), noise(spot.x / 20, spot.y / 1.4, 3)),
            0.6 + 0.5 * spot.light,
          ),
      });
  },
};
