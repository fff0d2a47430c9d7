// All masks of an image from two exports: what is planted into one of them is named by the filter that it moves.
import { afterAll, beforeAll, expect, test } from "vitest";
import { imagesOf } from "../../src/config/runs/kinds.ts";
import { fates, type GeneratorSettings, type MaskSet } from "../../src/core/mask-sets.ts";
import type { ParitySetRow } from "../../src/core/parity-sets.ts";
import type { EverythingProtocol } from "../../src/eval/everything/protocols.ts";
import { type UnitJob, withGenerator } from "../../src/eval/index.ts";
import { floatValues, type OnnxModel, onnxTensor, whole } from "../../src/formats/onnx-graph.ts";
import type { ParityModel } from "../../src/parity/crossing.ts";
import { setEstimates } from "../../src/parity/estimates.ts";
import { setCauses } from "../../src/parity/sets/causes.ts";
import { pairMasks } from "../../src/parity/sets/partners.ts";
import { playSets } from "../../src/parity/sets/play-sets.ts";
import { setsOf } from "../../src/parity/sets/summary.ts";
import { isIdentical, parityCells } from "../../src/parity/summarize.ts";
import { ascii } from "../helpers/ascii-mask.ts";
import { reordered, splice } from "../helpers/faults.ts";
import { temporaryFolder } from "../helpers/synthetic.ts";
import { openModels, type Plants, prepared } from "./open-pair.ts";

const few: Partial<GeneratorSettings> = { pointsPerSide: 4, predictedIou: 0.3, stability: 0.6 };
let run: Awaited<ReturnType<typeof prepared>>;
let models: ReturnType<typeof openModels>;
let reference: ParityModel;

beforeAll(async () => {
  run = await prepared(["visor"], ["everything@1"]);
  models = openModels(run);
  reference = await models.open({}, "");
}, 300_000);
afterAll(() => models.close());

async function compared(plants: Plants, other: Partial<GeneratorSettings> = {}) {
  const candidate = await models.open(plants, temporaryFolder());
  const protocols = (more: Partial<GeneratorSettings>) =>
    (run.protocols as readonly EverythingProtocol[]).map((one) => withGenerator(one, { ...few, ...more }));
  const both = { reference: protocols({}), candidate: protocols(other) };
  const [{ name }] = run.benchmarks as [(typeof run.benchmarks)[number]];
  const ref = imagesOf(run.benchmarks[0]!, "the test")[0]!;
  const job: UnitJob = { unit: { index: 0, model: "tiny", benchmark: name, sample: ref.id }, ref };
  const settings = { protocols: both, metrics: [], seed: "s", masks: false, clock: () => 0 };
  const { rows } = await playSets({ reference: job, candidate: job }, { reference, candidate }, settings);
  await candidate.session.close();
  const row = rows.find((one): one is ParitySetRow => one.kind === "set")!;
  const sets = setsOf([row])!;
  const side = (list: readonly EverythingProtocol[]) => ({
    card: run.models[0]!.card,
    generators: Object.fromEntries(list.map(({ id, generator }) => [id, generator])),
  });
  const sides = { reference: side(both.reference), candidate: side(both.candidate) };
  return {
    row,
    sets,
    sides,
    causes: setCauses(sets, sides),
    cell: parityCells(rows, [{ name, title: name }])[0]!,
  };
}

const output = (port: string, op: "Mul" | "Add", by: number) => (model: OnnxModel) =>
  splice(model, port, "after", [{ op, on: ["x", "by"] }], { by: { dims: [], values: [by] } });

/** Weights with 11 bits of mantissa, as half precision has them (Veltkamp's splitting). */
function halved(model: OnnxModel): OnnxModel {
  const round = (x: number) => {
    const c = Math.fround(x * 8193);
    return Math.fround(c - Math.fround(c - x));
  };
  const initializer = model.graph.initializer.map((tensor) => {
    const values = floatValues(tensor);
    return values === undefined
      ? tensor
      : onnxTensor(tensor.name!, tensor.dims.map(whole), values.map(round));
  });
  return { ...model, graph: { ...model.graph, initializer } };
}

test("the same graph in another order: identical, every mask with its partner, nothing named", async () => {
  const { cell, causes, sets } = await compared({ decoder: reordered });
  expect(isIdentical(cell)).toBe(true);
  expect(causes).toEqual({ diagnoses: [], remarks: [] });
  expect(sets.masks.reference).toBeGreaterThan(5);
  expect(sets).toMatchObject({ fates: [], agreement: sets.masks.reference, apart: { all: 0 } });
  expect(cell.estimates["partners-75"]).toMatchObject({ value: 1, n: sets.masks.reference });
}, 300_000);

