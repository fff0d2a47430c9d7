// Label maps and masks of any kind of file. Labels are values as they are stored, never colours; masks are grey values,
// or colours, the same in every kind of file. The content says what kind a picture is.

import type { Note } from "../core/errors.ts";
import { complain } from "../core/errors.ts";
import type { LabelMap, PixelValues, Size } from "../core/types.ts";
import { type DataFile, readBytes, suffixOf } from "./files.ts";
import { readHdf5 } from "./hdf5-file.ts";
import { readMat } from "./mat-file.ts";
import { cmykToRgb, kindOf, readStored, type Stored } from "./stored-image.ts";

export interface ReadRules {
  /** The array of an HDF5 or MAT file: `dataset`, `GTinst.Segmentation`, `groundTruth.0.Segmentation`. */
  readonly member?: string | undefined;
  /** A palette's colours are read, not its indices. */
  readonly colours?: boolean;
  /** Takes what was left out. */
  readonly note?: (note: Note) => void;
}

/**
 * Values as stored: palette indices, 1 to 64 bits, with sign or without, float. A lossy file is refused. `alpha`: the
 * last channel is alpha.
 */
export async function readLabelMap(
  file: DataFile,
  rules: ReadRules = {},
): Promise<LabelMap & { readonly alpha: boolean }> {
  const bytes = await readBytes(file);
  const array = readArray(file, bytes, rules);
  if (array !== undefined) return { ...(await array), alpha: false };
  const stored = await readStored(file, bytes, { note: rules.note, exact: true });
  const { width, height, channels, data, alpha, colour, palette } = stored;
  if (palette !== undefined && rules.colours)
    return { width, height, alpha, ...lookUp(data, palette.colours, file, 3) };
  if (colour === "CMYK" || colour === "white is 0") {
    const what = `a label map cannot be told from a picture in which ${colour === "CMYK" ? "values are ink" : colour}`;
    throw complain(file.name, what, { expected: "grey with black as 0, a palette or RGB", got: colour });
  }
  return { width, height, channels, data, alpha };
}

function readArray(file: DataFile, bytes: Buffer, { member }: ReadRules): Promise<LabelMap> | undefined {
  if (kindOf(bytes) !== undefined) return undefined;
  const suffix = suffixOf(file.name);
  const matlab = suffix === ".mat" || bytes.toString("latin1", 0, 6) === "MATLAB";
  const hdf5 = suffix === ".hdf5" || suffix === ".h5" || bytes.toString("latin1", 0, 4) === "\x89HDF";
  if (!matlab && !hdf5) return undefined;
  if (member === undefined) {
    const what = "the card does not say which array of the file to read";
    throw complain(file.name, what, { expected: "member" });
  }
  return (matlab ? readMat : readHdf5)({ ...file, bytes }, member);
}

export interface MaskPicture extends Size {
  /** Grey, or RGB where there are colours. */
  readonly channels: 1 | 3;
  /** Grey of fewer than 8 bits becomes 0..255, a palette its colours; wider, signed and float values are as stored. */
  readonly data: PixelValues;
  /** One value per pixel, only where some pixel is not opaque. */
  readonly alpha?: PixelValues;
  /** What an opaque pixel has in `alpha`. */
  readonly opaque: number;
  /** The kind of a file whose values are not exactly those that were written. */
  readonly lossy?: string | undefined;
}

/** Grey and colours as Pillow's convert("L" or "RGB") and OpenCV's imread have them. */
export async function readMask(file: DataFile, rules: ReadRules = {}): Promise<MaskPicture> {
  const bytes = await readBytes(file);
  const array = readArray(file, bytes, rules);
  if (array !== undefined) return { ...(await array), channels: 1, opaque: 255 };
  const stored = await readStored(file, bytes, { note: rules.note });
  const { width, height, lossy } = stored;
  return { ...coloursOf(stored, file), ...alphaOf(stored), width, height, lossy };
}

function coloursOf(stored: Stored, file: DataFile): Pick<MaskPicture, "channels" | "data"> {
  const { data, bits, colour, palette, channels, width, height } = stored;
  if (palette !== undefined) return lookUp(data, palette.colours, file);
  if (colour === "CMYK") return { channels: 3, data: cmykToRgb(stored) };
  const colours = colour === "RGB" ? 3 : 1;
  const extra = channels - colours - (stored.alpha ? 1 : 0);
  if (extra > 0) {
    const what = `a mask has bands beyond ${colour === "RGB" ? "red, green and blue" : "grey"}`;
    throw complain(file.name, what, { expected: `${colours}, and alpha`, got: `${channels} bands` });
  }
  let values = data;
  if (colours < channels) {
    values = new (data.constructor as new (length: number) => PixelValues)(width * height * colours);
    for (let i = 0; i < values.length; i++)
      values[i] = data[Math.floor(i / colours) * channels + (i % colours)]!;
  }
  const most = 2 ** bits - 1;
  const white = colour === "white is 0" && (values instanceof Uint8Array || values instanceof Uint16Array);
  if (bits < 8 || white) {
    const full = bits < 8 ? 255 : most;
    values = values.map((value) => Math.round(((white ? most - value : value) * full) / most)) as PixelValues;
  } else if (colour === "white is 0")
    throw complain(file.name, "a mask in which white is 0 has signed or wide values", {
      expected: "1 to 16 bits without sign",
    });
  return { channels: colours, data: values };
}

/** The colours of indices; one channel where the palette has greys only. */
function lookUp(
  indices: PixelValues,
  colours: Uint8Array,
  file: DataFile,
  least: 1 | 3 = 1,
): Pick<MaskPicture, "channels" | "data"> {
  const channels = colours.every((value, i) => value === colours[i - (i % 3)]) ? least : 3;
  const data = new Uint8Array(indices.length * channels);
  for (let i = 0, at = 0; i < indices.length; i++) {
    const colour = 3 * indices[i]!;
    if (colour >= colours.length) {
      const [what, expected] = ["an index lies beyond the palette", `below ${colours.length / 3}`];
      throw complain(file.name, what, { expected, got: String(indices[i]) });
    }
    for (let c = 0; c < channels; c++) data[at++] = colours[colour + c]!;
  }
  return { channels, data };
}

function alphaOf({
  alpha,
  bits,
  channels,
  data,
  palette,
  width,
  height,
}: Stored): Pick<MaskPicture, "alpha" | "opaque"> {
  const opaque = bits > 8 ? 2 ** bits - 1 : 255;
  const alphas = palette?.alphas;
  if (alphas === undefined && !alpha) return { opaque };
  const wide = bits > 16 ? Float64Array : Uint16Array;
  const values = new (bits > 8 ? wide : Uint8Array)(width * height);
  let all = true;
  for (let i = 0, at = channels - 1; i < values.length; i++, at += channels) {
    values[i] = alphas === undefined ? data[at]! : alphas[data[at]!]!;
    if (values[i] !== opaque) all = false;
  }
  return all ? { opaque } : { alpha: values, opaque };
}
