// Pictures of simple bodies in three dimensions, as a renderer makes them: rays, shadows, light from the sky, and for
// every pixel the number of the body in its middle. x goes right, y up, z away from the viewer.
import { noise, type Random, randomOf } from "./random.ts";
import { type Colour, makeScene, type Scene } from "./scene.ts";

export type Vector = readonly [x: number, y: number, z: number];

/** What a surface shows at a place: `u`, `v` are the place seen along the normal, in units of the scene. */
export interface Surface {
  readonly place: Vector;
  readonly normal: Vector;
}

export interface Body {
  readonly shape: "box" | "ellipsoid" | "cylinder";
  readonly center: Vector;
  /** Half sizes; a cylinder stands upright on an ellipse. */
  readonly half: Vector;
  /** Turned about the upright axis, in radians. */
  readonly turn?: number;
  /** Number of the object; 0 is none. */
  readonly object: number;
  readonly colour: (surface: Surface) => Colour;
  /** Share of light that is mirrored: paint, glass, polished wood. */
  readonly gloss?: number;
  /** Gives light of its own, and casts no shadow. */
  readonly glow?: boolean;
}

export interface View {
  readonly width: number;
  readonly height: number;
  readonly eye: Vector;
  /** Where the middle of the picture looks. */
  readonly at: Vector;
  /** Half the picture's width at distance 1. */
  readonly zoom: number;
  /** Direction to the sun, and its colour. */
  readonly sun: Vector;
  readonly sunlight: Colour;
  readonly sky: (direction: Vector) => Colour;
  /** Light from everywhere, times how much of the sky a place sees. */
  readonly ambient: Colour;
  /** How far a place looks for what keeps the sky from it. */
  readonly reach: number;
  /** In how many directions it looks for that: more is smoother. Default: 1. */
  readonly looks?: number;
  /** Half the angle of the sun: soft shadows. */
  readonly softness?: number;
  /** Colour of far things, and at which distance it has taken two thirds. */
  readonly haze?: { readonly colour: Colour; readonly distance: number };
}

interface Placed extends Body {
  readonly cos: number;
  readonly sin: number;
  /** Of a sphere that holds it, squared. */
  readonly radius2: number;
}

interface Hit {
  readonly distance: number;
  readonly body: Body;
  readonly normal: Vector;
}

const SAMPLES = 4;

export function trace(name: string, given: readonly Body[], view: View): Scene {
  const { width, height, eye } = view;
  const random = randomOf(`trace ${name}`);
  const bodies = given.map(placed);
  const rayOf = lens(view);
  const scene = makeScene(width, height, (px, py) => {
    const sum: [number, number, number] = [0, 0, 0];
    for (let s = 0; s < SAMPLES; s++) {
      const ray = rayOf(px + ((s % 2) + random.next()) / 2, py + (Math.floor(s / 2) + random.next()) / 2);
      const colour = seen(eye, ray, bodies, view, random, 1);
      for (let c = 0; c < 3; c++) sum[c]! += colour[c]! / SAMPLES;
    }
    return sum;
  });
  scene.owner.set(ownersOf(given, view));
  // Film: bright places saturate slowly.
  for (let i = 0; i < scene.data.length; i++) {
    const value = Math.max(0, scene.data[i]!);
    scene.data[i] = (1 - Math.exp(-1.7 * value)) ** (1 / 1.8);
  }
  return scene;
}

/** The number of the body in the middle of each pixel, 0 where there is none. */
export function ownersOf(given: readonly Body[], view: View): Uint16Array {
  const { width, height, eye } = view;
  const bodies = given.map(placed);
  const rayOf = lens(view);
  return Uint16Array.from({ length: width * height }, (_, i) => {
    const ray = rayOf((i % width) + 0.5, Math.floor(i / width) + 0.5);
    return nearest(eye, ray, bodies, Infinity)?.body.object ?? 0;
  });
}

function placed(body: Body): Placed {
  const { turn = 0, half } = body;
  return { ...body, cos: Math.cos(turn), sin: Math.sin(turn), radius2: 1.01 * dot(half, half) };
}

