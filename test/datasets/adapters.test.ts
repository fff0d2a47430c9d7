// The smallest legal files of each format, and each way to be wrong.
import { afterAll, describe, expect, test } from "vitest";
import type { DatasetCard, Pairs } from "../../src/core/schema-types.ts";
import type { ImageSample, SampleRef, TargetEntry } from "../../src/core/types.ts";
import { openDataset } from "../../src/datasets/index.ts";
import { datasetContract } from "../contracts/dataset.ts";
import { type Folder, grey16Png, greyPng, jpeg, makeFolder, palettePng, rgbPng } from "../formats/fixture.ts";
import { ascii, draw } from "../helpers/ascii-mask.ts";

const folders: Folder[] = [];
afterAll(() => {
  for (const folder of folders) folder.remove();
});

function cardOf(adapter: DatasetCard["adapter"], more: Partial<DatasetCard> = {}): DatasetCard {
  const named = {
    name: "mini",
    title: "Mini",
    version: 1,
    domain: ["objects"],
    maskType: "instance",
  } as const;
  return { ...named, homepage: "https://example.org", licence: "CC0-1.0", adapter, ...more } as DatasetCard;
}

type Content = Readonly<Record<string, string | Uint8Array | object>>;

function open(adapter: DatasetCard["adapter"], files: Content, more: Partial<DatasetCard> = {}) {
  const folder = makeFolder(files);
  folders.push(folder);
  return { list: () => openDataset(cardOf(adapter, more), folder.root).list(), root: folder.root };
}

/** All targets of all images: `image/target` -> its mask's rows, or why there is none. */
async function story(dataset: { list(): Promise<readonly SampleRef[]> }): Promise<Record<string, unknown>> {
  const told: Record<string, unknown> = {};
  for (const ref of await dataset.list()) {
    const sample = await ref.load().catch((error: Error) => error.message);
    if (typeof sample === "string") told[ref.id] = sample;
    else for (const target of sample.targets) told[`${ref.id}/${target.id}`] = rowsOf(target);
  }
  return told;
}

function rowsOf(target: TargetEntry): unknown {
  return target.status === "ok" ? draw(target.mask).join("/") : `${target.status}: ${target.reason}`;
}

const refusal = (promise: Promise<unknown>) =>
  promise.then(
    () => "accepted",
    (error: Error) => `${error.name}: ${error.message}`,
  );

const picture = greyPng("1234", "5678", "9876");

