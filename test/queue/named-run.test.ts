import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { planRequest, preparePlan } from "../../src/config/index.ts";
import { headOf, needsFile } from "../../src/run/queue/named-run.ts";
import { packageFolder, temporaryFolder } from "../helpers/synthetic.ts";

const samples = join(packageFolder, "datasets", "samples");
const place = { cwd: packageFolder, env: { SEGBENCH_DATA: "" } };
const how = { parts: "broker", of: undefined } as const;

/** The data of a benchmark that has a miniature in the package, with an image less than that. */
function dataOf(benchmark: string, image: string): string {
  const data = temporaryFolder();
  cpSync(join(samples, benchmark), join(data, benchmark), { recursive: true });
  for (const kind of ["img", "mask"])
    rmSync(join(data, benchmark, "DOORS/Segmentation/DS1/DS", kind, `${image}.png`));
  return data;
}

test("workers need no run file where the data lie in a folder that the command names", async () => {
  const data = dataOf("doors", "TR_00017");
  const run = await preparePlan({
    ...planRequest({ models: ["tiny"], benchmarks: ["doors"], data }),
    ...place,
  });
  const head = await headOf(run, how, place);
  expect(head.withoutRequest).toBeUndefined();
  expect(head.request).toMatchObject({ benchmarks: [{ name: "doors", limit: 5 }] });
  expect(JSON.stringify(head)).not.toContain(data);
});

test("where names give another plan, the first difference is said", async () => {
  const run = await preparePlan({ ...planRequest({ models: ["tiny"], benchmarks: ["doors"] }), ...place });
  const [benchmark] = run.plan.benchmarks;
  const card = { ...benchmark!.card, title: "Another title" };
  const plan = { ...run.plan, benchmarks: [{ ...benchmark!, card } as typeof benchmark & object] };
  const head = await headOf({ ...run, plan, planHash: "0".repeat(64) }, how, place);
  expect(head.request).toBeNull();
  expect(needsFile(head)).toContain(
    "another plan by the names of its cards alone (benchmarks.doors.card.title:",
  );
});
