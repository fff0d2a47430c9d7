// A broker in memory, for tests: the same calls, with leases that end when a test says so.
import {
  type Block,
  type Broker,
  type FailedBlock,
  type Lease,
  type Presence,
  type RunHead,
  type RunQueue,
  usualLeases,
} from "../../src/queue/broker.ts";

interface Kept {
  waiting: { id: string; data: unknown; tries: number }[];
  active: Map<string, { job: Kept["waiting"][number]; token: number }>;
  failed: FailedBlock[];
  parts: Buffer[];
  delivered: Set<number>;
  facts: Map<string, string>;
  workers: Map<string, Presence>;
  refused: Map<string, string>;
}

export interface MemoryBroker extends Broker {
  /** All leases of a run end, as if their workers were lost. */
  loseLeases(id: string): void;
  /** It forgets everything, as a broker without a disk that starts again. */
  forgetAll(): void;
  /** Puts something into a queue, as anybody can who may write to it. */
  inject(id: string, data: unknown): void;
}

export function memoryBroker(): MemoryBroker {
  const heads = new Map<string, RunHead>();
  const done = new Set<string>();
  const runs = new Map<string, Kept>();
  let numbers = 0;
  let tokens = 0;
  const of = (id: string): Kept => {
    const found = runs.get(id) ?? {
      waiting: [],
      active: new Map(),
      failed: [],
      parts: [],
      delivered: new Set(),
      facts: new Map(),
      workers: new Map(),
      refused: new Map(),
    };
    runs.set(id, found);
    return found;
  };
  const lease = (id: string, job: Kept["waiting"][number]): Lease => {
    tokens += 1;
    const token = tokens;
    of(id).active.set(job.id, { job, token });
    const holds = () => of(id).active.get(job.id)?.token === token;
    const leave = () => holds() && of(id).active.delete(job.id);
    return {
      id: job.id,
      data: job.data,
      extend: async () => holds(),
      complete: async () => leave(),
      async fail(reason) {
        if (!leave()) return;
        if (job.tries + 1 >= usualLeases.tries) of(id).failed.push({ id: job.id, data: job.data, reason });
        else of(id).waiting.push({ ...job, tries: job.tries + 1 });
      },
      async giveBack() {
        if (leave()) of(id).waiting.unshift(job);
      },
    };
  };
  const open = (id: string): RunQueue => ({
    async fill(blocks: readonly Block[]) {
      for (const data of blocks) of(id).waiting.push({ id: data.id, data, tries: 0 });
    },
    async drain() {
      of(id).waiting = [];
      of(id).failed = [];
    },
    parts: async (most) => of(id).parts.slice(0, most),
    async drop(part) {
      const at = of(id).parts.indexOf(part);
      if (at >= 0) of(id).parts.splice(at, 1);
    },
    async forget(units) {
      for (const unit of units) of(id).delivered.delete(unit);
    },
    active: async () => [...of(id).active.values()].map(({ job }) => job.data),
    failed: async () => [...of(id).failed],
    async removeFailed(ids) {
      of(id).failed = of(id).failed.filter((one) => !ids.includes(one.id));
    },
    async retryFailed() {
      const again = of(id).failed.splice(0);
      of(id).waiting.push(...again.map((one) => ({ id: one.id, data: one.data, tries: 0 })));
      return again.length;
    },
    async refuse(worker, reason) {
      of(id).refused.set(worker, reason);
    },
    refused: async (worker) => of(id).refused.get(worker),
    async take() {
      for (let tried = 0; tried < 20; tried += 1) {
        const job = of(id).waiting.shift();
        if (job !== undefined) return lease(id, job);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      return undefined;
    },
    async deliver(unit, part) {
      of(id).parts.push(part);
      of(id).delivered.add(unit);
    },
    delivered: async (units) => new Set(units.filter((unit) => of(id).delivered.has(unit))),
    async present(presence) {
      of(id).workers.set(presence.worker, presence);
    },
    async agree(what, value) {
      const { facts } = of(id);
      if (!facts.has(what)) facts.set(what, value);
      return facts.get(what)!;
    },
    agreed: async () => Object.fromEntries(of(id).facts),
    workers: async () => [...of(id).workers.values()],
    async counts() {
      const { waiting, active, failed, parts } = of(id);
      const bytes = parts.reduce((sum, part) => sum + part.length, 0);
      return {
        waiting: waiting.length,
        active: active.size,
        failed: failed.length,
        parts: parts.length,
        bytes,
      };
    },
    close: async () => undefined,
  });
  return {
    name: "memory",
    number: async () => {
      numbers += 1;
      return numbers;
    },
    async putRun(head) {
      heads.set(head.id, head);
      done.delete(head.id);
    },
    runs: async () => [...heads.values()],
    waiting: async (id) => of(id).waiting.length,
    run: async (id) => heads.get(id) ?? (done.has(id) ? "done" : undefined),
    async removeRun(id, isDone) {
      heads.delete(id);
      runs.delete(id);
      if (isDone) done.add(id);
    },
    open: async (id) => open(id),
    close: async () => undefined,
    loseLeases(id) {
      const { active, waiting } = of(id);
      for (const { job } of active.values()) waiting.unshift(job);
      active.clear();
    },
    forgetAll() {
      heads.clear();
      runs.clear();
    },
    inject(id, data) {
      of(id).waiting.unshift({ id: `injected-${tokens}`, data, tries: 0 });
    },
  };
}
