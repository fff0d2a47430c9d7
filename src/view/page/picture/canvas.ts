// A picture with masks over it, at the zoom shown: masks are painted for the pixels of the screen, so that outlines stay thin.
import type { Rle } from "../../../core/rows.ts";
import { decodeCounts } from "../../../masks/rle.ts";

/** A mask, a byte for each pixel, down the columns as its runs go: 0 is outside. Of several masks each has a number of its own. */
export interface Raster {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array | Uint16Array;
}

/** `size`: the image's. Throws a sentence where the mask is of another one, or its runs are not. */
export function rasterOf(rle: Rle, where: string, size: Scene["size"]): Raster {
  const { width, height } = size;
  const pixels = new Uint8Array(width * height);
  let at = 0;
  let value = 0;
  for (const run of runsOf(rle, where, size)) {
    if (value === 1) pixels.fill(1, at, at + run);
    at += run;
    value ^= 1;
  }
  return { width, height, pixels };
}

/** Before anything of that size is made: a file may say any size. */
function runsOf({ size: [height, width], counts }: Rle, where: string, size: Scene["size"]) {
  if (width !== size.width || height !== size.height)
    throw new Error(
      `${where}: ${width} × ${height} pixels, but the image has ${size.width} × ${size.height}`,
    );
  const runs = decodeCounts(counts, where);
  const sum = runs.reduce((all, run) => all + run, 0);
  if (sum !== width * height) throw new Error(`${where}: runs of ${sum} pixels for ${width} × ${height}`);
  return runs;
}

/** Masks of a set in one, each with its number, by default its place in the list from 1: the larger ones below the smaller. */
export function rasterOfAll(
  masks: readonly Rle[],
  where: string,
  size: Scene["size"],
  numbers: readonly number[] = masks.map((_, i) => i + 1),
): Raster {
  const { width, height } = size;
  const pixels = new Uint16Array(width * height);
  const sets = masks
    .map((rle, i) => {
      const runs = runsOf(rle, where, size);
      return { runs, number: numbers[i]!, area: runs.reduce((sum, run, k) => sum + (k % 2) * run, 0) };
    })
    .sort((a, b) => b.area - a.area);
  for (const { runs, number } of sets)
    for (let k = 0, at = 0; k < runs.length; at += runs[k++]!)
      if (k % 2 === 1) pixels.fill(number, at, at + runs[k]!);
  return { width, height, pixels };
}

/** Where the image lies: screen = image * zoom + offset, in pixels of the screen. */
export interface Place {
  readonly zoom: number;
  readonly x: number;
  readonly y: number;
}

export type Colour = readonly [red: number, green: number, blue: number];

/** What is painted, the first one at the bottom. */
export interface Layer {
  readonly raster: Raster;
  /** "each": every mask of a set has its own. */
  readonly colour: Colour | "each";
  /** 0 to 1. */
  readonly fill: number;
  readonly outline: boolean;
  /** Every other diagonal alone. */
  readonly hatched?: boolean;
}

export interface Mark {
  readonly x: number;
  readonly y: number;
  readonly positive: boolean;
  readonly text: string;
}

/** A short text on a ground of a colour, in the middle of a mask. */
export interface Tag {
  readonly x: number;
  readonly y: number;
  readonly text: string;
  readonly ground: string;
}

/** The middle of a mask's box; undefined where it is empty. */
export function middleOf({ width, height, pixels }: Raster): readonly [x: number, y: number] | undefined {
  const [first, last] = [
    pixels.findIndex((value) => value !== 0),
    pixels.findLastIndex((value) => value !== 0),
  ];
  if (first === -1) return undefined;
  let [top, bottom] = [height, -1];
  for (let x = Math.floor(first / height); x <= Math.floor(last / height) && x < width; x++)
    for (let y = 0; y < height; y++)
      if (pixels[x * height + y] !== 0) [top, bottom] = [Math.min(top, y), Math.max(bottom, y)];
  return [(Math.floor(first / height) + Math.floor(last / height) + 1) / 2, (top + bottom + 1) / 2];
}

export interface Scene {
  readonly picture: ImageBitmap | undefined;
  readonly size: { readonly width: number; readonly height: number };
  readonly layers: readonly Layer[];
  readonly marks: readonly Mark[];
  readonly tags?: readonly Tag[];
  /** xyxy, both corners inclusive. */
  readonly box: readonly [number, number, number, number] | undefined;
}

