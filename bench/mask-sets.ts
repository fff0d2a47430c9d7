// AR of sets of masks: 200 images of 640 x 480 with 1,000 masks and 12 targets each, four ranges of sizes, masks as compressed RLE in memory, one thread
// each, in seconds of the processor. The others' loading of results is left out, though it measures their masks; ours is not.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { median } from "simple-statistics";
import { type MatchFacts, rangeNames } from "../src/core/mask-set-facts.ts";
import { draw } from "../src/core/random.ts";
import type { Rle, ScoredRow } from "../src/core/rows.ts";
import { matchMaskSet } from "../src/eval/everything/match.ts";
import { recallOf } from "../src/eval/everything/measures.ts";
import { area, createMask, setRun } from "../src/masks/bit-mask.ts";
import { rleOf } from "../src/masks/rle.ts";
import { type Line, ms, python, type Surroundings, withFolder } from "./measure.ts";

const [IMAGES, MASKS, TARGETS, CUT] = [200, 1000, 12, 1000] as const;
const [WIDTH, HEIGHT] = [640, 480] as const;

interface Shape {
  readonly x: number;
  readonly y: number;
  /** Half sides. */
  readonly width: number;
  readonly height: number;
}

export interface MaskSetImage {
  readonly targets: readonly { readonly area: number; readonly rle: Rle }[];
  readonly masks: readonly { readonly score: number; readonly rle: Rle }[];
}

export function maskSets(around: Surroundings): Line[] {
  return withFolder((folder) => {
    const images = Array.from({ length: IMAGES }, (_, i) => drawnImage(i));
    const file = join(folder, "sets.json");
    writeFileSync(file, JSON.stringify({ size: [HEIGHT, WIDTH], cut: CUT, images }));
    const rounds = Array.from({ length: Math.min(3, around.repeats) }, () => {
      const own = recalls(images);
      const before = process.cpuUsage();
      recalls(images);
      const { user, system } = process.cpuUsage(before);
      const theirs = python<Record<"pycocotools" | "faster", { seconds: number; recalls: number[] }>>(
        around,
        "python/mask_sets.py",
        [file],
      );
      for (const [name, other] of Object.entries(theirs))
        if (other.recalls.some((value, r) => !(Math.abs(value - own[r]!) <= 1e-12)))
          throw new Error(`AR ${own.join(" ")}, of ${name} ${other.recalls.join(" ")}`);
      const ours = (user + system) / 1000;
      return { ours, pycocotools: 1000 * theirs.pycocotools.seconds, faster: 1000 * theirs.faster.seconds };
    });
    const of = (side: keyof (typeof rounds)[number]) => median(rounds.map((round) => round[side]));
    const line = (side: "pycocotools" | "faster", who: string, goal: string): Line => ({
      part: "mask-sets",
      what: `AR@${CUT} of ${IMAGES} images, ${MASKS} masks and ${TARGETS} targets each, four ranges of sizes, one thread / ${who}`,
      ...{ ours: ms(of("ours")), theirs: ms(of(side)), ratio: (of("ours") / of(side)).toFixed(3), goal },
    });
    return [line("pycocotools", "pycocotools", "<= 0.05"), line("faster", "faster-coco-eval", "<= 0.5")];
  });
}

/** AR of each range. */
function recalls(images: readonly MaskSetImage[]): number[] {
  const facts: MatchFacts[] = images.map(({ targets, masks }) => {
    const known = targets.map(({ area: pixels, rle }, i) => ({
      ...{ id: String(i), mask: rle, area: pixels, crowd: false },
    }));
    return matchMaskSet(
      masks.map(({ score, rle }) => ({ score, mask: rle })),
      known,
    ).facts;
  });
  return rangeNames.map((range) => {
    const measure = recallOf(range, CUT);
    const all = facts.flatMap((own) => [measure.parts({ facts: own } as unknown as ScoredRow) ?? []]);
    const [matched, targets] = [0, 1].map((p) => all.reduce((sum, parts) => sum + (parts[p] ?? 0), 0));
    return measure.value([matched!, targets!]);
  });
}

/** Half of the masks lie near a target, as after suppression; the others anywhere. */
function drawnImage(image: number): MaskSetImage {
  const random = (...fields: readonly (string | number)[]) => draw("mask-sets", image, ...fields);
  const shapes = Array.from({ length: TARGETS }, (_, i) => shapeOf((what) => random("target", i, what)));
  const targets = shapes.map((shape, i) => {
    const mask = drawn(shape, (y) => random("edge", i, y));
    return { area: area(mask), rle: rleOf(mask) };
  });
  const masks = Array.from({ length: MASKS }, (_, i) => {
    const near = shapes[Math.floor(2 * TARGETS * random("near", i))];
    const own =
      near === undefined
        ? shapeOf((what) => random("mask", i, what))
        : moved(near, (what) => random("move", i, what));
    return { score: random("score", i), rle: rleOf(drawn(own, (y) => random("ragged", i, y))) };
  });
  return { targets, masks };
}

/** From 10 to 300 pixels a side, small ones as often as large ones. */
function shapeOf(random: (what: string) => number): Shape {
  const side = (what: string) => 5 * 30 ** random(what);
  return { x: WIDTH * random("x"), y: HEIGHT * random("y"), width: side("width"), height: side("height") };
}

function moved({ x, y, width, height }: Shape, random: (what: string) => number): Shape {
  const by = (what: string) => 0.6 * (random(what) - 0.5);
  return {
    x: x + width * by("x"),
    y: y + height * by("y"),
    width: width * (1 + by("width")),
    height: height * (1 + by("height")),
  };
}

/** An ellipse whose rows end some pixels off. */
function drawn({ x, y, width, height }: Shape, random: (y: number) => number) {
  const mask = createMask(WIDTH, HEIGHT);
  for (let row = Math.max(0, Math.ceil(y - height)); row < Math.min(HEIGHT, y + height); row++) {
    const half = width * Math.sqrt(1 - ((row - y) / height) ** 2) + 2 * random(row);
    const [from, to] = [Math.max(0, Math.round(x - half)), Math.min(WIDTH, Math.round(x + half))];
    if (to > from) setRun(mask, row, from, to);
  }
  return mask;
}
