import sharp from "sharp";
import { afterAll, describe, expect, test } from "vitest";
import { type PixelRules, readImage } from "../../src/formats/image-file.ts";
import { grey16Png, greyPng, jpeg, makeFolder, palettePng, rgbPng } from "./fixture.ts";

const rules: PixelRules = { exif: "auto", range: [0, 65535] };
const sourceOf = (pixels: PixelRules) => ({ pixels, note: () => {} });
const folder = makeFolder();
afterAll(() => folder.remove());

async function read(name: string, content: Uint8Array, options: Partial<PixelRules> = {}, annotated?: Size) {
  folder.write(name, content);
  return readImage({ root: folder.root, name }, sourceOf({ ...rules, ...options }), annotated);
}
type Size = { width: number; height: number };

describe("pixels in", () => {
  test("grey is repeated", async () => {
    const { width, height, data } = await read("grey.png", greyPng("12", "#."));
    expect({ width, height, data: [...data] }).toEqual({
      width: 2,
      height: 2,
      data: [1, 1, 1, 2, 2, 2, 255, 255, 255, 0, 0, 0],
    });
  });

  test("alpha is dropped, not blended", async () => {
    const { data } = await read("alpha.png", rgbPng(2, 1, 4, [10, 20, 30, 0, 40, 50, 60, 128]));
    expect([...data]).toEqual([10, 20, 30, 40, 50, 60]);
  });

  test("a palette picture becomes its colours", async () => {
    const { data } = await read("palette.png", palettePng("1"));
    expect([...data]).toEqual([254, 37, 91]);
  });

  test("16 bits are scaled by the range, rounded, and clipped", async () => {
    const png = grey16Png(4, 1, [0, 128, 257, 65535]);
    const every = (rgb: Uint8Array) => [...rgb].filter((_, i) => i % 3 === 0);
    expect(every((await read("wide.png", png)).data)).toEqual([0, 0, 1, 255]);
    expect(every((await read("wide.png", png, { range: [100, 610] })).data)).toEqual([0, 14, 79, 255]);
  });

  test("16-bit colour with alpha", async () => {
    const samples = Uint16Array.from([0, 25700, 65535, 1]);
    const png = await sharp(samples, { raw: { width: 1, height: 1, channels: 4 } })
      .toColourspace("rgb16")
      .png()
      .toBuffer();
    expect((await sharp(png).metadata()).depth).toBe("ushort");
    expect([...(await read("wide-alpha.png", png)).data]).toEqual([0, 100, 255]);
  });

  test("an embedded colour profile is ignored", async () => {
    const plain = await sharp({ create: { width: 4, height: 4, channels: 3, background: "#c86432" } })
      .png()
      .toBuffer();
    const tagged = await sharp(plain).withIccProfile("p3", { attach: true }).png().toBuffer();
    const stored = await sharp(tagged, { ignoreIcc: true }).raw().toBuffer();
    expect((await sharp(tagged).metadata()).icc).toBeDefined();
    expect([...(await read("p3.png", tagged)).data]).toEqual([...stored]);
  });
});

describe("EXIF orientation", () => {
  const sizeOf = ({ width, height }: Size) => `${width}x${height}`;
  test.each<[rule: PixelRules["exif"], annotated: Size | undefined, got: string]>([
    ["auto", { width: 4, height: 6 }, "4x6"],
    ["auto", { width: 6, height: 4 }, "6x4"],
    ["auto", { width: 9, height: 9 }, "6x4"],
    ["auto", undefined, "6x4"],
    ["apply", { width: 6, height: 4 }, "4x6"],
    ["ignore", { width: 4, height: 6 }, "6x4"],
  ])("%s with an annotation of %o gives %s", async (exif, annotated, got) => {
    expect(sizeOf(await read("turned.jpg", await jpeg(6, 4, 6), { exif }, annotated))).toBe(got);
  });

  test("a picture that is only upside down is left alone by auto", async () => {
    const image = await sharp(Buffer.from([0, 0, 0, 255, 255, 255]), {
      raw: { width: 1, height: 2, channels: 3 },
    })
      .withMetadata({ orientation: 3 })
      .jpeg({ quality: 100 })
      .toBuffer();
    expect((await read("down.jpg", image, {}, { width: 1, height: 2 })).data[0]).toBeLessThan(60);
    expect((await read("down.jpg", image, { exif: "apply" })).data[0]).toBeGreaterThan(190);
  });
});

describe("files that are no pictures", () => {
  const refusal = (promise: Promise<unknown>) =>
    promise.then(
      () => "accepted",
      (error: Error) => `${error.name}: ${error.message}`,
    );

  test("missing", async () => {
    const file = { root: folder.root, name: "a/none.png" };
    expect(await refusal(readImage(file, sourceOf(rules)))).toBe(
      "SegbenchError: a/none.png: there is no such file",
    );
  });

  test("text", async () => {
    expect(await refusal(read("text.png", Buffer.from("hello")))).toMatch(
      /^SegbenchError: text\.png: the image cannot be decoded; expected a complete file in a known image format, got \d+ bytes that libvips rejects/,
    );
  });

  test("cut-off PNG and JPEG", async () => {
    const noise = Buffer.from(Array.from({ length: 64 * 64 * 3 }, (_, i) => (i * i * 31) % 251));
    const raw = { raw: { width: 64, height: 64, channels: 3 as const } };
    const png = await sharp(noise, raw).png().toBuffer();
    const jpg = await sharp(noise, raw).jpeg().toBuffer();
    expect(await refusal(read("cut.png", png.subarray(0, png.length >> 1)))).toMatch(
      /^SegbenchError: cut\.png: /,
    );
    expect(await refusal(read("cut.jpg", jpg.subarray(0, jpg.length >> 1)))).toMatch(
      /^SegbenchError: cut\.jpg: /,
    );
    expect(await refusal(read("whole.jpg", jpg))).toBe("accepted");
  });

  test("float samples", async () => {
    const float = await sharp({ create: { width: 2, height: 2, channels: 3, background: "#808080" } })
      .toColourspace("scrgb")
      .tiff({ compression: "none" })
      .toBuffer();
    expect(await refusal(read("float.tif", float))).toBe(
      "SegbenchError: float.tif: this kind of sample is not supported; expected 8 or 16 bits without sign, got float",
    );
  });
});
