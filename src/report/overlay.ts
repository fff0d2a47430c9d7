// The picture of one target: image, ground truth, prediction and prompts. The only place where the report touches sharp.
import sharp from "sharp";
import type { SentPrompt } from "../core/rows.ts";
import type { BitMask, Box, Point, RgbImage, Size } from "../core/types.ts";
import { getPixel, tightBox } from "../masks/bit-mask.ts";
import type { DrawnPicture } from "./gallery.ts";
import { clickMarker, type Marker } from "./marks.ts";

/** What is drawn of a prompt. */
type DrawnPrompt = Pick<SentPrompt, "clicks" | "box">;

export interface OverlayInput {
  readonly image: RgbImage;
  readonly truth: BitMask;
  readonly prediction: BitMask;
  readonly sent?: DrawnPrompt | undefined;
  /** Part of the image to show; default: cropAround. */
  readonly crop?: Box;
  /** Longest side of the picture in pixels. */
  readonly side?: number;
}

/** Yellow and blue stay apart for every kind of colour blindness; the halo keeps both visible on any background. */
const overlayColours = { truth: "#ffdf3d", prediction: "#2f8dff", box: "#ffffff" } as const;

/** Side ratio of the pictures, so that a gallery lines up. */
const ratio = 4 / 3;
/** Longest side of a picture in pixels, unless another one is asked for: sharp on a dense screen at half that size. */
const longestSide = 560;
/** Of pictures smaller than that, which come in rows. */
const smallQuality = 68;
/** A crop is at least this wide, in pixels of the image: what surrounds a tiny target helps to understand it. */
const smallestCrop = 48;

/** A window around target, prompts and the nearby part of the prediction, with a margin, as near to 4:3 as the image allows. */
export function cropAround(
  { image, truth, prediction }: Pick<OverlayInput, "image" | "truth" | "prediction">,
  prompts: readonly DrawnPrompt[],
): Box {
  const whole = { x0: 0, y0: 0, x1: image.width - 1, y1: image.height - 1 };
  const promptBoxes = prompts.flatMap(({ clicks, box }): Box[] => [
    ...(box === undefined ? [] : [{ x0: box[0], y0: box[1], x1: box[2], y1: box[3] }]),
    ...clicks.map(([x, y]) => ({ x0: x, y0: y, x1: x, y1: y })),
  ]);
  const target = [tightBox(truth) ?? [], ...promptBoxes].flat().reduce(union, undefined) ?? whole;
  const side = Math.max(target.x1 - target.x0 + 1, target.y1 - target.y0 + 1, smallestCrop / 2);
  const predicted = tightBox(prediction);
  // A prediction that floods the image must not push the target out of sight.
  const seen =
    predicted === undefined ? target : union(target, intersect(predicted, grow(target, 0.75 * side)));
  const margin = 0.15 * Math.max(seen.x1 - seen.x0 + 1, seen.y1 - seen.y0 + 1);
  const wanted = grow(seen, margin);
  const width = Math.max(wanted.x1 - wanted.x0 + 1, (wanted.y1 - wanted.y0 + 1) * ratio, smallestCrop);
  const [x0, x1] = place(wanted.x0, wanted.x1, width, image.width);
  const [y0, y1] = place(wanted.y0, wanted.y1, width / ratio, image.height);
  return { x0, y0, x1, y1 };
}

function union(a: Box | undefined, b: Box): Box {
  if (a === undefined) return b;
  return {
    x0: Math.min(a.x0, b.x0),
    y0: Math.min(a.y0, b.y0),
    x1: Math.max(a.x1, b.x1),
    y1: Math.max(a.y1, b.y1),
  };
}

/** The part of a inside b; b's nearest edge where they do not meet. */
function intersect(a: Box, b: Box): Box {
  const clamp = (v: number, low: number, high: number) => Math.min(Math.max(v, low), high);
  return {
    x0: clamp(a.x0, b.x0, b.x1),
    y0: clamp(a.y0, b.y0, b.y1),
    x1: clamp(a.x1, b.x0, b.x1),
    y1: clamp(a.y1, b.y0, b.y1),
  };
}

function grow({ x0, y0, x1, y1 }: Box, by: number): Box {
  return { x0: x0 - by, y0: y0 - by, x1: x1 + by, y1: y1 + by };
}

