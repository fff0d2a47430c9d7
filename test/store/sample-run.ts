// A small run in plain data: two models, two benchmarks, five images; units of unequal sizes, one of them empty.
import { hashOf } from "../../src/core/hash.ts";
import type { Manifest, Plan, Shard, Unit } from "../../src/core/plan.ts";
import type { MaskRow, Row, ScoredRow } from "../../src/core/rows.ts";

export { sharedFolder, temporaryFolder } from "../helpers/synthetic.ts";

const images = { cells: ["a", "b", "c"], streets: ["x/1", "x/2"] };

const benchmark = (name: keyof typeof images): Plan["benchmarks"][number] => ({
  name,
  card: {
    name,
    title: `The ${name}`,
    version: 1,
    domain: ["microscopy"],
    homepage: "https://example.org",
    licence: "CC0",
    adapter: { format: "mask-files", images: "*.jpg", masks: "*.png" },
    maskType: "instance",
  },
  cardHash: hashOf(name),
  images: images[name].length,
  subsetHash: hashOf(images[name]),
});

const model = (name: string): Plan["models"][number] => ({
  name,
  card: { name, title: name, family: "sam", files: { encoder: "e.onnx", decoder: "d.onnx" } },
  files: [{ path: "e.onnx", bytes: 5, sha256: hashOf(`${name} e`) }],
});

export const plan: Plan = {
  name: "sample",
  title: "Sample",
  seed: "7",
  batch: 16,
  threads: 1,
  provider: "cpu",
  masks: true,
  protocols: ["sam1-d1@1", "box@1"],
  metrics: ["iou", "dice", "boundary"],
  models: [model("m1"), model("m2")],
  benchmarks: [benchmark("cells"), benchmark("streets")],
};

/** The store is told what must hold of rows: here nothing but their shape. */
export const check = () => [];

export function manifestOf(changed: Partial<Plan> = {}, shard: Shard | null = null): Manifest {
  const full = { ...plan, ...changed };
  return {
    format: "segbench/manifest@2",
    plan: full,
    planHash: hashOf(full),
    shard,
    software: { segbench: "0.1.0" },
    hardware: { cpu: "test", cores: 2 },
    models: {},
  };
}

export const units: readonly Unit[] = plan.models
  .flatMap(({ name }) =>
    Object.entries(images).flatMap(([benchmark, ids]) =>
      ids.map((sample) => ({ model: name, benchmark, sample })),
    ),
  )
  .map((unit, index) => ({ index, ...unit }));

export const scored: ScoredRow = {
  model: "m1",
  benchmark: "cells",
  protocol: "sam1-d1@1",
  sample: "a",
  cluster: "a",
  target: "1",
  status: "ok",
  size: { width: 40, height: 30 },
  area: 20,
  box: [3, 4, 9, 9],
  category: "Zelle \u2028 ü",
  steps: [
    {
      at: { clicks: 1 },
      sent: { clicks: [[5, 6, 1]], multimask: true },
      chosen: 0,
      candidates: [
        { predicted: 0.9, iou: 0.1 + 0.2 },
        { predicted: 0.6, iou: 0.5 },
      ],
      scores: { iou: 0.1 + 0.2, oracle: 0.5, dice: 0.5, boundary: 0.25 },
    },
  ],
};

export function contentOf(unit: Unit): { rows: Row[]; masks: MaskRow[]; timing: object } {
  const { model, benchmark, sample, index } = unit;
  const key = { model, benchmark, sample };
  const rows: Row[] = [];
  const masks: MaskRow[] = [];
  if (index % 4 !== 3)
    for (const protocol of plan.protocols) {
      for (let target = 0; target <= index % 3; target += 1) {
        rows.push({ ...scored, ...key, protocol, cluster: sample, target: String(target) });
        const rle = { size: [30, 40] as const, counts: "`".repeat(index + 1) };
        masks.push({ ...key, protocol, target: String(target), at: { clicks: 1 }, rle });
      }
      rows.push({ ...key, protocol, cluster: sample, target: "e", status: "dropped", reason: "empty" });
    }
  return { rows, masks, timing: { encode: index * 1.5 } };
}
