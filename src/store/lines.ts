import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { complain } from "../core/errors.ts";

/** A line without its newline, counted from 1; `whole` is false for a last line that no newline ends. */
export interface Line {
  readonly number: number;
  readonly text: string;
  /** Of the text, as it lies in the file. */
  readonly bytes: number;
  readonly whole: boolean;
}

/**
 * Streams a file's lines, ended by "\n" alone: JSON text may hold U+2028 and the like, at which node:readline would
 * split. `end` stops before that byte, `start` begins at one.
 */
export async function* readLines(
  path: string,
  end = Number.POSITIVE_INFINITY,
  start = 0,
): AsyncGenerator<Line> {
  if (end <= start) return;
  // Pipes take no start.
  yield* splitLines(createReadStream(path, start === 0 ? { end: end - 1 } : { start, end: end - 1 }));
}

/** The lines of any stream of bytes. */
export async function* splitLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<Line> {
  let number = 0;
  let rest: Buffer[] = [];
  for await (const chunk of chunks) {
    let start = 0;
    for (;;) {
      const end = chunk.indexOf(10, start);
      if (end === -1) break;
      const piece = chunk.subarray(start, end);
      const line = rest.length === 0 ? piece : Buffer.concat([...rest, piece]);
      rest = [];
      start = end + 1;
      number += 1;
      yield { number, text: line.toString("utf8"), bytes: line.length, whole: true };
    }
    if (start < chunk.length) rest.push(chunk.subarray(start));
  }
  if (rest.length === 0) return;
  const last = Buffer.concat(rest);
  yield { number: number + 1, text: last.toString("utf8"), bytes: last.length, whole: false };
}

/** Lines that end before a byte of a file. */
export async function countLines(path: string, end: number): Promise<number> {
  let count = 0;
  if (end === 0) return count;
  for await (const chunk of createReadStream(path, { end: end - 1 }) as AsyncIterable<Buffer>)
    for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, at + 1)) count += 1;
  return count;
}

/** A record as a line. */
export function jsonLine(record: object): string {
  return `${JSON.stringify(record)}\n`;
}

/** The text from one byte of a file up to another; rejects where the file is shorter. */
export async function textAt(
  path: string,
  from: number,
  to: number,
  encoding: BufferEncoding = "utf8",
): Promise<string> {
  const file = await open(path, "r");
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(to - from), 0, to - from, from);
    if (bytesRead < to - from)
      throw complain(path, "is cut off", { expected: `${to} bytes`, got: `${from + bytesRead}` });
    return buffer.toString(encoding);
  } finally {
    await file.close();
  }
}
