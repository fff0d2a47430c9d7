// Small files of every kind, written into a folder of their own.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { encode } from "fast-png";
import sharp from "sharp";

export interface Folder {
  readonly root: string;
  write(name: string, content: string | Uint8Array | object): void;
  remove(): void;
}

export function makeFolder(files: Readonly<Record<string, string | Uint8Array | object>> = {}): Folder {
  const root = mkdtempSync(join(tmpdir(), "segbench-"));
  const write: Folder["write"] = (name, content) => {
    const path = join(root, name);
    mkdirSync(dirname(path), { recursive: true });
    const plain = typeof content === "string" || content instanceof Uint8Array;
    writeFileSync(path, plain ? content : JSON.stringify(content));
  };
  for (const [name, content] of Object.entries(files)) write(name, content);
  return { root, write, remove: () => rmSync(root, { recursive: true, force: true }) };
}

/** Grey, 8 bits: one sample per digit or character of the rows ("0".."9", "#" = 255, "." = 0). */
export function greyPng(...rows: readonly string[]): Uint8Array {
  return encode({ ...sizeOf(rows), channels: 1, depth: 8, data: Uint8Array.from(samplesOf(rows)) });
}

export function grey16Png(width: number, height: number, values: readonly number[]): Uint8Array {
  return encode({ width, height, channels: 1, depth: 16, data: Uint16Array.from(values) });
}

/** Palette of garish colours, so that reading colours instead of indices shows. */
export function palettePng(...rows: readonly string[]): Uint8Array {
  const palette = Array.from({ length: 256 }, (_, i) => [255 - i, (i * 37) % 256, (i * 91) % 256]);
  return encode({ ...sizeOf(rows), channels: 1, depth: 8, data: Uint8Array.from(samplesOf(rows)), palette });
}

/** Packed samples of fewer than 8 bits: bytes as they lie in the file, row after row. */
export function packedPng(
  width: number,
  height: number,
  depth: 1 | 2 | 4,
  bytes: readonly number[],
): Uint8Array {
  return encode({ width, height, channels: 1, depth, data: Uint8Array.from(bytes) });
}

export function rgbPng(
  width: number,
  height: number,
  channels: 3 | 4,
  samples: readonly number[],
): Uint8Array {
  return encode({ width, height, channels, depth: 8, data: Uint8Array.from(samples) });
}

/** A JPEG of one colour, optionally with an EXIF orientation. */
export async function jpeg(width: number, height: number, orientation?: number): Promise<Buffer> {
  const image = sharp({ create: { width, height, channels: 3, background: { r: 200, g: 100, b: 50 } } });
  if (orientation !== undefined) image.withMetadata({ orientation });
  return image.jpeg({ quality: 95 }).toBuffer();
}

function sizeOf(rows: readonly string[]) {
  return { width: rows[0]!.length, height: rows.length };
}

function samplesOf(rows: readonly string[]): number[] {
  return [...rows.join("")].map((c) => (c === "#" ? 255 : c === "." ? 0 : Number(c)));
}
