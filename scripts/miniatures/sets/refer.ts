// Referring expressions in the toolbox's layout: RefCOCO, RefCOCO+, RefCOCOg in both of its splits, gRefCOCO. Traps of the real files: references are a pickle of Python 2,
// their file_name is not the image's, an object has several sentences, its polygons overlap, the google split has one image in train and in val,
// splits are called testA and testB; of gRefCOCO several objects, or none.
import { measuresOfMask } from "../annotations.ts";
import { type Files, json, type Miniature } from "../files.ts";
import { polygons } from "./coco.ts";
import { pictures, pond, table } from "./sa-co.ts";

const IMAGES = { table: 25, pond: 471, lake: 581857 } as const;
type Place = keyof typeof IMAGES;

/** Number of an annotation by its place and thing. */
type Numbers = ReadonlyMap<string, number>;

/** What is referred to, by whose split, and in which words; of gRefCOCO several things or none. */
type Reference = readonly [
  place: Place,
  split: string,
  things: string | readonly string[],
  ...sentences: string[],
];

const refcoco: readonly Reference[] = [
  ["table", "val", "red apple 1", "apple on the left", "the red one left", "l’apple rouge à gauche"],
  ["table", "val", "cup", "blue cup"],
  ["lake", "train", "boat", "the boat"],
  ["pond", "testA", "brown duck", "the dark duck", "brown one"],
  ["pond", "testB", "boat", "red boat at the back"],
];

const refcocog: readonly Reference[] = [
  ["table", "train", "green apple", "a green apple beside the cup"],
  ["table", "val", "pear", "a yellow pear at the front of a wooden table"],
  [
    "pond",
    "test",
    "white duck 3",
    "the white duck that is nearest to the camera",
    "a duck at the lower right",
  ],
];

const grefcoco: readonly Reference[] = [
  ["table", "val", ["red apple 1", "red apple 2"], "both red apples", "the two fruits that are red"],
  ["table", "val", [], "the man in the hat"],
  ["pond", "val", ["white duck 1", "white duck 2", "white duck 3"], "all white ducks"],
  ["pond", "testA", ["brown duck"], "the brown duck"],
];

export const refer: Miniature = {
  name: "refer",
  make: async () => {
    const views = {
      table: table(called(IMAGES.table)),
      pond: pond(called(IMAGES.pond)),
      lake: pond(called(IMAGES.lake)),
    };
    const files: Files = await pictures("images/mscoco/images/train2014", [views.table, views.pond]);
    const numbers = new Map<string, number>();
    const annotations = Object.entries(views).flatMap(([place, view]) =>
      // Of what no split but train refers to there is no picture.
      Object.entries(view.masks)
        .filter(([thing]) => place !== "lake" || thing === "boat")
        .map(([thing, mask], i) => {
          const id = 1000 * (numbers.size + 1) + 7;
          numbers.set(`${place} ${thing}`, id);
          const parts = polygons(mask);
          return {
            ...{ id, image_id: IMAGES[place as Place], category_id: 1 + (i % 2) },
            // The first part twice: parts overlap.
            segmentation: thing === "cup" ? [...parts, parts[0]!] : parts,
            ...{ ...measuresOfMask(mask), iscrowd: 0 },
          };
        }),
    );
    const images = Object.entries(views).map(([place, { file, stage }]) => {
      const { width, height } = stage.scene;
      return { id: IMAGES[place as Place], file_name: file, width, height };
    });
    const categories = [1, 2].map((id) => ({ id, name: `category ${id}`, supercategory: "thing" }));
    const instances = json({ images, annotations, categories });
    const google = refcocog.map(
      ([place, split, ...rest]): Reference => [place, split === "test" ? "val" : split, ...rest],
    );
    const sets = { refcoco: "unc", "refcoco+": "unc", refcocog: "umd", grefcoco: "unc" };
    for (const name of Object.keys(sets)) files.set(`${name}/instances.json`, instances);
    files.set("refcoco/refs(unc).p", pickle(listed(refcoco, numbers)));
    files.set("refcoco+/refs(unc).p", pickle(listed(refcoco.slice(1), numbers)));
    files.set("refcocog/refs(umd).p", pickle(listed(refcocog, numbers)));
    files.set("refcocog/refs(google).p", pickle(listed(google, numbers)));
    files.set("grefcoco/grefs(unc).json", json(listed(grefcoco, numbers)));
    return files;
  },
};

function called(id: number): string {
  return `COCO_train2014_${String(id).padStart(12, "0")}.jpg`;
}

function listed(references: readonly Reference[], numbers: Numbers): object[] {
  let sentence = 0;
  return references.map(([place, split, things, ...said], i) => {
    const sentences = said.map((raw) => {
      const sent = raw
        .toLowerCase()
        .normalize("NFD")
        .replace(/[^a-z ]/g, "");
      return { tokens: sent.split(" "), raw, sent_id: sentence++, sent };
    });
    const ids = [things].flat().map((thing) => numbers.get(`${place} ${thing}`)!);
    const many = typeof things !== "string";
    return {
      ...{
        sent_ids: sentences.map(({ sent_id }) => sent_id),
        file_name: called(IMAGES[place]).replace(".", `_${i}.`),
      },
      ...{
        ann_id: many ? (ids.length > 0 ? ids : [-1]) : ids[0],
        ref_id: i,
        image_id: IMAGES[place],
        split,
        sentences,
      },
      ...(many
        ? { category_id: ids.length > 0 ? [1] : [-1], no_target: ids.length === 0 }
        : { category_id: 1 }),
    };
  });
}

/** Protocol 2 as Python 2 writes it: keys and ASCII as byte strings, other texts as Unicode. */
function pickle(value: object): Uint8Array {
  const parts: Buffer[] = [Buffer.from([0x80, 2])];
  const write = (one: unknown): void => {
    if (typeof one === "number") {
      const bytes = Buffer.alloc(5, "J");
      bytes.writeInt32LE(one, 1);
      parts.push(bytes);
    } else if (typeof one === "string") {
      const text = Buffer.from(one);
      const ascii = text.length === one.length;
      const length = Buffer.alloc(4);
      length.writeUInt32LE(text.length);
      parts.push(Buffer.from(ascii ? "T" : "X"), length, text);
    } else if (Array.isArray(one)) {
      parts.push(Buffer.from("](")); // An empty list, a mark, its items.
      for (const item of one) write(item);
      parts.push(Buffer.from("e"));
    } else {
      parts.push(Buffer.from("}("));
      for (const [key, item] of Object.entries(one as object)) {
        write(key);
        write(item);
      }
      parts.push(Buffer.from("u"));
    }
  };
  write(value);
  return Buffer.concat([...parts, Buffer.from(".")]);
}