describe("mask-files", () => {
  const tree = {
    format: "mask-files",
    images: "t/{image}/images/{image}.png",
    masks: "t/{image}/masks/{mask}.png",
  } as const;
  const legal = {
    "t/a/images/a.png": picture,
    "t/a/masks/m1.png": greyPng("##..", "....", "...."),
    "t/a/masks/m2.PNG": greyPng("....", "..1.", "...."),
    "t/a/masks/._m1.png": "junk",
    "t/b/images/b.PNG": picture,
  };
  datasetContract({ name: "tree", ...{ open: () => open(tree, legal) }, images: 2, targets: { ok: 2 } });

  test("each mask file is a target", async () => {
    const dataset = open(tree, legal);
    expect(await story(dataset)).toEqual({ "a/m1": "##../..../....", "a/m2": "..../..#./...." });
    expect((await dataset.list()).map(({ id, masks }) => ({ id, masks }))).toEqual([
      { id: "a", masks: 2 },
      { id: "b", masks: 0 },
    ]);
  });

  test("targets fail alone", async () => {
    const whole = greyPng("##..", "....", "....");
    const dataset = open(tree, {
      "t/a/images/a.png": picture,
      "t/a/masks/cut.png": whole.subarray(0, whole.length - 20),
      "t/a/masks/empty.png": greyPng("....", "....", "...."),
      "t/a/masks/good.png": whole,
      "t/a/masks/turned.png": greyPng("#..", "...", "...", "..."),
    });
    expect(await story(dataset)).toEqual({
      "a/cut": expect.stringMatching(/^failed: t\/a\/masks\/cut\.png: the PNG cannot be decoded; got /),
      "a/empty": "dropped: empty",
      "a/good": "##../..../....",
      "a/turned":
        "failed: t/a/masks/turned.png: the mask and its image differ in size; expected 4x3, got 3x4",
    });
  });

  test("an image that cannot be read takes only itself", async () => {
    const dataset = open(tree, {
      "t/a/images/a.png": picture.subarray(0, picture.length - 20),
      "t/b/images/b.png": picture,
      "t/b/masks/m.png": greyPng("#...", "....", "...."),
      "t/c/masks/m.png": greyPng("#...", "....", "...."),
    });
    expect(await story(dataset)).toEqual({
      a: expect.stringMatching(
        /^t\/a\/images\/a\.png: the image cannot be decoded; expected a complete file in a known image format, got \d+ bytes/,
      ),
      "b/m": "#.../..../....",
      c: "t/c/images/c.png: there is no such file",
    });
  });

  test("two placeholders: ids have the folder, whatever else is there", async () => {
    const dataset = open(
      {
        format: "mask-files",
        images: "J/480p/{sequence}/{frame}.jpg",
        masks: "A/480p/{sequence}/{frame}.png",
      },
      { "J/480p/cat/00000.jpg": await jpeg(4, 1), "A/480p/cat/00000.png": greyPng("..##") },
      { cluster: "^([^/]+)/" },
    );
    expect(await story(dataset)).toEqual({ "cat/00000/00000": "..##" });
    expect((await dataset.list())[0]!.cluster).toBe("cat");
  });

  test("threshold, trimap, colour, alpha, category", async () => {
    const pairs = {
      format: "mask-files",
      images: "i/{image}.png",
      masks: "m/{image}_{category}.png",
    } as const;
    const files = { "i/a.png": greyPng("1234"), "m/a_leaf.png": greyPng("0159") };
    expect(await story(open({ ...pairs, threshold: 5 }, files))).toEqual({ "a/a_leaf": "..##" });
    const [ref] = await open({ ...pairs, threshold: 9, ignore: [5] }, files).list();
    const [target] = (await ref!.load()).targets;
    expect(target).toEqual({
      status: "ok",
      id: "a_leaf",
      category: "leaf",
      mask: ascii("...#"),
      ignore: ascii("..#."),
    });
    const rgba = rgbPng(4, 1, 4, [0, 0, 0, 255, 0, 7, 0, 0, 0, 0, 9, 1, 0, 0, 0, 0]);
    const transparent = { ...files, "m/a_leaf.png": rgba };
    expect(await story(open(pairs, transparent))).toEqual({
      "a/a_leaf":
        "failed: m/a_leaf.png: the mask's colours and its alpha channel differ, and the card does not say which is the object; expected adapter.channel: colour or alpha",
    });
    expect(await story(open({ ...pairs, channel: "colour" }, transparent))).toEqual({ "a/a_leaf": ".##." });
    expect(await story(open({ ...pairs, channel: "alpha" }, transparent))).toEqual({ "a/a_leaf": "#.#." });
    const white = rgbPng(4, 1, 4, [255, 255, 255, 0, 255, 255, 255, 9, 255, 255, 255, 255, 255, 255, 255, 0]);
    expect(await story(open(pairs, { ...files, "m/a_leaf.png": white }))).toEqual({ "a/a_leaf": ".##." });
    expect(await story(open({ ...pairs, ignore: [5] }, { ...files, "m/a_leaf.png": rgba }))).toEqual({
      "a/a_leaf":
        "failed: m/a_leaf.png: a mask with ignore values is a colour image; expected 1 channel, got 3",
    });
  });

  test("a name that can be divided in several ways belongs to the image that is there", async () => {
    const adapter = { format: "mask-files", images: "i/{image}.png", masks: "m/{image}_{part}.png" } as const;
    const mask = greyPng("#...", "....", "....");
    const files = { "i/a.png": picture, "m/a_left_lung.png": mask, "m/a_heart.png": mask };
    const shown = "#.../..../....";
    expect(await story(open(adapter, files))).toEqual({ "a/a_heart": shown, "a/a_left_lung": shown });
    expect(await story(open(adapter, { ...files, "i/a_left.png": picture }))).toEqual({
      "a/a_heart": shown,
      "a_left/a_left_lung": shown,
    });
  });

  test("pairs files", async () => {
    const adapter = { format: "mask-files", images: "i/{image}.png", masks: "m/{mask}.png" } as const;
    const files = { "i/a.png": picture, "i/b.png": picture, "m/x.png": greyPng("#...", "....", "....") };
    const pairs: Pairs = { files: ["pairs.json"], strip: "demo/" };
    const told = (json: object) => story(open({ ...adapter, pairs }, { ...files, "pairs.json": json }));
    const mask = "#.../..../....";
    expect(await told({ "demo/m/x.png": "demo/i/a.png" })).toEqual({ "a/x": mask });
    expect(await told({ "demo/i/b.png": ["demo/m/x.png", "demo/m/none.png"] })).toEqual({
      "b/x": mask,
      "b/none": "failed: m/none.png: there is no such file",
    });
    expect(await refusal(told({ "demo/i/b.png": 3 }))).toBe(
      'SegbenchError: pairs.json: "demo/i/b.png" has no file name; expected an image, or a list of masks',
    );
    expect(await refusal(told({ "../x.png": "i/a.png" }))).toBe(
      "SegbenchError: pairs.json: a file name leaves the data folder; expected a name below it, got ../x.png",
    );
  });

  test("a pattern that cannot pair", async () => {
    const dataset = open(
      { format: "mask-files", images: "i/{image}.png", masks: "m/{mask}.png" },
      { "i/a.png": picture },
    );
    expect(await refusal(dataset.list())).toBe(
      "SegbenchError: mini: adapter.masks: the pattern does not say which image a mask belongs to; expected {image}, got m/{mask}.png",
    );
  });
});

