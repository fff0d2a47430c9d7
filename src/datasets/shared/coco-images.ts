// COCO's images JSON, for the adapters that read it: what is kept of images and annotations, and what images are called.
import { complain } from "../../core/errors.ts";
import type { CocoOptions } from "../../core/schema-types.ts";
import { isEmptySegmentation } from "../../formats/coco-segmentation.ts";
import { type DataFile, joinNames, splitName, stemOf, withoutSuffix } from "../../formats/files.ts";
import { type AnnotationFile, type Id, readAnnotationFile } from "./annotation-file.ts";
import * as things from "./coco-things.ts";
import { once } from "./once.ts";

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

export interface CocoAnnotation extends things.Annotation {
  readonly segmentation?: unknown;
}

export interface CocoBrief extends things.Brief {
  /** Empty as annotated, before rasterising. */
  readonly empty: boolean;
}

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
  return once(file, "coco", () => readImages(file, large));
}

function readImages(file: DataFile, large?: number): Promise<CocoFile> {
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

function fileNameOf(image: CocoImage, fileName: Required<CocoOptions>["fileName"], where: string): string {
  const key = fileName === "coco_url" ? fileName : "file_name";
  const value = image[key];
  if (typeof value !== "string" || value === "") throw complain(where, `an image without ${key}`);
  if (fileName === "file_name") return joinNames(where, value);
  if (fileName === "base_name") return joinNames(where, splitName(value.replaceAll("\\", "/"))[1]);
  const [folder, base] = splitName(value);
  return joinNames(where, splitName(folder)[1], base);
}

/** "baseball_bat" -> "baseball bat"; "bow_(weapon)" -> "bow". */
export function plainName(name: string): string {
  return spaced(name.replace(/\([^()]*\)/g, " ")) || spaced(name);
}

export function spaced(name: string): string {
  return name.replace(/[_\s]+/g, " ").trim();
}
