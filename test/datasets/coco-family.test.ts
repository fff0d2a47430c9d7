// COCO's relatives: YouTube-VIS, annotation files by pattern, sets in several forms; and files too large to be held,
// which must give what small ones give.
import { afterAll, describe, expect, test } from "vitest";
import type { DatasetCard } from "../../src/core/schema-types.ts";
import type { SampleRef } from "../../src/core/types.ts";
import { openDataset } from "../../src/datasets/index.ts";
import { readCoco } from "../../src/datasets/shared/coco-images.ts";
import { readYoutubeVis } from "../../src/datasets/youtube-vis.ts";
import { datasetContract } from "../contracts/dataset.ts";
import { type Folder, greyPng, makeFolder } from "../formats/fixture.ts";
import { fuzzCount, mutateFile, randomOf } from "../fuzz/fuzz.ts";
import { draw } from "../helpers/ascii-mask.ts";
import { miniatures, rootOf } from "./cards.ts";

const folders: Folder[] = [];
afterAll(() => {
  for (const folder of folders) folder.remove();
});

type Content = Readonly<Record<string, string | Uint8Array | object>>;

function folderOf(files: Content): string {
  const folder = makeFolder(files);
  folders.push(folder);
  return folder.root;
}

function cardOf(adapter: DatasetCard["adapter"], more: Partial<DatasetCard> = {}): DatasetCard {
  const named = { name: "mini", title: "Mini", version: 1, domain: ["objects"], maskType: "instance" };
  return { ...named, homepage: "https://example.org", licence: "CC0-1.0", adapter, ...more } as DatasetCard;
}

function open(adapter: DatasetCard["adapter"], files: Content) {
  return openDataset(cardOf(adapter), folderOf(files));
}

async function story(dataset: { list(): Promise<readonly SampleRef[]> }): Promise<Record<string, unknown>> {
  const told: Record<string, unknown> = {};
  for (const ref of await dataset.list()) {
    const sample = await ref.load().catch((error: Error) => error.message);
    if (typeof sample === "string") told[ref.id] = sample;
    else
      for (const target of sample.targets)
        told[`${ref.id}/${target.id}`] =
          target.status === "ok" ? draw(target.mask).join("/") : `${target.status}: ${target.reason}`;
  }
  return told;
}

const refusal = (promise: Promise<unknown>) =>
  promise.then(
    () => "accepted",
    (error: Error) => `${error.name}: ${error.message}`,
  );

const picture = greyPng("1234", "5678", "9876");
const square = [[1, 1, 3, 1, 3, 3, 1, 3]];

