// The limit of failures: how it may be said, what small sets are allowed, and that each benchmark is judged alone.
import { expect, test } from "vitest";
import type { Row } from "../../src/core/rows.ts";
import { failureLimit } from "../../src/run/failure-limit.ts";
import { FailureBudget } from "../../src/run/tallies.ts";

/** Rows of which the first `failed` failed. */
const rowsOf = (benchmark: string, rows: number, failed: number) =>
  Array.from({ length: rows }, (_, n) => {
    const end =
      n < failed ? { status: "failed", reason: n === 0 ? "rare" : "frequent" } : { status: "dropped" };
    return { model: "m", benchmark, sample: `s${n}`, target: "t", ...end } as Row;
  });

test.each<[number | string | undefined, object]>([
  [0, { share: 0, targets: 0 }],
  [0.05, { share: 0.05, targets: 0 }],
  [1, { share: 1, targets: 0 }],
  ["5%", { share: 0.05, targets: 0 }],
  ["2.5 %", { share: 0.025, targets: 0 }],
  [20, { share: 0, targets: 20 }],
  [undefined, { share: 0.05, targets: 2 }],
])("%s as a limit", (given, expected) => {
  expect(failureLimit(given)).toEqual(expected);
});

test.each([1.5, -1, "20", "101%", "five", Number.NaN])("%s is none", (given) => {
  expect(() => failureLimit(given)).toThrow("maxFailures: is no limit");
});

test.each<[number | string | undefined, number, number, boolean]>([
  [undefined, 10, 4, false], // two targets under two protocols
  [undefined, 10, 5, true],
  [undefined, 200, 10, false],
  [undefined, 200, 11, true],
  ["5%", 10, 1, true],
  [3, 1000, 6, false],
  [3, 1000, 7, true],
])("limit %s, %i rows, %i failed: too many is %s", (limit, rows, failed, tooMany) => {
  const budget = new FailureBudget(failureLimit(limit), 2);
  budget.add(rowsOf("b", rows, failed));
  expect(budget.exceeded().length > 0).toBe(tooMany);
});

test("each benchmark over its limit is named with its counts and most frequent reason", () => {
  const budget = new FailureBudget(failureLimit("10%"), 1);
  budget.add([...rowsOf("bad", 10, 8), ...rowsOf("good", 10, 0), ...rowsOf("worse", 10, 10)]);
  expect(budget.exceeded().map(({ where, got }) => [where, got])).toEqual([
    ["m on bad", "8 of 10 rows, in s0, s1, s2 and 5 more; most often: frequent"],
    ["m on worse", "10 of 10 rows, in s0, s1, s2 and 7 more; most often: frequent"],
  ]);
});

test("three targets that failed are named, without the names that reasons begin with, and the limit that allows them", () => {
  const budget = new FailureBudget(failureLimit(undefined), 2);
  const failed = ["a", "b", "c"].flatMap((sample) => {
    const row = { model: "m", benchmark: "mess", sample, target: "t", status: "failed" } as const;
    return [1, 2].map(
      () => ({ ...row, reason: `${sample}: target t: masks/${sample}.png: is damaged` }) as Row,
    );
  });
  budget.add([...rowsOf("mess", 18, 0), ...failed, failed[0]!]);
  expect(budget.exceeded()).toMatchObject([
    {
      expected: "at most 2 targets, 4 rows (`maxFailures` 4 allows these)",
      got: "7 of 25 rows, in a, b, c; most often: masks/a.png: is damaged",
    },
  ]);
});
