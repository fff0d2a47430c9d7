// A PNG's samples as they are stored, since libvips expands palettes. Usual ones are inflated by zlib and unfiltered here, the others, and whatever
// is damaged, decoded by fast-png. It gets the chunks that pixels need and no others: damaged metadata (a profile that does not unpack, a missing end) refuse no pixels.
import { promisify } from "node:util";
import { crc32, inflate, inflateSync } from "node:zlib";
import { decode } from "fast-png";
import sharp from "sharp";
import type { Size } from "../core/types.ts";

export interface Png extends Size {
  /** 1: grey or palette indices, 2: grey and alpha, 3: RGB, 4: RGB and alpha. */
  readonly channels: number;
  readonly bits: number;
  readonly data: Uint8Array | Uint16Array;
  /** Three bytes per colour, and the alpha of each index, where the samples are indices. */
  readonly palette: { readonly colours: Uint8Array; readonly alphas: Uint8Array } | undefined;
}

/** Throws errors that say what is wrong with the file. */
export function decodePng(bytes: Buffer): Png {
  const file = chunksOf(bytes);
  if (file.interlaced && file.bits < 8)
    throw new Error("interlaced with fewer than 8 bits a sample, which is not supported");
  return decodeChunks(file);
}

/** Also interlaced samples smaller than a byte, which fast-png garbles. */
export async function decodeAnyPng(bytes: Buffer): Promise<Png> {
  const file = chunksOf(bytes);
  if (!file.interlaced || file.bits >= 8)
    return decodePlain(file, await inflatedAside(file)) ?? decodeChunks(file, false);
  const { bits } = file;
  // libvips expands palettes: it gets one of greys that are their own indices.
  const greys = Buffer.from(Array.from({ length: 3 << bits }, (_, i) => Math.floor(i / 3)));
  const plain = wholePng({ ...file, colours: greys });
  const { data, info } = await sharp(plain, { failOn: "truncated", limitInputPixels: false })
    .toColourspace("b-w")
    .raw()
    .toBuffer({ resolveWithObject: true });
  const most = (1 << bits) - 1;
  const values = Uint8Array.from(data, (value) => (file.indexed ? value : Math.round((value * most) / 255)));
  return {
    width: info.width,
    height: info.height,
    channels: 1,
    bits,
    data: values,
    palette: paletteOf(file),
  };
}

/** `plain`: whether the quick way is tried first. */
function decodeChunks(file: Chunks, plain = true): Png {
  const quick = plain ? decodePlain(file, inflated(file)) : undefined;
  if (quick !== undefined) return quick;
  const { width, height, depth: bits, channels, data } = decode(wholePng(file));
  const samples = data instanceof Uint8ClampedArray ? new Uint8Array(data.buffer) : data;
  const unpacked = bits >= 8 ? samples : unpack(samples as Uint8Array, width * channels, height, bits);
  return { width, height, channels, bits, data: unpacked, palette: paletteOf(file) };
}

/** Channels by colour type. */
const channelsOf: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

/** Bytes of filtered rows; undefined for other kinds than those of up to 8 bits that are not interlaced. */
function packedSize({ header, bits, interlaced }: Chunks): number | undefined {
  const channels = channelsOf[header[9]!];
  if (channels === undefined || bits > 8 || interlaced || header[10] !== 0 || header[11] !== 0)
    return undefined;
  return (Math.ceil((header.readUInt32BE(0) * channels * bits) / 8) + 1) * header.readUInt32BE(4);
}

/** The filtered rows; undefined where fast-png has to look. */
function inflated(file: Chunks): Buffer | undefined {
  const size = packedSize(file);
  if (size === undefined) return undefined;
  try {
    return inflateSync(Buffer.concat(file.pixels), atOnce(size));
  } catch {
    return undefined;
  }
}

const inflateAside = promisify<Buffer, ReturnType<typeof atOnce>, Buffer>(inflate);

/** The same in a thread of its own, while this one goes on with another file. */
async function inflatedAside(file: Chunks): Promise<Buffer | undefined> {
  const size = packedSize(file);
  if (size === undefined) return undefined;
  return inflateAside(Buffer.concat(file.pixels), atOnce(size)).catch(() => undefined);
}

/** One piece of so many bytes, and not more. */
function atOnce(size: number): { readonly maxOutputLength: number; readonly chunkSize: number } {
  return { maxOutputLength: Math.max(1, size), chunkSize: Math.max(64, size) };
}

/** Four times as fast as fast-png; undefined where something is wrong, which fast-png says. */
function decodePlain(file: Chunks, rows: Buffer | undefined): Png | undefined {
  const { header, bits } = file;
  if (rows === undefined || rows.length !== packedSize(file)) return undefined;
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  const channels = channelsOf[header[9]!]!;
  const pitch = rows.length / height - 1;
  const bytes = unfiltered(rows, pitch, height, Math.ceil((channels * bits) / 8));
  if (bytes === undefined) return undefined;
  const data = bits === 8 ? bytes : unpack(bytes, width * channels, height, bits);
  return { width, height, channels, bits, data, palette: paletteOf(file) };
}

