// TIFF samples as they are stored: 1 to 64 bits, with and without sign, float, any number of bands, both byte orders.
// The tags, PackBits and Zstandard are geotiff's; its own rasters garble predictors of big-endian files.
import { inflateSync } from "node:zlib";
import type { GeoTIFF } from "geotiff";
import type { PixelValues, Size } from "../core/types.ts";
import { mostOfLzw, unpackLzw } from "./lzw.ts";

export interface TiffTags extends Size {
  readonly bits: number;
  /** 1: without sign, 2: with sign, 3: floating point (tag SampleFormat). */
  readonly format: number;
  readonly samples: number;
  /** 0: white is 0, 1: black is 0, 2: RGB, 3: palette, 5: CMYK, 6: YCbCr (tag PhotometricInterpretation). */
  readonly photometric: number;
  readonly compression: number;
  readonly orientation: number;
  /** The last sample is alpha. */
  readonly alpha: boolean;
  /** There are samples beyond grey or colours and alpha. */
  readonly moreBands: boolean;
  /** There is a second page, beyond smaller copies and transparency masks of the first. */
  readonly morePages: boolean;
  /** 8 bits of red, green and blue for each index. */
  readonly palette: Uint8Array | undefined;
  readonly blocks: Blocks;
}

/** Strips, or tiles. */
interface Blocks extends Size {
  readonly offsets: ArrayLike<number | bigint>;
  readonly sizes: ArrayLike<number | bigint> | undefined;
  /** Each sample has blocks of its own. */
  readonly planar: boolean;
  readonly predictor: number;
  readonly reversed: boolean;
  readonly bigEndian: boolean;
}

/** How many bytes one byte of a block may become: a size beyond it is refused before memory is taken. */
const MOST: Readonly<Record<number, number>> = {
  1: 1,
  5: mostOfLzw,
  8: 1033,
  32946: 1033,
  32773: 64,
  50000: 33000,
};

/** Compressions that are read here; the others are left to libvips. */
export function isExactTiff({ compression }: TiffTags): boolean {
  return compression in MOST;
}

/** Whether libvips unpacks a picture's samples; it gives black where it does not know the compression. */
export function isForLibvips({ compression, bits }: TiffTags): boolean {
  return [1, 2, 3, 4, 5, 6, 7, 8, 32946, 32773].includes(compression) && (bits < 9 || bits % 8 === 0);
}

/** Throws where these bytes are no TIFF. */
export async function readTiffTags(bytes: Buffer): Promise<TiffTags> {
  const whole = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
  const { fromArrayBuffer } = await import("geotiff");
  const tiff = await fromArrayBuffer(whole);
  const directory = (await tiff.getImage(0)).getFileDirectory();
  const load = async (tag: Parameters<typeof directory.loadValue>[0]) =>
    directory.hasTag(tag) ? ((await directory.loadValue(tag)) as unknown) : undefined;
  const list = async (tag: Parameters<typeof load>[0]) => {
    const value = await load(tag);
    return (typeof value === "object" ? value : value === undefined ? undefined : [value]) as
      | ArrayLike<number>
      | undefined;
  };
  const one = async (tag: Parameters<typeof load>[0]) => {
    const value = (await list(tag))?.[0];
    return value === undefined ? undefined : Number(value);
  };
  const same = async (tag: Parameters<typeof load>[0], standard: number) => {
    const values = Array.from((await list(tag)) ?? [standard]);
    if (values.some((value) => value !== values[0])) throw new Error(`${tag} ${values.join(", ")}`);
    return values[0]!;
  };
  const [width, height] = [(await one("ImageWidth")) ?? 0, (await one("ImageLength")) ?? 0];
  const samples = (await one("SamplesPerPixel")) ?? 1;
  const sane = [width, height, samples].every((number) => Number.isInteger(number) && number > 0);
  if (!sane || samples > 65535) throw new Error(`a size of ${width}x${height} with ${samples} samples`);
  const tiled = directory.hasTag("TileOffsets");
  const rows = Math.min((await one("RowsPerStrip")) ?? height, height);
  const extra = await list("ExtraSamples");
  const photometric = (await one("PhotometricInterpretation")) ?? 1;
  const colours = photometric === 2 || photometric === 6 ? 3 : photometric === 5 ? 4 : 1;
  const kind = extra?.[extra.length - 1];
  const alpha = samples === colours + 1 && kind !== undefined && kind !== 0;
  return {
    ...{ width, height, samples, photometric },
    bits: await same("BitsPerSample", 1),
    format: (await same("SampleFormat", 1)) === 4 ? 1 : await same("SampleFormat", 1),
    compression: (await one("Compression")) ?? 1,
    orientation: (await one("Orientation")) ?? 1,
    alpha,
    moreBands: samples > colours + (alpha ? 1 : 0),
    morePages: await hasMorePages(tiff),
    palette: photometric === 3 ? paletteOf(await list("ColorMap")) : undefined,
    blocks: {
      width: tiled ? ((await one("TileWidth")) ?? 0) : width,
      height: tiled ? ((await one("TileLength")) ?? 0) : rows,
      offsets: (await list(tiled ? "TileOffsets" : "StripOffsets")) ?? [],
      sizes: await list(tiled ? "TileByteCounts" : "StripByteCounts"),
      planar: samples > 1 && (await one("PlanarConfiguration")) === 2,
      predictor: (await one("Predictor")) ?? 1,
      reversed: (await one("FillOrder")) === 2,
      bigEndian: bytes[0] === 0x4d,
    },
  };
}