describe("youtube-vis", () => {
  const adapter: DatasetCard["adapter"] = {
    format: "youtube-vis",
    annotations: ["**/train.json"],
    images: ["{annotations}/../frames", "{annotations}/frames", "frames"],
    excludeCategories: ["void"],
  };
  const rle = (counts: string | number[]) => ({ size: [3, 4], counts });
  const video = {
    id: 0,
    width: 4,
    height: 3,
    length: 2,
    file_names: ["v1/img_0000003.png", "v1/img_0000013.PNG"],
  };
  const track = (id: number, segmentations: unknown, more: object = {}) => ({
    ...{ id, video_id: 0, category_id: 1, iscrowd: 0, segmentations },
    ...more,
  });
  const categories = [
    { id: 1, name: "Vehical" },
    { id: 2, name: "void" },
  ];
  const of = (annotations: unknown, videos: readonly object[] = [video]) => ({
    "ann/train.json": { videos, annotations, categories },
    "frames/v1/img_0000003.png": picture,
    "frames/v1/img_0000013.png": picture,
  });
  const legal = of([track(7, [rle("0<"), null]), track(8, [square, rle([0, 1, 11])])]);
  datasetContract({ name: "legal", open: () => open(adapter, legal), images: 2, targets: { ok: 3 } });

  test("frames are images; an object is a target where it has a segmentation", async () => {
    const dataset = open(adapter, legal);
    expect(await story(dataset)).toEqual({
      "v1/img_0000003/7": "####/####/####",
      "v1/img_0000003/8": "..../.##./.##.",
      "v1/img_0000013/8": "#.../..../....",
    });
    expect((await dataset.list()).map(({ masks }) => masks)).toEqual([2, 1]);
  });

  test("dropped and failed, each alone", async () => {
    const dataset = open(
      adapter,
      of([
        track(1, [[], null]),
        track(2, [rle("0<"), null], { iscrowd: 1 }),
        track(3, [rle("0<"), null], { category_id: 2 }),
        track(4, [rle("0<"), null], { category_id: 9 }),
        track(5, [rle("0<")]),
        track(6, "x"),
        track(7, [{ size: [4, 3], counts: "0<" }, null]),
        track(8, [rle([0, 5]), rle("<")]),
      ]),
    );
    const length = "it does not have one segmentation per frame; expected a list of 2, got";
    expect(await story(dataset)).toEqual({
      "v1/img_0000003/1": "dropped: empty",
      "v1/img_0000003/2": "dropped: crowd",
      "v1/img_0000003/3": "dropped: excluded",
      "v1/img_0000003/4":
        "failed: ann/train.json: annotation 4, frame 0: its category is not listed; got category_id 9",
      "v1/img_0000003/5": `failed: ann/train.json: annotation 5: ${length} 1`,
      "v1/img_0000003/6": `failed: ann/train.json: annotation 6: ${length} none`,
      "v1/img_0000003/7":
        "failed: ann/train.json: annotation 7, frame 0: the mask and its image differ in size; expected 4x3, got 3x4",
      "v1/img_0000003/8":
        "failed: ann/train.json: annotation 8, frame 0: run lengths do not add up to width x height; expected 12, got 5",
      "v1/img_0000013/5": `failed: ann/train.json: annotation 5: ${length} 1`,
      "v1/img_0000013/6": `failed: ann/train.json: annotation 6: ${length} none`,
      "v1/img_0000013/8": "dropped: empty",
    });
  });

  test.each<[why: string, files: Content, message: string]>([
    [
      "masks that are not published",
      of(null),
      'ann/train.json: no list "annotations"; expected YouTube-VIS JSON with videos, annotations and categories',
    ],
    [
      "a video without frames",
      of([], [{ id: 1 }]),
      "ann/train.json: videos[0]: a video without file_names; expected a list of file names",
    ],
    ["a video twice", of([], [video, video]), "ann/train.json: videos[1]: the video id occurs twice; got 0"],
    [
      "an object of no video",
      of([{ id: 1 }]),
      "ann/train.json: annotations[0]: an annotation without video_id",
    ],
    ["no file", {}, "mini: adapter.annotations: no file matches; expected **/train.json"],
    [
      "two files",
      { ...of([]), "b/train.json": {} },
      "mini: adapter.annotations: two files match; expected one **/train.json, got ann/train.json and b/train.json",
    ],
  ])("the listing rejects %s", async (_, files, message) => {
    expect(await refusal(open(adapter, files).list())).toBe(`SegbenchError: ${message}`);
  });

  test("objects of videos that are not listed are counted", async () => {
    const dataset = open(adapter, of([track(3, [null, null], { video_id: "x" })]));
    expect((await story(dataset))["video_id=x"]).toBe(
      'ann/train.json: annotations[0] (id 3): its video is not listed; got video_id "x"',
    );
  });
});

