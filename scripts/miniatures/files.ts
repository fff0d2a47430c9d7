// Scenes and masks as files of each set's own kinds.
import { encode } from "fast-png";
import sharp from "sharp";
import { sha256 } from "../../src/core/hash.ts";
import type { BitMask } from "../../src/core/types.ts";
import { toBytes as maskBytes } from "../../src/masks/bit-mask.ts";
import { type Scene, toBytes } from "./scene.ts";

/** Name below the set's root -> content. */
export type Files = Map<string, string | Uint8Array>;

/** One miniature: what stands in datasets/samples/<name>/. */
export interface Miniature {
  readonly name: string;
  make(): Promise<Files>;
}

/** Rounded to multiples of `step` of 255: a PNG of a noisy picture gets half as large, and nobody sees it. */
export function coarse(scene: Scene, step: number): Scene {
  return { ...scene, data: scene.data.map((value) => (Math.round((255 * value) / step) * step) / 255) };
}

export async function rgbPng(scene: Scene): Promise<Uint8Array> {
  return sharp(toBytes(scene), { raw: { width: scene.width, height: scene.height, channels: 3 } })
    .png({ compressionLevel: 9, effort: 10 })
    .toBuffer();
}

/** With an alpha channel of 255 everywhere, as microscopes and plant cameras have left it. */
export async function rgbaPng(scene: Scene): Promise<Uint8Array> {
  return sharp(toBytes(scene), { raw: { width: scene.width, height: scene.height, channels: 3 } })
    .ensureAlpha()
    .png({ compressionLevel: 9, effort: 10 })
    .toBuffer();
}

export async function jpg(scene: Scene, quality: number): Promise<Uint8Array> {
  return sharp(toBytes(scene), { raw: { width: scene.width, height: scene.height, channels: 3 } })
    .jpeg({ quality, chromaSubsampling: "4:2:0" })
    .toBuffer();
}

/** 8-bit grey, 0 or 255. */
export function maskPng(mask: BitMask): Uint8Array {
  const data = maskBytes(mask).map((value) => 255 * value);
  return encode(
    { width: mask.width, height: mask.height, channels: 1, depth: 8, data },
    { zlib: { level: 9 } },
  );
}

/** 8-bit palette PNG: the indices are the labels. */
export function labelPng(width: number, height: number, labels: Uint8Array, palette: number[][]): Uint8Array {
  return encode({ width, height, channels: 1, depth: 8, data: labels, palette }, { zlib: { level: 9 } });
}

/** JSON on one line, as the tools of the original sets write it. */
export function json(value: unknown): string {
  return `${JSON.stringify(value)}\n`;
}

/** A 64-digit name, as BBBC038v1 has them. */
export function hexName(text: string): string {
  return sha256(`miniatures ${text}`);
}
