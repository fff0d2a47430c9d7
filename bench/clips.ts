// A clip of 100 frames: the whole harness against the calls of its graphs, made bare, in the same surroundings.
import { execFileSync } from "node:child_process";
import { copyFileSync, linkSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { encode } from "fast-png";
import sharp from "sharp";
import { lineOf, repeated, threadsOf } from "./against-floor.ts";
import type { Contender } from "./contenders.ts";
import { type Line, ms, oneThread, type Surroundings, skipped, withFolder } from "./measure.ts";
import { child, harness, writeRun } from "./runs.ts";

type ClipContender = Omit<Contender, "encoder" | "decoder">;

const frames = 100;
const long = 2000;

export function clips({ data, repeats }: Surroundings): Promise<Line[]> {
  const tiny = { title: "bundled model of clips", card: "tiny-video", goal: "1.10", threads: 1, repeats };
  return onClip("clips", data, () => tiny);
}

/** SAM 2.1 tiny with random weights, exported on the spot: needs the authors' packages besides (scripts/export). */
export function sam2Clips(around: Surroundings): Promise<Line[]> {
  const { data, repeats } = around;
  const facts = { title: "SAM 2.1 tiny at side 256", goal: "1.05", threads: 1, repeats };
  return onClip("sam2-clips", data, (folder) => ({ ...facts, card: exported(around, join(folder, "sam2")) }));
}

async function onClip(
  part: string,
  data: string | undefined,
  contenderIn: (folder: string) => ClipContender,
): Promise<Line[]> {
  if (data === undefined) return skipped(part, "SEGBENCH_DATA names no folder of samples");
  return withFolder(async (folder) => {
    const benchmark = writeCard(folder);
    writeSequences(folder, join(data, "davis2016"));
    const contender = contenderIn(folder);
    const run = writeRun(folder, { contender, benchmark, data: folder, protocol: "vos-mask@1", workers: 1 });
    const pairs = await repeated(contender.repeats, async () => {
      const { evaluation } = await harness(run);
      return [evaluation, (await child<{ calls: number }>("clip-floor.ts", [run.file])).calls] as const;
    });
    const what = `whole harness / bare calls, ${contender.title}, ${threadsOf(contender)}; a clip of ${frames} frames of 854 x 480, one target`;
    return [lineOf(part, what, pairs, contender.goal)];
  });
}

/** What is in memory during a clip of 2,000 frames of 1080p, in the first 100 frames and at the end. */
export function clipMemory(_: Surroundings): Promise<Line[]> {
  return withFolder(async (folder) => {
    const benchmark = writeCard(folder);
    await writeDrawn(folder);
    const contender = { card: "tiny-video", threads: 1 };
    const run = writeRun(folder, { contender, benchmark, data: folder, protocol: "vos-mask@1", workers: 1 });
    const { base, memory, evaluation } = await harness(run);
    const beyond = new Map(memory.map(([done, mib]) => [done, mib - base]));
    const mib = (value: number) => `${value.toFixed(0)} MiB`;
    const [first, last] = [beyond.get(100)!, beyond.get(long)!];
    return [
      {
        ...{ part: "clip-memory", ours: mib(last), theirs: mib(first), ratio: (last / first).toFixed(3) },
        what: `memory beyond program and model, a clip of 1920 x 1080, one target: frames 1,001 to 2,000 / the first 100; ${ms(evaluation / long)} a frame`,
        goal: "<= 400 MB, flat",
      },
    ];
  });
}

/** A few frames of a disk that moves before soft noise, linked over and over. */
async function writeDrawn(folder: string): Promise<void> {
  const [width, height, drawn] = [1920, 1080, 24];
  for (let i = 0; i < long; i++) {
    const [frame, mask] = [placeIn(folder, "frames", i, "jpg"), placeIn(folder, "masks", i, "png")];
    if (i >= drawn) {
      linkSync(placeIn(folder, "frames", i % drawn, "jpg"), frame);
      linkSync(placeIn(folder, "masks", i % drawn, "png"), mask);
      continue;
    }
    const labels = new Uint8Array(width * height);
    const pixels = new Uint8Array(3 * width * height);
    for (let y = 0, at = 0; y < height; y++)
      for (let x = 0; x < width; x++, at++) {
        const inside = (x - 500 - 12 * i) ** 2 + (y - 500) ** 2 < 160 ** 2;
        labels[at] = inside ? 255 : 0;
        const noise = 40 * Math.sin(x * 0.05) * Math.cos(y * 0.07) + ((x * 31 + y * 17) % 13);
        for (let c = 0; c < 3; c++) pixels[3 * at + c] = 110 + noise + (inside ? 60 * (1 - c) : 0);
      }
    const raw = { width, height, channels: 3 as const };
    writeFileSync(frame, await sharp(pixels, { raw }).jpeg({ quality: 90 }).toBuffer());
    writeFileSync(mask, encode({ width, height, channels: 1, data: labels }));
  }
}

/** Where a frame of the clip lies; its folder is made with the first. */
function placeIn(folder: string, kind: "frames" | "masks", frame: number, ending: string): string {
  const all = join(folder, "clip", kind, "one");
  if (frame === 0) mkdirSync(all, { recursive: true });
  return join(all, `${String(frame).padStart(5, "0")}.${ending}`);
}

/** Two sequences of the same size, one after the other and from the start again. */
function writeSequences(folder: string, davis: string): void {
  const files = ["blackswan", "libby"].flatMap((sequence) =>
    readdirSync(join(davis, "JPEGImages", "480p", sequence))
      .sort()
      .map((name) => join(sequence, name.replace(/\.jpg$/, ""))),
  );
  for (let i = 0; i < frames; i++) {
    const file = files[i % files.length]!;
    copyFileSync(join(davis, "JPEGImages", "480p", `${file}.jpg`), placeIn(folder, "frames", i, "jpg"));
    copyFileSync(join(davis, "Annotations", "480p", `${file}.png`), placeIn(folder, "masks", i, "png"));
  }
}

function writeCard(folder: string): string {
  const path = join(folder, "clip.yaml");
  writeFileSync(path, card);
  return path;
}

const card = `name: clip
title: A clip for measuring time
version: 1
description: For measuring time.
domain: [video]
homepage: https://example.org
licence: that of the samples
maskType: instance
adapter:
  format: clip-folders
  frames: frames/{clip}/{frame}.jpg
  masks: masks/{clip}/{frame}.png
  targets: foreground
evaluator: davis2017
`;

function exported({ python }: Surroundings, folder: string): string {
  const script = fileURLToPath(new URL("../scripts/export/sam2.py", import.meta.url));
  const words = ["--model", "sam2.1-tiny", "--random", "1", "--side", "256", "--video", "--no-segbench"];
  execFileSync(python, [script, ...words, "--out", folder], {
    env: { ...process.env, ...oneThread },
    stdio: ["ignore", "ignore", "inherit"],
  });
  return join(folder, "sam2.yaml");
}
