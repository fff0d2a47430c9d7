// Referring expressions as the REFER toolbox keeps them (RefCOCO, RefCOCO+, RefCOCOg, gRefCOCO): COCO's instances, and a list of references to them, a Python
// pickle or JSON. Every sentence of a reference is a query; it means one object, several (gRefCOCO), or none (ann_id -1). Images are of COCO's train2014.
import { complain } from "../core/errors.ts";
import { groupBy } from "../core/group-by.ts";
import type { ReferOptions } from "../core/schema-types.ts";
import type { AnnotatedMasks, ConceptSample, Size } from "../core/types.ts";
import { byCodeUnit, type DataFile, joinNames, suffixOf, withoutSuffix } from "../formats/files.ts";
import { isObject, objectIn, readJson, textIn, textOf } from "../formats/json-file.ts";
import { readPickle } from "../formats/pickle.ts";
import { type Adapter, absentEntry, type Entry } from "./shared/adapter.ts";
import { type AnnotationFile, type Id, readAnnotationFile } from "./shared/annotation-file.ts";
import * as things from "./shared/coco-things.ts";
import { type Asked, annotated, oneFile, queriesEntry } from "./shared/queries.ts";
import { numberRepeats, targetId } from "./shared/targets.ts";

interface Instance extends things.Annotation {
  readonly segmentation?: unknown;
}

interface Image {
  readonly id: Id;
  readonly file_name?: unknown;
  readonly width?: unknown;
  readonly height?: unknown;
}

type Instances = AnnotationFile<Image, Instance, Brief>;

interface Brief extends things.Brief {
  readonly id: unknown;
}

/** A sentence, and the annotations that it means. */
interface Expression extends Asked {
  readonly means: readonly string[];
}

interface Reference extends Pick<Expression, "means"> {
  readonly where: string;
  readonly image: string;
  readonly sentences: readonly Pick<Expression, "id" | "phrase">[];
}

const EXPECTED =
  "a list of {image_id, ann_id, split, sentences: [{sent, sent_id}]}, as refs(unc).p and grefs(unc).json have it";

export const refer: Adapter<ReferOptions, never, ConceptSample> = {
  defaults: {},
  async list({ annotations, refs: refsName, images, split }, source) {
    const locate = things.imageFinder(images, source);
    const only = "expressions refer to one";
    const instances = await readInstances(await oneFile(annotations, only, source));
    things.noteJoined(instances, source);
    const file = await oneFile(refsName, only, source);
    const refs = await readRefs(file);
    const isIn = splitRule(split);
    const kept = refs.flatMap((ref, index) =>
      isIn(ref.split) ? [{ ref, where: `${file.name}[${index}]` }] : [],
    );
    if (kept.length === 0) {
      const there = [...new Set(refs.flatMap((ref) => textIn(ref.split) ?? []))]
        .sort(byCodeUnit)
        .slice(0, 12);
      const got = there.length === 0 ? "none" : there.join(", ");
      throw complain(file.name, "no reference is of the split", { expected: split, got });
    }
    const known = new Map(instances.things.map((image) => [String(image.id), image]));
    const unique = numberRepeats();
    const entries: Entry<ConceptSample>[] = [];
    const read: Reference[] = [];
    for (const { ref, where } of kept)
      try {
        read.push(referenceOf(ref, where, unique));
      } catch (error) {
        // It is counted, and fails.
        entries.push(absentEntry(where, () => Promise.reject(error)));
      }
    for (const [imageId, own] of groupBy(read, (one) => one.image)) {
      const { where } = own[0]!;
      const image = known.get(imageId);
      if (image === undefined) {
        const [what, got] = ["its image is not listed in the instances", `image_id ${imageId}`];
        const problem = complain(where, what, { expected: instances.name, got });
        entries.push(absentEntry(`image_id=${imageId}`, () => Promise.reject(problem)));
        continue;
      }
      const name = fileNameOf(image, `${instances.name}: image ${imageId}`);
      const crowds = new Map(instances.briefs(image.id).map(({ id, crowd }) => [String(id), crowd]));
      const asked = own.flatMap(({ sentences, means }) => {
        const masks = means.filter((id) => crowds.get(id) !== true).length;
        return sentences.map(({ id, phrase }): Expression => ({ id, phrase, masks, means }));
      });
      entries.push({
        ...{ id: withoutSuffix(name), file: name, from: where },
        apart: things.longerIds("", instances.name, name),
        ...queriesEntry(
          asked,
          things.statedSize(image),
          source,
          () => locate(instances.name, name),
          (query, size) => masksOf(query, size, image.id, instances),
        ),
      });
    }
    return entries;
  },
};

