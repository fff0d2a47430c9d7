// A clip of 100 frames: the whole harness against the calls of its graphs, made bare, in the same surroundings.
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { lineOf, repeated, threadsOf } from "./against-floor.ts";
import type { Contender } from "./contenders.ts";
import { type Line, oneThread, type Surroundings, skipped, withFolder } from "./measure.ts";
import { child, harness, writeRun } from "./runs.ts";

type ClipContender = Omit<Contender, "encoder" | "decoder">;

const frames = 100;

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
    const benchmark = writeClip(folder, join(data, "davis2016"));
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

/** Two sequences of the same size, one after the other and from the start again; returns the path of its card. */
function writeClip(folder: string, davis: string): string {
  const files = ["blackswan", "libby"].flatMap((sequence) =>
    readdirSync(join(davis, "JPEGImages", "480p", sequence))
      .sort()
      .map((name) => join(sequence, name.replace(/\.jpg$/, ""))),
  );
  for (const kind of ["frames", "masks"]) mkdirSync(join(folder, "clip", kind, "both"), { recursive: true });
  for (let i = 0; i < frames; i++) {
    const id = String(i).padStart(5, "0");
    const file = files[i % files.length]!;
    const to = (kind: string, ending: string) => join(folder, "clip", kind, "both", `${id}.${ending}`);
    copy(join(davis, "JPEGImages", "480p", `${file}.jpg`), to("frames", "jpg"));
    copy(join(davis, "Annotations", "480p", `${file}.png`), to("masks", "png"));
  }
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

function copy(from: string, to: string): void {
  writeFileSync(to, readFileSync(from));
}

function exported({ python }: Surroundings, folder: string): string {
  const script = fileURLToPath(new URL("../scripts/export/sam2.py", import.meta.url));
  const words = ["--model", "sam2.1-tiny", "--random", "1", "--side", "256", "--video", "--no-segbench"];
  execFileSync(python, [script, ...words, "--out", folder], {
    env: { ...process.env, ...oneThread },
    stdio: ["ignore", "ignore", "inherit"],
  });
  return join(folder, "sam2.yaml");
}
