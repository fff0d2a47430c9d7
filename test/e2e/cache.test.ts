// The cache of embeddings: rows are the same bytes without it, with it empty and with it full, and what is there is not encoded.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runCli, runProgram } from "../helpers/run-cli.ts";
import { packageFolder, workPlace, writeModelCard, writeRunFile } from "../helpers/synthetic.ts";

const images = 2;

async function place() {
  const folder = await workPlace({ images, targets: 1, width: 81, height: 59 });
  const models = join(packageFolder, "test", "fixtures", "models", "sam");
  writeModelCard(folder, "real", join(models, "encoder.onnx"), join(models, "decoder.onnx"), 128);
  writeRunFile(folder, "real", ["sam1-d1@1"]);
  const run = async (out: string, ...words: string[]) => {
    const finished = await runCli(["run", "run.yaml", "--no-pages", "--out", out, ...words], { cwd: folder });
    expect(finished).toMatchObject({ code: 0 });
    return finished.err;
  };
  /** The same in a process of its own. */
  const start = async (out: string, ...words: string[]) => {
    const finished = await runProgram(["run", "run.yaml", "--no-pages", "--out", out, ...words], {
      cwd: folder,
    });
    expect(finished).toMatchObject({ code: 0 });
  };
  const text = (out: string, name: string) => readFileSync(join(folder, out, name), "utf8");
  const lines = (out: string, name: string) =>
    text(out, name)
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
  /** Images encoded, and embeddings from the cache. */
  const counts = (out: string) => {
    const sum = (key: string) => lines(out, "timing.jsonl").reduce((all, line) => all + line[key], 0);
    return [sum("encoded"), sum("cached")];
  };
  const plan = (out: string) => JSON.parse(text(out, "manifest.json")).planHash;
  const kept = () =>
    readdirSync(join(folder, "kept"), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".embedding"))
      .sort();
  return { folder, run, start, text, counts, plan, kept };
}

test("without, cold, warm, damaged, and with other prompts", async () => {
  const { folder, run, text, counts, plan, kept } = await place();
  await run("none");
  await run("cold", "--cache", "kept", "--workers", "2");
  await run("warm", "--cache", "kept", "--workers", "2");
  expect([counts("none"), counts("cold"), counts("warm")]).toEqual([
    [images, 0],
    [images, 0],
    [0, images],
  ]);
  for (const out of ["cold", "warm"]) {
    for (const name of ["rows.jsonl", "masks.jsonl", "summary.json"])
      expect(text(out, name)).toBe(text("none", name));
    expect(plan(out)).toBe(plan("none"));
  }
  // The plan's providers were found by really running the graphs, not by reading the cache.
  const facts = (out: string) => JSON.parse(text(out, "manifest.json")).models;
  expect(facts("warm")).toEqual(facts("none"));

  const entries = kept();
  expect(entries).toHaveLength(images);
  const damaged = join(folder, "kept", entries[0]!);
  const whole = readFileSync(damaged);
  writeFileSync(damaged, whole.subarray(0, whole.length - 100));
  await run("other-prompts", "--cache", "kept", "--protocols", "box@1");
  expect(counts("other-prompts")).toEqual([1, images - 1]);
  expect(readFileSync(damaged).equals(whole)).toBe(true);
}, 300_000);

test("two processes at once share a folder", async () => {
  const { run, start, text, counts } = await place();
  await Promise.all([start("one", "--cache", "kept"), start("two", "--cache", "kept")]);
  expect(text("two", "rows.jsonl")).toBe(text("one", "rows.jsonl"));
  await run("three", "--cache", "kept");
  expect(counts("three")).toEqual([0, images]);
  expect(text("three", "rows.jsonl")).toBe(text("one", "rows.jsonl"));
}, 300_000);

test("float16 is another plan, and the same bytes cold and warm", async () => {
  const { run, text, counts } = await place();
  const half = ["--cache", "kept", "--cache-precision", "float16"];
  await run("cold", ...half);
  await run("warm", ...half);
  expect([counts("cold"), counts("warm")]).toEqual([
    [images, 0],
    [0, images],
  ]);
  expect(text("warm", "rows.jsonl")).toBe(text("cold", "rows.jsonl"));
  expect(JSON.parse(text("cold", "manifest.json")).plan.cachePrecision).toBe("float16");
}, 300_000);

test("a folder that cannot be, and float16 without one, are refused before anything runs", async () => {
  const { folder } = await place();
  const refused = async (...words: string[]) => {
    const { code, err } = await runCli(["run", "run.yaml", "--no-pages", ...words], { cwd: folder });
    expect(code).toBe(1);
    return err;
  };
  expect(await refused("--cache", "run.yaml/kept")).toContain("embeddings cannot be kept here");
  expect(await refused("--cache-precision", "float16")).toContain(
    "float16 is the precision of kept embeddings, and none are kept",
  );
  expect(await refused("--cache", "kept", "--cache-size", "lots")).toContain("--cache-size");
}, 300_000);