export function readInstances(file: DataFile, large?: number): Promise<Instances> {
  const keep = ({ id, file_name, width, height }: Image) => ({ id, file_name, width, height });
  const brief = (one: Instance) => ({ ...things.briefOf(one), category: undefined, id: one.id });
  return readAnnotationFile(
    file,
    { things: "images", link: "image_id", uncategorised: true, keep, brief },
    large,
  );
}

/** The references of a file, in its order; rejects what is no list of them. */
export async function readRefs(file: DataFile): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const isJson = suffixOf(file.name) === ".json";
  const value = isJson ? await readJson(file) : await readPickle(file);
  if (!Array.isArray(value))
    throw complain(file.name, "is no list of references", { expected: EXPECTED, got: shown(value) });
  return value.map((ref, i) => {
    if (isObject(ref)) return ref;
    throw complain(`${file.name}[${i}]`, "is no reference", { expected: EXPECTED, got: shown(ref) });
  });
}

/** As the toolbox selects: "testA" takes every split with an A in its name, "test" every one that has "test", others are exact. */
function splitRule(split: string): (own: unknown) => boolean {
  const letter = /^test([ABC])$/.exec(split)?.[1];
  const part = letter ?? (split === "test" ? "test" : undefined);
  return (own) => typeof own === "string" && (part === undefined ? own === split : own.includes(part));
}

function fileNameOf({ file_name: name }: Image, where: string): string {
  if (typeof name === "string" && name !== "") return joinNames(where, name);
  throw complain(where, "an image without file_name");
}

/** A sentence is a query; its id is sent_id. */
function referenceOf(
  { image_id: image, ann_id: ids, sentences, ref_id }: Readonly<Record<string, unknown>>,
  where: string,
  unique: (id: string) => string,
): Reference {
  if (typeof image !== "number" && typeof image !== "string")
    throw complain(where, "image_id is missing", { expected: EXPECTED, got: shown(image) });
  if (!Array.isArray(sentences))
    throw complain(where, "sentences are missing", { expected: EXPECTED, got: shown(sentences) });
  const texts = sentences.map((value, i) => {
    const { sent, raw, sent_id: id } = objectIn(value);
    const phrase = textIn(sent) || textIn(raw);
    if (phrase !== undefined) return { phrase, id: targetId(id, `${targetId(ref_id, where)}/${i}`) };
    throw complain(`${where}.sentences[${i}]`, "there is no text", { expected: "sent or raw" });
  });
  const own: readonly unknown[] = Array.isArray(ids) ? ids : [ids];
  const odd = own.find((id) => typeof id !== "number" && typeof id !== "string");
  if (odd !== undefined || own.includes(undefined))
    throw complain(where, "ann_id is no id", { expected: EXPECTED, got: shown(odd) });
  const means = [...new Set(own.map(String))].filter((id) => id !== "-1");
  return {
    ...{ where, image: String(image), means },
    sentences: texts.map(({ phrase, id }) => ({ phrase, id: unique(id) })),
  };
}

/** What stands in a file; of what holds other values its kind, since a pickle's may hold themselves. */
function shown(value: unknown): string {
  if (typeof value !== "object" || value === null) return textOf(value);
  return Array.isArray(value) ? "a list" : "an object";
}

async function masksOf(
  { means }: Expression,
  size: Size,
  image: Id,
  instances: Instances,
): Promise<readonly AnnotatedMasks[]> {
  const byId = new Map((await instances.read(image)).map((placed) => [String(placed.annotation.id), placed]));
  const placed = means.map((id) => {
    const found = byId.get(id);
    if (found !== undefined) return found;
    const what = "what the expression refers to is not among the annotations of its image";
    throw complain(instances.name, what, { expected: `annotation ${id} of image ${image}` });
  });
  return [annotated(placed, size, instances.name)];
}
