// Rendered rooms. Smaller than the real 1024 x 768.
// Traps of the real files: HDF5 with signed numbers (-1 is unlabelled), numbers that belong to a scene and not to a frame,
// other arrays and pictures beside that are not to be read, gaps in the frame numbers, a volume that the release has not.
import { File, FS, ready } from "h5wasm";
import { type Files, jpg, type Miniature } from "../files.ts";
import { fractal, noise } from "../random.ts";
import { addNoise, type Colour, mix, rgb, type Scene, scaled } from "../scene.ts";
import { type Body, grain, type Surface, trace, unit, type Vector } from "../trace.ts";

const WIDTH = 320;
const HEIGHT = 240;
const UNLABELLED = 999;

export const hypersim: Miniature = {
  name: "hypersim",
  make: async () => {
    const files: Files = new Map();
    for (const { scene: name, camera, frame, eye, at, bodies, sun } of frames) {
      const stem = `${name}_${camera}_${frame}`;
      const scene = render(stem, bodies, eye, at, sun);
      const images = `${name}/images/scene_${camera}`;
      const picture = await jpg(scene, 90);
      files.set(`${images}_final_preview/frame.${frame}.tonemap.jpg`, picture);
      const labels = Int16Array.from(scene.owner, (value) =>
        value === 0 || value === UNLABELLED ? -1 : value,
      );
      files.set(`${images}_geometry_hdf5/frame.${frame}.semantic_instance.hdf5`, await hdf5(labels));
      const walls = labels.map((value) => (value < 0 ? -1 : value < 4 ? 1 : 40));
      files.set(`${images}_geometry_hdf5/frame.${frame}.semantic.hdf5`, await hdf5(walls));
      files.set(`${images}_final_preview/frame.${frame}.color.jpg`, "another rendering of the same frame");
      files.set("ai_020_001/images/scene_cam_00_final_preview/frame.0000.tonemap.jpg", "not of the release");
    }
    return files;
  },
};

async function hdf5(data: Int16Array): Promise<Uint8Array> {
  await ready;
  const now = Date.now;
  // The library writes the time into the file; here it is always the same.
  Date.now = () => 0;
  try {
    const file = new File("label.hdf5", "w");
    const shape = [HEIGHT, WIDTH];
    file.create_dataset({ name: "dataset", data, shape, dtype: "<h", chunks: shape, compression: 9 });
    file.close();
  } finally {
    Date.now = now;
  }
  const bytes = FS!.readFile("label.hdf5");
  FS!.unlink("label.hdf5");
  return bytes;
}

function render(name: string, bodies: readonly Body[], eye: Vector, at: Vector, sun: Vector): Scene {
  const scene = trace(name, bodies, {
    width: WIDTH,
    height: HEIGHT,
    eye,
    at,
    zoom: 0.78,
    sun,
    sunlight: [1.9, 1.62, 1.2],
    softness: 0.06,
    ambient: [0.62, 0.62, 0.64],
    reach: 1.5,
    looks: 4,
    sky: () => [1.15, 1.2, 1.28],
  });
  addNoise(scene, name, 0.003, 0.006);
  return scene;
}

const plaster =
  (hex: string) =>
  ({ place }: Surface): Colour =>
    scaled(rgb(hex), grain(place, 0.8, 0.05, 3) * grain(place, 0.05, 0.02, 5));

const wood =
  (hex: string, seed: number, width = 0.16) =>
  ({ place }: Surface): Colour => {
    const plank = Math.floor(place[0] / width);
    const joint = place[0] / width - plank < 0.03;
    const rings = noise(place[0] * 40 + plank * 13, place[2] * 2.2 + place[1] * 3 + plank * 7, seed);
    return scaled(rgb(hex), (joint ? 0.6 : 1) * (0.72 + 0.4 * rings) * (0.88 + 0.24 * noise(plank, 3, seed)));
  };

const cloth =
  (hex: string, seed: number) =>
  ({ place }: Surface): Colour =>
    scaled(rgb(hex), grain(place, 0.012, 0.3, seed) * grain(place, 0.2, 0.16, seed + 1));

const plain = (hex: string) => () => rgb(hex);

function box(object: number, center: Vector, half: Vector, colour: Body["colour"], gloss = 0): Body {
  return { shape: "box", object, center, half, colour, gloss };
}

function round(object: number, center: Vector, half: Vector, colour: Body["colour"], gloss = 0): Body {
  return { shape: "ellipsoid", object, center, half, colour, gloss };
}

