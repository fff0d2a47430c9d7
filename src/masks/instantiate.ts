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

/** The exports of a module of `wasm/`, given as base64 text. They are what its source says, which no type can check. */
export function instantiate<Exports extends { readonly memory: ModuleMemory }>(code: string): Exports {
  return new Instance(new Module(Buffer.from(code, "base64"))).exports as Exports;
}

/** Sees to it that the memory has at least `bytes`; buffers taken from it before may be detached. */
export function ensureBytes(memory: ModuleMemory, bytes: number): void {
  const missing = bytes - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / PAGE));
}
