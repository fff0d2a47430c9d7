import { stat } from "node:fs/promises";
import { join } from "node:path";
import { complain, reasonOf } from "../core/errors.ts";
import type { Invariant } from "../core/measure.ts";
import type { MaskRow, Row } from "../core/rows.ts";
import { masksFile, rowsFile } from "./files.ts";
import { readJournal } from "./journal.ts";
import { readLines } from "./lines.ts";
import { rowProblems } from "./row-problems.ts";
import { maskShapeProblems } from "./row-shape.ts";

/** Streams the rows of a run folder, finished units only. Rejects by file and number a line that is damaged or that `check` finds impossible. */
export function readRows(dir: string, check: Invariant): AsyncGenerator<Row> {
  return readRecords<Row>(dir, rowsFile, "rows", (value) => rowProblems(value, check));
}

/** Streams the masks of a run folder in the order of its rows; none where the run kept none. */
export async function* readMasks(dir: string): AsyncGenerator<MaskRow> {
  if ((await sizeOf(join(dir, masksFile))) === undefined) return;
  yield* readRecords<MaskRow>(dir, masksFile, "masks", maskShapeProblems);
}

/** Streams one file of JSON lines as far as the journal vouches for it; to its end where there is no journal. */
async function* readRecords<T>(
  dir: string,
  name: string,
  key: "rows" | "masks",
  problemsOf: (value: unknown) => readonly string[],
): AsyncGenerator<T> {
  const path = join(dir, name);
  const journal = await readJournal(dir);
  const size = await sizeOf(path);
  if (size === undefined)
    throw complain({
      code: "not-found",
      where: dir,
      what: "is not a run folder",
      expected: name,
      got: "no such file",
    });
  const end = journal === undefined ? size : (journal.entries.at(-1)?.[key] ?? 0);
  let number = 0;
  for await (const line of readLines(path, end)) {
    number = line.number;
    yield parseRecord<T>(`${path}:${number}`, line.text, line.whole, problemsOf);
  }
  if (size < end)
    throw complain({
      where: path,
      what: `is cut off after line ${number}`,
      expected: `${end} bytes`,
      got: `${size}`,
    });
}

/** One line as a record; `where` is its file and number. */
export function parseRecord<T>(
  where: string,
  text: string,
  whole: boolean,
  problemsOf: (value: unknown) => readonly string[],
): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const what = whole ? "the line is damaged" : "the last line is cut off";
    throw complain({ where, what, expected: "one JSON object", got: reasonOf(cause), cause });
  }
  const problems = problemsOf(value);
  if (problems.length > 0) throw complain({ where, what: `the line is damaged: ${problems.join("; ")}` });
  return value as T;
}

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw complain({ where: path, what: "cannot be read", got: reasonOf(cause), cause });
  }
}
