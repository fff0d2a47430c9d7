// export prompts, replay, and masks made elsewhere by recorded prompts, through the command line.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { checkSchema } from "../../src/config/yaml/schema.ts";
import type { Comparison } from "../../src/core/results.ts";
import type { Row } from "../../src/core/rows.ts";
import { runCli } from "../helpers/run-cli.ts";
import { workPlace, writeDiskModel } from "../helpers/synthetic.ts";

test("the same model scores the same to the last bit; another one gets the same clicks; both compare with the run", async () => {
  const place = await workPlace(
    { images: 3, targets: 2 },
    { protocols: ["sam1-d1@1", "box+clicks@1", "mask@1"] },
  );
  writeDiskModel(place, "large", { mask: { threshold: -1 } });
  const cli = (...words: string[]) => runCli(words, { cwd: place });
  const lines = (...path: string[]) =>
    readFileSync(join(place, ...path), "utf8")
      .trim()
      .split("\n");
  const rows = (run: string): Row[] => lines(run, "rows.jsonl").map((line) => JSON.parse(line));
  const set = ["--benchmarks", "./dots.yaml", "--root", "data"];

  expect(await cli("run", "run.yaml", "--no-pages", "--out", "run")).toMatchObject({ code: 0 });
  expect(await cli("export", "prompts", "run", "--out", "prompts.jsonl")).toMatchObject({
    code: 0,
    err: "18 targets' prompts in prompts.jsonl\n",
  });
  for (const line of lines("prompts.jsonl")) expect(checkSchema("prompts", JSON.parse(line))).toEqual([]);

  expect(
    await cli("replay", "prompts.jsonl", "--models", "./constant.yaml", ...set, "--out", "same"),
  ).toMatchObject({ code: 0 });
  expect(JSON.parse(lines("same", "history.jsonl")[0]!)).toMatchObject({
    ...{ verb: "replay", status: "finished", units: { before: 0, after: 3, expected: 3 } },
  });
  expect(rows("same")).toEqual(rows("run").map((row) => ({ ...row, protocol: `replay:${row.protocol}` })));

  expect(await cli("replay", "run", "--models", "./large.yaml", ...set, "--out", "other")).toMatchObject({
    code: 0,
  });
  const sentOf = (row: Row) => (row.status === "ok" ? row.steps.map(({ at, sent }) => ({ at, sent })) : []);
  const prompts = (run: string) => rows(run).map(sentOf);
  expect(prompts("other")).toEqual(prompts("same"));
  const scores = (run: string) =>
    rows(run).map((row) => (row.status === "ok" ? row.steps.map((step) => step.scores) : row.reason));
  expect(scores("other")).not.toEqual(scores("same"));
  const planOf = (run: string) => JSON.parse(readFileSync(join(place, run, "manifest.json"), "utf8"));
  expect(planOf("other").plan.replay).toEqual(planOf("same").plan.replay);
  expect(planOf("other").plan.replay).toMatchObject({ model: "constant", plan: planOf("run").planHash });

  expect(await cli("compare", "run", "same", "--out", "none")).toMatchObject({ code: 0 });
  const comparison: Comparison = JSON.parse(readFileSync(join(place, "none", "comparison.json"), "utf8"));
  expect(comparison.protocols.map(({ id }) => id)).toEqual([
    "replay:sam1-d1@1",
    "replay:box+clicks@1",
    "replay:mask@1",
  ]);
  expect(comparison.pairs[0]!.cells.map(({ pairing }) => pairing.pairs)).toEqual([6, 6, 6]);
  expect(
    comparison.pairs[0]!.cells.flatMap(({ measures }) => measures.map(({ difference }) => difference.value)),
  ).toEqual(comparison.pairs[0]!.cells.flatMap(({ measures }) => measures.map(() => 0)));
  expect(await cli("compare", "same", "other", "--out", "moved")).toMatchObject({ code: 0 });

  // Somebody else's masks by the same prompts.
  const scored = await cli(
    "score",
    "./dots.yaml",
    "run/masks.jsonl",
    "--root",
    "data",
    "--prompts",
    "prompts.jsonl",
    "--protocol",
    "sam1-d1@1",
    "--out",
    "theirs",
  );
  expect(scored).toMatchObject({ code: 0 });
  const theirs = rows("theirs");
  expect(theirs.map((row) => [row.protocol, sentOf(row)])).toEqual(
    rows("same")
      .filter(({ protocol }) => protocol === "replay:sam1-d1@1")
      // Masks are kept of the steps that are reported.
      .map((row) => [row.protocol, sentOf(row).filter(({ at }) => [1, 2, 3, 5, 9].includes(at.clicks))]),
  );
  expect(await cli("compare", "other", "theirs", "--out", "elsewhere")).toMatchObject({ code: 0 });

  // Another trajectory is another measurement.
  expect(
    await cli(
      "run",
      "run.yaml",
      "--no-pages",
      "--seed",
      "7",
      "--protocols",
      "sam1-d1-random@1",
      "--out",
      "seven",
    ),
  ).toMatchObject({ code: 0 });
  expect(await cli("replay", "seven", "--models", "./large.yaml", ...set, "--out", "strange")).toMatchObject({
    code: 0,
  });
  const refused = await cli("compare", "other", "strange");
  expect(refused.code).toBe(1);
  expect(refused.err).toContain("replay.prompts: ");
}, 400_000);

test("a replay runs graphs as the recorded run did, where nothing else is said", async () => {
  const place = await workPlace({ images: 1, targets: 1 }, { protocols: ["box@1"] });
  const cli = (...words: string[]) => runCli(words, { cwd: place });
  const planOf = (run: string) => {
    const { plan } = JSON.parse(readFileSync(join(place, run, "manifest.json"), "utf8"));
    return [plan.threads, plan.optimisation, plan.allowCpuFallback];
  };
  const flags = ["--threads", "2", "--optimisation", "basic", "--allow-cpu-fallback"];
  expect(await cli("run", "run.yaml", "--no-pages", ...flags, "--out", "run")).toMatchObject({ code: 0 });
  expect(await cli("export", "prompts", "run", "--out", "prompts.jsonl")).toMatchObject({ code: 0 });
  const [head] = readFileSync(join(place, "prompts.jsonl"), "utf8").split("\n");
  expect(checkSchema("prompts", JSON.parse(head!))).toEqual([]);
  const words = ["--models", "./constant.yaml", "--benchmarks", "./dots.yaml", "--root", "data"];
  expect(await cli("replay", "prompts.jsonl", ...words, "--out", "same")).toMatchObject({ code: 0 });
  expect(planOf("same")).toEqual([2, "basic", true]);
  const other = ["--threads", "1", "--optimisation", "disabled"];
  expect(await cli("replay", "run", ...words, ...other, "--out", "other")).toMatchObject({ code: 0 });
  expect(planOf("other")).toEqual([1, "disabled", true]);
  expect(await cli("replay", "run", ...words, "--optimisation", "most", "--out", "no")).toMatchObject({
    code: 1,
    err: expect.stringContaining('expected one of all, basic, extended, disabled; got "most"'),
  });
}, 240_000);
