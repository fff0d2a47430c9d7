// Everyday scenes with things of many kinds. Traps of the real files: names of 2014 for pictures of 2017, so that only
// coco_url tells where a picture is; no iscrowd; several polygons to an annotation; a polygon too small for any pixel;
// masks that cover what lies on them; a grey JPEG; a picture without annotations.
import sharp from "sharp";
import type { Point } from "../../../src/core/types.ts";
import { measuresOf, type Polygon, polygonOf } from "../annotations.ts";
import { polygonsOf } from "../contours.ts";
import { type Files, jpg, json, type Miniature } from "../files.ts";
import { around, blob, box, curve, type Outline, placed, ribbon, slab } from "../outline.ts";
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
  toBytes,
  visible,
} from "../scene.ts";

const CATEGORIES = [
  ...[
    [83, "book"],
    [94, "bird"],
    [139, "banana"],
    [266, "clock"],
    [327, "cup"],
    [420, "fork"],
    [605, "knife"],
  ],
  ...[
    [613, "lamp"],
    [684, "orange_(fruit)"],
    [742, "plate"],
    [1110, "vase"],
    [35, "balloon"],
  ],
].map(([id, name]) => ({
  id: id as number,
  name: name as string,
  synset: `${name}.n.01`,
  synonyms: [name],
  def: "made up",
  frequency: "f",
  image_count: 1,
  instance_count: 1,
}));

interface Drawn {
  readonly name: string;
  readonly polygons: readonly Polygon[];
}

export const lvis: Miniature = {
  name: "lvis",
  make: async () => {
    const files: Files = new Map();
    const images = [];
    const annotations = [];
    const pictures: [number, (name: string) => { scene: Scene; things: Drawn[] }][] = [
      [139, table],
      [1584, shelf],
      [17899, sky],
      [266409, sea],
    ];
    for (const [id, draw] of pictures) {
      const stem = String(id).padStart(12, "0");
      const { scene, things } = draw(stem);
      const { width, height } = scene;
      const grey = draw === sky;
      const raw = { raw: { width, height, channels: 3 as const } };
      files.set(
        `val2017/${stem}.jpg`,
        grey
          ? await sharp(toBytes(scene), raw).greyscale().jpeg({ quality: 84 }).toBuffer()
          : await jpg(scene, 84),
      );
      images.push({
        ...{ id, width, height, license: 3, date_captured: "2013-11-14 17:02:52", flickr_url: "" },
        coco_url: `http://images.cocodataset.org/val2017/${stem}.jpg`,
        file_name: `COCO_val2014_${stem}.jpg`,
        ...{ neg_category_ids: [94], not_exhaustive_category_ids: [] },
      });
      for (const { name, polygons } of things) {
        const { id: category_id } = CATEGORIES.find((category) => category.name === name)!;
        annotations.push({
          id: annotations.length + 1,
          image_id: id,
          category_id,
          segmentation: polygons,
          ...measuresOf(polygons),
        });
      }
    }
    files.set(
      "lvis_v0.5_val.json",
      json({ info: {}, licenses: [], images, annotations, categories: CATEGORIES }),
    );
    files.set(
      "README.txt",
      "A made-up miniature in the layout of LVIS v0.5. No picture is from the data set.\n",
    );
    return files;
  },
};

/** Keeps what was painted as outlines: whole ones for what lies below others, visible ones otherwise. */
function stage(scene: Scene) {
  const things: Drawn[] = [];
  let last = 0;
  const add = (
    name: string,
    outlines: readonly Outline[],
    colour: (spot: Spot) => Colour,
    { whole = false, union = true, shadow = 4 } = {},
  ) => {
    paint(scene, {
      outlines,
      union,
      colour,
      object: ++last,
      soft: 0.5,
      shadow: { dx: shadow, dy: shadow + 1, blur: shadow, strength: 0.45 },
    });
    const number = last;
    const polygons = whole ? outlines.map((outline) => polygonOf(outline, scene.width, scene.height, 2)) : [];
    things.push({
      name,
      get polygons() {
        return whole ? polygons : polygonsOf(visible(scene, number), { tolerance: 0.6 });
      },
    });
  };
  return { things, add };
}

const glossy =
  (colour: Colour) =>
  ({ light }: Spot): Colour =>
    mix(scaled(colour, 0.45 + 0.65 * light), rgb("#ffffff"), light > 0.985 ? 0.35 : 0);

