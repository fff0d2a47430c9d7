// JSON files, with errors that name line and column. Engines word errors differently and often give no position, so a
// scan of our own finds it after parsing has failed.
import { isUtf8 } from "node:buffer";
import { complain, reasonOf } from "../core/errors.ts";
import { type DataFile, readBytes } from "./files.ts";

/** Parsed JSON, UTF-8 with or without a byte order mark, UTF-16 with one. The caller checks the shape. `shown`: what messages call the file. */
export async function readJson(file: DataFile, shown = file.name): Promise<unknown> {
  return parseJson(decodeText(await readBytes(file), shown), shown);
}

/** Text of a file. Bytes of another encoding are an error: they would be other letters. */
export function decodeText(bytes: Buffer, name: string): string {
  const utf16 =
    bytes[0] === 0xff && bytes[1] === 0xfe
      ? "utf-16le"
      : bytes[0] === 0xfe && bytes[1] === 0xff && "utf-16be";
  try {
    if (utf16) return new TextDecoder(utf16, { fatal: true }).decode(bytes);
  } catch (cause) {
    throw complain(name, "not UTF-16, though it begins like that", { expected: "UTF-8", cause });
  }
  checkUtf8(bytes, name, 0);
  try {
    return bytes.toString("utf8").replace(/^\uFEFF/, "");
  } catch (cause) {
    // V8 strings end at 2^29 - 24 characters.
    throw complain(name, "the file is too large", { got: reasonOf(cause), cause });
  }
}

/** Throws at the first byte that is not UTF-8; `at` is where the bytes lie in the file. */
export function checkUtf8(bytes: Buffer, name: string, at: number): void {
  if (isUtf8(bytes)) return;
  const text = bytes.toString("utf8");
  for (let from = 0, read = 0; ; ) {
    const wrong = text.indexOf("\uFFFD", from);
    read += Buffer.byteLength(text.slice(from, wrong));
    if (bytes.readUIntBE(read, Math.min(3, bytes.length - read)) !== 0xefbfbd) {
      const got = `0x${bytes.toString("hex", read, read + 1)}`;
      throw complain(`${name}, byte ${at + read}`, "not UTF-8", { expected: "a file in UTF-8", got });
    }
    read += 3;
    from = wrong + 1;
  }
}

/** Parsed JSON text; an error names line and column. */
export function parseJson(text: string, name: string): unknown {
  try {
    return jsonOf(text);
  } catch (cause) {
    const at = findJsonError(text);
    const before = text.slice(0, at).split("\n");
    const got = at < text.length ? JSON.stringify([...text.slice(at, at + 2)][0]) : "the end of the file";
    throw complain(`${name}, line ${before.length}, column ${before.at(-1)!.length + 1}`, "not JSON", {
      got,
      cause,
    });
  }
}

/** Whole numbers of 16 digits and more, outside of texts; not as a key, which is an error. */
const LONG = /(?<![\w.+-])-?[1-9]\d{15,}(?![\w.]|\s*:)/g;

/** JSON.parse, but whole numbers beyond 2^53 are kept as they stand, as text: they are ids, and two could become one. */
export function jsonOf(text: string): unknown {
  if (!/\d{16}/.test(text)) return JSON.parse(text);
  const kept: string[] = [];
  for (let from = 0; from < text.length; ) {
    const quote = text.indexOf('"', from);
    const outside = text.slice(from, quote < 0 ? text.length : quote);
    kept.push(
      outside.replace(LONG, (digits) => (Number.isSafeInteger(Number(digits)) ? digits : `"${digits}"`)),
    );
    if (quote < 0) break;
    let end = quote + 1;
    while (end < text.length && text[end] !== '"') end += text[end] === "\\" ? 2 : 1;
    kept.push(text.slice(quote, end + 1));
    from = end + 1;
  }
  return JSON.parse(kept.join(""));
}

export type Json = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value if it is an object, else an empty object. */
export function objectIn(value: unknown): Json {
  return isObject(value) ? value : {};
}

export function textIn(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** A value as error messages show it: at most 40 characters. */
export function textOf(value: unknown): string {
  return JSON.stringify(value)?.slice(0, 40) ?? "nothing";
}

/** The object in a JSON file, and its list `key`. `expected` says what the file should be. */
export async function readListed(
  file: DataFile,
  key: string,
  expected: string,
): Promise<{ readonly json: Json; readonly list: readonly unknown[] }> {
  const json = objectIn(await readJson(file));
  const list = json[key];
  if (Array.isArray(list)) return { json, list };
  throw complain(file.name, `no list "${key}"`, { expected });
}

const SCALAR =
  /(?:"(?:[ !#-[\]-\uffff]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])|(?:true|false|null)(?!\w))/y;
const SPACE = /[ \t\r\n]*/y;

/** Offset of the first character that is not valid there; the text's length where it ends too early. */
export function findJsonError(text: string): number {
  const open: string[] = [];
  let at = 0;
  /**
   * What may come: a value, a value or the end of an empty array, a key, a key or the end of an object, what
   * follows a value.
   */
  let next: "value" | "first" | "key" | "firstKey" | "after" = "value";
  const skip = (expression: RegExp) => {
    expression.lastIndex = at;
    const length = expression.exec(text)?.[0].length;
    at += length ?? 0;
    return length !== undefined;
  };
  for (;;) {
    skip(SPACE);
    const c = text[at];
    if (c === undefined) return at;
    const inside = open.at(-1);
    if (next === "after") {
      if (inside === undefined) return at;
      if (c === ",") next = inside === "{" ? "key" : "value";
      else if (c === (inside === "{" ? "}" : "]")) open.pop();
      else return at;
      at++;
    } else if ((next === "first" && c === "]") || (next === "firstKey" && c === "}")) {
      open.pop();
      at++;
      next = "after";
    } else if (next === "key" || next === "firstKey") {
      if (c !== '"' || !skip(SCALAR)) return at;
      skip(SPACE);
      if (text[at] !== ":") return at;
      at++;
      next = "value";
    } else if (c === "{" || c === "[") {
      open.push(c);
      at++;
      next = c === "{" ? "firstKey" : "first";
    } else if (skip(SCALAR)) next = "after";
    else return at;
  }
}
