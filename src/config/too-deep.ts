// Data below the folder that their archive brings along: DAVIS/ in DAVIS's, sav_val/ in SA-V's.
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { complain, type SegbenchError } from "../core/errors.ts";

/** What lies beside unpacked data: archives, and notes. */
const BESIDE = /^\.|\.(?:zip|tar|t?gz|md|txt|lock|part)$/i;

type Open<S> = (root: string) => { list(): Promise<readonly S[]> };

/** Lists a benchmark's samples; where that fails and they lie one folder too deep, the error says so. */
export async function listBelow<S>(root: string, open: Open<S>): Promise<readonly S[]> {
  try {
    return await open(root).list();
  } catch (error) {
    throw (await tooDeep(root, open)) ?? error;
  }
}

/** What to say of data that cannot be listed, but could be in the only folder below their root. */
export async function tooDeep(root: string, open: Open<unknown>): Promise<SegbenchError | undefined> {
  const entries = await readdir(root, { withFileTypes: true }).catch(() => []);
  const [only, other] = entries.filter(({ name }) => !BESIDE.test(name));
  if (only?.isDirectory() !== true || other !== undefined) return undefined;
  const inner = join(root, only.name);
  const listed = await open(inner)
    .list()
    .catch(() => []);
  if (listed.length === 0) return undefined;
  return complain(root, `its files lie one folder too deep, in ${only.name}`, {
    expected: `them moved up: mv ${quoted(inner)}/* ${quoted(root)}`,
  });
}

function quoted(path: string): string {
  return /^[\w./~@:+-]+$/.test(path) ? path : `'${path}'`;
}
