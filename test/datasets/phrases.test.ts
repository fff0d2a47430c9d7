// Referring expressions and names of categories as phrases: what is asked of which image, what answers it, and what is wrong with a file.
import { afterAll, describe, expect, test } from "vitest";
import type { Note } from "../../src/core/errors.ts";
import type { DatasetCard } from "../../src/core/schema-types.ts";
import { openQueries } from "../../src/datasets/index.ts";
import { area } from "../../src/masks/bit-mask.ts";
import { maskOfRle } from "../../src/masks/rle.ts";
import { type Folder, makeFolder } from "../formats/fixture.ts";

const folders: Folder[] = [];
afterAll(() => {
  for (const folder of folders) folder.remove();
});

/** Every query as "id phrase: pixels of each mask", or why it is not scored, by image. */
async function asked(
  adapter: DatasetCard["adapter"],
  files: Readonly<Record<string, string | Uint8Array | object>>,
) {
  const folder = makeFolder(files);
  folders.push(folder);
  const notes: Note[] = [];
  const card = { name: "mini", maskType: "instance", licence: "CC0-1.0", adapter } as unknown as DatasetCard;
  const refs = await openQueries(card, folder.root, (note) => notes.push(note)).list();
  const told: Record<string, unknown> = {};
  for (const ref of refs) {
    const sample = await ref.load().catch((error: Error) => error.message);
    if (typeof sample === "string") {
      told[ref.id] = sample;
      continue;
    }
    expect(ref.queries).toEqual(sample.queries.map(({ id }) => id));
    expect(ref.phrases).toEqual(sample.queries.map(({ category }) => category));
    told[ref.id] = sample.queries.map((query) => {
      if (query.status !== "ok") return `${query.id} ${query.category}: ${query.status}, ${query.reason}`;
      const [{ masks, crowds }] = query.annotators as [(typeof query.annotators)[0]];
      const sizes = masks.map((mask) => area("words" in mask ? mask : maskOfRle(mask, "a test")));
      return `${query.id} ${query.category}: ${sizes.join(" ")}${crowds > 0 ? ` and ${crowds} crowds` : ""}`;
    });
  }
  return { told, notes };
}

const refusal = (promise: Promise<unknown>) =>
  promise.then(
    () => "accepted",
    (error: Error) => error.message,
  );

/** A rectangle as a polygon. */
const box = (x0: number, y0: number, x1: number, y1: number) => [x0, y0, x1, y0, x1, y1, x0, y1];
const size = { width: 10, height: 8 };

