// `inspect` of masks that a generator made: a folder of `masks`, or SA-1B's own files. What must hold for them, image by image.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { complain, reasonOf } from "../../core/errors.ts";
import type { GeneratorSettings } from "../../core/mask-sets.ts";
import type { Size } from "../../core/types.ts";
import { spread } from "../../datasets/inspect.ts";
import { protocols } from "../../eval/everything/protocols.ts";
import {
  type BoxConvention,
  checkMaskSet,
  limitsOf,
  type MaskSetQuality,
  type QualityFault,
  type QualityLimits,
  type StatedMask,
} from "../../eval/everything/quality.ts";
import { maskFromSegmentation } from "../../formats/coco-segmentation.ts";
import { type DataFile, listFiles, suffixOf, withoutSuffix } from "../../formats/files.ts";
import { isObject, type Json, objectIn, readListed } from "../../formats/json-file.ts";
import { maskFolderFiles, readMaskFolder } from "../../store/mask-folder.ts";

/** Images that are looked at where not all are. */
const LOOKED = 16;
/** How SA-1B was made. */
const SA_1B = "everything-crops@1";

/** What must hold for the masks of a folder, and what does not. */
export interface MaskQuality {
  /** How they were made. */
  readonly protocol: string;
  readonly generator: GeneratorSettings;
  /** What that promises. */
  readonly limits: QualityLimits;
  /** Images there are, and those that were looked at, each with its masks. */
  readonly images: number;
  readonly looked: readonly (Omit<MaskSetQuality, "faults"> & { readonly image: string })[];
  readonly faults: readonly (Omit<QualityFault, "check" | "mask"> & {
    readonly image: string;
    readonly check: QualityFault["check"] | "read";
    readonly mask?: string;
  })[];
}

/** The masks of an image, as a file states them. */
interface StatedImage extends Size {
  readonly image: string;
  readonly masks: readonly Json[];
}

/** Whether `segbench masks` made a folder. */
export function isMaskFolder(dir: string): boolean {
  return [maskFolderFiles.settings, maskFolderFiles.images].every((name) => existsSync(join(dir, name)));
}

/** Checks a folder of `segbench masks`. */
export async function inspectMaskFolder(dir: string, full: boolean): Promise<MaskQuality> {
  const { settings, images, read } = await readMaskFolder(dir);
  const { protocol, generator } = settings as Partial<Pick<MaskQuality, "protocol" | "generator">>;
  if (protocol === undefined || generator === undefined)
    throw complain(join(dir, maskFolderFiles.settings), "is not of `segbench masks`");
  const list = images.map((image) => async (): Promise<StatedImage> => {
    const { width, height, annotations } = await read(image);
    const masks = annotations.map((annotation, i) => ({ id: i + 1, ...annotation }));
    return { image, width, height, masks };
  });
  return looked({ protocol, generator, limits: limitsOf(generator) }, images, list, full, "count");
}

/** Checks SA-1B's own files: a JSON for each image. */
export async function inspectSa1b(root: string, folder: string, full: boolean): Promise<MaskQuality> {
  const names = (await listFiles(root, folder)).filter((name) => suffixOf(name) === ".json");
  const list = names.map((name) => () => readSa1b({ root, name }));
  const { generator } = protocols[SA_1B]!;
  // Its paper promises that of what was published.
  const limits = { ...limitsOf(generator), largest: generator.largest };
  const made = { protocol: SA_1B, generator, limits };
  return looked(made, names.map(withoutSuffix), list, full);
}

async function readSa1b(file: DataFile): Promise<StatedImage> {
  const { json, list } = await readListed(file, "annotations", "the JSON of one SA-1B image");
  const { width, height } = objectIn(json.image) as Partial<Size>;
  if (!Number.isInteger(width) || !Number.isInteger(height))
    throw complain(file.name, "does not state its image's size", { expected: "image.width, image.height" });
  return { image: withoutSuffix(file.name), width: width!, height: height!, masks: list.filter(isObject) };
}

async function looked(
  made: Pick<MaskQuality, "protocol" | "generator" | "limits">,
  names: readonly string[],
  list: readonly (() => Promise<StatedImage>)[],
  full: boolean,
  convention?: BoxConvention,
): Promise<MaskQuality> {
  const images: MaskQuality["looked"][number][] = [];
  const faults: MaskQuality["faults"][number][] = [];
  for (const i of spread(list.length, full ? list.length : LOOKED)) {
    const image = names[i]!;
    try {
      const stated = await list[i]!();
      const masks: StatedMask[] = [];
      for (const [n, one] of stated.masks.entries()) {
        const id = String(one.id ?? `annotations[${n}]`);
        try {
          masks.push(statedMask(one, id, stated));
        } catch (error) {
          faults.push({ image, check: "read", mask: id, what: reasonOf(error) });
        }
      }
      const { faults: own, ...quality } = checkMaskSet(stated, masks, made.limits, convention);
      images.push({ image, ...quality });
      faults.push(...own.map((fault) => ({ image, ...fault })));
    } catch (error) {
      faults.push({ image, check: "read", what: reasonOf(error) });
    }
  }
  return { ...made, images: list.length, looked: images, faults };
}

function statedMask(stated: Json, id: string, size: Size): StatedMask {
  const { segmentation, area, bbox, predicted_iou, stability_score, crop_box, point_coords } = stated;
  const number = (value: unknown) => (typeof value === "number" ? value : undefined);
  const numbers = (value: unknown, count: number) =>
    Array.isArray(value) && value.length === count && value.every((one) => typeof one === "number")
      ? (value as number[])
      : undefined;
  const crop = numbers(crop_box, 4);
  const point = numbers(Array.isArray(point_coords) ? point_coords[0] : undefined, 2);
  return {
    id,
    mask: maskFromSegmentation(segmentation, size, `annotation ${id}`),
    area: number(area),
    bbox: numbers(bbox, 4),
    ...{ predictedIou: number(predicted_iou), stability: number(stability_score) },
    crop: crop && {
      ...{ x0: crop[0]!, y0: crop[1]!, x1: crop[0]! + crop[2]! - 1, y1: crop[1]! + crop[3]! - 1 },
    },
    point: point && { x: point[0]!, y: point[1]! },
  };
}
