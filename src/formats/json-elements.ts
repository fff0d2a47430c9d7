// Elements of lists in JSON files that were scanned before (json-scan.ts), read one by one.
import { complain } from "../core/errors.ts";
import type { DataFile } from "./files.ts";
import { jsonOf } from "./json-file.ts";
import { openFile } from "./json-scan.ts";

/** Where an element lies in its file. */
export interface ElementPlace {
  readonly index: number;
  readonly at: number;
  readonly length: number;
}

/** Elements that were scanned before; `list` names theirs in errors. */
export async function readElements(
  file: DataFile,
  list: string,
  places: readonly ElementPlace[],
): Promise<unknown[]> {
  const handle = await openFile(file);
  try {
    const elements: unknown[] = [];
    for (const { index, at, length } of places) {
      const bytes = Buffer.allocUnsafe(length);
      const { bytesRead } = await handle.read(bytes, 0, length, at);
      try {
        elements.push(jsonOf(bytes.toString("utf8", 0, bytesRead)));
      } catch (cause) {
        const what = "the file has changed since it was listed";
        throw complain(`${list}[${index}]`, what, { cause });
      }
    }
    return elements;
  } finally {
    await handle.close();
  }
}
