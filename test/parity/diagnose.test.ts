// Every usual mistake, planted into the bundled model itself: the first cause that is named must be the one that was planted.

import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { imagesOf } from "../../src/config/runs/kinds.ts";
import { isInteractive, type UnitJob } from "../../src/eval/index.ts";
import {
  floatValues,
  type OnnxModel,
  type OnnxTensor,
  onnxTensor,
  whole,
} from "../../src/formats/onnx-graph.ts";
import type { ParityModel } from "../../src/parity/crossing.ts";
import { anotherModelDiagnosis } from "../../src/parity/diagnose/another-model.ts";
import { diagnose } from "../../src/parity/diagnose/index.ts";
import { type Fault, faults, reordered, splice } from "../helpers/faults.ts";
import { temporaryFolder } from "../helpers/synthetic.ts";
import { openModels, type Plants, prepared } from "./open-pair.ts";

const protocols = ["sam1-d1@1", "box@1"];
let run: Awaited<ReturnType<typeof prepared>>;
let models: ReturnType<typeof openModels>;
let reference: ParityModel;

beforeAll(async () => {
  run = await prepared(["doors"], protocols);
  models = openModels(run);
  reference = await models.open({}, "");
}, 300_000);
afterAll(() => models.close());

async function diagnosed(
  plants: Plants,
  against: ParityModel = reference,
  prompt: { paddingPoint?: boolean } = {},
) {
  const folder = temporaryFolder();
  const candidate = await models.open(plants, folder, prompt);
  try {
    const jobs = run.benchmarks.map((one, index): UnitJob => {
      const [name, ref] = [one.name, imagesOf(one, "the test")[0]!];
      return { unit: { index, model: "tiny", benchmark: name, sample: ref.id }, ref };
    });
    return await diagnose({
      ...{
        pair: { reference: against, candidate, sameDecoder: false },
        card: run.models[0]!.card,
        jobs,
        folder,
      },
      settings: {
        protocols: run.protocols.filter(isInteractive),
        metrics: [],
        seed: "s",
        masks: false,
        clock: () => 0,
      },
      first: "encoder",
    });
  } finally {
    await candidate.session.close();
  }
}

/** Each takes seconds, so one in four runs unasked; SEGBENCH_LONG=1 runs them all. */
const tested = (_: Fault, i: number) => process.env.SEGBENCH_LONG !== undefined || i % 4 === 0;

describe("a planted mistake is named first", () => {
  test.skipIf(process.env.SEGBENCH_LONG !== undefined)("the others with SEGBENCH_LONG=1", () => {
    expect(faults.length).toBeGreaterThanOrEqual(14);
  });

  test.each(faults.filter(tested).map((fault): [string, Fault] => [fault.name, fault]))(
    "%s",
    async (_name, { stage, diagnosis, plant }) => {
      const { diagnoses } = await diagnosed({ [stage]: plant });
      expect(diagnoses.map(({ id }) => id)[0]).toBe(diagnosis);
      expect(diagnoses[0]).toMatchObject({ stage, mistake: true });
      expect(diagnoses[0]!.removed).toBeGreaterThan(0.9);
      expect(diagnoses.every((one) => one.stage === stage)).toBe(true);
    },
    300_000,
  );
});

describe("a reference to which the padding point means something: label -1 counts as a click", () => {
  const heeds: Plants = { decoder: faults.find(({ name }) => name === "padding-point")!.plant };
  let strict: ParityModel;
  beforeAll(async () => {
    strict = await models.open(heeds, mkdtempSync(join(tmpdir(), "segbench-test-")));
  }, 300_000);
  afterAll(() => strict.session.close());

  test("a decoder that ignores it", async () => {
    const { diagnoses } = await diagnosed({}, strict);
    expect(diagnoses[0]).toMatchObject({ id: "padding-point", stage: "decoder", removed: 1 });
    expect(diagnoses[0]!.title).toMatch(/ignores/);
  }, 300_000);

  test("a caller that does not send it", async () => {
    const { diagnoses } = await diagnosed(heeds, strict, { paddingPoint: false });
    expect(diagnoses[0]).toMatchObject({ id: "padding-point", stage: "decoder", removed: 1 });
    expect(diagnoses[0]!.title).toMatch(/expects a padding point/);
  }, 300_000);
});

