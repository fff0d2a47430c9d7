// Who has a run folder open for writing, for whoever only looks at it.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { lockFile } from "./files.ts";
import { holdsHere } from "./lock.ts";
import { ownerName, ownerOf, stateOf, thisMachine, thisProcess } from "./owner.ts";

export interface Holder {
  /** "process 12 on n1". */
  readonly name: string;
  /** Whether that process lives; `unknown`: it is of another machine, and only time will tell. */
  readonly state: "alive" | "gone" | "unknown";
}

/** Of a folder's lock; undefined where there is none, or one that was torn while it was written. */
export async function holderOf(dir: string): Promise<Holder | undefined> {
  const path = join(dir, lockFile);
  const owner = ownerOf(await readFile(path, "utf8").catch(() => ""));
  if (owner === undefined) return undefined;
  const me = thisProcess(thisMachine(), undefined);
  return { name: ownerName(owner), state: stateOf(owner, me, await holdsHere(path)) };
}
