// Image files -> 8-bit RGB, or samples as stored. libvips (sharp) decodes them: its JPEG pixels equal
// Pillow's and OpenCV's. Windows bitmaps, which libvips does not read, come last.
import sharp, { type Metadata, type SharpOptions } from "sharp";
import type { FullDatasetCard } from "../core/defaults.ts";
import { complain, reasonOf, SegbenchError } from "../core/errors.ts";
import type { RgbImage, Size } from "../core/types.ts";
import { type DataFile, readBytes, suffixOf } from "./files.ts";

/** A card's rules for EXIF orientation and for the range of 16-bit samples that becomes 0..255. */
export type PixelRules = FullDatasetCard["pixels"];

/** A truncated file is an error; decoder warnings (odd metadata) are not: Pillow reads such files too. */
const input: SharpOptions = { failOn: "truncated", ignoreIcc: true, limitInputPixels: false };

/**
 * 8-bit RGB of any file that sharp reads. Embedded colour profiles are ignored, alpha is dropped (not blended), grey is
 * replicated, 16-bit samples are scaled by `range` and rounded to the nearest. `annotated` is the annotation's size,
 * which EXIF rule "auto" needs: without it nothing is rotated.
 */
export async function readImage(file: DataFile, rules: PixelRules, annotated?: Size): Promise<RgbImage> {
  if (suffixOf(file.name) === ".bmp") {
    const { width, height, channels, data } = await readBmp(file);
    return { width, height, data: toRgb(data, channels) };
  }
  const bytes = await readBytes(file);
  try {
    const header = await sharp(bytes, input).metadata();
    const decoder = sharp(bytes, input);
    if (isTurned(header, rules.exif, annotated)) decoder.autoOrient();
    const wide = header.depth === "ushort";
    if (!wide && header.depth !== "uchar") {
      const [what, expected] = ["this kind of sample is not supported", "8 or 16 bits without sign"];
      throw complain({ where: file.name, what, expected, got: header.depth });
    }
    const { data, info } = await decoder
      .removeAlpha()
      .toColourspace(wide ? (header.channels < 3 ? "grey16" : "rgb16") : "srgb")
      .raw({ depth: wide ? "ushort" : "uchar" })
      .toBuffer({ resolveWithObject: true });
    const samples = wide ? scaleTo8Bit(asUint16(data), rules.range) : data;
    return { width: info.width, height: info.height, data: toRgb(samples, info.channels) };
  } catch (cause) {
    throw imageError(file, cause, bytes.length);
  }
}

/** 8 or 16-bit samples as stored, grey in one channel: label maps in TIFF, masks in any image format. */
export async function readRawSamples(
  file: DataFile,
): Promise<Size & { readonly data: Uint8Array | Uint16Array; readonly channels: number }> {
  const bytes = await readBytes(file);
  try {
    const { depth, channels } = await sharp(bytes, input).metadata();
    const wide = depth === "ushort";
    const image = sharp(bytes, input);
    if (channels < 3) image.toColourspace(wide ? "grey16" : "b-w");
    else if (wide) image.toColourspace("rgb16");
    const { data, info } = await image
      .raw({ depth: wide ? "ushort" : "uchar" })
      .toBuffer({ resolveWithObject: true });
    return {
      width: info.width,
      height: info.height,
      channels: info.channels,
      data: wide ? asUint16(data) : new Uint8Array(data.buffer, data.byteOffset, data.length),
    };
  } catch (cause) {
    throw imageError(file, cause, bytes.length);
  }
}

/**
 * Orientations 5 to 8 exchange width and height (EXIF 2.3, tag 0x0112); 2 to 4 keep them, so that the size
 * does not show them.
 */
function isTurned(header: Metadata, rule: PixelRules["exif"], annotated: Size | undefined): boolean {
  const orientation = header.orientation ?? 1;
  if (rule !== "auto" || orientation === 1) return rule === "apply";
  if (annotated === undefined || orientation < 5) return false;
  const same = header.width === annotated.width && header.height === annotated.height;
  return !same && header.width === annotated.height && header.height === annotated.width;
}

function scaleTo8Bit(samples: Uint16Array, [low, high]: PixelRules["range"]): Uint8Array {
  const table = new Uint8ClampedArray(65536);
  for (let value = 0; value < 65536; value++) table[value] = Math.round(((value - low) / (high - low)) * 255);
  const scaled = new Uint8Array(samples.length);
  for (let i = 0; i < samples.length; i++) scaled[i] = table[samples[i]!]!;
  return scaled;
}

