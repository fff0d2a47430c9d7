import type { TensorError } from "../core/parity.ts";

/**
 * Cosine, relative L2, largest difference, signal-to-noise ratio (10 log10 of signal over noise power, Boll 1979) and the
 * worst channel. Sums are double; values that are not finite are counted and left out. Tensors are `channels` equal runs of values (NCHW with N = 1). One pass.
 *
 * @example tensorError(Float32Array.of(3, 4), Float32Array.of(3, 5), 1).relativeL2 // 0.2
 */
export function tensorError(reference: Float32Array, candidate: Float32Array, channels: number): TensorError {
  const size = reference.length / channels;
  let [dot, own, other, noise, max, notFinite] = [0, 0, 0, 0, 0, 0];
  let worst = { index: 0, relativeL2: 0 };
  for (let channel = 0; channel < channels; channel++) {
    let [signal, error] = [0, 0];
    for (let i = channel * size; i < (channel + 1) * size; i++) {
      const a = reference[i]!;
      const b = candidate[i]!;
      if (!Number.isFinite(a) || !Number.isFinite(b)) {
        if (!Number.isFinite(b)) notFinite += 1;
        continue;
      }
      const difference = b - a;
      dot += a * b;
      signal += a * a;
      other += b * b;
      error += difference * difference;
      max = Math.max(max, Math.abs(difference));
    }
    own += signal;
    noise += error;
    const relativeL2 = ratio(error, signal);
    if (relativeL2 > worst.relativeL2) worst = { index: channel, relativeL2 };
  }
  const identical = noise === 0 && notFinite === 0;
  return {
    identical,
    cosine: noise === 0 ? 1 : own === 0 || other === 0 ? 0 : dot / Math.sqrt(own * other),
    relativeL2: ratio(noise, own),
    max,
    snr: noise === 0 ? null : own === 0 ? -snrLimit : Math.max(-snrLimit, 10 * Math.log10(own / noise)),
    worstChannel: worst,
    notFinite,
  };
}

/** JSON has no infinity: a signal of nothing but noise is this far below. */
const snrLimit = 400;

/** Square root of error over signal; an error on nothing counts as its own size. */
function ratio(error: number, signal: number): number {
  return error === 0 ? 0 : Math.sqrt(signal === 0 ? error : error / signal);
}

/** Largest and mean absolute difference, and the share of values on the other side of 0 (foreground is > 0). */
export function logitError(
  reference: Float32Array,
  candidate: Float32Array,
): { readonly max: number; readonly mean: number; readonly signs: number } {
  let [max, sum, signs] = [0, 0, 0];
  for (let i = 0; i < reference.length; i++) {
    const a = reference[i]!;
    const b = candidate[i]!;
    const difference = Math.abs(a - b);
    if (difference > max) max = difference;
    sum += difference;
    if (a > 0 !== b > 0) signs += 1;
  }
  return { max, mean: sum / reference.length, signs: signs / reference.length };
}
