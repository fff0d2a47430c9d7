// Turns drawn objects into a sample: rasterising, what is dropped, what is ignored, and the check of sizes.

import type { Note } from "../../core/errors.ts";
import { complain } from "../../core/errors.ts";
import type { BitMask, ImageSample, Size, TargetEntry } from "../../core/types.ts";
import type { DataFile } from "../../formats/files.ts";
import { readImage } from "../../formats/image-file.ts";
import { createMask, isEmpty, setRun } from "../../masks/bit-mask.ts";
import { maskFromRings } from "../../masks/polygon.ts";
import type { Source } from "./adapter.ts";
import { type Box, boxOf, boxText, type Patch, type Ring, type Shape } from "./shapes.ts";
import { checkSize, keepMask, numberRepeats, settleTarget, sizeText, unscored } from "./targets.ts";

export interface DrawnObject {
  readonly id: string;
  readonly category: string | undefined;
  /** File and position, for error messages. */
  readonly where: string;
  /** The object is the union of its shapes. Throws on a faulty one. `size` is the image's. */
  shapes(size: Size): readonly Shape[];
}

/** What an annotation file says about one image. */
export interface DrawnImage {
  /** The image's size as the file states it. */
  readonly size?: Size | undefined;
  readonly objects: readonly DrawnObject[];
}

/** Options that all formats of drawn objects have. */
export interface DrawnRules {
  /** Objects of these categories are dropped. */
  readonly excludeCategories: readonly string[];
  /** Objects of these categories are not targets either, and their pixels are ignored for all targets of the image. */
  readonly ignoreCategories: readonly string[];
}

export const drawnDefaults: { excludeCategories: string[]; ignoreCategories: string[] } = {
  ...{ excludeCategories: [], ignoreCategories: [] },
};

/** Masks that an image contributes, as far as that is known without rasterising. */
export function countDrawn({ objects, size }: DrawnImage, rules: DrawnRules): number {
  return objects.filter((object) => dropReason(object, rules) === undefined && !coversNothing(object, size))
    .length;
}

export async function loadDrawn(
  file: DataFile,
  drawn: DrawnImage,
  rules: DrawnRules,
  source: Pick<Source, "pixels" | "note">,
  tools?: "turn" | "keep",
): Promise<ImageSample> {
  const image = await readImage(file, source, drawn.size, tools);
  const canvas: Canvas = {
    size: image,
    boxes: [],
    inside: false,
    say: (said) => source.note({ ...said, where: file.name }),
  };
  const ignore = ignoredPixels(drawn.objects, rules, canvas);
  const unique = numberRepeats();
  const targets: TargetEntry[] = [];
  for (const object of drawn.objects) {
    const { category, where } = object;
    const id = unique(object.id);
    const reason = dropReason(object, rules);
    const read = () => {
      // Before rasterising: a stated size may be any number.
      checkSize(where, drawn.size ?? image, image, "it was drawn on an image of a different size");
      const mask = drawObject(object, canvas);
      return keepMask(ignore === undefined ? { mask } : { mask, ignore }, true);
    };
    targets.push(
      reason === undefined
        ? await settleTarget(id, category, read)
        : unscored("dropped", id, category, reason),
    );
  }
  if (!canvas.inside && canvas.boxes.length > 0) {
    const what = "no outline of the image lies within it";
    source.note({
      what,
      where: `${file.name}, ${sizeText(image)} pixels; outlines ${boxText(canvas.boxes)}`,
    });
  }
  return { kind: "image", image, targets };
}

/** The image that objects are drawn on, and what is found meanwhile. */
interface Canvas {
  readonly size: Size;
  /** Of outlines entirely outside. */
  readonly boxes: Box[];
  /** Something lies within the image. */
  inside: boolean;
  say(said: Omit<Note, "where">): void;
}

function dropReason({ category }: DrawnObject, rules: DrawnRules): "excluded" | "ignore" | undefined {
  if (category === undefined) return undefined;
  if (rules.ignoreCategories.includes(category)) return "ignore";
  return rules.excludeCategories.includes(category) ? "excluded" : undefined;
}

/** An ignore region that cannot be rasterised fails the whole image: scores without it would be wrong. */
function ignoredPixels(
  objects: readonly DrawnObject[],
  rules: DrawnRules,
  canvas: Canvas,
): BitMask | undefined {
  const all = createMask(canvas.size.width, canvas.size.height);
  for (const object of objects) {
    if (dropReason(object, rules) !== "ignore") continue;
    const { words } = drawObject(object, canvas);
    for (let i = 0; i < words.length; i++) all.words[i]! |= words[i]!;
  }
  return isEmpty(all) ? undefined : all;
}

/** Pixel for pixel as pycocotools rasterises polygons; parts outside the image are clipped. */
function drawObject(object: DrawnObject, canvas: Canvas): BitMask {
  const { size } = canvas;
  const mask = createMask(size.width, size.height);
  for (const shape of object.shapes(size)) {
    if ("note" in shape) canvas.say({ what: shape.note, ...(shape.key !== undefined && { key: shape.key }) });
    else if ("patch" in shape) {
      paste(shape.patch, mask);
      canvas.inside = true;
    } else {
      const rings = shape.rings.filter((ring) => !isFlat(ring) && reaches(ring, canvas, object.where));
      if (rings.length === 0) continue;
      const { words } = maskFromRings(rings, size.width, size.height, object.where);
      for (let i = 0; i < words.length; i++) mask.words[i]! |= words[i]!;
    }
  }
  return mask;
}

/** A point farther out than this many image sides (and a thousand pixels) is an error; tracing to it would take long. */
const FARTHEST = 50;

/**
 * False for an outline entirely outside the image, as most footprints of a city are; such an outline may lie
 * anywhere.
 */
function reaches(ring: Ring, canvas: Canvas, where: string): boolean {
  const { width, height } = canvas.size;
  const box = boxOf([ring]);
  const [left, top, right, bottom] = box;
  if (right < -1 || bottom < -1 || left > width + 1 || top > height + 1) {
    canvas.boxes.push(box);
    return false;
  }
  canvas.inside = true;
  const most = FARTHEST * Math.max(width, height) + 1000;
  const far = box.find((value) => !(Math.abs(value) <= most));
  if (far === undefined) return true;
  const what = "a point lies far outside the image";
  throw complain(where, what, { expected: `numbers from -${most} to ${most}`, got: String(far) });
}

/**
 * Whether it is certain without rasterising that no pixel is covered: no shape, or outlines without area.
 * False for a faulty shape.
 */
function coversNothing(object: DrawnObject, size: Size = { width: 1, height: 1 }): boolean {
  try {
    return object
      .shapes(size)
      .every((shape) => "note" in shape || ("rings" in shape && shape.rings.every(isFlat)));
  } catch {
    return false;
  }
}

/** Fewer than three points, or all of them on one line. */
function isFlat(ring: Ring): boolean {
  const [x0 = 0, y0 = 0] = ring;
  let [dx, dy] = [0, 0];
  for (let i = 2; i + 1 < ring.length; i += 2) {
    const [x, y] = [ring[i]! - x0, ring[i + 1]! - y0];
    if (dx === 0 && dy === 0) [dx, dy] = [x, y];
    else if (dx * y !== dy * x) return false;
  }
  return true;
}

function paste({ x, y, width, height, data }: Patch, mask: BitMask): void {
  for (let row = Math.max(0, -y); row < height && y + row < mask.height; row++) {
    for (let column = Math.max(0, -x); column < width && x + column < mask.width; column++)
      if (data[row * width + column] !== 0) setRun(mask, y + row, x + column, x + column + 1);
  }
}
