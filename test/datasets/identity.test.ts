// What an image or a target is called: ids that hang on nothing else, names in any spelling, links, lists, encodings.
import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { Note } from "../../src/core/errors.ts";
import type { DatasetCard } from "../../src/core/schema-types.ts";
import { openDataset } from "../../src/datasets/index.ts";
import { readCoco } from "../../src/datasets/shared/coco-images.ts";
import { type Folder, greyPng, makeFolder, palettePng } from "../formats/fixture.ts";

const folders: Folder[] = [];
afterAll(() => {
  for (const folder of folders) folder.remove();
});

type Content = Readonly<Record<string, string | Uint8Array | object>>;
const picture = greyPng("1234", "5678", "9876");
const segmentation = [[1, 1, 3, 1, 3, 3, 1, 3]];
const categories = [{ id: 1, name: "thing" }];

function folderOf(files: Content): string {
  const folder = makeFolder(files);
  folders.push(folder);
  return folder.root;
}

/** Ids of images with those of their targets, or why there is none; and what was noted. */
async function told(
  adapter: DatasetCard["adapter"],
  files: Content | string,
  more: Partial<DatasetCard> = {},
) {
  const named = { name: "mini", title: "Mini", version: 1, domain: ["objects"], maskType: "instance" };
  const rest = { homepage: "https://example.org", licence: "CC0-1.0", adapter, ...more };
  const notes: Note[] = [];
  const root = typeof files === "string" ? files : folderOf(files);
  const dataset = openDataset({ ...named, ...rest } as DatasetCard, root, (note) => notes.push(note));
  const ids: Record<string, unknown> = {};
  for (const ref of await dataset.list()) {
    const sample = await ref.load().catch((error: Error) => error.message);
    ids[ref.id] =
      typeof sample === "string"
        ? sample
        : sample.targets.map(({ id, status }) => `${id} ${status}`).join(", ");
  }
  return { ids, notes: [...new Set(notes.map(({ what, where }) => `${where}: ${what}`))] };
}

const coco: DatasetCard["adapter"] = { format: "coco", annotations: ["x.json"], images: ["i"] };

/** One mask for each file, whose number is both ids. */
function cocoOf(...files: readonly string[]): object {
  return {
    images: files.map((file_name, id) => ({ id, file_name, width: 4, height: 3 })),
    annotations: files.map((_, id) => ({ id, image_id: id, category_id: 1, segmentation })),
    categories,
  };
}

function picturesOf(...files: readonly string[]): Content {
  return Object.fromEntries(files.map((file) => [`i/${file}`, picture]));
}

async function cocoIds(...files: readonly string[]): Promise<readonly string[]> {
  return Object.keys((await told(coco, { "x.json": cocoOf(...files), ...picturesOf(...files) })).ids);
}

