// Python's pickles, protocols 0 to 5, of plain data alone: lists, dictionaries, texts and numbers. A pickle is a program, and one that names a class
// or a function is refused: nothing of it is ever called. Written from Python's own documentation (pickletools). What is read is at most as large as the
// file, since what is repeated is one object; the depth is bounded by whoever walks it.
import { isUtf8 } from "node:buffer";
import { complain } from "../core/errors.ts";
import { type DataFile, readBytes } from "./files.ts";

/** Lists, tuples and sets as arrays; dictionaries as objects without a prototype, their keys as text; byte strings as text. */
export async function readPickle(file: DataFile): Promise<unknown> {
  const reader = new Reader(await readBytes(file));
  try {
    return reader.read();
  } catch (cause) {
    const got = cause instanceof Error ? cause.message : String(cause);
    throw complain(`${file.name}, byte ${reader.at}`, "the pickle cannot be read", {
      code: "malformed",
      expected: "a Python pickle of lists, dictionaries, texts and numbers, or the same as JSON",
      got,
      cause,
    });
  }
}

type Dictionary = Record<string, unknown>;

/** Instructions that name a class or something outside of the file, make an object, or call. */
const programs = "c\x93io\x81\x92RbPQ\x82\x83\x84\x97\x98";

/** Bytes of the length before a text, and of the number that a value is stored or recalled by. */
const texts: Readonly<Record<string, number>> = {
  ...{ U: 1, C: 1, "\x8c": 1, T: 4, B: 4, X: 4, "\x8d": 8, "\x8e": 8, "\x96": 8 },
};
const puts: Readonly<Record<string, number>> = { q: 1, r: 4 };
const gets: Readonly<Record<string, number>> = { h: 1, j: 4 };

class Reader {
  at = 0;
  readonly #bytes: Buffer;
  #stack: unknown[] = [];
  /** Stacks below marks. */
  readonly #marked: unknown[][] = [];
  readonly #memo = new Map<number, unknown>();

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  read(): unknown {
    for (;;) {
      const code = this.#take(1).toString("latin1");
      if (code === ".") {
        if (this.#stack.length !== 1 || this.#marked.length > 0) throw new Error("values without a place");
        return this.#stack[0];
      }
      if (programs.includes(code)) {
        const name = code === "c" || code === "i" ? `: ${this.#line()}.${this.#line()}` : "";
        throw new Error(`a class, an object or a call${name}`.slice(0, 80));
      }
      if (!this.#step(code))
        throw new Error(`unknown instruction 0x${Buffer.from(code, "latin1").toString("hex")}`);
    }
  }

  #step(code: string): boolean {
    const [text, put, get] = [texts[code], puts[code], gets[code]];
    if (text !== undefined) return this.#push(textOfBytes(this.#take(this.#number(text))));
    if (put !== undefined) return this.#remember(this.#number(put));
    if (get !== undefined) return this.#recall(this.#number(get));
    return this.#scalar(code) || this.#structure(code) || this.#collection(code);
  }

  #scalar(code: string): boolean {
    switch (code) {
      case "N":
        return this.#push(null);
      case "\x88":
      case "\x89":
        return this.#push(code === "\x88");
      case "I": {
        const text = this.#line();
        return this.#push(text === "01" || text === "00" ? text === "01" : numberOf(text));
      }
      case "L":
      case "F":
        return this.#push(numberOf(this.#line().replace(/L$/, "")));
      case "J":
        return this.#push(this.#take(4).readInt32LE());
      case "K":
      case "M":
        return this.#push(this.#number(code === "K" ? 1 : 2));
      case "\x8a":
      case "\x8b":
        return this.#push(wholeNumber(this.#take(this.#number(code === "\x8a" ? 1 : 4))));
      case "G":
        return this.#push(this.#take(8).readDoubleBE());
      case "S":
        return this.#push(textOfBytes(unquoted(this.#line())));
      case "V":
        return this.#push(unicodeOf(this.#line()));
      default:
        return false;
    }
  }

