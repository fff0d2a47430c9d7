// Windows bitmaps, which libvips does not read: trimaps of GrabCut. Uncompressed ones of 1, 4, 8, 24 and 32 bits.
import { complain, reasonOf } from "../core/errors.ts";
import type { Size } from "../core/types.ts";
import { type DataFile, readBytes } from "./files.ts";

interface Header extends Size {
  readonly bits: number;
  /** The first row in the file is the upper one. */
  readonly topDown: boolean;
  /** Where the pixels begin. */
  readonly pixels: number;
  /** Three bytes a colour. */
  readonly palette: Uint8Array;
}

/** One channel where the palette holds greys only, which are the values; else RGB. */
export async function readBmp(
  file: DataFile,
): Promise<Size & { readonly channels: 1 | 3; readonly data: Uint8Array }> {
  const bytes = await readBytes(file);
  try {
    const header = headerOf(bytes);
    const grey = header.bits <= 8 && isGrey(header.palette);
    const channels = grey ? 1 : 3;
    const { width, height } = header;
    return { width, height, channels, data: pixelsOf(bytes, header, channels) };
  } catch (cause) {
    throw complain({ where: file.name, what: "the BMP cannot be decoded", got: reasonOf(cause), cause });
  }
}

function headerOf(bytes: Buffer): Header {
  if (bytes.length < 54 || bytes.toString("latin1", 0, 2) !== "BM") throw new Error("no BMP header");
  const headerSize = bytes.readUInt32LE(14);
  if (headerSize < 40) throw new Error(`a header of ${headerSize} bytes`);
  const width = bytes.readInt32LE(18);
  const height = Math.abs(bytes.readInt32LE(22));
  const bits = bytes.readUInt16LE(28);
  const compression = bytes.readUInt32LE(30);
  if (width < 1 || height < 1) throw new Error(`a size of ${width}x${height}`);
  if (![1, 4, 8, 24, 32].includes(bits)) throw new Error(`${bits} bits a pixel`);
  // Bit fields are read as the usual order of blue, green and red, which all writers use.
  if (compression !== 0 && !(compression === 3 && bits === 32))
    throw new Error(`compression ${compression}, which is not supported`);
  const pixels = bytes.readUInt32LE(10);
  if (pixels + rowSize(width, bits) * height > bytes.length)
    throw new Error("a file shorter than its pixels");
  const colours = bits > 8 ? 0 : Math.min(bytes.readUInt32LE(46) || 2 ** bits, 2 ** bits);
  const from = 14 + headerSize;
  if (from + 4 * colours > bytes.length) throw new Error("a file shorter than its palette");
  const palette = new Uint8Array(3 * colours);
  for (let i = 0; i < colours; i++)
    for (let c = 0; c < 3; c++) palette[3 * i + c] = bytes[from + 4 * i + 2 - c]!;
  return { width, height, bits, topDown: bytes.readInt32LE(22) < 0, pixels, palette };
}

/** Rows end on four bytes. */
function rowSize(width: number, bits: number): number {
  return Math.ceil((width * bits) / 32) * 4;
}

function isGrey(palette: Uint8Array): boolean {
  for (let i = 0; i < palette.length; i += 3)
    if (palette[i] !== palette[i + 1] || palette[i] !== palette[i + 2]) return false;
  return true;
}

function pixelsOf(
  bytes: Buffer,
  { width, height, bits, topDown, pixels, palette }: Header,
  channels: 1 | 3,
): Uint8Array {
  const data = new Uint8Array(width * height * channels);
  const size = rowSize(width, bits);
  for (let y = 0, at = 0; y < height; y++) {
    const row = pixels + size * (topDown ? y : height - 1 - y);
    for (let x = 0; x < width; x++, at += channels) {
      if (bits > 8) {
        const from = row + (x * bits) / 8;
        for (let c = 0; c < 3; c++) data[at + c] = bytes[from + 2 - c]!;
        continue;
      }
      const bit = x * bits;
      const index = (bytes[row + (bit >>> 3)]! >>> (8 - bits - (bit & 7))) & ((1 << bits) - 1);
      if (3 * index >= palette.length) throw new Error(`index ${index} beyond the palette`);
      for (let c = 0; c < channels; c++) data[at + c] = palette[3 * index + c]!;
    }
  }
  return data;
}
