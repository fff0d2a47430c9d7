// Paintings: a scene is laid out, then painted again with brush strokes that follow its tones.
// Traps of the real files: pictures four and five folders deep, one file name under two artists, labels as palette, grey and colour
// PNGs, void pixels (255), a class of Pascal VOC that is none of the set's, a grey JPEG, pictures without labels (train).
import { encode } from "fast-png";
import sharp from "sharp";
import type { Point } from "../../../src/core/types.ts";
import { type Files, jpg, labelPng, type Miniature } from "../files.ts";
import { blob, box, curve, ribbon } from "../outline.ts";
import { fractal, noise, randomOf } from "../random.ts";
import { addNoise, type Colour, grade, makeScene, mix, paint, rgb, type Scene, scaled } from "../scene.ts";

const WIDTH = 320;
const HEIGHT = 256;
const VOID = 255;

/** Pascal VOC's colours: bits of the index, three at a time, from the highest down. */
const PALETTE = Array.from({ length: 256 }, (_, index) => {
  const colour = [0, 0, 0];
  for (let rest = index, bit = 7; rest > 0; rest >>= 3, bit--)
    for (let c = 0; c < 3; c++) colour[c]! |= ((rest >> c) & 1) << bit;
  return colour;
});

interface Painting {
  readonly path: string;
  readonly label: "palette" | "grey" | "colour";
  readonly grey?: boolean;
  /** Length and width of a stroke in pixels. */
  readonly stroke: readonly [length: number, width: number];
  readonly draw: (scene: Scene) => void;
  readonly ground: (x: number, y: number) => Colour;
}

const paintings: readonly Painting[] = [
  {
    path: "realism/jean_marlow/river",
    label: "palette",
    stroke: [7, 2],
    ground: landscape("#b9c3c4", "#7d8f63", 0.45, 3),
    draw: (scene) => {
      water(scene, 150, "#7f939a");
      boat(scene, { x: 112, y: 178 }, 1.15, "#5a3b28");
      boat(scene, { x: 232, y: 160 }, 0.7, "#3f4b45");
      figure(scene, { x: 106, y: 148 }, 30, "#6d3328");
      cow(scene, { x: 268, y: 222 }, 1, "#8a5d3d");
      cow(scene, { x: 214, y: 232 }, 0.8, "#d6c7b0");
    },
  },
  {
    path: "impressionism/ana_velt/river",
    label: "grey",
    stroke: [10, 4],
    ground: landscape("#e8d9b9", "#9fae6b", 0.5, 9),
    draw: (scene) => {
      figure(scene, { x: 110, y: 150 }, 84, "#d9cfe0");
      figure(scene, { x: 176, y: 160 }, 70, "#51618f");
      dog(scene, { x: 226, y: 214 }, 1, "#4a3425");
      plantPot(scene, { x: 280, y: 216 });
    },
  },
  {
    path: "unseen/art_nouveau/otto_lind/the_window",
    label: "colour",
    stroke: [9, 3],
    ground: (x, y) =>
      scaled(mix(rgb("#6d4a35"), rgb("#a8774c"), fractal(x / 70, y / 70, 5, 3)), 1.05 - 0.35 * (y / HEIGHT)),
    draw: (scene) => {
      paint(scene, {
        outlines: [box(0, 186, 320, 256)],
        soft: 1,
        colour: ({ x, y }) => scaled(rgb("#7c5a3b"), 0.8 + 0.4 * fractal(x / 30, y / 6, 7, 3)),
      });
      bottle(scene, { x: 92, y: 190 }, 1.2, "#35523f");
      bottle(scene, { x: 132, y: 196 }, 0.9, "#6b3a2a");
      for (const [x, y, hex] of [
        [176, 204, "#c2502c"],
        [206, 208, "#d89a34"],
        [190, 190, "#a83a2c"],
      ] as const)
        fruit(scene, { x, y }, hex);
      cat(scene, { x: 262, y: 176 }, "#4c4a4d");
      // A television, of all things: a class of Pascal VOC, but none of the set's.
      paint(scene, {
        outlines: [box(20, 40, 66, 84)],
        object: 20,
        soft: 1,
        colour: ({ light }) => scaled(rgb("#8fa3ae"), 0.4 + 0.7 * light),
      });
    },
  },
  {
    path: "expressionism/mia_korn/riders",
    label: "palette",
    grey: true,
    stroke: [14, 5],
    ground: landscape("#d98a4b", "#4c6a52", 0.4, 21),
    draw: (scene) => {
      horse(scene, { x: 118, y: 176 }, 1.15, "#3d4d86");
      horse(scene, { x: 222, y: 190 }, 0.95, "#a8473a");
      figure(scene, { x: 120, y: 120 }, 52, "#d2b23f");
    },
  },
];

