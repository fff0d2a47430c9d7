// Samples of PNGs against fast-png's own, for every filter, kind of colour and depth; what is damaged is told as fast-png tells it.
import { crc32, deflateSync } from "node:zlib";
import { decode } from "fast-png";
import { describe, expect, test } from "vitest";
import { decodePng } from "../../src/formats/png-file.ts";
import { random } from "../masks/cases.ts";

const channels: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };
/** Colour types and depths that PNG allows, without 16 bits, which fast-png decodes. */
const kinds = [
  ...[1, 2, 4, 8].flatMap((depth) => [[0, depth] as const, [3, depth] as const]),
  ...[2, 4, 6].map((type) => [type, 8] as const),
];

function chunk(type: string, content: Uint8Array): Buffer {
  const whole = Buffer.alloc(content.length + 12);
  whole.writeUInt32BE(content.length);
  whole.write(type, 4, "latin1");
  whole.set(content, 8);
  whole.writeUInt32BE(crc32(whole.subarray(4, -4)), content.length + 8);
  return whole;
}

/** Filtered rows as they are, whatever they become. */
function png(
  type: number,
  depth: number,
  width: number,
  height: number,
  rows: Uint8Array,
  parts = 1,
): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width);
  header.writeUInt32BE(height, 4);
  header.set([depth, type, 0, 0, 0], 8);
  const data = deflateSync(rows);
  const size = Math.ceil(data.length / parts);
  const pieces = Array.from({ length: parts }, (_, i) =>
    chunk("IDAT", data.subarray(i * size, (i + 1) * size)),
  );
  const palette = type === 3 ? [chunk("PLTE", Buffer.alloc(3 << depth, 7))] : [];
  const signature = Buffer.from("\x89PNG\r\n\x1a\n", "latin1");
  return Buffer.concat([
    signature,
    chunk("IHDR", header),
    ...palette,
    ...pieces,
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

/** Rows of random bytes, the filters in turn. */
function filtered(pitch: number, height: number, seed: number, first = 0): Uint8Array {
  const { below } = random(seed);
  return Uint8Array.from({ length: (pitch + 1) * height }, (_, i) => {
    const [y, x] = [Math.floor(i / (pitch + 1)), i % (pitch + 1)];
    return x === 0 ? (first + y) % 5 : below(256);
  });
}

describe("every filter", () => {
  test.each(kinds)("colour type %i of %i bits", (type, depth) => {
    for (const [n, [width, height]] of (
      [
        [1, 1],
        [7, 12],
        [33, 6],
        [64, 11],
      ] as const
    ).entries()) {
      const pitch = Math.ceil((width * channels[type]! * depth) / 8);
      const bytes = png(type, depth, width, height, filtered(pitch, height, 100 * n + type, n), 1 + n);
      const ours = decodePng(bytes);
      const theirs = decode(bytes);
      expect([ours.width, ours.height, ours.channels, ours.bits]).toEqual([
        width,
        height,
        theirs.channels,
        depth,
      ]);
      if (depth === 8) expect(Buffer.from(ours.data).equals(Buffer.from(theirs.data))).toBe(true);
      else expect(ours.data).toEqual(unpacked(theirs.data, width, height, depth));
    }
  });
});

/** Samples of a row's bytes, first sample in the high bits. */
function unpacked(bytes: ArrayLike<number>, width: number, height: number, depth: number): Uint8Array {
  const pitch = Math.ceil((width * depth) / 8);
  return Uint8Array.from({ length: width * height }, (_, i) => {
    const [y, bit] = [Math.floor(i / width), (i % width) * depth];
    return (bytes[y * pitch + (bit >> 3)]! >> (8 - depth - (bit & 7))) & ((1 << depth) - 1);
  });
}

describe("what is damaged is told as fast-png tells it", () => {
  const rows = filtered(4, 3, 9);
  const said = (read: () => unknown) => {
    try {
      read();
    } catch (error) {
      return String(error);
    }
    return "fine";
  };

  test.each([
    ["pixels that end early", png(0, 8, 4, 3, rows.subarray(0, 9))],
    [
      "a filter that there is not",
      png(
        0,
        8,
        4,
        3,
        Uint8Array.from(rows, (value, i) => (i === 5 ? 9 : value)),
      ),
    ],
    ["no pixels", png(0, 8, 4, 3, new Uint8Array(0))],
  ])("%s", (_, bytes) => {
    const theirs = said(() => decode(bytes));
    expect(said(() => decodePng(bytes))).toBe(theirs);
    expect(theirs).not.toBe("fine");
  });
});
