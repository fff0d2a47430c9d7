// Which execution provider did the work, and what is said when it was not the one that was asked for.

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { families, openModel } from "../../src/models/index.ts";
import type { RuntimeOptions } from "../../src/models/runtime/graph.ts";
import { openOnnxHost } from "../../src/models/runtime/onnx.ts";
import { fallenBack, providers } from "../../src/models/runtime/providers.ts";
import { cardOf, fixture, path, tinyFiles } from "./cases.ts";

const cpu = { CPUExecutionProvider: 40 };
const some = { CPUExecutionProvider: 3, CUDAExecutionProvider: 37 };

test.each([
  ["cpu", { encoder: cpu, decoder: cpu }, []],
  ["cuda", { encoder: some, decoder: some }, []],
  ["cuda", { encoder: some, decoder: cpu }, ["decoder"]],
  ["cuda", { encoder: cpu, decoder: {} }, ["encoder", "decoder"]],
  ["tensorrt", { decoder: some }, ["decoder"]],
  ["webgpu", { decoder: { WebGpuExecutionProvider: 1, CPUExecutionProvider: 900 } }, []],
])("%s: %j", (provider, used, graphs) => {
  expect(fallenBack(provider, used)).toEqual(graphs);
});

test("every provider that a run file may name is known", () => {
  const schema = JSON.parse(readFileSync(path("schemas/run-file.schema.json"), "utf8"));
  const card = JSON.parse(readFileSync(path("schemas/model-card.schema.json"), "utf8"));
  expect(Object.keys(providers)).toEqual(schema.properties.provider.enum);
  expect(card.properties.provider.enum).toEqual(schema.properties.provider.enum);
});

/** Opened for CUDA by name; the graphs run on the CPU all the same. */
function openFallingBack(allowCpuFallback: boolean) {
  const card = cardOf(64, {}, 4);
  const files = { encoder: fixture("encoder"), decoder: fixture("decoder-4") };
  return openModel(
    families.sam!,
    { card, files, batch: 4 },
    { provider: "cuda", threads: 1, allowCpuFallback },
    (host) => {
      const other = openOnnxHost({ provider: "cpu", threads: 1 });
      return { ...other, close: async () => void (await Promise.all([host.close(), other.close()])) };
    },
  );
}

describe("graphs that are left to the CPU", () => {
  test("are an error", async () => {
    const error = await openFallingBack(false).catch((reason: Error) => reason);
    expect((error as Error).message.replaceAll(path("test/fixtures/models/"), "")).toMatch(
      /^encoder\.onnx, decoder-4\.onnx: provider "cuda" ran no node in the trial run; expected nodes on CUDAExecutionProvider, or permission to use the CPU \(`allowCpuFallback`\), got encoder: \d+ nodes on CPUExecutionProvider; decoder: \d+ nodes on CPUExecutionProvider$/,
    );
  });

  test("are recorded where that is allowed", async () => {
    const session = await openFallingBack(true);
    await session.close();
    expect(session.facts.providers).toEqual({
      encoder: { CPUExecutionProvider: expect.any(Number) },
      decoder: { CPUExecutionProvider: expect.any(Number) },
    });
  });
});

test("a provider that nobody knows", async () => {
  const host = openOnnxHost({ provider: "gpu", threads: 1 });
  const error = await host.open(fixture("encoder")).catch((reason: Error) => reason);
  await host.close();
  expect((error as Error).message.replaceAll(path("test/fixtures/models/"), "")).toMatch(
    /^encoder\.onnx: cannot be opened on provider "gpu"; expected one of cpu, webgpu, cuda, tensorrt, coreml, dml, got onnxruntime-node has no such provider here, only cpu, /,
  );
});

test("the level of optimisation reaches the runtime: nodes stay that are fused otherwise", async () => {
  const nodes = async (more: Partial<RuntimeOptions>) => {
    const runtime = { provider: "cpu", threads: 1, ...more };
    const session = await openModel(
      families.sam!,
      { card: cardOf(256), files: tinyFiles, batch: 1 },
      runtime,
    );
    await session.close();
    const { encoder } = session.facts.providers as { encoder: { CPUExecutionProvider: number } };
    return encoder.CPUExecutionProvider;
  };
  const [all, disabled] = [await nodes({}), await nodes({ optimisation: "disabled" })];
  expect(all).toBeLessThan(disabled);
  expect(await nodes({ optimisation: "all" })).toBe(all);
});
