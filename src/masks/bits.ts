import code from "./bits-wasm.ts";
import { lazyModule, type ModuleMemory } from "./instantiate.ts";

/** The module of wasm/bits.ts. Masks, bytes and scratch are places in its memory. */
export const bits = lazyModule<{
  readonly memory: ModuleMemory;
  pack(bytes: number, width: number, height: number, to: number): void;
  overlap(a: number, b: number, skip: number, bytes: number): void;
  unite(mask: number, other: number, bytes: number): void;
  intersect(mask: number, other: number, bytes: number): void;
  subtract(mask: number, other: number, bytes: number): void;
  erode(mask: number, stride: number, height: number, radius: number, scratch: number): void;
}>(code);
