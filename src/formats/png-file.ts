// A PNG's samples as they are stored. fast-png decodes them, because libvips expands palettes. It gets the chunks that
// pixels need and no others: damaged metadata (a profile that does not unpack, a missing end) refuse no pixels.
import { crc32 } from "node:zlib";
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
  if (!file.interlaced || file.bits >= 8) return decodeChunks(file);
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

function decodeChunks(file: Chunks): Png {
  const { width, height, depth: bits, channels, data } = decode(wholePng(file));
  const samples = data instanceof Uint8ClampedArray ? new Uint8Array(data.buffer) : data;
  const unpacked = bits >= 8 ? samples : unpack(samples as Uint8Array, width * channels, height, bits);
  return { width, height, channels, bits, data: unpacked, palette: paletteOf(file) };
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
