// Seeded randomness: the same name gives the same picture on every machine.
import { draw } from "../../src/core/random.ts";

export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  between(low: number, high: number): number;
  /** Whole number, both ends included. */
  whole(low: number, high: number): number;
  pick<T>(choices: readonly T[]): T;
  /** Roughly normal: mean 0, standard deviation 1. */
  bell(): number;
}

/** mulberry32, seeded with the hash of a name. */
export function randomOf(name: string): Random {
  let state = Math.floor(draw("miniatures", name) * 2 ** 32);
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    next,
    between: (low, high) => low + (high - low) * next(),
    whole: (low, high) => low + Math.floor((high - low + 1) * next()),
    pick: (choices) => choices[Math.floor(next() * choices.length)]!,
    bell: () => (next() + next() + next() + next() - 2) * Math.sqrt(3),
  };
}

/** Smooth noise in [0, 1]: random values on a grid of whole coordinates, blended between. */
export function noise(x: number, y: number, seed: number): number {
  const x0 = Math.floor(x);
  const y0 = Math.floor(y);
  const u = smooth(x - x0);
  const v = smooth(y - y0);
  const top = corner(x0, y0, seed) * (1 - u) + corner(x0 + 1, y0, seed) * u;
  const bottom = corner(x0, y0 + 1, seed) * (1 - u) + corner(x0 + 1, y0 + 1, seed) * u;
  return top * (1 - v) + bottom * v;
}

/** Several layers of noise, each twice as fine and half as strong: clouds, soil, chromatin. In [0, 1], mean 0.5. */
export function fractal(x: number, y: number, seed: number, layers = 4): number {
  let sum = 0;
  let weight = 0;
  for (let layer = 0, size = 1; layer < layers; layer++, size *= 2) {
    sum += noise(x * size, y * size, seed + layer * 101) / size;
    weight += 1 / size;
  }
  return sum / weight;
}

function corner(x: number, y: number, seed: number): number {
  let h = Math.imul(x, 0x27d4eb2d) ^ Math.imul(y, 0x165667b1) ^ Math.imul(seed + 1, 0x9e3779b1);
  h = Math.imul(h ^ (h >>> 15), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return ((h ^ (h >>> 16)) >>> 0) / 2 ** 32;
}

function smooth(t: number): number {
  return t * t * (3 - 2 * t);
}
