// Label maps as stored: palette indices and 16-bit values, never palette colours. The suffix decides how a file is read.
import { decode } from "fast-png";
import { complain, reasonOf } from "../core/errors.ts";
import type { LabelMap } from "../core/types.ts";
import { type DataFile, readBytes, suffixOf } from "./files.ts";
import { readHdf5 } from "./hdf5-file.ts";
import { readBmp, readRawSamples } from "./image-file.ts";
import { readMat } from "./mat-file.ts";

/**
 * Values as stored: PNG (palette indices, 1 to 16 bits), BMP, HDF5 and MAT, or any image that sharp reads.
 * Alpha stays a channel. `member` says which array of an HDF5 or MAT file: `dataset`, `GTinst.Segmentation`,
 * `groundTruth.0.Segmentation`.
 */
export async function readLabelMap(file: DataFile, member?: string): Promise<LabelMap> {
  const suffix = suffixOf(file.name);
  if (suffix === ".png") return readLabelPng(file);
  if (suffix === ".bmp") return readBmp(file);
  if (suffix !== ".hdf5" && suffix !== ".h5" && suffix !== ".mat") return readRawSamples(file);
  if (member === undefined) {
    const what = "the card does not say which array of the file to read";
    throw complain({ where: file.name, what, expected: "member" });
  }
  return suffix === ".mat" ? readMat(file, member) : readHdf5(file, member);
}

/** A PNG's stored values, decoded by fast-png because sharp expands palettes. Alpha stays a channel. */
export async function readLabelPng(file: DataFile): Promise<LabelMap> {
  const bytes = await readBytes(file);
  try {
    return decodeLabelPng(bytes);
  } catch (cause) {
    throw complain({ where: file.name, what: "the PNG cannot be decoded", got: reasonOf(cause), cause });
  }
}

/** Throws the decoder's own errors. */
export function decodeLabelPng(bytes: Buffer): LabelMap {
  checkSize(bytes);
  const png = decode(bytes, { checkCrc: true });
  const { width, height, depth, channels } = png;
  const data = png.data instanceof Uint8ClampedArray ? new Uint8Array(png.data.buffer) : png.data;
  if (depth >= 8) return { width, height, channels, data };
  // Byte 28 of a PNG is IHDR's interlace method; the decoder garbles interlaced samples smaller than a byte.
  if (bytes[28] !== 0) throw new Error("interlaced with fewer than 8 bits a sample: not supported");
  return { width, height, channels, data: unpack(data as Uint8Array, width * channels, height, depth) };
}

/** Throws at a size that the file cannot fill (deflate packs at most 1032 to 1), before memory is allocated. */
function checkSize(bytes: Buffer): void {
  if (bytes.length < 33) throw new Error(`a file of ${bytes.length} bytes`);
  const width = bytes.readUInt32BE(16);
  const height = bytes.readUInt32BE(20);
  if ((width * height * bytes[24]!) / 8 > 1032 * bytes.length)
    throw new Error(`${bytes.length} bytes for ${width}x${height} pixels`);
}

/** 1, 2 and 4-bit samples are packed, first sample in the high bits, each row starting on a new byte (PNG, 7.2). */
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
