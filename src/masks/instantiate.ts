import { complain } from "../core/errors.ts";

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

/** Bytes of pictures that go through a module's memory at a time: a part of a processor's cache, whatever the picture. */
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
