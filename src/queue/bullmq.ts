// The broker on Redis or Valkey: BullMQ leases blocks (a queue for each run, named by its id), and keys beside it hold what a run is, what
// its workers agreed upon, and parts on their way. Both packages are loaded when a broker is opened, and only then.
import { setTimeout } from "node:timers/promises";
import type { Job } from "bullmq";
import { reasonOf } from "../core/errors.ts";
import type { BrokerAddress } from "./address.ts";
import {
  type Block,
  type Broker,
  coordinatorName,
  type FailedBlock,
  type Lease,
  type Leases,
  type Presence,
  type RunQueue,
  readHead,
  usualLeases,
} from "./broker.ts";
import { firstLook, optionsOf, packages } from "./connection.ts";

const PREFIX = "segbench";
/** Blocks that are sent together. */
const TOGETHER = 1000;
/** Seconds for which a finished run is known as such. */
const DAY = 86_400;
/** Seconds that a worker waits for a block at a time. */
const WAIT = 2;

/** What a broker says that cannot take a call now, and may later: it is full, reads what it kept, or is being replaced. */
const later = /\b(?:OOM|LOADING|BUSY|READONLY|MASTERDOWN|MISCONF|NOREPLICAS|EXECABORT)\b/;
/** Milliseconds until such a call is made again; and times that a coordinator does so, which has parts to collect meanwhile. */
const AGAIN = 1000;
const MOST_AGAIN = 30;

/** Opens a broker; `onTrouble` hears what goes wrong later (it is away, say) and will be tried again. */
export async function openBroker(
  address: BrokerAddress,
  {
    leases = usualLeases,
    onTrouble = () => undefined,
  }: { readonly leases?: Leases; readonly onTrouble?: (text: string) => void } = {},
): Promise<Broker> {
  const { Redis: Client, Queue, UnrecoverableError, Worker } = packages();
  const options = optionsOf(address);
  await firstLook(new Client({ ...options, lazyConnect: true, retryStrategy: () => null }), address.name);
  const client = new Client(options);
  const trouble = (error: unknown) => onTrouble(`${address.name}: ${reasonOf(error)}`);
  client.on("error", trouble);
  const keyOf = (id: string, name: string) => `${PREFIX}:run:${id}:${name}`;
  const queueOf = (id: string) => {
    const queue = new Queue(id, {
      ...{ connection: client, prefix: PREFIX },
      streams: { events: { maxLen: 1000 } },
    });
    queue.on("error", trouble);
    return queue;
  };
  return {
    name: address.name,
    number: () => client.incr(`${PREFIX}:workers`),
    async putRun(head) {
      await client
        .multi()
        .set(keyOf(head.id, "head"), JSON.stringify(head))
        .sadd(`${PREFIX}:runs`, head.id)
        .del(keyOf(head.id, "done"))
        .exec();
    },
    async runs() {
      const ids = (await client.smembers(`${PREFIX}:runs`)).sort();
      const heads = ids.length === 0 ? [] : await client.mget(ids.map((id) => keyOf(id, "head")));
      return heads.flatMap((text) => readHead(text ?? "") ?? []);
    },
    waiting: (id) => client.llen(`${PREFIX}:${id}:wait`),
    async run(id) {
      const [head, done] = await client.mget(keyOf(id, "head"), keyOf(id, "done"));
      return readHead(head ?? "") ?? (done === null ? undefined : "done");
    },
    async removeRun(id, done) {
      const queue = queueOf(id);
      await queue.obliterate({ force: true });
      await queue.close();
      const workers = await client.smembers(keyOf(id, "workers"));
      const names = ["head", "facts", "parts", "delivered", "workers", "refused"];
      await client.del(
        ...names.map((name) => keyOf(id, name)),
        ...workers.map((worker) => keyOf(id, `worker:${worker}`)),
      );
      await client.srem(`${PREFIX}:runs`, id);
      if (!done) return;
      await client.set(keyOf(id, "done"), "1", "EX", DAY);
      // Whoever waits for a block need not wait to the end of its time.
      if (workers.length === 0) return;
      const marker = `${PREFIX}:${id}:marker`;
      const wake = workers.flatMap((worker) => [0, worker]);
      await client
        .multi()
        .zadd(marker, ...wake)
        .expire(marker, WAIT)
        .exec();
    },
    async open(id, worker): Promise<RunQueue> {
      const queue = queueOf(id);
      const key = (name: string) => keyOf(id, name);
      const leasing = new Worker(id, null, {
        ...{ connection: client, prefix: PREFIX, autorun: false, skipLockRenewal: true },
        ...{ lockDuration: leases.lock, stalledInterval: leases.check, maxStalledCount: leases.lost },
        ...{ drainDelay: WAIT, name: worker ?? coordinatorName },
      });
      leasing.on("error", trouble);
      // Whoever is there looks for leases that ended.
      void leasing.startStalledCheckTimer().catch(trouble);
      let tokens = 0;
      const queued: RunQueue = {
        async fill(blocks) {
          for (let i = 0; i < blocks.length; i += TOGETHER)
            await queue.addBulk(
              blocks.slice(i, i + TOGETHER).map((block) => ({
                ...{ name: "block", data: block },
                opts: {
                  ...{ jobId: block.id, attempts: leases.tries, removeOnComplete: true, removeOnFail: false },
                  backoff: { type: "fixed", delay: leases.rest },
                },
              })),
            );
        },
        async drain() {
          await queue.drain(true);
          await queue.clean(0, 0, "failed");
        },
        parts: (most) => client.lrangeBuffer(key("parts"), 0, most - 1),
        async drop(part) {
          await client.lrem(key("parts"), 1, part);
        },
        async forget(units) {
          for (let i = 0; i < units.length; i += TOGETHER)
            await client.srem(key("delivered"), ...units.slice(i, i + TOGETHER));
        },
        active: async () => (await queue.getActive()).map(({ data }) => data as unknown),
        async failed() {
          const jobs = await queue.getFailed(0, 999);
          return jobs.map(({ id: name, data, failedReason }): FailedBlock => {
            return { id: String(name), data, reason: failedReason };
          });
        },
        async removeFailed(ids) {
          for (const one of ids) await queue.remove(one);
        },
        async retryFailed() {
          const count = await queue.getFailedCount();
          await queue.retryJobs({ state: "failed" });
          return count;
        },
        async refuse(one, reason) {
          await client.hset(key("refused"), one, reason);
        },
        refused: async (one) => (await client.hget(key("refused"), one)) ?? undefined,
        async take() {
          tokens += 1;
          const token = `${worker ?? coordinatorName}-${tokens}`;
          const job = await leasing.getNextJob(token);
          if (job === undefined) return undefined;
          if (job.deferredFailure === undefined) return leaseOf(job, token, leases, trouble);
          // Whoever gets it next is to say so.
          const reason = new UnrecoverableError("its worker was lost again and again");
          await job.moveToFailed(reason, token, false).catch(trouble);
          return queued.take();
        },
        async deliver(unit, part) {
          const done = await client.multi().rpush(key("parts"), part).sadd(key("delivered"), unit).exec();
          const failure = done?.find(([error]) => error !== null)?.[0];
          if (failure) throw failure;
        },
        async delivered(units) {
          const found = units.length === 0 ? [] : await client.smismember(key("delivered"), ...units);
          return new Set(units.filter((_, i) => found[i] === 1));
        },
        async present(presence, seconds) {
          const name = key(`worker:${presence.worker}`);
          await client
            .multi()
            .set(name, JSON.stringify(presence), "EX", seconds)
            .sadd(key("workers"), presence.worker)
            .expire(key("workers"), DAY)
            .exec()
            .catch(trouble);
        },
        async agree(what, value) {
          await client.hsetnx(key("facts"), what, value);
          return (await client.hget(key("facts"), what)) ?? value;
        },
        agreed: () => client.hgetall(key("facts")),
        async workers() {
          const names = (await client.smembers(key("workers"))).sort();
          const texts = names.length === 0 ? [] : await client.mget(names.map((one) => key(`worker:${one}`)));
          return texts.flatMap((text) => (text === null ? [] : [JSON.parse(text) as Presence]));
        },
        async counts() {
          const found = await queue.getJobCounts("waiting", "prioritized", "delayed", "active", "failed");
          const parts = await client.llen(key("parts"));
          const bytes = parts === 0 ? 0 : Number(await client.memory("USAGE", key("parts")));
          const { waiting = 0, prioritized = 0, delayed = 0, active = 0, failed = 0 } = found;
          return { waiting: waiting + prioritized + delayed, active, failed, parts, bytes };
        },
        async close() {
          await leasing.close(true).catch(trouble);
          await queue.close().catch(trouble);
        },
      };
      return patient(queued, worker === undefined ? MOST_AGAIN : Number.POSITIVE_INFINITY, trouble);
    },
    async close() {
      client.disconnect();
    },
  };
}

