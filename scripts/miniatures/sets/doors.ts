// One boulder on a small body under hard light, 128 x 128 grey, as the cameras of landers see it.
// Traps of the real files: blanks and dots in folder names, lists with blanks at the ends of lines, an empty mask, a second
// set with other masks, and pictures stored with three equal channels.
import sharp from "sharp";
import { createMask, setPixel } from "../../../src/masks/bit-mask.ts";
import { type Files, type Miniature, maskPng } from "../files.ts";
import { fractal, noise, randomOf } from "../random.ts";
import { unit, type Vector } from "../trace.ts";

const SIZE = 128;

interface Boulder {
  readonly name: string;
  readonly size: number;
  readonly seed: number;
  readonly x: number;
  readonly y: number;
  /** Direction of the light. */
  readonly sun: Vector;
}

const boulders: readonly Boulder[] = [
  { name: "TR_00017.png", size: 0.62, seed: 4, x: 0.08, y: 0.05, sun: [-0.8, 0.45, 0.35] },
  { name: "TR_02931.png", size: 0.36, seed: 19, x: -0.35, y: 0.2, sun: [0.7, 0.6, 0.3] },
  { name: "TR_11402.png", size: 0.78, seed: 33, x: -0.05, y: -0.12, sun: [0.55, -0.65, 0.4] },
  { name: "V_00208.png", size: 0.5, seed: 52, x: 0.25, y: -0.3, sun: [-0.6, -0.6, 0.45] },
  { name: "Te1_00073.png", size: 0.45, seed: 71, x: -0.2, y: 0.32, sun: [-0.9, 0.1, 0.25] },
  // Out of the picture: its mask is empty.
  { name: "Te2_04999.png", size: 0.2, seed: 90, x: 4, y: 4, sun: [0.8, 0.2, 0.4] },
];

export const doors: Miniature = {
  name: "doors",
  make: async () => {
    const files: Files = new Map();
    const folder = "DOORS/Segmentation/DS1";
    for (const boulder of boulders) {
      const { picture, mask } = render(boulder);
      files.set(`${folder}/DS/img/${boulder.name}`, await rgbOfGrey(picture));
      files.set(`${folder}/DS/mask/${boulder.name}`, maskPng(mask));
    }
    for (const [part, stamp] of [
      ["T", "T_30000_b_2022-08-02 11.14.22"],
      ["V", "V_5000_b_2022-08-02 11.15.52"],
      ["Te1", "Te1_5000_b_2022-08-02 11.16.00"],
      ["Te2", "Te2_5000_ub_2022-08-02 11.16.11"],
    ] as const) {
      const own = boulders.filter(({ name }) => name.startsWith(part === "T" ? "TR_" : `${part}_`));
      files.set(`${folder}/DS/${part}.txt`, own.map(({ name }) => `${name}  \n`).join(""));
      files.set(
        `${folder}/${stamp}.txt`,
        own.map(({ seed, size }) => `0 0 0 0 0 0 0 ${seed} ${size} 0.1 0.1 1\n`).join(""),
      );
    }
    const first = files.get(`${folder}/DS/mask/${boulders[1]!.name}`)!;
    files.set("DOORS/Segmentation/DS2/DS/img/TR_00001.png", first);
    files.set("DOORS/Segmentation/DS2/DS/mask/TR_00001.png", first);
    files.set("DOORS/Regression/Te1_5000_b_2022-08-02 11.16.00/Rock_all/TR_00001.png", first);
    return files;
  },
};

async function rgbOfGrey(grey: Uint8Array): Promise<Uint8Array> {
  const data = Uint8Array.from({ length: 3 * grey.length }, (_, i) => grey[Math.floor(i / 3)]!);
  return sharp(data, { raw: { width: SIZE, height: SIZE, channels: 3 } })
    .png({ compressionLevel: 9, effort: 10 })
    .toBuffer();
}

