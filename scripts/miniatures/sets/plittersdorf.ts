// A stereo camera trap in a deer park: day in colour, night under infrared. Traps of the real files: a disparity file
// beside each picture, ids from 1, borders of holes as further polygons, areas that are those of boxes, boxes one pixel
// short, lists of cross-validation folds that repeat pictures, "licences".
import type { Point } from "../../../src/core/types.ts";
import { createMask } from "../../../src/masks/bit-mask.ts";
import { measuresOf } from "../annotations.ts";
import { polygonsOf } from "../contours.ts";
import { type Files, jpg, json, type Miniature } from "../files.ts";
import { around, blob, curve, type Outline, placed, ribbon } from "../outline.ts";
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

const [WIDTH, HEIGHT] = [400, 225];
interface View {
  readonly stem: string;
  readonly night: boolean;
  readonly animals: readonly (readonly [
    kind: "deer" | "stag" | "boar",
    x: number,
    y: number,
    size: number,
    way: number,
  ])[];
}

const views: Readonly<Record<string, readonly View[]>> = {
  train: [
    {
      stem: "7_000012",
      night: false,
      animals: [
        ["deer", 118, 150, 1.25, 1],
        ["deer", 258, 128, 0.85, -1],
        ["deer", 316, 132, 0.8, -1],
      ],
    },
    {
      stem: "21_000040",
      night: true,
      animals: [
        ["boar", 150, 168, 1.3, 1],
        ["boar", 262, 142, 0.9, 1],
      ],
    },
  ],
  val: [
    {
      stem: "33_000005",
      night: true,
      animals: [
        ["stag", 196, 140, 1.35, -1],
        ["deer", 318, 128, 0.8, 1],
      ],
    },
  ],
  test: [
    {
      stem: "7_000090",
      night: false,
      animals: [
        ["stag", 240, 142, 1.2, 1],
        ["boar", 84, 176, 1, -1],
      ],
    },
  ],
};

export const plittersdorf: Miniature = {
  name: "plittersdorf",
  make: async () => {
    const files: Files = new Map();
    const root = "plittersdorf_instance_segmentation_coco";
    const whole = { info: {}, licences: {}, categories: [{ id: 1, name: "animal", supercategory: null }] };
    for (const [split, list] of Object.entries(views)) {
      const images = [];
      const annotations = [];
      for (const [i, view] of list.entries()) {
        const scene = draw(view);
        files.set(`${root}/images/${view.stem}.jpg`, await jpg(scene, 82));
        files.set(`${root}/images/${view.stem}.exr`, Uint8Array.from([0x76, 0x2f, 0x31, 0x01, 2, 0, 0, 0]));
        images.push({ id: i + 1, file_name: `${view.stem}.jpg`, width: WIDTH, height: HEIGHT });
        for (let object = 1; object <= view.animals.length; object++) {
          const segmentation = polygonsOf(visible(scene, object), { holes: true, tolerance: 0.5 });
          const { bbox } = measuresOf(segmentation);
          const [x = 0, y = 0, w = 0, h = 0] = bbox;
          annotations.push({
            ...{ id: annotations.length + 1, image_id: i + 1, category_id: 1, segmentation },
            ...{ area: (w - 1) * (h - 1), bbox: [x, y, w - 1, h - 1], iscrowd: 0 },
          });
        }
      }
      files.set(`${root}/${split}.json`, json({ ...whole, images, annotations }));
      if (split === "train")
        files.set(`${root}/train_fold_001_train.json`, json({ ...whole, images, annotations }));
    }
    files.set(
      "README.txt",
      "A made-up miniature in the layout of the Plittersdorf data set. No picture is from it.\n",
    );
    return files;
  },
};

function draw({ stem, night, animals }: View): Scene {
  const random = randomOf(stem);
  const seed = random.whole(1, 999);
  const edge = (x: number) => 92 + 7 * noise(x / 30, 1, seed);
  const scene = makeScene(WIDTH, HEIGHT, (x, y) => {
    if (y < edge(x)) {
      const leaves = fractal(x / 22, y / 17, seed, 5);
      return scaled(
        mix(rgb("#1f3320"), rgb("#6d8a48"), Math.max(0, (leaves - 0.3) * 1.7)),
        0.7 + 0.5 * (1 - y / 110),
      );
    }
    const near = (y - 85) / 140;
    const blades = noise(x / (0.9 + 1.6 * near), y / (3 + 9 * near), seed + 3);
    const litter = fractal(x / 24, y / 10, seed + 5);
    return scaled(mix(rgb("#5d6a35"), rgb("#a58f58"), litter), 0.55 + 0.35 * blades + 0.2 * near);
  });
  for (const x of [34, 176, 352]) trunk(scene, x + random.between(-14, 14), random.between(7, 12), seed + x);
  animals.forEach(([kind, x, y, size, way], i) => {
    animal(scene, kind, { x, y }, size, way, i + 1, seed + i);
  });
  for (let i = 0; i < 26; i++) {
    const x = random.between(0, WIDTH);
    const y = random.between(160, HEIGHT + 8);
    const tall = random.between(9, 24) * (y / 190);
    paint(scene, {
      outlines: [
        ribbon(
          curve([
            { x, y },
            { x: x + 2, y: y - tall / 2 },
            { x: x + random.between(-7, 7), y: y - tall },
          ]),
          (t) => 1.5 * (1 - t) + 0.2,
        ),
      ],
      object: 100,
      soft: 0.4,
      colour: () => scaled(mix(rgb("#6f8240"), rgb("#b6a865"), random.next()), 0.9),
    });
  }
  if (!night) {
    defocus(scene, 0.5);
    grade(scene, (colour, x, y) =>
      scaled(colour, 1.1 - 0.35 * Math.hypot(x / WIDTH - 0.45, y / HEIGHT - 0.5)),
    );
    addNoise(scene, stem, 0.006, 0.018);
    return scene;
  }
  // Infrared: no colours, a lamp that does not reach far, fur that shines.
  grade(scene, (colour, x, y) => {
    const grey = 0.45 * colour[0] + 0.45 * colour[1] + 0.1 * colour[2];
    const lamp = 1.5 * Math.exp(-(((x - 200) / 210) ** 2) - ((y - 160) / 105) ** 2) + 0.06;
    const v = Math.min(1, grey * lamp);
    return [v, v, v];
  });
  defocus(scene, 0.7);
  addNoise(scene, stem, 0.022, 0.03, true);
  return scene;
}

