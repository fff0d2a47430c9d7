// Loads the WebAssembly modules compiled from wasm/, and copies masks into and out of their memory.
import { complain } from "../core/errors.ts";
import type { BitMask, Size } from "../core/types.ts";
import bitsCode from "./bits-wasm.ts";

/** The part of WebAssembly that is used; its types come only with the browser's. */
interface WebAssemblyApi {
  readonly Module: new (binary: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: object };
}

/** The module's memory: whole pages, which stay. */
export interface ModuleMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

const { Module, Instance } = (globalThis as unknown as { readonly WebAssembly: WebAssemblyApi }).WebAssembly;
const PAGE = 2 ** 16;

/** Bytes of an image that go through a module's memory at a time: they fit in a processor's cache. */
export const BAND_BYTES = 2 ** 19;

/**
 * The exports of a module of `wasm/`, given as base64 text; loaded at the first call. Their types are
 * asserted, not checked. V8 reserves 10 GB of address space, not memory, for each module.
 */
export function lazyModule<Exports extends { readonly memory: ModuleMemory }>(code: string): () => Exports {
  let exports: Exports | undefined;
  return () => {
    exports ??= instantiate(code) as Exports;
    return exports;
  };
}

function instantiate(code: string): object {
  try {
    return new Instance(new Module(Buffer.from(code, "base64"))).exports;
  } catch (cause) {
    throw complain("WebAssembly", "a kernel for masks cannot be loaded", {
      expected: "addresses for it: no limit on virtual memory, or NODE_OPTIONS=--disable-wasm-trap-handler",
      got: cause instanceof Error ? cause.message : String(cause),
      cause,
    });
  }
}

/** Grows the memory to at least `bytes`; buffers taken from it before may be detached. */
export function ensureBytes(memory: ModuleMemory, bytes: number): void {
  const missing = bytes - memory.buffer.byteLength;
  if (missing <= 0) return;
  try {
    memory.grow(Math.ceil(missing / PAGE));
  } catch (cause) {
    throw outOfMemory(memory, cause);
  }
}

/** The error of a module whose memory cannot grow. */
export function outOfMemory({ buffer }: ModuleMemory, cause?: unknown) {
  return complain("mask", "not enough memory for a mask of this size", {
    expected: "room for more than is in use",
    got: `${buffer.byteLength} bytes in use`,
    cause,
  });
}

/** The module of wasm/bits.ts. Masks, bytes and scratch are addresses in its memory. */
export const bits = lazyModule<{
  readonly memory: ModuleMemory;
  pack(bytes: number, width: number, height: number, to: number): void;
  packValue(bytes: number, width: number, height: number, to: number, value: number): void;
  overlap(a: number, b: number, skip: number, bytes: number): void;
  unite(mask: number, other: number, bytes: number): void;
  intersect(mask: number, other: number, bytes: number): void;
  subtract(mask: number, other: number, bytes: number): void;
  erode(mask: number, stride: number, height: number, radius: number, scratch: number): void;
  outline(mask: number, stride: number, width: number, height: number, to: number): void;
  near(mask: number, other: number, stride: number, height: number, radius: number, scratch: number): void;
}>(bitsCode);

/** Masks begin here; before are the modules' two-word answers. */
const FIRST = 16;

/**
 * Copies masks of one size into a module's memory, one after the other; returns the address of each and the
 * end of the last. Each is zero-padded to a multiple of 16 bytes. After the last there is room for one row of
 * words.
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

/** Throws unless both have the same size: comparing masks of different images is an error, never a score. */
function checkSameSize(a: Size, b: Size): void {
  if (a.width === b.width && a.height === b.height) return;
  throw complain("mask", "two masks differ in size", {
    expected: `${a.width}x${a.height}`,
    got: `${b.width}x${b.height}`,
  });
}
