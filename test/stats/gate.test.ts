// Every kind of limit, kept and broken, in the words people read.
import { expect, test } from "vitest";
import type { Gate, GateLimit } from "../../src/core/schema-types.ts";
import { checksTable, gateMessage, gateSuite } from "../../src/report/kit/checks.ts";
import { judgeGate } from "../../src/stats/gate.ts";
import type { MeasuredProtocol } from "../../src/stats/score-table.ts";
import { exampleComparison } from "../report/comparison/example.ts";

async function judge(...limits: GateLimit[]): Promise<string[]> {
  return judgeBy({}, ...limits);
}

async function judgeBy(more: Pick<Gate, "minImages">, ...limits: GateLimit[]): Promise<string[]> {
  const comparison = await exampleComparison();
  const gate: Gate = { name: "g", limits: limits as Gate["limits"], ...more };
  const protocols = comparison.protocols as readonly MeasuredProtocol[];
  const facts = { ...comparison, protocols, candidates: comparison.candidates.map(({ name }) => name) };
  const { checks } = judgeGate(gate, comparison.pairs[0]!, facts);
  return checks.map((check) => `${check.verdict} ${gateMessage(check)}`);
}

const on: Pick<GateLimit, "protocol" | "benchmarks"> = { protocol: "sam1-d1@1", benchmarks: ["trashcan"] };

test("values, differences, bounds, shares, lost targets", async () => {
  const lines = await judge(
    { metric: "iou@1", ...on, min: 10, max: 20.5 },
    { metric: "iou@1", ...on, minDifference: -0.5, maxDifference: 0 },
    { metric: "iou@1", ...on, minLowerBound: -50, maxUpperBound: -40 },
    { metric: "iou@1", ...on, minShare: 99 },
    { metric: "iou@1", ...on, maxLost: { by: 20, share: 0 } },
    { metric: "iou@1", ...on, maxLost: { by: 10, share: 5 }, maxMoved: { by: 10, share: 20 } },
  );
  expect(lines).toMatchInlineSnapshot(`
    [
      "passed sam1-d1@1, IoU, 1 click on trashcan: value; expected at least 10 %, got 56.43 % on 16 images",
      "broken sam1-d1@1, IoU, 1 click on trashcan: value; expected at most 20.5 %, got 56.43 % on 16 images",
      "broken sam1-d1@1, IoU, 1 click on trashcan: difference; expected at least -0.5 points, got -5.12 points (61.55 -> 56.43) on 16 images",
      "passed sam1-d1@1, IoU, 1 click on trashcan: difference; expected at most 0 points, got -5.12 points (61.55 -> 56.43) on 16 images",
      "passed sam1-d1@1, IoU, 1 click on trashcan: lower bound of the difference; expected at least -50 points, got -7.36 points (61.55 -> 56.43) on 16 images",
      "broken sam1-d1@1, IoU, 1 click on trashcan: upper bound of the difference; expected at most -40 points, got -3.19 points (61.55 -> 56.43) on 16 images",
      "broken sam1-d1@1, IoU, 1 click on trashcan: share of the base's value; expected at least 99 %, got 91.69 % (61.55 -> 56.43) on 16 images",
      "passed sam1-d1@1, IoU, 1 click on trashcan: targets lost; expected at most 0 % worse by more than 20 points, got 0.00 % (0 of 39) on 16 images",
      "broken sam1-d1@1, IoU, 1 click on trashcan: targets lost; expected at most 5 % worse by more than 10 points, got 23.08 % (9 of 39) on 16 images",
      "broken sam1-d1@1, IoU, 1 click on trashcan: targets moved; expected at most 20 % changed by more than 10 points, got 23.08 % (9 of 39) on 16 images",
    ]
  `);
});

test("clicks and counts", async () => {
  const lines = await judge(
    { metric: "noc@90", maxDifference: 0, maxUpperBound: 20, max: 3 },
    { metric: "failures", max: 0, maxDifference: 0 },
    { metric: "unpaired", protocol: "ritm-noc@1", on: "each-domain", max: 0 },
  );
  expect(lines).toMatchInlineSnapshot(`
    [
      "broken ritm-noc@1, NoC, 90 % IoU overall: value; expected at most 3 clicks, got 7.90 clicks on 49 images",
      "broken ritm-noc@1, NoC, 90 % IoU overall: difference; expected at most 0 clicks, got +0.31 clicks (7.59 -> 7.90) on 49 images",
      "undecided ritm-noc@1, NoC, 90 % IoU overall: upper bound of the difference; expected at most +20 clicks, got no interval on 49 images: only 1 image on 1 of its 4 benchmarks, too few for an interval; at least 4 on each, 52 in all, would decide it",
      "broken sam1-d1@1, failures overall: number; expected at most 0, got 1",
      "broken sam1-d1@1, failures overall: difference; expected at most 0, got +1 (0 -> 1)",
      "broken ritm-noc@1, failures overall: number; expected at most 0, got 1",
      "broken ritm-noc@1, failures overall: difference; expected at most 0, got +1 (0 -> 1)",
      "passed ritm-noc@1, unpaired in domain microscopy: number; expected at most 0, got 0",
      "broken ritm-noc@1, unpaired in domain underwater: number; expected at most 0, got 1",
      "broken ritm-noc@1, unpaired in domain waste: number; expected at most 0, got 1",
      "passed ritm-noc@1, unpaired in domain art: number; expected at most 0, got 0",
    ]
  `);
});

