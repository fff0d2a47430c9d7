// A table and a pond, and phrases that are asked of them: three annotators (Gold), who do not always agree, and one (Silver).
// Traps of the real files: one file name under many ids, phrases that name nothing, one that is not exhaustive in the first file and one that is not in
// the second alone, a crowd, a phrase of which the crowd is all there is, ids that are text in one file, an id that one file lacks, ":" in file names, a picture that is gone.
import type { BitMask, Point } from "../../../src/core/types.ts";
import { compressedRle, measuresOfMask } from "../annotations.ts";
import { type Files, jpg, json, type Miniature } from "../files.ts";
import { blob, box, curve, type Outline, ribbon } from "../outline.ts";
import { fractal, noise, randomOf } from "../random.ts";
import { addNoise, defocus, makeScene, mix, rgb, scaled } from "../scene.ts";
import { makeStage, type Stage } from "../stage.ts";

const [WIDTH, HEIGHT] = [256, 192];

/** A picture, and its things by name, as masks. */
export interface View {
  readonly file: string;
  readonly stage: Stage;
  readonly masks: Readonly<Record<string, BitMask>>;
}

/** What an annotator sees of a phrase: names of things; of a crowd with a "~" before. null: not exhaustive; undefined: the file lacks it. */
type Seen = readonly string[] | null | undefined;

interface Query {
  readonly view: View;
  readonly phrase: string;
  /** The first annotator's is also that of all who are not listed. */
  readonly seen: readonly [Seen, ...Seen[]];
}

export const sacoGold: Miniature = {
  name: "saco-gold",
  make: async () => {
    const views = { table: table("metaclip_0_0_0001.jpg"), pond: pond("metaclip_1_7_0203.jpg") };
    const files = await pictures("metaclip-images", Object.values(views));
    const reds = ["red apple 1", "red apple 2"];
    const whites = ["white duck 1", "white duck 2", "white duck 3"];
    const [apples, ducks] = [
      [...reds, "green apple"],
      [...whites, "brown duck"],
    ];
    const ask = (view: View, phrase: string, ...seen: Query["seen"]): Query => ({ view, phrase, seen });
    const queries = [
      ask(views.table, "apple", apples, apples, reds),
      ask(views.table, "red apple", reds),
      ask(views.table, "dog", []),
      ask(views.table, "cup", ["cup"], null),
      ask(views.table, "fruit", null, apples),
      ask(views.table, "pear", ["pear"], [], ["pear"]),
      ask(views.table, "spoon", [], ["cup"], undefined),
      ask(views.table, "duck", []),
      ask(views.pond, "duck", [...ducks, "~reeds"], ducks),
      ask(views.pond, "white duck", whites, whites, ducks),
      ask(views.pond, "boat", ["boat"]),
      ask(views.pond, "swan", [], whites, []),
      ask(views.pond, "reeds", ["~reeds"]),
      ask(views.pond, "apple", []),
    ];
    for (const [i, letter] of ["a", "b", "c"].entries())
      files.set(
        `gold_metaclip_merged_${letter}_release_test.json`,
        document(queries, i, { first: 10_000_001, text: letter === "b" }),
      );
    return files;
  },
};

export const sacoSilver: Miniature = {
  name: "saco-silver",
  make: async () => {
    const view = table("AUTOLab_2023-07-07_0045.jpg");
    // Systems on which a file cannot be called so could not unpack it: as with videos that are gone, there is no picture.
    const gone = { ...view, file: "AUTOLab+5d05c5aa+2023-07-07-10h-32m-09s:0045.jpg" };
    const files = await pictures("droid", [view]);
    const queries: Query[] = [
      { view, phrase: "green apple", seen: [["green apple"]] },
      { view, phrase: "cup", seen: [["cup"]] },
      { view, phrase: "robot arm", seen: [[]] },
      { view, phrase: "table", seen: [null] },
      { view: gone, phrase: "pear", seen: [["pear"]] },
      { view: gone, phrase: "robot arm", seen: [[]] },
    ];
    return files.set("silver_droid_merged_test.json", document(queries, 0, { first: 1, text: false }));
  },
};

export async function pictures(folder: string, views: readonly View[]): Promise<Files> {
  const files: Files = new Map();
  for (const { file, stage } of views) files.set(`${folder}/${file}`, await jpg(stage.scene, 68));
  return files;
}

/** The file of the i-th annotator. */
function document(
  queries: readonly Query[],
  i: number,
  { first, text }: { readonly first: number; readonly text: boolean },
): string {
  const images: object[] = [];
  const annotations: object[] = [];
  for (const [q, { view, phrase, seen }] of queries.entries()) {
    const id = text ? String(first + q) : first + q;
    const own = i < seen.length ? seen[i] : seen[0];
    if (own === undefined) continue;
    images.push({
      ...{ id, file_name: view.file, text_input: phrase, width: WIDTH, height: HEIGHT },
      ...{ queried_category: String(2001 + q), is_instance_exhaustive: own === null ? 0 : 1 },
      is_pixel_exhaustive: own === null ? 0 : 1,
    });
    for (const name of own ?? []) {
      const mask = view.masks[name.replace("~", "")]!;
      const { bbox, area } = measuresOfMask(mask);
      const [x, y, w, h] = bbox as [number, number, number, number];
      annotations.push({
        ...{ id: annotations.length + 1, image_id: id },
        ...{ bbox: [x / WIDTH, y / HEIGHT, w / WIDTH, h / HEIGHT], area: area / (WIDTH * HEIGHT) },
        ...{ segmentation: compressedRle(mask), category_id: 1, iscrowd: name.startsWith("~") ? 1 : 0 },
        source: "miniature",
      });
    }
  }
  return json({
    info: { description: "Miniature, made up" },
    images,
    annotations,
    categories: [{ id: 1, name: "object" }],
  });
}