test.each([
  ["stability", "low_res_masks", "Mul", 0.5, "Stability made the difference"],
  ["predicted", "iou_predictions", "Mul", 0.6, "Predicted IoU made the difference"],
  ["outlines", "low_res_masks", "Add", 0.7, "The mask threshold made the difference"],
] as const)(
  "%s: %s %s %d",
  async (input, port, op, by, title) => {
    const { causes, sets, sides, row, cell } = await compared({ decoder: output(port, op, by) });
    expect(isIdentical(cell)).toBe(false);
    expect(causes.diagnoses).toMatchObject([{ id: `filter-${input}`, mistake: true, title, removed: 1 }]);
    expect(sets.apart.all).toBeGreaterThan(0);
    // Masks without a partner met the filter that was moved.
    const met = input === "outlines" ? ["stability", "kept"] : [input];
    for (const { fate } of sets.fates) expect(met).toContain(fate);
    // Numbers of another model are no one's mistake.
    const another = [{ ...causes.diagnoses[0]!, id: "another-model", mistake: false }];
    expect(setCauses(sets, sides, another)).toEqual({ diagnoses: [], remarks: [] });
    const { alone, masks, partners } = row.compared!;
    expect(alone.reference.length).toBe(masks.reference - partners[1]!);
    expect(alone.candidate.length).toBe(masks.candidate - partners[1]!);
    if (input !== "outlines") for (const one of alone.reference) expect(one[input]).toBeLessThan(0);
  },
  300_000,
);

test("settings that differ are named, and nothing else is looked for", async () => {
  const { causes, sets } = await compared({}, { nms: 0.3 });
  expect(causes.diagnoses).toMatchObject([
    { id: "settings", title: "Settings differ: everything@1 nms: 0.7 and 0.3" },
  ]);
  expect(sets.fates).toMatchObject([{ fate: "suppressed", masks: { candidate: 0 } }]);
  expect((await compared({}, { stabilityOffset: 2 })).causes.diagnoses[0]!.title).toMatch(
    /stabilityOffset: 1 and 2/,
  );
}, 300_000);

test("half precision is no mistake: what differs lies at a threshold or in a tie", async () => {
  const { causes, sets } = await compared({ decoder: halved });
  expect(sets.identical).toBe(false);
  expect(sets.shifts.predicted.absolute / sets.shifts.predicted.n).toBeLessThan(0.005);
  expect(causes.diagnoses.filter(({ mistake }) => mistake)).toEqual([]);
}, 300_000);

test("pairs: one to one, the highest IoU first, of equal ones the earlier; empty masks have none", () => {
  const set = (...drawn: string[][]): MaskSet => ({
    masks: drawn.map((rows, candidate) => {
      const one = ascii(...rows);
      return {
        ...{ candidate, predictedIou: 1, stability: 1, score: 1, area: 0, point: { x: 0, y: 0 } },
        ...{ crop: { x0: 0, y0: 0, x1: 7, y1: 0 }, box: { x0: 0, y0: 0, x1: 0, y1: 0 }, mask: () => one },
      };
    }),
    points: drawn.length,
    fates: new Uint8Array(drawn.length).fill(fates.indexOf("kept")),
    predictedIou: new Float32Array(drawn.length),
    stability: new Float32Array(drawn.length),
  });
  const reference = set(["####...."], ["####...."], ["......##"], ["........"]);
  const candidate = set(["###....."], ["####...."], ["......#."], ["........"]);
  const { pairs, alone, same } = pairMasks(reference, candidate);
  expect(pairs).toEqual([
    { reference: 0, candidate: 1, agreement: 1 },
    { reference: 1, candidate: 0, agreement: 0.75 },
    { reference: 2, candidate: 2, agreement: 0.5 },
  ]);
  expect(alone).toEqual({ reference: [2, 3], candidate: [2, 3] });
  expect(same).toBe(false);
  expect(pairMasks(reference, reference).same).toBe(true);
});

test("change of count: of the reference's masks, images on which it has none too; nothing of a benchmark where it has none", () => {
  const moved = { n: 0, sum: 0, absolute: 0, max: 0, up: 0, down: 0 };
  const row = (benchmark: string, sample: string, reference: number, candidate: number): ParitySetRow => ({
    ...{ kind: "set", benchmark, sample, cluster: sample, protocol: "everything@1" },
    compared: {
      ...{ masks: { reference, candidate }, candidates: 48, partners: [0, 0, 0], agreement: 0 },
      ...{ near: { reference: [0, 0], candidate: [0, 0] }, identical: false },
      shifts: { predicted: moved, stability: moved, area: moved },
      apart: { all: 0, predicted: 0, stability: 0, masks: 0, outlines: 0 },
      alone: { reference: [], candidate: [] },
    },
  });
  const change = (...rows: ParitySetRow[]) => setEstimates(rows)["count-change"]?.value;
  expect(change(row("a", "1", 15, 19))).toBeCloseTo(4 / 15, 12);
  expect(change(row("a", "1", 2, 0))).toBe(-1);
  expect(change(row("a", "1", 15, 16), row("a", "2", 0, 3))).toBeCloseTo(4 / 15, 12);
  expect(change(row("a", "1", 15, 19), row("b", "1", 0, 3))).toBeCloseTo(4 / 15, 12);
  expect(change(row("b", "1", 0, 3))).toBeUndefined();
});
