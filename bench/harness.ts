// A child process: one run of the harness, its rows in a folder.
//   tsx bench/harness.ts RUNFILE OUT [DATA]     prints {"evaluation": milliseconds, "cpu": milliseconds of this process's main work}
// "evaluation" is from the first image to the last row: models open, data sets listed, nothing evaluated yet.

import { evaluate } from "../src/cli/evaluate.ts";
import { unwatched } from "../src/cli/supervised.ts";
import { unitJobs } from "../src/cli/units.ts";
import { workersFor } from "../src/cli/workers.ts";
import { preparePlan } from "../src/config/index.ts";
import { openPrepared } from "../src/config/open-model.ts";
import type { ModelSession } from "../src/core/types.ts";
import { openRunFolder } from "../src/store/run-folder.ts";

const [file = "", out = "", data] = process.argv.slice(2);
const overrides = { out, ...(data === undefined ? {} : { data }) };
const run = await preparePlan({ file, overrides, cwd: process.cwd(), env: process.env });
const opened = new Map<string, ModelSession>();
for (const model of run.models) opened.set(model.name, await openPrepared(model, run.plan));
const jobs = unitJobs(run.plan, new Map(run.benchmarks.map(({ name, refs }) => [name, refs])));
const manifest = {
  ...{ format: "segbench/manifest@1" as const, plan: run.plan, planHash: run.planHash, shard: null },
  ...{ software: {}, hardware: {}, models: {} },
};
const folder = await openRunFolder(run.out, manifest, { fresh: true });
const workers = workersFor(run);
const clock = () => performance.now();
const start = performance.now();
const cpu = process.cpuUsage();
await evaluate({
  run,
  folder,
  shard: null,
  jobs,
  workers,
  opened,
  attempts: unwatched,
  clock,
  interrupted: () => false,
});
const evaluation = performance.now() - start;
const { user, system } = process.cpuUsage(cpu);
await folder.close();
for (const session of opened.values()) await session.close();
console.log(JSON.stringify({ evaluation, cpu: (user + system) / 1000 }));
process.exit(0);
