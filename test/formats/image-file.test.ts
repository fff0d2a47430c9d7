import { crc32 } from "node:zlib";
import sharp from "sharp";
import { afterAll, describe, expect, test } from "vitest";
import type { Note } from "../../src/core/errors.ts";
import { type PixelRules, readImage } from "../../src/formats/image-file.ts";
import { readLabelMap, readMask } from "../../src/formats/label-map.ts";
import { unpackLzw } from "../../src/formats/lzw.ts";
import { readOracle } from "../helpers/oracle.ts";
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
      /^SegbenchError: text\.png: the image cannot be decoded; expected a complete file in a known image format, got \d+ bytes/,
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

describe("kinds of files", () => {
  const told: Note[] = [];
  const source = (pixels: Partial<PixelRules> = {}) => ({
    pixels: { ...rules, ...pixels },
    note: (note: Note) => told.push(note),
  });
  const noted = async (
    name: string,
    content: Uint8Array,
    ...rest: [(Size | undefined)?, ("turn" | "keep")?]
  ) => {
    told.length = 0;
    folder.write(name, content);
    await readImage({ root: folder.root, name }, source(), ...rest);
    return told.map(({ what, key }) => [what, key]);
  };
  const eight = () => oracleFile("eight-bands.tif");

  test("bands beyond five are refused until the card says which are colours", async () => {
    const { file, label } = eight();
    expect(await refused(read("eight.tif", file))).toBe(
      "eight.tif: a picture has more bands than colours, and the card does not say which to read; expected at most 5 bands, or pixels.bands on the card, got 8 bands",
    );
    const chosen = await read("eight.tif", file, { bands: [5, 3, 2], range: [0, 65535] });
    const byHand = [4, 2, 1].map((band) => Math.round((label[band]! / 65535) * 255));
    expect([...chosen.data.subarray(0, 3)]).toEqual(byHand);
    expect([...(await read("eight.tif", file, { bands: [8] })).data.subarray(0, 3)]).toEqual(
      Array(3).fill(Math.round((label[7]! / 65535) * 255)),
    );
    expect(await refused(read("eight.tif", file, { bands: [1, 2, 9] }))).toBe(
      "eight.tif: a picture lacks a band of pixels.bands; expected band 9, got 8 bands",
    );
    expect(await refused(read("plain.png", greyPng("1"), { bands: [1] }))).toBe(
      "plain.png: pixels.bands chooses among the bands of a TIFF; expected a TIFF, got PNG",
    );
  });

  test("a compression that libvips reads as black", async () => {
    const { file, label } = oracleFile("uint8le-zstd.tif");
    const { data } = await read("zstd.tif", file);
    expect([...data].filter((_, i) => i % 3 === 0)).toEqual(label);
  });

  test("a strip that cannot be unpacked is no black strip", async () => {
    const { file } = oracleFile("uint8le-lzw-predictor.tif");
    const damaged = Buffer.from(file).fill(255, file.length - 120);
    expect(await refused(read("lzw.tif", damaged))).toMatch(/^lzw\.tif: the image cannot be decoded; /);
  });

  test("a PNG's damaged metadata refuse neither its pixels nor its labels", async () => {
    const png = Buffer.from(greyPng("1234"));
    const within = (text: string) =>
      Buffer.concat([png.subarray(0, 33), Buffer.from(text, "latin1"), png.subarray(33)]);
    for (const [name, content] of Object.entries({
      "a profile that does not unpack": within("\0\0\0\x05iCCPa\0\0xy\x01\x02\x03\x04"),
      "a text of a wrong checksum": within("\0\0\0\x04tEXta\0bc\0\0\0\0"),
      "a date that is too short": within("\0\0\0\x02tIMEab\x13\x37\x13\x37"),
      "no end": png.subarray(0, -12),
      "something behind its end": Buffer.concat([png, Buffer.from("more")]),
    })) {
      const file = `${name}.png`;
      const { data } = await read(file, content);
      expect(
        [...data].filter((_, i) => i % 3 === 0),
        name,
      ).toEqual([1, 2, 3, 4]);
      expect([...(await readLabelMap({ root: folder.root, name: file })).data], name).toEqual([1, 2, 3, 4]);
    }
  });

  test("sizes that the file cannot fill are refused before memory is taken", async () => {
    const png = Buffer.from(greyPng("1234"));
    png.writeUInt32BE(60000, 16);
    png.writeUInt32BE(60000, 20);
    png.writeUInt32BE(crc32(png.subarray(12, 29)), 29);
    const jpg = Buffer.from(await jpeg(4, 4));
    const frame = jpg.indexOf(Buffer.from([0xff, 0xc0]));
    jpg.writeUInt16BE(60000, frame + 5);
    jpg.writeUInt16BE(60000, frame + 7);
    const { file } = oracleFile("uint8le-None.tif");
    for (const [name, content] of [
      ["a.png", png],
      ["a.jpg", jpg],
    ] as const) {
      expect(await refused(read(name, content))).toMatch(/^a\.(png|jpg): the image cannot be decoded; /);
      folder.write(name, content);
      expect(await refused(readMask({ root: folder.root, name }))).toMatch(/^a\.(png|jpg): the /);
    }
    const tags = Buffer.from(file);
    // ImageWidth and ImageLength are the first tags but one that tifffile writes.
    const at = tags.readUInt32LE(4);
    for (let entry = at + 2; entry < at + 2 + 12 * tags.readUInt16LE(at); entry += 12)
      if ([256, 257].includes(tags.readUInt16LE(entry))) tags.writeUInt32LE(60000, entry + 8);
    folder.write("big.tif", tags);
    expect(await refused(readLabelMap({ root: folder.root, name: "big.tif" }))).toMatch(
      /^big\.tif: the TIFF cannot be decoded; got \d+ bytes for /,
    );
  });

  test("what is chosen is told: orientation and further pages", async () => {
    const applied = (why: string) => [[`its EXIF orientation was applied, as ${why}`, "pixels.exif"]];
    const ignored = (why: string) => [[`its EXIF orientation was ignored, as ${why}`, "pixels.exif"]];
    const tools = "the format's own tools do: no size decides";
    const size = "the annotation's size says";
    expect(await noted("t.jpg", await jpeg(6, 4, 6), { width: 4, height: 6 })).toEqual(applied(size));
    expect(await noted("t.jpg", await jpeg(6, 4, 6), { width: 6, height: 4 }, "turn")).toEqual(ignored(size));
    expect(await noted("t.jpg", await jpeg(6, 4, 8), undefined, "turn")).toEqual(applied("viewers show it"));
    expect(await noted("t.jpg", await jpeg(6, 4, 3), { width: 6, height: 4 }, "turn")).toEqual(
      applied(tools),
    );
    expect(await noted("t.jpg", await jpeg(4, 4, 6), { width: 4, height: 4 })).toEqual(ignored(tools));
    expect(await noted("t.jpg", await jpeg(6, 4, 1), undefined, "turn")).toEqual([]);
    for (const name of ["pages.gif", "pages.tiff"])
      expect(await noted(name, oracleFile(name).file)).toEqual([
        ["only the first page or frame of a file was read", undefined],
      ]);
    expect(await noted("overview.tif", oracleFile("overview.tif").file)).toEqual([]);
    // Four bands of tifffile, the last of which ExtraSamples calls neither alpha nor anything else.
    const many = Buffer.from(
      "SUkqAAgAAAAOAAABBAABAAAAAgAAAAEBBAABAAAAAgAAAAIBAwAEAAAAtgAAAAMBAwABAAAAAQAAAAYBAwABAAAAAgAAABEBBAABAAAA0AAAABUBAwABAAAABAAAABYBBAABAAAAAgAAABcBBAABAAAAEAAAABoBBQABAAAAvgAAABsBBQABAAAAxgAAABwBAwABAAAAAQAAACgBAwABAAAAAQAAAFIBAwABAAAAAAAAAAAAAAAIAAgACAAIAAEAAAABAAAAAQAAAAEAAAAAAAABAgMEBQYHCAkKCwwNDg8=",
      "base64",
    );
    expect(await noted("infrared.tif", many)).toEqual([
      ["bands beyond grey or red, green and blue were not read", "pixels.bands"],
    ]);
  });
});

const refused = (promise: Promise<unknown>) =>
  promise.then(
    () => "accepted",
    (error: Error) => error.message,
  );

function oracleFile(name: string): { readonly file: Buffer; readonly label: readonly number[] } {
  const { cases } = readOracle<{
    cases: readonly { readonly name: string; readonly file: string; readonly label: readonly number[] }[];
  }>("formats/pictures");
  const { file, label } = cases.find((one) => one.name === name)!;
  return { file: Buffer.from(file, "base64"), label };
}

test("LZW: what it means, where it ends early, and a table in circles", () => {
  const unpacked = (hex: string, most: number) => unpackLzw(Buffer.from(hex, "hex"), most).toString("latin1");
  // Clear, 65, 258 (the table's "AA"), end.
  expect([unpacked("8010605010", 3), unpacked("8010605010", 2), unpacked("80106050", 9)]).toEqual([
    "AAA",
    "AA",
    "AAA",
  ]);
  expect(() => unpacked("80106060", 9)).toThrow("damaged LZW: code 259, of a table that ends before 259");
  // Clear, then a string before there is any.
  expect(() => unpacked("8040a0", 9)).toThrow("damaged LZW: code 258");
});
