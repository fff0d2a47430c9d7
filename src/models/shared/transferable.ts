import { Tinypool } from "tinypool";

/** Lets the pool hand the buffers of a worker's answer over instead of copying them. */
export function transferable<T extends object>(value: T, buffers: readonly ArrayBuffer[]): T {
  return Object.defineProperties(value, {
    [Tinypool.transferableSymbol]: { value: [...new Set(buffers)] },
    [Tinypool.valueSymbol]: { value },
  });
}
