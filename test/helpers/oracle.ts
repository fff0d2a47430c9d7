// Reads what scripts/oracle wrote (scripts/oracle/packed.py): JSON, gzipped where it is long.
import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { expect, TestRunner } from "vitest";

/** Content of `test/oracle/<name>.json.gz` or `.json`; a missing file fails the test. */
export function readOracle<T>(name: string): T {
  const plain = new URL(`../oracle/${name}.json`, import.meta.url);
  const packed = new URL(`${plain.href}.gz`);
  const text = existsSync(packed) ? gunzipSync(readFileSync(packed)) : readFileSync(plain);
  return JSON.parse(text.toString("utf8"));
}

/** What a test has held against a file of test/oracle; docs/trust.md is made of it (scripts/trust). */
export interface Held {
  readonly oracle: string;
  readonly cases: number;
  /** The largest difference of all cases: 0 where values, masks and digests are compared whole. */
  readonly difference: number;
  readonly allowed: number;
  /** Of the difference, where it is not that of the number itself. */
  readonly unit?: string;
}

declare module "vitest" {
  interface TaskMeta {
    held?: Held[];
  }
}

/** Fails the running test where the largest difference is not allowed, and notes what was held against what. */
export function held(oracle: string, cases: number, difference = 0, allowed = 0, unit?: string): void {
  expect(difference).toBeLessThanOrEqual(allowed);
  expect(cases).toBeGreaterThan(0);
  const meta = TestRunner.getCurrentTest()!.meta as { held?: Held[] };
  meta.held = [...(meta.held ?? []), { oracle, cases, difference, allowed, ...(unit && { unit }) }];
}

/** The largest of the differences between two lists. */
export function farthest(values: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(values.length).toBe(expected.length);
  let worst = 0;
  for (let i = 0; i < values.length; i++) worst = Math.max(worst, Math.abs(values[i]! - expected[i]!));
  return worst;
}

export type Row = readonly (number | string)[];

/** Holds one case, and returns its largest difference where it is not compared whole. */
export type Check = (row: Row, index: number) => number | undefined;

/** Holds every case; what a check throws says which case it was. */
export function holdCases(name: string, cases: readonly Row[], check: Check, allowed = 0): void {
  let worst = 0;
  for (const [index, row] of cases.entries()) {
    try {
      worst = Math.max(worst, check(row, index) ?? 0);
    } catch (error) {
      throw new Error(`case ${JSON.stringify(row).slice(0, 300)}: ${String(error)}`, { cause: error });
    }
  }
  held(name, cases.length, worst, allowed);
}