  #structure(code: string): boolean {
    switch (code) {
      case "\x80":
      case "\x95":
        this.#take(code === "\x80" ? 1 : 8);
        return true;
      case "(":
        this.#marked.push(this.#stack);
        this.#stack = [];
        return true;
      case "p":
        return this.#remember(numberOf(this.#line()));
      case "\x94":
        return this.#remember(this.#memo.size);
      case "g":
        return this.#recall(numberOf(this.#line()));
      default:
        return false;
    }
  }

  #collection(code: string): boolean {
    switch (code) {
      case "]":
      case ")":
      case "\x8f":
        return this.#push([]);
      case "}":
        return this.#push(Object.create(null));
      case "l":
      case "t":
      case "\x91":
        return this.#push(this.#sinceMark());
      case "\x85":
      case "\x86":
      case "\x87": {
        const count = code.charCodeAt(0) - 0x84;
        if (this.#stack.length < count) throw new Error("a tuple of missing values");
        return this.#push(this.#stack.splice(-count));
      }
      case "a":
        return this.#extend([this.#pop()]);
      case "e":
      case "\x90":
        return this.#extend(this.#sinceMark());
      case "s": {
        const value = this.#pop();
        return this.#fill([this.#pop(), value]);
      }
      case "d":
      case "u": {
        const items = this.#sinceMark();
        if (code === "d") this.#push(Object.create(null));
        return this.#fill(items);
      }
      default:
        return false;
    }
  }

  #remember(index: number): true {
    this.#memo.set(index, this.#top());
    return true;
  }

  #push(value: unknown): true {
    this.#stack.push(value);
    return true;
  }

  #pop(): unknown {
    const top = this.#top();
    this.#stack.pop();
    return top;
  }

  #top(): unknown {
    if (this.#stack.length === 0) throw new Error("a missing value");
    return this.#stack.at(-1);
  }

  #sinceMark(): unknown[] {
    const items = this.#stack;
    const below = this.#marked.pop();
    if (below === undefined) throw new Error("a missing mark");
    this.#stack = below;
    return items;
  }

  #extend(items: readonly unknown[]): true {
    const list = this.#top();
    if (!Array.isArray(list)) throw new Error("items of what is no list");
    for (const item of items) list.push(item);
    return true;
  }

  /** Keys and values in turn. */
  #fill(items: readonly unknown[]): true {
    const dictionary = this.#top();
    if (
      typeof dictionary !== "object" ||
      dictionary === null ||
      Array.isArray(dictionary) ||
      items.length % 2 === 1
    )
      throw new Error("entries of what is no dictionary");
    for (let i = 0; i < items.length; i += 2) {
      const key = items[i];
      if (typeof key !== "string" && typeof key !== "number")
        throw new Error("a key that is neither text nor number");
      (dictionary as Dictionary)[key] = items[i + 1];
    }
    return true;
  }

  #recall(index: number): true {
    if (!this.#memo.has(index)) throw new Error("a value that was never stored");
    return this.#push(this.#memo.get(index));
  }

  #take(length: number): Buffer {
    const end = this.at + length;
    if (end > this.#bytes.length) throw new Error("the end of the file");
    const taken = this.#bytes.subarray(this.at, end);
    this.at = end;
    return taken;
  }

  /** Of 1, 2, 4 or 8 bytes, little-endian; lengths beyond 2^48 are longer than any file. */
  #number(bytes: number): number {
    const taken = this.#take(bytes);
    if (bytes === 8 && taken.readUInt16LE(6) > 0) throw new Error("the end of the file");
    return taken.readUIntLE(0, Math.min(bytes, 6));
  }

  #line(): string {
    const end = this.#bytes.indexOf(10, this.at);
    if (end < 0) throw new Error("the end of the file");
    const line = this.#take(end - this.at).toString("latin1");
    this.at++;
    return line;
  }
}

function numberOf(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || Number.isNaN(value))
    throw new Error(`no number: ${JSON.stringify(text.slice(0, 20))}`);
  return value;
}

/** Two's complement, little-endian. */
function wholeNumber(bytes: Buffer): number {
  if (bytes.length === 0) return 0;
  if (bytes.length > 32) throw new Error("a whole number of more than 32 bytes");
  const digits = BigInt(`0x${Buffer.from(bytes).reverse().toString("hex")}`);
  return Number(BigInt.asIntN(8 * bytes.length, digits));
}

/** UTF-8, or Latin-1 where it is not. */
function textOfBytes(bytes: Buffer): string {
  return bytes.toString(isUtf8(bytes) ? "utf8" : "latin1");
}

const escapes: Readonly<Record<string, number>> = { a: 7, b: 8, t: 9, n: 10, v: 11, f: 12, r: 13 };

/** The bytes that a literal of Python 2 in quotes stands for. */
function unquoted(literal: string): Buffer {
  const quote = literal[0];
  if (literal.length < 2 || (quote !== "'" && quote !== '"') || literal.at(-1) !== quote)
    throw new Error("a text without quotes");
  const text = literal
    .slice(1, -1)
    .replace(/\\(?:x([0-9a-fA-F]{2})|([0-7]{1,3})|(.))/gs, (_, hex?: string, octal?: string, one = "") =>
      String.fromCharCode(
        hex !== undefined
          ? Number.parseInt(hex, 16)
          : octal !== undefined
            ? Number.parseInt(octal, 8) & 255
            : (escapes[one] ?? one.charCodeAt(0)),
      ),
    );
  return Buffer.from(text, "latin1");
}

/** Python's raw-unicode-escape: Latin-1 with \\uXXXX and \\UXXXXXXXX. */
function unicodeOf(line: string): string {
  return line.replace(/\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))/g, (_, short?: string, long?: string) => {
    const point = Number.parseInt((short ?? long)!, 16);
    if (point > 0x10ffff) throw new Error("a character that there is not");
    return String.fromCodePoint(point);
  });
}
