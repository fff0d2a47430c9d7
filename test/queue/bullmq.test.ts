// The broker on a server of this machine; where none is installed, these tests say that they are skipped.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { brokerAddress } from "../../src/queue/address.ts";
import type { Leases, RunHead } from "../../src/queue/broker.ts";
import { openBroker } from "../../src/queue/bullmq.ts";
import { temporaryFolder } from "../helpers/synthetic.ts";
import { plan } from "../store/sample-run.ts";
import { type Server, serverCommand, startServer } from "./redis.ts";

const leases: Leases = { lock: 1000, check: 300, lost: 1, tries: 2, rest: 50 };
const head = {
  id: "0123456789ab",
  plan,
  planHash: "0123456789abcdef",
  request: null,
  parts: "broker",
} as RunHead;
const block = (from: number, to: number) => ({ id: `b1-${from}-${to}`, from, to });

describe.skipIf(serverCommand() === undefined)(
  "on a server (skipped where neither Valkey nor Redis is installed)",
  () => {
    let server: Server;
    beforeAll(async () => {
      server = await startServer();
    });
    afterAll(() => server?.stop());

    const opened = async (held: Leases = leases) => {
      const address = await brokerAddress(server.url, { cwd: "/", env: {} });
      const broker = await openBroker(address, { leases: held });
      onTestFinished(() => broker.close());
      return broker;
    };

    test("blocks come in order, once; what is given back, lost or failed comes again; then it is listed", async () => {
      const broker = await opened();
      await broker.putRun(head);
      const queue = await broker.open(head.id, "one");
      const other = await broker.open(head.id, "two");
      await queue.fill([block(0, 2), block(2, 4)]);
      await queue.fill([block(0, 2)]);
      expect(await queue.counts()).toMatchObject({ waiting: 2, active: 0 });
      const first = (await queue.take())!;
      expect(first.data).toEqual(block(0, 2));
      expect(await queue.active()).toEqual([block(0, 2)]);
      await first.giveBack();
      const again = (await queue.take())!;
      expect(again.id).toBe(first.id);
      // Whoever gave it back has nothing to say any more.
      expect(await first.complete()).toBe(false);
      expect(await again.extend()).toBe(true);
      const second = (await other.take())!;
      expect(second.data).toEqual(block(2, 4));
      const extending = setInterval(() => void second.extend(), leases.lock / 8);
      onTestFinished(() => clearInterval(extending));
      // Nobody extends the lease of the first one.
      let lost: Awaited<ReturnType<typeof other.take>>;
      for (let i = 0; i < 4 && lost === undefined; i += 1) {
        lost = await other.take();
      }
      expect(lost?.id).toBe(first.id);
      expect(await again.complete()).toBe(false);
      expect(await lost!.complete()).toBe(true);
      clearInterval(extending);
      await second.fail("once");
      // It rests before it comes again.
      expect(await broker.waiting(head.id)).toBe(0);
      expect(await queue.counts()).toMatchObject({ waiting: 1 });
      let rested = await other.take();
      for (let i = 0; i < 4 && rested === undefined; i += 1) rested = await other.take();
      await rested!.fail("twice");
      expect(await queue.failed()).toEqual([{ id: second.id, data: block(2, 4), reason: "twice" }]);
      expect(await queue.retryFailed()).toBe(1);
      expect(await queue.counts()).toMatchObject({ waiting: 1, active: 0, failed: 0 });
      await queue.drain();
      expect(await queue.counts()).toMatchObject({ waiting: 0 });
      await Promise.all([queue.close(), other.close()]);
      await broker.removeRun(head.id, true);
      expect(await broker.run(head.id)).toBe("done");
    });

    test("a block that loses its worker more often than it may is listed", async () => {
      const broker = await opened({ ...leases, lock: 300, check: 100, lost: 0 });
      await broker.putRun(head);
      const queue = await broker.open(head.id, "one");
      await queue.fill([block(0, 2)]);
      expect(await queue.take()).toBeDefined();
      for (let i = 0; i < 4 && (await queue.failed()).length === 0; i += 1)
        expect(await queue.take()).toBeUndefined();
      const reason = "its worker was lost again and again";
      expect(await queue.failed()).toEqual([{ id: "b1-0-2", data: block(0, 2), reason }]);
      await queue.close();
      await broker.removeRun(head.id, false);
    });

    test("parts are kept in order until they are dropped, and bytes are counted; the first who says something is right", async () => {
      const broker = await opened();
      await broker.putRun(head);
      const queue = await broker.open(head.id, "one");
      const parts = [Buffer.from([0, 255, 10]), Buffer.from("second"), Buffer.from("third")];
      for (const [unit, part] of parts.entries()) await queue.deliver(unit, part);
      expect(await queue.parts(2)).toEqual(parts.slice(0, 2));
      expect([...(await queue.delivered([0, 1, 2, 3]))]).toEqual([0, 1, 2]);
      await queue.drop(parts[0]!);
      await queue.drop(parts[0]!);
      const { parts: left, bytes } = await queue.counts();
      expect(left).toBe(2);
      expect(bytes).toBeGreaterThan(10);
      await queue.forget([1]);
      expect([...(await queue.delivered([0, 1, 2]))]).toEqual([0, 2]);
      expect(await queue.agree("numerics", "a")).toBe("a");
      expect(await queue.agree("numerics", "b")).toBe("a");
      await queue.present({ worker: "one", state: "idle", done: 3 }, 30);
      expect(await queue.workers()).toEqual([{ worker: "one", state: "idle", done: 3 }]);
      expect(await broker.runs()).toEqual([head]);
      // Whoever waits for a block of a run that ends does so no longer.
      const takes = [await queue.take(), queue.take()];
      await setTimeout(50);
      const began = performance.now();
      await broker.removeRun(head.id, true);
      expect(await Promise.all(takes)).toEqual([undefined, undefined]);
      expect(performance.now() - began).toBeLessThan(1000);
      expect(await broker.run(head.id)).toBe("done");
      await queue.close();
      await broker.putRun(head);
      await broker.removeRun(head.id, false);
      expect(await broker.runs()).toEqual([]);
      expect(await broker.run(head.id)).toBeUndefined();
    });

    test("a wrong password, and a policy that throws away, are refused before anything is sent", async () => {
      const strict = await startServer(["requirepass right", "maxmemory-policy allkeys-lru"]);
      onTestFinished(() => strict.stop());
      const openWith = async (password: string) => {
        const file = join(temporaryFolder(), "url");
        writeFileSync(file, `redis://:${password}@127.0.0.1:${strict.port}\n`, { mode: 0o600 });
        return openBroker(await brokerAddress(file, { cwd: "/", env: {} }));
      };
      await expect(openWith("wrong-one")).rejects.toThrow(
        /^redis:\/\/127\.0\.0\.1:\d+: does not let this user in/,
      );
      await expect(openWith("wrong-one")).rejects.not.toThrow(/wrong-one/);
      await expect(openWith("right")).rejects.toThrow(
        /expected maxmemory-policy noeviction, got allkeys-lru/,
      );
    });
  },
);
