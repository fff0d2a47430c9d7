// A street through fisheye cameras around a car: walls bend, the car's own body at the lower border.
// Traps of the real files: outlines that overlap (z_order), entries of no tag and of two, a void region, parts of one car
// linked by group_id, points outside the picture with fractions, an outline without area, a renamed file whose key is old.
import type { Point } from "../../../src/core/types.ts";
import { type Files, json, type Miniature, rgbPng } from "../files.ts";
import type { Outline } from "../outline.ts";
import { fractal, noise, type Random, randomOf } from "../random.ts";
import { type Colour, grade, makeScene, mix, paint, rgb, type Scene, scaled } from "../scene.ts";

const [WIDTH, HEIGHT] = [264, 199];
/** Equidistant: pixels per radian from the axis. */
const FOCAL = 92;
/** Height of the camera, in metres. */
const EYE = 1.1;
const WALL = 7.5;
const KERB = 4.2;
/** Of the houses, above the camera. */
const TOP = 5.2;

/** Right, down, forward; the camera is at (0, 0, 0), the ground at y = EYE. */
type Vector = readonly [x: number, y: number, z: number];

interface Camera {
  readonly name: string;
  /** Turn to the right and tilt down, in radians. */
  readonly turn: number;
  readonly tilt: number;
}

interface Entry {
  readonly tags: readonly string[];
  readonly outline: Outline;
  readonly group?: string;
}

export const woodscape: Miniature = {
  name: "woodscape",
  make: async () => {
    const files: Files = new Map();
    const cameras: readonly Camera[] = [
      { name: "00001_FV", turn: 0, tilt: 0.22 },
      { name: "00002_MVR", turn: 1.35, tilt: 0.42 },
      { name: "00009_RV", turn: 0.12, tilt: 0.3 },
    ];
    for (const camera of cameras) {
      const { scene, entries } = street(camera);
      files.set(`rgb_images/${camera.name}.png`, await rgbPng(scene));
      const annotation = entries.map(({ tags, outline, group }, i) => ({
        id: `${camera.name.toLowerCase()}-${i}`,
        tags,
        ...(group !== undefined && { group_id: group }),
        segmentation: outline.map(({ x, y }) => [Math.round(100 * x) / 100, Math.round(100 * y) / 100]),
        z_order: i,
        states:
          tags[0] === "car"
            ? {
                "vehicle-occlusion": { id: "occluded-0-25", text: "" },
                "vehicle-depiction": { id: "", text: "" },
              }
            : {},
      }));
      const key = camera.name === "00009_RV" ? "08811_RV.json" : `${camera.name}.json`;
      const content = { [key]: { image_width: WIDTH, image_height: HEIGHT, image_channels: 3, annotation } };
      files.set(`instance_annotations/${camera.name}.json`, json(content));
    }
    return files;
  },
};

/** Where a place is in the picture. */
function project([x, y, z]: Vector, { turn, tilt }: Camera): Point {
  const [x1, z1] = [x * Math.cos(turn) - z * Math.sin(turn), x * Math.sin(turn) + z * Math.cos(turn)];
  const [y1, z2] = [y * Math.cos(tilt) - z1 * Math.sin(tilt), y * Math.sin(tilt) + z1 * Math.cos(tilt)];
  const side = Math.hypot(x1, y1) || 1e-9;
  const r = FOCAL * Math.atan2(side, z2);
  return { x: WIDTH / 2 + (r * x1) / side, y: HEIGHT / 2 + (r * y1) / side };
}

