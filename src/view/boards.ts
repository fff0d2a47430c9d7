// The numbers of runs, held as they were made last: a page over many runs asks for those of all of them.
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { type Context, storedSummary } from "../index.ts";
import { boardOf } from "./folders.ts";
import type { openRuns } from "./runs.ts";
import type { Board, Lacking } from "./source.ts";

/** Bytes of summaries whose numbers are held. */
const HELD = 96 * 2 ** 20;

interface Known {
  /** Of the files that it was made of. */
  readonly state: string;
  readonly bytes: number;
  /** Of summary.json. */
  readonly isStored: boolean;
  readonly board: Board;
}

/** `stored`: of a run's summary.json alone; otherwise made of its rows where that is missing and they are few. */
export type Boards = (dir: string, stored: boolean) => Promise<Board | Lacking>;

export function openBoards(runs: ReturnType<typeof openRuns>, context: Context): Boards {
  const known = new Map<string, Known>();
  return async (dir, stored) => {
    const [summary, rows, progress] = await Promise.all(
      ["summary.json", "rows.jsonl", "progress.jsonl"].map((name) =>
        stat(join(dir, name)).catch(() => undefined),
      ),
    );
    const state = [summary, rows, progress].map((file) => `${file?.size} ${file?.mtimeMs}`).join();
    const last = known.get(dir);
    known.delete(dir);
    if (last?.state === state && (last.isStored || !stored)) {
      known.set(dir, last);
      return last.board;
    }
    const own = await storedSummary(dir, context);
    const found = own ?? (stored ? undefined : await runs.summary(dir));
    if (found === undefined)
      return { problem: "It has no summary.json of its rows as they are: `segbench report` writes it." };
    if ("problem" in found) return found;
    const board = boardOf(found);
    const isStored = own !== undefined;
    known.set(dir, { state, isStored, bytes: summary?.size ?? rows?.size ?? 0, board });
    let bytes = 0;
    for (const [other, one] of [...known].reverse()) {
      bytes += one.bytes;
      if (bytes > HELD && other !== dir) known.delete(other);
    }
    return board;
  };
}
