// COCO results: [{image_id, category_id, segmentation, score}], detections that name no target; or a whole COCO document whose annotations
// have scores. The file is scanned and read back image by image, so it may be of any size; an entry that cannot be used is left out alone,
// and counted.
import { basename, dirname } from "node:path";
import { complain, type Problem, reasonOf } from "../core/errors.ts";
import { given } from "../core/given.ts";
import type { Detection, Detections } from "../core/predictions.ts";
import type { CocoNames, Rle, Size } from "../core/types.ts";
import { checkSegmentation, maskFromSegmentation } from "./coco-segmentation.ts";
import { fileFact, splitName } from "./files.ts";
import { type ElementPlace, readElements } from "./json-elements.ts";
import { isObject, type Json, textOf } from "./json-file.ts";
import { scanJson } from "./json-scan.ts";

/** The image of the benchmark that an `image_id` stands for. */
export interface DetectedImage {
  readonly id: string;
  readonly size?: Size;
  /** Absent: what a `category_id` stands for is not known. */
  readonly categories?: CocoNames["categories"];
}

export interface DetectionFile extends Detections {
  readonly entries: number;
  /** Entries that cannot be used: how many, and the first ones' sentences. */
  readonly leftOut: { readonly count: number; readonly lines: readonly string[] };
  /** Each `image_id` that the benchmark does not have, with the number of its entries. */
  readonly strangers: ReadonlyMap<string, number>;
  /** Names of the categories that entries state. */
  readonly categories: ReadonlySet<string>;
  /** What a whole document says of itself. */
  readonly info?: unknown;
}

/** Sentences kept of entries that cannot be used. */
const KEPT = 10;
const RESULTS = "COCO results, a list of {image_id, category_id, segmentation, score}";

/** What a whole document calls its images and categories; of a list, nothing. */
interface Own {
  readonly images: Map<string, string>;
  readonly categories: Map<string, string>;
}

export function isResult(value: Json): boolean {
  return value.image_id !== undefined && value.target === undefined;
}

/** The image of an `image_id`, and of a `category_id` where that says more; undefined for one that the benchmark does not have. */
export type FindImage = (image: number | string, category?: unknown) => DetectedImage | undefined;

/** Of phrases: what a document's image and the name of a category stand for, as `segbench run --phrases` writes both. */
export type FindAsked = (file: string, phrase: string) => DetectedImage | undefined;

/** How entries come to images of a benchmark. */
interface Finding {
  readonly find: FindImage;
  readonly asked: FindAsked | undefined;
}

/** Reads COCO results; rejects a file that is neither a list nor a document with annotations. `find` knows the benchmark's images. */
export async function readDetections(
  path: string,
  find: FindImage,
  asked?: FindAsked,
): Promise<DetectionFile> {
  const finding: Finding = { find, asked };
  const file = { root: dirname(path), name: basename(path) };
  const { name } = file;
  const found = new Map<string, ElementPlace[]>();
  const [strangers, categories] = [new Map<string, number>(), new Set<string>()];
  const lines: string[] = [];
  const lists = new Set<string>();
  const own: Own = { images: new Map(), categories: new Map() };
  const single = new SingleNames(name);
  let [entries, count] = [0, 0];
  let info: unknown;
  const take = (value: unknown, { index, at, length }: ElementPlace, where: string) => {
    entries++;
    try {
      const image = imageOf(value, where, finding, own);
      if (typeof image === "string") strangers.set(image, (strangers.get(image) ?? 0) + 1);
      else {
        const { category } = checkResult(value as Json, image, where, own);
        if (category !== undefined) categories.add(category);
        single.add(image, calledOf(value as Json, own));
        const places = found.get(image.id) ?? [];
        found.set(image.id, places);
        places.push({ index, at, length });
      }
    } catch (error) {
      if (++count <= KEPT) lines.push(reasonOf(error));
    }
  };
  const see = (key: string) => lists.add(key);
  const scanned = await scanJson(file, {
    list: see,
    value(key, value) {
      see(key);
      if (key === "info") info = value;
    },
    element(key, value, index, at, length) {
      if (key === "") take(value, { index, at, length }, `${name}[${index}]`);
      else if (key === "images") nameOwn(own.images, value, "file_name");
      else if (key === "categories") nameOwn(own.categories, value, "name");
    },
  });
  const isDocument = lists.has("annotations");
  const nameOf = (index: number) => `${name}${isDocument ? ": annotations" : ""}[${index}]`;
  if (!scanned || !(lists.has("") || isDocument)) {
    const got = lists.size > 0 ? `an object with ${[...lists].slice(0, 6).join(", ")}` : "something else";
    throw complain(name, "is not a list of detections", {
      expected: `${RESULTS}, or a document with such annotations`,
      got,
    });
  }
  // A second time, since images may come after annotations.
  if (isDocument)
    await scanJson(file, {
      ...{ list: see, value: see },
      element: (key, value, index, at, length) =>
        key === "annotations" && take(value, { index, at, length }, nameOf(index)),
    });
  single.check();
  const fact = await fileFact(path);
  return {
    ...{ name, files: [{ path: name, ...fact }], images: [...found.keys()] },
    ...{ entries, leftOut: { count, lines }, strangers, categories, info },
    async read(id) {
      const places = found.get(id) ?? [];
      const read = places.length === 0 ? [] : await readElements(file, name, places);
      return read.map((value, i) => {
        const where = nameOf(places[i]!.index);
        const image = imageOf(value, where, finding, own);
        if (typeof image === "string") throw complain(where, "the file has changed since it was listed");
        const { score, segmentation, category } = checkResult(value as Json, image, where, own);
        return {
          ...{ index: places[i]!.index, name: where, score, ...(category !== undefined && { category }) },
          ...given({ rle: compressed(segmentation) }),
          read: async (size: Size) => maskFromSegmentation(segmentation, size, where),
        } satisfies Detection;
      });
    },
  };
}