describe("label-png", () => {
  const adapter = {
    format: "label-png",
    images: "i/{image}_rgb.png",
    labels: "l/{image}_label.png",
    values: "instance",
  } as const;

  test("palette indices: one target per value, ascending", async () => {
    const files = { "i/a_rgb.png": picture, "l/a_label.PNG": palettePng("0022", "0099", "1000") };
    expect(await story(open(adapter, files))).toEqual({
      "a_rgb/1": "..../..../#...",
      "a_rgb/2": "..##/..../....",
      "a_rgb/9": "..../..##/....",
    });
  });

  test("16-bit values, background, ignore and classes", async () => {
    const label = grey16Png(4, 3, [7, 7, 1000, 1000, 65535, 65535, 0, 0, 300, 300, 300, 7]);
    const options = { ...adapter, background: [7], ignore: [65535], classes: { "300": "road" } };
    const [ref] = await open(options, { "i/a_rgb.png": picture, "l/a_label.png": label }).list();
    const ignore = ascii("....", "##..", "....");
    expect((await ref!.load()).targets).toEqual([
      { status: "ok", id: "0", mask: ascii("....", "..##", "...."), ignore },
      { status: "ok", id: "300", category: "road", mask: ascii("....", "....", "###."), ignore },
      { status: "ok", id: "1000", mask: ascii("..##", "....", "...."), ignore },
    ]);
  });

  test("masks are counted where the subset needs them", async () => {
    const files = { "i/a_rgb.png": picture, "l/a_label.png": palettePng("0022", "0099", "1000") };
    expect((await open(adapter, files).list())[0]!.masks).toBeUndefined();
    expect((await open(adapter, files, { subset: { seed: "s", masks: 9 } }).list())[0]!.masks).toBe(3);
  });

  test("ways to be wrong", async () => {
    const files = {
      "i/colour_rgb.png": picture,
      "l/colour_label.png": rgbPng(4, 3, 3, [2, ...Array(35).fill(1)]),
      "i/none_rgb.png": picture,
      "i/size_rgb.png": picture,
      "l/size_label.png": greyPng("11", "22"),
    };
    expect(await story(open(adapter, files))).toEqual({
      colour_rgb:
        "l/colour_label.png: a label map has colours instead of values; expected 1 channel (grey or palette), got 3 channels",
      none_rgb: "l/none_label.png: there is no such file",
      "size_rgb/1": "failed: l/size_label.png: the mask and its image differ in size; expected 4x3, got 2x2",
      "size_rgb/2": "failed: l/size_label.png: the mask and its image differ in size; expected 4x3, got 2x2",
    });
  });
});

