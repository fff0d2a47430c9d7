// Entries: what is written is what is read, and nothing that was damaged is read at all.
import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import {
  type CachedTensors,
  floatsOf,
  halvesOf,
  keyOf,
  readEntry,
  writeEntry,
} from "../../src/cache/entry.ts";

const key = "ab".repeat(32);
const tensors: CachedTensors = {
  embedding: { type: "float32", dims: [1, 2, 2], data: Float32Array.of(0.1, -2, 3e-8, 65504) },
  positions: { type: "int64", dims: [2], data: BigInt64Array.of(-5n, 7n) },
  flags: { type: "bool", dims: [3], data: Uint8Array.of(1, 0, 1) },
};

describe("an entry", () => {
  test("gives back every tensor", () => {
    expect(readEntry(key, writeEntry(key, tensors, "float32")!)).toEqual(tensors);
  });

  test("starts with one line of JSON; the numbers follow, in the order of the names", () => {
    const bytes = writeEntry(key, tensors, "float32")!;
    const end = bytes.indexOf(10);
    const header = JSON.parse(Buffer.from(bytes.subarray(0, end)).toString("utf8"));
    expect(header).toMatchObject({ format: "segbench/embedding@1", key });
    expect(
      header.ports.map(({ name, bytes: size }: { name: string; bytes: number }) => [name, size]),
    ).toEqual([
      ["embedding", 16],
      ["positions", 16],
      ["flags", 3],
    ]);
    expect(bytes.length).toBe(end + 1 + 35);
    expect(Buffer.from(bytes.subarray(end + 1 + 32)).toString("hex")).toBe("010001");
  });

  test("is refused with any one bit changed, anywhere in it, and at any shorter or greater length", () => {
    const bytes = writeEntry(key, tensors, "float32")!;
    for (let i = 0; i < bytes.length; i++) {
      const damaged = Uint8Array.from(bytes);
      damaged[i]! ^= 1 << (i % 8);
      expect(readEntry(key, damaged), `bit of byte ${i}`).toBeUndefined();
      expect(readEntry(key, bytes.subarray(0, i)), `${i} bytes`).toBeUndefined();
    }
    expect(readEntry(key, Buffer.concat([bytes, Buffer.of(0)]))).toBeUndefined();
    expect(readEntry("cd".repeat(32), bytes)).toBeUndefined();
  });

  test("does not exist for types that have no array", () => {
    const text = { words: { type: "string", dims: [1], data: new Uint8Array(1) } };
    expect(writeEntry(key, text, "float32")).toBeUndefined();
  });

  test("in float16 rounds float32 tensors, but for those that do not fit", () => {
    const large = { type: "float32", dims: [1], data: Float32Array.of(65520) };
    const bytes = writeEntry(key, { ...tensors, large }, "float16")!;
    // 0.1 -> 0x2e66, 3e-8 -> half of the smallest subnormal and a little more -> 2^-24.
    expect(readEntry(key, bytes)).toEqual({
      ...tensors,
      embedding: {
        ...tensors.embedding,
        data: Float32Array.of(0.0999755859375, -2, 2 ** -24, 65504),
      },
      large,
    });
  });
});

describe("binary16", () => {
  test("every pattern that is a number comes back as it was", () => {
    const numbers = Uint16Array.from({ length: 65536 }, (_, i) => i).filter((i) => (i & 0x7fff) <= 0x7c00);
    const back = halvesOf(floatsOf(numbers))!;
    expect(numbers.findIndex((half, i) => back[i] !== half)).toBe(-1);
  });

  test("halfway between two neighbours the even one is taken; a hair to either side the nearer", () => {
    // From one pattern to the next, for subnormal, normal and the largest numbers.
    for (const low of [0x0000, 0x0001, 0x03ff, 0x0400, 0x3bff, 0x3c00, 0x3c01, 0x7bfe]) {
      const [a, b] = floatsOf(Uint16Array.of(low, low + 1));
      const middle = (a! + b!) / 2;
      const hair = (b! - a!) / 1024;
      expect(
        [...halvesOf(Float32Array.of(middle, middle - hair, middle + hair, -middle))!].map((half) =>
          half.toString(16),
        ),
      ).toEqual([low + (low & 1), low, low + 1, 0x8000 | (low + (low & 1))].map((half) => half.toString(16)));
    }
  });

  test("infinities and NaN stay; what would become infinite does not fit", () => {
    const odd = Float32Array.of(Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN, 65519.99);
    expect([...halvesOf(odd)!]).toEqual([0x7c00, 0xfc00, 0x7e00, 0x7bff]);
    expect(halvesOf(Float32Array.of(1, -65520))).toBeUndefined();
  });
});

describe("a key", () => {
  const identity = { graph: "g", threads: 1 };
  const feeds: CachedTensors = { image: { type: "uint8", dims: [2, 2], data: Uint8Array.of(1, 2, 3, 4) } };

  test("is the SHA-256 of the identity, the ports and the bytes", () => {
    const text =
      '{"graph":"g","ports":[{"dims":[2,2],"name":"image","type":"uint8"}],"threads":1}\n\u0001\u0002\u0003\u0004';
    expect(keyOf(identity, feeds)).toBe(createHash("sha256").update(text).digest("hex"));
  });

  test("changes with anything", () => {
    const image = feeds.image!;
    const others = [
      keyOf({ ...identity, threads: 2 }, feeds),
      keyOf(identity, { picture: image }),
      keyOf(identity, { image: { ...image, type: "int8" } }),
      keyOf(identity, { image: { ...image, dims: [4, 1] } }),
      keyOf(identity, { image: { ...image, data: Uint8Array.of(1, 2, 3, 5) } }),
      keyOf(identity, { ...feeds, more: image }),
    ];
    expect(new Set([keyOf(identity, feeds), ...others]).size).toBe(7);
  });

  test("looks at the window of a larger buffer that a tensor is", () => {
    const window = new Uint8Array(Uint8Array.of(9, 1, 2, 3, 4, 9).buffer, 1, 4);
    expect(keyOf(identity, { image: { ...feeds.image!, data: window } })).toBe(keyOf(identity, feeds));
  });
});
