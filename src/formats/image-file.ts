// Picture files -> 8-bit RGB. libvips (sharp) decodes them: its JPEG pixels equal Pillow's and OpenCV's. Windows bitmaps,
// which it does not read, bands that a card chooses and what it reads wrongly come by src/formats/stored-image.ts.
import sharp, { type Metadata, type Sharp } from "sharp";
import type { FullDatasetCard } from "../core/defaults.ts";
import type { Note } from "../core/errors.ts";
import { complain } from "../core/errors.ts";
import type { PixelValues, RgbImage, Size } from "../core/types.ts";
import { sizeOfBmp } from "./bmp-file.ts";
import { type DataFile, readBytes } from "./files.ts";
import {
  asUint16,
  checkFilled,
  cmykToRgb,
  decoderError,
  decoderOptions,
  FIRST_PAGE,
  kindOf,
  libvipsError,
  readStored,
  type Stored,
} from "./stored-image.ts";
import { isForLibvips, readTiffSamples, readTiffTags } from "./tiff-file.ts";

/** A card's rules for EXIF orientation, for the bands that are colours and for the range of wide samples that becomes 0..255. */
export type PixelRules = FullDatasetCard["pixels"];

/** What the reading of a picture needs of its benchmark, and whom it tells what was chosen. */
export interface PixelSource {
  readonly pixels: PixelRules;
  note(note: Note): void;
}

/**
 * 8-bit RGB. Embedded colour profiles are ignored, alpha is dropped (not blended), grey is replicated, 16-bit samples are
 * scaled by `range` and rounded to the nearest. `annotated` is the annotation's size, by which EXIF rule "auto" decides;
 * where it cannot, the picture is turned as the format's own `tools` do.
 */
export async function readImage(
  file: DataFile,
  { pixels, note }: PixelSource,
  annotated?: Size,
  tools: "turn" | "keep" = "keep",
): Promise<RgbImage> {
  const bytes = await readBytes(file);
  const kind = kindOf(bytes);
  if (pixels.bands !== undefined && kind !== "TIFF") {
    const what = "pixels.bands chooses among the bands of a TIFF";
    throw complain(file.name, what, { expected: "a TIFF", got: kind ?? "another kind of file" });
  }
  if (kind === "BMP") return rgbOf(await readStored(file, bytes, { note }), file, pixels);
  if (kind === "TIFF") {
    const raster = await readRaster(file, bytes, { pixels, note });
    if (raster !== undefined) return raster;
  }
  try {
    const header = await sharp(bytes, decoderOptions(kind)).metadata();
    checkFilled(header, kind, bytes.length);
    if (kind !== "TIFF" && (header.pages ?? 1) > 1) note({ what: FIRST_PAGE, where: file.name });
    const decoder = sharp(bytes, decoderOptions(kind));
    const { turned, what } = orientationOf(header, pixels.exif, annotated, tools);
    if (turned) decoder.autoOrient();
    if (what !== undefined) note({ what, where: file.name, key: "pixels.exif" });
    return await decodeRgb(decoder, header, file, pixels);
  } catch (cause) {
    throw libvipsError(file, bytes.length, cause);
  }
}

/** The size of what `readImage` gives, from the file's header where libvips reads it. */
export async function readSize(file: DataFile, source: PixelSource): Promise<Size> {
  const bytes = await readBytes(file);
  const kind = kindOf(bytes);
  if (kind === "BMP" || kind === "TIFF") return readImage(file, source);
  try {
    const header = await sharp(bytes, decoderOptions(kind)).metadata();
    checkFilled(header, kind, bytes.length);
    const { width, height, orientation = 1 } = header;
    const { turned } = orientationOf(header, source.pixels.exif, undefined, "keep");
    return turned && orientation >= 5 ? { width: height, height: width } : { width, height };
  } catch (cause) {
    throw libvipsError(file, bytes.length, cause);
  }
}

/** The size that a file says of its picture, as it is stored: nothing is unpacked. */
export async function statedSize(file: DataFile, source: PixelSource): Promise<Size> {
  const bytes = await readBytes(file);
  const kind = kindOf(bytes);
  if (kind !== "BMP" && kind !== "TIFF") return readSize(file, source);
  try {
    return kind === "BMP" ? sizeOfBmp(bytes) : await readTiffTags(bytes);
  } catch (cause) {
    throw decoderError(file, kind, cause);
  }
}

async function decodeRgb(
  decoder: Sharp,
  { depth, channels, space }: Metadata,
  file: DataFile,
  { range }: PixelRules,
): Promise<RgbImage> {
  const wide = depth === "ushort";
  if (!wide && depth !== "uchar") {
    const [what, expected] = ["this kind of sample is not supported", "8 or 16 bits without sign"];
    throw complain(file.name, what, { expected, got: depth });
  }
  const ink = space === "cmyk";
  if (ink) decoder.pipelineColourspace("cmyk").toColourspace("cmyk");
  else decoder.removeAlpha().toColourspace(wide ? (channels < 3 ? "grey16" : "rgb16") : "srgb");
  const { data, info } = await decoder
    .raw({ depth: wide ? "ushort" : "uchar" })
    .toBuffer({ resolveWithObject: true });
  const { width, height } = info;
  if (ink) {
    const samples = wide ? asUint16(data) : data;
    const rgb = cmykToRgb({ width, height, channels: info.channels, data: samples, bits: wide ? 16 : 8 });
    return { width, height, data: rgb };
  }
  return { width, height, data: toRgb(wide ? scaleTo8Bit(asUint16(data), range) : data, info.channels) };
}