/** The direction in which a pixel looks. */
function direction(px: number, py: number, { turn, tilt }: Camera): Vector {
  const [dx, dy] = [px + 0.5 - WIDTH / 2, py + 0.5 - HEIGHT / 2];
  const r = Math.hypot(dx, dy) || 1e-9;
  const [s, z2] = [Math.sin(r / FOCAL), Math.cos(r / FOCAL)];
  const [x1, y1] = [(s * dx) / r, (s * dy) / r];
  const [y, z1] = [y1 * Math.cos(tilt) + z2 * Math.sin(tilt), -y1 * Math.sin(tilt) + z2 * Math.cos(tilt)];
  return [x1 * Math.cos(turn) + z1 * Math.sin(turn), y, -x1 * Math.sin(turn) + z1 * Math.cos(turn)];
}

/** Corners of the world joined by lines that bend as the lens bends them. */
function bent(corners: readonly Vector[], camera: Camera, steps = 12): Outline {
  return corners.flatMap((a, i) => {
    const b = corners[(i + 1) % corners.length]!;
    return Array.from({ length: steps }, (_, k) => {
      const t = k / steps;
      return project([a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t, a[2] + (b[2] - a[2]) * t], camera);
    });
  });
}

function street(camera: Camera): { scene: Scene; entries: Entry[] } {
  const random = randomOf(`woodscape ${camera.name}`);
  const seed = random.whole(1, 9999);
  const tones = ["#b08d72", "#c9b99a", "#8e5a48", "#9aa2a6"].map(rgb);
  const scene = makeScene(WIDTH, HEIGHT, (px, py) => world(direction(px, py, camera), tones, seed));
  const entries: Entry[] = [];
  const note = (outline: Outline, ...tags: string[]) => entries.push({ tags, outline });
  const road: Vector[] = [
    [-KERB, EYE, -2],
    [KERB, EYE, -2],
    [KERB, EYE, 60],
    [-KERB, EYE, 60],
  ];
  const wall = (side: number, from: number, to: number, top: number): Vector[] => [
    [side, EYE, from],
    [side, EYE, to],
    [side, -top, to],
    [side, -top, from],
  ];
  if (camera.turn < 1) {
    note(bent(road, camera, 24), "road_surface");
    for (const side of [-WALL, WALL]) note(bent(wall(side, 0, 58, TOP), camera, 20), "construction");
    for (const z of [-1])
      note(
        bent(
          [
            [-0.09, EYE, z],
            [0.09, EYE, z],
            [0.09, EYE, z + 2.4],
            [-0.09, EYE, z + 2.4],
          ],
          camera,
          6,
        ),
        "lane_marking",
      );
  } else note(bent(wall(WALL, -30, 30, TOP), camera, 20), "construction");
  const cars: readonly (readonly [x: number, z: number, tone: string])[] =
    camera.turn < 1
      ? camera.tilt > 0.25
        ? [
            [2.9, 5.2, "#2f5d8c"],
            [-2.6, 9.5, "#c8ccd0"],
          ]
        : [
            [-2.9, 4.6, "#9c2b2b"],
            [2.7, 8.2, "#4a4f56"],
            [2.6, 15, "#d8d4c4"],
          ]
      : [
          [5.4, 2.4, "#7d8f4e"],
          [5.5, -3.6, "#e2e2e0"],
        ];
  for (const [x, z, tone] of [...cars].sort((a, b) => Math.hypot(b[0], b[1]) - Math.hypot(a[0], a[1])))
    note(car(scene, camera, [x, EYE, z], rgb(tone), seed), "car");
  const people = camera.turn < 1 ? [[camera.tilt > 0.25 ? -5.2 : 5.3, 4.4]] : [[4.1, 0.2]];
  for (const [x, z] of people) note(person(scene, camera, [x!, EYE, z!], random, seed), "person");
  if (camera.name === "00001_FV") split(scene, camera, entries);
  const body = ownCar(scene, camera, seed);
  note(body, "ego_vehicle");
  if (camera.name === "00009_RV") {
    note(
      [
        { x: 3.5, y: 4.25 },
        { x: 60.5, y: 2 },
        { x: 30, y: 20.75 },
      ],
      "void",
    );
    note([
      { x: 100, y: 100 },
      { x: 120, y: 90 },
      { x: 118, y: 120 },
    ]);
    note(
      [
        { x: 140, y: 100 },
        { x: 160, y: 90 },
        { x: 158, y: 120 },
      ],
      "car",
      "van",
    );
    note(
      [
        { x: 10, y: 10 },
        { x: 20, y: 20 },
        { x: 30, y: 30 },
      ],
      "pole",
    );
    note(
      [
        { x: -12.5, y: 60.25 },
        { x: 14.75, y: 58 },
        { x: 15.5, y: 92.5 },
        { x: -20.25, y: 99 },
      ],
      "nature",
    );
    paint(scene, {
      outlines: [entries.at(-1)!.outline],
      soft: 1.2,
      colour: (s) =>
        scaled(mix(rgb("#2f4a24"), rgb("#84a054"), noise(s.x / 2, s.y / 2, seed)), 0.5 + 0.6 * s.light),
    });
  }
  // The lens darkens towards its border and turns a little blue.
  grade(scene, (colour, x, y) => {
    const r = Math.hypot(x - WIDTH / 2, y - HEIGHT / 2) / (WIDTH / 2);
    const grain = 1 + 0.035 * (noise(x / 0.9, y / 0.9, seed + 40) - 0.5);
    return scaled(mix(colour, rgb("#20303f"), 0.1 * r ** 2), (1.06 - 0.5 * r ** 3.2) * grain);
  });
  return { scene, entries };
}

