// A painted scene: colours as floats 0..1, and which object is on top of each pixel.
import type { BitMask, Size } from "../../src/core/types.ts";
import { createMask, getPixel, setPixel, tightBox } from "../../src/masks/bit-mask.ts";
import { squaredDistances } from "../../src/masks/distance-transform.ts";
import type { Outline } from "./outline.ts";
import { type Random, randomOf } from "./random.ts";

export type Colour = readonly [red: number, green: number, blue: number];

export interface Scene extends Size {
  /** Interleaved RGB. */
  readonly data: Float32Array;
  /** Number of the object on top, 0 for the ground. */
  readonly owner: Uint16Array;
}

/** What a shader may look at: the pixel, how deep inside the object it lies (0 edge, 1 deepest) and how much light falls on a rounded body there (0..1). */
export interface Spot {
  readonly x: number;
  readonly y: number;
  readonly depth: number;
  readonly light: number;
}

export interface Paint {
  readonly outlines: readonly Outline[];
  /** The outlines are parts of one body; otherwise (even-odd) an inner outline is a hole. */
  readonly union?: boolean;
  readonly colour: (spot: Spot) => Colour;
  /** Number of the object; 0 paints without covering what is there. */
  readonly object?: number;
  readonly opacity?: number;
  /** A soft shadow on what lies below. */
  readonly shadow?: {
    readonly dx: number;
    readonly dy: number;
    readonly blur: number;
    readonly strength: number;
  };
  /** Blur of the edge in pixels. */
  readonly soft?: number;
}

export function makeScene(width: number, height: number, ground: (x: number, y: number) => Colour): Scene {
  const data = new Float32Array(3 * width * height);
  for (let y = 0, i = 0; y < height; y++) for (let x = 0; x < width; x++, i += 3) data.set(ground(x, y), i);
  return { width, height, data, owner: new Uint16Array(width * height) };
}

/** Paints one object and gives the pixels whose centres it covers, hidden parts of what lies below excluded from `owner`. */
export function paint(
  scene: Scene,
  { outlines, union = false, colour, object = 0, opacity = 1, shadow, soft = 0 }: Paint,
): BitMask {
  const { width, height, data, owner } = scene;
  const cover = union ? together(outlines, width, height) : coverage(outlines, width, height);
  if (shadow !== undefined) castShadow(scene, cover, shadow);
  const mask = createMask(width, height);
  for (let i = 0; i < cover.length; i++)
    if (cover[i]! >= 0.5) setPixel(mask, i % width, Math.floor(i / width));
  const bounds = tightBox(mask);
  if (bounds === undefined) return mask;
  const relief = reliefOf(mask);
  const edge = soft > 0 ? blurred(cover, width, height, soft) : cover;
  const margin = Math.ceil(3 * soft) + 1;
  for (let y = Math.max(0, bounds.y0 - margin); y <= Math.min(height - 1, bounds.y1 + margin); y++) {
    for (let x = Math.max(0, bounds.x0 - margin); x <= Math.min(width - 1, bounds.x1 + margin); x++) {
      const i = y * width + x;
      const alpha = edge[i]! * opacity;
      if (alpha > 0)
        blend(data, 3 * i, colour({ x, y, depth: relief.depth[i]!, light: relief.light(x, y) }), alpha);
      if (object > 0 && getPixel(mask, x, y)) owner[i] = object;
    }
  }
  return mask;
}

/** Pixels on top of which an object lies. */
export function visible({ width, height, owner }: Scene, object: number): BitMask {
  const mask = createMask(width, height);
  for (let i = 0; i < owner.length; i++)
    if (owner[i] === object) setPixel(mask, i % width, Math.floor(i / width));
  return mask;
}

/** Every pixel through a function: haze, vignette, tone. */
export function grade(scene: Scene, change: (colour: Colour, x: number, y: number) => Colour): void {
  for (let y = 0, i = 0; y < scene.height; y++)
    for (let x = 0; x < scene.width; x++, i += 3)
      scene.data.set(change([scene.data[i]!, scene.data[i + 1]!, scene.data[i + 2]!], x, y), i);
}

/** Out of focus by a Gaussian of this standard deviation in pixels. */
export function defocus({ data, width, height }: Scene, sigma: number): void {
  for (let c = 0; c < 3; c++) {
    const plane = Float32Array.from({ length: width * height }, (_, i) => data[3 * i + c]!);
    blurred(plane, width, height, sigma).forEach((value, i) => {
      data[3 * i + c] = value;
    });
  }
}

/** Sensor noise: stronger where it is bright. `grey`: the same in all channels. */
export function addNoise({ data }: Scene, name: string, dark: number, bright: number, grey = false): void {
  const random: Random = randomOf(`noise ${name}`);
  for (let i = 0; i < data.length; i += 3) {
    const one = random.bell();
    for (let c = 0; c < 3; c++) {
      const value = data[i + c]!;
      data[i + c] = value + (grey ? one : random.bell()) * (dark + bright * Math.sqrt(Math.max(0, value)));
    }
  }
}

/** 8-bit RGB. */
export function toBytes({ data }: Scene): Uint8Array {
  return Uint8Array.from(data, (value) => Math.round(255 * Math.min(1, Math.max(0, value))));
}

export function mix(a: Colour, b: Colour, t: number): Colour {
  return [a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t, a[2] + (b[2] - a[2]) * t];
}

