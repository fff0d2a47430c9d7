// Rosettes from above: pots of dark soil, leaves in a golden-angle spiral, the oldest and largest lowest.
// Traps of the real files: folders within folders, RGBA pictures, palette labels with gaps, a set that is not wanted, and
// _fg, _centers, _boundaries and _bbox files that are no labels.
import type { Point } from "../../../src/core/types.ts";
import { area } from "../../../src/masks/bit-mask.ts";
import { type Files, labelPng, type Miniature, maskPng, rgbaPng } from "../files.ts";
import { around, curve, type Outline, ribbon, turned } from "../outline.ts";
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
  visible,
} from "../scene.ts";

const WIDTH = 250;
const HEIGHT = 265;
/** Any distinct colours: an index means a leaf, its colour nothing. */
const PALETTE = Array.from({ length: 256 }, (_, i) =>
  i === 0 ? [0, 0, 0] : [(i * 67) % 256, (i * 149 + 80) % 256, (i * 211 + 40) % 256],
);

export const ppdls: Miniature = {
  name: "ppdls",
  make: async () => {
    const folder = "Plant_Phenotyping_Datasets/Plant_Phenotyping_Datasets/Plant";
    const files: Files = new Map();
    for (const [stem, number, leaves, size] of [
      [`${folder}/Ara2012/ara2012_plant001`, "001", 12, 0.92],
      [`${folder}/Ara2012/ara2012_plant008`, "008", 16, 1.02],
      [`${folder}/Ara2012/ara2012_plant017`, "017", 10, 0.68],
      [`${folder}/Ara2012/ara2012_plant034`, "034", 19, 1.12],
      [`${folder}/Tobacco/tobacco_plant005`, "062", 14, 0.84],
    ] as const) {
      const { scene, labels, center } = rosette(number, leaves, size);
      files.set(`${stem}_rgb.png`, await rgbaPng(scene));
      files.set(`${stem}_label.png`, labelPng(WIDTH, HEIGHT, labels, PALETTE));
      files.set(
        `${stem}_fg.png`,
        labelPng(
          WIDTH,
          HEIGHT,
          labels.map((value) => (value > 0 ? 1 : 0)),
          [
            [0, 0, 0],
            [255, 255, 255],
          ],
        ),
      );
      const dot = makeScene(WIDTH, HEIGHT, () => [0, 0, 0]);
      files.set(
        `${stem}_centers.png`,
        maskPng(paint(dot, { outlines: [around(center, () => 1.5)], colour: () => [1, 1, 1] })),
      );
      files.set(`${stem}_bbox.csv`, "10,12,40,12,40,52,10,52\n");
      // Of the same archive, but not among the paper's images: the name says so, not the picture.
      const other = `${folder}/Ara2013-Canon/ara2013_plant136`;
      files.set(`${other}_rgb.png`, files.get(`${stem}_fg.png`)!);
      files.set(`${other}_label.png`, files.get(`${stem}_fg.png`)!);
    }
    return files;
  },
};

interface Rosette {
  readonly scene: Scene;
  readonly labels: Uint8Array;
  readonly center: Point;
}

function rosette(name: string, leaves: number, size: number): Rosette {
  const random = randomOf(`rosette ${name}`);
  const seed = random.whole(1, 9999);
  const scene = makeScene(WIDTH, HEIGHT, (x, y) => soil(x, y, seed));
  const center = { x: WIDTH / 2 + random.between(-8, 8), y: HEIGHT / 2 + random.between(-8, 8) };
  const start = random.between(0, 7);
  for (let i = 0; i < leaves; i++) {
    const age = 1 - i / leaves;
    const angle = start + i * 2.39996 + random.bell() * 0.12;
    const length = size * (20 + 74 * age ** 0.75) * random.between(0.9, 1.08);
    leaf(scene, center, angle, length, age, i + 1, seed);
  }
  defocus(scene, 0.5);
  grade(scene, (colour, x, y) => scaled(colour, 1.04 - 0.22 * Math.hypot(x / WIDTH - 0.5, y / HEIGHT - 0.5)));
  addNoise(scene, name, 0.008, 0.022);
  const labels = new Uint8Array(WIDTH * HEIGHT);
  for (let i = 1; i <= leaves; i++) {
    if (area(visible(scene, i)) === 0) continue;
    // Every fourth index is left out: indices of the real files have gaps too.
    const index = i + Math.floor(i / 4);
    for (let p = 0; p < labels.length; p++) if (scene.owner[p] === i) labels[p] = index;
  }
  return { scene, labels, center };
}

