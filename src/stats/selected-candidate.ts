/**
 * The candidate that counts: the highest predicted IoU, the lowest index on ties.
 *
 * @example selectedCandidate([0.7, 0.9, 0.9]) // 1
 */
export function selectedCandidate(predicted: readonly number[]): number {
  let best = 0;
  for (const [i, value] of predicted.entries()) if (value > predicted[best]!) best = i;
  return best;
}
