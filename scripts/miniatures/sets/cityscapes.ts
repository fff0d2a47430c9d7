// Streets of a town from a car. Smaller than the real 2048 x 1024, as everything else is here.
// Traps of the real files: 16-bit labels, instances from 0 (26000), a bare 24 for a group, void at the border and under
// the own bonnet, classes that the evaluation ignores, and label files beside that are not to be read.
import { encode } from "fast-png";
import { type Files, json, type Miniature, rgbPng } from "../files.ts";
import { fractal, noise, type Random, randomOf } from "../random.ts";
import { addNoise, type Colour, defocus, mix, rgb, type Scene, scaled } from "../scene.ts";
import { type Body, grain, type Surface, trace, unit, type Vector } from "../trace.ts";

const WIDTH = 400;
const HEIGHT = 200;
const BORDER = 3;

interface Street {
  readonly city: string;
  readonly frame: string;
  readonly sun: Vector;
  readonly sky: Colour;
  readonly bodies: (random: Random) => readonly Body[];
}

export const cityscapes: Miniature = {
  name: "cityscapes",
  make: async () => {
    const files: Files = new Map();
    for (const { city, frame, ...street } of streets) {
      const stem = `${city}_${frame}`;
      const scene = render(stem, street);
      const labels = labelsOf(scene);
      files.set(`leftImg8bit/val/${city}/${stem}_leftImg8bit.png`, await rgbPng(scene));
      const beside = `gtFine/val/${city}/${stem}_gtFine`;
      const size = { width: WIDTH, height: HEIGHT, channels: 1 } as const;
      const zlib = { zlib: { level: 9 } } as const;
      files.set(`${beside}_instanceIds.png`, encode({ ...size, depth: 16, data: labels }, zlib));
      const classes = Uint8Array.from(labels, (value) => (value < 1000 ? value : Math.floor(value / 1000)));
      files.set(`${beside}_labelIds.png`, encode({ ...size, depth: 8, data: classes }, zlib));
      files.set(`${beside}_polygons.json`, json({ imgHeight: HEIGHT, imgWidth: WIDTH, objects: [] }));
    }
    return files;
  },
};

function render(stem: string, { sun, sky, bodies }: Omit<Street, "city" | "frame">): Scene {
  const random = randomOf(`street ${stem}`);
  const scene = trace(stem, [...bodies(random), bonnet], {
    width: WIDTH,
    height: HEIGHT,
    eye: [0, 1.35, 0],
    at: [0.3, 1.5, 20],
    zoom: 0.92,
    sun,
    sunlight: [0.95, 0.88, 0.76],
    ambient: [0.52, 0.56, 0.62],
    reach: 2.5,
    sky: (d) => {
      const cloud = Math.max(0, fractal(d[0] * 3 + 5, d[1] * 7, 40, 4) - 0.42) * 2.2;
      return mix(mix(rgb("#dfe4e6"), sky, Math.min(1, d[1] * 2.6)), [0.93, 0.93, 0.92], Math.min(0.9, cloud));
    },
    haze: { colour: [0.72, 0.76, 0.78], distance: 190 },
  });
  defocus(scene, 0.45);
  addNoise(scene, stem, 0.004, 0.012);
  return scene;
}

/** Object numbers are the set's own values, and 23 (sky) where there is nothing. */
function labelsOf({ owner }: Scene): Uint16Array {
  return Uint16Array.from(owner, (value, i) => {
    const x = i % WIDTH;
    const y = Math.floor(i / WIDTH);
    const border = x < BORDER || x >= WIDTH - BORDER || y < BORDER;
    if (y === HEIGHT - 1) return 3;
    return border ? 2 : value === 0 ? 23 : value;
  });
}

const bonnet: Body = {
  shape: "ellipsoid",
  center: [0, 0.42, 1.15],
  half: [1.25, 0.34, 0.8],
  object: 1,
  gloss: 0.7,
  colour: () => rgb("#1d2126"),
};

