// The wire format of Protocol Buffers, read from a file without loading it: fields are walked, their contents left where they are.
import type { FileHandle } from "node:fs/promises";

export interface Field {
  readonly number: number;
  /** Contents of a length-delimited field: bytes start..end-1 of the file. */
  readonly start: number;
  readonly end: number;
  /** Value of a whole-number field. */
  readonly value: bigint | undefined;
  /** Reads the contents; meant for names. */
  bytes(): Promise<Uint8Array>;
}

/** Longest text that is read. */
const longest = 1 << 20;
/** A tag and a length take at most ten bytes each. */
const headBytes = 20;

/** The fields of the message at bytes from..to-1. Throws at what is not a message. */
export async function* fieldsOf(file: FileHandle, from: number, to: number): AsyncGenerator<Field> {
  const window = createWindow(file, to);
  for (let at = from; at < to; ) {
    const head = await window(at);
    const tag = varint(head, 0);
    const number = Number(tag.value >> 3n);
    const kind = Number(tag.value & 7n);
    if (number === 0) throw new Error(`field 0 at byte ${at}`);
    const content = at + tag.length;
    let next: number;
    let start = content;
    let value: bigint | undefined;
    if (kind === 0) {
      const read = varint(head, tag.length);
      value = BigInt.asIntN(64, read.value);
      next = content + read.length;
    } else if (kind === 2) {
      const length = varint(head, tag.length);
      start = content + length.length;
      next = start + Number(length.value);
    } else if (kind === 1 || kind === 5) next = content + (kind === 1 ? 8 : 4);
    else throw new Error(`field of unknown kind ${kind} at byte ${at}`);
    if (next > to) throw new Error(`a field at byte ${at} ends after its message`);
    yield { number, start, end: next, value, bytes: () => read(file, start, next) };
    at = next;
  }
}

export function numberOf({ value }: Field): number {
  if (value === undefined) throw new Error("a number expected, got a text or a message");
  return Number(value);
}

export function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

async function read(file: FileHandle, start: number, end: number): Promise<Uint8Array> {
  if (end - start > longest) throw new Error(`a text of ${end - start} bytes`);
  const { buffer, bytesRead } = await file.read({ buffer: new Uint8Array(end - start), position: start });
  if (bytesRead < end - start) throw new Error("the file ends too early");
  return buffer;
}

/** The bytes from a position on, at least those of a head or up to the end; a block of the file is held. */
function createWindow(file: FileHandle, end: number) {
  const size = 1 << 16;
  let block = new Uint8Array(0);
  let start = 0;
  return async (at: number): Promise<Uint8Array> => {
    const wanted = Math.min(headBytes, end - at);
    if (at < start || at + wanted > start + block.length) {
      const length = Math.min(size, end - at);
      const { buffer, bytesRead } = await file.read({ buffer: new Uint8Array(length), position: at });
      block = buffer.subarray(0, bytesRead);
      start = at;
    }
    return block.subarray(at - start);
  };
}

function varint(bytes: Uint8Array, from: number): { value: bigint; length: number } {
  let value = 0n;
  for (let i = 0; i < 10; i++) {
    const byte = bytes[from + i];
    if (byte === undefined) throw new Error("the file ends too early");
    value |= BigInt(byte & 127) << BigInt(7 * i);
    if (byte < 128) return { value, length: i + 1 };
  }
  throw new Error("a number of more than ten bytes");
}