test("missing pairs break a limit; a missing interval leaves it undecided", async () => {
  const lines = await judge(
    { metric: "iou@1", protocol: "sam1-d1@1", benchmarks: ["empty", "lonely"], minLowerBound: -100 },
    { metric: "iou@1", protocol: "sam1-d1@1", minLowerBound: -100 },
  );
  expect(lines).toMatchInlineSnapshot(`
    [
      "broken sam1-d1@1, IoU, 1 click on empty: lower bound of the difference; expected at least -100 points, got no pairs",
      "undecided sam1-d1@1, IoU, 1 click on lonely: lower bound of the difference; expected at least -100 points, got no interval on 1 image: too few for an interval; at least 10 images would decide it",
      "undecided sam1-d1@1, IoU, 1 click overall: lower bound of the difference; expected at least -100 points, got no interval on 49 images: only 1 image on 1 of its 4 benchmarks, too few for an interval; at least 4 on each, 52 in all, would decide it",
    ]
  `);
});

test("where a card names a cluster, clusters are counted: in messages, tables and test cases", async () => {
  const comparison = await exampleComparison();
  const cells = comparison.pairs[0]!.cells.map((cell) => ({
    ...cell,
    measures: cell.measures.map((one) => ({
      ...one,
      difference: { ...one.difference, ...(cell.benchmark === "trashcan" ? { grouped: true as const } : {}) },
    })),
  }));
  const protocols = comparison.protocols as readonly MeasuredProtocol[];
  const facts = { ...comparison, protocols, candidates: ["mobile-sam"] };
  const limit = { metric: "iou@1", protocol: "sam1-d1@1", minImages: 30, minDifference: -6, min: 1 } as const;
  const limits: Gate["limits"] = [{ ...limit, benchmarks: ["trashcan", "long"] }];
  const { checks } = judgeGate({ name: "g", limits }, { ...comparison.pairs[0]!, cells }, facts);
  const got = (of: string, n: string) => `${of} on 16 ${n}: fewer than minImages (30); `;
  for (const [i, n] of ["clusters", "clusters", "images", "images"].entries())
    expect(gateMessage(checks[i]!)).toMatch(
      new RegExp(
        ` on 16 ${n}: fewer than minImages \\(30\\); .*\\d ${n} (with the same result )?would (keep|break) it`,
      ),
    );
  const [first] = gateSuite("g", checks, true).cases;
  expect(first!.skipped).toContain(got("got 56.43 %", "clusters"));
  const heads = (of: typeof checks) => checksTable(of).columns.map(({ head }) => head);
  expect(heads(checks)).toContain("Clusters");
  expect(heads(checks.slice(2))).toContain("Images");
});

