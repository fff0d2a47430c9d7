import { expect, it } from "vitest";
import type { Plan } from "../../src/core/plan.ts";
import { planDifferences } from "../../src/store/plan-differences.ts";
import { plan } from "./sample-run.ts";

const changed = (change: (copy: { -readonly [K in keyof Plan]: Plan[K] }) => void) => {
  const copy = structuredClone(plan);
  change(copy);
  return planDifferences(plan, copy);
};

it("finds nothing between equal plans", () => {
  expect(changed(() => undefined)).toEqual([]);
});

it("names models, benchmarks and protocols that came or went", () => {
  expect(
    changed((copy) => {
      copy.models = [copy.models[0]!, { ...copy.models[1]!, name: "m3" }];
      copy.benchmarks = copy.benchmarks.slice(1);
      copy.protocols = [...copy.protocols, "mask@1"];
    }),
  ).toEqual([
    "protocols: mask@1 only now",
    "models: m2 only in the run folder",
    "models: m3 only now",
    "benchmarks: cells only in the run folder",
  ]);
});

it("names the field of a card, and its hash only where no field says why", () => {
  expect(
    changed((copy) => {
      const [cells, streets] = copy.benchmarks as [Plan["benchmarks"][0], Plan["benchmarks"][0]];
      copy.benchmarks = [
        { ...cells, cardHash: "c", card: { ...cells.card, version: 2 } },
        { ...streets, cardHash: "s" },
      ];
    }),
  ).toEqual([
    "benchmarks.cells.card.version: 1 in the run folder, 2 now",
    expect.stringMatching(/^benchmarks\.streets\.cardHash: [0-9a-f]{12}\.\.\. in the run folder, s now$/),
  ]);
});

it("names files by path and lists by order", () => {
  expect(
    changed((copy) => {
      const [first, second] = copy.models as [Plan["models"][0], Plan["models"][0]];
      copy.models = [
        second,
        { ...first, files: [{ path: "e.onnx", bytes: 6, sha256: first.files[0]!.sha256 }] },
      ];
    }),
  ).toEqual(["models.m1.files.e.onnx.bytes: 5 in the run folder, 6 now"]);
  expect(changed((copy) => (copy.protocols = ["box@1", "sam1-d1@1"]))).toEqual([
    "protocols: in the order sam1-d1@1, box@1 in the run folder, box@1, sam1-d1@1 now",
  ]);
});