describe("annotation files by pattern", () => {
  const one = {
    images: [{ id: 1, file_name: "1.png", width: 4, height: 3 }],
    annotations: [{ id: 1, image_id: 1, segmentation: square }],
    categories: [],
  };
  const adapter: DatasetCard["adapter"] = {
    format: "coco",
    annotations: ["**/{part}/val/x.json"],
    images: ["{annotations}/image"],
  };

  test("placeholders come before the ids, pictures lie beside their own file", async () => {
    const dataset = open(adapter, {
      "set/a/val/x.json": one,
      "set/a/val/image/1.png": picture,
      "set/b/val/x.json": one,
      "set/b/train/image/1.png": picture,
    });
    expect(await story(dataset)).toEqual({
      "a/1/1": "..../.##./.##.",
      "b/1": "set/b/val/image/1.png: there is no such file",
    });
  });

  test("folders above the root are passed over", async () => {
    const images = ["{annotations}/../image", "image"] as [string, ...string[]];
    const dataset = open(
      { format: "coco", annotations: ["x.json"], images },
      { "x.json": one, "image/1.png": picture },
    );
    expect(await story(dataset)).toEqual({ "1/1": "..../.##./.##." });
  });

  test("the first of several forms that has images", async () => {
    const forms: DatasetCard["adapter"] = {
      format: "any-of",
      forms: [{ format: "coco", annotations: ["no.json"], images: ["."] }, adapter],
    };
    expect(await story(open(forms, { "a/val/x.json": one, "a/val/image/1.png": picture }))).toEqual({
      "a/1/1": "..../.##./.##.",
    });
    expect(await refusal(open(forms, { "b.json": one }).list())).toBe(
      "SegbenchError: mini: the files are in none of the expected formats; expected coco, got coco: no.json: there is no such file; coco: no file matches (**/{part}/val/x.json)",
    );
  });
});

