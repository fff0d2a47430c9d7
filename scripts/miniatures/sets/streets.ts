// Vehicles as a traffic camera on a pole sees them: a road that runs away, cars in lanes, a line of text on top.
// Traps of the real files: VIA 1 (regions as an object, outlines that repeat their first point), names with spaces, a view
// whose name begins like another's, an image without regions, a point region, sizes that only the pictures tell.
import type { Point } from "../../../src/core/types.ts";
import { type Files, jpg, json, type Miniature } from "../files.ts";
import { box, type Outline } from "../outline.ts";
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
} from "../scene.ts";

const [WIDTH, HEIGHT] = [352, 240];

interface Vehicle {
  /** Lane position: 0 is the middle of the road, 1 its right border. */
  readonly across: number;
  /** 1 at the camera's feet, towards 0 at the horizon. */
  readonly near: number;
  readonly kind: "car" | "van" | "truck";
  readonly away: boolean;
}

interface View {
  readonly name: string;
  readonly light: "day" | "dusk" | "rain";
  readonly vehicles: readonly Vehicle[];
}

const views: readonly View[] = [
  {
    name: "IL 60 at Butterfield North-7",
    light: "day",
    vehicles: [
      ...[0.12, 0.2, 0.42].map(
        (near): Vehicle => ({ across: -0.72, near, kind: near === 0.2 ? "van" : "car", away: false }),
      ),
      ...[0.1, 0.27, 0.78].map((near): Vehicle => ({ across: 0.3, near, kind: "car", away: true })),
      ...[0.16, 0.5].map(
        (near): Vehicle => ({ across: 0.75, near, kind: near === 0.5 ? "truck" : "car", away: true }),
      ),
    ],
  },
  {
    name: "IL 60 at Butterfield North-1-7",
    light: "dusk",
    vehicles: [
      ...[0.14, 0.3, 0.66].map((near): Vehicle => ({ across: -0.28, near, kind: "car", away: false })),
      ...[0.22].map((near): Vehicle => ({ across: -0.75, near, kind: "van", away: false })),
      ...[0.18, 0.4].map((near): Vehicle => ({ across: 0.72, near, kind: "car", away: true })),
    ],
  },
  { name: "IL 60 at Butterfield North-1-8", light: "dusk", vehicles: [] },
  {
    name: "US 41 at Rte 176 (West)-0",
    light: "rain",
    vehicles: [
      ...[0.36].map((near): Vehicle => ({ across: 0.28, near, kind: "truck", away: true })),
      ...[0.15, 0.85].map((near): Vehicle => ({ across: 0.78, near, kind: "car", away: true })),
      ...[0.18, 0.52].map((near): Vehicle => ({ across: -0.5, near, kind: "car", away: false })),
    ],
  },
];

export const streets: Miniature = {
  name: "streets",
  make: async () => {
    const files: Files = new Map();
    const annotations: Record<string, unknown> = {};
    for (const view of views) {
      const { scene, outlines } = paintView(view);
      const filename = `${view.name}.jpg`;
      const content = await jpg(scene, 78);
      files.set(`vehicleannotations/images/${filename}`, content);
      const shapes: object[] = outlines.map((outline) => {
        const closed = [...outline, outline[0]!];
        const all_points_x = closed.map(({ x }) => Math.round(x));
        const all_points_y = closed.map(({ y }) => Math.round(y));
        return { name: "polygon", all_points_x, all_points_y };
      });
      if (view.light === "rain") shapes.push({ name: "point", cx: 30, cy: 40 });
      annotations[`${filename}${content.length}`] = {
        fileref: "",
        size: content.length,
        filename,
        base64_img_data: "",
        file_attributes: {},
        regions: Object.fromEntries(
          shapes.map((shape_attributes, i) => [i, { shape_attributes, region_attributes: {} }]),
        ),
      };
    }
    files.set("vehicleannotations/annotations/vehicle-annotations.json", json(annotations));
    return files;
  },
};

const HORIZON = 62;
const VANISH = { x: 206, y: HORIZON - 8 };

/** A place on the road. */
function onRoad(across: number, near: number): Point {
  return { x: VANISH.x + (across * 210 - 30) * near, y: VANISH.y + (HEIGHT + 26 - VANISH.y) * near };
}

