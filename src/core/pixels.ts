// Sizes, places, images and masks: nouns that everything is made of.

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** A pixel: x = column, y = row, integers for clicks. The half-pixel shift belongs to the model's graph and nowhere else. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** xyxy, both corners inclusive (as SAM's `mask_to_box`): a one-pixel mask has x0 = x1 and y0 = y1. */
export interface Box {
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
}

/** A point prompt; label 1 = foreground, 0 = background. */
export interface Click extends Point {
  readonly label: 0 | 1;
}

/** 8-bit RGB, row-major, interleaved: `data.length = 3 * width * height`. */
export interface RgbImage extends Size {
  readonly data: Uint8Array;
}

/** Stored values, whatever their type. */
export type PixelValues =
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | Int8Array
  | Int16Array
  | Int32Array
  | Float32Array
  | Float64Array;

/** One value per pixel: row-major, interleaved; one channel for indices and grey. Whole numbers, whatever the type. */
export interface LabelMap extends Size {
  readonly channels: number;
  readonly data: PixelValues;
}

/**
 * A binary mask, one bit per pixel. Row-major; each row starts on a word of its own: pixel (x, y) is bit `x & 31` of
 * `words[y * stride + (x >>> 5)]`, `stride = ceil(width / 32)`. Bits past the width are always zero.
 */
export interface BitMask extends Size {
  readonly stride: number;
  readonly words: Uint32Array;
}

/** Compressed COCO RLE; size is [height, width] as COCO has it. */
export interface Rle {
  readonly size: readonly [height: number, width: number];
  readonly counts: string;
}

/** Row-major float logits of one mask. */
export interface Logits extends Size {
  readonly data: Float32Array;
}
