// Models as large ones are published: weights beside the graph, and float16 ports; through the command line.
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Row } from "../../src/core/rows.ts";
import { runCli } from "../helpers/run-cli.ts";
import { packageFolder, workPlace, writeModelCard, writeRunFile } from "../helpers/synthetic.ts";

const fixtures = join(packageFolder, "test", "fixtures", "models");

/** A place whose card `model` names the files of a fixture folder, and what a run of it wrote. */
async function runs() {
  const place = await workPlace({ images: 3, targets: 2, width: 83, height: 61 });
  writeRunFile(place, "model", ["sam1-d1@1", "box@1", "mask@1"]);
  const run = async (out: string, folder: string) => {
    writeModelCard(place, "model", join(folder, "encoder.onnx"), join(folder, "decoder.onnx"), 128);
    return runCli(["run", "run.yaml", "--no-pages", "--out", out], { cwd: place });
  };
  const file = (out: string, name: string) => readFileSync(join(place, out, name), "utf8");
  const rows = (out: string): Row[] =>
    file(out, "rows.jsonl")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
  const plan = (out: string) => JSON.parse(file(out, "manifest.json")).plan;
  return { place, run, file, rows, plan };
}

test("weights beside the graph: the same rows to the byte; a missing side file ends the run before it begins", async () => {
  const { place, run, file, plan } = await runs();
  const copied = join(place, "copied");
  mkdirSync(copied);
  const beside = readdirSync(join(fixtures, "sam-external"));
  for (const name of beside) copyFileSync(join(fixtures, "sam-external", name), join(copied, name));

  expect(await run("inside", join(fixtures, "sam"))).toMatchObject({ code: 0 });
  expect(await run("beside", copied)).toMatchObject({ code: 0 });
  for (const name of ["rows.jsonl", "masks.jsonl"]) expect(file("beside", name)).toBe(file("inside", name));
  expect(file("beside", "rows.jsonl").trim().split("\n")).toHaveLength(3 * 2 * 3);
  const paths = plan("beside").models[0].files.map(({ path }: { path: string }) => path.split("/").at(-1));
  expect(paths.sort()).toEqual(beside.sort());

  rmSync(join(copied, "encoder.onnx_data"));
  const refused = await run("none", copied);
  expect(refused.code).toBe(1);
  expect(refused.err).toContain(
    "files: no such file, and the graph keeps weights in it; expected the side file of model",
  );
  expect(existsSync(join(place, "none"))).toBe(false);
}, 240_000);

test("float16 ports: every target is scored, close to what float32 scores", async () => {
  const { run, rows, file } = await runs();
  expect(await run("single", join(fixtures, "sam"))).toMatchObject({ code: 0 });
  expect(await run("half", join(fixtures, "sam-float16"))).toMatchObject({ code: 0 });
  const [before, after] = [rows("single"), rows("half")];
  expect(after.map(({ status }) => status)).toEqual(before.map(() => "ok"));
  // Of all candidates: which of them counts may hang on a predicted IoU's third digit.
  const first = (all: readonly Row[]) =>
    all.flatMap((row) => (row.status === "ok" ? row.steps[0]!.candidates.map(({ iou }) => iou!) : []));
  const [single, halved] = [first(before), first(after)];
  const apart = single.map((value, i) => Math.abs(value - halved[i]!));
  expect(apart).toHaveLength(3 * 2 * (3 + 1 + 1));
  // Measured: 8e-4 of IoU at most. Had the ports' bits been misread, masks would be others altogether.
  expect(Math.max(...apart)).toBeLessThan(0.002);
  expect(apart.filter((value) => value > 0).length).toBeGreaterThan(9);
  const ports = JSON.stringify(JSON.parse(file("half", "manifest.json")).models);
  expect(ports).toContain('"float16"');
  expect(ports).not.toContain('"float32"');
}, 240_000);
