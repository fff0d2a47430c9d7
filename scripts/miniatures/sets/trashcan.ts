// The sea floor as a diving vehicle sees it: blue-green haze, a lamp's cone, marine snow, litter and animals.
// Traps of the real files: polygons one pixel right and down and past the border, a hole as a positive polygon, empty
// segmentations, a picture without annotations, ids that run on from train into val. The crowd is COCO's own, the real
// files have none.
import type { Point } from "../../../src/core/types.ts";
import { maskFromPolygons } from "../../../src/masks/polygon.ts";
import { measuresOf, measuresOfMask, type Polygon, plainRle, polygonOf } from "../annotations.ts";
import { type Files, jpg, json, type Miniature } from "../files.ts";
import { around, blob, curve, type Outline, placed, ribbon, turned } from "../outline.ts";
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
  type Spot,
  scaled,
} from "../scene.ts";

const CATEGORIES = [
  ..."rov plant animal_fish animal_starfish animal_shells animal_crab animal_eel animal_etc trash_clothing".split(
    " ",
  ),
  ..."trash_pipe trash_bottle trash_bag trash_snack_wrapper trash_can trash_cup trash_container".split(" "),
  ..."trash_unknown_instance trash_branch trash_wreckage trash_tarp trash_rope trash_net".split(" "),
].map((name, i) => ({ supercategory: name, id: i + 1, name }));

interface Thing {
  readonly category: string;
  readonly outlines: readonly Outline[];
  readonly colour: (spot: Spot) => Colour;
  readonly opacity?: number;
  /** The outlines are parts of one body; otherwise an inner one is a hole. */
  readonly union?: boolean;
}

interface View {
  readonly file: string;
  readonly width: number;
  readonly height: number;
  readonly scene: Scene;
  readonly things: readonly Thing[];
}

/** Pixels by which the authors' script moved every outline. */
const SHIFT = 1;

export const trashcan: Miniature = {
  name: "trashcan",
  make: async () => {
    const files: Files = new Map();
    const folder = "dataset/instance_version";
    const views = {
      train: [
        view("vid_000003_frame0000006", 480, 270, "sand", [
          "bottle",
          "starfish",
          "can",
          "shell",
          "shell",
          "rope",
          "wrapper",
          "fish",
          "fish",
          "crab",
        ]),
        view("vid_000003_frame0000021", 480, 270, "sand", [
          "bottle",
          "can",
          "starfish",
          "shell",
          "bag",
          "eel",
          "cup",
          "plant",
        ]),
        view("vid_000017_frame0000040", 480, 360, "silt", [
          "rov",
          "tyre",
          "pipe",
          "bag",
          "crab",
          "fish",
          "fish",
          "fish",
          "bottle",
          "starfish",
          "shell",
        ]),
        view("vid_000017_frame0000058", 480, 360, "silt", [
          "rov",
          "container",
          "branch",
          "can",
          "plant",
          "plant",
          "starfish",
          "wrapper",
          "shell",
          "fish",
        ]),
        view("vid_000101_frame0000011", 480, 270, "deep", [
          "tarp",
          "bottle",
          "cup",
          "can",
          "eel",
          "rope",
          "crab",
          "shell",
          "starfish",
          "fish",
        ]),
        view("vid_000101_frame0000095", 480, 270, "deep", []),
      ],
      val: [
        view("vid_000205_frame0000004", 480, 360, "sand", [
          "bag",
          "can",
          "starfish",
          "bottle",
          "fish",
          "plant",
        ]),
      ],
    };
    let imageId = 0;
    let annotationId = 0;
    for (const [split, list] of Object.entries(views)) {
      const images = [];
      const annotations = [];
      for (const { file, width, height, scene, things } of list) {
        imageId++;
        images.push({ file_name: `${file}.jpg`, height, width, id: imageId });
        files.set(`${folder}/${split}/${file}.jpg`, await jpg(scene, 82));
        for (const { category, outlines } of things) {
          annotationId++;
          const polygons = outlines.map((outline) => shifted(outline, width, height));
          const category_id = CATEGORIES.findIndex(({ name }) => name === category) + 1;
          annotations.push({
            segmentation: polygons,
            iscrowd: 0,
            image_id: imageId,
            category_id,
            id: annotationId,
            ...measuresOf(polygons),
          });
        }
        if (split !== "train" || things.length === 0) continue;
        if (imageId % 2 === 0)
          annotations.push({
            segmentation: [],
            iscrowd: 0,
            image_id: imageId,
            category_id: 17,
            id: ++annotationId,
            bbox: [0, 0, 0, 0],
            area: 0,
          });
        if (imageId === 3) {
          const school = maskFromPolygons([[300, 40, 380, 30, 420, 70, 330, 84]], width, height);
          annotations.push({
            segmentation: plainRle(school),
            iscrowd: 1,
            image_id: imageId,
            category_id: 3,
            id: ++annotationId,
            ...measuresOfMask(school),
          });
        }
      }
      files.set(
        `${folder}/instances_${split}_trashcan.json`,
        json({
          info: { description: "Miniature, made up" },
          licenses: [],
          images,
          annotations,
          categories: CATEGORIES,
        }),
      );
    }
    files.set(
      `${folder}/README.txt`,
      "A made-up miniature in the layout of TrashCan 1.0, instance version. No picture is from the data set.\n",
    );
    return files;
  },
};

