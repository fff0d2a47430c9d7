// A house with a car, and a bedroom: objects, their parts, and parts of parts.
// Traps of the real files: instance files with three values (128 is hidden behind something else), an object that is hidden
// altogether, gaps in the numbers, JSON in Latin-1 whose members change their types, scene folders of different depths.
import { encode } from "fast-png";
import { type Files, jpg, type Miniature } from "../files.ts";
import { fractal, noise } from "../random.ts";
import { addNoise, type Colour, defocus, mix, rgb, scaled } from "../scene.ts";
import { type Body, grain, ownersOf, type Surface, trace, unit, type Vector, type View } from "../trace.ts";

interface Thing {
  /** Number in the JSON and of the instance file. */
  readonly id: number;
  readonly name: string;
  readonly index: number;
  /** The id of what it is part of. */
  readonly of?: number;
}

interface Picture {
  readonly folder: string;
  readonly name: string;
  readonly view: View;
  readonly things: readonly Thing[];
  /** `object` is the id, plus one, of the deepest part. */
  readonly bodies: readonly Body[];
}

export const ade20k: Miniature = {
  name: "ade20k",
  make: async () => {
    const files: Files = new Map();
    for (const { folder, name, view, things, bodies } of pictures) {
      const scene = trace(name, bodies, view);
      defocus(scene, 0.4);
      addNoise(scene, name, 0.003, 0.01);
      const path = `ADE20K_2021_17_01/images/ADE/validation/${folder}/${name}`;
      files.set(`${path}.jpg`, await jpg(scene, 90));
      const { width, height } = view;
      const isOf = (id: number, whole: number): boolean => {
        const of = things.find((thing) => thing.id === id)?.of;
        return id === whole || (of !== undefined && isOf(of, whole));
      };
      const level = (thing: Thing): number =>
        thing.of === undefined ? 0 : 1 + level(things.find(({ id }) => id === thing.of)!);
      const zlib = { zlib: { level: 9 } } as const;
      const planes = new Map<number, Uint8Array>();
      for (const [i, thing] of things.entries()) {
        const own = bodies.filter(({ object }) => object > 0 && isOf(object - 1, thing.id));
        const whole = ownersOf(own, view);
        const data = Uint8Array.from(scene.owner, (owner, at) =>
          whole[at] === 0 ? 0 : owner > 0 && isOf(owner - 1, thing.id) ? 255 : 128,
        );
        const file = `${name}/instance_${String(thing.id).padStart(3, "0")}_${name}.png`;
        files.set(
          `${path.slice(0, -name.length)}${file}`,
          encode({ width, height, channels: 1, depth: 8, data }, zlib),
        );
        const plane = planes.get(level(thing)) ?? new Uint8Array(3 * width * height);
        planes.set(level(thing), plane);
        data.forEach((value, at) => {
          if (value !== 255) return;
          plane[3 * at] = 10 * Math.floor(thing.index / 256);
          plane[3 * at + 1] = thing.index % 256;
          plane[3 * at + 2] = Math.round((255 * (i + 1)) / things.length);
        });
      }
      for (const [depth, data] of planes) {
        const suffix = depth === 0 ? "_seg" : `_parts_${depth}`;
        files.set(`${path}${suffix}.png`, encode({ width, height, channels: 3, depth: 8, data }, zlib));
      }
      files.set(
        `${path}.json`,
        Buffer.from(JSON.stringify(annotation(folder, name, view, things)), "latin1"),
      );
    }
    return files;
  },
};

/** Members are of the types that MATLAB's export leaves: lists of one become the thing itself. */
function annotation(folder: string, name: string, { width, height }: View, things: readonly Thing[]) {
  return {
    annotation: {
      filename: `${name}.jpg`,
      folder: `ADE20K_2021_17_01/images/ADE/validation/${folder}`,
      imsize: [height, width, 3],
      source: { folder: "miniature", filename: `caf\u00e9_${name}.jpg`, origin: "miniature" },
      scene: folder.split("/"),
      object: things.map(({ id, name: what, index, of }) => {
        const parts = things.filter((thing) => thing.of === id).map((thing) => thing.id);
        return {
          ...{ id, name: what, name_ndx: index, hypernym: [], raw_name: what, depth_ordering_rank: id + 1 },
          attributes: id % 3 === 0 ? [] : "",
          occluded: id % 2 === 0 ? "no" : [],
          crop: of === undefined ? "0" : "1",
          parts: {
            hasparts: parts.length === 1 ? parts[0] : parts,
            ispartof: of ?? [],
            part_level: of === undefined ? 0 : 1,
          },
          instance_mask: `${name}/instance_${String(id).padStart(3, "0")}_${name}.png`,
          polygon: { x: [], y: [], click_date: [] },
          saved_date: "18-Dec-2005 06:56:48",
        };
      }),
    },
  };
}

