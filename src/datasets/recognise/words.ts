// What names say: which files are images and which are masks, and what is left of a name without such words.
import { safeName } from "../../core/words.ts";
import { splitName, stemOf } from "../../formats/files.ts";

/** A word of a name that says what a file is. */
export type Role = "images" | "masks";

const MASKS =
  /^(?:\w*masks?|segs?|segm|segmentations?|segmentation(?:object|class)\w*|gts?|gt(?:fine|coarse)|ground|groundtruths?|truth|\w*labels?|labelids|labelmaps?|labeled|labelled|instances?|instanceids|insts?|\w*annots?|annotations?|annos?|annotated|mattes?|alphas?|trimaps?|silhouettes?|panoptic|semantic|targets?|manual\d*)$/;
const IMAGES =
  /^(?:\w*images?|\w*imgs?|rgb|photos?|photographs?|pictures?|pics?|leftimg8bit|inputs?|originals?|frames?|raw|colou?r|tonemap|left)$/;
/** Of several kinds of masks of one image, those that hold objects come first. */
const BEST = [
  /^(?:instances?|instanceids|insts?|segmentationobject\w*)$/,
  /^(?:\w*masks?|gts?|ground|groundtruths?|truth|manual\d*)$/,
  /^(?:\w*labels?|labelmaps?|\w*annots?|annotations?)$/,
  /^(?:panoptic|semantic|labelids|segmentationclass\w*)$/,
];

/** Letters and digits in small letters: `["img", "001"]` of `IMG_001`. */
export function wordsOf(text: string): readonly string[] {
  return text
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== "");
}

/** What a folder's name says. Words for masks win: `image_masks` holds masks. */
export function roleOfFolder(folder: string): Role | undefined {
  const words = wordsOf(folder);
  if (words.some((word) => MASKS.test(word))) return "masks";
  return words.some((word) => IMAGES.test(word)) ? "images" : undefined;
}

/** What the deepest of its folders that says something says; those named like images, `IMG_1`, say nothing. */
export function roleOfFolders(name: string, images: ReadonlySet<string> = new Set()): Role | undefined {
  for (const folder of splitName(name)[0].split("/").reverse()) {
    const role = roleOfFolder(folder);
    if (role !== undefined && !images.has(folder)) return role;
  }
  return undefined;
}

/** What the first or the last word of the file's name says. */
export function roleOfStem(name: string): Role | undefined {
  const words = wordsOf(stemOf(name));
  const ends = [words.at(-1), words[0]].filter((word) => word !== undefined);
  if (ends.some((word) => MASKS.test(word))) return "masks";
  return ends.some((word) => IMAGES.test(word)) ? "images" : undefined;
}

/** How well a name says that it holds the objects: 0 is best. */
export function rankOf(name: string): number {
  const words = wordsOf(name);
  const rank = BEST.findIndex((best) => words.some((word) => best.test(word)));
  return rank < 0 ? BEST.length : rank;
}

/** A name's parts with what stands between them: `["img", "_", "001"]`. */
export function partsOf(stem: string): readonly string[] {
  return stem.split(/([^\p{L}\p{N}]+)/u);
}

/** The stem without words for images at its ends: `plant_1` of `plant_1_rgb`. Never nothing. */
export function coreOf(stem: string): string {
  let parts = partsOf(stem);
  const said = (part: string | undefined) => part !== undefined && IMAGES.test(part.toLowerCase());
  while (parts.length > 2 && said(parts.at(-1))) parts = parts.slice(0, -2);
  while (parts.length > 2 && said(parts[0])) parts = parts.slice(2);
  return parts.join("");
}

/** Names of folders and files that say nothing about what they hold. */
const EMPTY =
  /^(?:|\w*images?|imgs?|rgb|jpegimages|train\d*|training|val\d*|valid|validation|test\d*|testing|data|dataset|files|labels?|masks?|annotations?|_?annotations\.coco|instances(?:_(?:train|val|valid|test)\w*)?|coco|all|raw|root|home|tmp)$/;

/** A benchmark's name of the absolute path of its images or annotations: the last part that says something. */
export function benchmarkName(path: string): string {
  const parts = path
    .split(/[/\\]/)
    .map((part) => part.replace(/\.(?:json|xml|ya?ml|txt|geojson|ndjson|csv)$/i, ""));
  const said = parts.reverse().find((part) => !EMPTY.test(safeName(part)));
  return safeName(said ?? "") || "data";
}
