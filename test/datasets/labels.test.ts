// What cards of label maps can say: classes and crowds, colours, arrays of other files, and which images belong to the split.
import { encode } from "fast-png";
import { afterAll, describe, expect, test } from "vitest";
import type { Note } from "../../src/core/errors.ts";
import type { DatasetCard } from "../../src/core/schema-types.ts";
import { openDataset } from "../../src/datasets/index.ts";
import { area, getPixel } from "../../src/masks/bit-mask.ts";
import { type Folder, grey16Png, greyPng, makeFolder, palettePng, rgbPng } from "../formats/fixture.ts";
import { draw } from "../helpers/ascii-mask.ts";
import { collectUntil } from "../helpers/collect.ts";

const folders: Folder[] = [];
afterAll(() => {
  for (const folder of folders) folder.remove();
});

type Content = Readonly<Record<string, string | Uint8Array>>;

function open(options: object, files: Content, more: object = {}, notes: Note[] = []) {
  const folder = makeFolder(files);
  folders.push(folder);
  const adapter = {
    format: "label-png",
    images: "i/{image}.png",
    labels: "l/{image}.png",
    values: "instance",
  };
  const card = {
    ...{ name: "mini", title: "Mini", version: 1, domain: ["objects"], maskType: "instance" },
    ...{ homepage: "https://example.org", licence: "CC0-1.0", adapter: { ...adapter, ...options }, ...more },
  };
  return openDataset(card as unknown as DatasetCard, folder.root, (note) => notes.push(note));
}

async function story(options: object, files: Content, more?: object): Promise<Record<string, string>> {
  const told: Record<string, string> = {};
  for (const ref of await open(options, files, more).list()) {
    const sample = await ref.load().catch((error: Error) => error.message);
    if (typeof sample === "string") told[ref.id] = sample;
    else
      for (const target of sample.targets)
        told[`${ref.id}/${target.id}${target.category === undefined ? "" : ` ${target.category}`}`] =
          target.status === "ok" ? draw(target.mask).join("/") : target.reason;
  }
  return told;
}

const picture = greyPng("1234", "5678");

test("classes, instances, crowds and classes that are left out", async () => {
  const labels = grey16Png(4, 2, [0, 7, 24, 24, 24000, 24001, 29000, 9]);
  const options = {
    classFactor: 1000,
    crowd: [24],
    exclude: [9, 29],
    classes: { 7: "road", 24: "person", 29: "caravan" },
  };
  const files = { "i/a.png": picture, "l/a.png": labels };
  expect(await story(options, files)).toEqual({
    "a/7 road": ".#../....",
    "a/9": "excluded",
    "a/24 person": "crowd",
    "a/24000 person": "..../#...",
    "a/24001 person": "..../.#..",
    "a/29000 caravan": "excluded",
  });
  const [ref] = await open(options, files, { subset: { seed: "s", masks: 1 } }).list();
  expect(ref!.masks).toBe(3);
});

describe("colours", () => {
  const dark = [0, 0, 0];
  // Indices 1 and 2 of Pascal VOC's palette.
  const voc = rgbPng(4, 2, 3, [dark, [128, 0, 0], [128, 0, 0], [0, 128, 0], dark, dark, dark, dark].flat());

  test("of Pascal VOC are indices", async () => {
    const files = { "i/a.png": picture, "l/a.png": voc };
    expect(await story({ colours: "voc" }, files)).toEqual({ "a/1": ".##./....", "a/2": "...#/...." });
    expect(await story({ colours: "id" }, files)).toEqual({ "a/128": ".##./....", "a/32768": "...#/...." });
    expect(await story({}, files)).toEqual({
      a: "l/a.png: a label map has colours instead of values; expected 1 channel (grey or palette), got 3 channels",
    });
  });

  test("that Pascal VOC has not", async () => {
    const files = { "i/a.png": picture, "l/a.png": rgbPng(4, 2, 3, [1, 2, 3, ...Array(21).fill(0)]) };
    expect(await story({ colours: "voc" }, files)).toEqual({
      a: "l/a.png: a colour of a label map is not in Pascal VOC's palette; got 1, 2, 3",
    });
  });

  test("grey stored three or four times is grey, unless something shines through", async () => {
    const labels = [0, 0, 5, 5, 0, 0, 0, 0];
    const opaque = rgbPng(
      4,
      2,
      4,
      labels.flatMap((v) => [v, v, v, 255]),
    );
    const clear = rgbPng(
      4,
      2,
      4,
      labels.flatMap((v) => [v, v, v, v]),
    );
    const files = { "i/a.png": picture, "i/b.png": picture, "l/a.png": opaque, "l/b.png": clear };
    expect(await story({}, files)).toEqual({
      "a/5": "..##/....",
      b: "l/b.png: a label map has colours instead of values; expected 1 channel (grey or palette), got 4 channels",
    });
  });
});