const view = (more: Pick<View, "eye" | "at" | "zoom" | "sun"> & Partial<View>): View => ({
  width: 320,
  height: 240,
  sunlight: [1.15, 1.05, 0.88],
  ambient: [0.55, 0.58, 0.64],
  reach: 1.2,
  looks: 3,
  softness: 0.03,
  sky: (d) =>
    mix(
      rgb("#dfe7ec"),
      rgb("#6e9bcf"),
      Math.min(1, Math.max(0, d[1] * 2.4 - 0.5 * fractal(d[0] * 4, d[1] * 9, 3, 4))),
    ),
  ...more,
});

const plain = (hex: string) => () => rgb(hex);
const rough =
  (hex: string, size = 0.2, strength = 0.2, seed = 3) =>
  ({ place }: Surface): Colour =>
    scaled(rgb(hex), grain(place, size, strength, seed));
const wood =
  (hex: string, seed = 7) =>
  ({ place }: Surface): Colour =>
    scaled(rgb(hex), 0.75 + 0.4 * noise(place[0] * 30 + place[1] * 3, place[1] * 2.5 + place[2] * 22, seed));

function body(
  shape: Body["shape"],
  id: number,
  center: Vector,
  half: Vector,
  colour: Body["colour"],
  gloss = 0,
): Body {
  return { shape, object: id + 1, center, half, colour, gloss };
}

const box = (...rest: Tail) => body("box", ...rest);
const ball = (...rest: Tail) => body("ellipsoid", ...rest);
const column = (...rest: Tail) => body("cylinder", ...rest);
type Tail = [id: number, center: Vector, half: Vector, colour: Body["colour"], gloss?: number];

/** Frame and panes; the panes are parts of the window. */
function windowAt(id: number, pane: number | undefined, [x, y, z]: Vector): readonly Body[] {
  const glass = ({ place }: Surface) =>
    scaled(mix(rgb("#26323c"), rgb("#8b9aa3"), noise(place[0] * 3, place[1] * 3, 5)), 1);
  return [
    box(id, [x, y, z], [0.56, 0.72, 0.05], plain("#ece8df")),
    ...[-0.26, 0.26].map((dx) => box(pane ?? id, [x + dx, y, z - 0.04], [0.22, 0.62, 0.03], glass, 0.6)),
  ];
}

