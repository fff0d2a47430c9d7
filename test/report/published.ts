// Made-up published numbers for the example: every verdict, a difference, a suite that the run lacks parts of.
import type { PublishedMatch, PublishedNumber, Summary } from "../../src/core/results.ts";
import { matchPublished } from "../../src/stats/published.ts";

const base: PublishedNumber = {
  model: "sam-vit-b",
  ...{ on: { kind: "benchmark", name: "bbbc038v1" }, measure: "iou@1", value: 0.79, near: [] },
  ...{
    source: "A <paper>, table 1",
    url: "https://example.org/?a=1&b=2",
    kind: "printed",
    stated: "one click",
  },
  protocol: "sam1-d1@1",
};
const { protocol: _protocol, ...unlike } = base;
const both = { kind: "suite", name: "pair", benchmarks: ["bbbc038v1", "trashcan"] } as const;

const numbers: readonly PublishedNumber[] = [
  base,
  { ...base, measure: "iou@5", value: 0.7 },
  { ...base, on: both, value: 0.64, kind: "digitised", error: 0.04 },
  { ...base, on: both, measure: "oracle@1", value: 0.79 },
  { ...base, on: { ...both, name: "trio", benchmarks: [...both.benchmarks, "lvis"] } },
  { ...unlike, near: ["box@1"], differs: "the box is loose", measure: "iou@box", value: 0.9, masks: 12345 },
  { ...base, minus: "mobile-sam", value: 0.08 },
];

/** The first model with a key; where there are two, both. */
export function examplePublished(summary: Summary): PublishedMatch {
  const models = Object.fromEntries(summary.models.map(({ name }) => [name, name]));
  return matchPublished(summary, { models, benchmarks: {} }, { models, numbers });
}