/** Sky, walls with windows, pavement and road, by following the ray. */
function world([dx, dy, dz]: Vector, tones: readonly Colour[], seed: number): Colour {
  const haze = rgb("#cfdbe3");
  if (dy > 0.001) {
    const [x, z] = [(dx * EYE) / dy, (dz * EYE) / dy];
    if (Math.abs(x) < WALL) return mix(ground(x, z, seed), haze, Math.min(0.8, Math.hypot(x, z) / 90));
  }
  const t = WALL / Math.max(1e-6, Math.abs(dx));
  const [y, z] = [dy * t, dz * t];
  const house = Math.floor((z + 400) / 7.3);
  const top = TOP;
  if (y < -top || Math.abs(z) > 60) {
    const up = Math.max(0, -dy);
    const cloud = Math.max(0, fractal(dx * 3 + 5, dz * 2 + up * 5, seed + 7) - 0.48) * 2.2;
    return mix(mix(haze, rgb("#6fa3d6"), up ** 0.7), rgb("#ffffff"), Math.min(0.9, cloud));
  }
  const tone = tones[(house + (dx > 0 ? 1 : 0)) % tones.length]!;
  const u = (((z + 400) / 7.3) % 1) * 4;
  const v = ((EYE - y) / 2.6) % 1;
  const window = Math.abs((u % 1) - 0.5) < 0.26 && v > 0.3 && v < 0.78;
  const brick = 0.84 + 0.16 * noise(z * 5, y * 9, seed) + 0.1 * fractal(z, y, seed + 2);
  const glass = mix(rgb("#2b3640"), rgb("#9fb9cc"), fractal(z * 1.3, y * 2, seed + 3));
  return mix(
    scaled(window ? glass : tone, window ? 1 : brick * (dx > 0 ? 0.78 : 1.02)),
    haze,
    Math.min(0.7, Math.abs(z) / 80),
  );
}

function ground(x: number, z: number, seed: number): Colour {
  const grain = noise(x * 9, z * 9, seed + 1);
  if (Math.abs(x) > KERB) {
    const joint = ((x + 50) % 1) * ((z + 400) % 1) < 0.045 || (x + 50) % 1 < 0.05 ? 0.84 : 1;
    return Math.abs(x) < KERB + 0.22
      ? scaled(rgb("#b9b7b0"), 0.95 + 0.1 * grain)
      : scaled(rgb("#9c9890"), joint * (0.9 + 0.14 * grain));
  }
  const dash = Math.abs(x) < 0.09 && (z + 401) % 5 < 2.4;
  const patch = 0.85 + 0.2 * fractal(x, z / 2, seed + 5);
  return dash ? rgb("#e6e4da") : scaled(rgb("#67696d"), patch + 0.1 * grain);
}