const house: Picture = {
  folder: "urban/street",
  name: "ADE_val_00000017",
  view: view({ eye: [-1.2, 1.6, -6.2], at: [0, 1.65, 3], zoom: 0.62, sun: unit([-0.6, 0.75, -0.65]) }),
  things: [
    { id: 0, name: "house", index: 1257 },
    { id: 1, name: "roof", index: 2190, of: 0 },
    { id: 2, name: "windowpane, window", index: 3055, of: 0 },
    { id: 3, name: "windowpane, window", index: 3055, of: 0 },
    { id: 5, name: "door", index: 774, of: 0 },
    { id: 6, name: "knob, boss", index: 1401, of: 5 },
    { id: 8, name: "chimney", index: 525, of: 0 },
    { id: 9, name: "car, auto, automobile", index: 401 },
    { id: 10, name: "wheel", index: 3035, of: 9 },
    { id: 11, name: "wheel", index: 3035, of: 9 },
    { id: 12, name: "windowpane, window", index: 3055, of: 9 },
    { id: 15, name: "tree", index: 2855 },
    { id: 16, name: "grass", index: 1125 },
    { id: 17, name: "sidewalk, pavement", index: 2377 },
    // Behind the car: nothing of it is seen.
    { id: 20, name: "ball", index: 112 },
  ],
  bodies: [
    box(16, [0, -0.5, 20], [40, 0.5, 21], ({ place }) =>
      scaled(
        mix(rgb("#5c7d38"), rgb("#85a04c"), noise(place[0] * 2, place[2] * 2, 3)),
        grain(place, 0.07, 0.5, 4),
      ),
    ),
    box(17, [0, -0.48, -1.6], [40, 0.5, 1.2], ({ place }) =>
      scaled(rgb("#a39d93"), ((place[0] + 60) % 1.1 < 0.04 ? 0.7 : 1) * grain(place, 0.15, 0.2, 6)),
    ),
    box(-1, [0, -0.55, -5], [40, 0.5, 2.4], rough("#606265", 0.06, 0.3)),
    box(0, [0.2, 1.5, 5.2], [3.2, 1.5, 2], ({ place }) =>
      scaled(rgb("#c9b48f"), ((place[1] + 3) % 0.24 < 0.02 ? 0.82 : 1) * grain(place, 0.3, 0.12, 8)),
    ),
    ...[0, 1, 2, 3, 4, 5].map((i) =>
      box(1, [0.2, 3.1 + 0.24 * i, 5.2], [3.5 - 0.1 * i, 0.13, 2.3 - 0.38 * i], ({ place }) =>
        scaled(rgb("#8a4632"), ((place[0] + 50) % 0.3 < 0.03 ? 0.75 : 1) * grain(place, 0.2, 0.3, 9)),
      ),
    ),
    box(8, [1.7, 4.3, 5.2], [0.28, 0.75, 0.28], rough("#93503c", 0.1, 0.3)),
    ...windowAt(2, undefined, [-1.6, 1.65, 3.18]),
    ...windowAt(3, undefined, [2.25, 1.65, 3.18]),
    box(5, [0.35, 1.05, 3.18], [0.5, 1.05, 0.05], wood("#3f5c4b")),
    ball(6, [0.72, 1.0, 3.1], [0.06, 0.06, 0.06], plain("#d8b356"), 0.6),
    ...car([1.15, 0.02, -0.9], "#a7352c"),
    ball(20, [1.2, 0.2, 0.4], [0.18, 0.18, 0.18], plain("#e0c040")),
    column(15, [-3.7, 1.2, 2.2], [0.16, 1.2, 0.16], rough("#5d4d3c", 0.1, 0.5)),
    ...Array.from({ length: 18 }, (_, i) =>
      ball(
        15,
        [
          -3.7 + 0.95 * Math.cos(i * 2.4) * (0.4 + (i % 3) / 3),
          2.9 + 0.55 * Math.sin(i * 1.7),
          2.2 + 0.8 * Math.sin(i * 2.4),
        ],
        [0.5, 0.42, 0.5],
        ({ place }) =>
          scaled(
            mix(rgb("#3c5e28"), rgb("#86a04a"), noise(place[0] * 8, place[1] * 8 + place[2] * 6, i)),
            0.6 + 0.7 * noise(place[0] * 14, place[1] * 14 - place[2] * 11, i + 3),
          ),
      ),
    ),
  ],
};

/** Seen from its side. */
function car([x, y, z]: Vector, hex: string): readonly Body[] {
  const paint = plain(hex);
  return [
    box(9, [x, y + 0.5, z], [1.75, 0.2, 0.75], paint, 0.5),
    ball(9, [x, y + 0.62, z], [2.0, 0.3, 0.8], paint, 0.5),
    ball(9, [x + 0.1, y + 1.02, z], [1.0, 0.42, 0.66], paint, 0.5),
    ball(12, [x - 0.3, y + 1.0, z - 0.12], [0.5, 0.27, 0.6], plain("#1c242b"), 0.8),
    ball(12, [x + 0.55, y + 1.0, z - 0.12], [0.4, 0.26, 0.58], plain("#1c242b"), 0.8),
    ...[-1.15, 1.15].flatMap((dx, i) => [
      ball(10 + i, [x + dx, y + 0.32, z - 0.7], [0.34, 0.34, 0.14], plain("#18191b")),
      ball(10 + i, [x + dx, y + 0.32, z - 0.82], [0.19, 0.19, 0.05], plain("#aab0b4"), 0.4),
    ]),
    ball(9, [x - 1.9, y + 0.62, z - 0.45], [0.1, 0.09, 0.16], plain("#efe9d2"), 0.4),
  ];
}

