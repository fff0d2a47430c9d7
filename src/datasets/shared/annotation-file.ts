// JSON of the COCO family: things (images or videos), the annotations of each, and categories. Small files are held
// parsed. For large ones only an index of where each annotation lies in the file is held, and annotations are read back
// on demand; results are the same. Only what is needed is checked; a faulty annotation fails alone.
import { stat } from "node:fs/promises";
import { complain, type SegbenchError } from "../../core/errors.ts";
import { groupBy } from "../../core/group-by.ts";
import { type DataFile, pathOf } from "../../formats/files.ts";
import { readElements } from "../../formats/json-elements.ts";
import { readJson } from "../../formats/json-file.ts";
import { scanJson } from "../../formats/json-scan.ts";

export type Id = number | string;

export interface Layout<Thing, Annotation, Brief> {
  readonly things: "images" | "videos";
  /** The annotation's key for the id of its image or video. */
  readonly link: "image_id" | "video_id";
  /** Categories say nothing, and their list may be missing. */
  readonly uncategorised?: true;
  /** What is kept of a thing, and of an annotation until it is read; equal briefs should be one object. */
  keep(thing: Thing): Thing;
  brief(annotation: Annotation): Brief;
}

export interface Placed<Annotation> {
  readonly annotation: Annotation;
  /** Its index in the file: 7 of `annotations[7]`. */
  readonly index: number;
}

export interface AnnotationFile<Thing, Annotation, Brief> {
  /** The file's name below the root. */
  readonly name: string;
  readonly link: "image_id" | "video_id";
  readonly things: readonly Thing[];
  /** Ids of annotations and of things or categories were not written alike: "1" for 1. */
  readonly joined: boolean;
  readonly categories: ReadonlyMap<Id, string>;
  /** Ids that annotations refer to but the list of things lacks. */
  readonly unlisted: readonly Id[];
  /** Of the annotations of a thing, in the file's order. */
  briefs(id: Id): readonly Brief[];
  read(id: Id): Promise<readonly Placed<Annotation>[]>;
}

/** Bytes from which a file is not held in memory. */
const LARGE = 1 << 26;

export async function readAnnotationFile<Thing extends { readonly id: Id }, Annotation, Brief>(
  file: DataFile,
  layout: Layout<Thing, Annotation, Brief>,
  large = LARGE,
): Promise<AnnotationFile<Thing, Annotation, Brief>> {
  const builder = new Builder(file, layout);
  const size = await stat(pathOf(file)).then(
    (found) => found.size,
    () => 0,
  );
  if (size < large || !(await scanJson(file, builder))) {
    const json = (await readJson(file)) as Record<string, unknown> | null;
    for (const key of [layout.things, "annotations", "categories"]) {
      const list = json?.[key];
      if (!Array.isArray(list)) continue;
      builder.list(key);
      list.forEach((value, index) => {
        builder.element(key, value, index);
      });
    }
  }
  return builder.finish();
}

class Builder<Thing extends { readonly id: Id }, Annotation, Brief> {
  readonly #file: DataFile;
  readonly #layout: Layout<Thing, Annotation, Brief>;
  #things = new Map<Id, Thing>();
  #categories = new Map<Id, string>();
  /** Indices of annotations, by the thing that they belong to. */
  #byThing = new Map<Id, number[]>();
  /** Ids of categories that annotations have. */
  #used = new Set<Id>();
  #briefs: Brief[] = [];
  /** Annotations in memory, or where they lie in the file. */
  #held: Annotation[] = [];
  #places: { readonly at: number[]; readonly length: number[] } = { at: [], length: [] };
  /** First problem of each list; undefined where the list is fine, no entry where there is no list. */
  readonly #lists = new Map<string, SegbenchError | undefined>();

  constructor(file: DataFile, layout: Layout<Thing, Annotation, Brief>) {
    this.#file = file;
    this.#layout = layout;
  }

