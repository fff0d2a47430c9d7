// A picture file whose samples say object, background or (in a trimap) neither.
import { complain } from "../../core/errors.ts";
import type { DataFile } from "../../formats/files.ts";
import { readLabelMap } from "../../formats/label-map.ts";
import { fromBytes, isEmpty } from "../../masks/bit-mask.ts";
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
