// biome-ignore-all lint/suspicious/noTemplateCurlyInString: environment variables as they are written in YAML
import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { findCard, findSettings, listCards } from "../../../src/config/cards.ts";
import { packageFolder } from "../../../src/config/paths.ts";
import type { Overrides, PlanRequest } from "../../../src/config/request.ts";
import { prepare } from "../../../src/config/runs/prepare.ts";
import { type Problem, SegbenchError } from "../../../src/core/errors.ts";
import { hashOf, sha256 } from "../../../src/core/hash.ts";
import { folder, home, registries } from "../fakes.ts";

const ready = (overrides: Overrides = {}, more: Partial<PlanRequest> = {}) =>
  prepare({ cwd: folder, env: {}, home, overrides, ...more }, registries);

describe("a prepared run", () => {
  test("has every default filled in", async () => {
    const { plan, planHash, out, workers } = await ready();
    expect(plan).toMatchObject({
      name: "quickstart",
      title: "quickstart",
      seed: "segbench",
      batch: 16,
      threads: 1,
      provider: "cpu",
      masks: true,
      protocols: ["sam1-d1@1"],
      metrics: ["iou", "dice", "boundary"],
    });
    expect(plan.models[0]).toMatchObject({
      name: "fake",
      card: {
        image: { size: 64, padding: "none", filter: "bilinear", mean: [123.675, 116.28, 103.53], scale: 1 },
        prompt: { paddingPoint: true, box: true },
        mask: { threshold: 0, predictedIou: "iou", multimask: true },
        batch: 16,
      },
      files: [
        { path: "../../weights/encoder.onnx", bytes: 7, sha256: sha256("encoder") },
        { path: "../../weights/decoder.onnx", bytes: 7, sha256: sha256("decoder") },
      ],
    });
    expect(plan.benchmarks[0]).toMatchObject({
      name: "pond",
      images: 3,
      subsetHash: sha256("b\na\nc"),
      card: {
        adapter: { format: "coco", fileName: "file_name", excludeCategories: [] },
        root: "pond",
        cluster: "image",
        pixels: { exif: "auto", range: [0, 65535] },
      },
    });
    expect(planHash).toBe(hashOf(plan));
    expect(plan.benchmarks[0]?.cardHash).toBe(hashOf(plan.benchmarks[0]?.card));
    expect(out).toBe(join(folder, "reports", "quickstart"));
    expect(workers).toBeUndefined();
  });

  test("carries objects for the plan's names, and absolute paths beside the plan only", async () => {
    const { plan, models, benchmarks, protocols, metrics } = await ready();
    expect(models[0]?.files.encoder).toBe(join(home, "weights", "encoder.onnx"));
    expect(benchmarks.map(({ root }) => root)).toEqual([join(home, "data/pond"), join(home, "data/leaves")]);
    expect(benchmarks.map(({ refs }) => refs.map(({ id }) => id))).toEqual([["b", "a", "c"], ["leaf-1"]]);
    expect(protocols.map(({ id }) => id)).toEqual(plan.protocols);
    expect(metrics.map(({ name }) => name)).toEqual(plan.metrics);
    expect(JSON.stringify(plan)).not.toContain(folder);
  });

  test("lets the command line win, and keeps a chosen benchmark's own root", async () => {
    const { plan, workers, out } = await ready({
      benchmarks: ["leaves"],
      limit: 2,
      seed: 7,
      batch: 2,
      workers: 3,
      saveMasks: false,
      out: "elsewhere",
      data: "home/data",
    });
    expect(plan).toMatchObject({ limit: 2, seed: "7", batch: 2, masks: false });
    expect(plan.benchmarks.map(({ name, images }) => [name, images])).toEqual([["leaves", 2]]);
    expect(plan.models[0]?.card).toMatchObject({ batch: 2 });
    expect([workers, out]).toEqual([3, join(folder, "elsewhere")]);
  });

  test("takes as many prompts at once as both card and run allow", async () => {
    const batches = async (batch?: number) =>
      (await ready({ models: ["fake", "no-box"], batch })).models.map(({ card }) => card.batch);
    expect(await batches()).toEqual([16, 4]);
    expect(await batches(2)).toEqual([2, 2]);
  });

  test("takes a card's provider unless the run names one", async () => {
    const chosen = async (overrides: Overrides) =>
      (await ready({ models: ["cards/webgpu.yaml"], ...overrides })).models.map(({ card }) => card.provider);
    expect(await chosen({})).toEqual(["webgpu"]);
    expect(await chosen({ provider: "cpu" })).toEqual([undefined]);
  });

  test("says which option is wrong", async () => {
    const overrides = { models: ["fake", "fak"], limit: 0, provider: "cudaa" };
    const error = await ready(overrides).catch((thrown: unknown) => thrown);
    expect((error as SegbenchError).message.split("\n")).toEqual([
      "limit: out of range; expected a number >= 1; got 0",
      'provider: unknown provider; expected one of cpu, webgpu, cuda, tensorrt, coreml, dml; got "cudaa" (did you mean "cuda"?)',
      'models[1]: unknown model; expected one of fake, no-box; got "fak" (did you mean "fake"?)',
    ]);
  });

  test("does not find a run file that is not there", async () => {
    const error = await ready({}, { file: "nowhere.yaml" }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(SegbenchError);
    expect((error as SegbenchError).message).toBe(
      'nowhere.yaml: no such run file; expected a path, or quickstart; got "nowhere.yaml"',
    );
  });

  test("takes run files, gates and cards of the package by path and by name where the working folder has none", async () => {
    const elsewhere = { cwd: join(home, "data"), env: {} };
    for (const text of ["configs/sam-23.yaml", "sam-23"])
      expect(await findSettings("run file", text, elsewhere)).toBe(
        join(packageFolder, "configs/sam-23.yaml"),
      );
    for (const text of ["configs/gates/export.yaml", "export"])
      expect(await findSettings("gate", text, elsewhere)).toBe(
        join(packageFolder, "configs/gates/export.yaml"),
      );
    const written = { place: { path: "models[0]" }, base: elsewhere.cwd };
    expect(await findCard("model", "configs/models/tiny.yaml", written, elsewhere)).toMatchObject({
      name: "tiny",
      problems: [],
    });
    expect(await findSettings("run file", "configs/sam-24.yaml", elsewhere)).toMatchObject({
      expected: expect.stringMatching(/^a path, or one of everything, export-gate, .*, sam-23, sam2-video$/),
      nearest: "sam-23",
    });
  });

  test("takes the working folder's own run file before the package's", async () => {
    const cwd = await mkdtemp(join(tmpdir(), "segbench-"));
    await mkdir(join(cwd, "configs"));
    await writeFile(join(cwd, "configs", "sam-23.yaml"), "");
    await mkdir(join(cwd, "everything"));
    const found = (text: string) => findSettings("run file", text, { cwd, env: {} });
    expect(await found("sam-23")).toBe(join(cwd, "configs", "sam-23.yaml"));
    expect(await found("configs")).toMatchObject({ what: "is a folder, not a run file" });
    expect(await found("everything")).toBe(join(packageFolder, "configs", "everything.yaml"));
  });

  test("changes identity with what can change rows, and with nothing else", async () => {
    const base = (await ready()).planHash;
    const same: Overrides[] = [
      {},
      { workers: 4 },
      { optimisation: "all" },
      { out: "x" },
      { data: "home/data" },
    ];
    const others: Overrides[] = [{ seed: "other" }, { batch: 1 }, { threads: 2 }, { limit: 2 }];
    others.push({ optimisation: "basic" }, { provider: "cuda" }, { allowCpuFallback: true });
    for (const overrides of same) expect((await ready(overrides)).planHash).toBe(base);
    for (const overrides of others) expect((await ready(overrides)).planHash).not.toBe(base);
  });
});

describe("cards", () => {
  const folders = { cwd: folder, env: { MODELS: "home/configs/models" }, home };

  test("are listed by name", async () => {
    expect((await listCards("model", folders)).map(({ name }) => name)).toEqual(["fake", "no-box"]);
    expect((await listCards("benchmark", folders)).map(({ name }) => name)).toEqual([
      "leaves",
      "pond",
      "spoilt",
    ]);
  });

  test("that have a name's word are named where there are many, and the verb that lists them", async () => {
    const all = { cwd: home, env: {} };
    const unknown = async (text: string) =>
      (await findCard("benchmark", text, { place: { path: "b" }, base: home }, all)) as Problem;
    expect((await unknown("coco")).expected).toMatch(
      /^coco-mval, coco-panoptic, coco-phrases, coco-val2017, grefcoco-testa, grefcoco-testb, or another of the \d+ that segbench list benchmarks shows$/,
    );
    const { expected, nearest } = await unknown("bbbc038v2");
    expect([expected?.slice(0, 11), nearest]).toEqual(["one of the ", "bbbc038v1"]);
  });

  test("are found by path: beside the file, or from the working folder after a variable", async () => {
    const written = { place: { path: "models[0]" }, base: join(home, "data") };
    for (const text of ["../configs/models/fake.yaml", "${MODELS}/fake.yaml"])
      expect(await findCard("model", text, written, folders)).toMatchObject({ name: "fake", problems: [] });
  });
});
