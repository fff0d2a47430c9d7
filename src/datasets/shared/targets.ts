// A target that cannot be read fails alone; its image and the other targets are still evaluated.
import { complain, reasonOf } from "../../core/errors.ts";
import { given } from "../../core/given.ts";
import type { BitMask, Size, Target, TargetEntry, Unscored } from "../../core/types.ts";
import { unscorable } from "../../masks/bit-mask.ts";
import { maskOfRuns, type RunMask, runsOf } from "../../masks/runs.ts";

export interface ReadMask {
  readonly mask: BitMask;
  readonly ignore?: BitMask;
}

/** A mask that was read and is kept: of thousands in an image only runs, until one is used. */
export interface KeptMask {
  readonly mask: RunMask;
  /** Pixels that all targets of the image ignore, or the mask's own. */
  readonly ignore?: BitMask | RunMask | undefined;
  /** Why it is not scored. */
  readonly reason?: ReturnType<typeof unscorable>;
}

/** `shared`: the ignored pixels are the image's, in one mask for all its targets. */
export function keepMask({ mask, ignore }: ReadMask, shared = false): KeptMask {
  const kept = ignore === undefined || shared ? ignore : runsOf(ignore);
  return { mask: runsOf(mask), ignore: kept, reason: unscorable(mask, ignore) };
}

/** The target that `read` gives: "failed" with the error's message where it throws, "dropped" where nothing can be scored. */
export async function settleTarget(
  id: string,
  category: string | undefined,
  read: () => KeptMask | Promise<KeptMask>,
  area?: number,
): Promise<TargetEntry> {
  try {
    const { mask, ignore, reason } = await read();
    if (reason !== undefined) return { ...unscored("dropped", id, category, reason), ...given({ area }) };
    return keptTarget({ status: "ok", ...named(id, category), ...given({ area }) }, mask, ignore);
  } catch (error) {
    return unscored("failed", id, category, reasonOf(error));
  }
}

function keptTarget(
  target: Omit<Target, "mask" | "ignore">,
  mask: RunMask,
  ignore: KeptMask["ignore"],
): Target {
  const making = { get: () => maskOfRuns(mask), enumerable: true };
  const full = Object.defineProperty({ ...target }, "mask", making) as Target;
  if (ignore === undefined) return full;
  const ignoring = "edges" in ignore ? { get: () => maskOfRuns(ignore) } : { value: ignore };
  return Object.defineProperty(full, "ignore", { ...ignoring, enumerable: true });
}

export function unscored(
  status: "dropped" | "failed",
  id: string,
  category: string | undefined,
  reason: string,
): Unscored {
  return { status, reason, ...named(id, category) };
}

/** A crowd, which is not scored; `crowd` draws it when it is asked for, and throws where it cannot be read. */
export function crowdOf(
  id: string,
  category: string | undefined,
  crowd: () => BitMask,
  area?: number,
): TargetEntry {
  return { ...unscored("dropped", id, category, "crowd"), ...given({ area }), crowd };
}

function named(id: string, category: string | undefined) {
  return category === undefined ? { id } : { id, category };
}

/** Throws unless a mask, or the image that it was drawn on, has the image's size. */
export function checkSize(
  where: string,
  size: Size,
  image: Size,
  what = "the mask and its image differ in size",
): void {
  if (size.width === image.width && size.height === image.height) return;
  throw complain(where, what, { expected: sizeText(image), got: sizeText(size) });
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