function paintView({ name, light, vehicles }: View): { scene: Scene; outlines: readonly Outline[] } {
  const random = randomOf(name);
  const seed = random.whole(1, 9999);
  const [top, haze] = {
    day: ["#7fb0dc", "#dbe8ee"],
    dusk: ["#33406b", "#e3a27c"],
    rain: ["#8c949b", "#b9c0c4"],
  }[light].map(rgb) as [Colour, Colour];
  const grass = light === "rain" ? rgb("#5b6a4a") : light === "dusk" ? rgb("#5a5b43") : rgb("#7d9450");
  const asphalt = light === "rain" ? rgb("#5b6166") : rgb("#85858a");
  const scene = makeScene(WIDTH, HEIGHT, (x, y) => {
    if (y < HORIZON)
      return mix(
        mix(top, haze, y / HORIZON),
        rgb("#ffffff"),
        Math.max(0, fractal(x / 60, y / 16, seed) - 0.5) * 1.2,
      );
    const near = (y - VANISH.y) / (HEIGHT + 26 - VANISH.y);
    const size = 2 + 26 * near;
    const ground = scaled(
      mix(grass, rgb("#a39a66"), fractal(x / size, y / (size / 3), seed + 1)),
      0.75 + 0.4 * noise(x / 1.5, y / 1.2, seed),
    );
    return mix(ground, haze, Math.max(0, 0.5 - near * 2.4));
  });
  for (let i = 0; i < 26; i++) {
    const x = i * 15 + random.between(-6, 6);
    const r = random.between(7, 16);
    paint(scene, {
      outlines: [
        Array.from({ length: 24 }, (_, k) => ({
          x: x + r * Math.cos(k / 3.82) * (1 + 0.2 * noise(k, i, seed)),
          y: HORIZON - r * 0.5 + r * Math.sin(k / 3.82) * (0.9 + 0.3 * noise(k, i + 50, seed)),
        })),
      ],
      soft: 0.8,
      colour: (s) =>
        mix(
          scaled(
            mix(rgb("#2f4a2c"), rgb("#6d8646"), fractal(s.x / 4, s.y / 3, seed + 2)),
            0.5 + 0.6 * s.light,
          ),
          haze,
          0.35,
        ),
    });
  }
  const lane = (a: number, b: number, from: number, to: number): Outline => [
    onRoad(a, from),
    onRoad(b, from),
    onRoad(b, to),
    onRoad(a, to),
  ];
  paint(scene, {
    outlines: [lane(-1.08, 1.08, 0.02, 1.2)],
    soft: 0.6,
    colour: ({ x, y }) => {
      const near = (y - VANISH.y) / (HEIGHT + 26 - VANISH.y);
      const across = ((x - VANISH.x) / near + 30) / 210;
      const tracks = 0.05 * Math.cos(across * 4 * Math.PI);
      const wet = light === "rain" ? 0.25 * fractal(x / 9, y / 40, seed + 3) : 0;
      const grain = noise(x / 1.1, y / 1.1, seed + 4);
      return mix(
        scaled(asphalt, 0.86 + tracks + 0.14 * grain + 0.12 * fractal(x / 30, y / 9, seed)),
        mix(haze, rgb("#ffffff"), 0.3),
        wet + Math.max(0, 0.35 - near * 1.6),
      );
    },
  });
  const white = light === "dusk" ? rgb("#b9ada0") : rgb("#eceae2");
  for (const at of [-1, 1])
    paint(scene, { outlines: [lane(at - 0.018, at + 0.018, 0.03, 1.2)], opacity: 0.85, colour: () => white });
  paint(scene, {
    outlines: [lane(-0.03, -0.01, 0.03, 1.2), lane(0.01, 0.03, 0.03, 1.2)],
    union: true,
    opacity: 0.85,
    colour: () => rgb("#d9b447"),
  });
  for (const at of [-0.5, 0.5])
    for (let z = 0; z < 14; z++) {
      const far = 0.05 * 1.27 ** z;
      paint(scene, {
        outlines: [lane(at - 0.014, at + 0.014, far, far * 1.1)],
        opacity: 0.85,
        colour: () => white,
      });
    }
  const outlines = [...vehicles]
    .sort((a, b) => a.near - b.near)
    .map((vehicle) => paintVehicle(scene, vehicle, random, seed, light));
  // The pole's arm and the camera's own line of text.
  paint(scene, { outlines: [box(0, 0, WIDTH, 12)], opacity: 0.75, colour: () => rgb("#101214") });
  for (let i = 0, x = 5; i < name.length; i++, x += 6)
    if (name[i] !== " ")
      for (let row = 0; row < 7; row++)
        for (let column = 0; column < 4; column++)
          if (noise(column * 3.1 + name.charCodeAt(i), row * 2.3, 5) > 0.5)
            paint(scene, {
              outlines: [box(x + column, 3 + row, x + column + 1, 4 + row)],
              colour: () => rgb("#e9ecec"),
            });
  grade(scene, (colour, _x, y) => mix(colour, haze, light === "rain" ? 0.16 + 0.1 * (1 - y / HEIGHT) : 0.04));
  defocus(scene, 0.55);
  addNoise(scene, name, 0.008, light === "dusk" ? 0.022 : 0.012);
  return { scene, outlines };
}