/** To half pixels, moved by the script's slip, and as far past the border as it went. */
function shifted(outline: Outline, width: number, height: number): Polygon {
  const moved = outline.map(({ x, y }) => ({
    x: Math.round(2 * (x + SHIFT)) / 2,
    y: Math.round(2 * (y + SHIFT)) / 2,
  }));
  return polygonOf(moved, width, height, 1, SHIFT);
}

function view(
  file: string,
  width: number,
  height: number,
  ground: "sand" | "silt" | "deep",
  names: readonly string[],
): View {
  const random = randomOf(file);
  const seed = random.whole(1, 9999);
  const water = { sand: rgb("#2f7f86"), silt: rgb("#2c6a5a"), deep: rgb("#123a56") }[ground];
  const bed = { sand: rgb("#b9ae84"), silt: rgb("#7d8468"), deep: rgb("#5f6f70") }[ground];
  const horizon = height * { sand: 0.2, silt: 0.3, deep: 0.12 }[ground];
  const scene = makeScene(width, height, (x, y) => {
    const near = Math.max(0, (y - horizon) / (height - horizon));
    const size = 10 + 60 * near;
    const ripple = 0.5 + 0.5 * Math.sin((y - horizon) / (2 + 9 * near) + 5 * fractal(x / 90, y / 60, seed));
    const sand = scaled(
      bed,
      0.62 +
        0.3 * fractal(x / size, (2 * y) / size, seed) +
        0.16 * ripple * near +
        0.14 * noise(x / 1.3, y / 1.3, seed + 2),
    );
    return mix(scaled(water, 0.8 + 0.3 * fractal(x / 150, y / 80, seed + 4)), sand, Math.min(1, 2.2 * near));
  });
  const spots: Point[] = [];
  const things = names.map((name) => {
    const place =
      name === "rov"
        ? { x: 0, y: height }
        : freePlace(random, spots, width, height, name === "fish" ? 0.25 : 0.45);
    spots.push(place);
    return THINGS[name]!(random, place, 0.55 + 0.75 * (place.y / height), seed + spots.length, {
      width,
      height,
    });
  });
  for (const thing of things) {
    const shadow = { dx: 3, dy: 5, blur: 4, strength: thing.category === "animal_fish" ? 0 : 0.5 };
    paint(scene, {
      outlines: thing.outlines,
      colour: thing.colour,
      union: thing.union ?? false,
      opacity: thing.opacity ?? 1,
      soft: 0.6,
      shadow,
    });
  }
  // Water takes the red away first, and the more the farther it is; the lamp lights the middle.
  grade(scene, (colour, x, y) => {
    const far = 1 - Math.min(1, Math.max(0, (y - horizon * 0.6) / (height * 0.9)));
    const lamp = 1.18 - 0.75 * Math.hypot((x - width * 0.5) / width, (y - height * 0.66) / height) ** 1.3;
    return scaled(
      mix([colour[0] * 0.72, colour[1] * 0.98, colour[2] * 0.97], water, 0.18 + 0.55 * far),
      lamp,
    );
  });
  for (let i = 0; i < 90; i++) {
    const flake = { x: random.between(0, width), y: random.between(0, height) };
    const size = random.between(0.5, 1.7);
    paint(scene, {
      outlines: [around(flake, () => size, 10)],
      colour: () => rgb("#d9ece6"),
      opacity: random.between(0.15, 0.6),
      soft: size > 1.2 ? 1 : 0,
    });
  }
  defocus(scene, 0.7);
  addNoise(scene, file, 0.008, 0.016);
  return { file, width, height, scene, things };
}

