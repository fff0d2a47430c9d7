import { mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * Creates a folder and those above it. Not `mkdir` with `recursive`: that one tries forever where the system answers
 * ENOENT although the parent exists, as below /proc.
 */
export async function makeFolder(dir: string): Promise<void> {
  if (await create(dir)) return;
  const parent = dirname(dir);
  if (parent !== dir) await makeFolder(parent);
  // Another process may have been faster by now.
  await mkdir(dir).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
  });
}

/** false where the parent is missing. */
async function create(dir: string): Promise<boolean> {
  try {
    await mkdir(dir);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return false;
    const exists = await stat(dir).then(
      (found) => found.isDirectory(),
      () => false,
    );
    if (exists) return true;
    throw error;
  }
}
