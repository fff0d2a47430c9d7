// What a picture file stores, of whatever kind: samples of their true type, palettes and alpha apart. The content says
// what kind of file it is, never the suffix.
import sharp, { type Metadata, type SharpOptions } from "sharp";
import type { Note } from "../core/errors.ts";
import { complain, reasonOf, SegbenchError } from "../core/errors.ts";
import type { PixelValues, Size } from "../core/types.ts";
import { plural } from "../core/words.ts";
import { decodeBmp } from "./bmp-file.ts";
import type { DataFile } from "./files.ts";
import { decodeGif } from "./gif-file.ts";
import { decodeAnyPng } from "./png-file.ts";
import { isExactTiff, readTiffSamples, readTiffTags } from "./tiff-file.ts";

export type Kind = "PNG" | "JPEG" | "TIFF" | "BMP" | "GIF" | "WebP";

/** By the first bytes. undefined for a kind that only libvips may know. */
export function kindOf(bytes: Buffer): Kind | undefined {
  const text = bytes.toString("latin1", 0, 12);
  if (text.startsWith("\x89PNG\r\n")) return "PNG";
  if (text.startsWith("\xff\xd8\xff")) return "JPEG";
  if (/^(?:II[*+]\0|MM\0[*+])/.test(text)) return "TIFF";
  if (text.startsWith("BM") && bytes.length > 18 && bytes.readUInt32LE(14) < 256) return "BMP";
  if (/^GIF8[79]a/.test(text)) return "GIF";
  return /^RIFF[\s\S]{4}WEBP/.test(text) ? "WebP" : undefined;
}

export interface Stored extends Size {
  readonly data: PixelValues;
  /** Interleaved, with alpha; 1 for palette indices. */
  readonly channels: number;
  /** Bits of a sample. */
  readonly bits: number;
  readonly colour: "black is 0" | "white is 0" | "RGB" | "CMYK" | "palette";
  /** The last channel is alpha. */
  readonly alpha: boolean;
  /** Three bytes per colour; the alpha of each index, where one is not opaque. */
  readonly palette?: { readonly colours: Uint8Array; readonly alphas?: Uint8Array | undefined };
  /** The kind of a file whose samples are not exactly those that were written. */
  readonly lossy?: string | undefined;
  /** There are more pages or frames than the one that was read. */
  readonly more?: boolean;
}

/** Decoder warnings (odd metadata) are no errors: Pillow reads such files too. A truncated file is one. */
export function decoderOptions(kind: Kind | undefined): SharpOptions {
  // With "truncated", libvips gives black for strips of a TIFF that cannot be unpacked.
  const failOn = kind === "TIFF" ? "error" : "truncated";
  return { failOn, ignoreIcc: true, limitInputPixels: false };
}

/** An error names the file. `exact`: lossy files are refused. */
export async function readStored(
  file: DataFile,
  bytes: Buffer,
  {
    note = () => {},
    exact = false,
  }: { readonly note?: ((note: Note) => void) | undefined; readonly exact?: boolean },
): Promise<Stored> {
  const kind = kindOf(bytes);
  try {
    const stored = await (decoders[kind as keyof typeof decoders] ?? decodeOther)(bytes, exact);
    if (stored.lossy !== undefined && exact) throw lossyError(file, stored.lossy);
    if (stored.more) note({ what: FIRST_PAGE, where: file.name });
    return stored;
  } catch (cause) {
    if (cause instanceof LossyFile) throw lossyError(file, cause.message);
    if (cause instanceof LibvipsError) throw libvipsError(file, bytes.length, cause);
    throw decoderError(file, kind, cause);
  }
}

export const FIRST_PAGE = "only the first page or frame of a file was read";

/** A file that stores no exact values is not decoded where these are asked for. */
class LossyFile extends Error {}

function lossyError(file: DataFile, kind: string) {
  const what = "a lossy file holds no exact labels";
  const expected = "PNG, TIFF, BMP, GIF or lossless WebP";
  return complain(file.name, what, { expected, got: kind });
}

