// Piles of logs as the operator of a crane sees them. Traps of the real files: every picture twice, original and
// prescaled; names with a folder; a list of turned boxes beside the masks.
import sharp from "sharp";
import { measuresOf } from "../annotations.ts";
import { polygonsOf } from "../contours.ts";
import { coarse, type Files, json, type Miniature, rgbPng } from "../files.ts";
import { around, turned } from "../outline.ts";
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
  toBytes,
  visible,
} from "../scene.ts";

const [WIDTH, HEIGHT] = [264, 198];
interface Log {
  readonly x: number;
  readonly y: number;
  readonly turn: number;
  readonly long: number;
  readonly thick: number;
}

export const timberseg: Miniature = {
  name: "timberseg",
  make: async () => {
    const files: Files = new Map();
    const lists = { original: [] as object[], prescaled: [] as object[] };
    const images = { original: [] as object[], prescaled: [] as object[] };
    const piles: [string, "summer" | "snow" | "mud", number][] = [
      ["000012", "summer", 9],
      ["000141", "snow", 7],
      ["000207", "mud", 6],
    ];
    for (const [i, [stem, season, count]] of piles.entries()) {
      const scene = pile(stem, season, count);
      files.set(`original/images/${stem}.png`, await rgbPng(coarse(scene, 6)));
      const half = await sharp(toBytes(scene), { raw: { width: WIDTH, height: HEIGHT, channels: 3 } })
        .resize(WIDTH / 2, HEIGHT / 2)
        .png({ compressionLevel: 9 })
        .toBuffer();
      files.set(`prescaled/images/${stem}.png`, half);
      for (const [version, scale] of [
        ["original", 1],
        ["prescaled", 0.5],
      ] as const) {
        images[version].push({
          id: i + 1,
          file_name: `images/${stem}.png`,
          width: WIDTH * scale,
          height: HEIGHT * scale,
        });
        for (let object = 1; object <= count; object++) {
          const segmentation = polygonsOf(visible(scene, object), { least: 40 }).map((polygon) =>
            polygon.map((v) => v * scale),
          );
          if (segmentation.length === 0) continue;
          lists[version].push({
            id: lists[version].length + 1,
            image_id: i + 1,
            category_id: 1,
            segmentation,
            ...measuresOf(segmentation),
            iscrowd: 0,
          });
        }
      }
    }
    const categories = [{ id: 1, name: "Log", supercategory: "" }];
    for (const version of ["original", "prescaled"] as const)
      files.set(
        `${version}/coco_annotation.json`,
        json({ info: {}, licenses: [], images: images[version], annotations: lists[version], categories }),
      );
    files.set(
      "prescaled/coco_annotation_rotated.json",
      json({
        images: images.prescaled,
        annotations: lists.prescaled.map((one) => ({ ...one, bbox: [10, 10, 40, 8, 12.5] })),
        categories,
      }),
    );
    files.set(
      "README.txt",
      "A made-up miniature in the layout of TimberSeg 1.0. No picture is from the data set.\n",
    );
    return files;
  },
};

function pile(name: string, season: "summer" | "snow" | "mud", count: number): Scene {
  const random = randomOf(name);
  const seed = random.whole(1, 9999);
  const [low, high] = {
    summer: ["#5a5b34", "#9b8f5c"],
    snow: ["#c3ccd6", "#f2f5f7"],
    mud: ["#4a3b2d", "#85705a"],
  }[season].map(rgb);
  const scene = makeScene(WIDTH, HEIGHT, (x, y) => {
    const rut = season === "mud" ? 0.2 * Math.abs(Math.sin(x / 22 + 3 * fractal(x / 60, y / 60, seed))) : 0;
    return scaled(
      mix(low!, high!, fractal(x / 26, y / 20, seed, 5)),
      0.72 - rut + 0.32 * noise(x / 1.7, y / 1.7, seed + 3),
    );
  });
  const lean = random.between(-0.35, 0.35);
  const logs: Log[] = Array.from({ length: count }, (_, i) => ({
    x: WIDTH * 0.5 + random.between(-34, 34),
    y: HEIGHT * (0.2 + (0.62 * ((i * 2) % count)) / count + (i * 2 >= count ? 0.06 : 0)),
    turn: lean + random.bell() * 0.22 + (i === count - 1 ? 0.5 : 0),
    long: random.between(72, 112),
    thick: random.between(8, 13.5),
  }));
  logs.forEach((log, i) => {
    lay(scene, log, i + 1, seed + i, season === "snow");
  });
  for (let i = 0; i < 26; i++) {
    const at = { x: random.between(0, WIDTH), y: random.between(0, HEIGHT) };
    paint(scene, {
      outlines: [around(at, (a) => random.between(1, 3.4) * (1 + 0.5 * Math.cos(3 * a)), 12)],
      opacity: season === "snow" ? 0.3 : 0.6,
      soft: 0.4,
      colour: () => (season === "summer" && random.next() > 0.4 ? rgb("#6d8a3a") : rgb("#8d7350")),
    });
  }
  grade(scene, (colour, x, y) => scaled(colour, 1.16 - 0.5 * Math.hypot(x / WIDTH - 0.4, y / HEIGHT - 0.4)));
  defocus(scene, 0.4);
  addNoise(scene, name, 0.004, 0.01, true);
  return scene;
}

