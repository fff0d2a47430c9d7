/** The nearest whole number, ties to the even one, as Python's and numpy's `round`: 0.5 -> 0, 1.5 -> 2. */
export function roundHalfToEven(value: number): number {
  const below = Math.floor(value);
  if (value - below !== 0.5) return Math.round(value);
  return below % 2 === 0 ? below : below + 1;
}