/** Overviews (bit 0) and transparency masks (bit 2 of NewSubfileType) are no pages. Damaged ones are not looked at. */
async function hasMorePages(tiff: GeoTIFF): Promise<boolean> {
  for (let page = 1; page < 64; page++) {
    const image = await tiff.getImage(page).catch(() => undefined);
    if (image === undefined) return false;
    if ((Number(image.getFileDirectory().getValue("NewSubfileType") ?? 0) & 5) === 0) return true;
  }
  return false;
}

/** All reds, greens, blues of 16 bits each. Files that wrote 8 bits instead are known by their numbers (libtiff, too). */
function paletteOf(map: ArrayLike<number> | undefined): Uint8Array {
  if (map === undefined || map.length === 0) throw new Error("a palette picture without a palette");
  const colours = map.length / 3;
  const shift = Array.prototype.some.call(map, (value: number) => value > 255) ? 8 : 0;
  return Uint8Array.from(
    { length: map.length },
    (_, i) => map[(i % 3) * colours + Math.floor(i / 3)]! >> shift,
  );
}

/** Interleaved samples, or those of some bands (from 0). Throws errors that say what is wrong with the file. */
export async function readTiffSamples(bytes: Buffer, tags: TiffTags, bands?: readonly number[]) {
  const { width, height, bits, samples, blocks } = tags;
  const wanted = bands ?? Array.from({ length: samples }, (_, i) => i);
  const values = arrayFor(tags);
  const rowBits = (blocks.planar ? 1 : samples) * bits * blocks.width;
  const [rowBytes, whole] = [Math.ceil(rowBits / 8), Math.ceil(((samples * bits) / 8) * width * height)];
  const most = MOST[tags.compression]!;
  if (blocks.width < 1 || blocks.height < 1) throw new Error(`tiles of ${blocks.width}x${blocks.height}`);
  if (whole > most * bytes.length || rowBytes * blocks.height > most * bytes.length)
    throw new Error(`${bytes.length} bytes for ${width}x${height} pixels of ${samples} x ${bits} bits`);
  const [across, down] = [Math.ceil(width / blocks.width), Math.ceil(height / blocks.height)];
  const data = new values(width * height * wanted.length);
  const step = blocks.planar ? 1 : samples;
  for (let plane = 0; plane < (blocks.planar ? samples : 1); plane++) {
    if (blocks.planar && !wanted.includes(plane)) continue;
    for (let block = 0; block < across * down; block++) {
      const [left, top] = [(block % across) * blocks.width, Math.floor(block / across) * blocks.height];
      const rows = Math.min(blocks.height, height - top);
      const columns = Math.min(blocks.width, width - left);
      const packed = packedBlock(bytes, blocks, plane * across * down + block, rowBytes * rows);
      const unpacked = await unpack(packed, tags, rowBytes * blocks.height);
      if (unpacked.length < rowBytes * rows)
        throw new Error(`${unpacked.length} bytes where a block has ${rowBytes * rows}`);
      for (let y = 0; y < rows; y++) {
        const row = valuesOf(unpacked.subarray(y * rowBytes, (y + 1) * rowBytes), tags, step);
        for (const [to, band] of wanted.entries()) {
          if (blocks.planar && band !== plane) continue;
          let at = ((top + y) * width + left) * wanted.length + to;
          for (let x = blocks.planar ? 0 : band, n = 0; n < columns; n++, x += step, at += wanted.length)
            data[at] = row[x]!;
        }
      }
    }
  }
  return { width, height, channels: wanted.length, data };
}

function packedBlock(
  bytes: Buffer,
  { offsets, sizes, reversed }: Blocks,
  index: number,
  full: number,
): Buffer {
  const [offset, size] = [Number(offsets[index]), Number(sizes === undefined ? full : sizes[index])];
  if (!(offset > 0 && size > 0)) throw new Error(`block ${index} has no data`);
  if (offset + size > bytes.length) throw new Error(`a file shorter than its block ${index}`);
  const block = bytes.subarray(offset, offset + size);
  return reversed ? Buffer.from(block.map(reverseBits)) : block;
}

function reverseBits(byte: number): number {
  let back = 0;
  for (let bit = 0; bit < 8; bit++) back |= ((byte >> bit) & 1) << (7 - bit);
  return back;
}

