// Bags under X-rays, in the false colours of the scanners: orange for light stuff, green for mixed, blue for metal, and
// what overlaps gets darker. Traps of the real files: a folder in a folder of the same name, leftovers of macOS, image
// ids that begin at 0 and again in the next file, polygons beside RLE, sizes that differ.
import type { BitMask } from "../../../src/core/types.ts";
import { createMask } from "../../../src/masks/bit-mask.ts";
import { compressedRle, measuresOf, measuresOfMask, plainRle } from "../annotations.ts";
import { polygonsOf } from "../contours.ts";
import { coarse, type Files, json, type Miniature, rgbPng } from "../files.ts";
import { around, blob, box, curve, type Outline, placed, ribbon, slab } from "../outline.ts";
import { fractal, noise, type Random, randomOf } from "../random.ts";
import { addNoise, type Colour, defocus, makeScene, paint, rgb, type Scene } from "../scene.ts";

const NAMES =
  "Baton Pliers Hammer Powerbank Scissors Wrench Gun Bullet Sprayer HandCuffs Knife Lighter".split(" ");
const CATEGORIES = NAMES.map((name, i) => ({ id: i + 1, name, supercategory: "" }));
type Place = readonly [name: string, x: number, y: number, turn: number, size: number];

export const pidray: Miniature = {
  name: "pidray",
  make: async () => {
    const files: Files = new Map();
    const root = "pidray/pidray";
    const bags: Record<string, [width: number, height: number, ...things: Place[]][]> = {
      hard: [
        [
          352,
          248,
          ["Knife", 120, 92, 0.5, 1],
          ["Pliers", 226, 140, -0.9, 1],
          ["Lighter", 168, 178, 1.1, 0.9],
        ],
        [
          300,
          300,
          ["Gun", 136, 150, -0.35, 1.15],
          ["Bullet", 206, 92, 0.8, 1],
          ["Bullet", 222, 108, 1, 1],
          ["Scissors", 206, 206, 2.3, 1],
        ],
        [
          384,
          220,
          ["Hammer", 120, 110, 0.25, 1.1],
          ["HandCuffs", 254, 84, 0.4, 1],
          ["Powerbank", 268, 152, -0.2, 1],
        ],
      ],
      easy: [[260, 200, ["Wrench", 130, 100, 0.7, 1.1]]],
    };
    for (const [split, list] of Object.entries(bags)) {
      const images = [];
      const annotations = [];
      for (const [i, [width, height, ...things]] of list.entries()) {
        const file = `xray_${split}${String(i * 37).padStart(5, "0")}.png`;
        const { scene, masks } = bag(file, width, height, things);
        images.push({ id: i, file_name: file, height, width });
        files.set(`${root}/${split}/${file}`, await rgbPng(coarse(scene, 4)));
        for (const [k, mask] of masks.entries()) {
          const polygons = polygonsOf(mask, { holes: false });
          const drawn =
            k % 3 === 1
              ? { segmentation: compressedRle(mask), ...measuresOfMask(mask) }
              : k % 3 === 2
                ? { segmentation: plainRle(mask), ...measuresOfMask(mask) }
                : { segmentation: polygons, ...measuresOf(polygons) };
          annotations.push({
            ...{
              id: annotations.length + 1,
              image_id: i,
              category_id: NAMES.indexOf(things[k]![0]) + 1,
              iscrowd: 0,
            },
            ...drawn,
          });
        }
      }
      files.set(
        `${root}/annotations/xray_test_${split}.json`,
        json({ images, annotations, categories: CATEGORIES }),
      );
    }
    files.set(`${root}/hard/._xray_hard00000.png`, Uint8Array.from([0, 5, 22, 7, 0, 2, 0, 0]));
    files.set(
      "README.txt",
      "A made-up miniature in the layout of PIDRay. No picture is from the data set.\n",
    );
    return files;
  },
};

/** What a body lets through: colours multiply where bodies overlap. */
function absorb(
  scene: Scene,
  outlines: readonly Outline[],
  tint: Colour,
  thick: (x: number, y: number, light: number, depth: number) => number,
  union = false,
): BitMask {
  const { width, height, data } = scene;
  const before = Float32Array.from(data);
  return paint(scene, {
    outlines,
    union,
    soft: 0.6,
    colour: ({ x, y, light, depth }) => {
      const i = 3 * (y * width + x);
      const density = thick(x, y, light, depth);
      return [0, 1, 2].map(
        (c) => (i < 3 * width * height ? before[i + c]! : 1) * tint[c]! ** density,
      ) as unknown as Colour;
    },
  });
}

const ORANGE = rgb("#e9b26a");
const GREEN = rgb("#6fae62");
const BLUE = rgb("#4a7fc4");