export const dram: Miniature = {
  name: "dram",
  make: async () => {
    const files: Files = new Map();
    for (const painting of paintings) {
      const { path, label, grey = false } = painting;
      const { scene, labels } = render(painting);
      const picture = await jpg(scene, 88);
      files.set(
        `DRAM_processed/test/${path}.jpg`,
        grey ? await sharp(picture).greyscale().jpeg({ quality: 88 }).toBuffer() : picture,
      );
      files.set(`DRAM_processed/labels/${path}.png`, labelFile(labels, label));
    }
    const lines = paintings.map(({ path }) => `${path}\n`);
    files.set("DRAM_processed/test/dram_with_unseen.txt", lines.join(""));
    files.set("DRAM_processed/test/dram.txt", lines.filter((line) => !line.startsWith("unseen")).join(""));
    files.set("DRAM_processed/train/realism.txt", "realism/jean_marlow/mill\n");
    files.set("DRAM_processed/train/realism/jean_marlow/mill.jpg", "a picture without a label");
    return files;
  },
};

function labelFile(labels: Uint8Array, kind: Painting["label"]): Uint8Array {
  if (kind === "palette") return labelPng(WIDTH, HEIGHT, labels, PALETTE);
  const size = { width: WIDTH, height: HEIGHT, depth: 8 } as const;
  const zlib = { zlib: { level: 9 } } as const;
  if (kind === "grey") return encode({ ...size, channels: 1, data: labels }, zlib);
  const data = Uint8Array.from(
    { length: 3 * labels.length },
    (_, i) => PALETTE[labels[Math.floor(i / 3)]!]![i % 3]!,
  );
  return encode({ ...size, channels: 3, data }, zlib);
}

function render({ path, stroke, ground, draw }: Painting) {
  const scene = makeScene(WIDTH, HEIGHT, ground);
  draw(scene);
  const { owner } = scene;
  const labels = Uint8Array.from(owner, (value, i) => {
    // Void where two things meet.
    const right = i % WIDTH < WIDTH - 1 ? owner[i + 1]! : value;
    const below = i + WIDTH < owner.length ? owner[i + WIDTH]! : value;
    return (value > 0 || right > 0 || below > 0) && (right !== value || below !== value) ? VOID : value;
  });
  brush(scene, path, stroke);
  grade(scene, (colour, x, y) => {
    const weave = 0.97 + 0.05 * Math.sin(x * 1.9) * Math.sin(y * 1.9);
    const varnish = 1.05 - 0.4 * ((x / WIDTH - 0.5) ** 2 + (y / HEIGHT - 0.5) ** 2);
    return [
      colour[0] * weave * varnish * 1.03,
      colour[1] * weave * varnish,
      colour[2] * weave * varnish * 0.92,
    ];
  });
  addNoise(scene, path, 0.006, 0.008);
  return { scene, labels };
}

/** Many strokes, coarse ones first, each in the colour of its middle and across the steepest change of tone. */
function brush(scene: Scene, name: string, [length, width]: readonly [number, number]): void {
  const { data } = scene;
  const random = randomOf(`brush ${name}`);
  const source = data.slice();
  const tone = (x: number, y: number) => {
    const i =
      3 *
      (Math.min(HEIGHT - 1, Math.max(0, Math.round(y))) * WIDTH +
        Math.min(WIDTH - 1, Math.max(0, Math.round(x))));
    return source[i]! + source[i + 1]! + source[i + 2]!;
  };
  for (const [scale, count] of [
    [2.2, 5000],
    [1, 26000],
  ] as const) {
    for (let k = 0; k < count; k++) {
      const x = random.next() * WIDTH;
      const y = random.next() * HEIGHT;
      const r = 3 * width;
      const dx = tone(x + r, y) - tone(x - r, y);
      const dy = tone(x, y + r) - tone(x, y - r);
      const strong = Math.hypot(dx, dy) > 0.12;
      const angle = strong ? Math.atan2(dx, -dy) : 6 * noise(x / 60, y / 60, 77);
      const at = 3 * (Math.floor(y) * WIDTH + Math.floor(x));
      const bright = 1 + 0.09 * random.bell();
      const colour = [0, 1, 2].map((c) => source[at + c]! * bright + 0.02 * random.bell());
      const long = (length * scale * random.between(0.5, 1.1)) / (strong ? 2 : 1);
      const thick = (width * scale * random.between(0.6, 1)) / (strong ? 1.5 : 1);
      const reach = Math.ceil(Math.max(long, thick));
      for (let py = Math.max(0, Math.floor(y - reach)); py <= Math.min(HEIGHT - 1, y + reach); py++) {
        for (let px = Math.max(0, Math.floor(x - reach)); px <= Math.min(WIDTH - 1, x + reach); px++) {
          const along = ((px - x) * Math.cos(angle) + (py - y) * Math.sin(angle)) / long;
          const across = (-(px - x) * Math.sin(angle) + (py - y) * Math.cos(angle)) / thick;
          const inside = 1 - along ** 4 - across * across;
          if (inside <= 0) continue;
          const hair = 0.93 + 0.14 * noise(across * 5 + k, along * 0.7, 3) + 0.06 * (across < 0 ? 1 : -1);
          const i = 3 * (py * WIDTH + px);
          const cover = Math.min(1, inside * 2.5) * 0.9;
          for (let c = 0; c < 3; c++) data[i + c] = data[i + c]! * (1 - cover) + colour[c]! * hair * cover;
        }
      }
    }
  }
}