/** Rows without the filters of PNG, 9.2; `step`: bytes to the pixel on the left. undefined where there is another filter. */
function unfiltered(rows: Buffer, pitch: number, height: number, step: number): Uint8Array | undefined {
  // A row of zeros above, and a pixel of zeros to the left of each row, stand for what lies outside.
  const wide = pitch + step;
  const padded = new Uint8Array(wide * (height + 1));
  const out = new Uint8Array(pitch * height);
  for (let y = 0, from = 0; y < height; y++, from += pitch + 1) {
    const first = (y + 1) * wide + step;
    const row = rows.subarray(from + 1, from + 1 + pitch);
    if (!unfilter(rows[from]!, row, padded, first, wide, step)) return undefined;
    out.set(padded.subarray(first, first + pitch), y * pitch);
  }
  return out;
}

/** One row, into `out` from `first` on; false for a filter that there is not. */
function unfilter(
  filter: number,
  row: Buffer,
  out: Uint8Array,
  first: number,
  wide: number,
  step: number,
): boolean {
  const end = row.length;
  if (filter === 0) out.set(row, first);
  else if (filter === 1) for (let i = 0, at = first; i < end; i++, at++) out[at] = row[i]! + out[at - step]!;
  else if (filter === 2) for (let i = 0, at = first; i < end; i++, at++) out[at] = row[i]! + out[at - wide]!;
  else if (filter === 3)
    for (let i = 0, at = first; i < end; i++, at++)
      out[at] = row[i]! + ((out[at - step]! + out[at - wide]!) >> 1);
  else if (filter === 4)
    for (let i = 0, at = first; i < end; i++, at++)
      out[at] = row[i]! + paeth(out[at - step]!, out[at - wide]!, out[at - wide - step]!);
  return filter <= 4;
}

function paeth(left: number, up: number, corner: number): number {
  const toLeft = Math.abs(up - corner);
  const toUp = Math.abs(left - corner);
  const toCorner = Math.abs(left + up - 2 * corner);
  return toLeft <= toUp && toLeft <= toCorner ? left : toUp <= toCorner ? up : corner;
}

interface Chunks {
  readonly header: Buffer;
  readonly bits: number;
  readonly indexed: boolean;
  readonly interlaced: boolean;
  readonly colours: Buffer | undefined;
  readonly alphas: Buffer | undefined;
  readonly pixels: readonly Buffer[];
}

const SIGNATURE = Buffer.from("\x89PNG\r\n\x1a\n", "latin1");

/** Only what the pixels need is checked. Pixels that end early are found when they are decoded. */
function chunksOf(bytes: Buffer): Chunks {
  if (bytes.length < 33) throw new Error(`a file of ${bytes.length} bytes`);
  if (!bytes.subarray(0, 8).equals(SIGNATURE)) throw new Error("no PNG signature");
  const found: Record<string, Buffer[]> = { IHDR: [], PLTE: [], tRNS: [], IDAT: [] };
  for (let at = 8; at + 12 <= bytes.length; ) {
    const end = at + 8 + bytes.readUInt32BE(at);
    const type = bytes.toString("latin1", at + 4, at + 8);
    if (type === "IEND") break;
    if (type in found) {
      const whole = end + 4 <= bytes.length && crc32(bytes.subarray(at + 4, end)) === bytes.readUInt32BE(end);
      if (whole) found[type]!.push(bytes.subarray(at + 8, end));
      else if (type !== "tRNS") throw new Error(`a damaged ${type} chunk`);
    }
    at = end + 4;
  }
  const [header] = found.IHDR!;
  if (header?.length !== 13) throw new Error("no IHDR chunk");
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  // Deflate packs at most 1032 to 1: a size that the file cannot fill is refused before memory is taken.
  if ((width * height * header[8]!) / 8 > 1032 * bytes.length)
    throw new Error(`${bytes.length} bytes for ${width}x${height} pixels`);
  const indexed = header[9] === 3;
  const [colours] = found.PLTE!;
  if (indexed && (colours === undefined || colours.length % 3 !== 0)) throw new Error("no palette");
  return {
    ...{ header, indexed, bits: header[8]!, interlaced: header[12] !== 0, pixels: found.IDAT! },
    colours: indexed ? colours : undefined,
    alphas: indexed ? found.tRNS![0] : undefined,
  };
}

function paletteOf({ indexed, colours, alphas }: Chunks): Png["palette"] {
  if (!indexed) return undefined;
  const opaque = new Uint8Array(colours!.length / 3).fill(255);
  opaque.set((alphas ?? Buffer.alloc(0)).subarray(0, opaque.length));
  return { colours: new Uint8Array(colours!), alphas: opaque };
}

function wholePng({ header, colours, pixels }: Pick<Chunks, "header" | "colours" | "pixels">): Buffer {
  const parts = [chunk("IHDR", header), ...(colours === undefined ? [] : [chunk("PLTE", colours)])];
  return Buffer.concat([SIGNATURE, ...parts, ...pixels.map((one) => chunk("IDAT", one)), chunk("IEND")]);
}

function chunk(type: string, content: Buffer = Buffer.alloc(0)): Buffer {
  const whole = Buffer.alloc(content.length + 12);
  whole.writeUInt32BE(content.length);
  whole.write(type, 4, "latin1");
  whole.set(content, 8);
  whole.writeUInt32BE(crc32(whole.subarray(4, -4)), content.length + 8);
  return whole;
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
