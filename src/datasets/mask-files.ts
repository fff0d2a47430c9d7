// One file per mask: nuclei of BBBC038v1, frames of DAVIS, organs of CT slices. A mask belongs to the image whose
// placeholders have the same values, or to the one that a pairs file names.
import { complain } from "../core/errors.ts";
import type { MaskFilesOptions, Pairs } from "../core/schema-types.ts";
import type { ImageSample, Size, TargetEntry } from "../core/types.ts";
import { byCodeUnit, joinNames, stemOf } from "../formats/files.ts";
import { readImage } from "../formats/image-file.ts";
import { isObject, readJson } from "../formats/json-file.ts";
import { type Pattern, parsePattern } from "../formats/pattern.ts";
import type { Adapter, Entry, Source } from "./shared/adapter.ts";
import { imageIdOf, matches } from "./shared/find.ts";
import { type MaskRule, readMaskFile } from "./shared/mask-values.ts";
import { checkPlaceholders, pairing, unclear } from "./shared/pairing.ts";
import { checkSize, type KeptMask, keepMask, numberRepeats, settleTarget } from "./shared/targets.ts";

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
        : await readPairs(options.pairs, masks, source);
    const entries = [...groups].map(([image, files]): Entry => {
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
): Promise<ReadonlyMap<string, readonly MaskFile[]>> {
  checkPlaceholders(images, masks, `${source.card}: adapter.masks`, "a mask");
  const found = await matches(images, source);
  const imagesOf = pairing(images, found, masks, "adapter.masks", source);
  const groups = new Map<string, MaskFile[]>(found.map(({ name }) => [name, []]));
  for (const match of await matches(masks, source)) {
    const { name } = match;
    const { images: fitting, fields } = imagesOf(match);
    const [own, ...more] = fitting;
    if (more.length > 0) {
      alone.push(unclear("a mask", name, fitting));
      continue;
    }
    const image = own?.name ?? images.nameFor(fields);
    const file = { name, category: fields.category };
    const group = groups.get(image);
    if (group === undefined) groups.set(image, [file]);
    else group.push(file);
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

/**
 * From JSON files, {mask: image} or {image: [mask, ...]}: mask files of each image file, both in code-unit
 * order, names below the root.
 */
async function readPairs(
  { files, strip = "" }: Pairs,
  pattern: Pattern,
  { root }: Source,
): Promise<ReadonlyMap<string, readonly MaskFile[]>> {
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
      throw complain(file, "pairs are not an object", { expected });
    }
    for (const [key, value] of Object.entries(json)) {
      if (typeof value === "string") add(value, key);
      else if (Array.isArray(value) && value.every((mask) => typeof mask === "string"))
        for (const mask of value) add(key, mask);
      else
        throw complain(file, `${JSON.stringify(key)} has no file name`, {
          expected: "an image, or a list of masks",
        });
    }
  }
  const fileOf = (name: string): MaskFile => ({ name, category: pattern.match(name)?.category });
  return new Map([...groups].map(([image, masks]) => [image, [...masks].sort(byCodeUnit).map(fileOf)]));
}
