// Car parks from high poles, by day, at dusk and by night. Traps of the real files: image ids from 0, a picture without
// vehicles, a category that is never used, pictures of other sizes and in grey, polygons beyond the border, a test part
// without masks, lists of dots.
import sharp from "sharp";
import type { Point } from "../../../src/core/types.ts";
import { measuresOf } from "../annotations.ts";
import { polygonsOf } from "../contours.ts";
import { type Files, jpg, json, type Miniature } from "../files.ts";
import { around, type Outline } from "../outline.ts";
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
  scaled,
  toBytes,
  visible,
} from "../scene.ts";

const CATEGORIES = [
  { id: 1, name: "person", supercategory: "person" },
  { id: 2, name: "bicycle", supercategory: "vehicle" },
  { id: 3, name: "car", supercategory: "vehicle" },
];
type Light = "day" | "dusk" | "night";

export const ndispark: Miniature = {
  name: "ndispark",
  make: async () => {
    const files: Files = new Map();
    const images = [];
    const annotations = [];
    const dots = ["filename,x,y"];
    const views: [string, number, number, Light, readonly number[]][] = [
      ["60_1536840320", 400, 240, "day", [1, 1, 0, 1, 1, 1, 1, 0, 1, 1]],
      ["64_1537102819", 480, 182, "dusk", [1, 0, 1, 1, 0, 1, 0, 1]],
      ["78_1532987146", 360, 240, "night", [1, 1, 0, 0, 1, 0, 1, 0, 0, 1]],
      ["69_1531569735", 320, 240, "day", []],
    ];
    for (const [i, [stem, width, height, light, places]] of views.entries()) {
      const { scene, cars } = park(stem, width, height, light, places);
      const grey = light === "night";
      const picture = grey
        ? await sharp(toBytes(scene), { raw: { width, height, channels: 3 } })
            .greyscale()
            .jpeg({ quality: 82 })
            .toBuffer()
        : await jpg(scene, 82);
      files.set(`ndis_park/train/imgs/${stem}.jpg`, picture);
      images.push({ id: i, width, height, file_name: `${stem}.jpg` });
      for (const car of cars) {
        const seen = polygonsOf(visible(scene, car.object), { least: 12 });
        // Hands draw past the border.
        const segmentation = seen.map((polygon) =>
          polygon.map((v, n) => (v === 0 ? -1.5 : v === (n % 2 ? height : width) ? v + 1.5 : v)),
        );
        if (segmentation.length === 0) continue;
        const { bbox, area } = measuresOf(segmentation);
        annotations.push({
          id: annotations.length + 1,
          image_id: i,
          category_id: 3,
          segmentation,
          area,
          bbox: bbox.map((v) => v + 0.01),
          iscrowd: 0,
        });
        dots.push(`${stem}.jpg,${Math.round(car.at.x)},${Math.round(car.at.y)}`);
      }
    }
    files.set(
      "ndis_park/train/train_coco_annotations.json",
      json({ info: {}, licenses: [], images, annotations, categories: CATEGORIES }),
    );
    files.set("ndis_park/train/train_dot_annotations.csv", `${dots.join("\n")}\n`);
    files.set("ndis_park/test/ground_truth_test_counting.csv", "imgName,numVehicles\n73_1533000000,7\n");
    files.set(
      "README.txt",
      "A made-up miniature in the layout of NDISPark. No picture is from the data set.\n",
    );
    return files;
  },
};

interface Car {
  readonly object: number;
  readonly at: Point;
}

