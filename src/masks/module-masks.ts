import type { BitMask } from "../core/types.ts";
import { checkSameSize } from "./bit-mask.ts";
import { ensureBytes, type ModuleMemory } from "./instantiate.ts";

/** Masks begin here; before are the modules' two-word answers. */
const FIRST = 16;

/**
 * Puts masks of one size into a module's memory, one after the other: where each begins, and where the last ends. Each takes
 * whole 16 bytes; what is past its end is zero. After the last there is room for a word for each word of a row.
 */
export function placeMasks(memory: ModuleMemory, masks: readonly BitMask[]): number[] {
  for (const mask of masks) checkSameSize(masks[0]!, mask);
  const places = [FIRST];
  for (const { words } of masks) places.push(places.at(-1)! + ((words.byteLength + 15) & ~15));
  ensureBytes(memory, places.at(-1)! + 4 * masks[0]!.stride);
  const heap = new Uint32Array(memory.buffer);
  masks.forEach(({ words }, i) => {
    const at = places[i]! / 4;
    heap.set(words, at);
    heap.fill(0, at + words.length, places[i + 1]! / 4);
  });
  return places;
}

/** A mask of the size of `mask` that lies in a module's memory. */
export function takeMask({ buffer }: ModuleMemory, at: number, mask: BitMask): BitMask {
  return { ...mask, words: new Uint32Array(buffer, at, mask.words.length).slice() };
}

/** The two words at the beginning of a module's memory. */
export function answerOf({ buffer }: ModuleMemory): [number, number] {
  const [first, second] = new Uint32Array(buffer, 0, 2);
  return [first!, second!];
}