describe("an image's id", () => {
  test("does not hang on other images; those that clash take what tells them apart", async () => {
    expect(await cocoIds("x/a.png", "y/b.png")).toEqual(["x/a", "y/b"]);
    expect(await cocoIds("x/a.png", "y/b.png", "y/a.png")).toEqual(["x/a", "y/a", "y/b"]);
    expect(await cocoIds("a.png", "b.png")).toEqual(["a", "b"]);
    expect(await cocoIds("a.png", "b.png", "a.jpg")).toEqual(["a.jpg", "a.png", "b"]);
    expect(await cocoIds("a.png", "a.PNG", "a.png.png")).toEqual(["a.PNG", "a.png", "x/a.png"]);
  });

  test("one file twice: its number in the file; nothing else moves", async () => {
    const { ids, notes } = await told(coco, {
      "x.json": cocoOf("a.png", "a.png", "a.jpg", "b.png"),
      ...picturesOf("a.png", "a.jpg", "b.png"),
    });
    expect(ids).toEqual({ "a#0": "0 ok", "a#1": "1 ok", "a.jpg": "2 ok", b: "3 ok" });
    expect(notes).toHaveLength(3);
  });

  test("the name alone, where the card says so", async () => {
    const named = { ...coco, ids: "name" } as DatasetCard["adapter"];
    const files = ["x/a.png", "y/b.png"];
    expect(await told(named, { "x.json": cocoOf(...files), ...picturesOf(...files) })).toEqual({
      ids: { a: "0 ok", b: "1 ok" },
      notes: [],
    });
  });

  test("videos with the same frames", async () => {
    const frame = { file_names: ["0.png"], width: 4, height: 3 };
    const videos = [
      { id: 7, ...frame },
      { id: 8, ...frame },
      { id: 9, ...frame, file_names: ["1.png"] },
    ];
    const { ids } = await told(
      { format: "youtube-vis", annotations: ["x.json"], images: ["i"] },
      { "x.json": { videos, annotations: [], categories }, "i/0.png": picture, "i/1.png": picture },
    );
    expect(ids).toEqual({ "0#7": "", "0#8": "", 1: "" });
  });

  const masks = (images: string, of: string) =>
    ({ format: "mask-files", images, masks: of }) as DatasetCard["adapter"];

  test("folders that ** stands for; a mask belongs to the image of its own folder", async () => {
    const files = { "s/i/a.png": picture, "s/m/a.png": picture, "t/i/a.png": picture, "t/i/b.png": picture };
    const { ids } = await told(masks("**/i/{image}.png", "**/m/{image}.png"), {
      ...files,
      "u/m/b.png": picture,
    });
    expect(ids).toEqual({ "s/i/a": "a ok", "t/i/a": "", b: "b ok" });
  });

  test("a mask that may be of two images fails alone and names them", async () => {
    const files = { "s/i/a.png": picture, "t/i/a.png": picture, "m/a.png": picture };
    expect((await told(masks("*/i/{image}.png", "m/{image}.png"), files)).ids).toEqual({
      "m/a":
        "m/a.png: a mask that may belong to several images; expected one with the same names and folders, got s/i/a.png, t/i/a.png",
      "s/i/a": "",
      "t/i/a": "",
    });
  });

  test("images that nothing tells apart fail, and the others go on", async () => {
    const image = (name: string) => `<image id="0" name="${name}" width="4" height="3"></image>`;
    const xml = `<annotations>${image("a.png")}${image("a.png")}${image("b.png")}</annotations>`;
    const { ids } = await told({ format: "cvat", annotations: "x.xml" }, { "x.xml": xml, "b.png": picture });
    const same =
      'mini, image a: two images have the same id; expected file names that differ, or a placeholder for what tells them apart, got a.png (x.xml: image "a.png"), a.png (x.xml: image "a.png")';
    expect(ids).toEqual({ a: same, "a#2": same, b: "" });
  });
});