function table(name: string): { scene: Scene; things: Drawn[] } {
  const random = randomOf(name);
  const scene = makeScene(400, 300, (x, y) => {
    const plank = Math.floor(y / 50);
    const grain = fractal(x / 46 + plank * 9, y / 3.2, 11 + plank, 5);
    return scaled(
      mix(rgb("#7a4f2d"), rgb("#b98754"), grain),
      (y % 50 < 1.5 ? 0.6 : 0.9) + 0.1 * noise(x / 90, plank, 4),
    );
  });
  const { things, add } = stage(scene);
  const plate = (x: number, y: number, r: number) =>
    add(
      "plate",
      [around({ x, y }, () => r, 64)],
      (spot) => {
        const d = Math.hypot(spot.x - x, spot.y - y) / r;
        const ring = d > 0.93 ? "#5d86b8" : d > 0.7 ? "#f2f0ea" : "#e6e3da";
        return scaled(rgb(ring), 0.86 + 0.14 * spot.light - (Math.abs(d - 0.7) < 0.02 ? 0.12 : 0));
      },
      { whole: true, shadow: 5 },
    );
  plate(150, 158, 84);
  plate(318, 88, 50);
  add(
    "banana",
    [
      ribbon(
        curve([
          { x: 104, y: 132 },
          { x: 130, y: 190 },
          { x: 192, y: 200 },
        ]),
        (t) => 3 + 10 * Math.sin(Math.PI * Math.min(0.97, 0.06 + t * 0.92)),
      ),
    ],
    ({ x, y, light }) =>
      scaled(
        mix(rgb("#e8c534"), rgb("#8c6a1f"), Math.max(0, fractal(x / 8, y / 8, 5) - 0.58) * 3),
        0.5 + 0.55 * light,
      ),
    { shadow: 3 },
  );
  for (const [x, y, r] of [
    [168, 132, 25],
    [206, 158, 23],
    [316, 86, 24],
  ] as const)
    add(
      "orange_(fruit)",
      [around({ x, y }, (a) => r * (1 + 0.015 * Math.cos(3 * a)), 48)],
      (spot) => {
        const stalk = Math.hypot(spot.x - x + 4, spot.y - y + 5) < 2.4;
        return stalk
          ? rgb("#5c5a2a")
          : scaled(
              mix(rgb("#e07a1c"), rgb("#f3a63f"), noise(spot.x / 1.6, spot.y / 1.6, 9)),
              0.42 + 0.68 * spot.light,
            );
      },
      { shadow: 4 },
    );
  const steel = ({ x, light }: Spot): Colour =>
    scaled(mix(rgb("#8f979d"), rgb("#eef2f4"), noise(x / 5, 1, 3)), 0.5 + 0.55 * light);
  add(
    "fork",
    [
      ribbon(
        [
          { x: 34, y: 250 },
          { x: 38, y: 130 },
        ],
        () => 3.2,
      ),
      ...[-7, -2.4, 2.4, 7].map((dx) =>
        ribbon(
          [
            { x: 38.6 + dx, y: 118 },
            { x: 38.8 + dx, y: 84 },
          ],
          () => 1.3,
        ),
      ),
      box(30, 116, 47, 132),
    ],
    steel,
    { shadow: 2 },
  );
  add(
    "knife",
    [
      placed(
        [
          [-4, -84],
          [3, -78],
          [4.5, 4],
          [3, 84],
          [-3.5, 84],
          [-4, 4],
        ],
        { x: 262, y: 176 },
        0.06,
      ),
    ],
    steel,
    { shadow: 2 },
  );
  add(
    "cup",
    [
      around({ x: 336, y: 216 }, () => 37, 56),
      ribbon(
        curve([
          { x: 366, y: 196 },
          { x: 392, y: 200 },
          { x: 390, y: 226 },
          { x: 368, y: 232 },
        ]),
        () => 4.4,
      ),
    ],
    (spot) => {
      const d = Math.hypot(spot.x - 336, spot.y - 216) / 37;
      if (d > 0.86) return glossy(rgb("#d94f45"))(spot);
      return mix(
        scaled(rgb("#3a2113"), 0.8 + 0.4 * noise(spot.x / 9, spot.y / 9, 6)),
        rgb("#c99a66"),
        Math.max(0, d - 0.62) * 2.4,
      );
    },
    { shadow: 6 },
  );
  // Crumbs, one of them smaller than a pixel.
  things.push({ name: "banana", polygons: [[280.1, 262.1, 280.3, 262.1, 280.3, 262.3, 280.1, 262.3]] });
  for (let i = 0; i < 40; i++) {
    const at = { x: random.between(230, 300), y: random.between(240, 290) };
    paint(scene, {
      outlines: [around(at, () => random.between(0.5, 1.5), 8)],
      opacity: 0.8,
      colour: () => rgb("#dcb981"),
    });
  }
  grade(scene, (colour, x, y) => scaled(colour, 1.2 - 0.6 * Math.hypot(x / 400 - 0.3, y / 300 - 0.25)));
  defocus(scene, 0.4);
  addNoise(scene, name, 0.006, 0.014);
  return { scene, things: [...things] };
}

