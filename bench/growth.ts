// How time and memory grow, with a model that costs nothing: images, masks of an image, pixels, clicks.
import { linkSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { encode } from "fast-png";
import { constant } from "./contenders.ts";
import { type Line, ms, type Surroundings, withFolder } from "./measure.ts";
import { maskFilesCard } from "./real-set.ts";
import { type HarnessTimes, harness, writeRun } from "./runs.ts";

interface Drawn {
  readonly images: number;
  readonly masks: number;
  readonly width: number;
  readonly height: number;
}

const small: Drawn = { images: 100, masks: 1, width: 320, height: 240 };
const sizes = [
  [640, 480],
  [1920, 1080],
  [4000, 3000],
] as const;

export function growth(around: Surroundings): Promise<Line[]> {
  return withFolder(async (folder) => {
    const contender = constant(around, join(folder, "constant"));
    let sets = 0;
    const measured = async (drawn: Drawn, protocol = "sam1-d1@1"): Promise<HarnessTimes> => {
      const data = join(folder, `set-${sets++}`);
      const benchmark = writeSet(data, drawn);
      return harness(writeRun(data, { contender, benchmark, data, protocol, workers: 1 }));
    };
    const lines: Line[] = [];
    const line = (what: string, ours: string, theirs: string, ratio: number, goal = "") =>
      lines.push({ part: "growth", what, ours, theirs, ratio: ratio.toFixed(3), goal });

    const many = await measured({ ...small, images: 10_000 });
    const beyond = new Map(many.memory.map(([images, mib]) => [images, mib - many.base]));
    const [first, last] = [beyond.get(100)!, beyond.get(10_000)!];
    const mib = (value: number) => `${value.toFixed(0)} MiB`;
    line(
      "memory beyond program and model: 10,000 images / the first 100",
      mib(last),
      mib(first),
      last / first,
      "<= 500 MB, flat",
    );
    const few = await measured(small);
    const [perImage, perFew] = [many.evaluation / 10_000, few.evaluation / small.images];
    line("time of an image of 320 x 240: of 10,000 / of 100", ms(perImage), ms(perFew), perImage / perFew);

    const masks = [1, 30].map((count) => ({ ...small, images: 60, masks: count }));
    const [one, thirty] = [
      (await measured(masks[0]!)).evaluation / 60,
      (await measured(masks[1]!)).evaluation / 60 / 30,
    ];
    line("time of a mask, nine clicks: 30 in an image / 1 in an image", ms(thirty), ms(one), thirty / one);

    const bySize: number[] = [];
    for (const [width, height] of sizes)
      bySize.push((await measured({ images: 20, masks: 1, width, height })).evaluation / 20);
    for (const i of [1, 2]) {
      const pixels = (k: number) => (sizes[k]![0] * sizes[k]![1]) / 1e6;
      const what = `time of an image: ${sizes[i]!.join(" x ")} / ${sizes[i - 1]!.join(" x ")} (${(pixels(i) / pixels(i - 1)).toFixed(1)} times the pixels)`;
      line(what, ms(bySize[i]!), ms(bySize[i - 1]!), bySize[i]! / bySize[i - 1]!);
    }

    const clicks = { ...small, images: 200, width: 640, height: 480 };
    const [nine, twenty] = [
      (await measured(clicks)).evaluation,
      (await measured(clicks, "ritm-noc@1")).evaluation,
    ];
    line("time of a run: 20 clicks a mask / 9 clicks a mask", ms(twenty), ms(nine), twenty / nine);
    return lines;
  });
}

/** Pictures of soft noise with disks, each drawn once and linked as often as it is needed. */
function writeSet(data: string, { images, masks, width, height }: Drawn): string {
  const image = join(data, "image.png");
  const pixels = Uint8Array.from(
    { length: 3 * width * height },
    (_, i) => 128 + 60 * Math.sin(i * 0.0007) + (i % 7),
  );
  write(image, encode({ width, height, data: pixels, channels: 3 }));
  const targets = Array.from({ length: masks }, (_, k) => {
    const file = join(data, `mask-${k}.png`);
    write(file, encode({ width, height, data: disk(width, height, k, masks), channels: 1 }));
    return file;
  });
  const root = join(data, "real-set");
  for (let i = 0; i < images; i++) {
    const id = `image-${String(i).padStart(5, "0")}`;
    link(image, join(root, "images", `${id}.png`));
    for (const [k, file] of targets.entries()) link(file, join(root, "masks", id, `${k}.png`));
  }
  const card = join(data, "real-set.yaml");
  writeFileSync(card, maskFilesCard);
  return card;
}

function disk(width: number, height: number, number: number, of: number): Uint8Array {
  const [cx, cy] = [(width * (number + 0.7)) / (of + 0.4), height * (0.3 + 0.4 * ((number * 0.37) % 1))];
  const radius = height / 6;
  return Uint8Array.from({ length: width * height }, (_, i) =>
    Math.hypot((i % width) - cx, Math.floor(i / width) - cy) < radius ? 255 : 0,
  );
}

function write(file: string, bytes: Uint8Array): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, bytes);
}

function link(file: string, name: string): void {
  mkdirSync(dirname(name), { recursive: true });
  linkSync(file, name);
}
