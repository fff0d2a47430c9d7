import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp, { type Sharp } from "sharp";
import { afterAll, onTestFinished } from "vitest";
import { draw } from "../../src/core/random.ts";

export const packageFolder = fileURLToPath(new URL("../../", import.meta.url));
const fixtures = join(packageFolder, "test", "fixtures", "models");

/** A folder that is removed when the test is over. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "segbench-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A folder that is removed when all tests of the file are over; to be called outside tests. */
export function sharedFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "segbench-test-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface Synthetic {
  readonly images: number;
  readonly targets: number;
  readonly width?: number;
  readonly height?: number;
}

/**
 * A working folder with a benchmark of noisy images of ellipses in BBBC038v1's layout (`data/<image>/images`,
 * `masks`), its card `dots.yaml`, a card `constant.yaml` of the fixture model, and a run file `run.yaml` over
 * both.
 */
export async function workPlace(
  { images, targets, width = 64, height = 48 }: Synthetic,
  { decoder = "decoder-4", protocols = ["sam1-d1@1", "box@1"], extra = "", place = temporaryFolder() } = {},
): Promise<string> {
  for (let i = 0; i < images; i++) {
    const image = `img${String(i).padStart(4, "0")}`;
    const folder = join(place, "data", image);
    mkdirSync(join(folder, "images"), { recursive: true });
    mkdirSync(join(folder, "masks"), { recursive: true });
    const pixels = Buffer.alloc(width * height * 3);
    for (let p = 0; p < pixels.length; p++) pixels[p] = (p * 37 + i * 91 + ((p * p) >> 5)) & 63;
    for (let t = 0; t < targets; t++) {
      const mask = Buffer.alloc(width * height);
      const [cx, cy, rx, ry] = [0, 1, 2, 3].map((n) => draw("synthetic", image, t, n)) as [
        number,
        number,
        number,
        number,
      ];
      for (let y = 0; y < height; y++)
        for (let x = 0; x < width; x++) {
          const dx = (x - cx * width) / (3 + (rx * width) / 4);
          const dy = (y - cy * height) / (3 + (ry * height) / 4);
          if (dx * dx + dy * dy > 1) continue;
          mask[y * width + x] = 255;
          pixels[3 * (y * width + x) + (t % 3)] = 200;
        }
      await gray(mask, width, height).toFile(join(folder, "masks", `t${t}.png`));
    }
    await sharp(pixels, { raw: { width, height, channels: 3 } })
      .png()
      .toFile(join(folder, "images", `${image}.png`));
  }
  writeDatasetCard(place);
  writeDiskModel(place, "constant", {}, decoder);
  writeRunFile(place, "constant", protocols, extra);
  return place;
}

export function gray(data: Buffer, width: number, height: number): Sharp {
  return sharp(data, { raw: { width, height, channels: 1 } }).png();
}

function writeDatasetCard(place: string): void {
  const card = {
    name: "dots",
    title: "Dots",
    version: 1,
    domain: ["objects"],
    homepage: "https://example.org/dots",
    licence: "CC0",
    maskType: "instance",
    adapter: { format: "mask-files", images: "{image}/images/{image}.png", masks: "{image}/masks/*.png" },
  };
  writeFileSync(join(place, "dots.yaml"), JSON.stringify(card));
}

export function writeModelCard(
  place: string,
  name: string,
  encoder: string,
  decoder: string,
  size = 64,
  more: object = {},
): void {
  const card = { name, title: name, family: "sam", files: { encoder, decoder }, image: { size }, ...more };
  writeFileSync(join(place, `${name}.yaml`), JSON.stringify(card));
}

/** The card of a fixture that draws disks: larger ones with a lower `mask.threshold`. */
export function writeDiskModel(place: string, name: string, more: object = {}, decoder = "decoder-4"): void {
  const file = (stem: string) => join(fixtures, `${stem}.onnx`);
  writeModelCard(place, name, file("encoder"), file(decoder), 64, more);
}

export function writeRunFile(place: string, model: string, protocols: readonly string[], extra = ""): void {
  const lines = [
    "name: run",
    `models: [./${model}.yaml]`,
    "benchmarks: [{ name: ./dots.yaml, root: data }]",
    `protocols: ${JSON.stringify(protocols)}`,
    extra,
  ];
  writeFileSync(join(place, "run.yaml"), `${lines.join("\n")}\n`);
}
