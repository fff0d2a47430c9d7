// Data whose true value is known: clusters of unequal size whose targets share an effect, in three shapes of scores.

import { iouThresholds } from "../../src/core/mask-set-facts.ts";
import type { RankedItem } from "../../src/core/measure.ts";
import { gaussian, randomWords } from "../../src/core/random.ts";

export const shapes = ["even", "skewed", "collapsing"] as const;
export type Shape = (typeof shapes)[number];

/** Uniform numbers in [0, 1). */
export function uniforms(seed: string): () => number {
  const next = randomWords(seed);
  const words = new Int32Array(4096);
  let at = words.length;
  return () => {
    if (at === words.length) {
      next(words);
      at = 0;
    }
    at += 1;
    return (words[at - 1]! >>> 0) / 2 ** 32;
  };
}

/** A cluster's targets: IoU of two models, the predicted one of the first, and pixels. */
export interface Target {
  readonly score: number;
  readonly other: number;
  readonly predicted: number;
  readonly pixels: number;
}

/** Half of all clusters are small: 1 to 30 targets, few being likelier; larger ones are harder. */
const largest = 30;

export function clusterOf(shape: Shape, uniform: () => number): readonly Target[] {
  const size = 1 + Math.floor(largest * uniform() ** 2);
  const effect = gaussian(uniform(), uniform());
  const hardness = (0.1 * (size - 10)) / largest;
  const shift = 0.02 + 0.02 * gaussian(uniform(), uniform());
  return Array.from({ length: size }, () => {
    const own = gaussian(uniform(), uniform());
    const score = scoreOf(shape, 0.6 * effect + 0.8 * own - hardness * 3, uniform);
    const noise = gaussian(uniform(), uniform());
    const collapses = shape === "collapsing" && uniform() < 0.05;
    const other = collapses ? 0.05 : clamp(score + shift + 0.03 * noise);
    const predicted = clamp(0.7 * score + 0.2 + 0.12 * gaussian(uniform(), uniform()));
    return {
      score,
      other,
      predicted,
      pixels: Math.exp(7 + 1.2 * gaussian(uniform(), uniform()) + 0.5 * effect),
    };
  });
}

/** From a standard normal number to an IoU. */
function scoreOf(shape: Shape, z: number, uniform: () => number): number {
  if (shape === "even") return clamp(0.6 + 0.15 * z);
  // Most near 0.9, a tail to 0; in one of ten nothing is found.
  const skewed = 1 - clamp(0.13 * Math.exp(0.8 * z));
  return shape === "collapsing" && uniform() < 0.1 ? 0.02 : skewed;
}

function clamp(value: number): number {
  return Math.min(1, Math.max(0, value));
}

/** What a kind of measure makes of targets. */
export interface Kind {
  readonly name: string;
  /** Of a number that is an average of several benchmarks: how many times as many clusters each has. */
  readonly strata: readonly number[];
  /** The numbers of clusters that it is simulated at, where they are not all. */
  readonly counts?: readonly number[];
  /** What a cluster adds. */
  readonly parts?: (targets: readonly Target[]) => readonly number[];
  readonly items?: (targets: readonly Target[]) => readonly RankedItem[];
}

const adding = (of: (target: Target) => readonly number[]) => (targets: readonly Target[]) => {
  const [first, ...rest] = targets.map(of);
  return first!.map((own, i) => rest.reduce((all, parts) => all + parts[i]!, own));
};

function reached(score: number): number {
  return iouThresholds.filter((threshold) => score >= threshold).length / iouThresholds.length;
}

export const kinds: readonly Kind[] = [
  { name: "mean", strata: [1], parts: adding(({ score }) => [score, 1]) },
  // A target's part is the share of thresholds that its best mask reaches, and an image's is all of its targets'.
  { name: "average recall", strata: [1], parts: adding(({ score }) => [reached(score), 1]) },
  { name: "paired difference", strata: [1], parts: adding(({ score, other }) => [other - score, 1]) },
  { name: "macro mean", strata: [1, 1, 1, 1], parts: adding(({ score }) => [score, 1]) },
  {
    name: "macro mean of five",
    strata: [1, 1, 1, 1, 1],
    counts: [2],
    parts: adding(({ score }) => [score, 1]),
  },
  {
    name: "macro mean, uneven",
    ...{ strata: [1, 3, 10], counts: [3, 5, 10, 30] },
    parts: adding(({ score }) => [score, 1]),
  },
  { name: "ratio of sums", strata: [1], parts: adding(({ score, pixels }) => [score * pixels, pixels]) },
  {
    name: "median",
    strata: [1],
    items: (targets) => targets.map(({ score }) => ({ key: score, parts: [] })),
  },
  {
    name: "Spearman",
    strata: [1],
    items: (targets) => targets.map(({ score, predicted }) => ({ key: predicted, parts: [score] })),
  },
];