describe("ids in a COCO file", () => {
  const image = (id: unknown) => ({ id, file_name: `${id}.png`, width: 4, height: 3 });
  const text = (value: object) => JSON.stringify(value).replace(/"BIG(\d+)"/g, "$1");

  test.each([
    ["held", Number.POSITIVE_INFINITY],
    ["scanned", 0],
  ])("beyond 2^53 as they stand: %s", async (_, large) => {
    const own = "BIG90071992547409931";
    const annotations = [`${own}1`, `${own}3`].map((id) => ({
      id,
      image_id: own,
      category_id: own,
      note: `: 90071992547409931, \\"`,
    }));
    const json = {
      images: [{ id: own }, { id: 9007199254740991 }],
      annotations,
      categories: [{ id: own, name: "x" }],
    };
    const root = folderOf({ "x.json": text(json) });
    const file = await readCoco({ root, name: "x.json" }, large);
    expect(file.things.map(({ id }) => id)).toEqual(["90071992547409931", 9007199254740991]);
    expect([...file.categories]).toEqual([["90071992547409931", "x"]]);
    const read = await file.read("90071992547409931");
    expect(read.map(({ annotation }) => annotation.id)).toEqual(["900719925474099311", "900719925474099313"]);
    expect(read[0]!.annotation).toHaveProperty("note", ': 90071992547409931, \\"');
  });

  test("text for a number is joined and said; a number that two could be is not", async () => {
    const annotations = [
      { id: 1, image_id: "1", category_id: "1", segmentation },
      { id: 2, image_id: 1, category_id: 1, segmentation },
      { id: 3, image_id: "000002", category_id: 1, segmentation },
      { id: 4, image_id: 7, category_id: 1, segmentation },
    ];
    const images = [image(1), image(2), image("7"), image("07")];
    const files = Object.fromEntries(images.map(({ file_name }) => [`i/${file_name}`, picture]));
    const { ids, notes } = await told(coco, { "x.json": { images, annotations, categories }, ...files });
    expect(ids).toEqual({
      "07": "",
      1: "1 ok, 2 ok",
      2: "3 ok",
      7: "",
      "image_id=7": "x.json: annotations[3] (id 4): its image is not listed; got image_id 7",
    });
    expect(notes).toEqual(["x.json: ids are text in one place and numbers in another, and were joined"]);
  });

  test("of annotations: what is neither a number nor a short text gets its place", async () => {
    const odd = [
      "",
      " ",
      null,
      true,
      {},
      [1],
      "a\nb",
      "a\0",
      "x".repeat(201),
      5,
      5,
      "5#2",
      "a/b",
      "annotations[0]",
    ];
    const annotations = odd.map((id) => ({ id, image_id: 1, category_id: 1, segmentation }));
    const json = { images: [image(1)], annotations, categories };
    const { ids, notes } = await told(coco, { "x.json": json, "i/1.png": picture });
    const places = [...Array(9).keys()].map((i) => `annotations[${i}] ok`);
    expect(String(ids[1]).split(", ")).toEqual([
      ...places,
      ...["5 ok", "5#2 ok", "5#2#2 ok", "a/b ok", "annotations[0]#2 ok"],
    ]);
    expect(notes).toHaveLength(8);
  });
});

describe("names", () => {
  const [nfc, nfd] = ["caf\u00e9", "cafe\u0301"];

  test("composed or not, in files and folders", async () => {
    const { ids } = await told(coco, {
      "x.json": cocoOf(`${nfc}/${nfd}.png`),
      [`i/${nfd}/${nfc}.PNG`]: picture,
    });
    expect(ids).toEqual({ [`${nfc}/${nfc}`]: "0 ok" });
  });

  test("two files that differ only so are each found by their own", async () => {
    const files = { [`i/${nfc}.png`]: picture, [`i/${nfd}.png`]: greyPng("1") };
    const { ids } = await told(coco, { "x.json": cocoOf(`${nfc}.png`, `${nfd}.png`), ...files });
    expect(Object.entries(ids)).toEqual([
      [nfd, "1 failed"],
      [`${nfc}.png`, "0 ok"],
    ]);
  });

  test("an image and its mask", async () => {
    const adapter: DatasetCard["adapter"] = {
      format: "mask-files",
      images: "i/{image}.png",
      masks: "m/{image}.png",
    };
    const { ids } = await told(adapter, { [`i/${nfd}.png`]: picture, [`m/${nfc}.png`]: picture });
    expect(ids).toEqual({ [nfc]: `${nfc} ok` });
  });
});

test("links are followed once, and a loop is said", async () => {
  const root = folderOf({ "s/a.png": picture, "t/b.png": picture });
  const outside = folderOf({ "far/c.png": picture });
  for (const [place, to] of [
    ["s/self", "."],
    ["s/self2", "."],
    ["t/up", "../.."],
    ["s/other", "../t"],
    ["t/other", "../s"],
    ["out", join(outside, "far")],
    ["broken.png", "nowhere.png"],
  ] as const)
    symlinkSync(to, join(root, place));
  mkdirSync(join(outside, "far/deep"));
  symlinkSync(root, join(outside, "far/deep/home"));
  const adapter: DatasetCard["adapter"] = {
    format: "label-png",
    images: "**/{i}.png",
    labels: "**/{i}.png",
    values: "class",
  };
  const { ids, notes } = await told(adapter, root);
  expect(Object.keys(ids)).toEqual(["a", "b", "broken", "c"]);
  const loops = notes.filter((note) => note.includes("leads back"));
  for (const link of ["s/self", "s/self2", "t/up", "out/deep/home"])
    expect(
      loops.some((note) => note.startsWith(`${link}: `)),
      link,
    ).toBe(true);
});