  list(key: string): void {
    this.#lists.set(key, undefined);
    if (key === this.#layout.things) this.#things = new Map();
    if (key === "categories") this.#categories = new Map();
    if (key !== "annotations") return;
    this.#byThing = new Map();
    this.#used = new Set();
    [this.#briefs, this.#held, this.#places] = [[], [], { at: [], length: [] }];
  }

  value(key: string): void {
    this.#lists.delete(key);
  }

  element(key: string, value: unknown, index: number, at?: number, length?: number): void {
    if (this.#lists.get(key) !== undefined) return;
    const [what, got] =
      key === this.#layout.things
        ? this.#thing(value)
        : key === "annotations"
          ? this.#annotation(value, index, at, length)
          : key === "categories"
            ? this.#category(value)
            : [];
    if (what === undefined) return;
    const where = `${this.#file.name}: ${key}[${index}]`;
    this.#lists.set(key, complain(where, what, { ...(got !== undefined && { got }) }));
  }

  #thing(value: unknown): [what?: string, got?: string] {
    const one = this.#layout.things === "images" ? "image" : "video";
    const id = idOf(value, "id");
    if (id === undefined) return [`${one === "image" ? "an" : "a"} ${one} without id`];
    if (this.#things.has(id)) return [`the ${one} id occurs twice`, String(id)];
    this.#things.set(id, this.#layout.keep(value as Thing));
    return [];
  }

  #annotation(value: unknown, index: number, at?: number, length?: number): [what?: string] {
    const id = idOf(value, this.#layout.link);
    if (id === undefined) return [`an annotation without ${this.#layout.link}`];
    const annotation = value as Annotation;
    const category = idOf(value, "category_id");
    if (category !== undefined) this.#used.add(category);
    const others = this.#byThing.get(id);
    if (others === undefined) this.#byThing.set(id, [index]);
    else others.push(index);
    this.#briefs.push(this.#layout.brief(annotation));
    if (at === undefined || length === undefined) this.#held.push(annotation);
    else {
      this.#places.at.push(at);
      this.#places.length.push(length);
    }
    return [];
  }

  #category(value: unknown): [what?: string] {
    const id = idOf(value, "id");
    if (id === undefined) return ["a category without id"];
    const { name } = value as { readonly name?: unknown };
    this.#categories.set(id, typeof name === "string" ? name : String(id));
    return [];
  }

  finish(): AnnotationFile<Thing, Annotation, Brief> {
    const { things: kind, link, uncategorised = false } = this.#layout;
    for (const key of [kind, "annotations", ...(uncategorised ? [] : ["categories"])]) {
      const problem = this.#lists.get(key);
      if (problem !== undefined) throw problem;
      if (this.#lists.has(key)) continue;
      const expected = `${kind === "images" ? "COCO" : "YouTube-VIS"} JSON with ${kind}, annotations and categories`;
      throw complain(this.#file.name, `no list "${key}"`, { expected });
    }
    const { name } = this.#file;
    const [things, categories, briefs] = [this.#things, this.#categories, this.#briefs];
    const byThing = this.#byThing;
    const ofThings = otherSpellings([...byThing.keys()], things);
    const ofCategories = otherSpellings([...this.#used], categories);
    for (const [id, known] of ofThings) {
      const indices = [...(byThing.get(known) ?? []), ...byThing.get(id)!];
      byThing.set(
        known,
        indices.sort((a, b) => a - b),
      );
      byThing.delete(id);
    }
    for (const [id, known] of ofCategories) categories.set(id, categories.get(known)!);
    return {
      ...{ name, link, things: [...things.values()], categories },
      joined: ofThings.size + ofCategories.size > 0,
      unlisted: [...byThing.keys()].filter((id) => !things.has(id)),
      briefs: (id) => (byThing.get(id) ?? []).map((index) => briefs[index]!),
      read: (id) => this.#read(byThing.get(id) ?? []),
    };
  }

  async #read(wanted: readonly number[]): Promise<readonly Placed<Annotation>[]> {
    if (this.#held.length > 0 || wanted.length === 0)
      return wanted.map((index) => ({ index, annotation: this.#held[index]! }));
    const { at, length } = this.#places;
    const places = wanted.map((index) => ({ index, at: at[index]!, length: length[index]! }));
    const read = await readElements(this.#file, `${this.#file.name}: annotations`, places);
    return wanted.map((index, i) => ({ index, annotation: read[i] as Annotation }));
  }
}

function idOf(value: unknown, key: string): Id | undefined {
  const id =
    typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : undefined;
  return typeof id === "number" || typeof id === "string" ? id : undefined;
}

/** Ids that are not known as they are, but as a number for a text or a text for a number: the one known id of that value. */
function otherSpellings(ids: readonly Id[], known: ReadonlyMap<Id, unknown>): ReadonlyMap<Id, Id> {
  const unknown = ids.filter((id) => !known.has(id));
  const found = new Map<Id, Id>();
  if (unknown.length === 0) return found;
  const byValue = groupBy([...known.keys()], spelledOut);
  for (const id of unknown) {
    const [one, ...more] = (byValue.get(spelledOut(id)) ?? []).filter((other) => typeof other !== typeof id);
    if (one !== undefined && more.length === 0) found.set(id, one);
  }
  return found;
}

/** 7 of 7, "7", "007" and "7.0"; other texts are what they are. */
function spelledOut(id: Id): string {
  const digits = typeof id === "string" ? /^\s*(-?\d+)(?:\.0*)?\s*$/.exec(id)?.[1] : undefined;
  return digits === undefined ? String(id) : String(BigInt(digits));
}