/** From a place in the picture to the direction seen there. */
function lens({ width, height, eye, at, zoom }: View): (x: number, y: number) => Vector {
  const forward = unit(minus(at, eye));
  const right = unit(cross([0, 1, 0], forward));
  const up = cross(forward, right);
  return (x, y) => {
    const u = ((2 * x) / width - 1) * zoom;
    const v = ((height - 2 * y) / width) * zoom;
    return unit([
      forward[0] + u * right[0] + v * up[0],
      forward[1] + u * right[1] + v * up[1],
      forward[2] + u * right[2] + v * up[2],
    ]);
  };
}

function seen(
  from: Vector,
  ray: Vector,
  bodies: readonly Placed[],
  view: View,
  random: Random,
  mirrors: number,
): Colour {
  const hit = nearest(from, ray, bodies, Infinity);
  if (hit === undefined) return view.sky(ray);
  const { body, normal, distance } = hit;
  const place: Vector = [
    from[0] + ray[0] * distance + normal[0] * 1e-4,
    from[1] + ray[1] * distance + normal[1] * 1e-4,
    from[2] + ray[2] * distance + normal[2] * 1e-4,
  ];
  const [red, green, blue] = body.colour({ place, normal });
  if (body.glow) return [red, green, blue];
  // Colours are given as screens show them; light adds up otherwise.
  const paint = [red ** 1.7, green ** 1.7, blue ** 1.7];
  const toSun = scatter(unit(view.sun), view.softness ?? 0.03, random);
  const facing = Math.max(0, dot(normal, toSun));
  const sunny = facing > 0 && nearest(place, toSun, bodies, Infinity, true) === undefined ? facing : 0;
  const looks = view.looks ?? 1;
  let sees = 0;
  for (let look = 0; look < looks; look++) {
    const blocked = nearest(place, scatter(normal, 0.95, random), bodies, view.reach, true);
    sees += (blocked === undefined ? 1 : 0.25 + 0.6 * (blocked.distance / view.reach)) / looks;
  }
  const above = 0.7 + 0.3 * normal[1];
  let colour: Colour = [0, 1, 2].map(
    (c) => paint[c]! * (view.ambient[c]! * sees * above + view.sunlight[c]! * sunny),
  ) as unknown as Colour;
  if (body.gloss !== undefined && mirrors > 0) {
    const mirrored = minus(ray, times(normal, 2 * dot(ray, normal)));
    const grazing = (1 + dot(ray, normal)) ** 4;
    const share = body.gloss * (0.25 + 0.75 * grazing);
    const other = seen(place, mirrored, bodies, view, random, mirrors - 1);
    const shine = sunny > 0 ? Math.max(0, dot(mirrored, toSun)) ** 60 * 2 * body.gloss : 0;
    colour = [0, 1, 2].map(
      (c) => colour[c]! * (1 - share) + other[c]! * share + shine * view.sunlight[c]!,
    ) as unknown as Colour;
  }
  if (view.haze === undefined) return colour;
  const thick = 1 - Math.exp(-distance / view.haze.distance);
  const haze = view.haze.colour;
  return [0, 1, 2].map((c) => colour[c]! * (1 - thick) + haze[c]! * thick) as unknown as Colour;
}

function nearest(
  from: Vector,
  ray: Vector,
  bodies: readonly Placed[],
  limit: number,
  shadow = false,
): Hit | undefined {
  let best: Hit | undefined;
  let least = limit;
  for (const body of bodies) {
    if (shadow && body.glow) continue;
    const { cos, sin } = body;
    const px = from[0] - body.center[0];
    const py = from[1] - body.center[1];
    const pz = from[2] - body.center[2];
    const along = px * ray[0] + py * ray[1] + pz * ray[2];
    const beyond = px * px + py * py + pz * pz - body.radius2;
    if (beyond > 0 && (along > 0 || along * along < beyond)) continue;
    // Into the body's own directions, one unit its half size.
    const o: Vector = [
      (px * cos - pz * sin) / body.half[0],
      py / body.half[1],
      (px * sin + pz * cos) / body.half[2],
    ];
    const d: Vector = [
      (ray[0] * cos - ray[2] * sin) / body.half[0],
      ray[1] / body.half[1],
      (ray[0] * sin + ray[2] * cos) / body.half[2],
    ];
    const found = shapes[body.shape](o, d);
    if (found === undefined || found.t < 1e-4 || found.t >= least) continue;
    const [nx, ny, nz] = found.normal;
    const n: Vector = [nx / body.half[0], ny / body.half[1], nz / body.half[2]];
    least = found.t;
    best = { distance: least, body, normal: unit([n[0] * cos + n[2] * sin, n[1], -n[0] * sin + n[2] * cos]) };
  }
  return best;
}

