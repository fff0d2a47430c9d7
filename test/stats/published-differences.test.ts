// Published differences beside those of a comparison: with the papers' own numbers.
import { expect, test } from "vitest";
import { loadPublished } from "../../src/config/models/published.ts";
import type { ComparedPair, Comparison, PairedMeasure } from "../../src/core/results.ts";
import { publishedDifferences } from "../../src/stats/published.ts";

const { numbers, models } = await loadPublished({ cwd: process.cwd(), env: {} });
const suite = numbers.flatMap(({ on }) => (on.kind === "suite" ? [on.benchmarks] : []))[0]!;

function measured(measure: string, value: number, half: number): PairedMeasure {
  const difference = { value, low: value - half, high: value + half, n: 9, clusters: 3 };
  const none = { better: 0, same: 0, worse: 0 };
  return {
    ...{ measure, base: 0.5, candidate: 0.5 + value, difference, p: 1 },
    exact: true,
    targets: none,
    changed: [],
  };
}

function compare(
  benchmarks: readonly string[],
  base: string,
  candidate: string,
  measures: readonly PairedMeasure[],
) {
  const pairing = { pairs: 9, dropped: 0, unpaired: {}, failed: { base: 0, candidate: 0 } };
  const none = { better: 0, same: 0, worse: 0 };
  const place = { protocol: "sam1-d1@1", pairing };
  const pair: Pick<ComparedPair, "candidate" | "groups" | "cells"> = {
    candidate: "new",
    cells: benchmarks.map((benchmark) => ({
      ...{ benchmark, ...place },
      measures: measures.map((one) => ({ ...one, holm: 1 })),
    })),
    groups: [
      {
        ...{ kind: "overall", name: "overall", ...place },
        measures: measures.map((one) => ({ ...one, benchmarks: none, clear: { better: 0, worse: 0 } })),
      },
    ],
  };
  const facts: Pick<Comparison, "base" | "benchmarks" | "protocols"> = {
    base: { name: "old", title: "Old", run: "r", model: "old", plan: "p" },
    benchmarks: benchmarks.map((name) => ({ name, title: name, domain: [] })),
    protocols: [{ id: "sam1-d1@1", summary: "", measures: [] }],
  };
  return publishedDifferences(facts, pair, { base, candidate, benchmarks: {} }, { numbers, models });
}

test("SAM against RITM on TrashCan: -15.0 points; turned round, +15.0", () => {
  const [there, ...rest] = compare(["trashcan"], "ritm-hrnet32", "sam-vit-h", [
    measured("iou@1", -0.17, 0.03),
  ]);
  expect(rest).toEqual([]);
  expect(there).toMatchObject({
    value: -0.15,
    name: "trashcan",
    model: "new",
    minus: "old",
    verdict: "inside",
  });
  expect(there!.difference).toBeCloseTo(-0.02, 12);
  const [back] = compare(["trashcan"], "sam-vit-h", "ritm-hrnet32", [measured("iou@1", 0.17, 0.01)]);
  expect(back).toMatchObject({ value: 0.15, verdict: "outside" });
});

test("ViT-H against ViT-B over the 23: 58.1 - 55.9 and 81.3 - 80.9", () => {
  const measures = [measured("iou@1", 0.03, 0.005), measured("iou@5", 0.002, 0.003)];
  const found = compare(suite, "sam-vit-b", "sam-vit-h", measures);
  expect(found.map(({ on, measure, value, verdict }) => [on, measure, value, verdict])).toEqual([
    ["suite", "iou@1", 0.022, "outside"],
    ["suite", "iou@5", 0.004, "inside"],
  ]);
  expect(compare(suite.slice(1), "sam-vit-b", "sam-vit-h", measures)).toEqual([]);
});

test("both read off a figure: the errors add up", () => {
  const found = compare(suite, "ritm-hrnet32", "sam-vit-h", [measured("iou@2", 0.05, 0.001)]);
  // 70.8 - 66.5; our interval begins at 4.9, 0.6 points above.
  expect(found).toMatchObject([{ value: 0.043, error: 0.01, kind: "digitised", verdict: "error" }]);
});

test("the same model on both sides has no published difference", () => {
  expect(compare(["trashcan"], "sam-vit-h", "sam-vit-h", [measured("iou@1", 0, 0.1)])).toEqual([]);
});
