// Pictures on disk -> 8-bit RGB. Decoding is libvips' (sharp): its JPEG pixels equal Pillow's and OpenCV's.
import sharp, { type Metadata, type SharpOptions } from "sharp";
import { complain, SegbenchError } from "../core/errors.ts";
import type { RgbImage, Size } from "../core/types.ts";
import { readBmp } from "./bmp-file.ts";
import { type DataFile, pathOf, readBytes, suffixOf } from "./files.ts";

export interface PixelRules {
  /** EXIF orientation. auto: applied where only the turned size matches the annotation's. */
  readonly exif: "auto" | "apply" | "ignore";
  /** 16-bit samples: this range becomes 0..255, what lies outside is clipped. */
  readonly range: readonly [low: number, high: number];
}

/** A cut-off file is an error; warnings of the decoders (odd metadata) are not: Pillow reads such files too. */
const input: SharpOptions = { failOn: "truncated", ignoreIcc: true, limitInputPixels: false };

/**
 * 8-bit RGB of any file that sharp reads. Embedded colour profiles are ignored, alpha is dropped (not blended), grey is
 * repeated, 16-bit samples are scaled by `range` and rounded to the nearest. `annotated` is the annotation's size,
 * which EXIF rule "auto" needs: without it nothing is turned.
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
    if (header.depth === "uchar") {
      const { data, info } = await decoder
        .removeAlpha()
        .toColourspace("srgb")
        .raw()
        .toBuffer({ resolveWithObject: true });
      return { width: info.width, height: info.height, data: toRgb(data, info.channels) };
    }
    if (header.depth === "ushort") {
      const { data, info } = await decoder
        .removeAlpha()
        .toColourspace(header.channels < 3 ? "grey16" : "rgb16")
        .raw({ depth: "ushort" })
        .toBuffer({ resolveWithObject: true });
      return {
        width: info.width,
        height: info.height,
        data: toRgb(scaleTo8Bit(asUint16(data), rules.range), info.channels),
      };
    }
    throw complain({
      where: file.name,
      what: "this kind of sample is not supported",
      expected: "8 or 16 bits without sign",
      got: header.depth,
    });
  } catch (cause) {
    throw imageError(file, cause, bytes.length);
  }
}

/** Width and height as stored, from the header only. */
export async function readImageSize(file: DataFile): Promise<Size> {
  try {
    const { width, height } = await sharp(pathOf(file), input).metadata();
    return { width, height };
  } catch (cause) {
    // Sharp words a missing file as it likes; reading it says so plainly.
    await readBytes(file);
    throw imageError(file, cause);
  }
}

/** 8 or 16-bit samples as stored, grey in one channel: label maps in TIFF, masks in any picture format. */
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

/** Orientations 5 to 8 exchange width and height (EXIF 2.3, tag 0x0112); 2 to 4 keep them, so no size can tell. */
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

/** libvips' own words are left to the cause: they come from a buffer that concurrent decodings share, and a row must not depend on those. */
function imageError(file: DataFile, cause: unknown, size?: number) {
  if (cause instanceof SegbenchError) return cause;
  return complain({
    where: file.name,
    what: "the picture cannot be decoded",
    expected: "a whole file of a known picture format",
    got: `${size === undefined ? "one" : `${size} bytes`} that libvips refuses`,
    cause,
  });
}