/** First and last pixel of a length centred on [low, high], moved into the image and cut to it. */
function place(low: number, high: number, length: number, limit: number): [number, number] {
  const n = Math.min(limit, Math.round(length));
  const first = Math.min(Math.max(0, Math.round((low + high + 1 - n) / 2)), limit - n);
  return [first, first + n - 1];
}

/** Draws the picture of a target as WebP, about 30 kB. */
export function overlayPicture(input: OverlayInput): Promise<DrawnPicture> {
  const { image, sent, side = longestSide } = input;
  const crop = input.crop ?? cropAround(input, sent === undefined ? [] : [sent]);
  return drawnOver(image, crop, side, (size) => overlaySvg(input, crop, size));
}

/** Part of an image as WebP, its longest side in pixels of the picture, with a drawing over it; default: of the usual size. */
export async function drawnOver(
  image: RgbImage,
  crop: Box,
  side: number | undefined,
  drawing: (size: Size) => string,
): Promise<DrawnPicture> {
  const cropWidth = crop.x1 - crop.x0 + 1;
  const cropHeight = crop.y1 - crop.y0 + 1;
  const scale = (side ?? longestSide) / Math.max(cropWidth, cropHeight);
  const width = Math.max(1, Math.round(cropWidth * scale));
  const height = Math.max(1, Math.round(cropHeight * scale));
  const { data, info } = await sharp(image.data, {
    raw: { width: image.width, height: image.height, channels: 3 },
    limitInputPixels: false,
  })
    .extract({ left: crop.x0, top: crop.y0, width: cropWidth, height: cropHeight })
    .resize(width, height, { fit: "fill", kernel: scale > 6 ? "nearest" : "cubic" })
    .composite([{ input: Buffer.from(drawing({ width, height })) }])
    .webp({ quality: (side ?? longestSide) < longestSide ? smallQuality : 80, effort: 4 })
    .toBuffer({ resolveWithObject: true });
  return { data, type: "image/webp", width: info.width, height: info.height };
}

/** The drawing over the picture, in pixels of the picture. */
function overlaySvg(
  { truth, prediction, sent: { clicks, box } = { clicks: [] }, side = longestSide }: OverlayInput,
  crop: Box,
  { width, height }: Size,
): string {
  const sx = width / (crop.x1 - crop.x0 + 1);
  const sy = height / (crop.y1 - crop.y0 + 1);
  const map = (p: Point): Point => ({ x: (p.x - crop.x0) * sx, y: (p.y - crop.y0) * sy });
  const outline = (mask: BitMask) => pathData(traceOutline(mask, crop), map, 0.6);
  const truthPath = outline(truth);
  const predictionPath = outline(prediction);
  const { truth: yellow, prediction: blue, box: white } = overlayColours;
  const stroke = Number((3 * Math.sqrt(Math.min(1, side / longestSide))).toFixed(1));
  const halo = (d: string) =>
    `<path d="${d}" fill="none" stroke="#000" stroke-opacity=".55" stroke-width="${2 * stroke}"/>`;
  const markers = clicks.map(
    ([x, y, label], n): Marker => clickMarker(map({ x: x + 0.5, y: y + 0.5 }), label, n + 1, width),
  );
  const boxed = box === undefined ? "" : outlined(box, map, halo, white);
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" stroke-linejoin="round">` +
    `<path d="${predictionPath}" fill="${blue}" fill-opacity=".32" fill-rule="evenodd"/>` +
    `${halo(predictionPath)}${halo(truthPath)}` +
    `<path d="${predictionPath}" fill="none" stroke="${blue}" stroke-width="${stroke}"/>` +
    `<path d="${truthPath}" fill="none" stroke="${yellow}" stroke-width="${stroke}"/>` +
    `${boxed}${markers.map(({ tag }) => tag).join("")}${markers.map(({ mark }) => mark).join("")}</svg>`
  );
}

