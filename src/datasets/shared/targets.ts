// A target that cannot be read fails alone: its image and the other targets go on.
import { complain, reasonOf } from "../../core/errors.ts";
import type { BitMask, Size, TargetEntry } from "../../core/types.ts";
import { isEmpty } from "../../masks/bit-mask.ts";

export interface ReadMask {
  readonly mask: BitMask;
  readonly ignore?: BitMask;
}

/** The target that `read` gives: "failed" with its sentence where it throws, "dropped" where the mask is empty. */
export async function settleTarget(
  id: string,
  category: string | undefined,
  read: () => ReadMask | Promise<ReadMask>,
): Promise<TargetEntry> {
  const named = category === undefined ? { id } : { id, category };
  try {
    const masks = await read();
    return isEmpty(masks.mask)
      ? { status: "dropped", reason: "empty", ...named }
      : { status: "ok", ...named, ...masks };
  } catch (error) {
    return { status: "failed", reason: reasonOf(error), ...named };
  }
}

/** The same target, failed unless its mask has the image's size. `where` names the mask's file or annotation. */
export function atImageSize(target: TargetEntry, image: Size, where: string): TargetEntry {
  if (target.status !== "ok" || sameSize(target.mask, image)) return target;
  const { id, category } = target;
  const reason = complain({
    where,
    what: "the mask has another size than its image",
    expected: sizeText(image),
    got: sizeText(target.mask),
  }).message;
  return { status: "failed", id, reason, ...(category === undefined ? {} : { category }) };
}

export function sameSize(a: Size, b: Size): boolean {
  return a.width === b.width && a.height === b.height;
}

/** Width first, in pixels. */
export function sizeText({ width, height }: Size): string {
  return `${width}x${height}`;
}

/** Ids unique within their image: a repeated one keeps its name and gets "#2", "#3", ... */
export function numberRepeats(): (id: string) => string {
  const seen = new Map<string, number>();
  return (id) => {
    const count = (seen.get(id) ?? 0) + 1;
    seen.set(id, count);
    return count === 1 ? id : `${id}#${count}`;
  };
}
