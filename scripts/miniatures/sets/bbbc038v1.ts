// Nuclei: fluorescent on dark ground (grey), stained tissue and stained cells on bright ground (colour).
// Traps of the real files: RGBA with an alpha of 255, names of 64 hex digits, a mask with a hole, a mask in two parts.
import type { BitMask } from "../../../src/core/types.ts";
import { area } from "../../../src/masks/bit-mask.ts";
import { type Files, hexName, type Miniature, maskPng, rgbaPng } from "../files.ts";
import { blob, type Outline } from "../outline.ts";
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
  visible,
} from "../scene.ts";

interface Nucleus {
  readonly x: number;
  readonly y: number;
  readonly rx: number;
  readonly ry: number;
  readonly turn: number;
}

export const bbbc038v1: Miniature = {
  name: "bbbc038v1",
  make: async () => {
    const files: Files = new Map();
    const scenes = [
      fluorescent("sparse", 256, 256, 17, [9, 13], 0.75),
      fluorescent("crowded", 256, 256, 34, [7, 11], 0.6),
      fluorescent("large", 320, 256, 13, [17, 25], 0.9),
      fluorescent("dim", 360, 360, 24, [11, 16], 0.22),
      tissue("tissue", 320, 256, 30),
      smear("smear", 256, 320, 16),
    ];
    for (const { name, scene, masks } of scenes) {
      const id = hexName(name);
      files.set(`stage1_train/${id}/images/${id}.png`, await rgbaPng(scene));
      masks.forEach((mask, i) => {
        if (area(mask) > 20)
          files.set(`stage1_train/${id}/masks/${hexName(`${name} ${i}`)}.png`, maskPng(mask));
      });
    }
    return files;
  },
};

interface Field {
  readonly name: string;
  readonly scene: Scene;
  readonly masks: readonly BitMask[];
}

/** DAPI or Hoechst: bright bodies with darker spots, a glow around them, noise that grows with the signal. */
function fluorescent(
  name: string,
  width: number,
  height: number,
  count: number,
  radii: [number, number],
  gain: number,
): Field {
  const random = randomOf(name);
  const seed = random.whole(1, 9999);
  const scene = makeScene(width, height, (x, y) => grey(0.025 + 0.03 * fractal(x / 130, y / 130, seed)));
  const nuclei = scatter(random, width, height, count, radii, 0.82);
  nuclei.forEach((nucleus, i) => {
    const brightness = gain * random.between(0.45, 1.05);
    const outline = blob(random, nucleus, nucleus.rx, nucleus.ry, nucleus.turn, 0.05);
    const halo = blob(random, nucleus, nucleus.rx * 1.5, nucleus.ry * 1.5, nucleus.turn, 0);
    paint(scene, { outlines: [halo], colour: () => grey(brightness * 0.5), opacity: 0.12, soft: 5 });
    paint(scene, {
      outlines: [outline],
      object: i + 1,
      soft: 0.8,
      colour: ({ x, y, depth }) => {
        const chromatin = fractal(x / 5, y / 5, seed + i, 3);
        const nucleolus = noise(x / 4.5, y / 4.5, seed + 77 + i) > 0.8 ? 0.72 : 1;
        return grey(brightness * (0.62 + 0.3 * depth) * (0.75 + 0.5 * chromatin) * nucleolus);
      },
    });
  });
  defocus(scene, 1);
  addNoise(scene, name, 0.008, 0.035, true);
  grade(scene, ([r]) => grey(r));
  const masks = nuclei.map((_, i) => visible(scene, i + 1));
  return { name, scene, masks };
}