describe("coco", () => {
  const adapter = { format: "coco", annotations: ["x.json"], images: ["first", "second"] } as const;
  const options = {
    ...adapter,
    annotations: [...adapter.annotations],
    images: [...adapter.images],
  } as DatasetCard["adapter"];
  const image = (id: number | string, file_name: string) => ({ id, file_name, width: 4, height: 3 });
  const square = [[1, 1, 3, 1, 3, 3, 1, 3]];
  const category = { id: 0, name: "box" };
  const of = (
    annotations: readonly object[],
    images: readonly object[] = [image(0, "a.png")],
    categories = [category],
  ) => ({
    "x.json": { images, annotations, categories },
    "first/a.png": picture,
  });

  test("polygons, both RLEs, ids from 0", async () => {
    const content = of([
      { id: 0, image_id: 0, category_id: 0, segmentation: square, iscrowd: 0 },
      { id: 1, image_id: 0, category_id: 0, segmentation: { size: [3, 4], counts: [0, 1, 11] } },
      {
        id: "x",
        image_id: 0,
        category_id: 0,
        segmentation: { size: [3, 4], counts: "0<" },
      },
    ]);
    expect(await story(open(options, content))).toEqual({
      "a/0": "..../.##./.##.",
      "a/1": "#.../..../....",
      "a/x": "####/####/####",
    });
  });

  test("what is dropped", async () => {
    const content = of(
      [
        { id: 1, image_id: 0, category_id: 0, iscrowd: 1, segmentation: { size: [3, 4], counts: [0, 12] } },
        { id: 2, image_id: 0, category_id: 0, segmentation: [] },
        { id: 3, image_id: 0, category_id: 0, segmentation: null },
        { id: 4, image_id: 0, category_id: 0, segmentation: [[1.1, 1.1, 1.2, 1.1, 1.2, 1.2]] },
        { id: 5, image_id: 0, category_id: 8, segmentation: square },
      ],
      undefined,
      [category, { id: 8, name: "void" }],
    );
    const dataset = open({ ...options, excludeCategories: ["void"] } as DatasetCard["adapter"], content);
    expect(await story(dataset)).toEqual({
      "a/1": "dropped: crowd",
      "a/2": "dropped: empty",
      "a/3": "dropped: empty",
      "a/4": "dropped: empty",
      "a/5": "dropped: excluded",
    });
    expect((await dataset.list())[0]).toMatchObject({ masks: 1, size: { width: 4, height: 3 } });
  });

  test("what fails, each alone", async () => {
    const content = of([
      { id: 1, image_id: 0, category_id: 7, segmentation: square },
      { id: 2, image_id: 0, category_id: 0, segmentation: [[1, 1, 3, 3]] },
      { id: 3, image_id: 0, category_id: 0, segmentation: { size: [3, 4], counts: [5, 5] } },
      { id: 4, image_id: 0, category_id: 0, segmentation: { size: [3, 4], counts: "\u00e9" } },
      { id: 5, image_id: 0, category_id: 0, segmentation: { size: [4, 3], counts: [0, 12] } },
      { id: 6, image_id: 0, category_id: 0, segmentation: "square" },
      { id: 7, image_id: 0, category_id: 0, segmentation: { counts: "1" } },
      { id: 8, image_id: 0, category_id: 0, segmentation: [["1", 2]] },
      { image_id: 0, category_id: 0, segmentation: square },
      { id: 1, image_id: 0, category_id: 0, segmentation: square },
      { id: 10, image_id: 0, category_id: 0, segmentation: { size: [3, 4], counts: [{ toString: 1 }] } },
    ]);
    expect(await story(open(options, content))).toEqual({
      "a/10":
        'failed: x.json: annotation 10: a run length is not a number; expected a whole number >= 0, got {"toString":1}',
      "a/1": "failed: x.json: annotation 1: its category is not listed; got category_id 7",
      "a/2": "failed: x.json: annotation 2: a polygon has too few points; expected 3 or more, got 2",
      "a/3": "failed: x.json: annotation 3: run lengths do not add up to width x height; expected 12, got 10",
      "a/4": expect.stringMatching(
        /^failed: x\.json: annotation 4: compressed RLE has a bad character at position 0/,
      ),
      "a/5": "failed: x.json: annotation 5: the mask and its image differ in size; expected 4x3, got 3x4",
      "a/6":
        "failed: x.json: annotation 6: the segmentation is neither polygons nor RLE; expected a list of polygons, or {size, counts}, got string",
      "a/7": "failed: x.json: annotation 7: the RLE has no size; expected [height, width], got nothing",
      "a/8":
        'failed: x.json: annotation 8: a polygon is not a list of numbers; expected [x0, y0, x1, y1, ...], got ["1",2]',
      "a/annotations[8]": "..../.##./.##.",
      "a/1#2": "..../.##./.##.",
    });
  });

  test("images: missing, not listed, of another size, in the second folder, without annotations", async () => {
    const content = {
      ...of(
        [
          { id: 1, image_id: 0, category_id: 0, segmentation: square },
          { id: 2, image_id: 1, category_id: 0, segmentation: square },
          { id: 3, image_id: 2, category_id: 0, segmentation: square },
          { id: 4, image_id: 9, category_id: 0, segmentation: square },
          { id: [{}, {}], image_id: 10, category_id: 0, segmentation: square },
        ],
        [image(0, "none.png"), image(1, "small.png"), image(2, "b.PNG"), image(3, "a.png")],
      ),
      "first/small.png": greyPng("12", "34"),
      "second/b.png": picture,
    };
    const dataset = open(options, content, { cluster: "^(.)" });
    expect(await story(dataset)).toEqual({
      none: "first/none.png: there is no such file",
      "small/2": "failed: x.json: annotation 2: the mask and its image differ in size; expected 2x2, got 4x3",
      "b/3": "..../.##./.##.",
      "image_id=9": "x.json: annotations[3] (id 4): its image is not listed; got image_id 9",
      "image_id=10": "x.json: annotations[4]: its image is not listed; got image_id 10",
    });
    expect((await dataset.list()).map(({ id, cluster }) => `${id} ${cluster}`)).toEqual([
      "a a",
      "b b",
      "image_id=10 image_id=10",
      "image_id=9 image_id=9",
      "none n",
      "small s",
    ]);
  });

  test("ids have the folders of file names; image ids may restart in each file", async () => {
    const files = { "first/p/1.png": picture, "first/q/1.png": picture };
    const one = {
      images: [image(1, "p/1.png")],
      annotations: [{ id: 1, image_id: 1, segmentation: square }],
      categories: [],
    };
    const two = { ...one, images: [image(1, "q/1.png")] };
    const both = { ...options, annotations: ["1.json", "2.json"] } as DatasetCard["adapter"];
    expect(Object.keys(await story(open(both, { ...files, "1.json": one, "2.json": two })))).toEqual([
      "p/1/1",
      "q/1/1",
    ]);
    const again = open(both, { ...files, "1.json": one, "2.json": one });
    expect(Object.keys(await story(again))).toEqual(["1/p/1.png/1", "2/p/1.png/1"]);
  });

  test("file names of LVIS", async () => {
    const lvis = { ...options, images: ["coco"], fileName: "coco_url" } as DatasetCard["adapter"];
    const entry = {
      id: 9,
      coco_url: "http://images.example.org/val2017/000000000009.png",
      file_name: "COCO_val2014_x.png",
    };
    const content = {
      ...of([{ id: 1, image_id: 9, segmentation: square }], [entry]),
      "coco/val2017/000000000009.png": picture,
    };
    expect(Object.keys(await story(open(lvis, content)))).toEqual(["000000000009/1"]);
  });

  test.each<[why: string, json: unknown, message: string]>([
    ["no lists", {}, 'x.json: no list "images"; expected COCO JSON with images, annotations and categories'],
    [
      "a file name outside",
      { images: [image(1, "../../a.png")], annotations: [], categories: [] },
      "x.json: images[0]: a file name leaves the data folder; expected a name below it, got ../../a.png",
    ],
    [
      "no file name",
      { images: [{ id: 1 }], annotations: [], categories: [] },
      "x.json: images[0]: an image without file_name",
    ],
    [
      "an id twice",
      { images: [image(1, "a.png"), image(1, "b.png")], annotations: [], categories: [] },
      "x.json: images[1]: the image id occurs twice; got 1",
    ],
    [
      "no image",
      { images: [], annotations: [], categories: [] },
      "mini: no image was found; expected the files from https://example.org, got ROOT",
    ],
    ["no JSON", "{\n]", 'x.json, line 2, column 1: not JSON; got "]"'],
  ])("the listing rejects %s", async (_, json, message) => {
    const dataset = open(options, { "x.json": json as object });
    expect(await refusal(dataset.list())).toBe(`SegbenchError: ${message.replace("ROOT", dataset.root)}`);
  });

  test("an EXIF-turned JPEG is turned where the annotation says so", async () => {
    const sideways = async (width: number, height: number) => {
      const content = {
        "x.json": { images: [{ id: 1, file_name: "t.jpg", width, height }], annotations: [], categories: [] },
        "first/t.jpg": await jpeg(16, 8, 6),
      };
      const [ref] = await open(options, content).list();
      const { image: got }: ImageSample = await ref!.load();
      return `${got.width}x${got.height}`;
    };
    expect(await sideways(8, 16)).toBe("8x16");
    expect(await sideways(16, 8)).toBe("16x8");
  });
});

