// The object in a picture of a mask: from which value on, and in which channels.
import { complain } from "../../core/errors.ts";
import type { MaskFilesOptions } from "../../core/schema-types.ts";
import type { DataFile } from "../../formats/files.ts";
import { type MaskPicture, readMask } from "../../formats/label-map.ts";
import { equals, fromBytes, isEmpty } from "../../masks/bit-mask.ts";
import type { Source } from "./adapter.ts";
import type { ReadMask } from "./targets.ts";

export type MaskRule = Pick<MaskFilesOptions, "channel"> &
  Required<Pick<MaskFilesOptions, "threshold" | "ignore">>;

/** Values of a picture's pixels, and what they are read by. */
interface Values extends Pick<MaskPicture, "width" | "height" | "channels" | "data"> {
  readonly threshold: number;
  readonly ignore: readonly number[];
}

export async function readMaskFile(file: DataFile, rule: MaskRule, note: Source["note"]): Promise<ReadMask> {
  const picture = await readMask(file, { note });
  const { width, height, alpha, lossy } = picture;
  const threshold = thresholdOf(picture, rule, file, note);
  const rules = { width, height, threshold, ignore: rule.ignore };
  const colours: Values = { ...rules, ...(lossy === undefined ? picture : greyOf(picture, rule)) };
  const transparent = alpha && ({ ...rules, channels: 1, data: alpha } as const);
  if (rule.channel === "alpha" && transparent === undefined) {
    const what = "the card says that masks are in the alpha channel, and no pixel is transparent";
    throw complain(file.name, what, { expected: "adapter.channel: colour, or an alpha channel" });
  }
  if (transparent === undefined || rule.channel === "colour") return objectOf(colours, file);
  return rule.channel === "alpha"
    ? objectOf(transparent, file)
    : either(colours, transparent, picture, file, note);
}

/** Of colours and alpha the one that is not the same everywhere; both where they say the same. */
function either(
  colours: Values,
  alpha: Values,
  { lossy }: MaskPicture,
  file: DataFile,
  note: Source["note"],
): ReadMask {
  const key = "adapter.channel";
  const [noColours, noAlpha] = [isConstant(colours, lossy), isConstant(alpha, lossy)];
  if (noColours && !noAlpha) {
    note({ what: "a mask in the alpha channel: its colours are all one", where: file.name, key });
    return objectOf(alpha, file);
  }
  if (noAlpha && !noColours) {
    note({ what: "a mask in the colours: its alpha is the same everywhere", where: file.name, key });
    return objectOf(colours, file);
  }
  const [one, other] = [objectOf(colours, file), objectOf(alpha, file)];
  if (equals(one.mask, other.mask) && one.ignore === undefined && other.ignore === undefined) return one;
  throw complain(
    file.name,
    "the mask's colours and its alpha channel differ, and the card does not say which is the object",
    { expected: "adapter.channel: colour or alpha" },
  );
}

/** The values of a lossy picture waver: as far as this they count as one. */
const WAVER = 64;

function isConstant({ data, channels }: Values, lossy: string | undefined): boolean {
  const waver = lossy === undefined ? 0 : WAVER;
  for (let c = 0; c < channels; c++) {
    let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (let at = c; at < data.length; at += channels) {
      const value = data[at]!;
      if (value < least) least = value;
      if (value > most) most = value;
    }
    if (most - least > waver) return false;
  }
  return true;
}

/** A threshold of 1 would take the noise of a lossy file for the object: half is taken instead. */
function thresholdOf(
  { lossy, opaque }: MaskPicture,
  { threshold, ignore }: MaskRule,
  file: DataFile,
  note: Source["note"],
): number {
  if (lossy === undefined) return threshold;
  if (ignore.length > 0) {
    const what = `a lossy mask (${lossy}) does not keep the values in adapter.ignore`;
    throw complain(file.name, what, { expected: "a file without loss, such as PNG", got: lossy });
  }
  const half = (opaque + 1) / 2;
  const what = threshold === 1 ? `read at half, ${half}` : "read at the card's threshold";
  note({ what: `a lossy mask (${lossy}): ${what}`, where: file.name, key: "adapter.threshold" });
  return threshold === 1 ? half : threshold;
}

/** A lossy file of greys may be stored in colours, which then differ a little: its greys are Pillow's convert("L"). */
function greyOf(picture: MaskPicture, { threshold }: MaskRule): Pick<Values, "channels" | "data"> {
  const { channels, data, opaque } = picture;
  if (channels === 1 || threshold !== 1 || opaque !== 255) return picture;
  const grey = new Uint8Array(data.length / 3);
  for (let i = 0, at = 0; i < grey.length; i++, at += 3) {
    const [r, g, b] = [data[at]!, data[at + 1]!, data[at + 2]!];
    if (Math.max(r, g, b) - Math.min(r, g, b) > WAVER) return picture;
    grey[i] = (r * 19595 + g * 38470 + b * 7471 + 0x8000) >> 16;
  }
  return { channels: 1, data: grey };
}

function objectOf({ width, height, channels, data, threshold, ignore }: Values, file: DataFile): ReadMask {
  if (channels === 1 && threshold === 1 && ignore.length === 0 && data instanceof Uint8Array)
    return { mask: fromBytes(data, width, height) };
  if (ignore.length > 0 && channels > 1) {
    const what = "a mask with ignore values is a colour image";
    throw complain(file.name, what, { expected: "1 channel", got: String(channels) });
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
