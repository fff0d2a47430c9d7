/**
 * Which of `bins` equal bins of [0, 1] a value falls into: [i / bins, (i + 1) / bins), the last one closed, as
 * numpy.histogram has it. The product is only a first guess: rounding may carry a value across a bound.
 *
 * @example equalBin(0.3, 10) // 3
 */
export function equalBin(value: number, bins: number): number {
  const guess = Math.max(0, Math.min(bins - 1, Math.floor(value * bins)));
  if (value < guess / bins) return guess - 1;
  return value >= (guess + 1) / bins && guess < bins - 1 ? guess + 1 : guess;
}