const bedroom: Picture = {
  folder: "home_or_hotel/bedroom/double",
  name: "ADE_val_00000233",
  view: view({
    eye: [0.5, 1.55, -2.3],
    at: [0, 0.75, 2],
    zoom: 0.7,
    sun: unit([0.55, 0.7, -0.75]),
    sunlight: [0.85, 0.75, 0.6],
    ambient: [0.7, 0.68, 0.66],
    reach: 1.4,
  }),
  things: [
    { id: 0, name: "wall", index: 2978 },
    { id: 1, name: "floor, flooring", index: 976 },
    { id: 2, name: "bed", index: 165 },
    { id: 3, name: "headboard", index: 1194, of: 2 },
    { id: 4, name: "pillow", index: 1869, of: 2 },
    { id: 5, name: "pillow", index: 1869, of: 2 },
    { id: 7, name: "chest of drawers", index: 518 },
    { id: 8, name: "drawer", index: 800, of: 7 },
    { id: 9, name: "drawer", index: 800, of: 7 },
    { id: 10, name: "drawer", index: 800, of: 7 },
    { id: 11, name: "knob, boss", index: 1401, of: 8 },
    { id: 12, name: "knob, boss", index: 1401, of: 9 },
    { id: 13, name: "knob, boss", index: 1401, of: 10 },
    { id: 16, name: "lamp", index: 1451 },
    { id: 17, name: "lamp shade, lampshade", index: 1459, of: 16 },
    { id: 18, name: "painting, picture", index: 1735 },
  ],
  bodies: [
    box(1, [0, -0.1, 1], [4, 0.1, 5], ({ place }) =>
      scaled(
        rgb("#9a7047"),
        ((place[0] + 9) % 0.17 < 0.01 ? 0.6 : 1) * (0.75 + 0.4 * noise(place[0] * 30, place[2] * 2, 4)),
      ),
    ),
    box(0, [0, 2.5, 3.3], [4, 2.6, 0.1], rough("#a9b7b4", 0.8, 0.05)),
    box(0, [-2.7, 2.5, 1], [0.1, 2.6, 5], rough("#b4c0bd", 0.8, 0.05)),
    box(2, [-0.75, 0.22, 1.9], [1.0, 0.18, 1.25], wood("#6b4a33")),
    box(2, [-0.75, 0.45, 1.85], [0.96, 0.13, 1.22], rough("#efeae0", 0.02, 0.08)),
    ball(2, [-0.75, 0.52, 1.45], [1.04, 0.14, 0.95], ({ place }) =>
      scaled(
        rgb(Math.abs(Math.sin(place[0] * 7)) > 0.93 ? "#d9d2c0" : "#6d83a0"),
        grain(place, 0.03, 0.2, 5),
      ),
    ),
    box(3, [-0.75, 0.75, 3.12], [1.05, 0.55, 0.06], wood("#5d3f2b")),
    ball(4, [-1.2, 0.68, 2.7], [0.38, 0.14, 0.24], rough("#f2eee6", 0.05, 0.08)),
    ball(5, [-0.3, 0.68, 2.7], [0.38, 0.14, 0.24], rough("#f2eee6", 0.05, 0.08)),
    box(7, [1.45, 0.45, 2.85], [0.62, 0.45, 0.3], wood("#c19a6b")),
    ...[0, 1, 2].flatMap((i) => [
      box(8 + i, [1.45, 0.17 + 0.28 * i, 2.54], [0.56, 0.12, 0.03], wood("#d0ab7c", 11 + i)),
      ball(11 + i, [1.45, 0.17 + 0.28 * i, 2.48], [0.045, 0.045, 0.045], plain("#4a4640"), 0.5),
    ]),
    column(16, [1.45, 0.93, 2.85], [0.12, 0.02, 0.12], plain("#8d8577"), 0.4),
    ball(16, [1.45, 1.06, 2.85], [0.09, 0.13, 0.09], plain("#537a7e"), 0.5),
    {
      ...column(17, [1.45, 1.36, 2.85], [0.2, 0.15, 0.2], ({ normal }) =>
        mix([1.4, 1.18, 0.82], [1, 0.78, 0.5], Math.abs(normal[0])),
      ),
      glow: true,
    },
    box(18, [-0.75, 1.85, 3.16], [0.5, 0.34, 0.03], plain("#3b3029")),
    box(18, [-0.75, 1.85, 3.13], [0.45, 0.29, 0.02], ({ place }) =>
      mix(rgb("#2f5061"), rgb("#d8b27a"), fractal(place[0] * 2.5, place[1] * 5, 15, 4)),
    ),
  ],
};

const pictures: readonly Picture[] = [house, bedroom];
