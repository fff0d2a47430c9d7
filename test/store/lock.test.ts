import { spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type LockOptions, lockFolder, type Timers } from "../../src/store/lock.ts";
import { lockText, type Owner, stateOf, taskOf, thisMachine, thisProcess } from "../../src/store/owner.ts";
import { openRunFolder } from "../../src/store/run-folder.ts";
import { check, contentOf, manifestOf, temporaryFolder, units } from "./sample-run.ts";

type Files = typeof import("node:fs/promises");
/** What the next call of `link` does in place of its work; undefined: its work. */
const links = vi.hoisted(() => ({
  fault: undefined as undefined | ((work: () => Promise<void>) => Promise<void>),
}));
vi.mock("node:fs/promises", async (original) => {
  const real = await original<Files>();
  const link: Files["link"] = (from, to) =>
    links.fault === undefined ? real.link(from, to) : links.fault(() => real.link(from, to));
  return { ...real, link };
});
afterEach(() => {
  links.fault = undefined;
});

const machine = thisMachine();
const me = thisProcess(machine, undefined);
const lockOf = (dir: string) => join(dir, "run.lock");
const leave = (dir: string, owner: Partial<Owner>) =>
  writeFileSync(lockOf(dir), lockText({ ...machine, pid: process.pid, lock: 1000, ...owner }));
const deadPid = () => spawnSync(process.execPath, ["-e", ""]).pid;
const at = (host: string, boot = host): LockOptions => ({ machine: { host, boot, space: "pid:[1]" } });
const refused = (dir: string, options: LockOptions) =>
  lockFolder(dir, options).then(
    () => "no error",
    ({ code, message }) => `${code}: ${message.replaceAll(dir, "DIR")}`,
  );

/** Time that passes only while somebody sleeps, and those who do something every so often in it. */
function virtualTime() {
  let now = 0;
  const timers = new Set<{ next: number; readonly ms: number; readonly act: () => void }>();
  const join = (): Timers => ({
    async sleep(ms) {
      now += ms;
      for (const timer of timers)
        while (timer.next <= now) {
          timer.next += timer.ms;
          timer.act();
        }
      // For what they write.
      await sleep(3);
    },
    every(ms, act) {
      const timer = { next: now + ms, ms, act };
      timers.add(timer);
      return () => timers.delete(timer);
    },
  });
  return { join, stopped: (): Timers => ({ ...join(), every: () => () => undefined }), now: () => now };
}