interface Local {
  readonly t: number;
  readonly normal: Vector;
}

/** Where a ray meets the unit shape. */
const shapes: Readonly<Record<Body["shape"], (o: Vector, d: Vector) => Local | undefined>> = {
  box: (o, d) => {
    let near = -Infinity;
    let far = Infinity;
    let axis = 0;
    for (let i = 0; i < 3; i++) {
      if (Math.abs(d[i]!) < 1e-12) {
        if (Math.abs(o[i]!) > 1) return undefined;
        continue;
      }
      const a = (-1 - o[i]!) / d[i]!;
      const b = (1 - o[i]!) / d[i]!;
      if (Math.min(a, b) > near) {
        near = Math.min(a, b);
        axis = i;
      }
      far = Math.min(far, Math.max(a, b));
    }
    if (near > far || near < 1e-4) return undefined;
    const normal: [number, number, number] = [0, 0, 0];
    normal[axis] = -Math.sign(d[axis]!);
    return { t: near, normal };
  },
  ellipsoid: (o, d) => {
    const t = root(dot(d, d), dot(o, d), dot(o, o) - 1);
    return t === undefined ? undefined : { t, normal: [o[0] + t * d[0], o[1] + t * d[1], o[2] + t * d[2]] };
  },
  cylinder: (o, d) => {
    const t = root(d[0] ** 2 + d[2] ** 2, o[0] * d[0] + o[2] * d[2], o[0] ** 2 + o[2] ** 2 - 1);
    if (t !== undefined && Math.abs(o[1] + t * d[1]) <= 1)
      return { t, normal: [o[0] + t * d[0], 0, o[2] + t * d[2]] };
    const side = -Math.sign(d[1]);
    const lid = (side - o[1]) / d[1];
    if (!(lid > 1e-4) || (o[0] + lid * d[0]) ** 2 + (o[2] + lid * d[2]) ** 2 > 1) return undefined;
    return { t: lid, normal: [0, side, 0] };
  },
};

/** The first positive solution of a t² + 2 b t + c = 0 from outside. */
function root(a: number, b: number, c: number): number | undefined {
  const inside = b * b - a * c;
  if (inside < 0 || a === 0) return undefined;
  const t = (-b - Math.sqrt(inside)) / a;
  return t > 1e-4 ? t : undefined;
}

function scatter(direction: Vector, amount: number, random: Random): Vector {
  return unit([
    direction[0] + amount * random.between(-1, 1),
    direction[1] + amount * random.between(-1, 1),
    direction[2] + amount * random.between(-1, 1),
  ]);
}

/** A grain of the surface: `size` in units of the scene, 1 on average. */
export function grain(place: Vector, size: number, strength: number, seed: number): number {
  const a = noise(place[0] / size + 31, (place[1] + place[2] * 0.7) / size + 17, seed);
  const b = noise((place[2] * 3.1) / size + 5, (place[0] * 2.3 + place[1] * 2.9) / size + 3, seed + 7);
  return 1 + strength * (a + 0.6 * b - 0.8);
}

export function dot(a: Vector, b: Vector): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

function minus(a: Vector, b: Vector): Vector {
  return [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
}

function times([x, y, z]: Vector, factor: number): Vector {
  return [x * factor, y * factor, z * factor];
}

function cross(a: Vector, b: Vector): Vector {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}

export function unit(v: Vector): Vector {
  return times(v, 1 / (Math.hypot(v[0], v[1], v[2]) || 1));
}