test("minImages: of the gate, or of a limit, which wins; of the images behind that very number; not of counts", async () => {
  const one = { metric: "iou@1", protocol: "sam1-d1@1", minDifference: -6 } as const;
  const lines = await judgeBy(
    { minImages: 30 },
    { ...one, benchmarks: ["trashcan", "long", "lonely", "empty"] },
    { ...one, benchmarks: ["trashcan"], minImages: 16 },
    one,
    {
      ...one,
      minDifference: -3,
      benchmarks: ["trashcan"],
      minShare: 99,
      maxLost: { by: 20, share: 0 },
      min: 1,
    },
    { ...one, minImages: 200, minLowerBound: -100 },
    // 9 of 39 targets on 16 images, each a unit: [6.2 %, 50.4 %].
    { metric: "iou@1", ...on, maxLost: { by: 10, share: 5 } },
    { metric: "iou@1", ...on, maxLost: { by: 10, share: 20 } },
    { metric: "failures", max: 0 },
  );
  expect(lines).toMatchInlineSnapshot(`
    [
      "undecided sam1-d1@1, IoU, 1 click on trashcan: difference; expected at least -6 points, got -5.12 points (61.55 -> 56.43) on 16 images: fewer than minImages (30); about 110 images would keep it at the spread seen",
      "undecided sam1-d1@1, IoU, 1 click on long: difference; expected at least -6 points, got -0.37 points (62.25 -> 61.89) on 16 images: fewer than minImages (30); 30 images would keep it at the spread seen",
      "undecided sam1-d1@1, IoU, 1 click on lonely: difference; expected at least -6 points, got +7.01 points (81.96 -> 88.96) on 1 image: fewer than minImages (30); 30 images with the same result would keep it",
      "broken sam1-d1@1, IoU, 1 click on empty: difference; expected at least -6 points, got no pairs",
      "passed sam1-d1@1, IoU, 1 click on trashcan: difference; expected at least -6 points, got -5.12 points (61.55 -> 56.43) on 16 images",
      "passed sam1-d1@1, IoU, 1 click overall: difference; expected at least -6 points, got +1.68 points (66.89 -> 68.57) on 49 images",
      "undecided sam1-d1@1, IoU, 1 click on trashcan: value; expected at least 1 %, got 56.43 % on 16 images: fewer than minImages (30); 30 images with the same result would keep it",
      "broken sam1-d1@1, IoU, 1 click on trashcan: difference; expected at least -3 points, got -5.12 points (61.55 -> 56.43) on 16 images",
      "broken sam1-d1@1, IoU, 1 click on trashcan: share of the base's value; expected at least 99 %, got 91.69 % (61.55 -> 56.43) on 16 images",
      "undecided sam1-d1@1, IoU, 1 click on trashcan: targets lost; expected at most 0 % worse by more than 20 points, got 0.00 % (0 of 39) on 16 images: fewer than minImages (30); 30 images with the same result would keep it",
      "undecided sam1-d1@1, IoU, 1 click overall: difference; expected at least -6 points, got +1.68 points (66.89 -> 68.57) on 49 images: fewer than minImages (200); 200 images with the same result would keep it",
      "undecided sam1-d1@1, IoU, 1 click overall: lower bound of the difference; expected at least -100 points, got no interval on 49 images: only 1 image on 1 of its 4 benchmarks, too few for an interval; at least 4 on each, 200 in all, would decide it",
      "broken sam1-d1@1, IoU, 1 click on trashcan: targets lost; expected at most 5 % worse by more than 10 points, got 23.08 % (9 of 39) on 16 images",
      "undecided sam1-d1@1, IoU, 1 click on trashcan: targets lost; expected at most 20 % worse by more than 10 points, got 23.08 % (9 of 39) on 16 images: fewer than minImages (30); 30 images with the same result would break it",
      "broken sam1-d1@1, failures overall: number; expected at most 0, got 1",
      "broken ritm-noc@1, failures overall: number; expected at most 0, got 1",
    ]
  `);
});

test("where no score of any mask differs the number decides on however few images, and says why", async () => {
  const comparison = await exampleComparison();
  const pair = comparison.pairs[0]!;
  const none = { better: 0, same: 120, worse: 0 };
  const alike = pair.groups.map((group) => ({
    ...group,
    measures: group.measures.map((found) => ({
      ...{ ...found, candidate: found.base, targets: none },
      changed: (found.changed ?? []).map(({ by }) => ({ by, better: 0, worse: 0 })),
      difference: { value: 0, n: 120, clusters: 5, few: true as const },
    })),
  }));
  const protocols = comparison.protocols as readonly MeasuredProtocol[];
  const facts = { ...comparison, protocols, candidates: ["c"] };
  const limit: GateLimit = {
    ...{
      metric: "iou@1",
      protocol: "sam1-d1@1",
      minLowerBound: -1,
      minShare: 99,
      maxLost: { by: 10, share: 5 },
    },
    ...{ minImages: 30, min: 50 },
  };
  const lines = (of: object) =>
    judgeGate({ name: "g", limits: [limit] }, { ...pair, groups: alike, ...of }, facts).checks.map(
      (check) => `${check.verdict} ${gateMessage(check).replace(/^.* overall: /, "")}`,
    );
  const why = "on 5 images: no score of any mask differs";
  expect(lines({})).toEqual([
    "undecided value; expected at least 50 %, got 66.89 % on 5 images: fewer than minImages (30); 30 images with the same result would keep it",
    `passed lower bound of the difference; expected at least -1 points, got 0.00 points (66.89 -> 66.89) ${why}`,
    `passed share of the base's value; expected at least 99 %, got 100.00 % (66.89 -> 66.89) ${why}`,
    `passed targets lost; expected at most 5 % worse by more than 10 points, got 0.00 % (0 of 120) ${why}`,
  ]);
  expect(lines({ sameFiles: true })[1]).toMatch(
    /: the same files on both sides, and no score of any mask differs$/,
  );
  expect(lines({ groups: pair.groups }).join()).not.toContain("mask differs");
});
