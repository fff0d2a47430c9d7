// Mask kernels against OpenCV, PyTorch and pycocotools: same inputs, one thread each, alternately in one run.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { median } from "simple-statistics";
import { randomOf } from "../scripts/miniatures/random.ts";
import type { BitMask, Logits, Target } from "../src/core/types.ts";
import { errorClick } from "../src/eval/interactive/error-click.ts";
import { createMask, fromBytes, or, setRun, toBytes } from "../src/masks/bit-mask.ts";
import { squaredDistances } from "../src/masks/distance-transform.ts";
import { iou } from "../src/masks/iou.ts";
import { maskFromLogits } from "../src/masks/mask-from-logits.ts";
import { maskFromPolygons } from "../src/masks/polygon.ts";
import { fitLongSide } from "../src/masks/resize-image.ts";
import { decodeCounts, encodeCounts, maskFromRle, rleFromMask } from "../src/masks/rle.ts";
import { type Line, ms, python, type Surroundings, times, withFolder } from "./measure.ts";

const image = { width: 1920, height: 1080 };
const side = 1024;
const low = 256;
const coco = { width: 640, height: 480 };
const rounds = 3;

export function kernels(around: Surroundings): Line[] {
  return withFolder((folder) => {
    const { work, write } = inputs();
    write(folder);
    const ours = new Map<string, number[]>();
    const theirs = new Map<string, number[]>();
    for (let round = 0; round < rounds; round++) {
      for (const [name, run] of Object.entries(work)) add(ours, name, times(around.repeats, run));
      const args = [folder, String(around.repeats)];
      const others = python<Record<string, number[]>>(around, "python/kernel_times.py", args);
      for (const [name, values] of Object.entries(others)) add(theirs, name, values);
    }
    return lines(ours, theirs);
  });
}

function add(into: Map<string, number[]>, name: string, values: readonly number[]): void {
  into.set(name, [...(into.get(name) ?? []), ...values]);
}

const clickSteps = ["three masks from logits", "three IoUs", "next click"];
const goals: Readonly<Record<string, string>> = {
  "distance transform": "<= 1.5",
  "COCO polygons to masks": "<= 1.0",
  "COCO RLE strings to masks": "<= 1.0",
  "unions of masks": "<= 1.0",
  "IoUs of masks": "<= 1.0",
};

function lines(ours: Map<string, number[]>, theirs: Map<string, number[]>): Line[] {
  const line = (what: string, a: number, b: number, goal: string): Line => ({
    ...{ part: "kernels", what, ours: ms(a), theirs: ms(b), goal },
    ratio: (a / b).toFixed(3),
  });
  const of = (map: Map<string, number[]>, name: string) => median(map.get(name)!);
  const sum = (map: Map<string, number[]>) => clickSteps.reduce((total, name) => total + of(map, name), 0);
  return [
    line("one click on 1080 x 1920, three candidates, outside the model", sum(ours), sum(theirs), "<= 0.05"),
    ...[...ours.keys()].map((name) => line(name, of(ours, name), of(theirs, name), goals[name] ?? "")),
  ];
}

/** The work of both sides, and the files by which Python gets the same inputs. */
function inputs() {
  const random = randomOf("bench kernels");
  const truth = blob(image.width, image.height, 900, 540, 330, 60);
  const candidates = [0, 1, 2].map((i) => candidate(i));
  const geometry = { frame: side, resized: fitLongSide(image, side), original: image, threshold: 0 };
  const masks = () => candidates.map((logits) => maskFromLogits(logits, geometry));
  const predicted = masks();
  const target: Target = { status: "ok", id: "t", mask: truth };
  const full = createMask(1024, 1024);
  for (let y = 0; y < 1024; y++) setRun(full, y, 0, 1024);
  const polygons = Array.from({ length: 200 }, () => [polygon(random)]);
  const shapes = polygons.map((one) => maskFromPolygons(one, coco.width, coco.height));
  const rles = shapes.map((mask) => encodeCounts(rleFromMask(mask)));
  const work = {
    "three masks from logits": masks,
    "three IoUs": () => predicted.map((mask) => iou(mask, truth)),
    "next click": () => errorClick(target, predicted[0]!),
    "distance transform": () => squaredDistances(full),
    "COCO polygons to masks": () => polygons.map((one) => maskFromPolygons(one, coco.width, coco.height)),
    "COCO RLE strings to masks": () =>
      rles.map((text) => maskFromRle(decodeCounts(text, "rle"), coco, "rle")),
    "masks to COCO RLE strings": () => shapes.map((mask) => encodeCounts(rleFromMask(mask))),
    "unions of masks": () => shapes.slice(1).map((mask, i) => or(shapes[i]!, mask)),
    "IoUs of masks": () => shapes.slice(1).map((mask, i) => iou(shapes[i]!, mask)),
  };
  const write = (folder: string) => {
    const logits = Buffer.concat(candidates.map(({ data }) => Buffer.from(data.buffer)));
    writeFileSync(join(folder, "logits.bin"), logits);
    writeFileSync(join(folder, "truth.bin"), toBytes(truth));
    writeFileSync(join(folder, "facts.json"), JSON.stringify({ ...image, side, low }));
    writeFileSync(join(folder, "shapes.json"), JSON.stringify({ ...coco, polygons, rles }));
  };
  return { work, write };
}

/** An object with a wavy outline: what masks of one large object look like. */
function blob(width: number, height: number, cx: number, cy: number, radius: number, waves: number): BitMask {
  const bytes = new Uint8Array(width * height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) bytes[y * width + x] = wavy(x - cx, y - cy, radius, waves) > 0 ? 1 : 0;
  return fromBytes(bytes, width, height);
}

function wavy(dx: number, dy: number, radius: number, waves: number): number {
  const angle = Math.atan2(dy, dx);
  return radius + waves * Math.sin(5 * angle) + 0.3 * waves * Math.sin(17 * angle) - Math.hypot(dx, dy);
}

/** Logits of the object, seen a little differently by each candidate, with noise where a model is unsure. */
function candidate(number: number): Logits {
  const random = randomOf(`bench logits ${number}`);
  const scale = side / image.width / (side / low);
  const data = new Float32Array(low * low);
  for (let y = 0, i = 0; y < low; y++)
    for (let x = 0; x < low; x++, i++) {
      const away = wavy(
        x - 900 * scale,
        y - (540 + 12 * number) * scale,
        (330 - 25 * number) * scale,
        45 * scale,
      );
      data[i] = away + 0.4 * (random.next() - 0.5);
    }
  return { width: low, height: low, data };
}

function polygon(random: ReturnType<typeof randomOf>): number[] {
  const points = random.whole(8, 80);
  const [cx, cy, radius] = [random.between(60, 580), random.between(60, 420), random.between(8, 120)];
  return Array.from({ length: points }, (_, i) => {
    const angle = (2 * Math.PI * i) / points;
    const r = radius * random.between(0.7, 1.3);
    return [Number((cx + r * Math.cos(angle)).toFixed(2)), Number((cy + r * Math.sin(angle)).toFixed(2))];
  }).flat();
}
