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

/** Makes ids unique within their image: repeats get the suffixes "#2", "#3", ..., but none of `taken`. */
export function numberRepeats(taken: ReadonlySet<string> = new Set()): (id: string) => string {
  const counts = new Map<string, number>();
  const given = new Set<string>();
  return (id) => {
    let count = (counts.get(id) ?? 0) + 1;
    const name = () => (count === 1 ? id : `${id}#${count}`);
    while (given.has(name()) || (count > 1 && taken.has(name()))) count++;
    counts.set(id, count);
    given.add(name());
    return name();
  };
}

/** Characters that a target's id may have: more stand in no file name. */
const LONGEST = 200;

/**
 * A target's id as its annotation states it: a number or a text. `place` (`annotations[3]`) stands for one that is missing,
 * empty, of another kind, longer than 200 characters, or has control characters, which ids in lines of text cannot have.
 */
export function targetId(id: unknown, place: string): string {
  const text = typeof id === "number" || typeof id === "string" ? String(id) : "";
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for.
  const isUsable = text.trim() !== "" && !/[\u0000-\u001f\u007f\u2028\u2029]/.test(text);
  return isUsable && text.length <= LONGEST ? text : place;
}
