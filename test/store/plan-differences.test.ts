import { expect, it } from "vitest";
import { datasetCardDefaults } from "../../src/core/defaults.ts";
import type { Plan } from "../../src/core/plan.ts";
import { comparability, planDifferences } from "../../src/store/plan-differences.ts";
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
        { ...cells, cardHash: "c", card: { ...cells.card, version: 2 } as typeof cells.card },
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

const sides = ["in base", "in candidate"] as const;
const compared = (change: (copy: { -readonly [K in keyof Plan]: Plan[K] }) => void, model = "m1") => {
  const copy = structuredClone(plan);
  change(copy);
  return comparability({ plan, model: "m1" }, { plan: copy, model }, sides);
};

it("refuses to compare what differs in more than the model and how it was run", () => {
  const { refused, allowed } = compared((copy) => {
    const [cells, ...others] = copy.benchmarks as [Plan["benchmarks"][0], ...Plan["benchmarks"]];
    copy.seed = "other";
    copy.batch = 8;
    copy.protocols = [...copy.protocols, "mask@1"];
    copy.benchmarks = [
      { ...cells, cardHash: "c", card: { ...cells.card, version: 2, title: "Other" } as typeof cells.card },
      ...others,
    ];
  }, "m2");
  expect(refused).toEqual([
    `seed: ${plan.seed} in base, other in candidate`,
    "protocols: mask@1 only in candidate",
    "benchmarks.cells.card.version: 1 in base, 2 in candidate",
  ]);
  expect(allowed).toContain(`batch: ${plan.batch} in base, 8 in candidate`);
  expect(allowed.filter((line) => !line.startsWith("batch: "))).toEqual(
    expect.arrayContaining([expect.stringMatching(/^model\./)]),
  );
});

it("says nothing of what a model card tells readers alone", () => {
  const { refused, allowed } = compared((copy) => {
    copy.models = copy.models.map((model) => ({
      ...model,
      card: { ...model.card, title: "Other", training: ["photos"], scores: {}, licence: "MIT", batch: 3 },
    })) as unknown as Plan["models"];
  });
  expect(refused).toEqual([]);
  expect(allowed).toEqual([expect.stringMatching(/^model\.card\.batch: .* in base, 3 in candidate$/)]);
});

it("takes a tolerance that a card does not state for the usual one", () => {
  const withTolerance = (surfaceTolerance: number) =>
    compared((copy) => {
      copy.benchmarks = copy.benchmarks.map((one) => ({ ...one, card: { ...one.card, surfaceTolerance } }));
    }).refused;
  expect(withTolerance(datasetCardDefaults.surfaceTolerance)).toEqual([]);
  expect(withTolerance(3)[0]).toBe("benchmarks.cells.card.surfaceTolerance: 2 in base, 3 in candidate");
});

it("passes over what masks made elsewhere do not have, and nothing else", () => {
  const { refused, allowed } = compared((copy) => {
    const [first] = copy.models as [Plan["models"][0]];
    copy.models = [
      { ...first, card: { name: "m1", title: "m1", family: "external", mask: { predictedIou: "none" } } },
    ];
    copy.benchmarks = copy.benchmarks.slice(0, 1);
    copy.protocols = copy.protocols.slice(0, 1);
    copy.seed = "other";
  });
  expect(refused).toEqual([`seed: ${plan.seed} in base, other in candidate`]);
  expect(allowed).toEqual([
    "model: masks made elsewhere in candidate",
    ...plan.protocols.slice(1).map((id) => `protocols: ${id} only in base`),
    ...plan.benchmarks.slice(1).map(({ name }) => `benchmarks: ${name} only in base`),
  ]);
});
