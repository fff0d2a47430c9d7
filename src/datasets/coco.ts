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
}

interface CocoAnnotation extends things.Annotation {
  readonly segmentation?: unknown;
}

interface CocoBrief extends things.Brief {
  /** Empty as annotated, before rasterising. */
  readonly empty: boolean;
}

export const coco: Adapter<CocoOptions, "fileName" | "excludeCategories"> = {
  defaults: { fileName: "file_name", excludeCategories: [] },
  async list({ annotations, images, fileName, excludeCategories }, source) {
    const locate = things.imageFinder(images, source);
    const excluded = new Set(excludeCategories);
    const entries: (Omit<Entry, "id"> & { readonly prefix: string; readonly file: string })[] = [];
    const orphans: Entry[] = [];
    for (const { name, prefix } of await things.annotationFiles(annotations, source)) {
      const content = { ...(await readCoco({ root: source.root, name })), excluded };
      for (const [i, image] of content.things.entries()) {
        const file = fileNameOf(image, fileName, `${name}: images[${i}]`);
        const size = things.statedSize(image);
        const scored = content
          .briefs(image.id)
          .filter((brief) => things.dropReason(brief, brief.empty, content) === undefined);
        const load = async () => things.loadImage(await locate(name, file), image, content, source, partOf);
        entries.push({ prefix, file, masks: scored.length, load, ...(size && { size }) });
      }
      orphans.push(...things.orphans(content));
    }
    // Ids: what distinguishes the annotation files, then the file stem (with its folders where two stems are equal).
    const stems = new Set(entries.map(({ prefix, file }) => prefix + stemOf(file)));
    const nameOf = stems.size < entries.length ? withoutSuffix : stemOf;
    return [
      ...entries.map(({ prefix, file, ...entry }) => ({ id: prefix + nameOf(file), ...entry })),
      ...orphans,
    ];
  },
};

export function readCoco(
  file: DataFile,
  large?: number,
): Promise<AnnotationFile<CocoImage, CocoAnnotation, CocoBrief>> {
  const same = things.pool<CocoBrief>();
  const keep = ({ id, file_name, coco_url, width, height }: CocoImage) => ({
    ...{ id, file_name, coco_url, width, height },
  });
  const brief = (annotation: CocoAnnotation) =>
    same({ ...things.briefOf(annotation), empty: isEmptySegmentation(annotation.segmentation) });
  return readAnnotationFile(file, { things: "images", link: "image_id", keep, brief }, large);
}

function partOf({ segmentation }: CocoAnnotation, { empty }: CocoBrief, where: string): things.Part {
  return { segmentation, empty, where };
}

function fileNameOf(image: CocoImage, key: "file_name" | "coco_url", where: string): string {
  const value = image[key];
  if (typeof value !== "string" || value === "") throw complain({ where, what: `an image without ${key}` });
  if (key === "file_name") return joinNames(where, value);
  const [folder, base] = splitName(value);
  return joinNames(where, splitName(folder)[1], base);
}