describe("refer", () => {
  const instances = {
    images: [
      { id: 5, file_name: "a.jpg", ...size },
      { id: 6, file_name: "b.jpg", ...size },
    ],
    annotations: [
      { id: 1, image_id: 5, category_id: 1, iscrowd: 0, segmentation: [box(0, 0, 4, 4), box(2, 2, 6, 6)] },
      { id: 2, image_id: 5, category_id: 1, iscrowd: 0, segmentation: [box(6, 0, 9, 3)] },
      { id: 3, image_id: 5, category_id: 1, iscrowd: 1, segmentation: { size: [8, 10], counts: [0, 80] } },
      { id: 4, image_id: 6, category_id: 1, iscrowd: 0, segmentation: [box(1, 1, 3, 3)] },
    ],
    categories: [{ id: 1, name: "thing" }],
  };
  const ref = (image_id: unknown, ann_id: unknown, split: unknown, ...sentences: object[]) => ({
    ...{ ref_id: 9, image_id, ann_id, split, sentences, file_name: "wrong_1.jpg" },
  });
  const said = (sent_id: unknown, sent: string, raw = sent) => ({ sent_id, sent, raw, tokens: [] });
  const adapter = (split: string) => ({
    ...{ format: "refer" as const, annotations: "x.json", refs: "refs.json", split },
    images: ["."] as [string],
  });
  const read = (split: string, refs: unknown) =>
    asked(adapter(split), { "x.json": instances, "refs.json": refs as object });

  test("every sentence is asked; parts of an object are one mask; several objects, none, a crowd", async () => {
    const refs = [
      ref(5, 1, "val", said(10, "left"), said(11, "", "The Left One")),
      ref(6, [4], "val", said(12, "other image")),
      ref(5, [1, 2, 1], "val", said(13, "both")),
      ref(5, [-1], "val", said(14, "nobody")),
      ref(5, [2, 3], "val", said(15, "the crowd too")),
      ref(5, 2, "train", said(16, "not asked")),
    ];
    const { told } = await read("val", refs);
    expect(told).toEqual({
      // 16 and 16 pixels that share 4.
      a: [
        "10 left: 28",
        "11 The Left One: 28",
        "13 both: 28 9",
        "14 nobody: ",
        "15 the crowd too: 9 and 1 crowds",
      ],
      b: ["12 other image: 4"],
    });
  });

  test("splits as the toolbox takes them", async () => {
    const refs = ["train", "val", "testA", "testB", "testAB", "test"].map((split, i) =>
      ref(6, 4, split, said(i, split)),
    );
    const of = async (split: string) =>
      ((await read(split, refs)).told.b as string[]).map((line) => line.split(" ")[1]);
    expect(await of("testA")).toEqual(["testA:", "testAB:"]);
    expect(await of("testB")).toEqual(["testB:", "testAB:"]);
    expect(await of("test")).toEqual(["testA:", "testB:", "testAB:", "test:"]);
    expect(await of("testAB")).toEqual(["testAB:"]);
    expect(await of("val")).toEqual(["val:"]);
    expect(await refusal(read("testC", refs))).toBe(
      "refs.json: no reference is of the split; expected testC, got test, testA, testAB, testB, train, val",
    );
  });

  test("what is wrong with one reference is counted there alone; ids that repeat or are missing get others", async () => {
    const refs = [
      ref(5, 7, "val", said(1, "no such annotation")),
      ref(5, 4, "val", said(1, "of another image")),
      ref(99, 1, "val", said(2, "no such image")),
      ref(6, 4, "val", said(null, "without an id")),
      { ...ref(6, 4, "val"), sentences: 3 },
      ref(6, 4, "val", { sent_id: 3 }),
      ref(null, 4, "val", said(4, "nowhere")),
      ref(6, [[4]], "val", said(5, "a list of lists")),
    ];
    const { told } = await read("val", refs);
    const lost =
      "x.json: what the expression refers to is not among the annotations of its image; expected annotation";
    expect(told).toEqual({
      a: [
        `1 no such annotation: failed, ${lost} 7 of image 5`,
        `1#2 of another image: failed, ${lost} 4 of image 5`,
      ],
      b: ["9/0 without an id: 4"],
      "image_id=99":
        "refs.json[2]: its image is not listed in the instances; expected x.json, got image_id 99",
      "refs.json[4]": expect.stringMatching(/^refs\.json\[4\]: sentences are missing; .* got 3$/),
      "refs.json[5]": "refs.json[5].sentences[0]: there is no text; expected sent or raw",
      "refs.json[6]": expect.stringMatching(/^refs\.json\[6\]: image_id is missing/),
      "refs.json[7]": expect.stringMatching(/^refs\.json\[7\]: ann_id is no id; .* got a list$/),
    });
  });

  test("a file that is no list of references", async () => {
    expect(await refusal(read("val", { refs: [] }))).toMatch(
      /^refs\.json: is no list of references; expected a list of/,
    );
    expect(await refusal(read("val", [7]))).toMatch(/^refs\.json\[0\]: is no reference; .* got 7$/);
    const pickled = { ...adapter("val"), refs: "refs.p" };
    const other = asked(pickled, { "x.json": instances, "refs.p": "[]" });
    expect(await refusal(other)).toMatch(/^refs\.p, byte 1: the pickle cannot be read/);
    const nested = Array.from({ length: 40 }, (_, i) => `(lp${i + 1}\ng${i}\nag${i}\na`);
    // A dictionary that holds itself, and a list of 2^40 items that are one.
    for (const text of ["(dp0\nS'a'\ng0\ns.", `((lp0\n${nested.join("")}t.`])
      expect(await refusal(asked(pickled, { "x.json": instances, "refs.p": text }))).toMatch(
        /^refs\.p.*: (is no list of references|is no reference); .* got (an object|a list)$/,
      );
  });
});

