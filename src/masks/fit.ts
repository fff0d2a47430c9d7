import type { Size } from "../core/types.ts";

/**
 * The size of an image whose long side is brought to `longSide`: int(x * S / max(h, w) + 0.5) for each side, with the
 * scale computed first, as in SAM's `ResizeLongestSide.get_preprocess_shape`. A picture more
 * than 2 S times as long as wide gets a side of 0 (where SAM itself fails). Example: 640x427 to 1024 is 1024x683.
 */
export function fitLongSide({ width, height }: Size, longSide: number): Size {
  const scale = longSide / Math.max(height, width);
  return { width: Math.trunc(width * scale + 0.5), height: Math.trunc(height * scale + 0.5) };
}
