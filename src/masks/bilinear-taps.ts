/** For each output position the two source positions and the weight of the second. */
export interface Taps {
  readonly first: Int32Array;
  readonly second: Int32Array;
  /** Weight of `first`, 1 - that of `second`, in float32. */
  readonly near: Float32Array;
  readonly far: Float32Array;
}

/**
 * Where bilinear interpolation reads: half-pixel centres (align_corners = False), no antialiasing, as PyTorch's
 * `area_pixel_compute_source_index`: source = max(0, scale * (i + 0.5) - 0.5) with scale = from / to in float32. The
 * product and the difference are rounded once, as its builds for processors with fused multiply-add do (rounding twice
 * would move some logits by 5e-5). At the far border both positions are the last one. `count` limits the table to the
 * first positions of the output.
 * Example: from 2 to 4 the sources are 0, 0.25, 0.75 and 1.25, the last clamped to position 1.
 */
export function bilinearTaps(from: number, to: number, count = to): Taps {
  const first = new Int32Array(count);
  const second = new Int32Array(count);
  const near = new Float32Array(count);
  const far = new Float32Array(count);
  const scale = Math.fround(from / to);
  for (let i = 0; i < count; i++) {
    const source = Math.max(0, Math.fround(scale * (i + 0.5) - 0.5));
    const index = Math.min(Math.floor(source), from - 1);
    first[i] = index;
    second[i] = Math.min(index + 1, from - 1);
    far[i] = Math.min(source - index, 1);
    near[i] = 1 - far[i]!;
  }
  return { first, second, near, far };
}