describe("coco-phrases", () => {
  const instances = {
    images: [
      { id: 1, file_name: "a.jpg", ...size },
      { id: 2, file_name: "b.jpg", ...size },
    ],
    annotations: [
      { id: 1, image_id: 1, category_id: 3, iscrowd: 0, segmentation: [box(0, 0, 2, 2)] },
      { id: 2, image_id: 1, category_id: 3, iscrowd: 0, segmentation: [box(4, 0, 7, 2)] },
      { id: 3, image_id: 1, category_id: 5, iscrowd: 1, segmentation: { size: [8, 10], counts: [0, 80] } },
      { id: 4, image_id: 2, category_id: 4, iscrowd: 0, segmentation: [] },
    ],
    categories: [
      { id: 3, name: "baseball_bat" },
      { id: 4, name: "bow_(weapon)" },
      { id: 5, name: "Person" },
      { id: 6, name: "puffer_(fish)" },
      { id: 7, name: "bow_(decorative_ribbons)" },
    ],
  };
  const adapter = {
    format: "coco-phrases" as const,
    annotations: ["x.json"] as [string],
    images: ["."] as [string],
  };

  test("every name is asked of every image; crowds and empty masks are not scored", async () => {
    const { told, notes } = await asked(adapter, { "x.json": instances });
    expect(told).toEqual({
      a: [
        "1/3 baseball bat: 4 6",
        "1/4 bow (weapon): ",
        "1/5 Person: dropped, crowd",
        "1/6 puffer: ",
        "1/7 bow (decorative ribbons): ",
      ],
      b: [
        "2/3 baseball bat: ",
        "2/4 bow (weapon): dropped, empty",
        "2/5 Person: ",
        "2/6 puffer: ",
        "2/7 bow (decorative ribbons): ",
      ],
    });
    expect(notes).toEqual([]);
  });

  test("phrases of the card, names that are left out, fewer names that are absent", async () => {
    const phrases = { Person: "human being", "bow_(weapon)": "archer's bow" };
    const options = { ...adapter, phrases, excludeCategories: ["puffer_(fish)"], negatives: 1 };
    const { told, notes } = await asked(options, { "x.json": instances });
    const lines = Object.values(told).flat() as string[];
    expect(lines).toContain("2/4 archer's bow: dropped, empty");
    expect(lines.filter((line) => /: $/.test(line))).toHaveLength(2);
    expect(lines).toHaveLength(5);
    expect(lines.some((line) => line.includes("puffer"))).toBe(false);
    expect(notes.map(({ where }) => where)).toEqual(["a", "b"]);
    expect((await asked(options, { "x.json": instances })).told).toEqual(told);
    const none = await asked({ ...adapter, negatives: 0 }, { "x.json": instances });
    expect(Object.values(none.told).flat()).toHaveLength(3);
  });

  test("of LVIS what an image was searched for, and what is annotated completely", async () => {
    const images = [
      { ...instances.images[0], neg_category_ids: [6], not_exhaustive_category_ids: [3] },
      { ...instances.images[1], neg_category_ids: [], not_exhaustive_category_ids: [] },
    ];
    const { told } = await asked(adapter, { "x.json": { ...instances, images } });
    expect(told).toEqual({
      a: ["1/3 baseball bat: dropped, not exhaustive", "1/5 Person: dropped, crowd", "1/6 puffer: "],
      b: ["2/4 bow (weapon): dropped, empty"],
    });
  });

  test("phrases that name no category, or two", async () => {
    const of = (phrases: Record<string, string>) =>
      refusal(asked({ ...adapter, phrases }, { "x.json": instances }));
    expect(await of({ persn: "person" })).toBe(
      "mini: adapter.phrases: no category is called so; expected a name of x.json, got persn",
    );
    expect(await of({ Person: "puffer" })).toBe(
      'mini: adapter.phrases: several categories are asked by one phrase; expected a phrase for each, got "puffer" for Person, puffer_(fish)',
    );
  });

  test("two ids of one name are one question", async () => {
    const categories = [...instances.categories, { id: 8, name: "Person" }];
    const more = { id: 9, image_id: 2, category_id: 8, iscrowd: 0, segmentation: [box(0, 0, 5, 1)] };
    const json = { ...instances, categories, annotations: [...instances.annotations, more] };
    const { told } = await asked({ ...adapter, negatives: 0 }, { "x.json": json });
    expect(told.b).toEqual(["2/4 bow (weapon): dropped, empty", "2/5 Person: 5"]);
  });
});