/** Of our own decoders, whose messages say what is wrong. */
export function decoderError({ name: where }: DataFile, kind: Kind | undefined, cause: unknown) {
  if (cause instanceof SegbenchError) return cause;
  return complain(where, `the ${kind} cannot be decoded`, { got: reasonOf(cause), cause });
}

/** libvips' message is only in the cause: concurrent decodings share its buffer, and a row must not depend on them. */
export function libvipsError({ name: where }: DataFile, size: number, cause: unknown) {
  if (cause instanceof SegbenchError) return cause;
  const [what, expected] = ["the image cannot be decoded", "a complete file in a known image format"];
  return complain(where, what, { expected, got: plural(size, "byte"), cause });
}

class LibvipsError extends Error {}

const decoders = {
  PNG: async (bytes: Buffer): Promise<Stored> => {
    const { palette, ...png } = await decodeAnyPng(bytes);
    if (palette === undefined)
      return { ...png, colour: png.channels < 3 ? "black is 0" : "RGB", alpha: png.channels % 2 === 0 };
    const alphas = palette.alphas.some((alpha) => alpha < 255) ? palette.alphas : undefined;
    return { ...png, colour: "palette", alpha: false, palette: { colours: palette.colours, alphas } };
  },
  BMP: async (bytes: Buffer): Promise<Stored> => {
    const { palette, ...bmp } = decodeBmp(bytes);
    if (palette === undefined) return { ...bmp, bits: 8, colour: "RGB", alpha: bmp.channels === 4 };
    return { ...bmp, bits: 8, colour: "palette", alpha: false, palette: { colours: palette } };
  },
  GIF: async (bytes: Buffer): Promise<Stored> => {
    const { palette: colours, transparent, moreFrames: more, ...gif } = decodeGif(bytes);
    const alphas = transparent === undefined ? undefined : new Uint8Array(256).fill(255);
    if (transparent !== undefined) alphas![transparent] = 0;
    return {
      ...gif,
      channels: 1,
      bits: 8,
      colour: "palette",
      alpha: false,
      palette: { colours, alphas },
      more,
    };
  },
  TIFF: async (bytes: Buffer, exact: boolean): Promise<Stored> => {
    const tags = await readTiffTags(bytes);
    const { photometric, compression, bits, alpha, morePages: more } = tags;
    const lossy = lossyTiff[compression];
    if (lossy !== undefined && exact) throw new LossyFile(lossy);
    const colour = photometrics[photometric];
    if (isExactTiff(tags) && colour !== undefined) {
      const palette = tags.palette && { colours: tags.palette };
      return {
        ...(await readTiffSamples(bytes, tags)),
        bits,
        colour,
        alpha,
        more,
        ...(palette && { palette }),
      };
    }
    if (lossy === undefined && !(faxes.includes(compression) && bits === 1))
      throw new Error(
        `compression ${compression} with PhotometricInterpretation ${photometric}, which is not supported`,
      );
    const stored = { ...(await decodeByLibvips(bytes, "TIFF")), lossy, more };
    if (lossy !== undefined) return stored;
    // Of one bit, libvips makes 0 for black and 255 for white.
    const white = photometric === 0;
    const data = Uint8Array.from(stored.data, (value) => (value > 0 === white ? 0 : 1));
    return { ...stored, data, bits: 1, colour: white ? "white is 0" : "black is 0" };
  },
};

const photometrics: Readonly<Record<number, Stored["colour"]>> = {
  ...{ 0: "white is 0", 1: "black is 0", 2: "RGB", 3: "palette", 4: "black is 0", 5: "CMYK" },
};
/** CCITT's codes, which libvips unpacks. */
const faxes = [2, 3, 4];
const lossyTiff: Readonly<Record<number, string>> = {
  6: "JPEG in TIFF",
  7: "JPEG in TIFF",
  50001: "WebP in TIFF",
};

async function decodeOther(bytes: Buffer, exact: boolean): Promise<Stored> {
  const kind = kindOf(bytes);
  const lossy = kind === "WebP" ? (isLossless(bytes) ? undefined : "lossy WebP") : kind;
  if (lossy !== undefined && exact) throw new LossyFile(lossy);
  return { ...(await decodeByLibvips(bytes, kind)), ...(kind !== undefined && { lossy }) };
}

