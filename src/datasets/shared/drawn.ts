// From drawn objects to a sample: what is dropped, what is ignored, and that sizes agree.
import { complain } from "../../core/errors.ts";
import type { BitMask, ImageSample, Size, TargetEntry } from "../../core/types.ts";
import { coversNothing, type DrawnImage, type DrawnObject, drawObject } from "../../formats/drawn-object.ts";
import type { DataFile } from "../../formats/files.ts";
import { readImage } from "../../formats/image-file.ts";
import { createMask, isEmpty } from "../../masks/bit-mask.ts";
import type { Source } from "./adapter.ts";
import { numberRepeats, sameSize, settleTarget, sizeText } from "./targets.ts";

/** Options that all formats of drawn objects have. */
export interface DrawnRules {
  /** Objects of these categories are dropped. */
  readonly excludeCategories?: readonly string[];
  /** Nor are these targets, and their pixels count for no other target of the image. */
  readonly ignoreCategories?: readonly string[];
}

/** Masks that an image contributes, as far as that can be told without drawing. */
export function countDrawn({ objects, size }: DrawnImage, rules: DrawnRules): number {
  return objects.filter((object) => dropReason(object, rules) === undefined && !coversNothing(object, size))
    .length;
}

export async function loadDrawn(
  file: DataFile,
  drawn: DrawnImage,
  rules: DrawnRules,
  { pixels }: Pick<Source, "pixels">,
): Promise<ImageSample> {
  const image = await readImage(file, pixels, drawn.size);
  const ignore = ignoredPixels(drawn.objects, rules, image);
  const unique = numberRepeats();
  const targets: TargetEntry[] = [];
  for (const object of drawn.objects) {
    const id = unique(object.id);
    const reason = dropReason(object, rules);
    if (reason === undefined) {
      const read = () => {
        checkSize(object, drawn.size, image);
        const mask = drawObject(object, image);
        return ignore === undefined ? { mask } : { mask, ignore };
      };
      targets.push(await settleTarget(id, object.category, read));
    } else
      targets.push({
        status: "dropped",
        id,
        reason,
        ...(object.category !== undefined && { category: object.category }),
      });
  }
  return { kind: "image", image, targets };
}

function dropReason({ category }: DrawnObject, rules: DrawnRules): "excluded" | "ignore" | undefined {
  if (category === undefined) return undefined;
  if (rules.ignoreCategories?.includes(category)) return "ignore";
  return rules.excludeCategories?.includes(category) ? "excluded" : undefined;
}

/** A region to be ignored that cannot be drawn takes the image with it: scores without it would be wrong. */
function ignoredPixels(objects: readonly DrawnObject[], rules: DrawnRules, size: Size): BitMask | undefined {
  const all = createMask(size.width, size.height);
  for (const object of objects) {
    if (dropReason(object, rules) !== "ignore") continue;
    const { words } = drawObject(object, size);
    for (let i = 0; i < words.length; i++) all.words[i]! |= words[i]!;
  }
  return isEmpty(all) ? undefined : all;
}

/** Checked before anything is drawn: a stated size may be any number. */
function checkSize({ where }: DrawnObject, stated: Size | undefined, image: Size): void {
  if (stated === undefined || sameSize(stated, image)) return;
  throw complain({
    where,
    what: "it was drawn on an image of another size",
    expected: sizeText(image),
    got: sizeText(stated),
  });
}