/** By what names each image of the benchmark was found: those of two folders are two images, and masks of both would be one set. */
class SingleNames {
  readonly #names = new Map<string, string>();
  readonly #where: string;
  #problem: Problem | undefined;

  constructor(where: string) {
    this.#where = where;
  }

  add({ id }: DetectedImage, called: number | string): void {
    if (typeof called === "number") return;
    const first = this.#names.get(id) ?? called;
    this.#names.set(id, first);
    if (splitName(first)[0] === splitName(called)[0]) return;
    this.#problem ??= {
      ...{ where: this.#where, what: `holds masks of two images that may be the benchmark's ${id}` },
      ...{ expected: "masks of one of them", got: `${first} and ${called}` },
    };
  }

  /** Throws where two images are one. */
  check(): void {
    if (this.#problem !== undefined) throw complain(this.#problem);
  }
}

/** A document's own name of the image, otherwise its id. */
function calledOf({ image_id: id }: Json, own: Own): number | string {
  return own.images.get(String(id)) ?? (id as number | string);
}

/** Notes what an entry of a document's list is called. */
function nameOwn(names: Map<string, string>, value: unknown, key: "file_name" | "name"): void {
  const { id, [key]: name } = isObject(value) ? value : {};
  if ((typeof id === "number" || typeof id === "string") && typeof name === "string")
    names.set(String(id), name);
}

/** The image, or the text of an `image_id` (of a document, the file's name, and the phrase) that the benchmark does not have. */
function imageOf(value: unknown, where: string, { find, asked }: Finding, own: Own): DetectedImage | string {
  if (!isObject(value))
    throw complain(where, "is not a detection", { expected: "an object", got: textOf(value) });
  const { image_id: id, category_id: category } = value;
  if ((typeof id === "number" && Number.isFinite(id)) || (typeof id === "string" && id !== "")) {
    const file = own.images.get(String(id));
    if (file === undefined) return find(id, category) ?? String(id);
    const phrase = own.categories.get(String(category));
    if (asked !== undefined && phrase !== undefined)
      return asked(file, phrase) ?? `${file} (${JSON.stringify(phrase)})`;
    return find(file) ?? find(splitName(file)[1]) ?? file;
  }
  if (value.target !== undefined)
    throw complain(where, "names its target, and needs no match", {
      expected: `${RESULTS}, or no \`match\``,
    });
  throw complain(where, "image_id is missing", { expected: "a number or a text", got: textOf(id) });
}

function checkResult(value: Json, { size, categories }: DetectedImage, where: string, own: Own) {
  const { score, segmentation, category_id: id } = value;
  if (!Number.isFinite(score))
    throw complain(where, "score is not a number", { expected: "a finite number", got: textOf(score) });
  if (segmentation == null) {
    const what = "bbox" in value ? "has a box but no mask" : "there is no mask";
    const got = Object.keys(value).join(", ");
    throw complain(where, what, { expected: "segmentation", got });
  }
  checkSegmentation(segmentation, size, where);
  const stated = typeof id === "number" || typeof id === "string";
  if (id != null && !stated)
    throw complain(where, "category_id is not an id", { expected: "a number or a text", got: textOf(id) });
  // A document's numbers are its own; where the benchmark knows none of its names, as of masks of everything, they say nothing.
  if (own.categories.size > 0) {
    const known = new Set(categories?.values());
    const used = [...own.categories.values()].some((name) => known.has(name));
    const name = stated ? own.categories.get(String(id)) : undefined;
    return { score: score as number, segmentation, category: used ? name : undefined };
  }
  const category = stated && categories !== undefined ? nameOf(id, categories) : undefined;
  if (stated && categories !== undefined && category === undefined) {
    const known = [...categories.keys()];
    const more = known.length > KEPT ? ` and ${known.length - KEPT} more` : "";
    throw complain(where, "the benchmark does not have this category", {
      expected: `one of ${known.slice(0, KEPT).join(", ")}${more}, or no category_id (then every target may match)`,
      got: textOf(id),
    });
  }
  return { score: score as number, segmentation, category };
}

/** A checked segmentation, if it is that. */
function compressed(segmentation: unknown): Rle | undefined {
  const { size, counts } = segmentation as Partial<Rle>;
  return size !== undefined && typeof counts === "string" ? { size, counts } : undefined;
}

/** 7 and "7" are one id. */
function nameOf(id: number | string, categories: CocoNames["categories"]): string | undefined {
  return categories.get(id) ?? categories.get(typeof id === "number" ? String(id) : Number(id));
}
