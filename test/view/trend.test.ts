// A measure over runs: which runs have it, and which of their numbers can be set beside each other.
import { mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { contextOf, readRun, report } from "../../src/index.ts";
import { scopeOf } from "../../src/store/plan-differences.ts";
import { openRunFolder } from "../../src/store/run-folder.ts";
import { viewApp } from "../../src/view/index.ts";
import type { Trend } from "../../src/view/trend.ts";
import { check, contentOf, manifestOf, sharedFolder, units } from "../store/sample-run.ts";

const root = sharedFolder();
const context = contextOf({ cwd: root });
const { app, runs } = viewApp(root, { token: "t" }, context);
afterAll(() => runs.close());

/** `done`: units that are there already. */
async function write(name: string, count = units.length, done = 0) {
  mkdirSync(join(root, name), { recursive: true });
  const folder = await openRunFolder(join(root, name), manifestOf(), { check });
  for (const unit of units.slice(done, count)) {
    const { rows, masks, timing } = contentOf(unit);
    await folder.append(unit, rows, masks, timing);
  }
  await folder.close();
}

test("every run of the list that has it, from what lies in its folder", async () => {
  await write("a");
  await write("b");
  await write("half", 3);
  await report("a", { pages: false }, context);
  await report("half", { pages: false }, context);
  const { headers } = await app.request("http://localhost/?token=t", { headers: { host: "localhost" } });
  const cookie = headers.get("set-cookie")!.split(";")[0]!;
  const get = (path: string) =>
    app.request(`http://localhost/api/${path}`, { headers: { host: "localhost", cookie } });
  const ask = async (query: string) => (await (await get(`trend?${query}`)).json()) as Trend;
  const { plan } = manifestOf();
  const [{ name: model }, { name: benchmark }] = [plan.models[0]!, plan.benchmarks[0]!];
  const query = `model=${model}&benchmark=${benchmark}&protocol=sam1-d1@1`;
  // Numbers that were made of rows for the leaderboard are none of a summary.
  expect((await get("board?run=b")).ok).toBe(true);
  const first = await ask(query);
  expect(first.points.map(({ run }) => run)).toEqual(["a", "half"]);
  expect(first.notes.map(({ id }) => id)).toContain("iou@1");
  expect(first.points[0]!.measures["iou@1"]!.value).toBeCloseTo(0.3);
  expect(first.without).toEqual([{ run: "b", why: expect.stringContaining("`segbench report` writes it") }]);
  // What is held is not taken for what has been written since.
  const path = join(root, "a", "summary.json");
  await report("b", { pages: false }, context);
  writeFileSync(path, "{}");
  const second = await ask(query);
  expect(second.points.map(({ run }) => run)).toEqual(["b", "half"]);
  // A copy of a folder has other times: what was summarised counts.
  await report("half", { pages: false }, context);
  for (const name of ["b", "half"]) utimesSync(join(root, name, "summary.json"), 1, 1);
  expect((await ask(query)).points.map(({ run }) => run)).toEqual(["b", "half"]);
  await write("half", 5, 3);
  utimesSync(join(root, "half", "summary.json"), 2e9, 2e9);
  expect((await ask(query)).without.map(({ run }) => run)).toContain("half");
  expect((await ask(`model=none&benchmark=${benchmark}&protocol=sam1-d1@1`)).points).toEqual([]);
  const mean = await ask(`model=${model}&protocol=sam1-d1@1`);
  expect(mean.points[0]).toMatchObject({ run: "b", benchmarks: expect.any(Number) });
});

test("numbers are of the same where images, seed and card are", async () => {
  const { plan } = (await readRun("a", context)).manifest;
  const [benchmark] = plan.benchmarks;
  const scope = scopeOf(plan, benchmark!);
  const prose = { ...benchmark!, card: { ...benchmark!.card, title: "Another", description: "words" } };
  expect(scopeOf({ ...plan, name: "another", batch: 99 }, prose as never)).toEqual(scope);
  expect(scopeOf(plan, { ...benchmark!, subsetHash: "0" })).toMatchObject({ settings: scope.settings });
  expect(scopeOf(plan, { ...benchmark!, subsetHash: "0" }).samples).not.toBe(scope.samples);
  expect(scopeOf({ ...plan, ids: "1" }, benchmark!)).toEqual(scope);
  expect(scopeOf({ ...plan, ids: "1", targets: true }, benchmark!).samples).not.toBe(scope.samples);
  expect(scopeOf({ ...plan, seed: "other" }, benchmark!).settings).not.toBe(scope.settings);
});
