import sharp from "sharp";
import { afterAll, expect, test } from "vitest";
import { readLabelMap } from "../../src/formats/label-map.ts";
import { grey16Png, greyPng, makeFolder, packedPng, palettePng } from "./fixture.ts";

const folder = makeFolder();
afterAll(() => folder.remove());

async function values(name: string, content: Uint8Array): Promise<number[]> {
  folder.write(name, content);
  const { width, height, channels, data } = await readLabelMap({ root: folder.root, name });
  expect(data.length).toBe(width * height * channels);
  return [...data];
}

test("palette indices, not colours", async () => {
  expect(await values("palette.png", palettePng("012", "9.1"))).toEqual([0, 1, 2, 9, 0, 1]);
});

test("16-bit values", async () => {
  expect(await values("wide.png", grey16Png(3, 1, [0, 26001, 65535]))).toEqual([0, 26001, 65535]);
});

test("upper-case suffix", async () => {
  expect(await values("UPPER.PNG", palettePng("3"))).toEqual([3]);
});

test("1, 2 and 4 bits, rows padded to bytes", async () => {
  expect(await values("one.png", packedPng(3, 2, 1, [0b10100000, 0b01000000]))).toEqual([1, 0, 1, 0, 1, 0]);
  expect(await values("two.png", packedPng(3, 1, 2, [0b11_01_10_00]))).toEqual([3, 1, 2]);
  expect(await values("four.png", packedPng(3, 1, 4, [0x9a, 0xf0]))).toEqual([9, 10, 15]);
});

test("TIFF values as stored", async () => {
  const tiff = await sharp(Uint16Array.from([0, 300, 65535, 7]), {
    raw: { width: 2, height: 2, channels: 1 },
  })
    .toColourspace("grey16")
    .tiff({ compression: "lzw" })
    .toBuffer();
  expect(await values("label.tif", tiff)).toEqual([0, 300, 65535, 7]);
  const narrow = await sharp(Buffer.from([0, 7, 255, 1]), { raw: { width: 2, height: 2, channels: 1 } })
    .toColourspace("b-w")
    .tiff({ compression: "lzw" })
    .toBuffer();
  expect(await values("narrow.TIF", narrow)).toEqual([0, 7, 255, 1]);
});

test("damaged files name themselves", async () => {
  const whole = greyPng("1234", "5678");
  await expect(values("cut.png", whole.subarray(0, whole.length - 20))).rejects.toThrow(
    /^cut\.png: the PNG cannot be decoded; got /,
  );
  const flipped = whole.slice();
  flipped[45]! ^= 0xff;
  await expect(values("flipped.png", flipped)).rejects.toThrow(
    /^flipped\.png: the PNG cannot be decoded; got /,
  );
  await expect(values("text.png", Buffer.from("no"))).rejects.toThrow(
    /^text\.png: the image cannot be decoded; /,
  );
});
