// Label maps as stored: palette indices and 16-bit values, never colours. sharp expands palettes, so PNG goes through
// fast-png; TIFF holds its values as they are.
import { decode } from "fast-png";
import { complain, reasonOf } from "../core/errors.ts";
import type { Size } from "../core/types.ts";
import { type DataFile, readBytes, suffixOf } from "./files.ts";
import { readRawSamples } from "./image-file.ts";

/** Row-major, interleaved; one channel for indices and grey. */
export interface LabelMap extends Size {
  readonly channels: number;
  readonly data: Uint8Array | Uint16Array;
}

/** A PNG's stored values, or those of any other picture that sharp reads. Alpha stays a channel. */
export async function readLabelMap(file: DataFile): Promise<LabelMap> {
  if (suffixOf(file.name) !== ".png") return readRawSamples(file);
  const bytes = await readBytes(file);
  try {
    return decodeLabelPng(bytes);
  } catch (cause) {
    throw complain({ where: file.name, what: "the PNG cannot be decoded", got: reasonOf(cause), cause });
  }
}

function decodeLabelPng(bytes: Uint8Array): LabelMap {
  const png = decode(bytes, { checkCrc: true });
  const { width, height, depth, channels } = png;
  const data = png.data instanceof Uint8ClampedArray ? new Uint8Array(png.data.buffer) : png.data;
  if (depth >= 8) return { width, height, channels, data };
  // Byte 28 of a PNG is IHDR's interlace method; the decoder mixes up interlaced samples smaller than a byte.
  if (bytes[28] !== 0) throw new Error("interlaced with fewer than 8 bits a sample: not supported");
  return { width, height, channels, data: unpack(data as Uint8Array, width * channels, height, depth) };
}

/** 1, 2 and 4-bit samples lie packed, first sample in the high bits, each row on a byte of its own (PNG, 7.2). */
function unpack(packed: Uint8Array, perRow: number, rows: number, depth: number): Uint8Array {
  const values = new Uint8Array(perRow * rows);
  const bytesPerRow = Math.ceil((perRow * depth) / 8);
  const mask = (1 << depth) - 1;
  for (let y = 0, i = 0; y < rows; y++) {
    for (let x = 0; x < perRow; x++, i++) {
      const bit = x * depth;
      values[i] = (packed[y * bytesPerRow + (bit >>> 3)]! >>> (8 - depth - (bit & 7))) & mask;
    }
  }
  return values;
}
