// The patterns of a card, made of the names of images and of what belongs to them.
import { groupBy } from "../../core/group-by.ts";
import { splitName, stemOf, suffixOf, withoutSuffix } from "../../formats/files.ts";
import { type Affix, commonAffix, type Pair, type Pairing } from "./pairs.ts";
import { rankOf, roleOfFolder, wordsOf } from "./words.ts";

/** Masks of one kind: those that differ in nothing but which image they belong to, and which of its masks they are. */
export interface Series {
  /** Patterns of the images and of the masks. */
  readonly images: string;
  readonly masks: string;
  readonly pairs: readonly Pair[];
  /** How well the names say that these are the objects; 0 is best. */
  readonly rank: number;
  /** The masks' pattern says nothing about which of an image's masks one is. */
  readonly single: boolean;
}

/** Every kind of mask, the one of most images first. */
export function seriesOf(pairing: Pairing): readonly Series[] {
  const groups = [...groupBy(pairing.pairs, kindOf).values()].flatMap(evenGroups);
  return groups.map((pairs) => series(pairs, pairing.affix));
}

/** Pairs that patterns can describe together: of folders equally deep, or of the same ones below where images and masks begin. */
function evenGroups(pairs: readonly Pair[]): readonly (readonly Pair[])[] {
  const groups = [...groupBy(pairs, ({ image, mask }) => `${depthOf(image)} ${depthOf(mask)}`).values()];
  return groups.length === 1 || belowAlike(pairs) !== undefined ? [pairs] : groups;
}

/** What follows the image's own folders in the mask's: nothing, or a folder named like the image. undefined: other folders. */
function belowAlike(pairs: readonly Pair[]): "" | "{image}/" | undefined {
  const images = belowCommon(pairs.map(({ image }) => image));
  const masks = belowCommon(pairs.map(({ mask }) => mask));
  if (pairs.every((_, i) => images[i] === masks[i])) return "";
  return pairs.every(({ key }, i) => `${images[i]}${key}/` === masks[i]) ? "{image}/" : undefined;
}

function depthOf(name: string): number {
  return name.split("/").length;
}

/** Folders below those that all names begin with, each with its slash. */
function belowCommon(names: readonly string[]): readonly string[] {
  const folders = names.map((name) => partsOfFolder(splitName(name)[0]));
  const shared = sharedDepth(folders);
  return folders.map((parts) =>
    parts
      .slice(shared)
      .map((part) => `${part}/`)
      .join(""),
  );
}

/** What the names of masks of one kind have in common: how they hold the key, and the words that say what they are. */
function kindOf({ image, mask, key, by, affix: { pre, post } }: Pair): string {
  // Folders named like the image say which one it is, not what they hold: `masks/img_label_1/1.png`.
  const own = new Set([key, ...partsOfFolder(splitName(image)[0].normalize("NFC"))]);
  const folders = partsOfFolder(splitName(mask)[0].normalize("NFC")).filter(
    (folder) => roleOfFolder(folder) === "masks" && !own.has(folder),
  );
  const shape = (text: string) =>
    rankOf(text) < 4 ? wordsOf(text).join("_").replace(/\d+/g, "#") : text === "" ? "" : "*";
  return JSON.stringify([by, folders, by === "stem" ? [shape(pre), shape(post)] : ""]);
}

function series(pairs: readonly Pair[], affix: Affix): Series {
  const beside = pairs[0]!.by === "beside";
  const used = new Set<string>();
  const folders = foldersOf(pairs, used);
  const masks = stemPattern(pairs, used);
  const names = pairs.map(({ image }) => image);
  const stem = beside ? constant(names.map(stemOf)) : `${affix.pre}{image}${affix.post}`;
  const [images, labels] = [`${folders.images}${stem}`, `${folders.masks}${masks}`];
  return {
    images: images + suffixPattern(names),
    masks: labels + suffixPattern(pairs.map(({ mask }) => mask)),
    pairs,
    rank: Math.min(...pairs.slice(0, 50).map(({ mask }) => rankOf(mask))),
    single: !/\{(?:mask|category)\}|\*(?!\*)/.test(labels.replaceAll("**/", "")),
  };
}

function constant(texts: readonly string[]): string {
  return new Set(texts).size === 1 ? texts[0]! : "*";
}

/** `.png` as the names have it, or `.{jpg,png}` where there are several. */
export function suffixPattern(names: readonly string[]): string {
  const written = new Set(names.map((name) => name.slice(withoutSuffix(name).length)));
  if (written.size === 1) return [...written][0]!;
  const all = [...new Set(names.map((name) => suffixOf(name).slice(1)))].sort();
  return all.length === 1 ? `.${all[0]}` : `.{${all.join(",")}}`;
}

/** The mask's own name, with what numbers or names the masks of an image. */
function stemPattern(pairs: readonly Pair[], used: Set<string>): string {
  const [pre, post] = (["pre", "post"] as const).map((end) => {
    const texts = [...new Set(pairs.map(({ affix }) => affix[end]))];
    return texts.length === 1 ? texts[0]! : variable(texts, used, end === "pre");
  });
  if (pairs[0]!.by === "stem") return `${pre}{image}${post}`;
  return pre!;
}