/** Paints one vehicle, seen from behind or from the front and above, and gives its outline. */
function paintVehicle(
  scene: Scene,
  { across, near, kind, away }: Vehicle,
  random: Random,
  seed: number,
  light: View["light"],
): Outline {
  const foot = onRoad(across, near);
  const w = 84 * near * { car: 1, van: 1.06, truck: 1.25 }[kind];
  const h = w * { car: 0.72, van: 0.98, truck: 1.3 }[kind];
  // The roof is farther away: drawn towards the vanishing point.
  const lean = ((VANISH.x - foot.x) / 300) * near;
  const at = (x: number, y: number): Point => ({ x: foot.x + x * w + lean * y * h * 0.9, y: foot.y - y * h });
  const cabin = { car: 0.39, van: 0.43, truck: 0.47 }[kind];
  const shoulder = { car: 0.52, van: 0.55, truck: 0.4 }[kind];
  const outline = [
    at(-0.47, 0),
    at(-0.3, -0.02),
    at(-0.28, 0.05),
    at(0.28, 0.05),
    at(0.3, -0.02),
    at(0.47, 0),
    at(0.5, 0.22),
    at(0.49, shoulder - 0.06),
    at(0.46, shoulder),
    at(cabin, 0.94),
    at(cabin - 0.08, 1),
    at(-cabin + 0.08, 1),
    at(-cabin, 0.94),
    at(-0.46, shoulder),
    at(-0.49, shoulder - 0.06),
    at(-0.5, 0.22),
  ];
  const paintTone = rgb(
    kind === "truck"
      ? "#dcdcd6"
      : random.pick(["#a3262a", "#2c4a86", "#d9dadb", "#35383d", "#8f979d", "#6b5a44", "#3d6650"]),
  );
  const dim = light === "dusk" ? 0.62 : light === "rain" ? 0.85 : 1;
  paint(scene, {
    outlines: [[at(-0.6, -0.08), at(0.6, -0.08), at(0.66, 0.1), at(-0.56, 0.12)]],
    opacity: light === "day" ? 0.55 : 0.4,
    soft: 1 + 3 * near,
    colour: () => rgb("#16181b"),
  });
  paint(scene, {
    outlines: [outline],
    soft: 0.4,
    colour: (s) => {
      const up = (foot.y - s.y) / h;
      const side = (s.x - foot.x) / w;
      const shine =
        0.62 +
        0.42 * s.light +
        0.2 * Math.max(0, up - 0.4) +
        0.08 * noise(s.x / (5 * near + 1), s.y / (3 * near + 1), seed);
      const tone =
        up < 0.12 ? rgb("#1b1c1e") : Math.abs(up - 0.3) < 0.02 ? scaled(paintTone, 0.6) : paintTone;
      return scaled(tone, dim * shine * (1 - 0.15 * Math.abs(side)));
    },
  });
  const glass =
    kind === "truck" && away
      ? []
      : [
          at(-cabin + 0.05, 0.89),
          at(cabin - 0.05, 0.89),
          at(0.41, shoulder + 0.04),
          at(-0.41, shoulder + 0.04),
        ];
  if (glass.length > 0)
    paint(scene, {
      outlines: [glass],
      soft: 0.3,
      colour: (s) =>
        scaled(
          mix(
            rgb("#1c252c"),
            rgb("#a9c0cf"),
            0.55 * fractal(s.x / 6, s.y / 3, seed + 8) + 0.25 * Math.max(0, (foot.y - s.y) / h - 0.6),
          ),
          dim,
        ),
    });
  const lamp = (x: number) => {
    const bright = light !== "day" || !away;
    const tone = away
      ? rgb(light === "day" ? "#8c1f1c" : "#ff4a35")
      : rgb(light === "day" ? "#e9e6da" : "#fff3c9");
    if (bright && light !== "day")
      paint(scene, {
        outlines: [[at(x - 0.16, 0.2), at(x + 0.16, 0.2), at(x + 0.16, 0.5), at(x - 0.16, 0.5)]],
        opacity: 0.4,
        soft: 2 + 4 * near,
        colour: () => tone,
      });
    paint(scene, {
      outlines: [[at(x - 0.07, 0.29), at(x + 0.07, 0.29), at(x + 0.07, 0.41), at(x - 0.07, 0.41)]],
      soft: 0.3,
      colour: () => tone,
    });
  };
  lamp(-0.38);
  lamp(0.38);
  paint(scene, {
    outlines: [[at(-0.11, 0.16), at(0.11, 0.16), at(0.11, 0.24), at(-0.11, 0.24)]],
    opacity: 0.9,
    colour: () => scaled(rgb("#e8e6da"), dim),
  });
  for (const x of [-0.38, 0.38])
    paint(scene, {
      outlines: [[at(x - 0.07, -0.015), at(x + 0.07, -0.015), at(x + 0.07, 0.12), at(x - 0.07, 0.12)]],
      colour: () => rgb("#0e0f10"),
    });
  return outline;
}