function trunk(scene: Scene, x: number, wide: number, seed: number): void {
  paint(scene, {
    outlines: [
      [
        { x: x - wide * 0.7, y: -4 },
        { x: x + wide * 0.7, y: -4 },
        { x: x + wide, y: 110 },
        { x: x + wide * 1.5, y: 122 },
        { x: x - wide * 1.4, y: 122 },
        { x: x - wide, y: 108 },
      ],
    ],
    soft: 0.6,
    shadow: { dx: 6, dy: 3, blur: 4, strength: 0.4 },
    object: 101,
    colour: (spot) =>
      scaled(
        mix(rgb("#4a3b2c"), rgb("#8b755a"), noise(spot.x / 2.4, spot.y / 16, seed)),
        0.5 + 0.55 * spot.light,
      ),
  });
}

function animal(
  scene: Scene,
  kind: "deer" | "stag" | "boar",
  at: Point,
  size: number,
  way: number,
  object: number,
  seed: number,
): void {
  const p = (x: number, y: number): Point => ({ x: at.x + way * x * size, y: at.y + y * size });
  const parts: Outline[] = [];
  const boar = kind === "boar";
  const random = randomOf(`animal ${seed}`);
  if (boar) {
    parts.push(blob(random, p(-2, -8), 33 * size, 19 * size, 0, 0.04));
    parts.push(
      placed(
        [
          [18, -22],
          [34, -18],
          [46, -5],
          [53, 3],
          [51, 8],
          [38, 6],
          [22, 8],
        ],
        at,
        0,
        1,
      ).map(({ x, y }) => p(x - at.x, y - at.y)),
    );
    parts.push([p(22, -20), p(27, -33), p(33, -19)]);
    for (const x of [-24, -14, 12, 21])
      parts.push(ribbon([p(x, 4), p(x + 1, 16), p(x, 30)], (t) => (4.6 - 2.2 * t) * size));
    parts.push(ribbon(curve([p(-34, -12), p(-41, -6), p(-42, 3)]), () => 1.2 * size));
  } else {
    parts.push(blob(random, p(0, -14), 31 * size, 13.5 * size, way * 0.06, 0.05));
    parts.push(ribbon(curve([p(22, -16), p(33, -32), p(38, -48)]), (t) => (10 - 5.5 * t) * size));
    parts.push([p(33, -53), p(42, -55), p(56, -47), p(57, -43), p(46, -42), p(36, -43)]);
    parts.push([p(36, -51), p(28, -62), p(27, -55)]);
    for (const [x, lean] of [
      [-25, -3],
      [-17, 4],
      [16, -3],
      [25, 3],
    ] as const)
      parts.push(
        ribbon(curve([p(x, -8), p(x + lean, 12), p(x + lean * 0.4, 36)]), (t) => (5.6 - 4 * t ** 0.6) * size),
      );
    parts.push([p(-29, -20), p(-36, -13), p(-31, -9)]);
    if (kind === "stag")
      for (const [lean, tall] of [
        [-10, 40],
        [7, 36],
      ] as const) {
        parts.push(
          ribbon(
            curve([p(38, -52), p(38 + lean * 1.6, -66), p(38 + lean * 0.8, -52 - tall)]),
            () => 1.7 * size,
          ),
        );
        parts.push(ribbon([p(38 + lean * 1.5, -66), p(38 + lean * 2.8, -77)], () => 1.3 * size));
        parts.push(ribbon([p(38 + lean * 1.3, -76), p(38 + lean * 2.4, -90)], () => 1.2 * size));
      }
  }
  const foot = createMask(1, 1).width;
  paint(scene, {
    outlines: [around(p(0, 33), (a) => size * (40 * Math.cos(a) ** 2 + 6) * foot, 40)],
    opacity: 0.35,
    soft: 3,
    colour: () => [0.04, 0.05, 0.03],
  });
  paint(scene, {
    outlines: parts,
    union: true,
    object,
    soft: 0.5,
    colour: (spot) => {
      const y = (spot.y - at.y) / size;
      const x = ((spot.x - at.x) * way) / size;
      const fur = noise(spot.x / 1.4, spot.y / 2.6, seed);
      if (!boar && Math.hypot(x - 45, y + 50) < 1.4) return rgb("#0c0a08");
      if (boar && Math.hypot(x - 36, y + 10) < 1.3) return rgb("#0c0a08");
      const coat = boar
        ? mix(rgb("#3a3029"), rgb("#6d5a49"), fur)
        : y < -60 || (kind === "stag" && y < -54 && x > 20)
          ? rgb("#6b5638")
          : mix(rgb("#8a5a34"), rgb("#b98555"), fur);
      const belly = !boar && y > -8 && y < -2 && Math.abs(x) < 22 ? 0.25 : 0;
      return scaled(mix(coat, rgb("#e6d8bd"), belly), 0.48 + 0.6 * spot.light);
    },
  });
}