function park(
  name: string,
  width: number,
  height: number,
  light: Light,
  places: readonly number[],
): { scene: Scene; cars: Car[] } {
  const random = randomOf(name);
  const seed = random.whole(1, 9999);
  const horizon = height * 0.16;
  const scene = makeScene(width, height, (x, y) => {
    if (y < horizon + 5 * noise(x / 9, 2, seed))
      return scaled(
        mix(rgb("#4a6038"), rgb("#7f9560"), noise(x / 4, y / 4, seed)),
        0.8 + 0.3 * noise(x / 13, y / 9, seed + 1),
      );
    const near = (y - horizon) / (height - horizon);
    const worn = fractal(x / (14 + 60 * near), y / (5 + 22 * near), seed + 2);
    const oil = fractal(x / 40, y / 14, seed + 7) > 0.63 ? -0.06 : 0;
    const asphalt = 0.36 + 0.16 * worn + oil + 0.05 * noise(x / 1.4, y / 1.4, seed + 4);
    return [asphalt, asphalt * 0.99, asphalt * 0.97];
  });
  const rows = 2;
  const perRow = Math.max(4, Math.ceil(Math.max(places.length, 8) / rows));
  const ground = (u: number, v: number): Point => {
    // A plane seen from a pole: v 0 far, 1 near.
    const depth = 1 / (2.4 - 1.75 * v);
    const y = horizon + (height - horizon) * (0.02 + (1.02 * (depth - 0.4167)) / (1.538 - 0.4167)) + 4;
    return { x: width / 2 + (u - 0.5) * width * 1.05 * depth * 1.35 + width * 0.05 * (1 - v), y };
  };
  const line = (a: Point, b: Point, wide: number): Outline => [
    { x: a.x - wide, y: a.y },
    { x: a.x + wide, y: a.y },
    { x: b.x + wide * 1.6, y: b.y },
    { x: b.x - wide * 1.6, y: b.y },
  ];
  const cars: Car[] = [];
  for (let row = 0; row < rows; row++) {
    const [v0, v1] = row === 0 ? [0.14, 0.46] : [0.66, 0.97];
    for (let i = 0; i <= perRow; i++) {
      const u = i / perRow;
      paint(scene, {
        outlines: [line(ground(u, v0!), ground(u + 0.02, v1!), 0.8 + row * 0.7)],
        opacity: 0.75,
        soft: 0.4,
        colour: ({ x, y }) => scaled(rgb("#e8e6da"), 0.75 + 0.3 * noise(x / 3, y / 3, seed)),
      });
    }
    for (let i = 0; i < perRow; i++) {
      if (places[row * perRow + i] !== 1) continue;
      const object = cars.length + 1;
      const u = (i + 0.5) / perRow + random.between(-0.012, 0.012);
      const at = drive(
        scene,
        random,
        object,
        (a, b) => ground(u + (a / perRow) * 0.36 + 0.012 * b, v0! + (v1! - v0!) * (0.52 + 0.4 * b)),
        light,
      );
      cars.push({ object, at });
    }
  }
  lamps(scene, light, random);
  addNoise(scene, name, light === "night" ? 0.022 : 0.008, 0.02);
  return { scene, cars };
}

