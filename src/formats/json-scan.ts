// JSON files of any size, element by element: the bytes are scanned once to find where each element of each top-level
// list begins and ends, and each is parsed alone. Neither the file nor a list has to fit into memory or a string.
import { type FileHandle, open } from "node:fs/promises";
import { complain } from "../core/errors.ts";
import { type DataFile, fileError, mustBeFile, pathOf } from "./files.ts";
import { checkUtf8, findJsonError, jsonOf } from "./json-file.ts";

export interface JsonVisitor {
  /** A list begins. Where a key repeats, the last one counts, as with JSON.parse. */
  list(key: string): void;
  /** `at` and `length`: where its bytes lie in the file. */
  element(key: string, value: unknown, index: number, at: number, length: number): void;
  /** A member that is not a list. */
  value(key: string, value: unknown): void;
}

const CHUNK = 1 << 22;
/** Limit of one element: after a missing quote the rest of the file would otherwise be read. */
const LONGEST = 1 << 28;
const [QUOTE, OPEN, CLOSE, END] = [1, 2, 3, 4];
const KIND = new Uint8Array(256);
for (const [kind, characters] of [
  [QUOTE, '"'],
  [OPEN, "{["],
  [CLOSE, "}]"],
  [END, ", \t\r\n"],
] as const)
  for (const character of characters) KIND[character.charCodeAt(0)] = kind!;
const [LEFT, RIGHT] = ["{".charCodeAt(0), "}".charCodeAt(0)];
const [FIRST, LAST] = ["[".charCodeAt(0), "]".charCodeAt(0)];
const [COLON, COMMA, BACKSLASH] = [":".charCodeAt(0), ",".charCodeAt(0), "\\".charCodeAt(0)];

/**
 * Visits the members of the object that the file holds, or the elements of the list, whose key is ""; false (and nothing
 * visited) where it holds something else.
 */
export async function scanJson(file: DataFile, visitor: JsonVisitor): Promise<boolean> {
  const handle = await openFile(file);
  try {
    return await new Scanner(file, handle).run(visitor);
  } finally {
    await handle.close();
  }
}

export async function openFile(file: DataFile): Promise<FileHandle> {
  const path = pathOf(file);
  await mustBeFile(path, file.name);
  return open(path).catch((cause: unknown) => {
    throw fileError(file, cause);
  });
}

class Scanner {
  readonly #file: DataFile;
  readonly #handle: FileHandle;
  #bytes = Buffer.allocUnsafe(CHUNK);
  /** Offset of `#bytes` in the file, how many of them are read, and the next one to scan. */
  #base = 0;
  #filled = 0;
  #next = 0;

  constructor(file: DataFile, handle: FileHandle) {
    this.#file = file;
    this.#handle = handle;
  }