const streets: readonly Street[] = [
  {
    city: "frankfurt",
    frame: "000000_000294",
    sun: unit([-0.7, 0.75, -0.3]),
    sky: rgb("#7fa6cf"),
    bodies: (random) => [
      ...ground(),
      ...houses(random, -9.5, [14, 34, 58], ["#b9a88c", "#9c5f4a", "#cdbfa6"]),
      ...houses(random, 10.5, [12, 33, 60], ["#d3c9b4", "#a7a7a0", "#b07c57"]),
      ...car([-3.6, 0, 11], 0, "#8e1d20", 26000),
      ...car([3.7, 0, 15], Math.PI, "#31506e", 26001),
      ...car([3.75, 0, 22], Math.PI, "#b9bcbd", 26002),
      ...person([5.3, 0.12, 9.5], "#39414f", "#20242b", 24000),
      ...tree([-5.9, 0, 19], 1.5, random),
      ...tree([6.2, 0, 30], 1.7, random),
      pole([5.35, 0, 13], 3.2),
      ...sign([5.35, 2.8, 12.9]),
    ],
  },
  {
    city: "lindau",
    frame: "000007_000019",
    sun: unit([0.8, 0.6, -0.45]),
    sky: rgb("#8eb2d6"),
    bodies: (random) => [
      ...ground(),
      ...houses(random, -10, [16, 44], ["#cfb98e", "#a8553f"]),
      ...houses(random, 11, [30, 58], ["#e0d8c4", "#9a8f7d"]),
      ...tree([8.4, 0, 15], 2.1, random),
      ...tree([7.6, 0, 22], 1.8, random),
      ...car([3.6, 0, 12.5], Math.PI, "#d7d9d8", 26000),
      ...bus([-3.4, 0, 24], "#c9a227", 28000),
      ...cyclist([1.9, 0, 9.6], 25000, 33000),
      // A crowd at the corner, drawn as one.
      ...[0, 0.55, 1.0, 1.5].flatMap((dx, i) =>
        person(
          [-6.4 + dx, 0.12, 17 + (i % 2)],
          ["#7d2c31", "#2d4c3c", "#c3bda9", "#2f3f68"][i]!,
          "#24262c",
          24,
        ),
      ),
      pole([-5.35, 0, 12], 3.6),
    ],
  },
  {
    city: "munster",
    frame: "000113_000019",
    sun: unit([-0.35, 0.8, -0.6]),
    sky: rgb("#90a9bd"),
    bodies: (random) => [
      ...ground(),
      ...houses(random, -10.5, [13, 37, 62], ["#a5573f", "#b98d6a", "#d6cdb9"]),
      ...houses(random, 12, [40, 62], ["#b9b09c", "#8a5040"]),
      ...tree([7.8, 0, 14], 1.9, random),
      ...tree([8.6, 0, 23], 2.3, random),
      ...car([-3.5, 0, 16], 0, "#20262b", 26000),
      ...car([0.7, 0, 26], 0, "#9aa3a8", 26001),
      ...person([-5.7, 0.12, 9], "#b3793a", "#31405c", 24000),
      ...person([-6.4, 0.12, 9.3], "#3b5246", "#22252b", 24001),
      // A guard rail, which the evaluation ignores.
      box([6, 0.55, 16], [0.06, 0.2, 9], 14, () => rgb("#a8adb0")),
      pole([-5.35, 0, 20], 3.4),
      ...sign([-5.35, 3, 19.9]),
    ],
  },
];

function ground(): readonly Body[] {
  const asphalt = ({ place }: Surface): Colour => {
    const [x, , z] = place;
    const dash = Math.abs(x) < 0.07 && z % 6 < 3;
    const edge = Math.abs(Math.abs(x) - 4.55) < 0.06;
    const grey = scaled(rgb("#5b5d60"), grain(place, 0.05, 0.28, 3) * grain(place, 2.2, 0.16, 9));
    const worn = noise(x * 4, z * 4, 21) > 0.25;
    return (dash || edge) && worn ? rgb("#c9c9c2") : grey;
  };
  const slabs = ({ place }: Surface): Colour => {
    const joint = place[2] % 0.8 < 0.04 || Math.abs(place[0]) % 0.8 < 0.04;
    return scaled(rgb("#94908a"), (joint ? 0.75 : 1) * grain(place, 0.3, 0.2, 5));
  };
  return [
    box([0, -0.5, 60], [5.2, 0.5, 90], 7, asphalt),
    box([-8.2, -0.44, 60], [3, 0.56, 90], 8, slabs),
    box([8.2, -0.44, 60], [3, 0.56, 90], 8, slabs),
    box([0, -0.6, 120], [200, 0.5, 160], 22, ({ place }) =>
      scaled(rgb("#64713f"), grain(place, 1.2, 0.4, 8)),
    ),
  ];
}

