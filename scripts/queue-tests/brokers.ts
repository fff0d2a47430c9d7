// The broker dies, is paused, full, or not one that may be used.
import assert from "node:assert/strict";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import type { Server } from "./server.ts";
import { type Case, fine, type Stage, sameBytes, unitsIn, until } from "./stage.ts";

/** A run of two workers that takes some seconds; `disturb` begins when a few units are there. */
async function disturbed(
  stage: Stage,
  broker: Server,
  disturb: () => Promise<void>,
  lease?: number,
): Promise<string> {
  const cwd = await stage.data({ images: 60, targets: 2 });
  const reference = await stage.reference("run.yaml", cwd);
  const out = join(stage.folder, "out");
  const around = { ...(lease === undefined ? {} : { lease }) };
  const coordinator = stage.coordinator(broker, "run.yaml", cwd, ["--out", out, "--block", "2"], around);
  const slow = { faults: { slow: 100 }, ...around };
  const workers = [0, 1].map(() => stage.worker(broker, "run.yaml", cwd, [], slow));
  await until("some units", 60, () => unitsIn(out) >= 5);
  await disturb();
  const { err } = await fine(coordinator);
  for (const one of workers) await fine(one);
  sameBytes(reference, out);
  return err;
}

const duplicatesIn = (text: string) => Number(/(\d+) parts came twice/.exec(text)?.[1] ?? 0);

export const brokerKept: Case = async (stage) => {
  const broker = await stage.broker({ kept: true });
  const err = await disturbed(stage, broker, async () => {
    await setTimeout(1200);
    await broker.kill();
    await setTimeout(3000);
    await broker.start();
  });
  return { duplicates: duplicatesIn(err) };
};

export const brokerLost: Case = async (stage) => {
  const broker = await stage.broker();
  const err = await disturbed(stage, broker, async () => {
    await broker.kill();
    await setTimeout(3000);
    await broker.start();
  });
  assert.match(err, /had lost the run/);
  return { duplicates: duplicatesIn(err) };
};

export const brokerPaused: Case = async (stage) => {
  const broker = await stage.broker();
  const lease = 2000;
  const err = await disturbed(
    stage,
    broker,
    async () => {
      broker.stop("SIGSTOP");
      await setTimeout(4 * lease);
      broker.stop("SIGCONT");
    },
    lease,
  );
  return { duplicates: duplicatesIn(err) };
};

export const brokerFull: Case = async (stage) => {
  const broker = await stage.broker();
  let refused = 0;
  const err = await disturbed(stage, broker, async () => {
    await broker.client.config("SET", "maxmemory", "1");
    await setTimeout(4000);
    const errors = await broker.client.info("errorstats");
    refused = Number(/errorstat_OOM:count=(\d+)/.exec(errors)?.[1] ?? 0);
    await broker.client.config("SET", "maxmemory", "0");
  });
  assert.ok(refused > 0, "nothing was refused");
  return { refused, duplicates: duplicatesIn(err) };
};

/** Each is refused before anything begins, with a sentence. */
export const brokerRefused: Case = async (stage) => {
  const cwd = await stage.data({ images: 4, targets: 1 });
  const guarded = await stage.broker({ config: ["requirepass right"], entry: { password: "right" } });
  const forgetful = await stage.broker({ config: ["maxmemory-policy allkeys-lru"] });
  const primary = await stage.broker();
  const replica = await stage.broker({ config: [`replicaof 127.0.0.1 ${primary.port}`] });
  const wrong: readonly (readonly [string, Server, Readonly<Record<string, string>>, RegExp])[] = [
    ["no password", guarded, {}, /does not let this user in/],
    ["a wrong password", guarded, { SEGBENCH_QUEUE_PASSWORD: "wrong-secret" }, /does not let this user in/],
    ["a policy that throws away", forgetful, {}, /maxmemory-policy noeviction, got allkeys-lru/],
    ["a replica", replica, {}, /replica that takes no writes/],
  ];
  for (const [name, broker, env, sentence] of wrong)
    for (const start of [stage.coordinator, stage.worker]) {
      const { code, err, out } = await start(broker, "run.yaml", cwd, [], { env }).finished;
      assert.equal(code, 1, `${name}: ${err}`);
      assert.match(err, sentence, `${name}: ${err}`);
      assert.doesNotMatch(err + out, /wrong-secret/, name);
    }
  await primary.kill();
  const { code, err } = await stage.coordinator(primary, "run.yaml", cwd).finished;
  assert.equal(code, 1);
  assert.match(err, /cannot be reached/);
  return { refused: wrong.length + 1 };
};