/** Chunks of a WebP: "VP8 " is lossy, "VP8L" is not; in an animation they lie in the frames. */
function isLossless(bytes: Buffer): boolean {
  for (let at = 12; at + 8 <= bytes.length; ) {
    const type = bytes.toString("latin1", at, at + 4);
    if (type === "VP8L") return true;
    if (type === "VP8 ") return false;
    // A frame's own chunks come after 16 bytes about it.
    at += type === "ANMF" ? 24 : 8 + bytes.readUInt32LE(at + 4) + (bytes.readUInt32LE(at + 4) & 1);
  }
  return false;
}

async function decodeByLibvips(bytes: Buffer, kind: Kind | undefined): Promise<Stored> {
  try {
    const header = await sharp(bytes, decoderOptions(kind)).metadata();
    checkFilled(header, kind, bytes.length);
    const wide = header.depth === "ushort";
    const { data, info } = await rawSamples(bytes, kind, header, wide);
    const { width, height, channels } = info;
    const values = wide ? asUint16(data) : new Uint8Array(data.buffer, data.byteOffset, data.length);
    const colour = header.space === "cmyk" ? "CMYK" : channels < 3 ? "black is 0" : "RGB";
    // Of these, only PGM and its kin are known to be exact.
    const lossy = kind === undefined && header.format !== "ppm" ? header.format : undefined;
    const alpha = header.hasAlpha && channels > 1;
    return {
      width,
      height,
      channels,
      data: values,
      bits: wide ? 16 : 8,
      colour,
      alpha,
      lossy,
      more: (header.pages ?? 1) > 1,
    };
  } catch (cause) {
    throw new LibvipsError(reasonOf(cause), { cause });
  }
}

function rawSamples(bytes: Buffer, kind: Kind | undefined, header: Metadata, wide: boolean) {
  const image = sharp(bytes, decoderOptions(kind));
  if (header.space === "cmyk") image.pipelineColourspace("cmyk").toColourspace("cmyk");
  else if (header.channels < 3) image.toColourspace(wide ? "grey16" : "b-w");
  else image.toColourspace(wide ? "rgb16" : "srgb");
  return image.raw({ depth: wide ? "ushort" : "uchar" }).toBuffer({ resolveWithObject: true });
}

/** Pixels that a byte can stand for at most: a JPEG needs a bit for each 64 of them, a code of a GIF has 4096. */
const MOST_PIXELS: Readonly<Record<string, number>> = { JPEG: 1024, GIF: 4096, PNG: 8 * 1032 };
/** Elsewhere as many as a WebP's sides can have. */
const MOST_EVER = 2 ** 28;

/** Before memory is taken for it. */
export function checkFilled({ width, height }: Size, kind: Kind | undefined, size: number): void {
  const most = MOST_PIXELS[kind ?? ""];
  if (width * height > (most === undefined ? MOST_EVER : most * size))
    throw new Error(`${size} bytes for ${width}x${height} pixels`);
}

export function asUint16(data: Buffer): Uint16Array {
  return new Uint16Array(data.buffer.slice(data.byteOffset, data.byteOffset + data.length));
}

/** 8-bit RGB of CMYK as Pillow has it; embedded profiles are ignored. Wide samples lose their low byte first. */
export function cmykToRgb({
  data,
  channels,
  width,
  height,
  bits,
}: Pick<Stored, "data" | "channels" | "width" | "height" | "bits">): Uint8Array {
  const rgb = new Uint8Array(3 * width * height);
  const shift = bits > 8 ? 8 : 0;
  for (let i = 0, at = 0, to = 0; i < width * height; i++, at += channels) {
    const white = 255 - (data[at + 3]! >> shift);
    for (let c = 0; c < 3; c++) {
      const product = (data[at + c]! >> shift) * white + 128;
      rgb[to++] = Math.max(0, white - (((product >> 8) + product) >> 8));
    }
  }
  return rgb;
}
