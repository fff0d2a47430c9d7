// Files that a step writes: what cannot be written is one sentence that names the file.
import { writeFile } from "node:fs/promises";
import { complain, reasonOf } from "../core/errors.ts";

/** Writes a file anew. Rejects with the file's name. */
export async function writeOut(
  path: string,
  content: string | Uint8Array,
  options: { readonly flag?: "wx" | "w" } = {},
): Promise<void> {
  await writeFile(path, content, options).catch(cannotWrite(path));
}

export function cannotWrite(path: string) {
  return (cause: unknown): never => {
    throw complain(path, "cannot be written", { got: reasonOf(cause), cause });
  };
}