function column(object: number, center: Vector, half: Vector, colour: Body["colour"], gloss = 0): Body {
  return { shape: "cylinder", object, center, half, colour, gloss };
}

/** Floor 1, wall behind 2, wall to the right 3; the left wall has an opening through which the sun comes. */
function shell(floor: Body["colour"], wall: string): readonly Body[] {
  return [
    box(1, [0, -0.1, 2], [3.2, 0.1, 5], floor, 0.18),
    box(2, [0, 1.4, 4.1], [3.2, 1.5, 0.1], plaster(wall)),
    box(3, [2.6, 1.4, 1.5], [0.1, 1.5, 3], plaster(wall)),
    box(UNLABELLED, [0, 2.85, 1.5], [3.2, 0.1, 3.2], plaster("#efece6")),
    box(4, [-2.6, 0.35, 1.5], [0.1, 0.45, 3], plaster(wall)),
    box(4, [-2.6, 2.65, 1.5], [0.1, 0.2, 3], plaster(wall)),
    box(4, [-2.6, 1.5, 3.6], [0.1, 1, 0.7], plaster(wall)),
    box(5, [-2.58, 1.6, 1.9], [0.05, 0.9, 0.04], plain("#e9e7e1")),
    box(5, [-2.58, 0.84, 1.5], [0.09, 0.05, 1.6], plain("#f1efe9")),
  ];
}

function sofa(object: number, [x, , z]: Vector, hex: string): readonly Body[] {
  const fabric = cloth(hex, 11);
  return [
    box(object, [x, 0.24, z], [1.0, 0.16, 0.42], fabric),
    round(object, [x - 0.45, 0.42, z - 0.03], [0.5, 0.13, 0.42], fabric),
    round(object, [x + 0.45, 0.42, z - 0.03], [0.5, 0.13, 0.42], fabric),
    box(object, [x, 0.55, z + 0.38], [1.0, 0.32, 0.1], fabric),
    round(object, [x - 0.45, 0.66, z + 0.3], [0.46, 0.26, 0.12], fabric),
    round(object, [x + 0.45, 0.66, z + 0.3], [0.46, 0.26, 0.12], fabric),
    round(object, [x - 1.05, 0.42, z], [0.13, 0.28, 0.46], fabric),
    round(object, [x + 1.05, 0.42, z], [0.13, 0.28, 0.46], fabric),
  ];
}

function table(
  object: number,
  [x, y, z]: Vector,
  [w, d]: readonly [number, number],
  hex: string,
): readonly Body[] {
  const legs = [-1, 1].flatMap((a) =>
    [-1, 1].map((b) =>
      box(object, [x + a * (w - 0.06), y / 2, z + b * (d - 0.06)], [0.03, y / 2, 0.03], plain(hex)),
    ),
  );
  return [box(object, [x, y, z], [w, 0.03, d], wood(hex, 17, 0.4), 0.35), ...legs];
}

function lamp(object: number, [x, y, z]: Vector): readonly Body[] {
  const shade: Body = {
    ...column(object, [x, y + 1.42, z], [0.2, 0.16, 0.2], ({ normal }) =>
      mix([1.5, 1.2, 0.78], [1, 0.76, 0.45], Math.abs(normal[0])),
    ),
    glow: true,
  };
  return [
    shade,
    column(object, [x, y + 0.65, z], [0.015, 0.64, 0.015], plain("#3a3733"), 0.3),
    column(object, [x, y + 0.02, z], [0.15, 0.02, 0.15], plain("#3a3733"), 0.3),
  ];
}

function picture(object: number, [x, y, z]: Vector, seed: number): readonly Body[] {
  const canvas = ({ place }: Surface): Colour => {
    const v = fractal(place[0] * 3, place[1] * 4, seed, 4);
    return v > 0.5
      ? mix(rgb("#d8b36a"), rgb("#b5472f"), (v - 0.5) * 5)
      : mix(rgb("#223a55"), rgb("#7fa0a3"), v * 2);
  };
  return [
    box(object, [x, y, z], [0.46, 0.34, 0.02], plain("#2d2621")),
    box(object, [x, y, z - 0.02], [0.42, 0.3, 0.015], canvas),
  ];
}

