// COCO 2017 and LVIS v1: things on a table and on a pond. Traps of the real files: a crowd as RLE, names of several words; of LVIS "bow_(weapon)" beside
// "bow_(decorative_ribbons)", what is known to be absent, what is not annotated completely, no file_name, pictures of train2017 in val.
import type { BitMask } from "../../../src/core/types.ts";
import { or } from "../../../src/masks/bit-mask.ts";
import { measuresOfMask, plainRle } from "../annotations.ts";
import { polygonsOf } from "../contours.ts";
import { type Files, json, type Miniature } from "../files.ts";
import { pictures, pond, table, type View } from "./sa-co.ts";

/** A picture, its number, and the category of each annotation, with the things that it covers: several only of a crowd. */
interface Shown {
  readonly view: View;
  readonly id: number;
  readonly things: readonly (readonly [category: number, ...names: string[]])[];
  readonly more?: object;
}

const APPLES = ["red apple 1", "red apple 2", "green apple"];
const DUCKS = ["white duck 1", "white duck 2", "white duck 3", "brown duck"];

export const cocoVal2017: Miniature = {
  name: "coco-val2017",
  make: async () => {
    const names = { 1: "person", 9: "boat", 16: "bird", 18: "dog", 46: "wine glass", 47: "cup", 53: "apple" };
    const of = (category: number, things: readonly string[]) =>
      things.map((name) => [category, name] as const);
    const shown: Shown[] = [
      { id: 139, view: table(stem(139)), things: [...of(53, APPLES), [47, "cup"]] },
      { id: 285, view: pond(stem(285)), things: [...of(16, DUCKS), [9, "boat"]] },
      {
        id: 632,
        view: pond(stem(632)),
        things: [
          [16, "brown duck"],
          [16, ...DUCKS.slice(0, 3)],
          [9, "boat"],
        ],
      },
    ];
    const files = await pictures(
      "val2017",
      shown.map(({ view }) => view),
    );
    return files.set("annotations/instances_val2017.json", document(shown, categories(names), true));
  },
};

export const lvisV1Val: Miniature = {
  name: "lvis-v1-val",
  make: async () => {
    const names = {
      ...{
        12: "apple",
        57: "baseball_bat",
        118: "boat",
        146: "bow_(decorative_ribbons)",
        147: "bow_(weapon)",
      },
      ...{ 344: "cup", 397: "duck", 734: "orange_(fruit)", 793: "pear" },
    };
    const apples = APPLES.map((name) => [12, name] as const);
    const ducks = DUCKS.map((name) => [397, name] as const);
    const said = (neg_category_ids: number[], not_exhaustive_category_ids: number[]) => ({
      ...{ neg_category_ids, not_exhaustive_category_ids },
    });
    const shown: Shown[] = [
      {
        id: 139,
        view: table(stem(139)),
        things: [...apples, [793, "pear"], [344, "cup"]],
        more: said([147, 734], [344]),
      },
      {
        id: 190236,
        view: pond(stem(190236)),
        things: [...ducks, [118, "boat"]],
        more: said([57, 146, 147], []),
      },
    ];
    const [first, second] = shown as [Shown, Shown];
    const files: Files = new Map([
      ...(await pictures("val2017", [first.view])),
      ...(await pictures("train2017", [second.view])),
    ]);
    return files.set("lvis_v1_val.json", document(shown, categories(names), false));
  },
};

function stem(id: number): string {
  return `${String(id).padStart(12, "0")}.jpg`;
}

function categories(names: Readonly<Record<number, string>>): object[] {
  return Object.entries(names).map(([id, name]) => ({ id: Number(id), name }));
}

/** `named`: with file_name and iscrowd, as COCO has it; LVIS has coco_url alone. */
function document(shown: readonly Shown[], names: readonly object[], named: boolean): string {
  const annotations: object[] = [];
  const images = shown.map(({ view, id, things, more = {} }, i) => {
    const { width, height } = view.stage.scene;
    for (const [category_id, ...parts] of things) {
      const mask = parts.map((part) => view.masks[part]!).reduce(or);
      const crowd = parts.length > 1;
      annotations.push({
        ...{ id: annotations.length + 1, image_id: id, category_id },
        segmentation: crowd ? plainRle(mask) : polygons(mask),
        ...measuresOfMask(mask),
        ...(named && { iscrowd: crowd ? 1 : 0 }),
      });
    }
    const folder = i === 0 || named ? "val2017" : "train2017";
    const url = `http://images.cocodataset.org/${folder}/${view.file}`;
    return { id, width, height, ...(named && { file_name: view.file }), coco_url: url, ...more };
  });
  return json({ info: { description: "Miniature, made up" }, images, annotations, categories: names });
}

export function polygons(mask: BitMask): number[][] {
  return polygonsOf(mask, { tolerance: 0.5 });
}
