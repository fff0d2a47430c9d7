// Pictures that a run drew, read again for its report.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { complain, reasonOf } from "../../core/errors.ts";
import { overlayFolder } from "../../store/files.ts";

/** What was drawn into a run folder, by its index; none where there is none. `what`: as messages call it. */
export async function readDrawn<T, Item>(
  dir: string,
  index: string,
  what: string,
  read: (one: T, picture: (file: string) => Promise<Uint8Array>) => Promise<Item>,
): Promise<Item[]> {
  const folder = join(dir, overlayFolder);
  const text = await readFile(join(folder, index), "utf8").catch(() => "[]");
  try {
    const drawn: readonly T[] = JSON.parse(text);
    return await Promise.all(drawn.map((one) => read(one, (file) => readFile(join(folder, file)))));
  } catch (cause) {
    throw complain(join(folder, index), `the ${what} of the run cannot be read`, {
      expected: `those that the run drew (without the folder ${overlayFolder} the report is made without ${what})`,
      got: reasonOf(cause),
      cause,
    });
  }
}