export function scaled([r, g, b]: Colour, factor: number): Colour {
  return [r * factor, g * factor, b * factor];
}

export function rgb(hex: string): Colour {
  const value = Number.parseInt(hex.slice(1), 16);
  return [(value >> 16) / 255, ((value >> 8) & 255) / 255, (value & 255) / 255];
}

function blend(data: Float32Array, at: number, [r, g, b]: Colour, alpha: number): void {
  data[at] = data[at]! + (r - data[at]!) * alpha;
  data[at + 1] = data[at + 1]! + (g - data[at + 1]!) * alpha;
  data[at + 2] = data[at + 2]! + (b - data[at + 2]!) * alpha;
}

/** Share of each pixel that the outlines cover together (even-odd), from four lines a pixel and exact widths on each. */
function coverage(outlines: readonly Outline[], width: number, height: number): Float32Array {
  const cover = new Float32Array(width * height);
  const lines = 4;
  for (let line = 0; line < height * lines; line++) {
    const y = (line + 0.5) / lines;
    const crossings = outlines.flatMap((outline) => crossingsAt(outline, y)).sort((a, b) => a - b);
    const row = Math.floor(line / lines) * width;
    for (let i = 0; i + 1 < crossings.length; i += 2) {
      const from = Math.max(0, crossings[i]!);
      const to = Math.min(width, crossings[i + 1]!);
      for (let x = Math.floor(from); x < to; x++)
        cover[row + x]! += (Math.min(to, x + 1) - Math.max(from, x)) / lines;
    }
  }
  return cover;
}

function together(outlines: readonly Outline[], width: number, height: number): Float32Array {
  const most = new Float32Array(width * height);
  for (const outline of outlines) {
    const one = coverage([outline], width, height);
    for (let i = 0; i < one.length; i++) if (one[i]! > most[i]!) most[i] = one[i]!;
  }
  return most;
}

function crossingsAt(outline: Outline, y: number): number[] {
  const found: number[] = [];
  for (let i = 0; i < outline.length; i++) {
    const a = outline[i]!;
    const b = outline[(i + 1) % outline.length]!;
    if (a.y <= y !== b.y <= y) found.push(a.x + ((y - a.y) / (b.y - a.y)) * (b.x - a.x));
  }
  return found;
}

/** Depth below the outline, and light from the upper left on a body as round as its distance map. */
function reliefOf(mask: BitMask) {
  const squared = squaredDistances(mask);
  const deepest = Math.sqrt(squared.reduce((most, value) => Math.max(most, value), 1));
  // Smoothed: every small corner of an outline would draw a crease to the middle.
  const sharp = Float32Array.from(squared, (value) => Math.sqrt(value) / deepest);
  const depth = blurred(sharp, mask.width, mask.height, Math.min(3, deepest / 6));
  const heightAt = (x: number, y: number) => {
    const inside = x >= 0 && y >= 0 && x < mask.width && y < mask.height ? depth[y * mask.width + x]! : 0;
    return Math.sqrt(1 - (1 - inside) ** 2) * deepest;
  };
  const light = (x: number, y: number) => {
    const dx = (heightAt(x + 1, y) - heightAt(x - 1, y)) / 2;
    const dy = (heightAt(x, y + 1) - heightAt(x, y - 1)) / 2;
    const length = Math.hypot(dx, dy, 1);
    return Math.max(0, (0.45 * dx + 0.55 * dy + 0.7) / length);
  };
  return { depth, light };
}

function castShadow(
  { data, width, height }: Scene,
  cover: Float32Array,
  { dx, dy, blur, strength }: NonNullable<Paint["shadow"]>,
): void {
  const shade = blurred(cover, width, height, blur);
  const right = Math.round(dx);
  const down = Math.round(dy);
  for (let y = Math.max(0, down); y < Math.min(height, height + down); y++) {
    for (let x = Math.max(0, right); x < Math.min(width, width + right); x++) {
      const factor = 1 - strength * shade[(y - down) * width + x - right]!;
      for (let c = 0; c < 3; c++) data[3 * (y * width + x) + c]! *= factor;
    }
  }
}

/** Gaussian as three box blurs each way; what lies outside repeats the border. */
function blurred(plane: Float32Array, width: number, height: number, sigma: number): Float32Array {
  const radius = Math.max(0, Math.round(Math.sqrt(sigma * sigma + 0.25) - 0.5 + 0.0001));
  let from = Float32Array.from(plane);
  if (radius === 0) return from;
  for (let pass = 0; pass < 3; pass++) {
    from = boxBlur(from, width, height, radius, 1, width);
    from = boxBlur(from, height, width, radius, width, 1);
  }
  return from;
}

function boxBlur(
  plane: Float32Array,
  length: number,
  lines: number,
  radius: number,
  step: number,
  lineStep: number,
) {
  const out = new Float32Array(plane.length);
  const clamp = (i: number) => Math.min(length - 1, Math.max(0, i)) * step;
  for (let line = 0; line < lines; line++) {
    const start = line * lineStep;
    let sum = 0;
    for (let i = -radius; i <= radius; i++) sum += plane[start + clamp(i)]!;
    for (let i = 0; i < length; i++) {
      out[start + i * step] = sum / (2 * radius + 1);
      sum += plane[start + clamp(i + radius + 1)]! - plane[start + clamp(i - radius)]!;
    }
  }
  return out;
}
