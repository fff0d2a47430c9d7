// Writes what `npm run test:queue` found: every test, whether it passed, how long it took, and the numbers that it measured.
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Reporter, TestModule } from "vitest/node";
import { serverCommand } from "../queue/redis.ts";

/** Of a test: what it measured (`task.meta.measured`). */
declare module "vitest" {
  interface TaskMeta {
    measured?: Readonly<Record<string, unknown>>;
  }
}

export default class QueueReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    // A part of the tests is no result.
    if (process.argv.some((word) => /^(-t|--testNamePattern)/.test(word))) return;
    const tests = modules.flatMap((module) =>
      [...module.children.allTests()].map((one) => ({
        name: one.fullName,
        state: one.result().state,
        seconds: Math.round((one.diagnostic()?.duration ?? 0) / 100) / 10,
        ...one.meta().measured,
      })),
    );
    const command = serverCommand();
    const server =
      command === undefined ? "none" : execFileSync(command, ["--version"], { encoding: "utf8" }).trim();
    const path = fileURLToPath(new URL("result.json", import.meta.url));
    writeFileSync(path, `${JSON.stringify({ server, tests }, undefined, 1)}\n`);
  }
}
