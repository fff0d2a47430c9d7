// AR and AP from rows alone against pycocotools, over sets of masks with traps: ids of 0, areas on a border, equal scores, equal IoUs, crowds, targets without
// a pixel, images without masks, more than 1,000 masks, pixels that all targets ignore.
import { expect, test } from "vitest";
import { maskSetFacts, maskSetProblems } from "../../../src/core/mask-set-facts.ts";
import { type AnyMeasure, isRanked, type RankedItem, type RankedMeasure } from "../../../src/core/measure.ts";
import type { ScoredRow } from "../../../src/core/rows.ts";
import type { BitMask, TargetEntry } from "../../../src/core/types.ts";
import { crowdOf } from "../../../src/datasets/shared/targets.ts";
import { type MaskTarget, maskTargets, matchMaskSet, truthOf } from "../../../src/eval/everything/match.ts";
import { maskSetMeasures, recallOf } from "../../../src/eval/everything/measures.ts";
import { createMask, setRun } from "../../../src/masks/bit-mask.ts";
import { rleOf } from "../../../src/masks/rle.ts";
import { entriesOf, rankingOf } from "../../../src/stats/bootstrap.ts";
import { ItemColumn } from "../../../src/stats/columns.ts";
import { summarize } from "../../../src/stats/summarize.ts";
import { farthest, held, readOracle } from "../../helpers/oracle.ts";
import { random } from "../../masks/cases.ts";

type Rectangle = readonly [x: number, y: number, width: number, height: number];

interface MadeSet {
  readonly trap: string;
  readonly images: readonly (readonly [
    id: number,
    targets: readonly (readonly [area: number, crowd: 0 | 1 | 2, boxes: readonly Rectangle[]])[],
    masks: readonly (readonly [score: number, boxes: readonly Rectangle[]])[],
  ])[];
  readonly values: readonly number[];
}

const SIDE = 128;
const { cases, cuts } = readOracle<{ readonly cases: readonly MadeSet[]; readonly cuts: readonly number[] }>(
  "metrics/mask-sets",
);

function drawn(boxes: readonly Rectangle[]): BitMask {
  const mask = createMask(SIDE, SIDE);
  for (const [x, y, width, height] of boxes)
    for (let row = y; row < y + height; row++) setRun(mask, row, x, x + width);
  return mask;
}

function rowOf([id, targets, masks]: MadeSet["images"][number]): ScoredRow {
  const ignored = targets.find(([, crowd]) => crowd === 2);
  const ignore = ignored && drawn(ignored[2]);
  const { facts } = matchMaskSet(
    // Every other one as a file has it.
    masks.map(([score, boxes], i) => ({ score, mask: i % 2 === 0 ? drawn(boxes) : rleOf(drawn(boxes)) })),
    targets
      .filter((target) => target !== ignored)
      .map(([area, crowd, boxes], i) => ({
        ...{ id: String(i), area, crowd: crowd === 1, ignore },
        mask: boxes.length === 0 ? undefined : drawn(boxes),
      })),
  );
  const key = { model: "m", benchmark: "b", protocol: "p", sample: String(id), cluster: String(id) };
  return { ...key, target: "all", status: "ok", facts: { ...facts }, steps: [] };
}

/** As statistics compute it; -1 where there is none. */
function numberOf(
  measure: AnyMeasure,
  rows: readonly ScoredRow[],
  clusterOf = (target: number) => target,
): number {
  if (isRanked(measure)) {
    const column = new ItemColumn();
    for (const [i, row] of rows.entries()) column.set(i, measure.items(row));
    const { items } = rankingOf(entriesOf(column, [...rows.keys()], clusterOf).entries);
    return measure.value(items, new Float64Array(items.length).fill(1)) ?? -1;
  }
  const parts = rows.flatMap((row) => [measure.parts(row) ?? []]).filter(({ length }) => length > 0);
  if (parts.length === 0) return -1;
  return measure.value(parts[0]!.map((_, p) => parts.reduce((sum, part) => sum + part[p]!, 0)));
}

test("540 sets of masks as pycocotools, faster-coco-eval and lvis count them", () => {
  const ranges = ["all", "small", "medium", "large"] as const;
  const byId = (id: string) => maskSetMeasures.find((measure) => measure.id === id)!;
  const measures = [
    ...ranges.flatMap((range) => cuts.map((cut) => recallOf(range, cut))),
    ...["ap", "ap-small", "ap-medium", "ap-large", "ap50", "ap75", "ap@300"].map(byId),
  ];
  const traps = new Set<string>();
  let worst = 0;
  for (const { trap, images, values } of cases) {
    const rows = images.map(rowOf);
    for (const row of rows) expect(maskSetProblems(row)).toEqual([]);
    worst = Math.max(
      worst,
      farthest(
        measures.map((measure) => numberOf(measure, rows)),
        values,
      ),
    );
    traps.add(trap);
  }
  expect(traps.size).toBe(9);
  held("metrics/mask-sets", cases.length * measures.length, worst, 1e-12);
});