function bag(
  name: string,
  width: number,
  height: number,
  things: readonly Place[],
): { scene: Scene; masks: BitMask[] } {
  const random = randomOf(name);
  const seed = random.whole(1, 9999);
  const scene = makeScene(width, height, () => [0.99, 0.99, 0.99]);
  const cx = width / 2;
  const cy = height / 2;
  // The case: a thin shell with a dense rim, wheels and a handle.
  const shell = around(
    { x: cx, y: cy },
    (a) => {
      const c = Math.abs(Math.cos(a)) / (width * 0.44);
      const s = Math.abs(Math.sin(a)) / (height * 0.43);
      return 1 / (c ** 7 + s ** 7) ** (1 / 7);
    },
    120,
  );
  absorb(
    scene,
    [shell],
    ORANGE,
    (x, y, _, depth) => 0.35 + 0.22 * fractal(x / 50, y / 50, seed) + (depth < 0.035 ? 0.9 : 0),
  );
  for (const side of [-1, 1])
    absorb(
      scene,
      [
        box(
          cx + side * width * 0.13 - 2,
          cy - height * 0.43,
          cx + side * width * 0.13 + 2,
          cy + height * 0.43,
        ),
      ],
      BLUE,
      (_, __, light) => 0.5 + 0.3 * light,
    );
  for (let i = 0; i < 7; i++) {
    const at = { x: cx + random.between(-0.33, 0.33) * width, y: cy + random.between(-0.32, 0.32) * height };
    const soft = blob(random, at, random.between(26, 62), random.between(18, 44), random.between(0, 3), 0.16);
    const cloth = random.whole(1, 9999);
    absorb(
      scene,
      [soft],
      random.pick([ORANGE, ORANGE, GREEN]),
      (x, y, light) =>
        0.2 + 0.35 * light + 0.3 * Math.abs(Math.sin(x / 6 + 6 * fractal(x / 30, y / 30, cloth))),
    );
  }
  clutter(scene, random, cx, cy, width, height);
  const masks = things.map(([kind, x, y, turn, size]) => SHAPES[kind]!(scene, { x, y }, turn, size));
  defocus(scene, 0.5);
  addNoise(scene, name, 0.002, 0.006);
  return { scene, masks };
}

function clutter(scene: Scene, random: Random, cx: number, cy: number, width: number, height: number): void {
  for (let i = 0; i < 3; i++) {
    const at = { x: cx + random.between(-0.3, 0.3) * width, y: cy + random.between(-0.28, 0.28) * height };
    const cable = curve(
      Array.from({ length: 7 }, (_, n) => ({
        x: at.x + 24 * Math.cos(n * 1.3) + 4 * n,
        y: at.y + 16 * Math.sin(n * 1.3 + i),
      })),
    );
    absorb(scene, [ribbon(cable, () => 1.3)], BLUE, () => 0.8);
  }
  const bottle = placed(
    [
      [-12, -34],
      [-12, 26],
      [-10, 30],
      [10, 30],
      [12, 26],
      [12, -34],
      [5, -44],
      [5, -54],
      [-5, -54],
      [-5, -44],
    ],
    { x: cx - width * 0.3, y: cy },
    random.between(-0.3, 0.3),
  );
  absorb(scene, [bottle], GREEN, (_, y, light) => (y > cy - 14 ? 0.7 : 0.25) + 0.5 * light);
  const phone = slab(
    -17,
    -32,
    17,
    32,
    { x: cx + width * 0.02, y: cy + height * 0.08 },
    random.between(-1, 1),
  );
  absorb(
    scene,
    [phone],
    GREEN,
    (x, y, _, depth) => 0.5 + (depth < 0.1 ? 0.7 : 0) + (noise(x / 4, y / 4, 3) > 0.62 ? 0.6 : 0),
  );
}

const metal = (_: number, __: number, light: number) => 1.15 + 0.75 * light;

const SHAPES: Readonly<
  Record<string, (scene: Scene, at: { x: number; y: number }, turn: number, size: number) => BitMask>
