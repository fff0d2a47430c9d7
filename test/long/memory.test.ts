// Resident memory stays flat over a long run: sessions, tensors, masks and rows are let go of.
import { existsSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { unitsIn } from "../helpers/crash.ts";
import { startCli } from "../helpers/run-cli.ts";
import { workPlace } from "../helpers/synthetic.ts";

const images = 800;
const canMeasure = existsSync("/proc/self/status");

/** MiB of a process, or undefined when it is gone. */
function resident(pid: number): number | undefined {
  try {
    const kib = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return kib === undefined ? undefined : Number(kib) / 1024;
  } catch {
    return undefined;
  }
}

/** The low-water mark: what is left between collections, whatever the collector is just about to free. */
function low(values: readonly number[]): number {
  return Math.min(...values);
}

test.skipIf(!canMeasure)(
  "8,000 targets: memory at the end is within 10 % of that at a quarter",
  async () => {
    const place = await workPlace({ images, targets: 10, width: 160, height: 120 });
    const { child, finished } = startCli(["run", "run.yaml", "--out", "out", "--workers", "1"], {
      cwd: place,
      // The process to look at is the one that works.
      env: { SEGBENCH_SUPERVISED: "off" },
    });
    const quarter: number[] = [];
    const end: number[] = [];
    while (child.exitCode === null) {
      const share = unitsIn(place, "out") / images;
      const mib = resident(child.pid!);
      if (mib !== undefined && share >= 0.25 && share < 0.35) quarter.push(mib);
      if (mib !== undefined && share >= 0.9 && share < 1) end.push(mib);
      await sleep(10);
    }
    expect(await finished).toMatchObject({ code: 0 });
    expect(quarter.length).toBeGreaterThan(2);
    expect(end.length).toBeGreaterThan(2);
    process.stderr.write(
      `memory: ${low(quarter).toFixed(0)} MiB at a quarter, ${low(end).toFixed(0)} MiB at the end\n`,
    );
    expect(low(end)).toBeLessThan(1.1 * low(quarter));
  },
  180_000,
);
