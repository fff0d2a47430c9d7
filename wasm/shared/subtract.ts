/** mask &= ~other. */
export function subtract(mask: usize, other: usize, bytes: usize): void {
  for (let i: usize = 0; i < bytes; i += 16)
    v128.store(mask + i, v128.andnot(v128.load(mask + i), v128.load(other + i)));
}