/** Makes calls again that the broker cannot take now. */
function patient(queue: RunQueue, most: number, trouble: (error: unknown) => void): RunQueue {
  let closed = false;
  const patiently =
    (call: (...given: never[]) => Promise<unknown>) =>
    async (...given: never[]) => {
      for (let times = 1; ; times += 1)
        try {
          return await call(...given);
        } catch (error) {
          if (closed || times > most || !later.test(reasonOf(error))) throw error;
          trouble(error);
          await setTimeout(AGAIN);
        }
    };
  const calls = Object.entries(queue).map(([name, call]) => [name, patiently(call)]);
  const close = () => {
    closed = true;
    return queue.close();
  };
  return { ...Object.fromEntries(calls), close };
}

function leaseOf(job: Job, token: string, leases: Leases, trouble: (error: unknown) => void): Lease {
  /** Whoever lost the lease is refused by its token. */
  const held = (work: () => Promise<unknown>) =>
    work().then(
      (answer) => answer !== 0,
      (error: unknown) => {
        trouble(error);
        return false;
      },
    );
  return {
    id: String(job.id),
    data: job.data as Block,
    extend: () => held(() => job.extendLock(token, leases.lock)),
    complete: () => held(() => job.moveToCompleted("", token, false)),
    async fail(reason) {
      await held(() => job.moveToFailed(new Error(reason), token, false));
    },
    async giveBack() {
      await held(() => job.moveToWait(token));
    },
  };
}