function lay(
  scene: Scene,
  { x, y, turn, long, thick }: Log,
  object: number,
  seed: number,
  snow: boolean,
): void {
  const random = randomOf(`log ${seed}`);
  const at = { x, y };
  const bark = random
    .pick([
      ["#5b4632", "#8f7457"],
      ["#6d6357", "#b7aa97"],
      ["#7d5a3c", "#b98a5c"],
    ])
    .map(rgb);
  const taper = random.between(0.75, 0.95);
  const bend = random.between(-5, 5);
  const edge = (u: number, side: number) => {
    const s = (u + 1) / 2;
    const half = thick * (1 - (1 - taper) * s) * (1 + 0.05 * Math.sin(9 * u + seed));
    return turned(at, u * long, side * half + bend * (1 - u * u), turn);
  };
  const steps = Array.from({ length: 25 }, (_, i) => -1 + i / 12);
  const outline = [...steps.map((u) => edge(u, -1)), ...[...steps].reverse().map((u) => edge(u, 1))];
  const along = (px: number, py: number) => (px - x) * Math.cos(turn) + (py - y) * Math.sin(turn);
  const across = (px: number, py: number) => (py - y) * Math.cos(turn) - (px - x) * Math.sin(turn);
  paint(scene, {
    outlines: [outline],
    object,
    soft: 0.5,
    shadow: { dx: 4, dy: 6, blur: 4, strength: 0.6 },
    colour: (spot) => {
      const u = along(spot.x, spot.y);
      const v = across(spot.x, spot.y) / thick;
      const round = Math.sqrt(Math.max(0, 1 - Math.min(1, (v * 0.92) ** 2)));
      const crack = Math.abs(fractal(u / 13, (v * thick) / 2.2, seed, 4) - 0.5);
      const knot = noise(u / 16, v * 1.6, seed + 9) > 0.84 ? 0.6 : 1;
      const tone = scaled(
        mix(bark[0]!, bark[1]!, Math.min(1, crack * 4)),
        (0.35 + 0.68 * round - 0.14 * v) * knot,
      );
      return snow && v < -0.25 && fractal(u / 12, v * 3, seed + 4) > 0.48
        ? mix(tone, rgb("#f4f7fa"), 0.8)
        : tone;
    },
  });
  // The sawn face.
  const end = turned(at, -long, 0, turn);
  const face = around({ x: 0, y: 0 }, () => 1, 48).map((p) =>
    turned(end, p.x * thick * 0.42, p.y * thick * 0.99, turn),
  );
  paint(scene, {
    outlines: [face],
    object,
    soft: 0.4,
    colour: (spot) => {
      const r = Math.hypot((along(spot.x, spot.y) + long) / 0.42, across(spot.x, spot.y)) / thick;
      const ring = 0.5 + 0.5 * Math.sin(r * 17 + 2 * noise(spot.x / 3, spot.y / 3, seed));
      return r > 0.9
        ? scaled(bark[0]!, 0.8)
        : scaled(mix(rgb("#d8b27c"), rgb("#b58650"), ring * 0.6), 0.78 + 0.3 * (1 - r));
    },
  });
}