/** A petiole that widens into a spoon-shaped blade, with a pale midrib and side veins. */
function leaf(
  scene: Scene,
  center: Point,
  angle: number,
  length: number,
  age: number,
  object: number,
  seed: number,
): void {
  const random = randomOf(`leaf ${seed} ${object}`);
  const bend = random.bell() * 0.14;
  const line = curve(
    [0, 0.35, 0.7, 1].map((t) => turned(center, length * t, length * bend * t * t, angle)),
    12,
  );
  const broad = length * random.between(0.19, 0.25);
  const half = (t: number) => {
    const petiole = 1.3 + 1.2 * age;
    const blade =
      broad * Math.max(0, Math.sin(Math.PI * Math.min(1, Math.max(0, (t - 0.3) / 0.7)) ** 1.25)) ** 0.75;
    return Math.max(t > 0.97 ? 0.4 : petiole * (1 - 0.3 * t), blade) * (1 + 0.04 * Math.sin(t * 17 + seed));
  };
  const outline: Outline = ribbon(line, half);
  const green = mix(rgb("#5f8a3a"), rgb("#8fb455"), random.between(0, 0.6) + 0.4 * (1 - age));
  const lift = 2 + 4 * (1 - age);
  const cos = Math.cos(angle);
  const sin = Math.sin(angle);
  paint(scene, {
    outlines: [outline],
    object,
    soft: 0.5,
    shadow: { dx: lift, dy: lift + 1, blur: 3, strength: 0.6 },
    colour: ({ x, y, depth, light }) => {
      const along = ((x - center.x) * cos + (y - center.y) * sin) / length;
      const across = (-(x - center.x) * sin + (y - center.y) * cos) / length - bend * along * along;
      const midrib = Math.exp(-((across * length) ** 2) / 2.2);
      const veins = along > 0.35 ? 0.5 + 0.5 * Math.cos(34 * (along - 1.3 * Math.abs(across))) : 0.5;
      const patch = fractal(x / 16, y / 16, seed + object, 3);
      const fold = across > 0 ? 1.07 : 0.93;
      const body = scaled(
        green,
        (0.52 + 0.5 * light) *
          fold *
          (0.86 + 0.28 * patch) *
          (0.97 + 0.06 * veins) *
          (0.8 + 0.2 * Math.min(1, 3 * depth)),
      );
      return mix(body, rgb("#c9d99a"), 0.4 * midrib);
    },
  });
}

/** Grains of peat, some pale perlite, green algae, and the rim of the pot. */
function soil(x: number, y: number, seed: number): Colour {
  const grain = 0.55 * fractal(x / 6, y / 6, seed, 4) + 0.45 * noise(x / 1.7, y / 1.7, seed + 3);
  const base = mix(rgb("#1d1713"), rgb("#6a5646"), grain ** 1.4);
  const algae = Math.max(0, fractal(x / 30, y / 30, seed + 8) - 0.55) * 2;
  const perlite = noise(x / 2.6, y / 2.6, seed + 12) > 0.955 ? 0.55 : 0;
  const ground = mix(mix(base, rgb("#4c5a2c"), algae), rgb("#cfc8ba"), perlite);
  const rim = Math.max(Math.abs(x - WIDTH / 2) / (WIDTH / 2), Math.abs(y - HEIGHT / 2) / (HEIGHT / 2));
  return rim > 0.955
    ? mix(rgb("#24262a"), rgb("#4a4d52"), 0.6 * noise(x / 9, y / 9, seed + 20) + (rim > 0.985 ? 0.3 : 0))
    : ground;
}