describe("the lock of a run folder", () => {
  it("lets one in at a time", async () => {
    const dir = temporaryFolder();
    const lock = await lockFolder(dir);
    expect(await refused(dir, {})).toBe(
      `busy: DIR: another process is writing this run folder; expected one at a time (remove DIR/run.lock if that process is gone, or writes a folder that this is a copy of), got process ${process.pid} on ${machine.host}`,
    );
    expect(await refused(dir, { takeOver: false })).toContain(
      "one at a time (`takeOver` if that process is gone, or writes a folder that this is a copy of)",
    );
    await lock.check();
    await lock.release();
    await (await lockFolder(dir)).release();
    expect(readdirSync(dir)).toEqual([]);
  });

  it("respects a living process of this machine", async () => {
    const dir = temporaryFolder();
    leave(dir, { pid: process.ppid });
    expect(await refused(dir, {})).toContain(`got process ${process.ppid} on`);
    // No more than a name and a number.
    writeFileSync(lockOf(dir), JSON.stringify({ pid: process.ppid, host: machine.host }));
    expect(await refused(dir, {})).toContain(`got process ${process.ppid} on`);
  });

  it("takes over at once what a dead process or a namesake left", async () => {
    const dir = temporaryFolder();
    const waits = vi.fn();
    for (const owner of [{ pid: deadPid() }, {}, { pid: process.ppid, started: "1" }]) {
      leave(dir, owner);
      const lock = await lockFolder(dir, { onWait: waits });
      expect(existsSync(lockOf(dir))).toBe(true);
      await lock.release();
      expect(readdirSync(dir)).toEqual([]);
    }
    expect(waits).not.toHaveBeenCalled();
  });

  it.skipIf(process.platform !== "linux")("takes over what a process left that nobody buried", async () => {
    const dir = temporaryFolder();
    // The parent has become `sleep`, which asks for no children, before the child ends.
    const parent = spawn("sh", ["-c", "sleep 0.3 & echo $!; exec sleep 60"], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    try {
      const pid = await new Promise<number>((resolve) =>
        parent.stdout.once("data", (text) => resolve(Number(text))),
      );
      while (!/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"))) await sleep(5);
      leave(dir, { pid });
      await (await lockFolder(dir)).release();
      expect(readdirSync(dir)).toEqual([]);
    } finally {
      parent.kill();
    }
  });

  it("has one winner when many find a stale lock", async () => {
    const dir = temporaryFolder();
    leave(dir, { pid: deadPid() });
    const attempts = await Promise.allSettled(Array.from({ length: 8 }, () => lockFolder(dir)));
    const locks = attempts.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
    expect(locks).toHaveLength(1);
    await locks[0]!.release();
  });

  it("counts the links when the answer of link is lost, and does without where there are none", async () => {
    const dir = temporaryFolder();
    for (const code of ["EEXIST", "EIO"]) {
      links.fault = async (work) => {
        await work();
        throw Object.assign(new Error("lost"), { code });
      };
      const lock = await lockFolder(dir);
      await lock.check();
      await lock.release();
      expect(readdirSync(dir)).toEqual([]);
    }
    links.fault = async () => {
      throw Object.assign(new Error("no links here"), { code: "EPERM" });
    };
    const lock = await lockFolder(dir);
    expect(await refused(dir, {})).toContain("busy: DIR: another process is writing");
    await lock.release();
    expect(readdirSync(dir)).toEqual([]);
  });
});

describe("a lock of another machine", () => {
  it.each<[string, (dir: string) => void]>([
    ["another host", (dir) => leave(dir, { host: "elsewhere", pid: 1 })],
    // Its process number may be anybody's here, even this process's own.
    ["a container of the same name", (dir) => leave(dir, { space: "pid:[2]" })],
    ["the same machine before it was started again", (dir) => leave(dir, { boot: "before" })],
    ["nobody knows: torn while it was written", (dir) => writeFileSync(lockOf(dir), '{"pi')],
  ])("is taken over when it has not changed for 60 s: %s", async (_, leaveIt) => {
    const dir = temporaryFolder();
    leaveIt(dir);
    const time = virtualTime();
    const waits = vi.fn();
    const lock = await lockFolder(dir, { timers: time.join(), onWait: waits });
    expect(time.now()).toBe(60_000);
    expect(waits).toHaveBeenCalledTimes(1);
    expect(waits.mock.calls[0]![0]).toMatchObject({ dir, seconds: 60, optional: false });
    await lock.check();
    await lock.release();
    expect(readdirSync(dir)).toEqual([]);
  });

  it("is respected while its owner changes it, every 10 s", async () => {
    const dir = temporaryFolder();
    const time = virtualTime();
    const lock = await lockFolder(dir, { ...at("a"), timers: time.join() });
    const before = readFileSync(lockOf(dir), "utf8");
    expect(await refused(dir, { ...at("b"), timers: time.join() })).toBe(
      `busy: DIR: another process is writing this run folder; expected one at a time (remove DIR/run.lock if that process is gone, or writes a folder that this is a copy of), got process ${process.pid} on a`,
    );
    expect(time.now()).toBe(10_000);
    expect(readFileSync(lockOf(dir), "utf8")).toBe(before.replace("00000000", "00000001"));
    // An image that is written says so too, without waiting for the next time.
    let soon: Promise<string> | undefined;
    await new Promise<void>((onWait) => {
      soon = refused(dir, { ...at("b"), timers: time.join(), onWait: () => onWait() });
    });
    await lock.check();
    expect(await soon).toMatch(/^busy: /);
    expect(time.now()).toBeLessThan(20_000);
    await lock.release();
    expect(readdirSync(dir)).toEqual([]);
  });

  it("is gone while it is watched: the folder is free", async () => {
    const dir = temporaryFolder();
    leave(dir, { host: "elsewhere" });
    const time = virtualTime();
    time.join().every(20_000, () => rmSync(lockOf(dir), { force: true }));
    await (await lockFolder(dir, { timers: time.join() })).release();
    expect(time.now()).toBe(20_000);
  });

  it("is taken over once: of two that watch, the other is refused", async () => {
    const dir = temporaryFolder();
    leave(dir, { host: "elsewhere" });
    const both = [
      lockFolder(dir, { ...at("b"), timers: virtualTime().join() }),
      lockFolder(dir, { ...at("c"), timers: virtualTime().join() }),
    ];
    // Neither owner beats, as each has a time of its own: at the end the slower one watches the winner's lock.
    const ended = await Promise.allSettled(both);
    const locks = ended.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
    const sound = await Promise.allSettled(locks.map((lock) => lock.check()));
    expect(sound.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    for (const lock of locks) await lock.release();
  });

  it("stops a watcher that is asked to stop", async () => {
    const dir = temporaryFolder();
    leave(dir, { host: "elsewhere" });
    expect(await refused(dir, { signal: AbortSignal.abort(), timers: virtualTime().join() })).toMatch(
      /^busy: /,
    );
  });

  it("is left behind by a machine that died at the worst moment: between two calls", async () => {
    const dir = temporaryFolder();
    leave(dir, { host: "elsewhere" });
    writeFileSync(`${lockOf(dir)}.guard`, lockText({ ...machine, pid: 1, host: "elsewhere", lock: 1 }));
    const time = virtualTime();
    await (await lockFolder(dir, { timers: time.join() })).release();
    expect(readdirSync(dir)).toEqual([]);
  });
});

describe("whom the lock is taken from", () => {
  const slurm = (attempt: number) => ({
    ...{ SLURM_CLUSTER_NAME: "big", SLURM_JOB_ID: String(90 + attempt), SLURM_ARRAY_JOB_ID: "7" },
    ...{ SLURM_ARRAY_TASK_ID: "3", SLURM_RESTART_COUNT: String(attempt) },
  });

  it.each([
    ["an array task of SLURM", slurm(2), { task: "SLURM job 7_3 of big", attempt: 2 }],
    ["at its first start", { SLURM_JOB_ID: "12" }, { task: "SLURM job 12", attempt: 0 }],
    [
      "a child of an array of AWS Batch",
      { AWS_BATCH_JOB_ID: "ab-c:4", AWS_BATCH_JOB_ATTEMPT: "2" },
      { task: "AWS Batch job ab-c:4", attempt: 2 },
    ],
    ["Kubernetes, without attempts", { JOB_COMPLETION_INDEX: "3" }, undefined],
    ["empty variables", { SLURM_JOB_ID: "", AWS_BATCH_JOB_ID: "x", AWS_BATCH_JOB_ATTEMPT: "" }, undefined],
  ])("the scheduler's task: %s", (_, env, expected) => {
    expect(taskOf(env)).toEqual(expected);
  });

  it("an earlier attempt of the same task, at once: it finds out before it writes", async () => {
    const dir = temporaryFolder();
    const waits = vi.fn();
    const first = await lockFolder(dir, { ...at("a"), env: slurm(0) });
    const second = await lockFolder(dir, { ...at("b"), env: slurm(1), onWait: waits });
    expect(waits).not.toHaveBeenCalled();
    await expect(first.check()).rejects.toMatchObject({
      code: "busy",
      message: `${dir}: another process has taken this run folder over: this one writes nothing more; expected ${lockOf(dir)} as this process made it, got process ${process.pid} on b (SLURM job 7_3 of big, attempt 1)`,
    });
    await first.release();
    await second.check();
    await second.release();
    expect(readdirSync(dir)).toEqual([]);
  });

  it.each([
    ["the same attempt", 1, 1, "unknown"],
    ["a later attempt", 2, 1, "unknown"],
    ["an earlier attempt", 0, 1, "gone"],
  ])("%s of the task, from elsewhere: %i held, %i comes: %s", (_, held, comes, state) => {
    const there = { ...me, host: "elsewhere", ...taskOf(slurm(held)) };
    expect(stateOf(there, { ...me, ...taskOf(slurm(comes)) }, false)).toBe(state);
  });

  it("not another task's, nor another cluster's of the same number", () => {
    const there = { ...me, host: "elsewhere", ...taskOf(slurm(0)) };
    for (const other of [{ SLURM_ARRAY_TASK_ID: "4" }, { SLURM_CLUSTER_NAME: "small" }])
      expect(stateOf(there, { ...me, ...taskOf({ ...slurm(5), ...other }) }, false)).toBe("unknown");
  });

  it.skipIf(process.platform !== "linux")(
    "not by its number where the system does not tell machines apart",
    () => {
      const here = { ...me, boot: "untold", space: "untold" };
      expect(stateOf({ ...here, pid: deadPid() }, here, false)).toBe("unknown");
    },
  );

  it("a living process of this machine, where the user says so", async () => {
    const dir = temporaryFolder();
    const first = await lockFolder(dir);
    const second = await lockFolder(dir, { takeOver: true });
    await expect(first.check()).rejects.toMatchObject({ code: "busy" });
    await first.release();
    await second.check();
    await second.release();
  });

  it("nobody whose lock was removed by hand: that ends the writer too", async () => {
    const dir = temporaryFolder();
    const lock = await lockFolder(dir);
    rmSync(lockOf(dir));
    await expect(lock.check()).rejects.toThrow("got no lock");
    await lock.release();
  });
});

it("a writer that was paused while another took its folder over adds no byte to it", async () => {
  const dir = temporaryFolder();
  const names = ["rows.jsonl", "masks.jsonl", "progress.jsonl"];
  const bytes = () => names.map((name) => readFileSync(join(dir, name), "utf8"));
  const time = virtualTime();
  const append = async (folder: Awaited<ReturnType<typeof openRunFolder>>, index: number) => {
    const unit = units[index]!;
    const { rows, masks, timing } = contentOf(unit);
    await folder.append(unit, rows, masks, timing);
  };
  const paused = await openRunFolder(dir, manifestOf(), {
    check,
    lock: { ...at("a"), timers: time.stopped() },
  });
  for (const index of [0, 1]) await append(paused, index);
  const next = await openRunFolder(dir, manifestOf(), { check, lock: { ...at("b"), timers: time.join() } });
  expect(next.finished.size).toBe(2);
  await append(next, 2);
  const before = bytes();
  await expect(append(paused, 2)).rejects.toMatchObject({ code: "busy" });
  await expect(append(paused, 3)).rejects.toMatchObject({ code: "busy" });
  await paused.close();
  expect(bytes()).toEqual(before);
  for (const index of units.keys()) if (index > 2) await append(next, index);
  await next.close();
  const whole = await openRunFolder(temporaryFolder(), manifestOf(), { check });
  for (const index of units.keys()) await append(whole, index);
  await whole.close();
  expect(bytes()).toEqual(names.map((name) => readFileSync(join(whole.dir, name), "utf8")));
});