function landscape(sky: string, land: string, horizon: number, seed: number) {
  return (x: number, y: number): Colour => {
    const ridge = HEIGHT * (horizon - 0.12 * fractal(x / 90, 1, seed, 4));
    const clouds = fractal(x / 70, y / 28, seed + 2, 4);
    if (y < ridge)
      return mix(
        mix(rgb(sky), [0.98, 0.96, 0.9], Math.max(0, clouds - 0.45) * 2.4),
        rgb("#6f88a8"),
        0.45 * (1 - y / ridge),
      );
    const near = (y - ridge) / (HEIGHT - ridge);
    return scaled(
      mix(rgb("#5f7a72"), rgb(land), Math.min(1, near * 2)),
      0.65 + 0.7 * fractal(x / 26, y / 12, seed + 5, 4),
    );
  };
}

function water(scene: Scene, top: number, hex: string): void {
  paint(scene, {
    outlines: [box(-5, top, WIDTH + 5, 206)],
    soft: 2,
    colour: ({ x, y }) => scaled(rgb(hex), 0.75 + 0.55 * fractal(x / 34, y / 3.5, 13, 3)),
  });
}

function part(scene: Scene, object: number, outline: readonly Point[], hex: string, seed = 1): void {
  paint(scene, {
    outlines: [outline],
    object,
    soft: 0.7,
    colour: ({ x, y, light }) =>
      scaled(rgb(hex), (0.4 + 0.7 * light) * (0.8 + 0.4 * fractal(x / 9, y / 9, seed, 3))),
  });
}

function oval(x: number, y: number, rx: number, ry: number, turn = 0): readonly Point[] {
  return blob(randomOf(`oval ${x} ${y}`), { x, y }, rx, ry, turn, 0.03);
}

function boat(scene: Scene, { x, y }: Point, s: number, hex: string): void {
  part(
    scene,
    4,
    [
      [-60, -8],
      [-44, 14],
      [40, 14],
      [64, -12],
      [30, -2],
      [-30, 0],
    ].map(([a, b]) => ({ x: x + a! * s, y: y + b! * s })),
    hex,
  );
  part(
    scene,
    4,
    ribbon(
      [
        { x: x + 8 * s, y },
        { x: x + 10 * s, y: y - 80 * s },
      ],
      () => 1.6 * s,
    ),
    "#4a3524",
  );
  part(
    scene,
    4,
    [
      [12, -78],
      [50, -16],
      [12, -8],
    ].map(([a, b]) => ({ x: x + a! * s, y: y + b! * s })),
    "#e6d8bb",
  );
}

function figure(scene: Scene, { x, y }: Point, tall: number, dress: string): void {
  const s = tall / 84;
  part(
    scene,
    15,
    curve(
      [
        { x: x - 8 * s, y: y - 26 * s },
        { x: x - 22 * s, y: y + 44 * s },
        { x: x + 24 * s, y: y + 44 * s },
        { x: x + 9 * s, y: y - 26 * s },
      ],
      6,
    ),
    dress,
    4,
  );
  part(scene, 15, oval(x, y - 22 * s, 12 * s, 20 * s), dress, 6);
  part(
    scene,
    15,
    ribbon(
      curve(
        [
          { x: x + 8 * s, y: y - 32 * s },
          { x: x + 20 * s, y: y - 14 * s },
          { x: x + 8 * s, y: y - 2 * s },
        ],
        6,
      ),
      () => 3.4 * s,
    ),
    "#d8ab8c",
  );
  part(scene, 15, oval(x, y - 48 * s, 8 * s, 10 * s), "#dcb092");
  part(scene, 15, oval(x - 1 * s, y - 54 * s, 10 * s, 7 * s), "#4a3022");
}