describe("lists", () => {
  const files = { "i/a.png": picture, "i/b c.png": picture, "i/d.png": picture, "j/i/e.png": picture };
  const labels = { "l/a.png": palettePng("1"), "l/b c.png": palettePng("1"), "l/d.png": palettePng("1") };
  const adapter: DatasetCard["adapter"] = {
    format: "label-png",
    images: "**/i/{i}.png",
    labels: "l/{i}.png",
    values: "class",
  };

  test.each<[what: string, list: string, ids: readonly string[]]>([
    ["paths", "./i/a.png\ni/d.jpg\n", ["a", "d"]],
    ["paths of another machine", "/home/me/set/i/a.png\nC:\\set\\i\\d.png", ["a", "d"]],
    ["Windows separators, a byte order mark, blanks", "\uFEFFi\\a.PNG  \r\n\r\ni\\b c.png\r\n", ["a", "b c"]],
    ["columns", 'image,split\na.png,val\n"b c.png",val\n', ["a", "b c"]],
    ["an image and its label", "i/a.png l/a.png\ni/d.png\tl/d.png\n", ["a", "d"]],
    ["the label first", "0 l/a.png i/a.png\n", ["a"]],
    ["comments", "# the split\na\n#d\n'd.png'\r", ["a", "d"]],
    ["folders in full", "j/i/e\n", ["e"]],
    ["UTF-16", "\u0000", ["a"]],
  ])("%s", async (_, list, ids) => {
    const content = list === "\u0000" ? Buffer.from("\uFEFFa\r\n", "utf16le") : list;
    const { ids: found } = await told(
      adapter,
      { ...files, ...labels, "x.txt": content },
      { select: { lists: ["x.txt"] } },
    );
    expect(Object.keys(found)).toEqual(ids);
  });

  test("a line that names no image: where it stands, and what is nearest", async () => {
    const list = "a\nk/d.png\nb d\n";
    const { ids } = await told(
      adapter,
      { ...files, ...labels, "x.txt": list },
      { select: { lists: ["x.txt"] } },
    );
    expect(Object.keys(ids)).toEqual(["a", "d", "k/d"]);
    expect(ids["k/d"]).toBe('x.txt, line 2: a listed image is missing; got k/d.png (the nearest is "d")');
  });
});

describe("JSON that is not UTF-8", () => {
  const json = JSON.stringify(cocoOf("é.png"));
  const bad = Buffer.from(json.replace("é", "\uFFFD-é"), "utf8");
  const at = bad.indexOf(Buffer.from("é"));
  const latin = Buffer.concat([bad.subarray(0, at), Buffer.from([0xe9]), bad.subarray(at + 2)]);
  const read = (bytes: Uint8Array, large: number) =>
    readCoco({ root: folderOf({ "x.json": bytes }), name: "x.json" }, large).then(
      ({ things }) => things.map(({ file_name }) => file_name),
      (error: Error) => error.message,
    );

  test.each([
    ["held", Number.POSITIVE_INFINITY],
    ["scanned", 0],
  ])("%s", async (_, large) => {
    const message = `x.json, byte ${at}: not UTF-8; expected a file in UTF-8, got 0xe9`;
    expect(await read(latin, large)).toBe(message);
    expect(await read(Buffer.from(`\uFEFF${json}`), large)).toEqual(["é.png"]);
    expect(await read(Buffer.from(`\uFEFF${json}`, "utf16le"), large)).toEqual(["é.png"]);
    expect(await read(Buffer.from(`\uFEFF${json}`, "utf16le").swap16(), large)).toEqual(["é.png"]);
    const cut = Buffer.concat([Buffer.from(json.slice(0, json.indexOf("é"))), Buffer.from([0xc3])]);
    expect(await read(cut, large)).toMatch(
      /^x\.json, byte \d+: not UTF-8; expected a file in UTF-8, got 0xc3$/,
    );
  });
});
