// What a coordinator keeps in the queue: blocks for all that is not done, whatever the broker lost; and what it makes of blocks that failed.
import { reasonOf } from "../../core/errors.ts";
import type { Sample } from "../../core/types.ts";
import type { UnitJob } from "../../eval/index.ts";
import { cutBlocks, type OpenUnit, readBlock, unitsOf } from "../../queue/blocks.ts";
import type { Broker, Counts, RunHead, RunQueue } from "../../queue/broker.ts";
import type { RunFolder } from "../../store/run-folder.ts";
import type { Collector } from "./collect.ts";

/** A unit that cannot be done: it failed alone, as often as anything is tried. */
export interface Stuck {
  readonly unit: number;
  readonly reason: string;
}

export interface Look extends Pick<Counts, "waiting" | "active"> {
  readonly stuck: readonly Stuck[];
  /** Nothing is left but what is stuck. */
  readonly over: boolean;
  /** Blocks that were split, sentences about others that were removed; and whether the queue had been lost. */
  readonly split: number;
  readonly removed: readonly string[];
  readonly lost: boolean;
}

export interface Filled {
  /** Blocks of all that is left; what nobody has was taken away before. */
  fill(): Promise<void>;
  look(): Promise<Look>;
}

export function fillQueue(
  {
    broker,
    queue,
    head,
    block,
  }: {
    readonly broker: Broker;
    readonly queue: RunQueue;
    readonly head: RunHead;
    /** Units of a block. */
    readonly block: number;
  },
  {
    jobs,
    folder,
    collector,
    restore,
  }: {
    readonly jobs: readonly UnitJob<Sample>[];
    readonly folder: Pick<RunFolder, "protocolsLeft">;
    readonly collector: Pick<Collector, "has">;
    /** Says again what workers had agreed upon. */
    readonly restore: () => Promise<void>;
  },
): Filled {
  const { plan } = head;
  let round = 0;
  /** It looked as if nobody had what is left, the last time. */
  let forgotten = false;
  const openUnit = (index: number): OpenUnit => {
    const left = folder.protocolsLeft(index);
    const { model } = jobs[index]!.unit;
    return { index, model, protocols: left.length === plan.protocols.length ? undefined : left };
  };
  const missing = (except: ReadonlySet<number>) =>
    jobs.flatMap(({ unit: { index } }) => (collector.has(index) || except.has(index) ? [] : [index]));
  const refill = async (except: ReadonlySet<number>) => {
    round += 1;
    await queue.drain();
    const taken = new Set((await queue.active()).flatMap((data) => unitsOf(data, plan)));
    const left = missing(new Set([...except, ...taken]));
    await queue.forget(left);
    await queue.fill(cutBlocks(left.map(openUnit), block, round));
  };
  /** Splits what failed; of single units it is known that they are the cause. */
  const sortOut = async () => {
    const stuck: Stuck[] = [];
    const removed: string[] = [];
    let split = 0;
    for (const { id, data, reason } of await queue.failed()) {
      let units: readonly number[] = [];
      try {
        units = readBlock(data, plan).units;
      } catch (error) {
        removed.push(`a block was removed: ${reasonOf(error)}`);
      }
      const left = units.filter((unit) => !collector.has(unit));
      const [unit, another] = left;
      if (units.length === 1 && unit !== undefined) {
        stuck.push({ unit, reason });
        continue;
      }
      await queue.removeFailed([id]);
      if (unit === undefined) continue;
      round += 1;
      split += another === undefined ? 0 : 1;
      await queue.fill(cutBlocks(left.map(openUnit), 1, round));
    }
    return { stuck, removed, split };
  };
  return {
    fill: () => refill(new Set()),
    async look() {
      const lost = typeof (await broker.run(head.id)) !== "object";
      if (lost) {
        await broker.putRun(head);
        await restore();
        await refill(new Set());
      }
      const sorted = await sortOut();
      const { waiting, active, parts } = await queue.counts();
      const stuck = new Set(sorted.stuck.map(({ unit }) => unit));
      const quiet = waiting + active + parts === 0;
      const left = quiet ? missing(stuck) : [];
      // What was delivered a moment ago is looked at before anything is filled in again.
      if (left.length > 0 && forgotten) await refill(stuck);
      forgotten = left.length > 0 && !forgotten;
      return { ...sorted, lost, waiting, active, over: quiet && left.length === 0 };
    },
  };
}
