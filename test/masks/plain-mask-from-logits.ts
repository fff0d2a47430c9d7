import type { BitMask, Logits } from "../../src/core/types.ts";
import { fromBytes } from "../../src/masks/bit-mask.ts";
import type { MaskGeometry } from "../../src/masks/mask-from-logits.ts";
import { resizeLogits } from "../../src/masks/resize-logits.ts";

/** The rule of `maskFromLogits` word for word: two resizes with the crop between, every pixel compared. */
export function maskFromLogitsPlainly(logits: Logits, geometry: MaskGeometry): BitMask {
  const { resized, original, threshold } = geometry;
  const frame =
    typeof geometry.frame === "number" ? { width: geometry.frame, height: geometry.frame } : geometry.frame;
  const square = resizeLogits(logits, frame);
  const data = new Float32Array(resized.width * resized.height);
  for (let y = 0; y < resized.height; y++) {
    data.set(square.data.subarray(y * frame.width, y * frame.width + resized.width), y * resized.width);
  }
  const full = resizeLogits({ ...resized, data }, original);
  const bytes = Uint8Array.from(full.data, (value) => (value > Math.fround(threshold) ? 1 : 0));
  return fromBytes(bytes, original.width, original.height);
}