describe("large files give what small ones give", () => {
  const shared = makeFolder();
  folders.push(shared);
  /** Everything that a file says, by either way; or its complaint. */
  async function tell(
    root: string,
    name: string,
    large: number,
    read: typeof readCoco | typeof readYoutubeVis,
  ) {
    try {
      const file = await read({ root, name }, large);
      const ids = [...file.things.map(({ id }) => id), ...file.unlisted];
      const parts = [];
      for (const id of ids) parts.push([id, file.briefs(id), await file.read(id)]);
      return { things: file.things, categories: [...file.categories], parts };
    } catch (error) {
      return `${(error as Error).name}: ${(error as Error).message}`;
    }
  }
  const both = async (text: string, read: typeof readCoco | typeof readYoutubeVis = readCoco) => {
    shared.write("x.json", text);
    const { root } = shared;
    const small = await tell(root, "x.json", Number.POSITIVE_INFINITY, read);
    expect(await tell(root, "x.json", 0, read), text.slice(0, 200)).toEqual(small);
    return small;
  };

  const names = ["trashcan", "lvis", "zerowaste-f", "pidray", "timberseg", "plittersdorf", "ndispark", "ibd"];
  const jsons: Readonly<Record<string, string>> = {
    trashcan: "dataset/instance_version/instances_train_trashcan.json",
    lvis: "lvis_v0.5_val.json",
    "zerowaste-f": "splits_final_deblurred/train/labels.json",
    pidray: "pidray/pidray/annotations/xray_test_hard.json",
    timberseg: "original/coco_annotation.json",
    plittersdorf: "plittersdorf_instance_segmentation_coco/train.json",
    ndispark: "ndis_park/train/train_coco_annotations.json",
    ibd: "2D/train/annotations.json",
  };
  test.each(names)("%s", async (name) => {
    const root = rootOf(miniatures, name);
    const small = await tell(root, jsons[name]!, Number.POSITIVE_INFINITY, readCoco);
    expect(small).toHaveProperty("parts");
    expect(await tell(root, jsons[name]!, 0, readCoco)).toEqual(small);
  });

  test("ovis", async () => {
    const root = rootOf(miniatures, "ovis");
    for (const name of ["annotations_train.json", "annotations_valid.json"])
      expect(await tell(root, name, 0, readYoutubeVis)).toEqual(
        await tell(root, name, Number.POSITIVE_INFINITY, readYoutubeVis),
      );
  });

  const lists = '"images":[{"id":1}],"annotations":[],"categories":[]';
  test.each([
    [`{${lists}}`],
    [`\uFEFF { ${lists.replaceAll(",", " ,\n\t")} } \n`],
    [
      `{"images":[],"images":[{"id":"\\"}]{\\\\"}],"annotations":[{"image_id":"\\"}]{\\\\","s":"é😀\\\\"}],"categories":[]}`,
    ],
    [`{"info":{"a":[1,{"b":"]"}]},"x":null,"y":1.5e3,"z":"[",${lists}}`],
    [`{"annotations":[{"image_id":1}],"categories":[{"id":1,"name":"é"}],"images":[]}`],
    ["[]", "", "null", "12", '"x"', "{}", "{", "[1", "{\n ]", "\uFEFF", "{1}"],
    [`{${lists},}`, `{${lists}`, `{${lists}} x`, `{${lists}}{`, `{,${lists}}`, `{${lists},"a"}`],
    [`{"a":tru,${lists}}`, `{"a":[1,],${lists}}`, `{"a":[1 2],${lists}}`, `{"a":[1"x,y"],${lists}}`],
    [
      `{"é\n":1}`,
      `{"a":["\n"]}`,
      `{"a":["x]}`,
      `{"a":[{"b":[1}]}`,
      `{"a":[{"b":1]]}`,
      `{"a":[}`,
      `{"a":[,1]}`,
    ],
    [`{"images":null,"annotations":[],"categories":[]}`, `{"images":[],"annotations":[],"annotations":0}`],
    [
      `{"images":[1],"annotations":[{}],"categories":[null]}`,
      `{"images":[],"annotations":[3],"categories":[]}`,
    ],
    [
      `{"images":[],"annotations":[],"categories":[null]}`,
      `{"images":[{"id":{}}],"annotations":[],"categories":[]}`,
    ],
    [
      `{"a":"${"\\u00e9".repeat(3)}\\q"}`,
      `{"a":01}`,
      `{"a":-}`,
      `{"a":1.}`,
      `{"a":[1.,2]}`,
      `{a:1}`,
      `{"a" 1}`,
    ],
  ])("%s", async (...texts) => {
    for (const text of texts) await both(text);
  });

  test("values across the borders of what is read at once", async () => {
    const long = "\\\\".repeat(700_001);
    const annotations = Array.from(
      { length: 40 },
      (_, i) => `{"id":${i},"image_id":${i % 3},"s":"${long}\\"","é":[[${i}]]}`,
    );
    const text = `{"images":[{"id":1},{"id":2}],"annotations":[${annotations.join(",")}],"categories":[]}`;
    expect(await both(text)).toHaveProperty("parts");
    expect(await both(`${text.slice(0, -40)}\n${"\u0001"}`)).toMatch(
      /^SegbenchError: x\.json, line \d+, column \d+: not JSON/,
    );
  }, 60_000);

  test("mutated files, to the letter of their complaints", async () => {
    const legal = `{"info":{"a":[1.5,"é\\n"]},"images":[{"id":1,"file_name":"a.png"},\n{"id":2}],"annotations":[{"image_id":1,"id":3,"segmentation":{"size":[2,2],"counts":"04\\\\"}},{"image_id":7,"iscrowd":1}],"categories":[{"id":1,"name":"x"}]}`;
    let refused = 0;
    for (let i = 0; i < fuzzCount; i++) {
      const text = mutateFile(legal, randomOf("both ways", i));
      if (typeof (await both(text as string)) === "string") refused++;
    }
    expect(refused).toBeGreaterThan(fuzzCount / 10);
    expect(refused).toBeLessThan(fuzzCount);
  }, 600_000);

  test("a file that changes after its listing says so", async () => {
    const folder = makeFolder({ "x.json": `{${lists.replace("[]", '[{"image_id":1,"id":5}]')}}` });
    folders.push(folder);
    const file = await readCoco({ root: folder.root, name: "x.json" }, 0);
    folder.write("x.json", "{}");
    expect(await refusal(file.read(1))).toBe(
      "SegbenchError: x.json: annotations[0]: the file has changed since it was listed",
    );
  });
});