/** A row of houses with windows; `x` is the side of the street. */
function houses(
  random: Random,
  x: number,
  zs: readonly number[],
  colours: readonly string[],
): readonly Body[] {
  return zs.flatMap((z, i): Body[] => {
    const tall = random.between(6, 9.5);
    const deep = 9.5;
    const plaster = rgb(colours[i]!);
    const seed = random.whole(1, 999);
    const wall = ({ place, normal }: Surface): Colour => {
      const along = Math.abs(normal[0]) > 0.5 ? place[2] - z + 40 : place[0] - x + 40;
      const storey = (place[1] - 0.3) % 3;
      const bay = along % 2.1;
      const inside = bay > 0.55 && bay < 1.55 && storey > 0.9 && storey < 2.3;
      const frame = inside && (bay < 0.63 || bay > 1.47 || Math.abs(bay - 1.05) < 0.04 || storey > 2.22);
      if (inside && !frame) {
        const curtain = noise(Math.floor(along / 2.1) * 3.7, Math.floor(place[1] / 3) * 5.1, seed);
        return scaled(mix(rgb("#2b333b"), rgb("#9aa4a6"), curtain * 0.7), 0.7 + 0.3 * storey);
      }
      if (frame || (inside === false && storey > 0.78 && storey < 0.9 && bay > 0.45 && bay < 1.65))
        return rgb("#d9d5cb");
      const base = place[1] < 0.9 ? 0.72 : 1;
      return scaled(plaster, base * grain(place, 0.25, 0.1, seed) * grain(place, 3, 0.16, seed + 2));
    };
    const tiles = ({ place }: Surface): Colour =>
      scaled(rgb("#7b4636"), (place[1] % 0.35 < 0.07 ? 0.75 : 1) * grain(place, 0.3, 0.3, seed + 4));
    return [
      box([x + Math.sign(x) * 2.5, tall / 2, z + deep / 2], [2.8, tall / 2, deep], 11, wall),
      box([x + Math.sign(x) * 2.7, tall + 0.9, z + deep / 2], [2.2, 0.9, deep - 0.1], 11, tiles),
    ];
  });
}

function car(at: Vector, turn: number, paint: string, object: number): readonly Body[] {
  const body = rgb(paint);
  const part = (
    shape: Body["shape"],
    [dx, y, dz]: Vector,
    half: Vector,
    colour: Colour,
    gloss = 0,
    glow = false,
  ): Body => {
    const cos = Math.cos(turn);
    const sin = Math.sin(turn);
    const center: Vector = [at[0] + dx * cos + dz * sin, at[1] + y, at[2] - dx * sin + dz * cos];
    return { shape, center, half, turn, object, gloss, glow, colour: () => colour };
  };
  return [
    part("box", [0, 0.55, 0], [0.86, 0.24, 1.95], body, 0.5),
    part("ellipsoid", [0, 0.68, 0], [0.9, 0.32, 2.2], body, 0.5),
    part("ellipsoid", [0, 0.95, -0.15], [0.74, 0.52, 1.35], rgb("#161b20"), 0.9),
    part("ellipsoid", [0, 1.18, -0.15], [0.66, 0.3, 1.0], body, 0.5),
    part("box", [0, 0.36, 2.02], [0.8, 0.1, 0.08], rgb("#22252a")),
    part("box", [0, 0.36, -2.02], [0.8, 0.1, 0.08], rgb("#22252a")),
    ...[-1, 1].flatMap((side) => [
      part("ellipsoid", [side * 0.78, 0.33, 1.25], [0.14, 0.33, 0.33], rgb("#17181a")),
      part("ellipsoid", [side * 0.78, 0.33, -1.3], [0.14, 0.33, 0.33], rgb("#17181a")),
      part("ellipsoid", [side * 0.9, 0.33, 1.25], [0.05, 0.17, 0.17], rgb("#9da1a4"), 0.3),
      part("ellipsoid", [side * 0.9, 0.33, -1.3], [0.05, 0.17, 0.17], rgb("#9da1a4"), 0.3),
      part("ellipsoid", [side * 0.66, 0.72, -2.0], [0.18, 0.11, 0.14], rgb("#c02018")),
      part("ellipsoid", [side * 0.64, 0.66, 2.02], [0.18, 0.11, 0.14], rgb("#e9ecea"), 0.3),
    ]),
    part("box", [0, 0.62, -2.16], [0.24, 0.06, 0.03], rgb("#e4e4dc")),
    part("box", [0, 0.5, 2.17], [0.24, 0.06, 0.03], rgb("#e4e4dc")),
  ];
}

function bus(at: Vector, paint: string, object: number): readonly Body[] {
  const windows = ({ place, normal }: Surface): Colour => {
    const high = place[1] > 1.35 && place[1] < 2.5;
    const post = Math.abs(normal[2]) < 0.5 && (place[2] - at[2] + 20) % 1.6 < 0.12;
    return high && !post ? rgb("#1b2228") : scaled(rgb(paint), grain(place, 1, 0.06, 2));
  };
  return [
    {
      shape: "box",
      center: [at[0], 1.65, at[2]],
      half: [1.2, 1.35, 5.5],
      object,
      gloss: 0.4,
      colour: windows,
    },
    box([at[0], 2.75, at[2] - 5.52], [0.8, 0.14, 0.02], object, () => rgb("#e8b64a")),
    ...[-1, 1].map(
      (side): Body => ({
        shape: "ellipsoid",
        center: [at[0] + side, 0.45, at[2] - 3.6],
        half: [0.2, 0.45, 0.45],
        object,
        colour: () => rgb("#1a1a1c"),
      }),
    ),
  ];
}