async function unpack(block: Buffer, { compression, width, height, blocks, bits }: TiffTags, most: number) {
  if (compression === 1) return block;
  if (compression === 8 || compression === 32946)
    return inflateSync(block, { maxOutputLength: Math.max(1, most) });
  if (compression === 5) return unpackLzw(block, most);
  const parameters = { tileWidth: width, tileHeight: height, predictor: 1, bitsPerSample: bits };
  const { getDecoder } = await import("geotiff");
  const decoder = await getDecoder(compression, {
    ...parameters,
    planarConfiguration: blocks.planar ? 2 : 1,
  });
  const own = block.buffer.slice(block.byteOffset, block.byteOffset + block.length) as ArrayBuffer;
  return Buffer.from((await decoder.decodeBlock(own)) as ArrayBuffer);
}

type Values = new (length: number) => PixelValues;

function arrayFor({ bits, format }: TiffTags): Values {
  if (format === 1 && bits <= 8) return Uint8Array;
  if (format === 1 && bits <= 16) return Uint16Array;
  if (format === 1 && bits === 32) return Uint32Array;
  if (format === 2 && bits === 8) return Int8Array;
  if (format === 2 && bits === 16) return Int16Array;
  if (format === 2 && bits === 32) return Int32Array;
  if (format === 3 && (bits === 16 || bits === 32)) return Float32Array;
  if (bits === 64 && format <= 3) return Float64Array;
  throw new Error(`samples of ${bits} bits${format === 1 ? "" : ` in SampleFormat ${format}`}`);
}

/** One row's values. `step` is the number of samples that the predictor's differences are apart. */
function valuesOf(row: Buffer, { bits, format, blocks }: TiffTags, step: number): ArrayLike<number> {
  if (bits % 8 !== 0) {
    if (blocks.predictor !== 1) throw new Error(`a predictor for ${bits} bits`);
    return unpackBits(row, bits);
  }
  const own = Buffer.from(row);
  const size = bits / 8;
  if (blocks.predictor === 3) joinFloats(own, size, step);
  else if (blocks.bigEndian) swap(own, size);
  const aligned = own.buffer.slice(own.byteOffset, own.byteOffset + own.length) as ArrayBuffer;
  if (blocks.predictor === 2) accumulate(aligned, size, step);
  else if (blocks.predictor !== 1 && blocks.predictor !== 3) throw new Error(`predictor ${blocks.predictor}`);
  if (size === 1) return format === 2 ? new Int8Array(aligned) : new Uint8Array(aligned);
  if (size === 2 && format === 3) return Array.from(new Uint16Array(aligned), halfFloat);
  if (size === 2) return format === 2 ? new Int16Array(aligned) : new Uint16Array(aligned);
  if (format === 3) return size === 4 ? new Float32Array(aligned) : new Float64Array(aligned);
  if (size === 4) return format === 2 ? new Int32Array(aligned) : new Uint32Array(aligned);
  return Array.from(format === 2 ? new BigInt64Array(aligned) : new BigUint64Array(aligned), safeNumber);
}

/** A number of 64 bits that JavaScript's numbers cannot tell from its neighbours is refused. */
export function safeNumber(value: bigint): number {
  const number = Number(value);
  if (Number.isSafeInteger(number)) return number;
  throw new Error(`the value ${value}, which is beyond 2^53`);
}

function swap(row: Buffer, size: number): void {
  if (size === 2) row.swap16();
  else if (size === 4) row.swap32();
  else if (size === 8) row.swap64();
}

/** Predictor 2: each sample is the difference to the one before. */
function accumulate(row: ArrayBuffer, size: number, step: number): void {
  if (size === 8) {
    const values = new BigUint64Array(row);
    for (let i = step; i < values.length; i++) values[i] = values[i]! + values[i - step]!;
    return;
  }
  const values = size === 1 ? new Uint8Array(row) : size === 2 ? new Uint16Array(row) : new Uint32Array(row);
  for (let i = step; i < values.length; i++) values[i] = values[i]! + values[i - step]!;
}

/** Predictor 3: differences of bytes; first the highest bytes of all samples, last the lowest ones. */
function joinFloats(row: Buffer, size: number, step: number): void {
  for (let i = step; i < row.length; i++) row[i] = row[i]! + row[i - step]!;
  const planes = Buffer.from(row);
  const count = row.length / size;
  for (let i = 0; i < count; i++)
    for (let byte = 0; byte < size; byte++) row[i * size + byte] = planes[(size - 1 - byte) * count + i]!;
}

/** Samples of fewer than 8, or of 9 to 15 bits: the first one in the high bits (TIFF 6.0, FillOrder). */
function unpackBits(row: Buffer, bits: number): ArrayLike<number> {
  const values = new Uint16Array(Math.floor((row.length * 8) / bits));
  for (let i = 0, at = 0; i < values.length; i++) {
    let value = 0;
    for (let bit = 0; bit < bits; bit++, at++) value = (value << 1) | ((row[at >> 3]! >> (7 - (at & 7))) & 1);
    values[i] = value;
  }
  return values;
}

/** IEEE 754 of 16 bits. */
function halfFloat(bits: number): number {
  const [sign, exponent, fraction] = [bits >> 15 ? -1 : 1, (bits >> 10) & 31, bits & 1023];
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : 2 ** (exponent - 15) * (1 + fraction / 1024));
}