/** Somewhere on the ground (or, for `top` near 0, in the water), away from what is there. */
function freePlace(
  random: Random,
  taken: readonly Point[],
  width: number,
  height: number,
  top: number,
): Point {
  let best = { x: width / 2, y: height / 2 };
  let farthest = -1;
  for (let i = 0; i < 60; i++) {
    const place = { x: random.between(0.06, 0.94) * width, y: random.between(top, 0.93) * height };
    const room = Math.min(
      ...taken.map((other) => Math.hypot((other.x - place.x) * 0.8, other.y - place.y)),
      140,
    );
    if (room > farthest) {
      farthest = room;
      best = place;
    }
  }
  return best;
}

type Make = (
  random: Random,
  at: Point,
  size: number,
  seed: number,
  frame: { width: number; height: number },
) => Thing;

const lit = (colour: Colour, { light }: Spot, low = 0.45): Colour =>
  scaled(colour, low + (1.15 - low) * light);

const THINGS: Readonly<Record<string, Make>> = {
  bottle: (random, at, size, seed) => {
    const turn = random.between(-0.6, 0.6) + random.pick([0, Math.PI]);
    const profile: [number, number][] = [
      [-34, -11],
      [-30, -13],
      [8, -13],
      [20, -6],
      [30, -5],
      [30, 5],
      [20, 6],
      [8, 13],
      [-30, 13],
      [-34, 11],
    ];
    const glass = random.pick([rgb("#7fbf9a"), rgb("#c9d9d6"), rgb("#8a6a3a")]);
    return {
      category: "trash_bottle",
      outlines: [placed(profile, at, turn, size)],
      opacity: 0.88,
      colour: (spot) => {
        const along = ((spot.x - at.x) * Math.cos(turn) + (spot.y - at.y) * Math.sin(turn)) / size;
        const label =
          along > -18 && along < -2
            ? mix(rgb("#c9452f"), rgb("#e8e4d8"), noise(spot.x / 5, spot.y / 5, seed) > 0.55 ? 1 : 0)
            : glass;
        return mix(lit(label, spot), rgb("#f4fff8"), spot.light > 0.97 ? 0.45 : 0);
      },
    };
  },
  can: (random, at, size, seed) => {
    const turn = random.between(-1.2, 1.2);
    const body: [number, number][] = [
      [-20, -11],
      [-17, -13],
      [16, -13],
      [20, -11],
      [22, -5],
      [22, 5],
      [20, 11],
      [16, 13],
      [4, 11],
      [-17, 13],
      [-20, 11],
      [-22, 0],
    ];
    const tone = random.pick([rgb("#b33a34"), rgb("#3f67a8"), rgb("#b8bcc0")]);
    return {
      category: "trash_can",
      outlines: [placed(body, at, turn, size)],
      colour: (spot) => {
        const along = ((spot.x - at.x) * Math.cos(turn) + (spot.y - at.y) * Math.sin(turn)) / size;
        const rust = Math.max(0, fractal(spot.x / 9, spot.y / 9, seed) - 0.5) * 2.4;
        return lit(mix(Math.abs(along) > 16 ? rgb("#c3c8c8") : tone, rgb("#6b4426"), rust), spot, 0.35);
      },
    };
  },
  bag: (random, at, size, seed) => ({
    category: "trash_bag",
    outlines: [blob(random, at, 40 * size, 24 * size, random.between(-0.4, 0.4), 0.22)],
    opacity: 0.82,
    colour: (spot) => {
      const fold = Math.abs(fractal(spot.x / 15, spot.y / 11, seed, 3) - 0.5) * 5;
      return scaled(mix(rgb("#f0f3ee"), rgb("#a9bcc0"), Math.min(1, fold)), 0.72 + 0.3 * spot.light);
    },
  }),
  wrapper: (random, at, size, seed) => {
    const turn = random.between(0, 3);
    const torn: [number, number][] = [
      [-18, -9],
      [-12, -12],
      [-4, -9],
      [6, -12],
      [18, -8],
      [15, 0],
      [19, 8],
      [4, 10],
      [-6, 8],
      [-17, 11],
      [-15, 1],
    ];
    return {
      category: "trash_snack_wrapper",
      outlines: [placed(torn, at, turn, size)],
      colour: (spot) => {
        const crease = noise(spot.x / 4, spot.y / 4, seed);
        return scaled(
          mix(rgb("#d8a12a"), rgb("#2b4c9b"), noise(spot.x / 13, spot.y / 13, seed + 1) > 0.52 ? 1 : 0),
          0.6 + 0.6 * crease,
        );
      },
    };
  },
  cup: (random, at, size) => {
    const turn = random.between(-2.2, -0.9);
    return {
      category: "trash_cup",
      outlines: [
        placed(
          [
            [-18, -10],
            [16, -15],
            [20, -9],
            [21, 0],
            [20, 9],
            [16, 15],
            [-18, 10],
            [-20, 0],
          ],
          at,
          turn,
          size,
        ),
      ],
      colour: (spot) => lit(rgb("#e3e1d6"), spot, 0.5),
    };
  },
  container: (random, at, size, seed) => ({
    category: "trash_container",
    outlines: [
      placed(
        [
          [-34, -20],
          [28, -24],
          [36, -16],
          [37, 18],
          [28, 25],
          [-34, 22],
          [-38, 14],
          [-38, -13],
        ],
        at,
        random.between(-0.3, 0.3),
        size,
      ),
    ],
    colour: (spot) =>
      mix(
        lit(rgb("#3a6f9e"), spot, 0.5),
        rgb("#8b8d70"),
        0.6 * Math.max(0, fractal(spot.x / 14, spot.y / 14, seed) - 0.4),
      ),
  }),
  tarp: (random, at, size, seed) => ({
    category: "trash_tarp",
    outlines: [blob(random, { x: at.x, y: at.y }, 62 * size, 27 * size, random.between(-0.3, 0.3), 0.24)],
    colour: (spot) => {
      const fold = Math.sin(spot.x / 6 + 7 * fractal(spot.x / 40, spot.y / 25, seed));
      return scaled(rgb("#4f7fb2"), 0.72 + 0.26 * fold + 0.12 * spot.light);
    },
  }),
  tyre: (random, at, size, seed) => {
    const turn = random.between(-0.2, 0.2);
    const ring = (rx: number, ry: number) =>
      around({ x: 0, y: 0 }, () => 1).map(({ x, y }) => turned(at, x * rx * size, y * ry * size, turn));
    return {
      category: "trash_unknown_instance",
      outlines: [ring(38, 25), ring(19, 11)],
      colour: (spot) =>
        lit(
          mix(rgb("#34383a"), rgb("#7d8268"), Math.max(0, fractal(spot.x / 8, spot.y / 8, seed) - 0.35)),
          spot,
          0.4,
        ),
    };
  },
  pipe: (random, at, size, seed) => {
    const turn = random.between(-0.5, 0.5);
    const ends = [turned(at, -52 * size, 0, turn), turned(at, 0, 2, turn), turned(at, 52 * size, 0, turn)];
    return {
      category: "trash_pipe",
      outlines: [ribbon(curve(ends), () => 7 * size)],
      colour: (spot) =>
        lit(mix(rgb("#8c8f8a"), rgb("#704a2c"), fractal(spot.x / 12, spot.y / 12, seed)), spot, 0.3),
    };
  },
  rope: (random, at, size) => {
    const points = [-60, -35, -10, 15, 40, 62].map((x) => ({
      x: at.x + x * size,
      y: at.y + random.between(-16, 16) * size,
    }));
    return {
      category: "trash_rope",
      outlines: [ribbon(curve(points), () => 2.6 * size)],
      colour: (spot) =>
        lit(scaled(rgb("#d8c48d"), 0.7 + 0.45 * Math.sin((spot.x + spot.y) / 1.6) ** 2), spot, 0.5),
    };
  },
  branch: (random, at, size, seed) => {
    const turn = random.between(-0.5, 0.5);
    const stem = curve(
      [-60, -20, 20, 60].map((x) => turned(at, x * size, random.between(-6, 6) * size, turn)),
    );
    return {
      category: "trash_branch",
      outlines: [ribbon(stem, (t) => (5.5 - 3.4 * t) * size)],
      colour: (spot) =>
        lit(mix(rgb("#4c3826"), rgb("#8a6e4c"), fractal(spot.x / 5, spot.y / 5, seed)), spot, 0.4),
    };
  },
  starfish: (random, at, size, seed) => {
    const turn = random.between(0, 2);
    return {
      category: "animal_starfish",
      outlines: [
        around(at, (angle) => size * (9 + 13 * Math.max(0, Math.cos(2.5 * (angle - turn)) ** 2) ** 1.6)),
      ],
      colour: (spot) =>
        lit(mix(rgb("#d0683a"), rgb("#f0b07a"), noise(spot.x / 1.9, spot.y / 1.9, seed)), spot, 0.5),
    };
  },
  shell: (random, at, size) => {
    const turn = random.between(0, 6);
    return {
      category: "animal_shells",
      outlines: [
        around(
          at,
          (angle) => size * (8.5 + 2.6 * Math.cos(angle - turn) + 0.7 * Math.cos(9 * (angle - turn))),
        ),
      ],
      colour: (spot) => {
        const angle = Math.atan2(spot.y - at.y, spot.x - at.x) - turn;
        return lit(
          scaled(mix(rgb("#e8d8c0"), rgb("#a9836a"), 0.5 + 0.5 * Math.cos(11 * angle)), 0.9),
          spot,
          0.5,
        );
      },
    };
  },
  crab: (random, at, size, seed) => {
    const limbs = [-1, 1].flatMap((side) =>
      [-0.9, -0.35, 0.2, 0.75].map((lean) => {
        const knee = { x: at.x + side * 17 * size, y: at.y + (lean * 16 - 6) * size };
        return ribbon(
          curve([at, knee, { x: at.x + side * 25 * size, y: at.y + (lean * 21 + 5) * size }]),
          (t) => (2.6 - 1.7 * t) * size,
        );
      }),
    );
    const body = blob(random, at, 13 * size, 10 * size, 0, 0.03);
    return {
      category: "animal_crab",
      outlines: [body, ...limbs],
      union: true,
      colour: (spot) =>
        lit(mix(rgb("#b5532f"), rgb("#e29a62"), fractal(spot.x / 4, spot.y / 4, seed)), spot, 0.5),
    };
  },
  eel: (random, at, size, seed) => {
    const line = curve(
      [-50, -28, -4, 20, 46].map((x, i) => ({
        x: at.x + x * size,
        y: at.y + (i % 2 ? 9 : -8) * size * random.between(0.6, 1.2),
      })),
    );
    return {
      category: "animal_eel",
      outlines: [
        ribbon(line, (t) => (0.8 + 5.2 * Math.sin(Math.PI * Math.min(1, t * 0.9 + 0.1)) ** 0.6) * size),
      ],
      colour: (spot) =>
        lit(mix(rgb("#5b5a44"), rgb("#a8a27a"), noise(spot.x / 4, spot.y / 4, seed)), spot, 0.4),
    };
  },
  fish: (random, at, size, seed) => {
    const way = random.pick([-1, 1]);
    const profile = (
      [
        [-24, -7],
        [-17, -2],
        [-8, -7],
        [4, -9],
        [14, -6],
        [20, 0],
        [13, 6],
        [2, 8],
        [-9, 5],
        [-17, 2],
        [-24, 8],
        [-21, 0],
      ] as const
    ).map(([x, y]) => [way * x, y] as const);
    return {
      category: "animal_fish",
      outlines: [placed(profile, at, random.between(-0.25, 0.25), size * 0.9)],
      colour: (spot) =>
        scaled(
          mix(rgb("#8fa3a0"), rgb("#d9dfd2"), Math.min(1, Math.max(0, (spot.y - at.y) / (9 * size) + 0.5))),
          (0.75 + 0.35 * spot.light) * (0.85 + 0.3 * noise(spot.x / 2, spot.y / 3, seed)),
        ),
    };
  },
  plant: (random, at, size, seed) => {
    const blades = Array.from({ length: 6 }, (_, i) => {
      const lean = (i - 2.5) * 9 + random.bell() * 4;
      const tall = random.between(34, 58) * size;
      return ribbon(
        curve([
          { x: at.x + i - 2.5, y: at.y },
          { x: at.x + lean * 0.3, y: at.y - tall * 0.5 },
          { x: at.x + lean * size, y: at.y - tall },
        ]),
        (t) => (3.4 * (1 - t) ** 0.7 + 0.5) * size,
      );
    });
    return {
      category: "plant",
      outlines: blades,
      union: true,
      colour: (spot) =>
        lit(mix(rgb("#3e6b34"), rgb("#8aa850"), fractal(spot.x / 6, spot.y / 12, seed)), spot, 0.5),
    };
  },
  rov: (_random, _at, _size, seed, { width, height }) => ({
    category: "rov",
    // The vehicle's own frame and gripper reach in from the lower left corner, past the border.
    outlines: [
      [
        { x: -4, y: height * 0.8 },
        { x: width * 0.2, y: height * 0.86 },
        { x: width * 0.24, y: height * 0.8 },
        { x: width * 0.27, y: height * 0.82 },
        { x: width * 0.25, y: height * 0.88 },
        { x: width * 0.29, y: height * 0.93 },
        { x: width * 0.26, y: height * 0.95 },
        { x: width * 0.2, y: height * 0.93 },
        { x: width * 0.08, y: height + 3 },
        { x: -4, y: height + 3 },
      ],
    ],
    colour: (spot) => {
      const metal = mix(
        rgb("#454b50"),
        rgb("#a9b0b2"),
        0.5 * spot.light + 0.3 * fractal(spot.x / 9, spot.y / 30, seed),
      );
      const bolt = (spot.x - 14) % 22 < 3 && spot.depth > 0.35 && spot.depth < 0.5;
      return scaled(spot.x < width * 0.07 ? rgb("#d9a92c") : metal, bolt ? 0.5 : 0.55 + 0.5 * spot.light);
    },
  }),
};