function shelf(name: string): { scene: Scene; things: Drawn[] } {
  const random = randomOf(name);
  const scene = makeScene(320, 400, (x, y) => {
    const board = (y > 188 && y < 202) || y > 380;
    if (board)
      return scaled(
        mix(rgb("#c7b08c"), rgb("#e5d6b8"), fractal(x / 40, y / 2.6, 8)),
        y % 190 < 3 ? 0.7 : 0.95,
      );
    const below = Math.exp(-Math.max(0, y > 202 ? y - 202 : 300) / 24);
    return scaled(mix(rgb("#a9b7b2"), rgb("#c9d3cd"), fractal(x / 3, y / 60, 3)), 0.98 - 0.3 * below);
  });
  const { things, add } = stage(scene);
  let x = 22;
  for (let i = 0; i < 7; i++) {
    const wide = random.between(15, 27);
    const tall = random.between(96, 142);
    const tone = random.pick(["#8f2f2b", "#27496d", "#d9c79a", "#3f6b4d", "#5a3d66", "#c9793a"].map(rgb));
    const lean = i === 6 ? 0.16 : 0;
    const left = x + (i === 6 ? 22 : 0);
    add(
      "book",
      [slab(-wide / 2, -tall, wide / 2, 0, { x: left + wide / 2, y: 188 }, -lean)],
      (spot) => {
        const up = (188 - spot.y) / tall;
        const band = Math.abs(up - 0.82) < 0.03 || Math.abs(up - 0.14) < 0.03;
        const letters =
          up > 0.3 &&
          up < 0.7 &&
          Math.abs(spot.x - left - wide / 2) < wide * 0.16 &&
          noise(spot.x / 2, spot.y / 2.2, i) > 0.45;
        return scaled(band || letters ? rgb("#e6cf8a") : tone, 0.5 + 0.55 * Math.min(1, spot.light));
      },
      { shadow: 3, union: false },
    );
    x += wide + 1;
  }
  add(
    "vase",
    [around({ x: 74, y: 322 }, (a) => 34 - 6 * Math.cos(2 * a) + 7 * Math.sin(a), 60), box(60, 262, 88, 296)],
    (spot) =>
      mix(glossy(rgb("#4f88a8"))(spot), rgb("#f2ede0"), Math.abs(Math.sin(spot.y / 6)) > 0.93 ? 0.7 : 0),
    { shadow: 6 },
  );
  add(
    "clock",
    [around({ x: 184, y: 322 }, () => 56, 72)],
    (spot) => {
      const dx = spot.x - 184;
      const dy = spot.y - 322;
      const d = Math.hypot(dx, dy);
      const angle = Math.atan2(dy, dx);
      const tick = d > 38 && d < 46 && Math.abs(Math.sin(6 * angle)) < 0.16;
      const hour = d < 26 && Math.abs(dy * Math.cos(0.7) - dx * Math.sin(0.7)) < 2.2 && dx > 0;
      const minute = d < 40 && Math.abs(dx + dy * 0.25) < 1.6 && dy < 0;
      if (d > 48) return glossy(rgb("#b08d3f"))(spot);
      return tick || hour || minute || d < 3
        ? rgb("#22201e")
        : scaled(rgb("#f4f0e6"), 0.9 + 0.1 * spot.light);
    },
    { shadow: 5 },
  );
  add(
    "lamp",
    [
      placed(
        [
          [-20, -40],
          [20, -40],
          [36, 12],
          [-36, 12],
        ],
        { x: 272, y: 276 },
        0,
      ),
      box(269, 288, 275, 366),
      around({ x: 272, y: 370 }, (a) => 22 - 11 * Math.abs(Math.sin(a)), 32),
    ],
    (spot) =>
      spot.y < 289
        ? mix(rgb("#f6d48b"), rgb("#fff6dc"), Math.exp(-(((spot.x - 272) / 20) ** 2)))
        : glossy(rgb("#4a4038"))(spot),
    { shadow: 4 },
  );
  grade(scene, (colour, px, py) => {
    const glow = 0.4 * Math.exp(-(((px - 272) / 90) ** 2) - ((py - 280) / 80) ** 2);
    return [colour[0] * (0.92 + glow), colour[1] * (0.9 + 0.8 * glow), colour[2] * (0.88 + 0.45 * glow)];
  });
  defocus(scene, 0.5);
  addNoise(scene, name, 0.007, 0.014);
  return { scene, things: [...things] };
}