/** A parked car along the street, and its outline. */
function car(scene: Scene, camera: Camera, [x, ground, z]: Vector, tone: Colour, seed: number): Outline {
  const [w, l] = [0.85, 2.1];
  const ring = (half: number, from: number, to: number, up: number): Vector[] => [
    [x - half, ground - up, from],
    [x + half, ground - up, from],
    [x + half, ground - up, to],
    [x - half, ground - up, to],
  ];
  const low = ring(w, z - l, z + l, 0.15);
  const middle = ring(w, z - l, z + l, 0.85);
  const roof = ring(w * 0.78, z - l * 0.55, z + l * 0.45, 1.45);
  const outline = hull([...bent(low, camera), ...bent(middle, camera), ...bent(roof, camera)]);
  paint(scene, {
    outlines: [bent(ring(w * 1.12, z - l * 1.05, z + l * 1.05, 0), camera)],
    opacity: 0.6,
    soft: 2,
    colour: () => rgb("#17181a"),
  });
  paint(scene, { outlines: [outline], soft: 0.4, colour: () => scaled(tone, 0.5) });
  const face = (a: readonly Vector[], b: readonly Vector[], i: number, colour: Colour, shade: number) => {
    const j = (i + 1) % 4;
    const corners = [a[i]!, a[j]!, b[j]!, b[i]!];
    const [nx, nz] = [
      [0, -1],
      [1, 0],
      [0, 1],
      [-1, 0],
    ][i]! as [number, number];
    if (nx * corners[0]![0] + nz * corners[0]![2] >= 0) return;
    paint(scene, {
      outlines: [bent(corners, camera, 5)],
      soft: 0.3,
      colour: (s) => scaled(colour, shade * (0.82 + 0.3 * noise(s.x / 9, s.y / 4, seed))),
    });
  };
  for (let i = 0; i < 4; i++) face(low, middle, i, tone, [0.85, 1, 0.8, 0.7][i]!);
  paint(scene, { outlines: [bent(middle, camera, 5)], soft: 0.3, colour: () => scaled(tone, 1.12) });
  for (let i = 0; i < 4; i++) face(middle, roof, i, rgb("#33414c"), [1.1, 1.3, 1, 0.9][i]!);
  for (const dz of [-1.25, 1.25])
    for (const dx of [-w, w]) {
      if (dx * (x + dx) > 0) continue;
      const wheel = Array.from(
        { length: 16 },
        (_, k): Vector => [
          x + dx * 1.01,
          ground - 0.31 + 0.31 * Math.sin(k / 2.546),
          z + dz + 0.31 * Math.cos(k / 2.546),
        ],
      );
      paint(scene, {
        outlines: [wheel.map((place) => project(place, camera))],
        colour: (s) => scaled(rgb("#26282b"), 0.6 + 0.8 * s.depth),
      });
    }
  return outline;
}

