// Windows bitmaps, which libvips does not read: uncompressed ones of 1, 4, 8, 16, 24 and 32 bits.
import type { Size } from "../core/types.ts";

interface Header extends Size {
  readonly bits: number;
  /** The first row in the file is the top one. */
  readonly topDown: boolean;
  /** Offset of the pixels. */
  readonly pixels: number;
  /** Three bytes per colour; empty above 8 bits. */
  readonly palette: Uint8Array;
  /** Red, green, blue and alpha of pixels with 16 or 32 bits. */
  readonly masks: readonly number[];
}

export interface Bitmap extends Size {
  /** 1: palette indices, 3: RGB, 4: RGB and alpha. */
  readonly channels: 1 | 3 | 4;
  readonly data: Uint8Array;
  readonly palette: Uint8Array | undefined;
}

/** Of its header. */
export function sizeOfBmp(bytes: Buffer): Size {
  const { width, height } = headerOf(bytes);
  return { width, height };
}

/** Throws errors that say what is wrong with the file. */
export function decodeBmp(bytes: Buffer): Bitmap {
  const header = headerOf(bytes);
  const { width, height, bits, palette } = header;
  if (bits <= 8) return { width, height, channels: 1, data: indicesOf(bytes, header), palette };
  const channels = header.masks[3] === 0 ? 3 : 4;
  return { width, height, channels, data: coloursOf(bytes, header, channels), palette: undefined };
}

function headerOf(bytes: Buffer): Header {
  if (bytes.length < 26 || bytes.toString("latin1", 0, 2) !== "BM") throw new Error("no BMP header");
  const headerSize = bytes.readUInt32LE(14);
  if (headerSize !== 12 && (headerSize < 40 || bytes.length < 54))
    throw new Error(`a header of ${headerSize} bytes`);
  // OS/2's first header has sizes of 16 bits and colours of three bytes.
  const old = headerSize === 12;
  const width = old ? bytes.readUInt16LE(18) : bytes.readInt32LE(18);
  const signed = old ? bytes.readUInt16LE(20) : bytes.readInt32LE(22);
  const height = Math.abs(signed);
  const bits = bytes.readUInt16LE(old ? 24 : 28);
  const compression = old ? 0 : bytes.readUInt32LE(30);
  if (width < 1 || height < 1) throw new Error(`a size of ${width}x${height}`);
  if (![1, 4, 8, 16, 24, 32].includes(bits)) throw new Error(`${bits} bits a pixel`);
  const fields = (compression === 3 || compression === 6) && (bits === 16 || bits === 32);
  if (compression !== 0 && !fields) throw new Error(`compression ${compression}, which is not supported`);
  const pixels = bytes.readUInt32LE(10);
  if (pixels + rowSize(width, bits) * height > bytes.length)
    throw new Error("a file shorter than its pixels");
  const stated = old ? 0 : bytes.readUInt32LE(46);
  const colours = bits > 8 ? 0 : Math.min(stated || 2 ** bits, 2 ** bits);
  const [from, entry] = [14 + headerSize, old ? 3 : 4];
  if (from + entry * colours > bytes.length) throw new Error("a file shorter than its palette");
  const palette = new Uint8Array(3 * colours);
  for (let i = 0; i < colours; i++)
    for (let c = 0; c < 3; c++) palette[3 * i + c] = bytes[from + entry * i + 2 - c]!;
  const masks = masksOf(bytes, { bits, fields, alpha: compression === 6 || headerSize >= 56 });
  return { width, height, bits, topDown: signed < 0 && !old, pixels, palette, masks };
}

function masksOf(bytes: Buffer, { bits, fields, alpha }: { bits: number; fields: boolean; alpha: boolean }) {
  if (!fields) return bits === 16 ? [0x7c00, 0x3e0, 0x1f, 0] : [0xff0000, 0xff00, 0xff, 0];
  if (bytes.length < 70) throw new Error("a file shorter than its bit fields");
  return [54, 58, 62, 66].map((at, i) => (i < 3 || alpha ? bytes.readUInt32LE(at) : 0));
}

/** Rows are padded to four bytes. */
function rowSize(width: number, bits: number): number {
  return Math.ceil((width * bits) / 32) * 4;
}

/** Offset of each row, from the top. */
function* rowsOf({ width, height, bits, topDown, pixels }: Header) {
  const size = rowSize(width, bits);
  for (let y = 0; y < height; y++) yield pixels + size * (topDown ? y : height - 1 - y);
}

function indicesOf(bytes: Buffer, header: Header): Uint8Array {
  const { width, height, bits, palette } = header;
  const data = new Uint8Array(width * height);
  let at = 0;
  for (const row of rowsOf(header)) {
    for (let x = 0; x < width; x++, at++) {
      const bit = x * bits;
      const index = (bytes[row + (bit >>> 3)]! >>> (8 - bits - (bit & 7))) & ((1 << bits) - 1);
      if (3 * index >= palette.length) throw new Error(`index ${index} beyond the palette`);
      data[at] = index;
    }
  }
  return data;
}

function coloursOf(bytes: Buffer, header: Header, channels: 3 | 4): Uint8Array {
  const { width, height, bits } = header;
  const data = new Uint8Array(width * height * channels);
  const size = bits / 8;
  const fields = header.masks.slice(0, channels).map(fieldOf);
  let at = 0;
  for (const row of rowsOf(header)) {
    for (let x = 0; x < width; x++) {
      const pixel = bytes.readUIntLE(row + x * size, size);
      for (const { shift, most } of fields)
        data[at++] = Math.floor((((pixel >>> shift) & most) * 255) / most);
    }
  }
  return data;
}

/** Bits that lie together, 1 to 8 of them. */
function fieldOf(mask: number): { readonly shift: number; readonly most: number } {
  const shift = mask === 0 ? 0 : 31 - Math.clz32(mask & -mask);
  const most = mask >>> shift;
  if (most < 1 || most > 255 || (most & (most + 1)) !== 0)
    throw new Error(`bit fields of 0x${mask.toString(16)}`);
  return { shift, most };
}
