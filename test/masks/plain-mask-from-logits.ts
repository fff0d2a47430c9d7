import type { BitMask, Logits } from "../../src/core/types.ts";
import { fromBytes } from "../../src/masks/bit-mask.ts";
import type { MaskGeometry } from "../../src/masks/mask-from-logits.ts";
import { resizeLogits } from "../../src/masks/resize-logits.ts";

/** The rule of `maskFromLogits` word for word: two resizes with the crop between, every pixel compared. */
export function maskFromLogitsPlainly(logits: Logits, geometry: MaskGeometry): BitMask {
  const { frame, resized, original, threshold } = geometry;
  const square = resizeLogits(logits, { width: frame, height: frame });
  const data = new Float32Array(resized.width * resized.height);
  for (let y = 0; y < resized.height; y++) {
    data.set(square.data.subarray(y * frame, y * frame + resized.width), y * resized.width);
  }
  const full = resizeLogits({ ...resized, data }, original);
  const bytes = Uint8Array.from(full.data, (value) => (value > Math.fround(threshold) ? 1 : 0));
  return fromBytes(bytes, original.width, original.height);
}