function person(scene: Scene, camera: Camera, [x, ground, z]: Vector, random: Random, seed: number): Outline {
  const profile = [
    [-0.2, 0],
    [-0.04, 0.02],
    [0, 0.7],
    [0.1, 0.02],
    [0.24, 0],
    [0.2, 0.85],
    [0.28, 0.9],
    [0.3, 1.3],
    [0.2, 1.42],
    [0.08, 1.47],
    [0.11, 1.6],
    [0.07, 1.72],
    [-0.05, 1.74],
    [-0.12, 1.62],
    [-0.08, 1.47],
    [-0.22, 1.4],
    [-0.3, 1.2],
    [-0.27, 0.85],
    [-0.2, 0.8],
  ] as const;
  const distance = Math.hypot(x, z);
  const place = ([across, up]: readonly [number, number]): Vector => [
    x + (across * z) / distance,
    ground - up,
    z - (across * x) / distance,
  ];
  const outline = profile.map((point) => project(place(point), camera));
  const coat = rgb(random.pick(["#c9a227", "#7a2f4f", "#2f6b5a"]));
  const head = project(place([0, 1.52]), camera).y;
  const belt = project(place([0, 0.85]), camera).y;
  paint(scene, {
    outlines: [outline],
    soft: 0.35,
    shadow: { dx: 2, dy: 1, blur: 2, strength: 0.4 },
    colour: (s) =>
      scaled(
        s.y < head ? rgb("#c79a7c") : s.y < belt ? coat : rgb("#2b3145"),
        (0.55 + 0.55 * s.light) * (0.85 + 0.3 * noise(s.x / 3, s.y / 4, seed)),
      ),
  });
  return outline;
}

/** A van behind a lamp post: two parts of one object. */
function split(scene: Scene, camera: Camera, entries: Entry[]): void {
  const part = (from: number, to: number): Vector[] => [
    [-6.6, EYE - 0.2, from],
    [-6.6, EYE - 0.2, to],
    [-6.6, EYE - 2.1, to],
    [-6.6, EYE - 2.1, from],
  ];
  for (const [from, to] of [
    [2.6, 3.9],
    [4.2, 6.1],
  ] as const) {
    const outline = bent(part(from, to), camera, 6);
    paint(scene, {
      outlines: [outline],
      soft: 0.4,
      colour: (s) => scaled(mix(rgb("#d8c24a"), rgb("#f0e6b0"), s.depth), 0.7 + 0.35 * s.light),
    });
    entries.push({ tags: ["van"], outline, group: "van-1" });
  }
  const post = bent(
    [
      [-6, EYE, 3.7],
      [-6, EYE, 3.9],
      [-6, -3.6, 3.9],
      [-6, -3.6, 3.7],
    ],
    camera,
    10,
  );
  paint(scene, { outlines: [post], soft: 0.3, colour: (s) => scaled(rgb("#4d5357"), 0.6 + 0.6 * s.light) });
  entries.push({ tags: ["pole"], outline: post });
}

function ownCar(scene: Scene, camera: Camera, seed: number): Outline {
  const top = camera.turn > 1 ? 168 : 178;
  const outline = [
    ...Array.from({ length: 25 }, (_, i) => ({
      x: -4 + (i / 24) * (WIDTH + 8),
      y: top + 26 * ((i - 12) / 12) ** 2 + 2 * noise(i / 4, 0, seed),
    })),
    { x: WIDTH + 4, y: HEIGHT + 3.5 },
    { x: -4, y: HEIGHT + 3.5 },
  ];
  paint(scene, {
    outlines: [outline],
    soft: 0.8,
    colour: (s) =>
      mix(
        scaled(rgb("#1b1e22"), 0.7 + 0.8 * s.light),
        rgb("#8aa0b4"),
        Math.max(0, 0.5 - Math.abs(s.depth - 0.3) * 2.2) * fractal(s.x / 40, s.y / 8, seed),
      ),
  });
  return outline;
}

/** Convex hull (Andrew's monotone chain). */
function hull(points: readonly Point[]): Outline {
  const sorted = [...points].sort((a, b) => a.x - b.x || a.y - b.y);
  const half = (list: readonly Point[]) => {
    const chain: Point[] = [];
    for (const p of list) {
      while (chain.length > 1) {
        const [a, b] = [chain.at(-2)!, chain.at(-1)!];
        if ((b.x - a.x) * (p.y - a.y) - (b.y - a.y) * (p.x - a.x) > 0) break;
        chain.pop();
      }
      chain.push(p);
    }
    return chain.slice(0, -1);
  };
  return [...half(sorted), ...half(sorted.toReversed())];
}