/** A dashed box around whole pixels. */
function outlined(
  [x0, y0, x1, y1]: NonNullable<DrawnPrompt["box"]>,
  map: (point: Point) => Point,
  halo: (path: string) => string,
  color: string,
): string {
  const [from, to] = [map({ x: x0, y: y0 }), map({ x: x1 + 1, y: y1 + 1 })];
  const d = `M${from.x.toFixed(1)} ${from.y.toFixed(1)}H${to.x.toFixed(1)}V${to.y.toFixed(1)}H${from.x.toFixed(1)}Z`;
  return `${halo(d)}<path d="${d}" fill="none" stroke="${color}" stroke-width="2.5" stroke-dasharray="9 6"/>`;
}

/**
 * The outline of a mask inside a window as closed loops, in pixel-edge coordinates (pixel (x, y) covers [x, x+1] x [y, y+1]).
 * Cracks between inside and outside are followed with the inside on the right hand; a loop runs through the middles of its
 * cracks, which takes the stairs off slanted edges and never moves the outline by more than half a pixel. Where two pixels
 * touch at a corner only, they get loops of their own. The window's border counts as outside.
 */
export function traceOutline(mask: BitMask, window: Box): Point[][] {
  const { x0, y0 } = window;
  const width = window.x1 - x0 + 1;
  const height = window.y1 - y0 + 1;
  const inside = (x: number, y: number) =>
    x >= 0 && y >= 0 && x < width && y < height && getPixel(mask, x0 + x, y0 + y);
  // A loop is found at a top crack of its pixels, walked eastwards; those it passes are marked.
  const seen = new Uint8Array(width * height);
  const loops: Point[][] = [];
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      if (seen[y * width + x] === 0 && inside(x, y) && !inside(x, y - 1))
        loops.push(walk(inside, seen, width, { x, y }).map((p) => ({ x: p.x + x0, y: p.y + y0 })));
  return loops;
}

/** East, south, west, north: the inside is on the right. */
const steps = [
  { x: 1, y: 0 },
  { x: 0, y: 1 },
  { x: -1, y: 0 },
  { x: 0, y: -1 },
] as const;

function walk(
  inside: (x: number, y: number) => boolean,
  seen: Uint8Array,
  width: number,
  start: Point,
): Point[] {
  const middles: Point[] = [];
  let { x, y } = start;
  let direction = 0;
  do {
    const step = steps[direction]!;
    if (direction === 0) seen[y * width + x] = 1;
    middles.push({ x: x + step.x / 2, y: y + step.y / 2 });
    x += step.x;
    y += step.y;
    // The two pixels ahead of the corner reached: on the right hand and on the left.
    const left = steps[(direction + 3) % 4]!;
    const ahead = (side: Point, sign: number) =>
      inside(x + (step.x + sign * side.x - 1) / 2, y + (step.y + sign * side.y - 1) / 2);
    if (!ahead(left, -1)) direction = (direction + 1) % 4;
    else if (ahead(left, 1)) direction = (direction + 3) % 4;
  } while (x !== start.x || y !== start.y || direction !== 0);
  return middles;
}

/** SVG path data of loops after a linear map; points closer than `tolerance` to the last one kept are skipped. */
export function pathData(
  loops: readonly (readonly Point[])[],
  map: (point: Point) => Point,
  tolerance: number,
): string {
  return loops
    .map((loop) => {
      const kept: string[] = [];
      let last: Point | undefined;
      for (const point of loop.map(map)) {
        if (last !== undefined && Math.hypot(point.x - last.x, point.y - last.y) < tolerance) continue;
        kept.push(`${point.x.toFixed(1)} ${point.y.toFixed(1)}`);
        last = point;
      }
      return `M${kept.join("L")}Z`;
    })
    .join("");
}

/** A photograph for other programs: what was evaluated, as a file that everything can show. */
export async function jpegOfImage({ data, width, height }: RgbImage): Promise<Buffer> {
  const { buffer, byteOffset, byteLength } = data;
  const raw = Buffer.from(buffer, byteOffset, byteLength);
  return sharp(raw, { raw: { width, height, channels: 3 }, limitInputPixels: false })
    .jpeg({ quality: 95, chromaSubsampling: "4:4:4" })
    .toBuffer();
}

/** A drawn picture in the format that other programs take, WebP being too new for some. */
export function jpegOf(picture: Uint8Array): Promise<Buffer> {
  return sharp(picture).jpeg({ quality: 90, chromaSubsampling: "4:4:4" }).toBuffer();
}
