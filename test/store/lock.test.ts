import { spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { lockFolder } from "../../src/store/lock.ts";
import { temporaryFolder } from "./sample-run.ts";

const ownerFile = (dir: string, pid: number, host = hostname()) =>
  writeFileSync(join(dir, "run.lock"), `${JSON.stringify({ pid, host })}\n`);

describe("the lock of a run folder", () => {
  it("lets one in at a time", async () => {
    const dir = temporaryFolder();
    const unlock = await lockFolder(dir);
    await expect(lockFolder(dir)).rejects.toThrow(
      `${dir}: another process is writing this run folder; expected one at a time (remove ${dir}/run.lock if that process is gone), got process ${process.pid} on ${hostname()}`,
    );
    await unlock();
    await (await lockFolder(dir))();
    expect(readdirSync(dir)).toEqual([]);
  });

  it("respects a living process and another machine", async () => {
    const dir = temporaryFolder();
    ownerFile(dir, process.ppid);
    await expect(lockFolder(dir)).rejects.toThrow(`got process ${process.ppid} on`);
    ownerFile(dir, 1, "elsewhere");
    await expect(lockFolder(dir)).rejects.toThrow("got process 1 on elsewhere");
  });

  it("takes over what a dead process, a namesake or a torn write left", async () => {
    const dir = temporaryFolder();
    const dead = spawnSync(process.execPath, ["-e", ""]).pid;
    for (const leave of [
      () => ownerFile(dir, dead),
      () => ownerFile(dir, process.pid),
      () => writeFileSync(join(dir, "run.lock"), '{"pi'),
    ]) {
      leave();
      const unlock = await lockFolder(dir);
      expect(existsSync(join(dir, "run.lock"))).toBe(true);
      await unlock();
      expect(readdirSync(dir)).toEqual([]);
    }
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
      ownerFile(dir, pid);
      await (await lockFolder(dir))();
      expect(readdirSync(dir)).toEqual([]);
    } finally {
      parent.kill();
    }
  });

  it("has one winner when many find a stale lock", async () => {
    const dir = temporaryFolder();
    ownerFile(dir, spawnSync(process.execPath, ["-e", ""]).pid);
    const attempts = await Promise.allSettled(Array.from({ length: 8 }, () => lockFolder(dir)));
    expect(attempts.filter(({ status }) => status === "fulfilled").length).toBe(1);
  });
});