function person(at: Vector, coat: string, legs: string, object: number): readonly Body[] {
  const part = (shape: Body["shape"], [dx, y, dz]: Vector, half: Vector, colour: string): Body => ({
    shape,
    center: [at[0] + dx, at[1] + y, at[2] + dz],
    half,
    object,
    colour: (surface) => scaled(rgb(colour), grain(surface.place, 0.06, 0.25, 6)),
  });
  return [
    part("ellipsoid", [-0.1, 0.42, 0.08], [0.1, 0.46, 0.12], legs),
    part("ellipsoid", [0.11, 0.42, -0.1], [0.1, 0.46, 0.12], legs),
    part("ellipsoid", [-0.1, 0.05, 0], [0.09, 0.07, 0.16], "#1c1b1a"),
    part("ellipsoid", [0.11, 0.05, -0.18], [0.09, 0.07, 0.16], "#1c1b1a"),
    part("ellipsoid", [0, 1.12, 0], [0.25, 0.42, 0.17], coat),
    part("ellipsoid", [-0.27, 1.08, 0.04], [0.08, 0.36, 0.1], coat),
    part("ellipsoid", [0.27, 1.08, -0.05], [0.08, 0.36, 0.1], coat),
    part("ellipsoid", [0, 1.58, 0], [0.11, 0.15, 0.12], "#c79c82"),
    part("ellipsoid", [0, 1.64, 0.03], [0.125, 0.12, 0.125], "#33261d"),
  ];
}

function cyclist(at: Vector, rider: number, bicycle: number): readonly Body[] {
  const wheel = (dz: number): Body => ({
    shape: "ellipsoid",
    center: [at[0], 0.34, at[2] + dz],
    half: [0.035, 0.34, 0.34],
    object: bicycle,
    colour: ({ place }) =>
      Math.hypot(place[1] - 0.34, place[2] - at[2] - dz) > 0.27 ? rgb("#1b1b1c") : rgb("#8d9090"),
  });
  return [
    wheel(-0.55),
    wheel(0.55),
    box([at[0], 0.66, at[2]], [0.03, 0.04, 0.42], bicycle, () => rgb("#3f7f8d")),
    box([at[0], 1.0, at[2] + 0.45], [0.26, 0.025, 0.03], bicycle, () => rgb("#2a2a2b")),
    ...person([at[0], 0.42, at[2]], "#b8402f", "#2a3140", rider),
  ];
}

function tree(at: Vector, size: number, random: Random): readonly Body[] {
  const seed = random.whole(1, 999);
  const bark = ({ place }: Surface): Colour => scaled(rgb("#5a4c3e"), grain(place, 0.12, 0.5, seed));
  const leaf = ({ place }: Surface): Colour =>
    scaled(
      mix(rgb("#3c5a25"), rgb("#7f9a45"), noise(place[0] * 9, place[1] * 9 + place[2] * 7, seed)),
      0.55 + 0.75 * noise(place[0] * 15 + 9, place[1] * 15 - place[2] * 13, seed + 4),
    );
  const crown = Array.from(
    { length: 16 },
    (): Body => ({
      shape: "ellipsoid",
      center: [
        at[0] + random.bell() * 0.62 * size,
        2.1 * size + random.bell() * 0.42 * size + 0.4,
        at[2] + random.bell() * 0.6 * size,
      ],
      half: [0.52 * size * random.between(0.5, 1), 0.42 * size * random.between(0.5, 1), 0.5 * size],
      object: 21,
      colour: leaf,
    }),
  );
  return [
    {
      shape: "cylinder",
      center: [at[0], size, at[2]],
      half: [0.11 * size, size, 0.11 * size],
      object: 21,
      colour: bark,
    },
    ...crown,
  ];
}

function pole([x, , z]: Vector, tall: number): Body {
  const colour = () => rgb("#7d8285");
  return { shape: "cylinder", center: [x, tall / 2, z], half: [0.055, tall / 2, 0.055], object: 17, colour };
}

function sign(at: Vector): readonly Body[] {
  const face = ({ place }: Surface): Colour => {
    const away = Math.hypot(place[0] - at[0], place[1] - at[1]);
    return away > 0.25 ? rgb("#b3201c") : rgb("#eceae4");
  };
  return [
    {
      shape: "ellipsoid",
      center: [at[0], at[1], at[2] - 0.08],
      half: [0.34, 0.34, 0.03],
      object: 20,
      colour: face,
    },
  ];
}

function box(center: Vector, half: Vector, object: number, colour: Body["colour"]): Body {
  return { shape: "box", center, half, object, colour };
}
