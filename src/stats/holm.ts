/**
 * Holm's step-down correction (Holm 1979): p-values that stay honest when several are looked at. The smallest of m is
 * multiplied by m, the next by m - 1, and so on; none may be smaller than one before it, none is larger than 1. As
 * statsmodels' multipletests(method="holm") and R's p.adjust(method="holm") have it. In the order of the input.
 *
 * @example holm([0.01, 0.04, 0.03]) // [0.03, 0.06, 0.06]
 */
export function holm(values: readonly number[]): number[] {
  const order = values.map((_, i) => i).sort((a, b) => values[a]! - values[b]! || a - b);
  const adjusted: number[] = new Array(values.length);
  let least = 0;
  for (const [rank, i] of order.entries()) {
    least = Math.max(least, Math.min(1, (values.length - rank) * values[i]!));
    adjusted[i] = least;
  }
  return adjusted;
}
