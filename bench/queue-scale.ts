// How many workers one broker bears: fake ones, which hold each block for some seconds and deliver a part of the usual size, over the same calls as
// real ones make. A process starts a broker of its own and collects; others hold the workers.
//
//   npx tsx bench/queue-scale.ts [WORKERS=1000] [BLOCKS=100000] [SECONDS=10]      about 18 minutes; the figures are written to bench/queue-scale.json
import { type ChildProcess, fork } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { serverVersion, startServer } from "../scripts/queue-tests/server.ts";
import { brokerAddress } from "../src/queue/address.ts";
import { type Broker, type RunHead, usualLeases } from "../src/queue/broker.ts";
import { openBroker } from "../src/queue/bullmq.ts";

/** Workers of a process. */
const TOGETHER = 250;
/** Bytes of a part: images take 5 to 10 KB, compressed. */
const PART = 10_000;
const run = "scale";

const open = async (url: string) => openBroker(await brokerAddress(url, { cwd: ".", env: {} }));

/** One worker, until it is told that all is done. */
async function workerOf(broker: Broker, name: string, seconds: number, over: () => boolean): Promise<void> {
  const queue = await broker.open(run, name);
  const part = randomBytes(PART);
  let done = 0;
  const present = () => queue.present({ worker: name, state: "busy", done }, 30).catch(() => undefined);
  const there = setInterval(present, 10_000);
  while (!over()) {
    await queue.counts();
    const lease = await queue.take();
    if (lease === undefined) continue;
    const { from } = lease.data as { readonly from: number };
    await queue.delivered([from]);
    const extended = setInterval(() => void lease.extend(), usualLeases.lock / 3);
    await setTimeout(1000 * seconds);
    clearInterval(extended);
    await queue.deliver(from, part);
    done += 1;
    if (!(await lease.complete())) console.error(`${name}: block ${from} was refused`);
  }
  clearInterval(there);
  await queue.close();
}

async function workers(): Promise<void> {
  const [url, first, count, seconds] = process.argv.slice(3) as [string, string, string, string];
  let over = false;
  process.on("message", () => {
    over = true;
  });
  const names = Array.from({ length: Number(count) }, (_, i) => `fake-${Number(first) + i}`);
  await Promise.all(
    names.map(async (name) => {
      const broker = await open(url);
      await workerOf(broker, name, Number(seconds), () => over);
      await broker.close();
    }),
  );
  process.exit(0);
}

async function coordinator(): Promise<void> {
  const [count = 1000, blocks = 100_000, seconds = 10] = process.argv.slice(2).map(Number);
  const folder = mkdtempSync(join(tmpdir(), "segbench-scale-"));
  const server = await startServer(folder, { kept: true });
  const children: ChildProcess[] = [];
  try {
    const broker = await open(server.url);
    await broker.putRun({
      id: run,
      plan: {},
      planHash: run,
      request: null,
      parts: "broker",
    } as unknown as RunHead);
    const queue = await broker.open(run);
    const filling = Date.now();
    await queue.fill(
      Array.from({ length: blocks }, (_, from) => ({ id: `b1-${from}-${from + 1}`, from, to: from + 1 })),
    );
    const filled = (Date.now() - filling) / 1000;
    const began = Date.now();
    for (let first = 0; first < count; first += TOGETHER) {
      const words = ["--workers", server.url, first, Math.min(TOGETHER, count - first), seconds].map(String);
      children.push(fork(fileURLToPath(import.meta.url), words));
    }
    let [collected, parts, peak, connections, rss] = [0, 0, 0, 0, 0];
    for (let next = began; collected < blocks; ) {
      const some = await queue.parts(64);
      for (const one of some) await queue.drop(one);
      collected += some.length;
      if (some.length === 0) await setTimeout(20);
      if (Date.now() < next) continue;
      next = Date.now() + 5000;
      const info = await server.client.info();
      const told = (key: string) => Number(new RegExp(`^${key}:(\\d+)`, "m").exec(info)?.[1]);
      peak = Math.max(peak, told("used_memory"));
      rss = Math.max(
        rss,
        Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, "utf8"))?.[1]) / 1024,
      );
      connections = Math.max(connections, told("connected_clients"));
      parts = Math.max(parts, (await queue.counts()).parts);
      console.error(`${Math.round((Date.now() - began) / 1000)} s: ${collected} of ${blocks}`);
    }
    const wall = (Date.now() - began) / 1000;
    const ends = children.map((child) => once(child, "exit"));
    for (const child of children) child.send("over");
    await Promise.all(ends);
    const ideal = (blocks * seconds) / count;
    const { failed } = await queue.counts();
    const figures = {
      ...{ broker: serverVersion(), workers: count, blocks, secondsOfABlock: seconds },
      ...{ fillSeconds: filled, wallSeconds: wall, idealSeconds: ideal, share: ideal / wall },
      ...{
        brokerMegabytes: peak / 2 ** 20,
        brokerResidentMegabytes: rss,
        connections,
        partsWaiting: parts,
        failed,
      },
      loadOfTheMachine: loadavg()[1]!,
    };
    const rounded = Object.fromEntries(
      Object.entries(figures).map(([key, value]) => [
        key,
        typeof value === "number" ? Number(value.toFixed(3)) : value,
      ]),
    );
    console.log(JSON.stringify(rounded, null, 2));
    const path = fileURLToPath(new URL("queue-scale.json", import.meta.url));
    if (count === 1000 && blocks === 100_000) writeFileSync(path, `${JSON.stringify(rounded, null, 2)}\n`);
    await queue.close();
    await broker.close();
  } finally {
    for (const child of children) child.kill("SIGKILL");
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

await (process.argv[2] === "--workers" ? workers() : coordinator());
