// COCO instances JSON: TrashCan, LVIS, PIDRay, ZeroWaste, and detection-style exports of panoptic sets.
import { complain } from "../core/errors.ts";
import type { CocoOptions } from "../core/schema-types.ts";
import type { Sample, Size, TargetEntry } from "../core/types.ts";
import { type CocoContent, type CocoImage, type Placed, readCoco } from "../formats/coco-file.ts";
import { isEmptySegmentation, maskFromSegmentation } from "../formats/coco-segmentation.ts";
import { fileFinder, joinNames, splitName, stemOf, withoutSuffix } from "../formats/files.ts";
import { readImage } from "../formats/image-file.ts";
import type { Adapter, Entry, Source } from "./shared/adapter.ts";
import { atImageSize, numberRepeats, settleTarget } from "./shared/targets.ts";

interface AnnotationFile extends CocoContent {
  readonly name: string;
  readonly excluded: ReadonlySet<string>;
}

export const coco: Adapter<CocoOptions> = async (options, source) => {
  const find = fileFinder(source.root);
  const excluded = new Set(options.excludeCategories);
  const entries: { readonly file: string; readonly entry: Entry }[] = [];
  const orphans: Entry[] = [];
  for (const name of options.annotations) {
    const content: AnnotationFile = { ...(await readCoco({ root: source.root, name })), name, excluded };
    const listed = new Set(content.images.map(({ id }) => id));
    for (const [i, image] of content.images.entries()) {
      const file = fileNameOf(image, options, `${name}: images[${i}]`);
      const placed = content.annotations.get(image.id) ?? [];
      const locate = async () => {
        for (const folder of options.images) {
          const found = await find(joinNames(name, folder, file));
          if (found !== undefined) return found;
        }
        return joinNames(name, options.images[0], file);
      };
      const size = sizeOf(image);
      const masks = placed.filter((one) => dropReason(one, content) === undefined).length;
      const load = async () => loadImage(await locate(), size, placed, content, source);
      entries.push({ file, entry: { id: "", masks, load, ...(size && { size }) } });
    }
    for (const [id, [first]] of content.annotations)
      if (!listed.has(id)) orphans.push(orphan(name, id, first!));
  }
  return [...withIds(entries), ...orphans];
};

/** Ids are file stems, with the folders of the file name where a stem comes twice in the data set. */
function withIds(entries: readonly { readonly file: string; readonly entry: Entry }[]): readonly Entry[] {
  const repeated = new Set(entries.map(({ file }) => stemOf(file))).size < entries.length;
  return entries.map(({ file, entry }) => ({ ...entry, id: repeated ? withoutSuffix(file) : stemOf(file) }));
}

/** Stands for annotations of an image that the file does not list: it is counted, and fails with a sentence. */
function orphan(name: string, imageId: number | string, { index, annotation }: Placed): Entry {
  const id = `image_id=${imageId}`;
  const load = async () => {
    throw complain({
      where: `${name}: annotations[${index}] (id ${annotation.id})`,
      what: "its image is not listed",
      got: `image_id ${imageId}`,
    });
  };
  return { id, cluster: id, masks: 0, load };
}

async function loadImage(
  name: string,
  listed: Size | undefined,
  placed: readonly Placed[],
  content: AnnotationFile,
  { root, pixels }: Source,
): Promise<Sample> {
  const image = await readImage({ root, name }, pixels, listed);
  const unique = numberRepeats();
  const targets: TargetEntry[] = [];
  for (const one of placed) targets.push(await readTarget(one, unique, content, listed ?? image, image));
  return { image, targets };
}

async function readTarget(
  one: Placed,
  unique: (id: string) => string,
  content: AnnotationFile,
  listed: Size,
  image: Size,
): Promise<TargetEntry> {
  const { id, category_id, segmentation } = one.annotation;
  const named = id == null ? `annotations[${one.index}]` : String(id);
  const where = `${content.name}: annotation ${named}`;
  const category = category_id == null ? undefined : content.categories.get(category_id);
  const reason = dropReason(one, content);
  if (reason !== undefined)
    return { status: "dropped", id: unique(named), reason, ...(category !== undefined && { category }) };
  const target = await settleTarget(unique(named), category, () => {
    if (category_id != null && category === undefined)
      throw complain({ where, what: "its category is not listed", got: `category_id ${category_id}` });
    return { mask: maskFromSegmentation(segmentation, listed, where) };
  });
  return atImageSize(target, image, where);
}

/** What the listing can tell without drawing a mask. */
function dropReason({ annotation }: Placed, { categories, excluded }: AnnotationFile): string | undefined {
  if (Number(annotation.iscrowd ?? 0) === 1) return "crowd";
  const category = annotation.category_id == null ? undefined : categories.get(annotation.category_id);
  if (category !== undefined && excluded.has(category)) return "excluded";
  return isEmptySegmentation(annotation.segmentation) ? "empty" : undefined;
}

function fileNameOf(image: CocoImage, { fileName }: CocoOptions, where: string): string {
  const key = fileName ?? "file_name";
  const value = image[key];
  if (typeof value !== "string" || value === "") throw complain({ where, what: `an image without ${key}` });
  if (key === "file_name") return joinNames(where, value);
  const [folder, base] = splitName(value);
  return joinNames(where, splitName(folder)[1], base);
}

function sizeOf({ width, height }: CocoImage): Size | undefined {
  return typeof width === "number" && typeof height === "number" ? { width, height } : undefined;
}