/** A car on its place; (a, b) are across and along, from -1 to 1. Gives its middle. */
function drive(
  scene: Scene,
  random: Random,
  object: number,
  ground: (a: number, b: number) => Point,
  light: Light,
): Point {
  const paintwork = random.pick(
    ["#b8bcc0", "#e9e9e6", "#2b2f36", "#7f1f24", "#29477a", "#5d6f5c", "#8c7f6a"].map(rgb),
  );
  const wide = Math.abs(ground(1, 0).x - ground(-1, 0).x);
  const tall = wide * random.pick([0.34, 0.36, 0.46]);
  const up = ({ x, y }: Point, lift: number): Point => ({ x, y: y - tall * lift });
  const rounded = (points: readonly Point[], amount = 0.2): Outline =>
    points.flatMap((p, i) => {
      const before = points[(i + points.length - 1) % points.length]!;
      const after = points[(i + 1) % points.length]!;
      const toward = (q: Point) => ({ x: p.x + (q.x - p.x) * amount, y: p.y + (q.y - p.y) * amount });
      return [toward(before), toward(after)];
    });
  const base = rounded([ground(-0.95, -1), ground(0.95, -1), ground(1, 1), ground(-1, 1)]);
  paint(scene, {
    outlines: [base.map((p) => ({ x: p.x + wide * 0.08, y: p.y + 2 }))],
    opacity: 0.6,
    soft: 2,
    colour: () => [0.03, 0.03, 0.04],
  });
  const hull = rounded(
    [
      up(ground(-0.9, -1), 0.6),
      up(ground(0.9, -1), 0.6),
      up(ground(1, -0.2), 0.6),
      ground(1.02, 0.3),
      ground(1, 0.98),
      ground(-1, 0.98),
      ground(-1.02, 0.3),
      up(ground(-1, -0.2), 0.6),
    ],
    0.16,
  );
  const part = (outline: Outline, colour: Colour, shine = 0.4) =>
    paint(scene, {
      outlines: [outline],
      object,
      soft: 0.5,
      colour: (spot) =>
        mix(
          scaled(colour, 0.5 + 0.6 * spot.light),
          rgb(light === "dusk" ? "#ffc58a" : "#eef4fa"),
          shine * Math.max(0, spot.light - 0.85),
        ),
    });
  part(hull, paintwork);
  part(
    rounded(
      [
        up(ground(-0.88, 0.1), 0.62),
        up(ground(0.88, 0.1), 0.62),
        up(ground(0.94, 0.9), 0.45),
        up(ground(-0.94, 0.9), 0.45),
      ],
      0.14,
    ),
    scaled(paintwork, 1.05),
  );
  part(
    rounded(
      [
        up(ground(-0.72, -0.75), 1),
        up(ground(0.72, -0.75), 1),
        up(ground(0.84, 0.22), 0.72),
        up(ground(-0.84, 0.22), 0.72),
      ],
      0.18,
    ),
    rgb("#1a222b"),
    2.2,
  );
  part(
    rounded(
      [
        up(ground(-0.68, -0.72), 1.03),
        up(ground(0.68, -0.72), 1.03),
        up(ground(0.72, -0.16), 1),
        up(ground(-0.72, -0.16), 1),
      ],
      0.18,
    ),
    scaled(paintwork, 1.12),
  );
  for (const side of [-0.72, 0.72]) {
    const lampAt = up(ground(side, 0.95), 0.3);
    paint(scene, {
      outlines: [around(lampAt, () => wide * 0.07, 14)],
      object,
      soft: 0.4,
      colour: () => (light === "day" ? rgb("#dfe6ea") : rgb("#9a3a30")),
    });
  }
  return up(ground(0, 0), 0.4);
}

function lamps(scene: Scene, light: Light, random: Random): void {
  const { width, height } = scene;
  if (light === "day") {
    defocus(scene, 0.4);
    grade(scene, (colour, x) => scaled(colour, 1.02 + 0.12 * (1 - x / width)));
    return;
  }
  const spots = Array.from({ length: light === "night" ? 3 : 2 }, (_, i) => ({
    x: width * (0.18 + 0.34 * i + random.between(-0.04, 0.04)),
    y: height * random.between(0.34, 0.7),
  }));
  grade(scene, (colour, x, y) => {
    const glow = spots.reduce(
      (sum, s) => sum + Math.exp(-(((x - s.x) / (width * 0.2)) ** 2) - ((y - s.y) / (height * 0.32)) ** 2),
      0,
    );
    const lit = light === "night" ? 0.2 + 0.75 * Math.min(1.1, glow) : 0.5 + 0.3 * glow;
    const tint: Colour = light === "night" ? [1, 0.9, 0.7] : [1.08, 0.86, 0.8];
    return [colour[0] * lit * tint[0], colour[1] * lit * tint[1], colour[2] * lit * tint[2]];
  });
  for (const s of spots)
    paint(scene, {
      outlines: [around({ x: s.x, y: height * 0.07 }, () => 4, 20)],
      opacity: 0.9,
      soft: 2.4,
      colour: () => rgb("#fff2cf"),
    });
  defocus(scene, 0.6);
}