const clouds = (x: number, y: number, seed: number) =>
  mix(
    mix(rgb("#5d8fc4"), rgb("#d5e3ee"), y / 260),
    rgb("#ffffff"),
    Math.max(0, fractal(x / 90, y / 40, seed, 5) - 0.46) * 1.9,
  );

function sky(name: string): { scene: Scene; things: Drawn[] } {
  const scene = makeScene(360, 270, (x, y) => {
    const hill = 226 + 16 * Math.sin(x / 70) + 6 * noise(x / 12, 3, 2);
    return y > hill
      ? scaled(mix(rgb("#2f3d2a"), rgb("#6b7a4e"), fractal(x / 16, y / 8, 5)), 0.9)
      : clouds(x, y, 21);
  });
  const { things, add } = stage(scene);
  const balloon = (at: Point, size: number, tones: readonly string[]) =>
    add(
      "balloon",
      [
        around(
          { x: 0, y: 0 },
          (a) => 40 - 4 * Math.abs(Math.cos(a)) + (Math.sin(a) > 0 ? 17 * Math.sin(a) ** 5 : 0),
          60,
        ).map((p) => ({ x: at.x + p.x * size, y: at.y + p.y * size })),
        box(at.x - 6 * size, at.y + 64 * size, at.x + 6 * size, at.y + 74 * size),
        ...[-1, 1].map((side) =>
          ribbon(
            [
              { x: at.x + side * 5 * size, y: at.y + 50 * size },
              { x: at.x + side * 5 * size, y: at.y + 66 * size },
            ],
            () => 0.7,
          ),
        ),
      ],
      (spot) => {
        const u =
          (spot.x - at.x) / (40 * size * Math.cos(Math.min(1.3, Math.abs(spot.y - at.y) / (52 * size))));
        const gore = Math.floor((Math.asin(Math.max(-1, Math.min(1, u))) + 1.6) * 2.6);
        if (spot.y > at.y + 60 * size) return rgb("#6b4a2c");
        return scaled(rgb(tones[gore % tones.length]!), 0.5 + 0.6 * spot.light);
      },
      { shadow: 0 },
    );
  balloon({ x: 112, y: 92 }, 1.25, ["#c9302c", "#f1e4c9"]);
  balloon({ x: 258, y: 72 }, 0.8, ["#27508a", "#e6b53a", "#e8e4da"]);
  balloon({ x: 304, y: 156 }, 0.5, ["#2d7a52", "#e9e2cf"]);
  for (const [x, y, s] of [
    [196, 150, 1],
    [222, 168, 0.8],
  ] as const)
    add(
      "bird",
      [-1, 1].map((side) => [
        { x, y: y + 2 * s },
        { x: x + side * 9 * s, y: y - 7 * s },
        { x: x + side * 20 * s, y: y - 3 * s },
        { x: x + side * 9 * s, y: y - 3 * s },
        { x, y: y + 6 * s },
      ]),
      () => rgb("#262a2e"),
      { shadow: 0 },
    );
  defocus(scene, 0.5);
  addNoise(scene, name, 0.006, 0.02, true);
  return { scene, things: [...things] };
}

function sea(name: string): { scene: Scene; things: Drawn[] } {
  const scene = makeScene(320, 240, (x, y) => {
    if (y < 110) return clouds(x, y * 1.6, 77);
    const near = (y - 110) / 130;
    const wave = fractal(x / (10 + 60 * near), y / (1.5 + 9 * near), 14, 5);
    return mix(mix(rgb("#16465e"), rgb("#5f9fae"), wave), rgb("#eaf4f4"), wave > 0.68 - 0.1 * near ? 0.7 : 0);
  });
  paint(scene, {
    outlines: [blob(randomOf(name), { x: 250, y: 300 }, 150, 84, 0, 0.1)],
    soft: 1,
    colour: ({ x, y }) => scaled(mix(rgb("#c9b084"), rgb("#e8d6ac"), fractal(x / 9, y / 9, 4)), 0.9),
  });
  defocus(scene, 0.5);
  addNoise(scene, name, 0.005, 0.014);
  return { scene, things: [] };
}
