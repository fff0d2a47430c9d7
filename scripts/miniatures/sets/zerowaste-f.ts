// The belt of a sorting plant from above: crumpled paper lies on cardboard, bottles and film on both. Traps of the real
// files: suffixes in capitals, empty segmentations, a picture without objects, class maps that are no instances.
import { measuresOf } from "../annotations.ts";
import { polygonsOf } from "../contours.ts";
import { coarse, type Files, json, labelPng, type Miniature, rgbPng } from "../files.ts";
import { blob, curve, placed, ribbon } from "../outline.ts";
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

const CATEGORIES = ["rigid_plastic", "cardboard", "metal", "soft_plastic"].map((name, i) => ({
  id: i + 1,
  name,
}));
const [WIDTH, HEIGHT] = [320, 180];
type Kind = "bottle" | "board" | "flap" | "can" | "film" | "paper";
const CATEGORY: Readonly<Record<Kind, number>> = { bottle: 1, board: 2, flap: 2, can: 3, film: 4, paper: 0 };

export const zerowasteF: Miniature = {
  name: "zerowaste-f",
  make: async () => {
    const files: Files = new Map();
    const folder = "splits_final_deblurred/train";
    const images = [];
    const annotations = [];
    const belts: [string, readonly Kind[]][] = [
      ["01_frame_000010", ["paper", "board", "paper", "flap", "bottle", "paper", "can", "film"]],
      ["03_frame_004210", ["board", "paper", "film", "board", "paper", "bottle", "paper", "flap"]],
      ["09_frame_012880", ["paper", "paper", "paper"]],
    ];
    for (const [i, [stem, kinds]] of belts.entries()) {
      const scene = belt(stem);
      const random = randomOf(stem);
      kinds.forEach((kind, k) => {
        const column = (k % 4) * 78 + 42;
        const row = k < 4 ? 62 : 122;
        const at = { x: column + random.between(-16, 16), y: row + random.between(-14, 14) };
        throwOn(scene, kind, at, stem + k, k + 1);
      });
      grade(scene, (colour, x, y) =>
        scaled(colour, 1.14 - 0.5 * Math.hypot((x - 170) / WIDTH, (y - 80) / HEIGHT)),
      );
      defocus(scene, 0.5);
      addNoise(scene, stem, 0.004, 0.01, true);
      files.set(`${folder}/data/${stem}.PNG`, await rgbPng(coarse(scene, 6)));
      images.push({ id: i + 1, file_name: `${stem}.PNG`, width: WIDTH, height: HEIGHT });
      const classes = new Uint8Array(WIDTH * HEIGHT);
      kinds.forEach((kind, k) => {
        const category_id = CATEGORY[kind];
        if (category_id === 0) return;
        const segmentation = polygonsOf(visible(scene, k + 1));
        annotations.push({
          ...{ id: annotations.length + 1, image_id: i + 1, category_id, segmentation },
          ...{ ...measuresOf(segmentation), iscrowd: 0 },
        });
        scene.owner.forEach((owner, p) => {
          if (owner === k + 1) classes[p] = category_id;
        });
      });
      if (i === 1)
        annotations.push({
          ...{ id: annotations.length + 1, image_id: i + 1, category_id: 4, segmentation: [] },
          ...{ area: 0, bbox: [0, 0, 0, 0], iscrowd: 0 },
        });
      files.set(
        `${folder}/sem_seg/${stem}.PNG`,
        labelPng(WIDTH, HEIGHT, classes, [
          [0, 0, 0],
          [200, 60, 60],
          [170, 130, 80],
          [120, 120, 200],
          [90, 200, 120],
        ]),
      );
    }
    files.set(
      `${folder}/labels.json`,
      json({ info: {}, licenses: [], images, annotations, categories: CATEGORIES }),
    );
    files.set(
      "README.txt",
      "A made-up miniature in the layout of ZeroWaste-f. No picture is from the data set.\n",
    );
    return files;
  },
};

function belt(name: string): Scene {
  const seed = randomOf(`belt ${name}`).whole(1, 999);
  return makeScene(WIDTH, HEIGHT, (x, y) => {
    if (y < 16 || y > 166) {
      const steel =
        0.52 +
        0.25 * fractal(x / 30, y / 3, seed) +
        (Math.abs(y - 16) < 2 || Math.abs(y - 166) < 2 ? -0.25 : 0);
      return [steel, steel * 1.01, steel * 1.04];
    }
    const rib = (x + seed) % 64 < 2 ? -0.035 : 0;
    const dust = Math.max(0, fractal(x / 26, y / 18, seed + 3) - 0.55) * 0.5;
    const rubber = 0.17 + rib + dust + 0.06 * noise(x / 2, y / 2, seed + 5);
    return [rubber, rubber * 1.02, rubber * 1.05];
  });
}

