// One file per mask: nuclei of BBBC038v1, frames of DAVIS, organs of CT slices. A mask belongs to the image whose
// placeholders have the same values, or to the one that a pairs file names.
import { complain } from "../core/errors.ts";
import type { MaskFilesOptions, Pairs } from "../core/schema-types.ts";
import type { ImageSample, Size, TargetEntry } from "../core/types.ts";
import { byCodeUnit, type DataFile, joinNames, stemOf } from "../formats/files.ts";
import { readImage } from "../formats/image-file.ts";
import { isObject, readJson } from "../formats/json-file.ts";
import { readMask } from "../formats/label-map.ts";
import { type Pattern, parsePattern } from "../formats/pattern.ts";
import { fromBytes, isEmpty } from "../masks/bit-mask.ts";
import type { Adapter, Entry, Source } from "./shared/adapter.ts";
import { checkPlaceholders, imageIdOf, matches, pairing, unclear } from "./shared/find.ts";
import {
  checkSize,
  type KeptMask,
  keepMask,
  numberRepeats,
  type ReadMask,
  settleTarget,
} from "./shared/targets.ts";

interface MaskFile {
  readonly name: string;
  readonly category: string | undefined;
}

export const maskFiles: Adapter<MaskFilesOptions, "threshold" | "ignore"> = {
  // Any sample above 0 is the object.
  defaults: { threshold: 1, ignore: [] },
  async list(options, source) {
    const images = parsePattern(options.images, `${source.card}: adapter.images`);
    const masks = parsePattern(options.masks, `${source.card}: adapter.masks`);
    const alone: Entry[] = [];
    const groups =
      options.pairs === undefined
        ? await groupByPlaceholders(images, masks, source, alone)
        : await readPairs(options.pairs, source);
    const entries = [...groups].map(([image, names]): Entry => {
      const files = names.map((name): MaskFile => ({ name, category: masks.match(name)?.category }));
      return {
        id: imageIdOf(images, image, images.match(image) ?? {}),
        file: image,
        masks: files.length,
        load: () => load(image, files, options, source),
      };
    });
    return [...entries, ...alone];
  },
};

/**
 * Mask files of each image file; a mask without an image is listed under the missing image's name, which fails alone. A mask
 * of several images is an entry of its own in `alone`.
 */
async function groupByPlaceholders(
  images: Pattern,
  masks: Pattern,
  source: Source,
  alone: Entry[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  checkPlaceholders(images, masks, `${source.card}: adapter.masks`, "a mask");
  const found = await matches(images, source);
  const imagesOf = pairing(images, found);
  const groups = new Map<string, string[]>(found.map(({ name }) => [name, []]));
  for (const match of await matches(masks, source)) {
    const [own, ...more] = imagesOf(match);
    if (own !== undefined && more.length > 0) {
      alone.push(unclear("a mask", match.name, [own, ...more]));
      continue;
    }
    const image = own?.name ?? images.nameFor(match.fields);
    const group = groups.get(image);
    if (group === undefined) groups.set(image, [match.name]);
    else group.push(match.name);
  }
  return groups;
}

async function load(
  image: string,
  files: readonly MaskFile[],
  rule: MaskRule,
  source: Source,
): Promise<ImageSample> {
  const { root, note } = source;
  // One at a time: an image may have hundreds of masks, and decoding all at once would only fill memory.
  const masks: (() => KeptMask)[] = [];
  let annotated: Size | undefined;
  for (const { name } of files) {
    try {
      const kept = keepMask(await readMaskFile({ root, name }, rule, note));
      if (kept.reason === undefined) annotated ??= kept.mask;
      masks.push(() => kept);
    } catch (error) {
      masks.push(() => {
        throw error;
      });
    }
  }
  const rgb = await readImage({ root, name: image }, source, annotated);
  const unique = numberRepeats();
  const targets: TargetEntry[] = [];
  for (const [i, { name, category }] of files.entries()) {
    const read = () => {
      const kept = masks[i]!();
      if (kept.reason === undefined) checkSize(name, kept.mask, rgb);
      return kept;
    };
    targets.push(await settleTarget(unique(stemOf(name)), category, read));
  }
  return { kind: "image", image: rgb, targets };
}

type MaskRule = Required<Pick<MaskFilesOptions, "threshold" | "ignore">>;

/** The mask of a file's stored samples; alpha is ignored. */
async function readMaskFile(
  file: DataFile,
  { threshold, ignore }: MaskRule,
  note: Source["note"],
): Promise<ReadMask> {
  const { width, height, channels, data } = await readMask(file, { note });
  if (channels === 1 && threshold === 1 && ignore.length === 0 && data instanceof Uint8Array)
    return { mask: fromBytes(data, width, height) };
  if (ignore.length > 0 && channels > 1) {
    const what = "a mask with ignore values is a colour image";
    throw complain({ where: file.name, what, expected: "1 channel", got: String(channels) });
  }
  const pixels = width * height;
  const object = new Uint8Array(pixels);
  const neither = new Uint8Array(ignore.length > 0 ? pixels : 0);
  for (let i = 0, at = 0; i < pixels; i++, at += channels) {
    if (ignore.length > 0 && ignore.includes(data[at]!)) neither[i] = 1;
    else for (let c = 0; c < channels; c++) if (data[at + c]! >= threshold) object[i] = 1;
  }
  const mask = fromBytes(object, width, height);
  if (ignore.length === 0) return { mask };
  const ignored = fromBytes(neither, width, height);
  return isEmpty(ignored) ? { mask } : { mask, ignore: ignored };
}

/**
 * From JSON files, {mask: image} or {image: [mask, ...]}: mask files of each image file, both in code-unit
 * order, names below the root.
 */
async function readPairs(
  { files, strip = "" }: Pairs,
  { root }: Source,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const groups = new Map<string, Set<string>>();
  for (const file of files) {
    const local = (name: string) => joinNames(file, name.startsWith(strip) ? name.slice(strip.length) : name);
    const add = (image: string, mask: string) => {
      const group = groups.get(local(image)) ?? new Set();
      groups.set(local(image), group.add(local(mask)));
    };
    const json = await readJson({ root, name: file });
    if (!isObject(json)) {
      const expected = "{mask: image} or {image: [mask]}";
      throw complain({ where: file, what: "pairs are not an object", expected });
    }
    for (const [key, value] of Object.entries(json)) {
      if (typeof value === "string") add(value, key);
      else if (Array.isArray(value) && value.every((mask) => typeof mask === "string"))
        for (const mask of value) add(key, mask);
      else
        throw complain({
          where: file,
          what: `${JSON.stringify(key)} has no file name`,
          expected: "an image, or a list of masks",
        });
    }
  }
  return new Map([...groups].map(([image, masks]) => [image, [...masks].sort(byCodeUnit)]));
}
