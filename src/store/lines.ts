import { createReadStream } from "node:fs";

/** A line without its newline, counted from 1; `whole` is false for a last line that no newline ends. */
export interface Line {
  readonly number: number;
  readonly text: string;
  readonly whole: boolean;
}

/**
 * Streams a file's lines, ended by "\n" alone: JSON text may hold U+2028 and the like, at which node:readline would
 * split. `bytes` stops after that many bytes.
 */
export async function* readLines(path: string, bytes = Number.POSITIVE_INFINITY): AsyncGenerator<Line> {
  if (bytes === 0) return;
  yield* splitLines(createReadStream(path, { end: bytes - 1 }));
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
      const text = (rest.length === 0 ? piece : Buffer.concat([...rest, piece])).toString("utf8");
      rest = [];
      start = end + 1;
      number += 1;
      yield { number, text, whole: true };
    }
    if (start < chunk.length) rest.push(chunk.subarray(start));
  }
  if (rest.length > 0) yield { number: number + 1, text: Buffer.concat(rest).toString("utf8"), whole: false };
}

/** A record as a line. */
export function jsonLine(record: object): string {
  return `${JSON.stringify(record)}\n`;
}
