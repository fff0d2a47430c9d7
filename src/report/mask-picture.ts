// All masks of an image in one picture: each in a colour of its own, the largest first, so that what is small stays visible.
import sharp from "sharp";
import type { BitMask, Box, RgbImage } from "../core/types.ts";
import type { DrawnPicture } from "./gallery.ts";

/** What is drawn of a mask. */
export interface PaintedMask {
  /** Pixels. */
  readonly area: number;
  readonly box: Box;
  /** Default: one of its own. */
  readonly colour?: Rgb;
  mask(): BitMask;
}

export interface PictureSize {
  /** Of its longest side, in pixels. */
  readonly longest: number;
  readonly quality: number;
}

/** Pictures that are looked at alone. */
const usual: PictureSize = { longest: 1600, quality: 88 };
/** Share of the colour over the image. */
const FILL = 0.45;
/** Thickness of an outline, in pixels of the picture. */
const LINE = 2;
/** Neighbours in the order of drawing get hues that are far apart: the golden section of the circle. */
const TURN = 0.6180339887498949;
/** Lightness takes turns too, so that equal hues far down the list still differ. */
const LIGHTNESS = [0.55, 0.42, 0.68] as const;

/** Draws the picture as JPEG. Equal areas are drawn in the order given. */
export async function maskPicture(
  image: RgbImage,
  masks: readonly PaintedMask[],
  { longest, quality }: PictureSize = usual,
): Promise<DrawnPicture> {
  const { width, height } = image;
  const pixels = Uint8Array.from(image.data);
  const line = Math.max(1, Math.round((LINE * Math.max(width, height)) / longest));
  const ordered = [...masks.keys()].sort((a, b) => masks[b]!.area - masks[a]!.area || a - b);
  for (const [place, i] of ordered.entries())
    paint(pixels, masks[i]!.mask(), masks[i]!.box, masks[i]!.colour ?? colourOf(place), line);
  const { data, info } = await sharp(pixels, { raw: { width, height, channels: 3 }, limitInputPixels: false })
    .resize(longest, longest, { fit: "inside", withoutEnlargement: true })
    .jpeg({ quality })
    .toBuffer({ resolveWithObject: true });
  return { data, type: "image/jpeg", width: info.width, height: info.height };
}

export type Rgb = readonly [red: number, green: number, blue: number];

/** The colour of the n-th mask drawn. */
function colourOf(n: number): Rgb {
  const [hue, lightness] = [(n * TURN) % 1, LIGHTNESS[n % LIGHTNESS.length]!];
  const chroma = 0.9 * Math.min(lightness, 1 - lightness);
  const channel = (turn: number) => {
    const k = (turn + 12 * hue) % 12;
    return Math.round(255 * (lightness - chroma * Math.max(-1, Math.min(k - 3, 9 - k, 1))));
  };
  return [channel(0), channel(8), channel(4)];
}

/** Lays a mask over the pixels: its outline, `line` pixels inside its edge, in full, the rest as a tint. */
function paint(
  pixels: Uint8Array,
  mask: BitMask,
  { x0, y0, x1, y1 }: Box,
  [r, g, b]: Rgb,
  line: number,
): void {
  const { width, height, stride, words } = mask;
  const isSet = (x: number, y: number) => (words[y * stride + (x >>> 5)]! >>> (x & 31)) & 1;
  const isInside = (x: number, y: number) => x >= 0 && y >= 0 && x < width && y < height && isSet(x, y) === 1;
  for (let y = y0; y <= y1; y++)
    for (let x = x0; x <= x1; x++) {
      if (isSet(x, y) === 0) continue;
      const inner =
        isInside(x - line, y) && isInside(x + line, y) && isInside(x, y - line) && isInside(x, y + line);
      const share = inner ? FILL : 1;
      const at = 3 * (y * width + x);
      pixels[at] = pixels[at]! + share * (r - pixels[at]!);
      pixels[at + 1] = pixels[at + 1]! + share * (g - pixels[at + 1]!);
      pixels[at + 2] = pixels[at + 2]! + share * (b - pixels[at + 2]!);
    }
}
