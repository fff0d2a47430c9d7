// Runs whose process crashes: pictures that do it, and what the run folders hold afterwards.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import sharp from "sharp";
import type { Row } from "../../src/core/rows.ts";
import { startCli } from "./run-cli.ts";
import { workPlace } from "./synthetic.ts";

const fixture = pathToFileURL(fileURLToPath(new URL("../fixtures/crash/crash.mjs", import.meta.url))).href;
export const crashing = (facts: Record<string, string>) => ({
  NODE_OPTIONS: `--import ${fixture}`,
  ...facts,
});

export const linesOf = (place: string, out: string, file = "rows.jsonl") =>
  readFileSync(join(place, out, file), "utf8")
    .trimEnd()
    .split("\n");
export const rowsOf = (place: string, out: string, file?: string) =>
  linesOf(place, out, file).map((line): Row => JSON.parse(line));

/** Images that are written so far. */
export const unitsIn = (place: string, out: string) => {
  const progress = join(place, out, "progress.jsonl");
  return existsSync(progress) ? readFileSync(progress, "utf8").split("\n").length - 1 : 0;
};

const imageOf = (place: string, image: number) => {
  const name = `img${String(image).padStart(4, "0")}`;
  return { name, file: join(place, "data", name, "images", `${name}.png`) };
};

/** An image that the runtime crashes at: nearly white. */
export async function makeDeadly(place: string, image: number): Promise<string> {
  const { name, file } = imageOf(place, image);
  const pixels = Buffer.alloc(64 * 48 * 3, 250);
  writeFileSync(
    file,
    await sharp(pixels, { raw: { width: 64, height: 48, channels: 3 } })
      .png()
      .toBuffer(),
  );
  return name;
}

/** An image that reading crashes at: a JPEG among the PNGs. */
export async function makeUnreadable(place: string, image: number): Promise<string> {
  const { name, file } = imageOf(place, image);
  writeFileSync(file, await sharp(file).jpeg().toBuffer());
  return name;
}

/** Processes whose parent this is. Linux only. */
export function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8")
    .trim()
    .split(" ")
    .filter(Boolean)
    .map(Number);
}

/** Starts a run of 40 images in two processes, and resolves when the first image is written. Linux only. */
export const startTwoProcesses = async () => {
  const place = await workPlace({ images: 40, targets: 3 });
  const { child, finished } = startCli(["run", "run.yaml", "--no-pages", "--out", "out"], { cwd: place });
  const done = () => unitsIn(place, "out");
  while (child.exitCode === null && done() === 0) await sleep(5);
  const [worker] = childrenOf(child.pid!);
  return { child, worker: worker!, finished, done };
};
