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
  const { length } = masks[0]!.words;
  const whole = (length + 3) & ~3;
  const places = masks.map((_, i) => FIRST + 4 * whole * i);
  const end = FIRST + 4 * whole * masks.length;
  ensureBytes(memory, end + 4 * masks[0]!.stride);
  const heap = new Uint32Array(memory.buffer);
  for (let i = 0, at = FIRST / 4; i < masks.length; i++, at += whole) {
    checkSameSize(masks[0]!, masks[i]!);
    heap.set(masks[i]!.words, at);
    for (let k = length; k < whole; k++) heap[at + k] = 0;
  }
  places.push(end);
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
