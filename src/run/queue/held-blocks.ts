// The blocks that a worker holds: taken from the broker, their units handed to the process that computes, their parts delivered, and then
// completed, failed or given back.
import { setTimeout } from "node:timers/promises";
import { complain, reasonOf } from "../../core/errors.ts";
import type { FilesRead } from "../../formats/files-read.ts";
import { readBlock } from "../../queue/blocks.ts";
import type { Lease, RunHead, RunQueue } from "../../queue/broker.ts";
import { encodePart, hashOfText, type PartText } from "../../queue/part.ts";
import type { PartsFolder } from "../../queue/parts-folder.ts";

interface Held {
  readonly lease: Lease;
  readonly protocols: readonly string[] | undefined;
  /** Units whose parts are not delivered. */
  readonly left: Set<number>;
}

/** Units that belong together, for the process that computes. */
export interface HeldUnits {
  readonly units: readonly number[];
  readonly protocols: readonly string[] | undefined;
}

/** While parts of so many bytes wait in the broker, no further block is taken: nobody collects them, or too slowly. */
const MOST_BYTES_WAITING = 2 ** 28;
/** Milliseconds until that is looked at again. */
const WAIT = 1000;

export interface HeldBlocks {
  /** Units whose parts are not delivered. */
  readonly left: number;
  /** Units that were delivered. */
  readonly done: number;
  /** Waits a few seconds for a block. `again`: nothing in it was left to do; `full`: too much waits to be collected. */
  take(queue: RunQueue): Promise<HeldUnits | "nothing" | "again" | "full">;
  /** What a process that begins anew has to do. */
  all(): readonly HeldUnits[];
  /** Resolves when the part is delivered, and its block completed if it was the last one. */
  deliver(queue: RunQueue, unit: number, text: PartText, files: FilesRead): Promise<void>;
  fail(unit: number, reason: string): Promise<void>;
  extend(): Promise<void>;
  /** What is left of each block goes to other workers. */
  giveBack(): Promise<void>;
}

export function heldBlocks(
  { plan, planHash }: Pick<RunHead, "plan" | "planHash">,
  { worker, numerics }: { readonly worker: string; readonly numerics: string },
  folder: PartsFolder | undefined,
): HeldBlocks {
  const blocks: Held[] = [];
  let done = 0;
  const owner = (unit: number) => blocks.find(({ left }) => left.has(unit));
  const remove = (block: Held) => void blocks.splice(blocks.indexOf(block), 1);
  const refuse = async (queue: RunQueue) => {
    const got = await queue.refused(worker);
    if (got === undefined) return;
    throw complain(worker, "delivered a part that cannot be used", {
      code: "refused",
      expected: "the same images, annotations, model and runtime on every machine",
      got,
    });
  };
  return {
    get left() {
      return blocks.reduce((sum, { left }) => sum + left.size, 0);
    },
    get done() {
      return done;
    },
    async take(queue) {
      await refuse(queue);
      const { bytes } = await queue.counts();
      if (bytes > MOST_BYTES_WAITING) {
        await setTimeout(WAIT);
        return "full";
      }
      const lease = await queue.take();
      if (lease === undefined) return "nothing";
      let block: ReturnType<typeof readBlock>;
      try {
        block = readBlock(lease.data, plan);
      } catch (error) {
        await lease.fail(reasonOf(error));
        return "again";
      }
      const there = await queue.delivered(block.units);
      const units = block.units.filter((unit) => !there.has(unit) && owner(unit) === undefined);
      if (units.length === 0) {
        await lease.complete();
        return "again";
      }
      blocks.push({ lease, protocols: block.protocols, left: new Set(units) });
      return { units, protocols: block.protocols };
    },
    all: () => blocks.map(({ left, protocols }) => ({ units: [...left], protocols })),
    async deliver(queue, unit, text, files) {
      await refuse(queue);
      const head = { plan: planHash, unit, numerics, worker, sha256: hashOfText(text) };
      const part = encodePart({ ...head, files, text });
      // The note of a part in a folder is its name.
      await queue.deliver(unit, folder === undefined ? part : await folder.write(unit, worker, part));
      done += 1;
      // Its block may have failed since for the sake of another unit: work is not thrown away.
      const block = owner(unit);
      block?.left.delete(unit);
      if (block === undefined || block.left.size > 0) return;
      remove(block);
      await block.lease.complete();
    },
    async fail(unit, reason) {
      const block = owner(unit);
      if (block === undefined) return;
      remove(block);
      await block.lease.fail(`unit ${unit}: ${reason} (${worker})`);
    },
    async extend() {
      // A lease that is lost changes nothing here: its parts are delivered all the same, since work is never thrown away.
      await Promise.all(blocks.map(({ lease }) => lease.extend()));
    },
    async giveBack() {
      for (const { lease } of blocks.splice(0)) await lease.giveBack();
    },
  };
}