function plant(object: number, [x, y, z]: Vector): readonly Body[] {
  const leaves = Array.from({ length: 11 }, (_, i): Body => {
    const angle = i * 2.4;
    const out = 0.1 + 0.018 * i;
    const leaf = ({ place }: Surface) => scaled(rgb("#47702f"), grain(place, 0.05, 0.5, 23 + i));
    const center: Vector = [
      x + out * Math.cos(angle),
      y + 0.5 + 0.05 * ((i * 5) % 9),
      z + out * Math.sin(angle),
    ];
    return { ...round(object, center, [0.16, 0.035, 0.06], leaf), turn: -angle };
  });
  return [
    column(object, [x, y + 0.18, z], [0.16, 0.18, 0.16], plaster("#c9c2b5")),
    column(object, [x, y + 0.45, z], [0.015, 0.2, 0.015], plain("#5b4a34")),
    ...leaves,
  ];
}

const living: readonly Body[] = [
  ...shell(wood("#a9784c", 7), "#d9d3c7"),
  ...sofa(17, [0.45, 0, 3.35], "#5f7380"),
  round(18, [-0.25, 0.66, 3.15], [0.2, 0.19, 0.1], cloth("#c98d3d", 31)),
  box(21, [0.2, 0.008, 2.1], [1.25, 0.012, 0.75], ({ place }) =>
    Math.abs(Math.sin(place[0] * 9)) > 0.9
      ? rgb("#8d3c33")
      : cloth("#c8b79d", 5)({ place, normal: [0, 1, 0] }),
  ),
  ...table(23, [0.2, 0.38, 2.05], [0.55, 0.32], "#6b4630"),
  column(24, [0.02, 0.53, 2.05], [0.07, 0.12, 0.07], plaster("#3f6f79"), 0.5),
  round(25, [0.42, 0.45, 2.0], [0.16, 0.04, 0.12], plain("#e6e2da"), 0.4),
  ...lamp(30, [-1.05, 0, 3.6]),
  ...picture(33, [0.6, 1.75, 3.98], 61),
  ...plant(35, [1.95, 0, 3.45]),
];

const shelf: readonly Body[] = [
  ...shell(({ place }) => {
    const tile = (Math.floor(place[0] / 0.45) + Math.floor(place[2] / 0.45)) % 2 === 0;
    return scaled(rgb(tile ? "#d6d0c5" : "#8d8880"), grain(place, 0.3, 0.12, 9));
  }, "#b9c4bd"),
  ...[0.35, 0.85, 1.35, 1.85].map((y) => box(6, [0.55, y, 3.8], [0.9, 0.02, 0.2], wood("#8a6240", 12, 2))),
  ...[-0.35, 1.45].map((x) => box(6, [x, 0.95, 3.8], [0.025, 0.95, 0.2], wood("#8a6240", 12, 2))),
  ...Array.from({ length: 6 }, (_, i) =>
    box(
      40 + i,
      [-0.2 + 0.075 * i, 1.02 + 0.012 * ((i * 3) % 5), 3.72],
      [0.03, 0.14 + 0.012 * ((i * 3) % 5), 0.11],
      plain(["#7c2f2b", "#d9c9a0", "#27465c", "#4d6b45", "#c27a2e", "#3c3440"][i]!),
      0.1,
    ),
  ),
  round(50, [1.05, 0.99, 3.72], [0.13, 0.12, 0.12], plain("#b24a35"), 0.5),
  ...plant(51, [0.5, 1.37, 3.75]),
  ...table(52, [-1.15, 0.74, 2.9], [0.55, 0.4], "#caa678"),
  ...lamp(53, [-2.0, 0, 3.5]),
  box(54, [-1.15, 0.79, 2.85], [0.19, 0.02, 0.13], plain("#2b2d30"), 0.5),
  round(55, [-0.8, 0.82, 2.72], [0.05, 0.05, 0.05], plain("#e9e4d9"), 0.4),
];

const sunLow = unit([-0.86, 0.42, -0.2]);

const frames: readonly {
  readonly scene: string;
  readonly camera: string;
  readonly frame: string;
  readonly eye: Vector;
  readonly at: Vector;
  readonly bodies: readonly Body[];
  readonly sun: Vector;
}[] = [
  {
    scene: "ai_001_001",
    camera: "cam_00",
    frame: "0000",
    eye: [-0.6, 1.5, -0.9],
    at: [0.3, 0.75, 3],
    bodies: living,
    sun: sunLow,
  },
  {
    scene: "ai_001_001",
    camera: "cam_00",
    frame: "0007",
    eye: [1.3, 1.35, 0.1],
    at: [0, 0.6, 3.1],
    bodies: living,
    sun: sunLow,
  },
  {
    scene: "ai_037_002",
    camera: "cam_01",
    frame: "0042",
    eye: [0.1, 1.4, 0.2],
    at: [-0.05, 0.95, 3.6],
    bodies: shelf,
    sun: unit([-0.8, 0.5, 0.1]),
  },
];
