// A child process: one run of the harness, its rows in a folder.
//   tsx bench/harness.ts RUNFILE OUT [SHARD]     SHARD as for `segbench run --shard`: 0/2
// Prints {"evaluation": milliseconds, "cpu": milliseconds of all its threads, "base": MiB, "memory": [[images or frames, MiB], ...]}.
// "evaluation" is from the first image to the last row: models are open, data sets listed, nothing evaluated yet. "base" is the
// resident memory then: program, model and runtime.

import { preparePlan } from "../src/config/index.ts";
import { openPreparedAny } from "../src/config/models/open.ts";
import type { Session } from "../src/core/types.ts";
import { contextOf } from "../src/run/context.ts";
import { evaluate } from "../src/run/evaluate.ts";
import { unwatched } from "../src/run/supervised.ts";
import { unitJobs, workersFor } from "../src/run/units.ts";
import { openRunFolder } from "../src/store/run-folder.ts";

const [file = "", out = "", part] = process.argv.slice(2);
const run = await preparePlan({ file, overrides: { out }, cwd: process.cwd(), env: process.env });
const workers = workersFor(run);
const opened = new Map<string, Session[]>();
for (const model of run.models) {
  const open = () => openPreparedAny(model, { ...run.plan, cache: run.cache });
  opened.set(model.name, await Promise.all(Array.from({ length: workers }, open)));
}
const jobs = unitJobs(run);
const [index, count] = (part ?? "").split("/").map(Number);
const shard = part === undefined ? null : { index: index!, count: count! };
const manifest = {
  ...{ format: "segbench/manifest@2" as const, plan: run.plan, planHash: run.planHash, shard },
  ...{ software: {}, hardware: {}, models: {} },
};
const folder = await openRunFolder(run.out, manifest, { check: run.check, fresh: true });
const resident = () => process.memoryUsage.rss() / 2 ** 20;
const base = resident();
const memory: [done: number, mib: number][] = [];
const total = jobs.reduce((sum, { ref }) => sum + (ref.frames ?? 1), 0);
const look = watcher();
const clock = () => performance.now();
const start = performance.now();
const cpu = process.cpuUsage();
await evaluate({
  ...{ run, shard, jobs, opened, attempts: unwatched },
  context: contextOf({
    ...{ cwd: process.cwd(), clock },
    onEvent: (event) => event.type === "advanced" && look(event.by ?? 1),
  }),
  folder,
});
const evaluation = performance.now() - start;
const { user, system } = process.cpuUsage(cpu);
await folder.close();
console.log(JSON.stringify({ evaluation, cpu: (user + system) / 1000, base, memory }));
process.exit(0);

/** The highest of the memory that is looked at after every image or frame, at 100, 1,000, 10,000 of them and at the end. */
function watcher(): (by: number) => void {
  let done = 0;
  let highest = 0;
  return (by) => {
    done += by;
    highest = Math.max(highest, resident());
    if (by > 0 && (done === total || (done >= 100 && Number.isInteger(Math.log10(done))))) {
      memory.push([done, highest]);
      highest = 0;
    }
  };
}