/** Masks of things by their names, in the order in which they were added. */
function viewOf(file: string, stage: Stage, names: readonly string[]): View {
  defocus(stage.scene, 0.7);
  addNoise(stage.scene, file, 0.004, 0.006);
  const masks = stage.masks(0);
  return { file, stage, masks: Object.fromEntries(names.map((name, i) => [name, masks[i]!])) };
}

const SHADOW = { dx: 2, dy: 4, blur: 3, strength: 0.45 };

export function table(file: string): View {
  const random = randomOf(file);
  const stage = makeStage(
    makeScene(WIDTH, HEIGHT, (x, y) =>
      scaled(
        mix(rgb("#8b6a4c"), rgb("#b99064"), fractal(x / 70, y / 9, 11)),
        0.8 + 0.25 * (y / HEIGHT) - (Math.abs((y % 48) - 24) < 0.7 ? 0.2 : 0),
      ),
    ),
  );
  const fruit = (at: Point, rx: number, ry: number, dark: string, light: string) =>
    stage.add({
      outlines: [blob(random, at, rx, ry, random.between(0, 3), 0.05)],
      colour: (s) => scaled(mix(rgb(dark), rgb(light), fractal(s.x / 9, s.y / 9, 5)), 0.45 + 0.75 * s.light),
      shadow: SHADOW,
    });
  fruit({ x: 62, y: 70 }, 25, 23, "#8f1d1a", "#d8452f");
  fruit({ x: 118, y: 96 }, 23, 22, "#7f1a1c", "#c93a2b");
  fruit({ x: 196, y: 128 }, 24, 22, "#5f8a2c", "#a9c65a");
  const pear: Outline = [
    ...curve([
      { x: 66, y: 170 },
      { x: 44, y: 152 },
      { x: 58, y: 128 },
      { x: 64, y: 110 },
      { x: 74, y: 110 },
      { x: 80, y: 128 },
      { x: 94, y: 152 },
      { x: 72, y: 170 },
    ]),
  ];
  stage.add({
    outlines: [pear],
    colour: (s) =>
      scaled(mix(rgb("#b79a34"), rgb("#e0cf6a"), fractal(s.x / 8, s.y / 8, 8)), 0.5 + 0.65 * s.light),
    shadow: SHADOW,
  });
  stage.add({
    outlines: [box(172, 34, 216, 82)],
    colour: (s) => scaled(rgb("#3c6fa6"), 0.5 + 0.7 * (1 - Math.abs(s.x - 190) / 34)),
    shadow: SHADOW,
  });
  return viewOf(file, stage, ["red apple 1", "red apple 2", "green apple", "pear", "cup"]);
}

export function pond(file: string): View {
  const random = randomOf(file);
  const stage = makeStage(
    makeScene(WIDTH, HEIGHT, (x, y) =>
      mix(
        scaled(rgb("#3f6d78"), 0.8 + 0.3 * fractal(x / 46, y / 7, 3)),
        rgb("#c7d9d6"),
        Math.max(0, noise(x / 20, y / 2.2, 9) - 0.72),
      ),
    ),
  );
  const duck = ({ x, y }: Point, size: number, body: string) =>
    stage.add({
      outlines: [
        blob(random, { x, y }, 19 * size, 10 * size, 0, 0.05),
        blob(random, { x: x + 16 * size, y: y - 12 * size }, 7 * size, 7 * size, 0, 0.03),
        ribbon(
          curve([
            { x: x + 11 * size, y },
            { x: x + 15 * size, y: y - 12 * size },
          ]),
          () => 5 * size,
        ),
      ],
      union: true,
      colour: (s) => scaled(rgb(body), 0.6 + 0.45 * s.light),
      shadow: { dx: 0, dy: 4, blur: 3, strength: 0.3 },
    });
  duck({ x: 52, y: 96 }, 1, "#eceae2");
  duck({ x: 118, y: 122 }, 1.15, "#f1efe8");
  duck({ x: 196, y: 158 }, 1.2, "#e6e3d8");
  duck({ x: 66, y: 160 }, 1.2, "#7a5638");
  stage.add({
    outlines: [
      ribbon(
        curve([
          { x: 146, y: 66 },
          { x: 186, y: 72 },
          { x: 228, y: 66 },
        ]),
        (t) => 5 + 7 * Math.sin(Math.PI * t),
      ),
    ],
    colour: (s) => scaled(rgb("#9a3f2c"), 0.6 + 0.5 * s.light),
    shadow: SHADOW,
  });
  stage.add({
    outlines: Array.from({ length: 22 }, (_, i) => {
      const [x, tall] = [8 + 11 * i + random.between(-3, 3), random.between(18, 38)];
      return ribbon(
        curve([
          { x, y: 44 },
          { x: x + random.between(-4, 4), y: 44 - tall },
        ]),
        (t) => 2.4 - 1.6 * t,
      );
    }),
    union: true,
    colour: (s) => scaled(mix(rgb("#4f6b2e"), rgb("#93a050"), noise(s.x / 3, s.y / 8, 2)), 0.9),
  });
  return viewOf(file, stage, ["white duck 1", "white duck 2", "white duck 3", "brown duck", "boat", "reeds"]);
}
