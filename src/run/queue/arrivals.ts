// Parts as they arrive at the coordinator: each is judged, what is next is appended, and the broker keeps it until that is done.
import { complain } from "../../core/errors.ts";
import type { Sample } from "../../core/types.ts";
import type { UnitJob } from "../../eval/index.ts";
import type { RunQueue } from "../../queue/broker.ts";
import type { PartsFolder } from "../../queue/parts-folder.ts";
import type { Context } from "../context.ts";
import type { tellUnits } from "../tallies.ts";
import type { Collector, Judged } from "./collect.ts";

/** Parts that are read together. */
const TOGETHER = 16;
/** Milliseconds after which a file that the broker tells of should be seen here; where one was not, the next ones have twice as long. */
const UNSEEN = 60_000;
/** Parts that may be refused in a row, of workers that were not refused before, until somebody has to look. */
const MOST_REFUSED = 3;

export interface Arrivals {
  /** Judges a part, or one that a note tells of. */
  take(note: Buffer): Promise<void>;
  /** Takes what waits in the broker; whether there was something. */
  some(): Promise<boolean>;
  /** Parts of units that were there already. */
  readonly duplicates: number;
}

export function arrivalsOf(
  {
    jobs,
    queue,
    files,
    collector,
    told,
    numerics,
  }: {
    readonly jobs: readonly UnitJob<Sample>[];
    readonly queue: RunQueue;
    /** Where parts lie, if not in the broker. */
    readonly files: PartsFolder | undefined;
    readonly collector: Collector;
    /** Progress over all workers: units count when they arrive, and means are of those in their places. */
    readonly told: Pick<Awaited<ReturnType<typeof tellUnits>>, "placed" | "over">;
    /** What the workers agreed upon. */
    readonly numerics: () => string | undefined;
  },
  { clock, onEvent }: Pick<Context, "clock" | "onEvent">,
): Arrivals {
  /** Notes of files that are not seen here yet: since when. */
  const unseen = new Map<string, number>();
  let patience = UNSEEN;
  let duplicates = 0;
  const refused = new Set<string>();
  let inARow = 0;
  /** Its unit is done again, by others. */
  const refuse = async ({ unit, worker, reason }: Extract<Judged, { is: "refused" }>) => {
    if (unit !== undefined) await queue.forget([unit]);
    // What it had under way.
    if (worker !== undefined && refused.has(worker)) return;
    inARow += 1;
    if (inARow >= MOST_REFUSED)
      throw complain("parts of workers", "are refused", { code: "refused", got: reason });
    if (worker !== undefined) {
      refused.add(worker);
      await queue.refuse(worker, reason);
    }
    onEvent({ type: "note", text: `a part was refused, and its unit is done again: ${reason}` });
  };
  /** false: it cannot be looked at yet. */
  const takeOne = async (note: Buffer): Promise<boolean> => {
    const bytes = files === undefined ? note : await files.read(note);
    if (bytes === undefined) {
      const name = note.toString("utf8");
      const since = unseen.get(name) ?? clock();
      unseen.set(name, since);
      const unit = Number(/(\d+)-/.exec(name)?.[1]);
      const waited = clock() - since;
      if (!collector.has(unit) && waited < patience) return false;
      unseen.delete(name);
      if (!collector.has(unit)) patience = Math.max(patience, 2 * waited);
      if (!collector.has(unit)) await queue.forget([unit]);
      await queue.drop(note);
      return true;
    }
    try {
      const judged = await collector.take(bytes, numerics());
      if (judged.is === "new") told.placed(await collector.append());
      if (judged.is === "new") {
        told.over(jobs[judged.unit]!);
        inARow = 0;
      } else if (judged.is === "duplicate") duplicates += 1;
      else await refuse(judged);
    } finally {
      // Also where two workers disagree: the same command shall not come upon it again.
      await queue.drop(note);
      await files?.remove(note);
    }
    return true;
  };
  return {
    get duplicates() {
      return duplicates;
    },
    async take(note) {
      await takeOne(note);
    },
    async some() {
      let any = false;
      for (const note of await queue.parts(TOGETHER)) any = (await takeOne(note)) || any;
      return any;
    },
  };
}