/** AP at one threshold by its definition, step by step; each item as often as its owner counts. */
function precisionByHand(items: readonly RankedItem[], weightOf: (i: number) => number, t: number): number {
  const steps: { recall: number; precision: number }[] = [];
  let [all, masks, found] = [0, 0, 0];
  for (const [i, { key, parts }] of items.entries())
    if (key === Number.NEGATIVE_INFINITY) all += weightOf(i) * parts[0]!;
  for (const [i, { key, parts }] of items.entries()) {
    const [hit, left] = parts.map((bits) => ((bits >> t) & 1) === 1);
    if (key === Number.NEGATIVE_INFINITY || weightOf(i) === 0 || left) continue;
    masks += weightOf(i);
    if (hit) found += weightOf(i);
    steps.push({ recall: found / all, precision: found / (masks + Number.EPSILON) });
  }
  const levels = Array.from({ length: 101 }, (_, level) =>
    steps.reduce(
      (best, { recall, precision }) => (recall >= level * 0.01 ? Math.max(best, precision) : best),
      0,
    ),
  );
  return levels.reduce((sum, precision) => sum + precision, 0) / 101;
}

test("a draw's AP is that of its definition, to the last bit, however often clusters count", () => {
  const measure = maskSetMeasures.find(({ id }) => id === "ap50") as RankedMeasure;
  const { below } = random(17);
  for (let round = 0; round < 60; round++) {
    const clusters = 1 + below(5);
    const items: RankedItem[] = Array.from({ length: clusters }, (_, c) => ({
      key: Number.NEGATIVE_INFINITY,
      parts: [c === 0 ? 1 + below(40) : below(3), 0],
    }));
    for (let i = below(120); i > 0; i--) {
      const hit = below(3) === 0 ? 1 : 0;
      items.push({ key: -i, parts: [hit, hit === 0 && below(4) === 0 ? 1 : 0] });
    }
    const owners = Int32Array.from(items, (_, i) => (i < clusters ? i : below(clusters)));
    const own = measure.prepared!(items, owners);
    for (let draw = 0; draw < 5; draw++) {
      const times = Float64Array.from({ length: clusters }, () => below(4));
      const each = Float64Array.from(owners, (owner) => times[owner]!);
      const expected = items.some(({ parts }, i) => i < clusters && parts[0]! * each[i]! > 0)
        ? precisionByHand(items, (i) => each[i]!, 0)
        : undefined;
      expect(own(times)).toBe(expected);
      expect(measure.value(items, each)).toBe(expected);
    }
  }
});

test("each measure of a protocol is that of its id", () => {
  const { images, values } = cases.find(({ values }) => new Set(values).size > 15)!;
  const rows = images.map(rowOf);
  const known = ["all", "small", "medium", "large"].flatMap((range) =>
    cuts.map((cut) => `ar${range === "all" ? "" : `-${range}`}@${cut}`),
  );
  const own = maskSetMeasures.filter(({ id }) => known.includes(id));
  expect(own.map(({ id }) => id)).toEqual(
    expect.arrayContaining(["ar@1", "ar@10", "ar@100", "ar@1000", "ar-small@1000", "ar-large@1000"]),
  );
  for (const measure of own)
    expect(numberOf(measure, rows), measure.id).toBeCloseTo(values[known.indexOf(measure.id)]!, 12);
  expect(new Set(maskSetMeasures.map(({ id }) => id)).size).toBe(maskSetMeasures.length);
});

test("equal scores of different images go by the names of their clusters, whatever the order of rows", async () => {
  const ids = ["ap", "ap-small", "ap-medium", "ap-large", "ap50", "ap75", "ap@300"];
  const measures = maskSetMeasures.filter(({ id }) => ids.includes(id));
  const tied = cases.filter(({ trap, images }) => trap === "scores" && images.length > 1);
  expect(tied.length).toBeGreaterThan(40);
  let others = 0;
  for (const { images, values } of tied) {
    const rows = images.map(rowOf).map((row) => ({ ...row, cluster: row.cluster.padStart(3, "0") }));
    async function* stream() {
      yield* rows.toReversed();
    }
    const note = { name: "b", title: "b", domain: [], licence: "", homepage: "" };
    const { cells } = await summarize(
      stream(),
      {
        ...{ run: "r", title: "r", plan: "p", complete: true, benchmarks: [note] },
        models: [{ name: "m", title: "m", remarks: [] }],
        protocols: [{ id: "p", summary: "", measures }],
      },
      { draws: 3 },
    );
    const own = ids.map((id) => cells[0]?.measures[id]?.value ?? -1);
    expect(farthest(own, values.slice(4 * cuts.length))).toBeLessThan(1e-12);
    // In the order of the rows some would differ.
    const unordered = [...rows.keys()].map((i) => rows.length - i);
    const [ap] = measures.filter(({ id }) => id === "ap");
    others += Math.abs(numberOf(ap!, rows, (i) => unordered[i]!) - own[0]!) > 1e-12 ? 1 : 0;
  }
  expect(others).toBeGreaterThan(5);
});

