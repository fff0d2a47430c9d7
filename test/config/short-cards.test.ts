// Cards and run files that say no more than they must: four keys at most, and a text in place of a list of one.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { preparePlan } from "../../src/config/index.ts";
import { packageFolder } from "../../src/config/paths.ts";
import { checkSchema, withLists } from "../../src/config/yaml/schema.ts";
import { runCli } from "../helpers/run-cli.ts";

const cwd = mkdtempSync(join(tmpdir(), "segbench-short-"));
afterAll(() => rmSync(cwd, { recursive: true }));
const samples = join(packageFolder, "datasets/samples");
const tiny = join(packageFolder, "models/tiny");

writeFileSync(
  join(cwd, "cells.yaml"),
  [
    "name: cells",
    `root: ${join(samples, "bbbc038v1")}`,
    "domain: my own kind",
    "adapter:",
    "  format: mask-files",
    '  images: "stage1_train/{image}/images/{image}.png"',
    '  masks: "stage1_train/{image}/masks/*.png"',
    "",
  ].join("\n"),
);
writeFileSync(
  join(cwd, "mine.yaml"),
  `name: mine\nfiles: { encoder: ${tiny}/encoder.onnx, decoder: ${tiny}/decoder.onnx }\n`,
);

/** What a text shows where a key that is not there was put into it. */
const holes = /(?:>|: |, |"|· )undefined|licence: *(?:<|·|$)|· *·/m;

test("a card of a few keys runs, and its report shows nothing in place of what it does not say", async () => {
  const words = ["--models", "mine.yaml", "--benchmarks", "./cells.yaml", "--protocols", "box@1"];
  const run = await runCli(["run", ...words, "--limit", "1", "--out", "out"], { cwd });
  expect(run.err).not.toContain("error");
  expect(run.code).toBe(0);
  for (const file of ["report.html", "report.md", "summary.json", "manifest.json"])
    expect([file, holes.exec(readFileSync(join(cwd, "out", file), "utf8"))?.[0]]).toEqual([file, undefined]);
  const { benchmarks, models } = JSON.parse(readFileSync(join(cwd, "out/summary.json"), "utf8"));
  expect(benchmarks).toEqual([
    { name: "cells", title: "cells", domain: ["my own kind"], images: 1, drawn: true },
  ]);
  expect(models[0]).toMatchObject({ name: "mine", title: "mine" });
});

test("a single text is a list of one: the same plan", async () => {
  const about = { name: "one", data: samples, limit: 1 };
  const lists = { models: ["tiny"], benchmarks: ["ppdls"], protocols: ["box@1"], metrics: ["dice"] };
  const texts = { models: "tiny", benchmarks: "ppdls", protocols: "box@1", metrics: "dice" };
  const planned = (value: object) =>
    preparePlan({ own: true, overrides: { ...about, ...value } as never, cwd: packageFolder, env: {} });
  expect((await planned(texts)).planHash).toBe((await planned(lists)).planHash);
  expect(checkSchema("run-file", { ...about, ...texts, benchmarks: 3 })).toMatchObject([
    { path: ["benchmarks"], what: "wrong type", expected: "text or a list", got: "3" },
  ]);
});

test("a single text within the options of a format is a list, and text stays text", () => {
  const adapter = { format: "label-png", images: "a/*.jpg", labels: "b/*.png", values: "instance" };
  const card = { name: "a", domain: "plants", select: { lists: "val.txt" }, adapter };
  expect(withLists("dataset-card", card)).toEqual({
    ...card,
    domain: ["plants"],
    select: { lists: ["val.txt"] },
  });
  const coco = { format: "coco", annotations: "a.json", images: "images", excludeCategories: "person" };
  expect(withLists("dataset-card", { name: "a", adapter: coco })).toMatchObject({
    adapter: { format: "coco", excludeCategories: ["person"] },
  });
});

test("the older words for masks.jsonl are errors that name the new ones", async () => {
  for (const verb of [
    ["run"],
    ["replay", "x", "--models", "tiny", "--out", "o"],
    ["score", "ppdls", "p.json"],
  ]) {
    const { code, err } = await runCli([...verb, "--no-masks"], { cwd });
    expect([code, err]).toEqual([
      2,
      "error: --no-masks is now --no-save-masks: --masks names the masks of your own data\n",
    ]);
  }
  writeFileSync(join(cwd, "old.yaml"), "name: old\nmodels: tiny\nbenchmarks: ppdls\nmasks: false\n");
  const { code, err } = await runCli(["run", "old.yaml", "--data", samples], { cwd });
  expect([code, err]).toEqual([
    1,
    "error: old.yaml:4:1 masks: is now saveMasks (write masks.jsonl); expected saveMasks\n",
  ]);
});