function beast(
  scene: Scene,
  object: number,
  { x, y }: Point,
  s: number,
  hex: string,
  legs: number,
  neck: number,
): void {
  for (const dx of [-24, -15, 17, 26])
    part(
      scene,
      object,
      ribbon(
        [
          { x: x + dx * s, y },
          { x: x + (dx + 2) * s, y: y + legs * s },
        ],
        (t) => (5 - 2 * t) * s,
      ),
      hex,
      8,
    );
  part(scene, object, oval(x, y - 6 * s, 34 * s, 16 * s), hex, 9);
  part(
    scene,
    object,
    ribbon(
      curve(
        [
          { x: x + 24 * s, y: y - 8 * s },
          { x: x + 36 * s, y: y - (8 + neck) * s },
          { x: x + 46 * s, y: y - (10 + neck) * s },
        ],
        6,
      ),
      (t) => (10 - 4 * t) * s,
    ),
    hex,
    10,
  );
  part(scene, object, oval(x + 47 * s, y - (7 + neck) * s, 11 * s, 6 * s, 0.5), hex, 11);
  part(
    scene,
    object,
    ribbon(
      curve(
        [
          { x: x - 32 * s, y: y - 10 * s },
          { x: x - 42 * s, y: y + 4 * s },
          { x: x - 40 * s, y: y + 18 * s },
        ],
        6,
      ),
      () => 2 * s,
    ),
    hex,
    12,
  );
}

function cow(scene: Scene, at: Point, s: number, hex: string): void {
  beast(scene, 10, at, 0.8 * s, hex, 26, 8);
}

function horse(scene: Scene, at: Point, s: number, hex: string): void {
  beast(scene, 13, at, 1.3 * s, hex, 40, 26);
}

function dog(scene: Scene, at: Point, s: number, hex: string): void {
  beast(scene, 12, at, 0.62 * s, hex, 24, 12);
}

function cat(scene: Scene, { x, y }: Point, hex: string): void {
  part(scene, 8, oval(x, y + 8, 22, 30), hex);
  part(scene, 8, oval(x - 4, y - 30, 14, 13), hex);
  for (const dx of [-13, 4])
    part(
      scene,
      8,
      [
        { x: x + dx, y: y - 36 },
        { x: x + dx + 2, y: y - 52 },
        { x: x + dx + 10, y: y - 40 },
      ],
      hex,
    );
  part(
    scene,
    8,
    ribbon(
      curve(
        [
          { x: x + 14, y: y + 28 },
          { x: x + 40, y: y + 36 },
          { x: x + 50, y: y + 14 },
        ],
        6,
      ),
      () => 4,
    ),
    hex,
  );
}

function bottle(scene: Scene, { x, y }: Point, s: number, hex: string): void {
  part(
    scene,
    5,
    [
      [-14, 20],
      [-15, -30],
      [-5, -48],
      [-5, -74],
      [5, -74],
      [5, -48],
      [15, -30],
      [14, 20],
    ].map(([a, b]) => ({ x: x + a! * s, y: y + b! * s })),
    hex,
  );
  paint(scene, {
    outlines: [box(x - 9 * s, y - 26 * s, x - 5 * s, y + 8 * s)],
    opacity: 0.5,
    soft: 1,
    colour: () => [0.95, 0.95, 0.85],
  });
}

function fruit(scene: Scene, { x, y }: Point, hex: string): void {
  paint(scene, {
    outlines: [oval(x, y, 16, 15)],
    soft: 0.8,
    shadow: { dx: 3, dy: 6, blur: 4, strength: 0.5 },
    colour: ({ light }) => scaled(rgb(hex), 0.35 + 0.85 * light),
  });
}

function plantPot(scene: Scene, { x, y }: Point): void {
  part(
    scene,
    16,
    [
      [-16, -18],
      [16, -18],
      [11, 18],
      [-11, 18],
    ].map(([a, b]) => ({ x: x + a!, y: y + b! })),
    "#a5583a",
  );
  for (let i = 0; i < 12; i++)
    part(
      scene,
      16,
      oval(x + 18 * Math.cos(i * 2.4), y - 34 + 14 * Math.sin(i * 2.4), 10, 5, i),
      i % 3 === 0 ? "#c9566b" : "#4f7a3c",
      i,
    );
}
