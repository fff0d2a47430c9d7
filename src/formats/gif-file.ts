// The first frame of a GIF as palette indices, which libvips replaces by colours (GIF89a, and its appendix F for LZW).
import type { Size } from "../core/types.ts";

export interface GifFrame extends Size {
  readonly data: Uint8Array;
  /** Three bytes per colour. */
  readonly palette: Uint8Array;
  /** The index that is transparent. */
  readonly transparent: number | undefined;
  readonly moreFrames: boolean;
}

/** Throws errors that say what is wrong with the file. */
export function decodeGif(bytes: Buffer): GifFrame {
  const [width, height] = [bytes.readUInt16LE(6), bytes.readUInt16LE(8)];
  const flags = bytes[10]!;
  let at = 13;
  const takePalette = (packed: number) => {
    if ((packed & 0x80) === 0) return undefined;
    const colours = 3 * 2 ** ((packed & 7) + 1);
    if (at + colours > bytes.length) throw new Error("a file shorter than its palette");
    at += colours;
    return new Uint8Array(bytes.subarray(at - colours, at));
  };
  const shared = takePalette(flags);
  let transparent: number | undefined;
  for (;;) {
    const block = bytes[at++];
    if (block === 0x21) {
      if (bytes[at] === 0xf9 && bytes[at + 1] === 4)
        transparent = bytes[at + 2]! & 1 ? bytes[at + 5] : undefined;
      at = skipBlocks(bytes, at + 1);
    } else if (block === 0x2c) break;
    else throw new Error(block === 0x3b ? "no frame" : "a file that ends before its first frame");
  }
  const [left, top, w, h] = [0, 2, 4, 6].map((offset) => bytes.readUInt16LE(at + offset)) as [
    number,
    number,
    number,
    number,
  ];
  const packed = bytes[at + 8]!;
  at += 9;
  const palette = takePalette(packed) ?? shared;
  if (palette === undefined) throw new Error("no palette");
  if (width < 1 || height < 1) throw new Error(`a size of ${width}x${height}`);
  if (left !== 0 || top !== 0 || w !== width || h !== height)
    throw new Error(
      `a first frame of ${w}x${h} at ${left},${top} in ${width}x${height}, which is not supported`,
    );
  const end = skipBlocks(bytes, at + 1);
  // A code of 3 to 12 bits stands for at most 4096 pixels.
  if (w * h > 4096 * 8 * (end - at)) throw new Error(`${bytes.length} bytes for ${w}x${h} pixels`);
  const indices = unpack(joinBlocks(bytes, at + 1), bytes[at]!, w * h);
  const data = packed & 0x40 ? deinterlace(indices, w, h) : indices;
  const moreFrames = hasFrame(bytes, end);
  return { width, height, data, palette, transparent, moreFrames };
}

/** The offset behind a chain of blocks. */
function skipBlocks(bytes: Buffer, from: number): number {
  let at = from;
  for (let size = bytes[at++]; size !== 0; size = bytes[at++]) {
    if (size === undefined) throw new Error("a file that ends within a block");
    at += size;
  }
  return at;
}

function joinBlocks(bytes: Buffer, from: number): Buffer {
  const parts: Buffer[] = [];
  for (let at = from; bytes[at] !== 0; at += bytes[at]! + 1)
    parts.push(bytes.subarray(at + 1, at + 1 + bytes[at]!));
  return Buffer.concat(parts);
}

/** Damage behind the first frame is not looked at. */
function hasFrame(bytes: Buffer, from: number): boolean {
  for (let at = from; bytes[at] === 0x21 || bytes[at] === 0x2c; ) {
    if (bytes[at] === 0x2c) return true;
    try {
      at = skipBlocks(bytes, at + 2);
    } catch {
      return false;
    }
  }
  return false;
}

function unpack(codes: Buffer, minimum: number, pixels: number): Uint8Array {
  if (minimum < 1 || minimum > 11) throw new Error(`a code size of ${minimum}`);
  const clear = 1 << minimum;
  const [prefix, suffix] = [new Uint16Array(4096), new Uint8Array(4096)];
  const lengths = new Uint16Array(4096).fill(1, 0, clear);
  for (let i = 0; i < clear; i++) suffix[i] = i;
  const out = new Uint8Array(pixels);
  let [count, bits, next, last, bit] = [0, minimum + 1, clear + 2, -1, 0];
  while (count < pixels) {
    if (bit + bits > 8 * codes.length) throw new Error(`${count} of ${pixels} pixels`);
    const byte = bit >>> 3;
    const three = codes[byte]! | ((codes[byte + 1] ?? 0) << 8) | ((codes[byte + 2] ?? 0) << 16);
    const code = (three >>> (bit & 7)) & ((1 << bits) - 1);
    bit += bits;
    if (code === clear) {
      [bits, next, last] = [minimum + 1, clear + 2, -1];
      continue;
    }
    if (code === clear + 1) throw new Error(`${count} of ${pixels} pixels`);
    if (code > next || (code === next && last < 0))
      throw new Error(`the code ${code}, which is not known yet`);
    const known = code < next ? code : last;
    const length = lengths[known]!;
    let first = known;
    // From the last pixel to the first: a code is another one and one pixel more.
    for (let i = length - 1, c = known; i >= 0; c = prefix[c]!, i--) {
      first = suffix[c]!;
      if (count + i < pixels) out[count + i] = first;
    }
    count += length;
    if (code === next && count < pixels) out[count++] = first;
    if (last >= 0 && next < 4096) {
      [prefix[next], suffix[next], lengths[next]] = [last, first, lengths[last]! + 1];
      if (++next === 1 << bits && bits < 12) bits++;
    }
    last = code;
  }
  return out;
}

/** Rows come in four passes: every 8th from 0 and from 4, every 4th from 2, every 2nd from 1. */
function deinterlace(indices: Uint8Array, width: number, height: number): Uint8Array {
  const data = new Uint8Array(indices.length);
  let from = 0;
  for (const [start, step] of [
    [0, 8],
    [4, 8],
    [2, 4],
    [1, 2],
  ] as const)
    for (let y = start; y < height; y += step, from += width)
      data.set(indices.subarray(from, from + width), y * width);
  return data;
}
