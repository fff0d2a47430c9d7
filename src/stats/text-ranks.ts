/**
 * Each text's place, from 0, among the distinct ones in code-unit order.
 *
 * @example textRanks(["b", "a", "b"]) // [1, 0, 1]
 */
export function textRanks(texts: readonly string[]): number[] {
  const ranks = new Map([...new Set(texts)].sort().map((text, rank) => [text, rank]));
  return texts.map((text) => ranks.get(text)!);
}
