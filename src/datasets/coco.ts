// COCO instances JSON: TrashCan, LVIS, PIDRay, ZeroWaste, and detection-style exports of panoptic sets.
import { complain } from "../core/errors.ts";
import type { CocoOptions } from "../core/schema-types.ts";
import type { ImageSample, Size, TargetEntry } from "../core/types.ts";
import type { Id } from "../formats/annotation-file.ts";
import { type CocoFile, type CocoImage, readCoco } from "../formats/coco-file.ts";
import { joinNames, splitName, stemOf, withoutSuffix } from "../formats/files.ts";
import { readImage } from "../formats/image-file.ts";
import type { Adapter, Entry, Source } from "./shared/adapter.ts";
import { annotationFiles, pictureFinder } from "./shared/annotation-files.ts";
import { drawTarget, dropReason, type Labels, statedSize } from "./shared/coco-target.ts";
import { numberRepeats } from "./shared/targets.ts";

interface Content extends CocoFile, Labels {
  readonly name: string;
}

export const coco: Adapter<CocoOptions> = async (options, source) => {
  const locate = pictureFinder(options.images, source);
  const excluded = new Set(options.excludeCategories);
  const entries: { readonly prefix: string; readonly file: string; readonly entry: Entry }[] = [];
  const orphans: Entry[] = [];
  for (const { name, prefix } of await annotationFiles(options.annotations, source)) {
    const content: Content = { ...(await readCoco({ root: source.root, name })), name, excluded };
    for (const [i, image] of content.things.entries()) {
      const file = fileNameOf(image, options, `${name}: images[${i}]`);
      const size = statedSize(image);
      const masks = content.briefs(image.id).filter((brief) => dropReason(brief, content) === undefined);
      const load = async () => loadImage(await locate(name, file), size, image.id, content, source);
      entries.push({
        prefix,
        file,
        entry: { id: "", masks: masks.length, load, ...(size && { size }) },
      });
    }
    for (const id of content.unlisted) orphans.push(orphan(id, content));
  }
  return [...withIds(entries), ...orphans];
};

/** Ids are file stems, with the folders of the file name where a stem comes twice in the data set, after what tells annotation files apart. */
function withIds(
  entries: readonly { readonly prefix: string; readonly file: string; readonly entry: Entry }[],
): readonly Entry[] {
  const stems = new Set(entries.map(({ prefix, file }) => prefix + stemOf(file)));
  const name = stems.size < entries.length ? withoutSuffix : stemOf;
  return entries.map(({ prefix, file, entry }) => ({ ...entry, id: prefix + name(file) }));
}

/** Stands for annotations of an image that the file does not list: it is counted, and fails with a sentence. */
function orphan(imageId: Id, content: Content): Entry {
  const id = `image_id=${imageId}`;
  const load = async () => {
    const [first] = await content.read(imageId);
    throw complain({
      where: `${content.name}: annotations[${first!.index}] (id ${first!.annotation.id})`,
      what: "its image is not listed",
      got: `image_id ${imageId}`,
    });
  };
  return { id, cluster: id, masks: 0, load };
}

async function loadImage(
  name: string,
  listed: Size | undefined,
  id: Id,
  content: Content,
  { root, pixels }: Source,
): Promise<ImageSample> {
  const image = await readImage({ root, name }, pixels, listed);
  const unique = numberRepeats();
  const briefs = content.briefs(id);
  const targets: TargetEntry[] = [];
  for (const [i, { annotation, index }] of (await content.read(id)).entries()) {
    const named = annotation.id == null ? `annotations[${index}]` : String(annotation.id);
    const reason = dropReason(briefs[i]!, content);
    if (reason !== undefined) {
      const category = content.categories.get(briefs[i]!.category ?? "");
      targets.push({
        status: "dropped",
        id: unique(named),
        reason,
        ...(category !== undefined && { category }),
      });
      continue;
    }
    const { segmentation, category_id: category } = annotation;
    const where = `${content.name}: annotation ${named}`;
    const drawn = { id: unique(named), category, segmentation, listed: listed ?? image, image, where };
    targets.push(await drawTarget(drawn, content));
  }
  return { kind: "image", image, targets };
}

function fileNameOf(image: CocoImage, { fileName }: CocoOptions, where: string): string {
  const key = fileName ?? "file_name";
  const value = image[key];
  if (typeof value !== "string" || value === "") throw complain({ where, what: `an image without ${key}` });
  if (key === "file_name") return joinNames(where, value);
  const [folder, base] = splitName(value);
  return joinNames(where, splitName(folder)[1], base);
}
