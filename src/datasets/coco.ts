// COCO instances JSON: TrashCan, LVIS, PIDRay, ZeroWaste, and detection-style exports of panoptic annotations.
import { complain } from "../core/errors.ts";
import type { CocoOptions } from "../core/schema-types.ts";
import { isEmptySegmentation } from "../formats/coco-segmentation.ts";
import { type DataFile, joinNames, splitName, stemOf, withoutSuffix } from "../formats/files.ts";
import type { Adapter, Entry } from "./shared/adapter.ts";
import { type AnnotationFile, type Id, readAnnotationFile } from "./shared/annotation-file.ts";
import * as things from "./shared/coco-things.ts";

interface CocoImage {
  readonly id: Id;
  readonly file_name?: unknown;
  readonly coco_url?: unknown;
  readonly width?: unknown;
  readonly height?: unknown;
  /** LVIS: categories that are absent, and those that are not annotated completely. */
  readonly neg_category_ids?: unknown;
  readonly not_exhaustive_category_ids?: unknown;
}

export type CocoFile = AnnotationFile<CocoImage, CocoAnnotation, CocoBrief>;

/** What says how images are called. */
type Naming = { readonly [K in "fileName" | "ids"]?: CocoOptions[K] | undefined };

interface CocoAnnotation extends things.Annotation {
  readonly segmentation?: unknown;
}

interface CocoBrief extends things.Brief {
  /** Empty as annotated, before rasterising. */
  readonly empty: boolean;
}

export const coco: Adapter<CocoOptions, "fileName" | "excludeCategories"> = {
  defaults: { fileName: "file_name", excludeCategories: [] },
  async list({ annotations, images, fileName, ids, excludeCategories }, source) {
    const locate = things.imageFinder(images, source);
    const excluded = new Set(excludeCategories);
    const entries: Entry[] = [];
    for (const { name, prefix } of await things.annotationFiles(annotations, source)) {
      const content = { ...(await readCoco({ root: source.root, name })), excluded };
      const { categories } = content;
      things.noteJoined(content, source);
      for (const { image, ...named } of cocoImages(content, prefix, { fileName, ids })) {
        const { file } = named;
        const size = things.statedSize(image);
        const scored = content
          .briefs(image.id)
          .filter((brief) => things.dropReason(brief, brief.empty, content) === undefined);
        entries.push({
          ...named,
          masks: scored.length,
          coco: { image: image.id, categories },
          load: async () => things.loadImage(await locate(name, file), image, content, source, partOf),
          ...(size && { size }),
        });
      }
      entries.push(...things.orphans(content));
    }
    return entries;
  },
};

/** The images of a file, and what they are called; `prefix` goes before ids. */
export function cocoImages(
  { name, things: images }: CocoFile,
  prefix: string,
  { fileName = "file_name", ids }: Naming,
) {
  // The folders of coco_url say which release an image came with, not which image it is.
  const idOf = (ids ?? (fileName === "coco_url" ? "name" : "path")) === "name" ? stemOf : withoutSuffix;
  return images.map((image, i) => {
    const from = `${name}: images[${i}]`;
    const file = fileNameOf(image, fileName, from);
    const apart = things.longerIds(prefix, name, file, `#${image.id}`);
    return { image, id: prefix + idOf(file), file, from, apart };
  });
}

export function readCoco(file: DataFile, large?: number): Promise<CocoFile> {
  const same = things.pool<CocoBrief>();
  const keep = ({ id, file_name, coco_url, width, height, ...image }: CocoImage): CocoImage => {
    const { neg_category_ids, not_exhaustive_category_ids } = image;
    const kept = { id, file_name, coco_url, width, height };
    return neg_category_ids === undefined ? kept : { ...kept, neg_category_ids, not_exhaustive_category_ids };
  };
  const brief = (annotation: CocoAnnotation) =>
    same({ ...things.briefOf(annotation), empty: isEmptySegmentation(annotation.segmentation) });
  return readAnnotationFile(file, { things: "images", link: "image_id", keep, brief }, large);
}

function partOf({ segmentation }: CocoAnnotation, { empty }: CocoBrief, where: string): things.Part {
  return { segmentation, empty, where };
}

function fileNameOf(image: CocoImage, fileName: Required<CocoOptions>["fileName"], where: string): string {
  const key = fileName === "coco_url" ? fileName : "file_name";
  const value = image[key];
  if (typeof value !== "string" || value === "") throw complain({ where, what: `an image without ${key}` });
  if (fileName === "file_name") return joinNames(where, value);
  if (fileName === "base_name") return joinNames(where, splitName(value.replaceAll("\\", "/"))[1]);
  const [folder, base] = splitName(value);
  return joinNames(where, splitName(folder)[1], base);
}