/** Heights above the picture's plane, seen from straight above; whoever is hidden from the sun is black. */
function render({ name, size, seed, x, y, sun }: Boulder) {
  const light = unit(sun);
  const at = (px: number): number => (2 * px) / SIZE - 1;
  const ground = (u: number, v: number) =>
    -0.1 * (u * u + v * v) + 0.16 * fractal(u * 1.6 + 9, v * 1.6 + 4, seed + 1, 5) + craters(u, v, seed);
  const rock = (u: number, v: number): number => {
    const angle = Math.atan2(v - y, u - x);
    const rim =
      size *
      (0.72 +
        0.3 * noise(3 + 1.3 * Math.cos(angle), 3 + 1.3 * Math.sin(angle), seed) +
        0.07 * noise(9 + 4 * Math.cos(angle), 9 + 4 * Math.sin(angle), seed + 5));
    const d = Math.hypot(u - x, v - y) / rim;
    if (d >= 1) return -Infinity;
    // Facets: the lowest of a few tilted planes, so that edges are hard; the rim falls off steeply.
    let top = 0.52;
    for (let k = 0; k < 8; k++) {
      const turn = k * 2.4 + seed;
      const high = 0.5 + 0.3 * noise(k * 3.3, seed, seed);
      const steep = 0.35 + 0.5 * noise(k * 4.7, seed + 2, seed);
      top = Math.min(top, high - (steep * ((u - x) * Math.cos(turn) + (v - y) * Math.sin(turn))) / size);
    }
    const side = 0.12 + 2.2 * (1 - d);
    return size * Math.min(top, side) + 0.045 * size * fractal(u * 9, v * 9, seed + 3, 3);
  };
  const height = (u: number, v: number) => Math.max(ground(u, v), ground(x, y) - 0.05 + rock(u, v));
  const random = randomOf(`doors ${name}`);
  const picture = new Uint8Array(SIZE * SIZE);
  const mask = createMask(SIZE, SIZE);
  for (let py = 0, i = 0; py < SIZE; py++) {
    for (let px = 0; px < SIZE; px++, i++) {
      const u = at(px + 0.5);
      const v = -at(py + 0.5);
      const h = height(u, v);
      if (h > ground(u, v)) setPixel(mask, px, py);
      const e = 0.008;
      const slope = unit([
        -(height(u + e, v) - height(u - e, v)) / (2 * e),
        -(height(u, v + e) - height(u, v - e)) / (2 * e),
        1,
      ]);
      const facing = Math.max(0, slope[0] * light[0] + slope[1] * light[1] + slope[2] * light[2]);
      const lit = inShadow(u, v, h, light, height) ? 0.03 : facing;
      const rough = 0.75 + 0.5 * fractal(u * 14, v * 14, seed + 8, 3);
      const value = 235 * lit ** 0.8 * rough * (h > ground(u, v) ? 1.0 : 0.72) + 5 + 2.5 * random.bell();
      picture[i] = Math.min(255, Math.max(0, Math.round(value)));
    }
  }
  return { picture, mask };
}

function inShadow(
  u: number,
  v: number,
  h: number,
  light: Vector,
  height: (u: number, v: number) => number,
): boolean {
  const flat = Math.hypot(light[0], light[1]);
  for (let t = 0.02; t < 1.3; t += 0.025)
    if (height(u + (light[0] / flat) * t, v + (light[1] / flat) * t) > h + (light[2] / flat) * t + 0.008)
      return true;
  return false;
}

function craters(u: number, v: number, seed: number): number {
  let sum = 0;
  for (let k = 0; k < 5; k++) {
    const r = 0.08 + 0.16 * noise(k * 3.1, 17, seed) ** 2;
    const cx = 2.4 * noise(k * 5.3, 1, seed) - 1.2 - u;
    const cy = 2.4 * noise(k * 7.9, 9, seed) - 1.2 - v;
    const d = (cx * cx + cy * cy) / (r * r);
    if (d < 4) sum += 0.22 * r * (0.5 * Math.exp(-((Math.sqrt(d) - 1.1) ** 2) * 9) - Math.exp(-d * 1.6));
  }
  return sum;
}