describe("sa-1b", () => {
  const adapter = { format: "sa-1b", folder: "." } as const;
  const segmentation = { size: [3, 4], counts: [0, 1, 11] };
  const json = {
    image: { image_id: 1, width: 4, height: 3, file_name: "sa_1.jpg" },
    annotations: [{ id: 7, segmentation }],
  };

  test("pairs", async () => {
    const files = { "sa_1.JPG": await jpeg(4, 3), "sa_1.json": json };
    const dataset = open(adapter, files);
    expect(await story(dataset)).toEqual({ "sa_1/7": "#.../..../...." });
    expect((await dataset.list())[0]!.masks).toBeUndefined();
    expect((await open(adapter, files, { subset: { seed: "s", masks: 9 } }).list())[0]!.masks).toBe(1);
  });

  test("halves of pairs, other JSON, other sizes", async () => {
    const dataset = open(adapter, {
      "sa_1.jpg": await jpeg(4, 3),
      "sa_2.json": json,
      "sa_3.jpg": await jpeg(4, 3),
      "sa_3.json": [],
      "sa_4.jpg": await jpeg(8, 6),
      "sa_4.json": json,
    });
    expect(await story(dataset)).toEqual({
      sa_1: "sa_1.json: there is no such file",
      sa_2: "sa_2.jpg: there is no such file",
      sa_3: 'sa_3.json: no list "annotations"; expected the JSON of one SA-1B image',
      "sa_4/7":
        "failed: sa_4.json: annotation 7: the mask and its image differ in size; expected 8x6, got 4x3",
    });
  });
});

describe("data sets as a whole", () => {
  const adapter = { format: "sa-1b", folder: "." } as const;

  test("data that are not there", async () => {
    const card = cardOf(adapter, { archives: ["a.zip", "b.zip"] });
    expect(await refusal(openDataset(card, "/no/such/folder").list())).toBe(
      "SegbenchError: mini: its data is missing; expected a.zip, b.zip from https://example.org, unpacked, got no such folder: /no/such/folder",
    );
  });

  test("cluster rules that fit nothing, or are none", async () => {
    const files = { "sa_1.jpg": await jpeg(4, 3) };
    expect(await refusal(open(adapter, files, { cluster: "^(vid_\\d+)" }).list())).toBe(
      "SegbenchError: mini: cluster: the expression has no group that matches the image id; expected ^(vid_\\d+), got sa_1",
    );
    expect(await refusal(open(adapter, files, { cluster: "(" }).list())).toBe(
      "SegbenchError: mini: cluster: not a regular expression; got (",
    );
  });
});
