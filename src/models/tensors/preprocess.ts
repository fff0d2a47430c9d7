import type { ImageContract } from "../../core/schema-types.ts";
import type { RgbImage } from "../../core/types.ts";
import { resizeFloat, resizeImage, resizeNearest } from "../../masks/resize-image.ts";
import type { Tensor } from "../runtime/graph.ts";
import type { Frame } from "./frames.ts";

/**
 * The encoder's input: resized as 8-bit RGB by the card's filter (by itself Pillow's antialiased one), then (pixel - mean) / std in float32, then
 * zero padding to the right and below. Card fields say what differs: channel order, layout, type, normalisation or
 * padding inside the graph.
 */
export function encoderInput(image: RgbImage, frame: Frame, card: Required<ImageContract>): Tensor {
  const { width, height } = frame.resized;
  if (card.filter === "float-bilinear") return floatInput(image, frame, card);
  const { data: pixels } =
    card.filter === "nearest"
      ? resizeNearest(image, frame.resized)
      : resizeImage(image, frame.resized, card.filter);
  const padded = card.padding === "bottom-right" ? { width: frame.side, height: frame.side } : frame.resized;
  const planar = card.layout === "nchw" || card.layout === "chw";
  const plane = padded.width * padded.height;
  const data = card.dtype === "uint8" ? new Uint8Array(3 * plane) : new Float32Array(3 * plane);
  const tables = [0, 1, 2].map((channel) => valueTable(card, channel));
  const step = planar ? 1 : 3;
  for (let channel = 0; channel < 3; channel++) {
    const source = card.channels === "bgr" ? 2 - channel : channel;
    const start = planar ? channel * plane : channel;
    for (let y = 0; y < height; y++) {
      const row = pixels.subarray(y * width * 3, (y + 1) * width * 3);
      lookUp(row, source, tables[channel]!, data, start + y * padded.width * step, step);
    }
  }
  const sides = planar ? [3, padded.height, padded.width] : [padded.height, padded.width, 3];
  return { type: card.dtype, dims: card.layout.startsWith("n") ? [1, ...sides] : sides, data };
}

/** One channel of a row of pixels through its table, to every `step`-th place from `to` on. */
function lookUp(
  row: Uint8Array,
  channel: number,
  table: Float32Array,
  data: Float32Array | Uint8Array,
  to: number,
  step: number,
): void {
  for (let from = channel, at = to; from < row.length; from += 3, at += step) data[at] = table[row[from]!]!;
}

/** As `encoderInput`, for a picture resized in floats: values of 0..1 times 255 / scale, normalised, never rounded to bytes. */
function floatInput(image: RgbImage, frame: Frame, card: Required<ImageContract>): Tensor {
  const { width, height } = frame.resized;
  const padded = card.padding === "bottom-right" ? { width: frame.side, height: frame.side } : frame.resized;
  const planar = card.layout === "nchw" || card.layout === "chw";
  const plane = padded.width * padded.height;
  const pixels = resizeFloat(image, frame.resized).data;
  const data = new Float32Array(3 * plane);
  const scale = 255 / card.scale;
  for (let channel = 0; channel < 3; channel++) {
    const mean = card.normalise === "inside" ? 0 : Math.fround(card.mean[channel]!);
    const std = card.normalise === "inside" ? 1 : Math.fround(card.std[channel]!);
    let from = (card.channels === "bgr" ? 2 - channel : channel) * width * height;
    const step = planar ? 1 : 3;
    for (let y = 0; y < height; y++) {
      let to = (planar ? channel * plane : channel) + y * padded.width * step;
      for (let x = 0; x < width; x++, from++, to += step)
        data[to] = Math.fround(Math.fround(pixels[from]! * scale) - mean) / std;
    }
  }
  const sides = planar ? [3, padded.height, padded.width] : [padded.height, padded.width, 3];
  return { type: "float32", dims: card.layout.startsWith("n") ? [1, ...sides] : sides, data };
}

/** What each of the 256 pixel values becomes: every operation rounded to float32, as torch does it. */
function valueTable(card: Required<ImageContract>, channel: number): Float32Array {
  return Float32Array.from({ length: 256 }, (_, value) => {
    const scaled = card.dtype === "uint8" ? value : Math.fround(value / card.scale);
    if (card.normalise === "inside" || card.dtype === "uint8") return scaled;
    return Math.fround(scaled - Math.fround(card.mean[channel]!)) / Math.fround(card.std[channel]!);
  });
}