test("what contradicts itself in a row is named", () => {
  const { images } = cases.find((one) => maskSetFacts(rowOf(one.images[0]!))["hits-all"].length > 2)!;
  const row = rowOf(images[0]!);
  const facts = maskSetFacts(row);
  const broken: readonly [Record<string, unknown>, RegExp][] = [
    [{ "hits-all": undefined }, /nothing of how/],
    [{ scores: facts.scores.slice(1) }, /not a number for each/],
    [{ scores: facts.scores.map((_, i) => i) }, /not in their order/],
    [{ targets: [1, 2, 0, 0] }, /none is greater/],
    [{ "hits-all": facts["hits-all"].toReversed() }, /in the order of places/],
    [{ "hits-small": [[0, 1024]] }, /hits-small or/],
    [{ "spared-all": facts["hits-all"] }, /spared at once/],
    [{ targets: [0, 0, 0, 0] }, /more targets are matched/],
    [{ points: 1, candidates: 3, removed: [0, 0, 0, 0, 0, 0, 0, 0, 0] }, /do not add up to all/],
    [{ lost: [] }, /lost targets/],
  ];
  for (const [change, problem] of broken) {
    const problems = maskSetProblems({
      ...row,
      facts: { ...row.facts, ...change } as ScoredRow["facts"] & object,
    });
    expect(problems.join(), JSON.stringify(change)).toMatch(problem);
  }
});

test("counts in letters that are none of RLE's are refused, whatever their lower bytes", () => {
  const at = (counts: string) => () =>
    matchMaskSet([{ score: 1, mask: { size: [2, 2], counts } }], []).facts.areas;
  expect(at("04")()).toEqual([4]);
  // Longer than it need be, and a count all the same.
  expect(at("PPPPPP04")()).toEqual([4]);
  for (const counts of ["\u0130\u0134", "0\u0134", "\u{1f034}", "\ud800\u0034"])
    expect(at(counts)).toThrow("mask 0");
});

test("what is to be found: targets, those without a pixel, crowds; ignored pixels count nowhere", () => {
  const [left, right] = [drawn([[0, 0, 20, 40]]), drawn([[20, 0, 20, 40]])];
  const entries: readonly TargetEntry[] = [
    { status: "ok", id: "0", mask: drawn([[0, 0, 40, 40]]), ignore: right, area: 1600.5 },
    { status: "dropped", id: "1", reason: "empty", area: 3 },
    { status: "dropped", id: "2", reason: "crowd", crowd: () => drawn([[60, 60, 60, 60]]) },
    { status: "dropped", id: "4", reason: "excluded" },
  ];
  const targets = truthOf(entries);
  expect(targets.map(({ id, area, crowd }) => [id, area, crowd])).toEqual([
    ["0", 1600.5, false],
    ["1", 3, false],
    ["2", 0, true],
  ]);
  const scored = [
    left,
    drawn([
      [0, 0, 20, 40],
      [30, 0, 10, 40],
    ]),
    drawn([[70, 70, 9, 9]]),
    drawn([[80, 80, 9, 9]]),
  ];
  const { facts, best } = matchMaskSet(
    scored.map((mask, i) => ({ score: 1 - i / 10, mask })),
    targets,
  );
  // Both fit the part of the target that counts; it is the first one's, and both of the crowd are spared.
  expect(facts["hits-all"]).toEqual([[0, 1023]]);
  expect(facts["spared-all"]).toEqual([
    [2, 1023],
    [3, 1023],
  ]);
  expect(facts.targets).toEqual([2, 1, 1, 0]);
  expect(best[0]).toBe(1);
  const unread: TargetEntry = { status: "failed", id: "5", reason: "broken" };
  expect(() => truthOf([...entries, unread])).toThrow("target 5: cannot be read");
  const crowd = crowdOf("3", undefined, () => {
    throw new Error("counts end early");
  });
  expect(() => truthOf([...entries, crowd])).toThrow(/^target 3: cannot be read, .*counts end early/);
  // Pictures of the others are drawn all the same.
  expect(maskTargets([...entries, crowd])).toHaveLength(3);
});

test("pixels that no target counts take masks; those that some target counts do not", () => {
  const [left, right, both] = [
    [0, 0, 40, 128],
    [60, 0, 68, 128],
    [50, 0, 40, 50],
  ].map((box) => drawn([box as never]));
  const target = { id: "1", mask: drawn([[0, 0, 20, 20]]), area: 400, crowd: false };
  const empty = { id: "2", mask: undefined, area: 0, crowd: false };
  const other = { id: "3", mask: drawn([[100, 0, 20, 20]]), area: 400, crowd: false };
  const spared = (...targets: MaskTarget[]) =>
    matchMaskSet([{ score: 1, mask: both! }], targets).facts["spared-all"];
  // 30 of 40 columns: up to an IoU of 0.75.
  expect(spared({ ...target, ignore: right })).toEqual([[0, 63]]);
  expect(spared({ ...target, ignore: right }, empty)).toEqual([[0, 63]]);
  expect(spared({ ...target, ignore: right }, other)).toEqual([]);
  expect(spared({ ...target, ignore: right }, { ...other, ignore: left })).toEqual([]);
});
