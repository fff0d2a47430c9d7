// The WebAssembly modules of masks, compiled from wasm/: how they are loaded, and how masks get into their memory and back.
import { complain } from "../core/errors.ts";
import type { BitMask, Size } from "../core/types.ts";
import bitsCode from "./bits-wasm.ts";

/** What Node has of WebAssembly; its types come with those of browsers only. */
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

/** Bytes of images that go through a module's memory at a time: a part of a processor's cache, whatever the image. */
export const BAND_BYTES = 2 ** 19;

/**
 * The exports of a module of `wasm/`, given as base64 text, from the first call on. They are what its source says, which no type can
 * check. V8 reserves 10 GB of addresses, not of memory, for each.
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
    throw complain({
      where: "WebAssembly",
      what: "a kernel for masks cannot be loaded",
      expected: "addresses for it: no limit on virtual memory, or NODE_OPTIONS=--disable-wasm-trap-handler",
      got: cause instanceof Error ? cause.message : String(cause),
      cause,
    });
  }
}

/** Sees to it that the memory has at least `bytes`; buffers taken from it before may be detached. */
export function ensureBytes(memory: ModuleMemory, bytes: number): void {
  const missing = bytes - memory.buffer.byteLength;
  if (missing <= 0) return;
  try {
    memory.grow(Math.ceil(missing / PAGE));
  } catch (cause) {
    throw outOfMemory(memory, cause);
  }
}

/** What a module cannot take memory for. */
export function outOfMemory({ buffer }: ModuleMemory, cause?: unknown) {
  return complain({
    where: "mask",
    what: "memory does not suffice for a mask of this size",
    expected: "room for more than is in use",
    got: `${buffer.byteLength} bytes in use`,
    cause,
  });
}

/** The module of wasm/bits.ts. Masks, bytes and scratch are places in its memory. */
export const bits = lazyModule<{
  readonly memory: ModuleMemory;
  pack(bytes: number, width: number, height: number, to: number): void;
  overlap(a: number, b: number, skip: number, bytes: number): void;
  unite(mask: number, other: number, bytes: number): void;
  intersect(mask: number, other: number, bytes: number): void;
  subtract(mask: number, other: number, bytes: number): void;
  erode(mask: number, stride: number, height: number, radius: number, scratch: number): void;
}>(bitsCode);

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

/** Throws unless both have the same size: comparing masks of different images is a mistake, never a score. */
function checkSameSize(a: Size, b: Size): void {
  if (a.width === b.width && a.height === b.height) return;
  throw complain({
    where: "mask",
    what: "two masks differ in size",
    expected: `${a.width}x${a.height}`,
    got: `${b.width}x${b.height}`,
  });
}