describe("which images", () => {
  const files = {
    "i/2008_1.png": picture,
    "l/2008_1.png": palettePng("1000", "0000"),
    "i/2008_2.png": picture,
    "i/2009_1.png": picture,
    "l/2009_1.png": palettePng("0000", "0002"),
    "val.txt": "2009_1.jpg  \r\n\n2010_7\n2008_1\n",
  };

  test("by id", async () => {
    expect(await story({}, files, { select: { ids: "^2009_" } })).toEqual({ "2009_1/2": "..../...#" });
  });

  test("by a list, whose missing images fail", async () => {
    const select = { lists: ["val.txt"] };
    expect(await story({}, files, { select })).toEqual({
      "2008_1/1": "#.../....",
      "2009_1/2": "..../...#",
      "2010_7": 'val.txt, line 3: a listed image is missing; got 2010_7 (the nearest is "2008_1")',
    });
  });

  test("counting looks at no others", async () => {
    const more = { select: { ids: "_1$" }, subset: { seed: "s", masks: 1 } };
    expect((await open({}, files, more).list()).map(({ masks }) => masks)).toEqual([1, 1]);
  });

  test.each([
    [{ ids: "(" }, "mini: select.ids: not a regular expression; got ("],
    [{ lists: ["none.txt"] }, "none.txt: there is no such file"],
    [
      { lists: ["../x.txt"] },
      "../x.txt: a file name leaves the data folder; expected a name below it, got ../x.txt",
    ],
  ])("wrong: %j", async (select, message) => {
    await expect(open({}, files, { select }).list()).rejects.toThrow(message);
  });
});

describe("arrays that cannot be read", () => {
  const told = (name: string, content: string | Uint8Array, options: object = { member: "a.b" }) =>
    story({ labels: `l/{image}.${name}`, ...options }, { "i/a.png": picture, [`l/a.${name}`]: content });

  test.each([
    ["mat", "x".repeat(200), "l/a.mat: a.b: the MAT file cannot be read; got not a level 5 MAT file"],
    ["mat", "x", "l/a.mat: a.b: the MAT file cannot be read; got a file shorter than its header"],
    ["hdf5", "x".repeat(200), "l/a.hdf5: a.b: the HDF5 file cannot be read; got no HDF5 signature"],
    [
      "bmp",
      "BM",
      "l/a.bmp: the image cannot be decoded; expected a complete file in a known image format, got 2 bytes",
    ],
  ])("%s %s", async (name, content, message) => {
    expect(await told(name, content)).toEqual({ a: message });
  });

  test("and a card that does not name one", async () => {
    expect(await told("mat", "x", {})).toEqual({
      a: "l/a.mat: the card does not say which array of the file to read; expected member",
    });
  });
});

test("5,000 objects of one image: each has its pixels, and no full mask is kept", async () => {
  const size = 1500;
  const values = Array.from({ length: size * size }, (_, i) => i % 5001);
  const [ref] = await open(
    {},
    { "i/a.png": grey16Png(size, size, values), "l/a.png": grey16Png(size, size, values) },
  ).list();
  const held = () => process.memoryUsage().arrayBuffers;
  await collectUntil(() => false, 3);
  const before = held();
  const { targets } = await ref!.load();
  expect(targets).toHaveLength(5000);
  // Full masks would take 1.4 GB, the image and runs of one pixel 24 MB.
  await collectUntil(() => held() - before < 32e6);
  expect(held() - before).toBeLessThan(32e6);
  const last = targets[4999]!;
  if (last.status !== "ok") throw new Error(last.reason);
  expect([last.id, area(last.mask), getPixel(last.mask, 5000 % size, 3)]).toEqual(["5000", 449, true]);
});