/** `ratio`: screen pixels of a CSS pixel. `beside`: another scene that is seen to the right of a line, at this share of the width. */
export function paint(
  canvas: HTMLCanvasElement,
  scene: Scene,
  place: Place,
  ratio: number,
  beside?: { readonly scene: Scene; readonly split: number },
): void {
  const context = canvas.getContext("2d")!;
  const { width, height } = canvas;
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.clearRect(0, 0, width, height);
  paintScene(context, scene, place, ratio);
  if (beside === undefined) return;
  const line = Math.round(beside.split * width);
  context.save();
  context.beginPath();
  context.rect(line, 0, width - line, height);
  context.clip();
  context.clearRect(line, 0, width - line, height);
  paintScene(context, beside.scene, place, ratio);
  context.restore();
  context.fillStyle = "#000";
  context.fillRect(line - 1.5 * ratio, 0, 3 * ratio, height);
  context.fillStyle = "#fff";
  context.fillRect(line - 0.5 * ratio, 0, ratio, height);
}

function paintScene(context: CanvasRenderingContext2D, scene: Scene, place: Place, ratio: number): void {
  const { width, height } = context.canvas;
  const { zoom, x, y } = place;
  const shown = [x, y, scene.size.width * zoom, scene.size.height * zoom] as const;
  context.imageSmoothingEnabled = zoom < 2;
  if (scene.picture === undefined) {
    context.fillStyle = "#77808a";
    context.fillRect(...shown);
  } else context.drawImage(scene.picture, ...shown);
  if (scene.layers.length > 0) {
    const overlay = new ImageData(width, height);
    for (const layer of scene.layers) paintLayer(overlay, layer, place, Math.max(1, Math.round(ratio)));
    const beside = new OffscreenCanvas(width, height);
    beside.getContext("2d")!.putImageData(overlay, 0, 0);
    context.drawImage(beside, 0, 0);
  }
  const { box } = scene;
  if (box !== undefined) {
    const [x0, y0, x1, y1] = box;
    const frame = [x + x0 * zoom, y + y0 * zoom, (x1 + 1 - x0) * zoom, (y1 + 1 - y0) * zoom] as const;
    context.setLineDash([]);
    for (const [colour, line] of [
      ["#000", 3],
      ["#fff", 1.5],
    ] as const) {
      context.strokeStyle = colour;
      context.lineWidth = line * ratio;
      context.strokeRect(...frame);
    }
  }
  for (const mark of scene.marks) paintMark(context, mark, place, ratio);
  for (const tag of scene.tags ?? []) paintTag(context, tag, place, ratio);
}

/** Screen pixels whose image pixel is in the mask; outlined where a neighbour on the screen is not. */
function paintLayer(overlay: ImageData, layer: Layer, { zoom, x, y }: Place, line: number): void {
  const { raster, fill, outline, hatched = false } = layer;
  const { width, height, data } = overlay;
  const columns = Int32Array.from({ length: width }, (_, i) => inside((i + 0.5 - x) / zoom, raster.width));
  const rows = Int32Array.from({ length: height }, (_, i) => inside((i + 0.5 - y) / zoom, raster.height));
  const numberAt = (i: number, j: number): number => {
    const [column, row] = [columns[i] ?? -1, rows[j] ?? -1];
    return column >= 0 && row >= 0 ? raster.pixels[column * raster.height + row]! : 0;
  };
  const colours: Colour[] = [];
  const colourAt = (number: number): Colour => {
    if (layer.colour !== "each") return layer.colour;
    colours[number] ??= colourOf(number);
    return colours[number];
  };
  for (let j = 0; j < height; j++) {
    if (rows[j] === -1) continue;
    for (let i = 0; i < width; i++) {
      const number = numberAt(i, j);
      if (number === 0) continue;
      const same = (x: number, y: number) => numberAt(x, y) === number;
      const edge =
        outline && !(same(i - line, j) && same(i + line, j) && same(i, j - line) && same(i, j + line));
      const [red, green, blue] = colourAt(number);
      const share = edge ? 1 : hatched && ((i + j) >> 3) % 2 === 1 ? 0 : fill;
      if (share === 0) continue;
      const at = 4 * (j * width + i);
      const under = (data[at + 3]! / 255) * (1 - share);
      const alpha = share + under;
      data[at] = (red * share + data[at]! * under) / alpha;
      data[at + 1] = (green * share + data[at + 1]! * under) / alpha;
      data[at + 2] = (blue * share + data[at + 2]! * under) / alpha;
      data[at + 3] = 255 * alpha;
    }
  }
}

