// A target that cannot be read fails alone; its image and the other targets are still evaluated.
import { complain, reasonOf } from "../../core/errors.ts";
import type { BitMask, Size, TargetEntry } from "../../core/types.ts";
import { isEmpty } from "../../masks/bit-mask.ts";

export interface ReadMask {
  readonly mask: BitMask;
  readonly ignore?: BitMask;
}

/** The target that `read` gives: "failed" with the error's message where it throws, "dropped" where the mask is empty. */
export async function settleTarget(
  id: string,
  category: string | undefined,
  read: () => ReadMask | Promise<ReadMask>,
): Promise<TargetEntry> {
  try {
    const masks = await read();
    if (isEmpty(masks.mask)) return unscored("dropped", id, category, "empty");
    return { status: "ok", ...named(id, category), ...masks };
  } catch (error) {
    return unscored("failed", id, category, reasonOf(error));
  }
}

export function unscored(
  status: "dropped" | "failed",
  id: string,
  category: string | undefined,
  reason: string,
): TargetEntry {
  return { status, reason, ...named(id, category) };
}

function named(id: string, category: string | undefined) {
  return category === undefined ? { id } : { id, category };
}

/** The same target, failed unless its mask has the image's size. `where` names the mask's file or annotation. */
export function atImageSize(target: TargetEntry, image: Size, where: string): TargetEntry {
  if (target.status !== "ok") return target;
  try {
    checkSize(where, target.mask, image);
    return target;
  } catch (error) {
    return unscored("failed", target.id, target.category, reasonOf(error));
  }
}

/** Throws unless a mask, or the image that it was drawn on, has the image's size. */
export function checkSize(
  where: string,
  size: Size,
  image: Size,
  what = "the mask and its image differ in size",
): void {
  if (size.width === image.width && size.height === image.height) return;
  throw complain({ where, what, expected: sizeText(image), got: sizeText(size) });
}

/** Width first, in pixels. */
export function sizeText({ width, height }: Size): string {
  return `${width}x${height}`;
}

/** Makes ids unique within their image: repeats get the suffixes "#2", "#3", ... */
export function numberRepeats(): (id: string) => string {
  const seen = new Map<string, number>();
  return (id) => {
    const count = (seen.get(id) ?? 0) + 1;
    seen.set(id, count);
    return count === 1 ? id : `${id}#${count}`;
  };
}