/** `_{mask}` of `_0` and `_1`; texts with letters name the category. */
function variable(texts: readonly string[], used: Set<string>, before: boolean): string {
  const inner = texts.map((text) => text.replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, ""));
  const common =
    inner.every((text) => text !== "") && inner.length > 1 ? commonAffix(inner) : { pre: "", post: "" };
  const lead = /^[^\p{L}\p{N}]*/u.exec(texts[0]!)![0];
  const tail = /[^\p{L}\p{N}]*$/u.exec(texts[0]!)![0];
  if (texts.some((text) => !text.startsWith(lead) || !text.endsWith(tail)) || inner.includes("")) return "*";
  const own = inner.map((text) => text.slice(common.pre.length, text.length - common.post.length));
  const name =
    !before && own.every((text) => /^\p{L}[\p{L}\p{N} _-]*$/u.test(text)) && !used.has("category")
      ? "category"
      : "mask";
  if (used.has(name)) return `${lead}*${tail}`;
  used.add(name);
  const numbered = name === "category" ? own.map((text) => /^.*[^_-]([_-])\d+$/.exec(text)?.[1]) : [];
  // "aorta_000" is the first aorta.
  if (numbered[0] !== undefined && new Set(numbered).size === 1 && !used.has("mask")) {
    used.add("mask");
    return `${lead}${common.pre}{category}${numbered[0]}{mask}${common.post}${tail}`;
  }
  return `${lead}${common.pre}{${name}}${common.post}${tail}`;
}

/** Patterns of the folders of both, each with the slash at its end. */
function foldersOf(
  pairs: readonly Pair[],
  used: Set<string>,
): { readonly images: string; readonly masks: string } {
  const rows = pairs.map(({ image, mask, key, by }) => ({
    ...{ key, inFolder: by === "folder" },
    image: partsOfFolder(splitName(image)[0]),
    mask: partsOfFolder(splitName(mask)[0]),
  }));
  const depths = (side: "image" | "mask") => new Set(rows.map((row) => row[side].length));
  if (depths("image").size > 1 || depths("mask").size > 1) {
    const images = anyFolders(rows.map(({ image }) => image));
    const masks = anyFolders(rows.map(({ mask }) => mask));
    return { images, masks: masks + (belowAlike(pairs) ?? "") };
  }
  const names = new Map<number, string>();
  const image = columns(rows.map((row) => row.image));
  const mask = columns(rows.map((row) => row.mask));
  const keys = rows.map(({ key }) => key);
  const masks = mask.map((values, at) => {
    // Of a single image, its folder does not vary and says which one it is all the same.
    if (same(values, keys) && rows[0]!.inFolder) return "{image}";
    if (new Set(values).size === 1) return values[0]!;
    if (same(values, keys)) return "{image}";
    // The same folder of the image, or one that differs in what all of them have in common.
    const whole = image.findIndex((own) => new Set(own).size > 1 && same(own, values));
    const inner = inside(values);
    const partly =
      whole >= 0
        ? whole
        : image.findIndex((own) => new Set(own).size > 1 && same(inside(own).values, inner.values));
    if (partly >= 0) {
      const name = names.get(partly) ?? (names.size === 0 ? "folder" : `folder${names.size + 1}`);
      names.set(partly, name);
      return whole >= 0 ? `{${name}}` : `${inner.pre}{${name}}${inner.post}`;
    }
    if (used.has("category") || at < mask.length - 1) return "*";
    used.add("category");
    return "{category}";
  });
  const images = image.map((values, at) => {
    const name = names.get(at);
    if (name !== undefined) {
      const exact = masks.includes(`{${name}}`);
      const { pre, post } = exact ? { pre: "", post: "" } : inside(values);
      return `${pre}{${name}}${post}`;
    }
    if (new Set(values).size === 1) return values[0]!;
    return same(values, keys) ? "{image}" : "*";
  });
  const text = (list: readonly string[]) => list.map((part) => `${part}/`).join("");
  return { images: text(images), masks: text(masks) };
}

function partsOfFolder(folder: string): readonly string[] {
  return folder === "" ? [] : folder.split("/");
}

function columns(rows: readonly (readonly string[])[]): readonly (readonly string[])[] {
  return (rows[0] ?? []).map((_, at) => rows.map((row) => row[at]!));
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.every((text, i) => text.normalize("NFC") === b[i]!.normalize("NFC"));
}

/** Texts without the words that all begin and end with. */
function inside(values: readonly string[]): Affix & { readonly values: readonly string[] } {
  const distinct = [...new Set(values)];
  const { pre, post } = distinct.length > 1 ? commonAffix(distinct) : { pre: "", post: "" };
  return { pre, post, values: values.map((value) => value.slice(pre.length, value.length - post.length)) };
}

/** `a/b/` of folders that all begin so, and any below. */
export function anyFolders(folders: readonly (readonly string[])[]): string {
  const shared = sharedDepth(folders);
  const text = (folders[0] ?? [])
    .slice(0, shared)
    .map((part) => `${part}/`)
    .join("");
  return folders.every((parts) => parts.length === shared) ? text : `${text}**/`;
}

function sharedDepth(folders: readonly (readonly string[])[]): number {
  const [first = []] = folders;
  let shared = 0;
  while (shared < first.length && folders.every((parts) => parts[shared] === first[shared])) shared++;
  return shared;
}
