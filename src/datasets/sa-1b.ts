// SA-1B: sa_000001.jpg beside sa_000001.json; RLE masks without categories.
import { complain } from "../core/errors.ts";
import type { Sa1BOptions } from "../core/schema-types.ts";
import type { ImageSample, Size } from "../core/types.ts";
import { isEmptySegmentation } from "../formats/coco-segmentation.ts";
import { type DataFile, joinNames, listFiles, stemOf, suffixOf, withoutSuffix } from "../formats/files.ts";
import { readImage } from "../formats/image-file.ts";
import { objectIn, readListed, textOf } from "../formats/json-file.ts";
import type { Adapter, Entry, Source } from "./shared/adapter.ts";
import { drawTarget } from "./shared/coco-things.ts";
import { sayLoops } from "./shared/find.ts";
import { numberRepeats, targetId } from "./shared/targets.ts";

interface Annotation {
  readonly id?: unknown;
  readonly segmentation?: unknown;
}

interface Annotated {
  /** As the file states it. */
  readonly size: Size | undefined;
  readonly annotations: readonly Annotation[];
}

export const sa1b: Adapter<Sa1BOptions> = {
  defaults: {},
  async list({ folder }, source) {
    const files = await listFiles(source.root, joinNames(source.card, folder), sayLoops(source));
    const byPath = (suffix: string) =>
      new Map(files.filter((name) => suffixOf(name) === suffix).map((name) => [withoutSuffix(name), name]));
    const [images, jsons] = [byPath(".jpg"), byPath(".json")];
    const entries: Entry[] = [];
    for (const path of new Set([...images.keys(), ...jsons.keys()])) {
      const image: DataFile = { root: source.root, name: images.get(path) ?? `${path}.jpg` };
      const json: DataFile = { root: source.root, name: jsons.get(path) ?? `${path}.json` };
      // Counting means reading every json, which a listing of 11 million images cannot afford.
      const masks = source.countMasks ? { masks: await countMasks(json) } : {};
      entries.push({ id: stemOf(path), file: image.name, ...masks, load: () => load(image, json, source) });
    }
    return entries;
  },
};

async function countMasks(json: DataFile): Promise<number> {
  const { annotations } = await readAnnotated(json);
  return annotations.filter(({ segmentation }) => !isEmptySegmentation(segmentation)).length;
}

async function load(file: DataFile, json: DataFile, source: Source): Promise<ImageSample> {
  const { size, annotations } = await readAnnotated(json);
  const image = await readImage(file, source, size);
  const unique = numberRepeats();
  const targets = [];
  for (const [index, { id, segmentation }] of annotations.entries()) {
    const named = targetId(id, `annotations[${index}]`);
    const where = `${json.name}: annotation ${named}`;
    const part = { segmentation, listed: size ?? image, image, where };
    targets.push(await drawTarget(unique(named), undefined, part, { categories: new Map() }));
  }
  return { kind: "image", image, targets };
}

async function readAnnotated(file: DataFile): Promise<Annotated> {
  const expected = "the JSON of one SA-1B image";
  const { json, list: annotations } = await readListed(file, "annotations", expected);
  const wrong = annotations.findIndex((annotation) => typeof annotation !== "object" || annotation === null);
  const what = `annotations[${wrong}] is not an object`;
  if (wrong >= 0) throw complain(file.name, what, { expected, got: textOf(annotations[wrong]) });
  const { width, height } = objectIn(json.image) as Partial<Size>;
  const isStated = Number.isInteger(width) && Number.isInteger(height);
  return {
    size: isStated ? { width: width!, height: height! } : undefined,
    annotations: annotations as readonly Annotation[],
  };
}