  async run(visitor: JsonVisitor): Promise<boolean> {
    if (!(await this.#more())) return false;
    if (this.#bytes.subarray(0, 3).equals(Buffer.from("\uFEFF"))) this.#next = 3;
    const opening = await this.#peek();
    if (opening === FIRST) await this.#list("", visitor);
    else if (opening === LEFT) await this.#object(visitor);
    else return false;
    if ((await this.#peek()) !== undefined) throw await this.#unexpected();
    return true;
  }

  async #object(visitor: JsonVisitor): Promise<void> {
    this.#next++;
    for (let first = true; ; first = false) {
      let byte = await this.#peek();
      if (byte !== RIGHT || !first) {
        const key = await this.#key(byte);
        if ((await this.#peek()) !== COLON) throw await this.#unexpected();
        this.#next++;
        if ((await this.#peek()) === FIRST) await this.#list(key, visitor);
        else visitor.value(key, await this.#value());
        byte = await this.#peek();
      }
      if (byte === COMMA) this.#next++;
      else if (byte === RIGHT) break;
      else throw await this.#unexpected();
    }
    this.#next++;
  }

  async #key(byte: number | undefined): Promise<string> {
    if (byte === undefined || KIND[byte] !== QUOTE) throw await this.#unexpected();
    return (await this.#value()) as string;
  }

  async #list(key: string, visitor: JsonVisitor): Promise<void> {
    visitor.list(key);
    this.#next++;
    if ((await this.#peek()) === LAST) {
      this.#next++;
      return;
    }
    for (let index = 0; ; index++) {
      // Does not await within a window: that would cost more than the scan.
      if (this.#here() === undefined) await this.#peek();
      const end = this.#end(this.#next) ?? (await this.#endAfterMore());
      if (end === this.#next) throw await this.#unexpected();
      const [at, length] = [this.#base + this.#next, end - this.#next];
      const text = this.#text(end);
      let value: unknown;
      try {
        value = jsonOf(text);
      } catch (cause) {
        throw await this.#broken(at, text, cause);
      }
      this.#next = end;
      visitor.element(key, value, index, at, length);
      const byte = this.#here() ?? (await this.#peek());
      if (byte !== COMMA && byte !== LAST) throw await this.#unexpected();
      this.#next++;
      if (byte === LAST) return;
    }
  }

  async #value(): Promise<unknown> {
    await this.#peek();
    const end = this.#end(this.#next) ?? (await this.#endAfterMore());
    if (end === this.#next) throw await this.#unexpected();
    const text = this.#text(end);
    try {
      const value = jsonOf(text);
      this.#next = end;
      return value;
    } catch (cause) {
      throw await this.#broken(this.#base + this.#next, text, cause);
    }
  }

  /** From the next byte to `end`. */
  #text(end: number): string {
    checkUtf8(this.#bytes.subarray(this.#next, end), this.#file.name, this.#base + this.#next);
    return this.#bytes.toString("utf8", this.#next, end);
  }

  /** The next byte in the window that is not white space. */
  #here(): number | undefined {
    for (; this.#next < this.#filled; this.#next++) {
      const byte = this.#bytes[this.#next]!;
      if (KIND[byte] !== END || byte === COMMA) return byte;
    }
    return undefined;
  }

  /** The same in the file; undefined at its end. */
  async #peek(): Promise<number | undefined> {
    for (;;) {
      const byte = this.#here();
      if (byte !== undefined || !(await this.#more())) return byte;
    }
  }

  #depth = 0;
  #inside = false;
  #from = 0;

  /** Where the value that begins here ends; undefined where the window ends before. Goes on at `from` after `#more()`. */
  #end(from: number, goOn = false): number | undefined {
    let depth = goOn ? this.#depth : 0;
    if (!goOn) this.#inside = false;
    const bytes = this.#bytes;
    const filled = this.#filled;
    for (let i = from; i < filled; i++) {
      const kind = this.#inside ? QUOTE : KIND[bytes[i]!]!;
      if (kind === 0) continue;
      if (kind === QUOTE) {
        const close = this.#closingQuote(this.#inside ? i : i + 1);
        this.#inside = close < 0;
        if (close < 0) break;
        i = close;
        if (depth === 0) return i + 1;
      } else if (kind === OPEN) depth++;
      else if (depth === 0) return i;
      else if (kind === CLOSE && --depth === 0) return i + 1;
    }
    this.#depth = depth;
    this.#from = filled - this.#next;
    return undefined;
  }

  #closingQuote(from: number): number {
    for (let at = from; ; at++) {
      at = this.#bytes.indexOf('"', at);
      if (at < 0 || at >= this.#filled) return -1;
      let slashes = 0;
      while (this.#bytes[at - 1 - slashes] === BACKSLASH) slashes++;
      if (slashes % 2 === 0) return at;
    }
  }

  async #endAfterMore(): Promise<number> {
    for (;;) {
      const at = this.#base + this.#next;
      if (this.#filled - this.#next > LONGEST || !(await this.#more())) {
        const text = this.#text(Math.min(this.#filled, this.#next + LONGEST));
        throw await this.#broken(at, text, undefined);
      }
      const end = this.#end(this.#next + this.#from, true);
      if (end !== undefined) return end;
    }
  }

  /** Reads on; what lies before `#next` is dropped. False at the end of the file. */
  async #more(): Promise<boolean> {
    const kept = this.#filled - this.#next;
    const target = kept + CHUNK > this.#bytes.length ? Buffer.allocUnsafe(2 * kept + CHUNK) : this.#bytes;
    this.#bytes.copy(target, 0, this.#next, this.#filled);
    this.#bytes = target;
    this.#base += this.#next;
    this.#next = 0;
    this.#filled = kept;
    const room = target.length - kept;
    const { bytesRead } = await this.#handle
      .read(target, kept, room, this.#base + kept)
      .catch((cause: unknown) => {
        throw fileError(this.#file, cause);
      });
    this.#filled += bytesRead;
    return bytesRead > 0;
  }

  async #unexpected() {
    await this.#peek();
    // Eight bytes may end within a character, which is not an error of the file.
    const text = this.#bytes.toString("utf8", this.#next, Math.min(this.#filled, this.#next + 8));
    if (text.startsWith("\uFFFD")) this.#text(Math.min(this.#filled, this.#next + 4));
    return this.#errorAt(this.#base + this.#next, text, 0, undefined);
  }

  async #broken(at: number, text: string, cause: unknown) {
    return this.#errorAt(at, text, findJsonError(text), cause);
  }

  /** The error of `readJson`, for character `offset` of the text whose bytes begin at `at`. */
  async #errorAt(at: number, text: string, offset: number, cause: unknown) {
    let line = 1;
    let column = 1;
    const count = (part: string) => {
      const lines = part.split("\n");
      column = lines.length > 1 ? lines.at(-1)!.length + 1 : column + part.length;
      line += lines.length - 1;
    };
    const decoder = new TextDecoder();
    const bytes = Buffer.allocUnsafe(CHUNK);
    for (let from = 0; from < at; ) {
      const { bytesRead } = await this.#handle.read(bytes, 0, Math.min(CHUNK, at - from), from);
      if (bytesRead === 0) break;
      from += bytesRead;
      count(decoder.decode(bytes.subarray(0, bytesRead), { stream: true }));
    }
    count(text.slice(0, offset));
    const got =
      offset < text.length
        ? JSON.stringify([...text.slice(offset, offset + 2)][0])
        : text.length >= LONGEST
          ? "an unterminated value"
          : "the end of the file";
    const where = `${this.#file.name}, line ${line}, column ${column}`;
    return complain(where, "not JSON", { got, ...(cause !== undefined && { cause }) });
  }
}
