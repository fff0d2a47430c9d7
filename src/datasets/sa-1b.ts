// SA-1B: sa_000001.jpg beside sa_000001.json, masks without categories, as RLE.
import { complain } from "../core/errors.ts";
import type { Sa1BOptions } from "../core/schema-types.ts";
import type { Sample, Size } from "../core/types.ts";
import { isEmptySegmentation, maskFromSegmentation } from "../formats/coco-segmentation.ts";
import { type DataFile, joinNames, listFiles, stemOf, suffixOf, withoutSuffix } from "../formats/files.ts";
import { readImage } from "../formats/image-file.ts";
import { readJson } from "../formats/json-file.ts";
import type { Adapter, Entry, Source } from "./shared/adapter.ts";
import { atImageSize, numberRepeats, settleTarget } from "./shared/targets.ts";

interface Annotation {
  readonly id?: number | string;
  readonly segmentation?: unknown;
}

interface Annotated {
  readonly image?: { readonly width?: number; readonly height?: number };
  readonly annotations: readonly Annotation[];
}

export const sa1b: Adapter<Sa1BOptions> = async ({ folder }, source) => {
  const files = await listFiles(source.root, joinNames(source.card, folder));
  const images = new Map(
    files.filter((name) => suffixOf(name) === ".jpg").map((name) => [withoutSuffix(name), name]),
  );
  const jsons = new Map(
    files.filter((name) => suffixOf(name) === ".json").map((name) => [withoutSuffix(name), name]),
  );
  const entries: Entry[] = [];
  for (const path of new Set([...images.keys(), ...jsons.keys()])) {
    const image: DataFile = { root: source.root, name: images.get(path) ?? `${path}.jpg` };
    const json: DataFile = { root: source.root, name: jsons.get(path) ?? `${path}.json` };
    // Counting means reading every json, which a listing of 11 million images cannot afford.
    const masks = source.countMasks ? { masks: await countMasks(json) } : {};
    entries.push({ id: stemOf(path), ...masks, load: () => load(image, json, source) });
  }
  return entries;
};

async function countMasks(json: DataFile): Promise<number> {
  const { annotations } = await readAnnotated(json);
  return annotations.filter(({ segmentation }) => !isEmptySegmentation(segmentation)).length;
}

async function load(file: DataFile, json: DataFile, { pixels }: Source): Promise<Sample> {
  const { image: stated, annotations } = await readAnnotated(json);
  const listed: Size | undefined =
    stated?.width === undefined || stated.height === undefined
      ? undefined
      : { width: stated.width, height: stated.height };
  const image = await readImage(file, pixels, listed);
  const unique = numberRepeats();
  const targets = [];
  for (const [index, { id, segmentation }] of annotations.entries()) {
    const named = id == null ? `annotations[${index}]` : String(id);
    const where = `${json.name}: annotation ${named}`;
    const target = await settleTarget(unique(named), undefined, () => ({
      mask: maskFromSegmentation(segmentation, listed ?? image, where),
    }));
    targets.push(atImageSize(target, image, where));
  }
  return { image, targets };
}

async function readAnnotated(json: DataFile): Promise<Annotated> {
  const content = (await readJson(json)) as Partial<Annotated> | null;
  if (Array.isArray(content?.annotations)) return content as Annotated;
  throw complain({
    where: json.name,
    what: 'no list "annotations"',
    expected: "the JSON of one SA-1B image",
  });
}
