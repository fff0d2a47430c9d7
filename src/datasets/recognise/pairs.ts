// Which image a mask (or an annotation file) belongs to, by their names alone.
import { groupBy } from "../../core/group-by.ts";
import { splitName, stemOf } from "../../formats/files.ts";
import { coreOf, partsOf, wordsOf } from "./words.ts";

/** What stands before and after an image's key in its stem. */
export interface Affix {
  readonly pre: string;
  readonly post: string;
}

export interface Pair {
  readonly image: string;
  readonly mask: string;
  /** What both have in common. */
  readonly key: string;
  /** Where the mask has it: in its own name, in that of one of its folders, or it lies beside the only image of a folder. */
  readonly by: "stem" | "folder" | "beside";
  /** What the mask's stem has besides. */
  readonly affix: Affix;
}

export interface Pairing {
  /** Of the images' stems. */
  readonly affix: Affix;
  readonly pairs: readonly Pair[];
  readonly alone: readonly string[];
}

const NONE: Affix = { pre: "", post: "" };

/**
 * The ways of pairing that find most: whole stems first, then without what stands before and after. Several where images of
 * several names have as many: `frame.0.color.jpg` and `frame.0.tonemap.jpg`.
 */
export function pairUp(
  images: readonly string[],
  masks: readonly string[],
): readonly [Pairing, ...Pairing[]] {
  let best: readonly [Pairing, ...Pairing[]] = [{ affix: NONE, pairs: [], alone: masks }];
  for (const affix of affixesOf(images)) {
    const pairing = pairBy(affix, images, masks);
    const [count, most] = [pairing.pairs.length, best[0].pairs.length];
    if (most === 0 ? count > 0 : count > most * (best[0].affix === NONE ? 1.05 : 1)) best = [pairing];
    else if (
      count === most &&
      count > 0 &&
      best[0].affix !== NONE &&
      !best.some((one) => alike(one, pairing))
    )
      best = [...best, pairing];
    if (best[0].affix === NONE && best[0].alone.length === 0) break;
  }
  return best[0].pairs.length > 0 ? best : [pairBeside(images, masks)];
}

function alike(a: Pairing, b: Pairing): boolean {
  return a.pairs.every(({ image }, i) => image === b.pairs[i]?.image);
}

/** The key of an image, or undefined where its stem has not what stands before and after. */
export function keyOf(name: string, { pre, post }: Affix): string | undefined {
  const stem = stemOf(name);
  if (stem.length <= pre.length + post.length || !stem.startsWith(pre) || !stem.endsWith(post))
    return undefined;
  return stem.slice(pre.length, stem.length - post.length);
}

/** What may stand before and after the keys: nothing, words for images, or what all stems have in common. */
function affixesOf(images: readonly string[]): readonly Affix[] {
  const stems = [...new Set(images.map(stemOf))];
  const [first] = stems;
  if (first === undefined) return [NONE];
  const worded = [...groupBy(stems.map(wordedAffix), ({ pre, post }) => `${pre}\n${post}`).values()]
    .sort((a, b) => b.length - a.length)
    .slice(0, 4)
    .map(([affix]) => affix!);
  const { pre, post } = stems.length > 1 ? commonAffix(stems) : NONE;
  const all = [NONE, ...worded, { pre: "", post }, { pre, post: "" }, { pre, post }];
  return all.filter(
    (one, i) => all.findIndex((other) => other.pre === one.pre && other.post === one.post) === i,
  );
}

function wordedAffix(stem: string): Affix {
  const core = coreOf(stem);
  const at = stem.indexOf(core);
  return { pre: stem.slice(0, at), post: stem.slice(at + core.length) };
}

