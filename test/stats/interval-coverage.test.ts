// A short version of scripts/interval-coverage: promises of intervals and tests, within what 200 data sets can tell.
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { type Coverage, simulate } from "../../scripts/interval-coverage/simulate.ts";

const result = new URL("../../scripts/interval-coverage/result.json", import.meta.url);

it("100 clusters: intervals hold the truth, tests neither alarm falsely nor miss what is detectable", () => {
  const { coverage, falseAlarms, power } = simulate(100, 200, 500);
  // Four standard errors of a share near 95 % of 200.
  expect(Math.abs(coverage - 0.94)).toBeLessThan(0.065);
  expect(Math.abs(falseAlarms - 0.05)).toBeLessThan(0.065);
  expect(Math.abs(power - 0.8)).toBeLessThan(0.12);
});

it("2,000 data sets: within two points of the promise from 100 clusters on", () => {
  const results: Coverage[] = JSON.parse(readFileSync(result, "utf8"));
  for (const { clusters, coverage, falseAlarms } of results) {
    if (clusters < 100) continue;
    expect(coverage).toBeGreaterThan(0.93);
    expect(coverage).toBeLessThan(0.97);
    expect(falseAlarms).toBeLessThan(0.06);
  }
});