> = {
  Knife: (scene, at, turn, size) => {
    const blade = placed(
      [
        [4, -6],
        [52, -5],
        [64, 3],
        [56, 5],
        [4, 6],
      ],
      at,
      turn,
      size,
    );
    const grip = placed(
      [
        [-42, -7],
        [4, -7],
        [4, 7],
        [-42, 8],
        [-47, 0],
      ],
      at,
      turn,
      size,
    );
    const one = absorb(scene, [blade], BLUE, metal);
    return union(
      one,
      absorb(
        scene,
        [grip],
        GREEN,
        (x, y, light) => 0.9 + 0.5 * light + (noise(x / 3, y / 3, 4) > 0.7 ? 0.4 : 0),
      ),
    );
  },
  Pliers: (scene, at, turn, size) =>
    absorb(
      scene,
      [-1, 1].map((side) =>
        ribbon(
          curve(
            [
              [58, 2 * side],
              [26, 6 * side],
              [0, 0],
              [-24, -9 * side],
              [-56, -16 * side],
            ].map(([x, y]) => placed([[x!, y!]], at, turn, size)[0]!),
          ),
          (t) => (3 + 4 * Math.sin(Math.PI * Math.min(0.95, t + 0.1))) * size * 0.8,
        ),
      ),
      BLUE,
      metal,
      true,
    ),
  Lighter: (scene, at, turn, size) => {
    const body = slab(-8, -22, 8, 16, at, turn, size);
    const top = placed(
      [
        [-8, 16],
        [8, 16],
        [7, 25],
        [-3, 26],
      ],
      at,
      turn,
      size,
    );
    return union(
      absorb(scene, [body], GREEN, (_, __, light) => 0.9 + 0.4 * light),
      absorb(scene, [top], BLUE, metal),
    );
  },
  Gun: (scene, at, turn, size) =>
    absorb(
      scene,
      [
        placed(
          [
            [-44, -20],
            [50, -20],
            [52, -8],
            [6, -4],
            [-6, -2],
            [-14, 38],
            [-38, 36],
            [-34, 2],
            [-46, -6],
          ],
          at,
          turn,
          size,
        ),
        // The opening of the trigger guard.
        placed(
          [
            [2, -1],
            [18, -1],
            [17, 12],
            [4, 14],
          ],
          at,
          turn,
          size * 0.9,
        ),
      ],
      BLUE,
      (x, y, light) => 1 + 0.9 * light + (noise(x / 7, y / 7, 8) > 0.66 ? 0.35 : 0),
      true,
    ),
  Bullet: (scene, at, turn, size) =>
    absorb(
      scene,
      [
        placed(
          [
            [-12, -4.5],
            [4, -4.5],
            [11, -2],
            [13, 0],
            [11, 2],
            [4, 4.5],
            [-12, 4.5],
          ],
          at,
          turn,
          size,
        ),
      ],
      BLUE,
      (_, __, light) => 1.4 + 0.8 * light,
    ),
  Scissors: (scene, at, turn, size) => {
    const point = (x: number, y: number) => placed([[x, y]], at, turn, size)[0]!;
    const blades = [-1, 1].map((side) =>
      placed(
        [
          [-4, 3 * side],
          [50, 9 * side],
          [54, 11 * side],
          [-2, -4 * side],
        ],
        at,
        turn,
        size,
      ),
    );
    const rings = [-1, 1].map((side) =>
      ribbon(
        Array.from({ length: 41 }, (_, n) =>
          point(-26 + 16 * Math.cos((n / 40) * 6.2832), -12 * side + 10 * Math.sin((n / 40) * 6.2832)),
        ),
        () => 3 * size,
      ),
    );
    return union(
      absorb(scene, blades, BLUE, metal, true),
      absorb(scene, rings, GREEN, () => 1, true),
    );
  },
  Hammer: (scene, at, turn, size) => {
    const shaft = absorb(
      scene,
      [
        placed(
          [
            [-60, -5],
            [38, -4],
            [38, 4],
            [-60, 5],
          ],
          at,
          turn,
          size,
        ),
      ],
      ORANGE,
      (_, __, light) => 1.1 + 0.7 * light,
    );
    return union(
      shaft,
      absorb(
        scene,
        [
          placed(
            [
              [34, -30],
              [46, -34],
              [54, -24],
              [52, 24],
              [36, 26],
              [33, 0],
            ],
            at,
            turn,
            size,
          ),
        ],
        BLUE,
        (_, __, light) => 1.9 + light,
      ),
    );
  },
  HandCuffs: (scene, at, turn, size) => {
    const ring = (dx: number) =>
      ribbon(
        Array.from(
          { length: 49 },
          (_, n) =>
            placed(
              [[dx + 19 * Math.cos((n / 48) * 6.2832), 21 * Math.sin((n / 48) * 6.2832)]],
              at,
              turn,
              size,
            )[0]!,
        ),
        () => 3.4 * size,
      );
    const chain = ribbon(
      [-9, 0, 9].map((x) => placed([[x, x === 0 ? 3 : 0]], at, turn, size)[0]!),
      () => 2.4 * size,
    );
    return absorb(scene, [ring(-29), ring(29), chain], BLUE, metal, true);
  },
  Powerbank: (scene, at, turn, size) =>
    absorb(
      scene,
      [slab(-36, -20, 36, 20, at, turn, size)],
      GREEN,
      (x, y, _, depth) =>
        0.8 + (depth < 0.12 ? 0.5 : 0) + ((Math.floor(x / 13) + Math.floor(y / 13)) % 2 ? 0.45 : 0),
    ),
  Wrench: (scene, at, turn, size) =>
    absorb(
      scene,
      [
        placed(
          [
            [-56, -6],
            [-44, -13],
            [-32, -7],
            [32, -5],
            [44, -13],
            [57, -8],
            [46, 0],
            [57, 8],
            [44, 13],
            [32, 5],
            [-32, 7],
            [-44, 13],
            [-56, 6],
          ],
          at,
          turn,
          size,
        ),
      ],
      BLUE,
      metal,
    ),
};

function union(a: BitMask, b: BitMask): BitMask {
  const both = createMask(a.width, a.height);
  for (let i = 0; i < both.words.length; i++) both.words[i] = a.words[i]! | b.words[i]!;
  return both;
}
