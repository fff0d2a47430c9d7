// The wire format of Protocol Buffers, read from a file without loading it: fields are walked and unwanted
// contents skipped, so that a file of gigabytes costs no more than its list of fields.
import type { FileHandle } from "node:fs/promises";

/** A message, or a field of one. */
interface Field {
  readonly file: FileHandle;
  /** Its contents: bytes start..end-1 of the file. */
  readonly start: number;
  readonly end: number;
  /** Value of a varint field. */
  readonly value?: bigint | undefined;
}

export type Read<T> = (field: Field) => Promise<T>;

/** Reads these fields of a message, each as the list of its values. Throws if it is not a message. */
export function message<T extends Readonly<Record<string, unknown>>>(
  fields: {
    readonly [K in keyof T]: readonly [number: number, read: Read<T[K]>];
  },
): Read<{ readonly [K in keyof T]: readonly T[K][] }> {
  const byNumber = new Map(Object.entries(fields).map(([key, [number, read]]) => [number, { key, read }]));
  return async ({ file, start, end }) => {
    const values = Object.fromEntries(Object.keys(fields).map((key) => [key, [] as unknown[]]));
    for await (const [number, field] of fieldsOf(file, start, end)) {
      const wanted = byNumber.get(number);
      if (wanted !== undefined) values[wanted.key]!.push(await wanted.read(field));
    }
    return values as unknown as { readonly [K in keyof T]: readonly T[K][] };
  };
}

export async function number({ value }: Field): Promise<number> {
  if (value === undefined) throw new Error("expected a number, got text or a message");
  return Number(value);
}

export async function text(field: Field): Promise<string> {
  return new TextDecoder().decode(await bytesOf(field));
}

/** Whole numbers of a repeated field: one, or several packed. */
export async function numbers(field: Field): Promise<readonly number[]> {
  if (field.value !== undefined) return [Number(field.value)];
  const bytes = await bytesOf(field);
  const found: number[] = [];
  for (let at = 0; at < bytes.length; ) {
    const { value, length } = varint(bytes, at);
    found.push(Number(value));
    at += length;
  }
  return found;
}

/** Longest text that is read, in bytes. */
const longest = 1 << 20;

async function bytesOf({ file, start, end }: Field): Promise<Uint8Array> {
  if (end - start > longest) throw new Error(`a text of ${end - start} bytes`);
  const { buffer, bytesRead } = await file.read({ buffer: new Uint8Array(end - start), position: start });
  if (bytesRead < end - start) throw new Error("the file ends too early");
  return buffer;
}

async function* fieldsOf(
  file: FileHandle,
  from: number,
  to: number,
): AsyncGenerator<readonly [number: number, field: Field]> {
  const window = createWindow(file, to);
  for (let at = from; at < to; ) {
    const head = await window(at);
    const tag = varint(head, 0);
    const number = Number(tag.value >> 3n);
    const kind = Number(tag.value & 7n);
    if (number === 0) throw new Error(`field 0 at byte ${at}`);
    let start = at + tag.length;
    let end: number;
    let value: bigint | undefined;
    if (kind === 0) {
      const read = varint(head, tag.length);
      value = BigInt.asIntN(64, read.value);
      end = start + read.length;
    } else if (kind === 2) {
      const length = varint(head, tag.length);
      start += length.length;
      end = start + Number(length.value);
    } else if (kind === 1 || kind === 5) end = start + (kind === 1 ? 8 : 4);
    else throw new Error(`field of unknown kind ${kind} at byte ${at}`);
    if (end > to) throw new Error(`a field at byte ${at} ends after its message`);
    yield [number, { file, start, end, value }];
    at = end;
  }
}

/** A tag and a length take at most ten bytes each. */
const headBytes = 20;

/** Reads bytes from a position on: at least a head's, or up to the end. Holds one block of the file. */
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