function toRgb(data: Uint8Array, channels: number): Uint8Array {
  if (channels === 3) return new Uint8Array(data.buffer, data.byteOffset, data.length);
  const pixels = data.length / channels;
  const rgb = new Uint8Array(3 * pixels);
  for (let i = 0; i < pixels; i++) rgb.fill(data[i * channels]!, 3 * i, 3 * i + 3);
  return rgb;
}

function asUint16(data: Buffer): Uint16Array {
  return new Uint16Array(data.buffer.slice(data.byteOffset, data.byteOffset + data.length));
}

/** libvips' message is only in the cause: concurrent decodings share its buffer, and a row must not depend on them. */
function imageError(file: DataFile, cause: unknown, size: number) {
  if (cause instanceof SegbenchError) return cause;
  return complain({
    where: file.name,
    what: "the image cannot be decoded",
    expected: "a complete file in a known image format",
    got: `${size} bytes that libvips rejects`,
    cause,
  });
}

// Windows bitmaps: trimaps of GrabCut. Uncompressed ones of 1, 4, 8, 24 and 32 bits.

interface BmpHeader extends Size {
  readonly bits: number;
  /** The first row in the file is the top one. */
  readonly topDown: boolean;
  /** Offset of the pixels. */
  readonly pixels: number;
  /** Three bytes per colour. */
  readonly palette: Uint8Array;
}

/** One channel, of the palette's values, where the palette holds greys only; else RGB. */
export async function readBmp(
  file: DataFile,
): Promise<Size & { readonly channels: 1 | 3; readonly data: Uint8Array }> {
  const bytes = await readBytes(file);
  try {
    const header = bmpHeader(bytes);
    const grey = header.bits <= 8 && isGreyPalette(header.palette);
    const channels = grey ? 1 : 3;
    const { width, height } = header;
    return { width, height, channels, data: bmpPixels(bytes, header, channels) };
  } catch (cause) {
    throw complain({ where: file.name, what: "the BMP cannot be decoded", got: reasonOf(cause), cause });
  }
}

function bmpHeader(bytes: Buffer): BmpHeader {
  if (bytes.length < 54 || bytes.toString("latin1", 0, 2) !== "BM") throw new Error("no BMP header");
  const headerSize = bytes.readUInt32LE(14);
  if (headerSize < 40) throw new Error(`a header of ${headerSize} bytes`);
  const width = bytes.readInt32LE(18);
  const height = Math.abs(bytes.readInt32LE(22));
  const bits = bytes.readUInt16LE(28);
  const compression = bytes.readUInt32LE(30);
  if (width < 1 || height < 1) throw new Error(`a size of ${width}x${height}`);
  if (![1, 4, 8, 24, 32].includes(bits)) throw new Error(`${bits} bits a pixel`);
  // Bit fields are read in the order blue, green, red, which all writers use.
  if (compression !== 0 && !(compression === 3 && bits === 32))
    throw new Error(`compression ${compression}, which is not supported`);
  const pixels = bytes.readUInt32LE(10);
  if (pixels + bmpRowSize(width, bits) * height > bytes.length)
    throw new Error("a file shorter than its pixels");
  const colours = bits > 8 ? 0 : Math.min(bytes.readUInt32LE(46) || 2 ** bits, 2 ** bits);
  const from = 14 + headerSize;
  if (from + 4 * colours > bytes.length) throw new Error("a file shorter than its palette");
  const palette = new Uint8Array(3 * colours);
  for (let i = 0; i < colours; i++)
    for (let c = 0; c < 3; c++) palette[3 * i + c] = bytes[from + 4 * i + 2 - c]!;
  return { width, height, bits, topDown: bytes.readInt32LE(22) < 0, pixels, palette };
}

/** Rows are padded to four bytes. */
function bmpRowSize(width: number, bits: number): number {
  return Math.ceil((width * bits) / 32) * 4;
}

function isGreyPalette(palette: Uint8Array): boolean {
  for (let i = 0; i < palette.length; i += 3)
    if (palette[i] !== palette[i + 1] || palette[i] !== palette[i + 2]) return false;
  return true;
}

function bmpPixels(
  bytes: Buffer,
  { width, height, bits, topDown, pixels, palette }: BmpHeader,
  channels: 1 | 3,
): Uint8Array {
  const data = new Uint8Array(width * height * channels);
  const size = bmpRowSize(width, bits);
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