/** Colours that differ from one number to the next. */
export function colourOf(number: number): Colour {
  const hue = (number * 0.618034) % 1;
  return [0, 1 / 3, 2 / 3].map((shift) => {
    const wave = Math.abs(((hue + shift) % 1) * 6 - 3) - 1;
    return 60 + 180 * Math.min(1, Math.max(0, wave));
  }) as unknown as Colour;
}

function inside(value: number, end: number): number {
  const whole = Math.floor(value);
  return whole >= 0 && whole < end ? whole : -1;
}

/** As in reports: a green circle with a plus for foreground, a red square with a minus for background. */
function paintMark(context: CanvasRenderingContext2D, mark: Mark, place: Place, ratio: number): void {
  const [x, y] = [place.x + (mark.x + 0.5) * place.zoom, place.y + (mark.y + 0.5) * place.zoom];
  const radius = 8 * ratio;
  context.beginPath();
  if (mark.positive) context.arc(x, y, radius, 0, 2 * Math.PI);
  else context.rect(x - radius, y - radius, 2 * radius, 2 * radius);
  context.fillStyle = mark.positive ? "#12853f" : "#c81e34";
  context.fill();
  context.strokeStyle = "#fff";
  context.lineWidth = 1.5 * ratio;
  context.stroke();
  context.fillStyle = "#fff";
  context.font = `600 ${11 * ratio}px system-ui, sans-serif`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillText(mark.text, x, y + 0.5 * ratio);
}

function paintTag(context: CanvasRenderingContext2D, tag: Tag, place: Place, ratio: number): void {
  const [x, y] = [place.x + tag.x * place.zoom, place.y + tag.y * place.zoom];
  context.font = `600 ${12 * ratio}px system-ui, sans-serif`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  const width = context.measureText(tag.text).width + 10 * ratio;
  context.beginPath();
  context.roundRect(x - width / 2, y - 9 * ratio, width, 18 * ratio, 4 * ratio);
  context.fillStyle = tag.ground;
  context.fill();
  context.fillStyle = "#fff";
  context.fillText(tag.text, x, y + 0.5 * ratio);
}

/** The part of a mask that another one does not have. */
export function without(a: Raster, b: Raster): Raster {
  return { ...a, pixels: a.pixels.map((value, i) => (value !== 0 && b.pixels[i] === 0 ? 1 : 0)) };
}

/** Where one of two masks is and the other is not; undefined where they are not of one size. */
export function changed(a: Raster, b: Raster): Raster | undefined {
  if (a.width !== b.width || a.height !== b.height) return undefined;
  return { ...a, pixels: a.pixels.map((value, i) => ((value !== 0) !== (b.pixels[i] !== 0) ? 1 : 0)) };
}

/** Pixels of two masks of one size: in both, and in either. */
export function overlap(a: Raster, b: Raster): { readonly both: number; readonly either: number } {
  let both = 0;
  let either = 0;
  for (let i = 0; i < a.pixels.length; i++) {
    const [own, other] = [a.pixels[i] !== 0, b.pixels[i] !== 0];
    if (own && other) both += 1;
    if (own || other) either += 1;
  }
  return { both, either };
}

/** The mask at a point of the image: its number, 0 outside. */
export function numberAt({ width, height, pixels }: Raster, x: number, y: number): number {
  const [column, row] = [inside(x, width), inside(y, height)];
  return column === -1 || row === -1 ? 0 : pixels[column * height + row]!;
}

/** A window that shows all of an image, with a margin. */
export function fitted(image: Scene["size"], screen: Scene["size"]): Place {
  const zoom = Math.min(screen.width / image.width, screen.height / image.height);
  return { zoom, x: (screen.width - image.width * zoom) / 2, y: (screen.height - image.height * zoom) / 2 };
}