/** Bands that the card chooses, or samples that libvips cannot unpack; undefined for a TIFF that is libvips'. */
async function readRaster(
  file: DataFile,
  bytes: Buffer,
  { pixels, note }: PixelSource,
): Promise<RgbImage | undefined> {
  const tags = await readTiffTags(bytes).catch((cause) => Promise.reject(decoderError(file, "TIFF", cause)));
  const { bands } = pixels;
  if (tags.morePages) note({ what: FIRST_PAGE, where: file.name });
  if (bands === undefined && tags.samples > MOST_BANDS) {
    const what = "a picture has more bands than colours, and the card does not say which to read";
    const expected = `at most ${MOST_BANDS} bands, or pixels.bands on the card`;
    throw complain(file.name, what, { expected, got: `${tags.samples} bands` });
  }
  if (bands === undefined) {
    const what = "bands beyond grey or red, green and blue were not read";
    if (tags.moreBands) note({ what, where: file.name, key: "pixels.bands" });
    if (isForLibvips(tags)) return undefined;
    return rgbOf(await readStored(file, bytes, {}), file, pixels);
  }
  const beyond = bands.find((band) => band > tags.samples);
  if (beyond !== undefined) {
    const what = "a picture lacks a band of pixels.bands";
    throw complain(file.name, what, { expected: `band ${beyond}`, got: `${tags.samples} bands` });
  }
  const chosen = await readTiffSamples(
    bytes,
    tags,
    bands.map((band) => band - 1),
  ).catch((cause) => Promise.reject(decoderError(file, "TIFF", cause)));
  return rgbOf({ ...chosen, bits: tags.bits, colour: "black is 0", alpha: false }, file, pixels);
}

/** libvips takes five: four colours of ink and alpha. */
const MOST_BANDS = 5;

/** Of samples as they are stored. */
function rgbOf(stored: Stored, file: DataFile, { range }: PixelRules): RgbImage {
  const { width, height, data, palette, channels, colour } = stored;
  if (palette !== undefined) {
    const rgb = new Uint8Array(3 * data.length);
    for (let i = 0; i < data.length; i++)
      for (let c = 0; c < 3; c++) rgb[3 * i + c] = palette.colours[3 * data[i]! + c]!;
    return { width, height, data: rgb };
  }
  if (colour === "CMYK") return { width, height, data: cmykToRgb(stored) };
  const narrow = narrowOf(stored, file, range);
  if (colour === "white is 0") for (let i = 0; i < narrow.length; i++) narrow[i] = 255 - narrow[i]!;
  return { width, height, data: toRgb(narrow, channels) };
}

function narrowOf({ data, bits }: Stored, file: DataFile, range: PixelRules["range"]): Uint8Array {
  if (data instanceof Uint8Array) {
    const most = 2 ** bits - 1;
    return bits === 8 ? data : data.map((value) => Math.round((value * 255) / most));
  }
  if (data instanceof Uint16Array) return scaleTo8Bit(data, range);
  const [what, expected] = ["this kind of sample is not supported", "8 or 16 bits without sign"];
  throw complain(file.name, what, { expected, got: kindOfSamples(data, bits) });
}

function kindOfSamples(data: PixelValues, bits: number): string {
  if (data instanceof Float32Array || data instanceof Float64Array) return `${bits} bits, float or wider`;
  return `${bits} bits${data instanceof Uint32Array ? "" : " with sign"}`;
}

/**
 * Orientations 5 to 8 exchange width and height (EXIF 2.3, tag 0x0112); 2 to 4 keep them, so that the size
 * does not show them.
 */
function orientationOf(
  header: Metadata,
  rule: PixelRules["exif"],
  annotated: Size | undefined,
  tools: "turn" | "keep",
): { readonly turned: boolean; readonly what?: string } {
  const { orientation = 1, width, height } = header;
  if (orientation < 2 || orientation > 8) return { turned: false };
  if (rule !== "auto") {
    const turned = rule === "apply";
    return { turned, what: `its EXIF orientation was ${turned ? "applied" : "ignored"}, as the card says` };
  }
  const stored = width === annotated?.width && height === annotated?.height;
  const other = height === annotated?.width && width === annotated?.height;
  if (orientation >= 5 && stored !== other) {
    const what = `its EXIF orientation was ${other ? "applied" : "ignored"}, as the annotation's size says`;
    return { turned: other, what };
  }
  const turned = tools === "turn";
  const why =
    annotated === undefined && turned ? "viewers show it" : "the format's own tools do: no size decides";
  const what = `its EXIF orientation was ${turned ? "applied" : "ignored"}, as ${why}`;
  return { turned, what };
}

function scaleTo8Bit(samples: Uint16Array, [low, high]: PixelRules["range"]): Uint8Array {
  const table = new Uint8ClampedArray(65536);
  for (let value = 0; value < 65536; value++) table[value] = Math.round(((value - low) / (high - low)) * 255);
  const scaled = new Uint8Array(samples.length);
  for (let i = 0; i < samples.length; i++) scaled[i] = table[samples[i]!]!;
  return scaled;
}

/** Of grey or RGB, each with or without alpha. */
function toRgb(data: Uint8Array, channels: number): Uint8Array {
  if (channels === 3) return new Uint8Array(data.buffer, data.byteOffset, data.length);
  const pixels = data.length / channels;
  const rgb = new Uint8Array(3 * pixels);
  for (let i = 0; i < pixels; i++) {
    if (channels < 3) rgb.fill(data[i * channels]!, 3 * i, 3 * i + 3);
    else for (let c = 0; c < 3; c++) rgb[3 * i + c] = data[i * channels + c]!;
  }
  return rgb;
}
