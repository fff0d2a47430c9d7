import type { ImageContract } from "../../core/schema-types.ts";
import type { RgbImage, Size } from "../../core/types.ts";
import { resizeFloat, resizeImage, resizeNearest } from "../../masks/resize-image.ts";
import type { Tensor } from "../runtime/graph.ts";
import type { Frame } from "./frames.ts";

/** A card's image options, defaults filled in. */
export type FullImageContract = Required<ImageContract>;

/** Writes one channel of a row of pixels to every `step`-th place from `to` on. */
type WriteRow = (y: number, data: Float32Array | Uint8Array, to: number, step: number) => void;

/**
 * The encoder's input: resized as 8-bit RGB by the card's filter (by itself Pillow's antialiased one), then
 * (pixel - mean) / std in float32, then zero padding to the right and below. Card fields say what differs:
 * channel order, layout, type, normalisation or padding inside the graph. An image resized in floats
 * ("float-bilinear") has values of 0..1 times 255 / scale, never rounded to bytes.
 */
export function encoderInput(image: RgbImage, { resized, side }: Frame, card: FullImageContract): Tensor {
  const floats = card.filter === "float-bilinear";
  const type = floats ? "float32" : card.dtype;
  const { width, height } = card.padding === "bottom-right" ? { width: side, height: side } : resized;
  const planar = card.layout === "nchw" || card.layout === "chw";
  const plane = width * height;
  const data = type === "uint8" ? new Uint8Array(3 * plane) : new Float32Array(3 * plane);
  const step = planar ? 1 : 3;
  const rows = floats ? floatRows(image, resized, card) : byteRows(image, resized, card);
  for (let channel = 0; channel < 3; channel++) {
    const write = rows(channel, card.channels === "bgr" ? 2 - channel : channel);
    const start = planar ? channel * plane : channel;
    for (let y = 0; y < resized.height; y++) write(y, data, start + y * width * step, step);
  }
  const sides = planar ? [3, height, width] : [height, width, 3];
  return { type, dims: card.layout.startsWith("n") ? [1, ...sides] : sides, data };
}

/** Calls back for each channel of the input and its source channel in the image. */
type Rows = (channel: number, source: number) => WriteRow;

function byteRows(image: RgbImage, size: Size, card: FullImageContract): Rows {
  const { data: pixels } =
    card.filter === "nearest"
      ? resizeNearest(image, size)
      : resizeImage(
          image,
          size,
          card.filter as Exclude<FullImageContract["filter"], "nearest" | "float-bilinear">,
        );
  const length = 3 * size.width;
  return (channel, source) => {
    const table = valueTable(card, channel);
    return (y, data, to, step) => {
      const row = pixels.subarray(y * length, (y + 1) * length);
      for (let from = source, at = to; from < length; from += 3, at += step) data[at] = table[row[from]!]!;
    };
  };
}

/** Table of the 256 pixel values: every operation rounded to float32, as in torch. */
function valueTable(card: FullImageContract, channel: number): Float32Array {
  return Float32Array.from({ length: 256 }, (_, value) => {
    const scaled = card.dtype === "uint8" ? value : Math.fround(value / card.scale);
    if (card.normalise === "inside" || card.dtype === "uint8") return scaled;
    return Math.fround(scaled - Math.fround(card.mean[channel]!)) / Math.fround(card.std[channel]!);
  });
}

function floatRows(image: RgbImage, size: Size, card: FullImageContract): Rows {
  const { width, height } = size;
  const pixels = resizeFloat(image, size).data;
  const scale = 255 / card.scale;
  return (channel, source) => {
    const mean = card.normalise === "inside" ? 0 : Math.fround(card.mean[channel]!);
    const std = card.normalise === "inside" ? 1 : Math.fround(card.std[channel]!);
    return (y, data, to, step) => {
      const first = (source * height + y) * width;
      for (let from = first, at = to; from < first + width; from++, at += step)
        data[at] = Math.fround(Math.fround(pixels[from]! * scale) - mean) / std;
    };
  };
}