/** Whole words, with what follows or precedes them, that all texts begin and end with. */
export function commonAffix(texts: readonly string[]): Affix {
  const all = texts.map(partsOf);
  const least = all.reduce((least, { length }) => Math.min(least, length), Number.POSITIVE_INFINITY);
  const [first] = all as [readonly string[]];
  let [before, after] = [0, 0];
  while (
    before + 2 < least &&
    all.every((parts) => [0, 1].every((i) => parts[before + i] === first[before + i]))
  )
    before += 2;
  while (
    before + after + 2 < least &&
    all.every((parts) => [1, 2].every((i) => parts.at(-after - i) === first.at(-after - i)))
  )
    after += 2;
  return { pre: first.slice(0, before).join(""), post: after === 0 ? "" : first.slice(-after).join("") };
}

function pairBy(affix: Affix, images: readonly string[], masks: readonly string[]): Pairing {
  const keyed = images.flatMap((name) => {
    const key = keyOf(name, affix)?.normalize("NFC");
    return key === undefined ? [] : [{ name, key }];
  });
  const byKey = groupBy(keyed, ({ key }) => key);
  const pairs: Pair[] = [];
  const alone: string[] = [];
  for (const mask of masks) {
    const found = inStem(mask, byKey) ?? inFolders(mask, byKey);
    const image =
      found &&
      nearest(
        byKey.get(found.key)!.map(({ name }) => name),
        mask,
      );
    if (found === undefined || image === undefined) alone.push(mask);
    else pairs.push({ image, mask, ...found });
  }
  return { affix, pairs, alone };
}

type Found = Pick<Pair, "key" | "by" | "affix"> | undefined;

/** The longest key that stands in a mask's stem between words. */
function inStem(mask: string, keys: ReadonlyMap<string, unknown>): Found {
  const stem = stemOf(mask).normalize("NFC");
  const parts = partsOf(stem);
  const count = (parts.length + 1) / 2;
  for (let length = count; length > 0; length--)
    for (let start = 0; start + length <= count; start++) {
      const key = parts.slice(2 * start, 2 * (start + length) - 1).join("");
      if (!keys.has(key) || key === "") continue;
      const pre = parts.slice(0, 2 * start).join("");
      return { key, by: "stem", affix: { pre, post: stem.slice(pre.length + key.length) } };
    }
  return undefined;
}

function inFolders(mask: string, keys: ReadonlyMap<string, unknown>): Found {
  const folders = splitName(mask)[0].normalize("NFC").split("/").reverse();
  const key = folders.find((folder) => keys.has(folder));
  return key === undefined ? undefined : { key, by: "folder", affix: { pre: stemOf(mask), post: "" } };
}

/** Of images of one key the one with most words of its folders in common. */
function nearest(images: readonly string[], mask: string): string | undefined {
  if (images.length < 2) return images[0];
  const own = wordsOf(splitName(mask)[0]);
  const shared = (image: string) => {
    const words = [...wordsOf(splitName(image)[0])];
    return own.filter((word) => {
      const at = words.indexOf(word);
      if (at >= 0) words.splice(at, 1);
      return at >= 0;
    }).length;
  };
  let [best, most] = [images[0], -1];
  for (const image of images) {
    const count = shared(image);
    if (count > most) [best, most] = [image, count];
  }
  return best;
}

/** Masks beside the only image of a folder, or in folders below it. */
function pairBeside(images: readonly string[], masks: readonly string[]): Pairing {
  const byFolder = groupBy(images, (name) => splitName(name)[0]);
  const pairs: Pair[] = [];
  const alone: string[] = [];
  for (const mask of masks) {
    let folder = splitName(mask)[0];
    let below = byFolder.get(folder);
    // images/1.png beside masks/: the folder above is the image's.
    for (let up = 0; below === undefined && up < 1 && folder !== ""; up++) {
      folder = splitName(folder)[0];
      below = byFolder.get(folder) ?? images.filter((name) => splitName(splitName(name)[0])[0] === folder);
      if (below.length === 0) below = undefined;
    }
    const [image, another] = below ?? [];
    if (image === undefined || another !== undefined) alone.push(mask);
    else
      pairs.push({
        image,
        mask,
        key: splitName(folder)[1],
        by: "beside",
        affix: { pre: stemOf(mask), post: "" },
      });
  }
  return { affix: NONE, pairs, alone };
}