/** Haematoxylin and eosin: pink fibres, purple nuclei with grainy chromatin and a dark rim. */
function tissue(name: string, width: number, height: number, count: number): Field {
  const random = randomOf(name);
  const seed = random.whole(1, 9999);
  const scene = makeScene(width, height, (x, y) => {
    const bend = 30 * fractal(x / 90, y / 90, seed + 5, 2);
    const fibre = fractal((x + bend) / 50, (y + 2 * bend) / 7, seed, 4);
    const gap = smoothStep(0.62, 0.72, fractal(x / 45, y / 45, seed + 9));
    return mix(mix(rgb("#e9b7d2"), rgb("#c777a8"), fibre), rgb("#f4e9f0"), gap);
  });
  const nuclei = scatter(random, width, height, count, [8, 13], 0.95);
  nuclei.forEach((nucleus, i) => {
    const pale = random.between(0, 0.35);
    const outline = blob(random, nucleus, nucleus.rx * 1.15, nucleus.ry * 0.82, nucleus.turn, 0.08);
    const holes: Outline[] =
      i === 4 ? [blob(random, nucleus, nucleus.rx * 0.28, nucleus.ry * 0.25, 0, 0.05)] : [];
    paint(scene, {
      outlines: [outline, ...holes],
      object: i + 1,
      soft: 0.7,
      opacity: 0.93,
      colour: ({ x, y, depth }) => {
        const grain = fractal(x / 3.4, y / 3.4, seed + 31 + i, 3);
        const rim = depth < 0.22 ? 0.8 : 1;
        return scaled(mix(mix(rgb("#4a2a6e"), rgb("#8c63a8"), grain), rgb("#b993c4"), pale), rim);
      },
    });
  });
  // A capillary runs over one nucleus: its mask is in two parts.
  const over = nuclei[9]!;
  const strand = blob(random, over, 2.1, 26, 0.5, 0.02);
  paint(scene, { outlines: [strand], object: 999, soft: 0.6, colour: () => rgb("#dba0c2") });
  defocus(scene, 0.6);
  addNoise(scene, name, 0.006, 0.014);
  return { name, scene, masks: nuclei.map((_, i) => visible(scene, i + 1)) };
}

/** A stained smear in bright field: cells with a pale body, dark violet nuclei, uneven yellowish light. */
function smear(name: string, width: number, height: number, count: number): Field {
  const random = randomOf(name);
  const seed = random.whole(1, 9999);
  const scene = makeScene(width, height, (x, y) => {
    const light = 1 - 0.16 * Math.hypot(x / width - 0.45, y / height - 0.4);
    return scaled(mix(rgb("#e8e3d3"), rgb("#dcd6c9"), fractal(x / 60, y / 60, seed)), light);
  });
  const nuclei = scatter(random, width, height, count, [11, 17], 1.7);
  for (const nucleus of nuclei) {
    const body = blob(random, nucleus, nucleus.rx * 1.9, nucleus.ry * 1.8, nucleus.turn, 0.1);
    paint(scene, {
      outlines: [body],
      soft: 1,
      opacity: 0.75,
      colour: ({ x, y, depth }) =>
        mix(rgb("#b9a5cf"), rgb("#d5c9de"), 0.6 * depth + 0.4 * fractal(x / 9, y / 9, seed + 3)),
    });
  }
  nuclei.forEach((nucleus, i) => {
    paint(scene, {
      outlines: [blob(random, nucleus, nucleus.rx, nucleus.ry, nucleus.turn, 0.09)],
      object: i + 1,
      soft: 0.8,
      colour: ({ x, y, depth }) =>
        scaled(
          mix(rgb("#3c2a6b"), rgb("#7660a6"), fractal(x / 4, y / 4, seed + 50 + i, 3)),
          0.86 + 0.2 * depth,
        ),
    });
  });
  defocus(scene, 0.9);
  addNoise(scene, name, 0.006, 0.012);
  return { name, scene, masks: nuclei.map((_, i) => visible(scene, i + 1)) };
}

/** Places that keep `spacing` times their radii apart (below 1 they touch or overlap a little); some are cut by the border. */
function scatter(
  random: Random,
  width: number,
  height: number,
  count: number,
  [least, most]: readonly [number, number],
  spacing: number,
): Nucleus[] {
  const nuclei: Nucleus[] = [];
  for (let tries = 0; nuclei.length < count && tries < 20_000; tries++) {
    const rx = random.between(least, most);
    const nucleus = {
      x: random.between(2, width - 2),
      y: random.between(2, height - 2),
      rx,
      ry: rx * random.between(0.7, 1),
      turn: random.between(0, Math.PI),
    };
    const apart = nuclei.every(
      (other) => Math.hypot(other.x - nucleus.x, other.y - nucleus.y) > spacing * (other.rx + nucleus.rx),
    );
    if (apart) nuclei.push(nucleus);
  }
  return nuclei;
}

function grey(value: number): Colour {
  return [value, value, value];
}

function smoothStep(low: number, high: number, value: number): number {
  const t = Math.min(1, Math.max(0, (value - low) / (high - low)));
  return t * t * (3 - 2 * t);
}
