// A picture file whose samples say object, background or (in a trimap) neither.
import { complain } from "../../core/errors.ts";
import type { Pairs } from "../../core/schema-types.ts";
import { byCodeUnit, type DataFile, joinNames } from "../../formats/files.ts";
import { readJson } from "../../formats/json-file.ts";
import { readLabelMap } from "../../formats/label-map.ts";
import { fromBytes, isEmpty } from "../../masks/bit-mask.ts";
import type { Source } from "./adapter.ts";
import type { ReadMask } from "./targets.ts";

export interface MaskRule {
  /** Samples from here on are the object; in a colour file any channel. */
  readonly threshold: number;
  /** Samples that are neither. */
  readonly ignore: readonly number[];
}

/** The mask of a file's stored samples; alpha is not looked at. */
export async function readMaskFile(file: DataFile, { threshold, ignore }: MaskRule): Promise<ReadMask> {
  const { width, height, channels, data } = await readLabelMap(file);
  if (channels === 1 && threshold === 1 && ignore.length === 0 && data instanceof Uint8Array)
    return { mask: fromBytes(data, width, height) };
  // Two channels are grey and alpha, four are RGB and alpha.
  const colours = channels < 3 ? 1 : 3;
  if (ignore.length > 0 && colours > 1) {
    throw complain({
      where: file.name,
      what: "a mask with ignore values is a colour picture",
      expected: "1 channel",
      got: String(channels),
    });
  }
  const pixels = width * height;
  const object = new Uint8Array(pixels);
  const neither = new Uint8Array(ignore.length > 0 ? pixels : 0);
  for (let i = 0, at = 0; i < pixels; i++, at += channels) {
    if (ignore.length > 0 && ignore.includes(data[at]!)) neither[i] = 1;
    else for (let c = 0; c < colours; c++) if (data[at + c]! >= threshold) object[i] = 1;
  }
  const mask = fromBytes(object, width, height);
  if (ignore.length === 0) return { mask };
  const ignored = fromBytes(neither, width, height);
  return isEmpty(ignored) ? { mask } : { mask, ignore: ignored };
}

/** From JSON files, {mask: image} or {image: [mask, ...]}: mask files of each image file, both in code-unit order, names below the root. */
export async function readPairs(
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
    for (const [key, value] of entriesOf(await readJson({ root, name: file }), file)) {
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

function entriesOf(json: unknown, file: string): [string, unknown][] {
  if (typeof json === "object" && json !== null && !Array.isArray(json)) return Object.entries(json);
  throw complain({
    where: file,
    what: "pairs are not an object",
    expected: "{mask: image} or {image: [mask]}",
  });
}
