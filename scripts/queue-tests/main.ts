// Runs on many machines, disturbed in every way that could be thought of, against a real broker:
//
//   npm run test:queue                      all cases; the result is in scripts/queue-tests/result.json
//   npm run test:queue -- liar duplicates   these alone; the others keep their last result
//
// SEGBENCH_REDIS_SERVER: the broker's program (redis-server, valkey-server). SEGBENCH_QUEUE_KILLS: how many processes are killed.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { packageFolder } from "../../src/config/paths.ts";
import buildOnce from "../../test/helpers/build.ts";
import { serverCommand } from "../../test/queue/redis.ts";
import { serverVersion } from "./server.ts";
import type { Figures } from "./stage.ts";

interface Result {
  readonly passed: boolean;
  readonly seconds: number;
  readonly figures?: Figures;
  readonly error?: string;
}

// Nothing that starts the command line may be loaded before its place is known.
const remove = await buildOnce();
const { openStage } = await import("./stage.ts");
const { cases } = await import("./cases.ts");

const wanted = process.argv.slice(2);
const names = Object.keys(cases).filter((name) => wanted.length === 0 || wanted.includes(name));
const unknown = wanted.filter((name) => !(name in cases));
if (unknown.length > 0) {
  console.error(`no such case: ${unknown.join(", ")}; there are ${Object.keys(cases).join(", ")}`);
  process.exit(2);
}
if (serverCommand() === undefined) {
  console.error("neither redis-server nor valkey-server is there: SEGBENCH_REDIS_SERVER may name one");
  process.exit(2);
}
// What may lead to a real broker is not handed on.
for (const name of Object.keys(process.env))
  if (name.startsWith("SEGBENCH_QUEUE") && !/_KILLS$/.test(name)) delete process.env[name];
const results: Record<string, Result> = {};
const path = join(packageFolder, "scripts", "queue-tests", "result.json");
type Results = Readonly<Record<string, Readonly<Record<string, Result>>>>;

/** Beside what there is of other cases and brokers. */
function keep(): void {
  const before: Results = existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : {};
  const all = { ...before[serverVersion()], ...results };
  const inOrder = Object.fromEntries(
    Object.keys(cases).flatMap((name) => (all[name] ? [[name, all[name]]] : [])),
  );
  writeFileSync(path, `${JSON.stringify({ ...before, [serverVersion()]: inOrder }, null, 2)}\n`);
}

try {
  for (const name of names) {
    const stage = openStage(name);
    for (const signal of ["SIGINT", "SIGTERM"] as const)
      process.once(signal, () => void stage.close().then(() => process.exit(130)));
    const began = Date.now();
    const seconds = () => Number(((Date.now() - began) / 1000).toFixed(1));
    try {
      const figures = await cases[name]!(stage);
      results[name] = { passed: true, seconds: seconds(), figures };
    } catch (error) {
      results[name] = { passed: false, seconds: seconds(), error: String((error as Error).message) };
    } finally {
      for (const signal of ["SIGINT", "SIGTERM"]) process.removeAllListeners(signal);
      await stage.close();
    }
    keep();
    const { passed, figures, error } = results[name]!;
    console.log(
      `${passed ? "passed" : "FAILED"} ${name} (${seconds()} s) ${error ?? JSON.stringify(figures)}`,
    );
  }
} finally {
  remove?.();
}
process.exitCode = Object.values(results).every(({ passed }) => passed) ? 0 : 1;
