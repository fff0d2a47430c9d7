// A run of words that is written down is the very same run, and leaves nothing where it cannot be.
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
import { planRequest, preparePlan, type RunRequest } from "../../src/config/index.ts";
import { contextOf } from "../../src/run/context.ts";
import { writeRun } from "../../src/run/write-run.ts";
import { packageFolder, sharedFolder, temporaryFolder, workPlace } from "../helpers/synthetic.ts";

const place = sharedFolder();
const around = contextOf({ cwd: place, env: { SEGBENCH_DATA: "" } });
const hashOf = async (request: RunRequest) =>
  (await preparePlan({ ...planRequest(request), cwd: place, env: around.env })).planHash;

beforeAll(async () => {
  mkdirSync(join(place, "made"));
  const made = await workPlace({ images: 3, targets: 1 }, { place: join(place, "made") });
  for (const name of ["img0000", "img0001", "img0002"])
    for (const [kind, file] of [
      ["images", `${name}.png`],
      ["masks", "t0.png"],
    ] as const) {
      mkdirSync(join(place, "own", kind), { recursive: true });
      cpSync(join(made, "data", name, kind, file), join(place, "own", kind, `${name}.png`));
    }
  const fixture = (name: string) => join(packageFolder, "test/fixtures/models", `${name}.onnx`);
  cpSync(join(packageFolder, "datasets/samples/doors"), join(place, "samples/doors"), { recursive: true });
  mkdirSync(join(place, "net"));
  for (const name of ["encoder", "decoder-4"]) cpSync(fixture(name), join(place, "net", `${name}.onnx`));
});

test("own files and a model without a card: the same plan, from a file and cards in other folders", async () => {
  const request = {
    ...{ images: "own/images", masks: "own/masks", model: ["net", "tiny"], benchmarks: ["doors"] },
    ...{ data: "samples", points: [1, 3], box: true, limit: 2, seed: "nine", saveMasks: false },
  };
  const wanted = await hashOf(request);
  const { file, cards } = await writeRun("runs/mine.yaml", { ...request, file: null }, around);
  expect(file).toBe(join(place, "runs/mine.yaml"));
  expect(cards).toEqual([join(place, "net/net.yaml"), join(place, "runs/own.yaml")]);
  expect(await hashOf({ file })).toBe(wanted);
  const text = readFileSync(file, "utf8");
  expect(parse(text)).toMatchObject({
    data: "../samples",
    models: ["../net/net.yaml", "tiny"],
    benchmarks: [
      { name: "doors", limit: 2 },
      { name: "./own.yaml", limit: 2 },
    ],
  });
  // No absolute path: the folder may lie elsewhere on another machine.
  expect(text.replace(/^#.*/, "") + readFileSync(cards[1]!, "utf8").replace(/^#.*/, "")).not.toContain(place);
  await expect(writeRun("runs/mine.yaml", request, around)).rejects.toThrow(
    /runs\/mine.yaml: exists already/,
  );
});

test("a run that has a file, or names nothing, is refused", async () => {
  writeFileSync(join(place, "run.yaml"), "name: run\n");
  for (const file of ["run.yaml", null])
    await expect(writeRun("again.yaml", { file }, around)).rejects.toThrow(/is for a run that has no file/);
});

test("where a card cannot be written nothing is left", async () => {
  const request = { images: "own/images", masks: "own/masks", model: ["tiny"] };
  const folder = temporaryFolder();
  writeFileSync(join(folder, "own.yaml"), "mine\n");
  const file = join(folder, "run.yaml");
  await expect(writeRun(file, request, around)).rejects.toThrow(/own.yaml: exists already/);
  expect(existsSync(file)).toBe(false);
  expect(readFileSync(join(folder, "own.yaml"), "utf8")).toBe("mine\n");
});