function throwOn(scene: Scene, kind: Kind, at: { x: number; y: number }, name: string, object: number): void {
  const random = randomOf(name);
  const seed = random.whole(1, 9999);
  const turn = random.between(0, 6.3);
  const shadow = { dx: 3, dy: 4, blur: 3, strength: 0.55 };
  const along = (x: number, y: number) => (x - at.x) * Math.cos(turn) + (y - at.y) * Math.sin(turn);
  const across = (x: number, y: number) => (y - at.y) * Math.cos(turn) - (x - at.x) * Math.sin(turn);
  if (kind === "paper") {
    // Paper is not labelled: it is the ground that everything lies in.
    const sheet = placed(
      [
        [-30, -20],
        [-6, -23],
        [28, -18],
        [31, 6],
        [24, 21],
        [-12, 19],
        [-33, 16],
      ],
      at,
      turn,
      random.between(0.8, 1.2),
    );
    const tone = random.pick(["#e9e6dc", "#d9d4c4", "#c9d3dc"]);
    paint(scene, {
      outlines: [sheet],
      object: 200 + object,
      soft: 0.5,
      shadow,
      colour: ({ x, y }) => {
        const crease = Math.abs(fractal(x / 13, y / 13, seed, 3) - 0.5) * 3;
        const print =
          Math.abs(along(x, y)) < 20 && Math.abs(across(x, y)) % 5 < 1.5 && noise(x / 2, y / 2, seed) > 0.45;
        return scaled(rgb(tone), (print ? 0.7 : 0.98) - 0.28 * crease);
      },
    });
  } else if (kind === "board" || kind === "flap") {
    const size = kind === "board" ? 1.35 : 0.85;
    const torn: [number, number][] =
      kind === "board"
        ? [
            [-34, -19],
            [-10, -21],
            [-8, -26],
            [14, -25],
            [15, -19],
            [33, -20],
            [35, 18],
            [8, 21],
            [5, 15],
            [-9, 16],
            [-12, 22],
            [-33, 20],
          ]
        : [
            [-30, -15],
            [26, -18],
            [33, -4],
            [24, 17],
            [-8, 14],
            [-28, 19],
          ];
    paint(scene, {
      outlines: [placed(torn, at, turn, size)],
      object,
      soft: 0.5,
      shadow,
      colour: ({ x, y, depth }) => {
        const flute = 0.04 * Math.sin(along(x, y) * 1.9);
        const fold = Math.abs(across(x, y) + 4) < 1.2 ? -0.18 : 0;
        const tape = kind === "board" && Math.abs(along(x, y) - 12) < 4.5;
        const base = mix(rgb("#a47d4f"), rgb("#c9a474"), fractal(x / 16, y / 16, seed));
        return scaled(tape ? rgb("#d8c7a0") : base, 0.9 + flute + fold - (depth < 0.06 ? 0.14 : 0));
      },
    });
  } else if (kind === "bottle") {
    const profile: [number, number][] = [
      [-30, -9],
      [-26, -11],
      [10, -11],
      [20, -5],
      [31, -4.5],
      [31, 4.5],
      [20, 5],
      [10, 11],
      [-26, 11],
      [-30, 9],
    ];
    paint(scene, {
      outlines: [placed(profile, at, turn, 1.05)],
      object,
      opacity: 0.9,
      soft: 0.5,
      shadow,
      colour: (spot) => {
        const u = along(spot.x, spot.y);
        const base =
          u > 22
            ? rgb("#2f62b8")
            : u > -16 && u < 2
              ? rgb("#d0473c")
              : mix(rgb("#9fc0c8"), rgb("#5f858f"), noise(u / 3, 1, seed));
        return mix(
          scaled(base, 0.45 + 0.7 * spot.light),
          rgb("#ffffff"),
          Math.abs(across(spot.x, spot.y) + 4) < 1.3 ? 0.55 : 0,
        );
      },
    });
  } else if (kind === "can") {
    paint(scene, {
      outlines: [
        placed(
          [
            [-17, -9],
            [-14, -10],
            [4, -8],
            [14, -10],
            [17, -9],
            [18, 0],
            [17, 9],
            [13, 10],
            [-5, 9],
            [-14, 10],
            [-17, 8],
          ],
          at,
          turn,
          1.15,
        ),
      ],
      object,
      soft: 0.4,
      shadow,
      colour: (spot) => {
        const rim = Math.abs(along(spot.x, spot.y)) > 15;
        const base = rim
          ? rgb("#d5d9da")
          : mix(
              rgb("#b9bec2"),
              rgb("#3d6fae"),
              noise(along(spot.x, spot.y) / 7, across(spot.x, spot.y) / 5, seed) > 0.5 ? 1 : 0,
            );
        return scaled(base, 0.35 + 0.85 * spot.light);
      },
    });
  } else {
    const film = [
      blob(random, at, 30, 19, turn, 0.3),
      ribbon(
        curve([
          at,
          { x: at.x + 30 * Math.cos(turn), y: at.y + 24 * Math.sin(turn) },
          { x: at.x + 44 * Math.cos(turn + 0.6), y: at.y + 30 * Math.sin(turn + 0.6) },
        ]),
        (t) => 7 - 5 * t,
      ),
    ];
    paint(scene, {
      outlines: film,
      union: true,
      object,
      opacity: 0.72,
      soft: 0.5,
      shadow: { ...shadow, strength: 0.3 },
      colour: ({ x, y, light }) => {
        const fold = Math.abs(fractal(x / 9, y / 7, seed, 3) - 0.5) * 5;
        return scaled(mix(rgb("#f2f5f4"), rgb("#9fb4b8"), Math.min(1, fold)), 0.75 + 0.3 * light);
      },
    });
  }
}