describe("colours as ids", () => {
  const files = (label: Uint8Array) => ({ "i/a.png": greyPng("12"), "l/a.png": label });

  test("are the same whether or not a pixel of the map has colour", async () => {
    const grey = await story({ colours: "id" }, files(rgbPng(2, 1, 3, [1, 1, 1, 0, 0, 0])));
    const coloured = await story({ colours: "id" }, files(rgbPng(2, 1, 3, [1, 1, 1, 2, 0, 0])));
    expect([grey, coloured]).toEqual([{ "a/65793": "#." }, { "a/65793": "#.", "a/2": ".#" }]);
  });

  test("are read from palettes, and from opaque RGBA", async () => {
    // Colours 255, 0, 0 and 254, 37, 91.
    expect(await story({ colours: "id" }, files(palettePng("01")))).toEqual({
      "a/255": "#.",
      "a/5973502": ".#",
    });
    const rgba = rgbPng(2, 1, 4, [0, 0, 0, 255, 1, 1, 1, 255]);
    expect(await story({ colours: "id" }, files(rgba))).toEqual({ "a/65793": ".#" });
  });

  test("of one channel are read as stored, and noted", async () => {
    const notes: Note[] = [];
    const [ref] = await open({ colours: "id" }, files(greyPng("20")), {}, notes).list();
    const { targets } = await ref!.load();
    expect([targets.map(({ id }) => id), notes]).toEqual([
      ["2"],
      [
        {
          what: "a label map without colours, where the card says how colours are read: values as stored",
          where: "l/a.png",
          key: "adapter.colours",
        },
      ],
    ]);
  });

  test("of 16 bits are refused", async () => {
    const data = Uint16Array.from([256, 0, 0, 0, 1, 0]);
    const label = encode({ width: 2, height: 1, channels: 3, depth: 16, data });
    expect(await story({ colours: "id" }, files(label))).toEqual({
      a: "l/a.png: a colour of a label map has more than 8 bits a channel; expected values from 0 to 255, got 256, 0, 0",
    });
  });
});

describe("label maps without an image", () => {
  test("fail alone, by their names, and are noted", async () => {
    const files = { "i/a.png": picture, "l/a.png": greyPng("1000", "0000"), "l/b.png": greyPng("1") };
    const notes: Note[] = [];
    await open({}, files, {}, notes).list();
    expect(notes).toEqual([{ what: "a label map without an image", where: "l/b.png" }]);
    expect(await story({}, files)).toEqual({
      "a/1": "#.../....",
      b: "l/b.png: a label map without an image; expected i/b.png",
    });
  });

  test("of another split are none of the card's", async () => {
    const label = greyPng("1000", "0000");
    const files = { "i/a.png": picture, "l/a.png": label, "l/b.png": label };
    expect(await story({}, files, { select: { ids: "^a$" } })).toEqual({ "a/1": "#.../...." });
  });

  test("are no images, and no second label maps of one", async () => {
    const label = greyPng("1000", "0000");
    const files = { "a_rgb.png": picture, "a.png": label, "a.PNG": picture };
    const notes: Note[] = [];
    const refs = await open({ images: "{image}_rgb.png", labels: "{image}.png" }, files, {}, notes).list();
    expect([refs.map(({ id }) => id), notes]).toEqual([
      ["a_rgb"],
      [
        {
          what: "a label map beside the one of its image, or below other folders than its image: not read",
          where: "a.PNG",
        },
      ],
    ]);
  });
});

test("a drawn target wholly in ignored pixels is dropped, one with a pixel outside is scored", async () => {
  const shape = (label: string, right: number) => ({
    label,
    shape_type: "polygon",
    points: [
      [0, 0],
      [right, 0],
      [right, 2],
      [0, 2],
    ],
  });
  const shapes = [shape("covered", 2), shape("partly", 3), shape("void", 2)];
  const json = JSON.stringify({ shapes, imagePath: "a.png", imageWidth: 4, imageHeight: 2 });
  const options = {
    format: "labelme",
    annotations: "i/{image}.json",
    images: ["."],
    ignoreCategories: ["void"],
  };
  expect(await story(options, { "i/a.png": picture, "i/a.json": json })).toEqual({
    "a/0 covered": "ignored",
    "a/1 partly": "###./###.",
    "a/2 void": "ignore",
  });
});

test("an image whose name can be divided in several ways has the label map that is there", async () => {
  const names = { images: "i/{p}_{f}.png", labels: "l/{p}/{f}.png" };
  const files = { "i/a_b_c.png": picture, "l/a/b_c.png": greyPng("1000", "0000") };
  expect(await story(names, files)).toEqual({ "a_b_c/1": "#.../...." });
});
