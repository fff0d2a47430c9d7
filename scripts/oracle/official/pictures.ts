// Pictures that the authors' code judges: some of each benchmark, and made ones of shapes that break resizing and padding.
import { preparePlan } from "../../../src/config/index.ts";
import type { BitMask, RgbImage, SampleRef, Size, Target } from "../../../src/core/types.ts";
import { area, createMask, getPixel, setPixel, tightBox } from "../../../src/masks/bit-mask.ts";

export interface Picture {
  /** What it is called in results: benchmark and sample, and the shape where it was made. */
  readonly name: string;
  readonly benchmark: string;
  readonly image: RgbImage;
  readonly targets: readonly Target[];
}

export interface Listed {
  readonly name: string;
  readonly refs: readonly SampleRef[];
}

/** A model and what is on disk of configs/real-samples.yaml, or of the benchmarks named (with commas between), below a folder. */
export function realSamples(
  card: string,
  { data, benchmarks }: { readonly data: string; readonly benchmarks?: string | undefined },
  more: { readonly batch?: number } = {},
) {
  const named = benchmarks === undefined ? {} : { benchmarks: benchmarks.split(",") };
  return preparePlan({
    file: "configs/real-samples.yaml",
    overrides: { models: [card], available: true, data, ...named, ...more },
    ...{ cwd: process.cwd(), env: process.env },
  });
}

/** Sides of made pictures: one pixel wide or high, odd, long, tiny, a frame's own, one off it, larger than any. */
const madeSizes: readonly Size[] = [
  [1, 500],
  [500, 1],
  [333, 517],
  [61, 1999],
  [17, 13],
  [2047, 61],
  [1024, 1024],
  [1023, 769],
  [1025, 1025],
  [4500, 3000],
].map(([width, height]) => ({ width: width!, height: height! }));

/** How many of each, and how many targets of a picture at most. */
export interface Asked {
  readonly real: number;
  readonly made: number;
  readonly targets: number;
}

/**
 * Pictures of the benchmarks, one of each in turn, then made ones of the first of `madeSizes`, from surroundings of the largest target
 * of the former. Of a picture's targets some are taken, spread over its list.
 */
export async function* picturesOf(benchmarks: readonly Listed[], asked: Asked): AsyncGenerator<Picture> {
  const kept: Picture[] = [];
  for await (const picture of realPictures(benchmarks, asked)) {
    kept.push(picture);
    yield picture;
  }
  for (const [i, size] of madeSizes.slice(0, asked.made).entries())
    yield madePicture(kept[(i * 7) % kept.length]!, size, asked);
}

async function* realPictures(
  benchmarks: readonly Listed[],
  { real, targets }: Asked,
): AsyncGenerator<Picture> {
  const longest = Math.max(...benchmarks.map(({ refs }) => refs.length));
  let given = 0;
  for (let turn = 0; turn < longest; turn++)
    for (const { name, refs } of benchmarks) {
      const ref = refs[turn];
      if (ref === undefined) continue;
      if (given === real) return;
      const { image, targets: all } = await ref.load();
      const scored = all.filter((target): target is Target => target.status === "ok");
      if (scored.length === 0) continue;
      yield { name: `${name}/${ref.id}`, benchmark: name, image, targets: spread(scored, targets) };
      given++;
    }
}

/** By nearest pixels: what is judged is what follows, so the pixels need not be beautiful. */
function madePicture({ name, benchmark, image, targets }: Picture, size: Size, asked: Asked): Picture {
  const largest = targets.reduce((one, other) => (area(other.mask) > area(one.mask) ? other : one));
  const window = around(largest.mask);
  const seen = targets.map((target) => ({ ...target, mask: sampled(target.mask, window, size) }));
  const there = seen.filter(({ mask }) => area(mask) > 0);
  if (there.length === 0) throw new Error(`${name}: nothing is left of its targets`);
  return {
    name: `${name} as ${size.width}x${size.height}`,
    benchmark,
    image: sampledImage(image, window, size),
    targets: spread(there, asked.targets),
  };
}

function spread<T>(list: readonly T[], count: number): readonly T[] {
  if (list.length <= count) return list;
  return Array.from({ length: count }, (_, i) => list[Math.floor(((i + 0.5) * list.length) / count)]!);
}

/** A part of a picture: columns and rows that it begins with and their numbers. */
interface Window extends Size {
  readonly x: number;
  readonly y: number;
}

/** The mask's tight box with half its sides around it, so that the middle of the window is the middle of the box. */
function around(mask: BitMask): Window {
  const { x0, y0, x1, y1 } = tightBox(mask)!;
  const reach = (first: number, last: number, side: number) => {
    const room = Math.min(Math.ceil((last - first + 1) / 2), first, side - 1 - last);
    return [first - room, last - first + 1 + 2 * room] as const;
  };
  const [x, width] = reach(x0, x1, mask.width);
  const [y, height] = reach(y0, y1, mask.height);
  return { x, y, width, height };
}

const places = (from: number, length: number, count: number) =>
  Array.from({ length: count }, (_, i) => from + Math.floor(((i + 0.5) * length) / count));

function sampled(mask: BitMask, window: Window, { width, height }: Size): BitMask {
  const [xs, ys] = [places(window.x, window.width, width), places(window.y, window.height, height)];
  const made = createMask(width, height);
  ys.forEach((y, row) => {
    xs.forEach((x, column) => {
      if (getPixel(mask, x, y)) setPixel(made, column, row);
    });
  });
  return made;
}

function sampledImage({ width: stride, data }: RgbImage, window: Window, { width, height }: Size): RgbImage {
  const [xs, ys] = [places(window.x, window.width, width), places(window.y, window.height, height)];
  const made = new Uint8Array(3 * width * height);
  ys.forEach((y, row) => {
    xs.forEach((x, column) => {
      const at = 3 * (y * stride + x);
      made.set(data.subarray(at, at + 3), 3 * (row * width + column));
    });
  });
  return { width, height, data: made };
}