test("the same graph in another order has nothing to be named", async () => {
  const { diagnoses, remarks } = await diagnosed({ encoder: reordered, decoder: reordered });
  expect(diagnoses).toEqual([]);
  expect(remarks).toEqual([]);
}, 300_000);

test("scores that are not finite are named as that, and as nothing else: no correction was seen to help", async () => {
  const steps = [
    { op: "Log", on: ["zero"] },
    { op: "Sub", on: ["#0", "#0"] },
    { op: "Add", on: ["x", "#1"] },
  ];
  const zero = { zero: { dims: [], values: [0] } };
  const plant = (model: OnnxModel) => splice(model, "iou_predictions", "after", steps, zero);
  const { diagnoses } = await diagnosed({ decoder: plant });
  expect(diagnoses.map(({ id }) => id)).toEqual(["not-finite"]);
}, 300_000);

/** Weights drawn anew, each as large as those that it replaces. */
function drawnAnew(model: OnnxModel): OnnxModel {
  let state = 1;
  const next = () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647 - 0.5;
  };
  const initializer = model.graph.initializer.map((tensor) => {
    const values = floatValues(tensor);
    if (values === undefined) return tensor;
    const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    return onnxTensor(
      tensor.name!,
      tensor.dims.map(whole),
      values.map(() => next() * largest),
    );
  });
  return { ...model, graph: { ...model.graph, initializer } };
}

test("a model of other weights is named as that, and no mistake with it", async () => {
  const { diagnoses, remarks } = await diagnosed({ encoder: drawnAnew });
  expect(diagnoses).toMatchObject([
    { id: "another-model", stage: "encoder", mistake: false, title: "Another model: other weights" },
  ]);
  expect(remarks).toEqual([]);
}, 300_000);

test("another model by its layers; not the same one in 8 bits, in half precision, transposed, negated, or pruned", () => {
  const weights = (...tensors: OnnxTensor[]): OnnxModel => ({
    ...{ opsetImport: [] },
    graph: { node: [], initializer: tensors, input: [], output: [], valueInfo: [] },
  });
  const values = Float32Array.from({ length: 600 }, (_, i) => Math.sin(i * i));
  const own = weights(onnxTensor("w", [20, 30], values));
  const named = (other: OnnxModel) => anotherModelDiagnosis("encoder", own, other)?.title;
  expect(named(weights(onnxTensor("w", [24, 25], values)))).toBe("Another model: the graph has other layers");
  expect(
    named(
      weights(
        onnxTensor(
          "w",
          [20, 30],
          values.map((_, i) => Math.sin(i * i + 7 * i)),
        ),
      ),
    ),
  ).toBe("Another model: other weights");
  const turned = values.map((_, i) => values[(i % 20) * 30 + Math.floor(i / 20)]!);
  const typed = (dims: readonly number[], dataType: number) => ({ name: "w", dims: [...dims], dataType });
  for (const same of [
    onnxTensor(
      "v",
      [20, 30],
      values.map((value) => -value),
    ),
    onnxTensor("v", [30, 20], turned),
    onnxTensor(
      "v",
      [20, 30],
      values.map((value) => (Math.abs(value) < 0.4 ? 0 : value)),
    ),
    { ...onnxTensor("v", [20, 30], values), ...typed([20, 30], 10) },
    { ...onnxTensor("v", [20, 30], values), ...typed([20, 2, 16], 2) },
  ])
    expect(named(weights(same))).toBeUndefined();
});
