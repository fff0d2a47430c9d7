// COCO JSON -> images with their annotations. Only what is needed is checked and kept; what is wrong with one
// annotation is left to it.
import { complain } from "../core/errors.ts";
import type { DataFile } from "./files.ts";
import { readJson } from "./json-file.ts";

type Id = number | string;

export interface CocoAnnotation {
  readonly id?: Id;
  readonly image_id: Id;
  readonly category_id?: Id;
  readonly segmentation?: unknown;
  readonly iscrowd?: number | boolean;
}

export interface CocoImage {
  readonly id: Id;
  readonly file_name?: string;
  readonly coco_url?: string;
  readonly width?: number;
  readonly height?: number;
}

export interface CocoContent {
  readonly images: readonly CocoImage[];
  readonly categories: ReadonlyMap<Id, string>;
  /** By image id, each with its place in the file: `annotations[7]`. Ids of images that are not listed come too. */
  readonly annotations: ReadonlyMap<Id, readonly Placed[]>;
}

export interface Placed {
  readonly annotation: CocoAnnotation;
  readonly index: number;
}

export async function readCoco(file: DataFile): Promise<CocoContent> {
  const json = await readJson(file);
  const images = listOf<CocoImage>(json, "images", file.name);
  const known = new Set<Id>();
  for (const [i, image] of images.entries()) {
    if (typeof image !== "object" || image === null || image.id == null)
      throw complain({ where: `${file.name}: images[${i}]`, what: "an image without id" });
    if (known.has(image.id))
      throw complain({
        where: `${file.name}: images[${i}]`,
        what: "the image id comes twice",
        got: String(image.id),
      });
    known.add(image.id);
  }
  const annotations = new Map<Id, Placed[]>();
  for (const [index, annotation] of listOf<CocoAnnotation>(json, "annotations", file.name).entries()) {
    if (annotation?.image_id == null)
      throw complain({
        where: `${file.name}: annotations[${index}]`,
        what: "an annotation without image_id",
      });
    const group = annotations.get(annotation.image_id);
    if (group === undefined) annotations.set(annotation.image_id, [{ annotation, index }]);
    else group.push({ annotation, index });
  }
  const categories = new Map<Id, string>();
  for (const { id, name } of listOf<{ id: Id; name?: string }>(json, "categories", file.name))
    categories.set(id, name ?? String(id));
  return { images, categories, annotations };
}

function listOf<T>(json: unknown, key: string, where: string): readonly T[] {
  const list = (json as Record<string, unknown> | null)?.[key];
  if (Array.isArray(list)) return list as T[];
  throw complain({
    where,
    what: `no list "${key}"`,
    expected: "COCO JSON with images, annotations and categories",
  });
}
