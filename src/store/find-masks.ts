import type { MaskRow } from "../core/rows.ts";
import { readMasks } from "./read-rows.ts";

/** What names one mask of a run. */
export type MaskKey = Omit<MaskRow, "rle">;

/** A mask's key as text, for sets and maps. */
export function maskKey({ model, benchmark, protocol, sample, target, at, frame }: MaskKey): string {
  const { clicks, draw = null } = at;
  return JSON.stringify([model, benchmark, protocol, sample, target, clicks, draw, frame ?? null]);
}

/**
 * The wanted masks of a run folder by `maskKey`, in one pass over the file; only what is wanted is held. A mask that the
 * folder lacks is not in the map.
 */
export async function findMasks(dir: string, wanted: Iterable<MaskKey>): Promise<Map<string, MaskRow>> {
  const keys = new Set(Array.from(wanted, maskKey));
  const found = new Map<string, MaskRow>();
  if (keys.size === 0) return found;
  for await (const mask of readMasks(dir)) {
    const key = maskKey(mask);
    if (keys.has(key)) found.set(key, mask);
    if (found.size === keys.size) break;
  }
  return found;
}
