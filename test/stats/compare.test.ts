// Paired comparison: p-values and intervals against SciPy, Holm by hand, pairing, and what must hold for any data.
import { describe, expect, it } from "vitest";
import { comparisonDefaults } from "../../src/core/defaults.ts";
import { draw, randomWords } from "../../src/core/random.ts";
import type { TargetScore } from "../../src/core/results.ts";
import { protocols } from "../../src/eval/interactive/protocols/index.ts";
import { metrics } from "../../src/metrics/index.ts";
import { detectableDifference } from "../../src/stats/bootstrap.ts";
import { textRanks } from "../../src/stats/columns.ts";
import { type CompareFacts, compareScores } from "../../src/stats/compare.ts";
import { holm, signFlipSums, sumTest, swapTest } from "../../src/stats/permutation.ts";
import { type MeasuredProtocol, targetScore } from "../../src/stats/score-table.ts";
import { farthest, held } from "../helpers/oracle.ts";
import { oracle } from "./oracle.ts";

const options = { seed: "test", draws: 10_000, exactClusters: comparisonDefaults.exactClusters };

type SignFlipOptions = Readonly<Record<"draws" | "exactClusters", number>> & { readonly seed: string };

/** The test of a mean difference whose parts by cluster are given. */
function signFlipTest(parts: Float64Array, { seed, draws, exactClusters }: SignFlipOptions) {
  const scale = parts.reduce((all, part) => all + Math.abs(part), 0);
  const flipped = signFlipSums([parts], { seed, draws });
  return swapTest([sumTest([parts], ([d]) => d!, flipped, { scale, limit: exactClusters })]);
}

describe("swapTest of a mean", () => {
  const cases = oracle<{ name: string; parts: number[]; p: number; exact: boolean }>("sign-flip");

  it.each(cases.filter(({ exact }) => exact))("equals exact enumeration: $name", ({ parts, p }) => {
    const input = Float64Array.from(parts);
    const found = signFlipTest(input, options);
    expect(found.exact).toBe(true);
    held("stats/sign-flip", 1, Math.abs(found.p - p), 1e-12);
    expect([...input]).toEqual(parts);
  });

  it.each(cases.filter(({ exact }) => !exact))("agrees with SciPy's Monte Carlo: $name", ({ parts, p }) => {
    const found = signFlipTest(Float64Array.from(parts), { ...options, draws: 40_000 });
    expect(found.exact).toBe(false);
    // SciPy counts the observed one as a draw, and both counts end at a whole draw.
    const beyond = Math.max(0, Math.abs(found.p - p) - 5e-5);
    held(
      "stats/sign-flip",
      1,
      beyond / Math.sqrt((p * (1 - p)) / 40_000),
      4,
      "standard errors of 40,000 draws",
    );
  });

  it("by Monte Carlo agrees with itself enumerated", () => {
    for (const { parts, p } of cases.filter(({ exact, parts: { length } }) => exact && length > 1)) {
      const found = signFlipTest(Float64Array.from(parts), { ...options, exactClusters: 0 });
      expect(Math.abs(found.p - p)).toBeLessThan(4 * Math.sqrt((p * (1 - p)) / 10_000) + 2e-4);
    }
  });

  it("is never 0, the same for swapped models, and the example holds", () => {
    const parts = Float64Array.from({ length: 100 }, () => 0.01);
    expect(signFlipTest(parts, options).p).toBe(1 / 10_001);
    expect(
      signFlipTest(
        parts.map((part) => -part),
        options,
      ),
    ).toEqual(signFlipTest(parts, options));
    expect(signFlipTest(Float64Array.of(0.2, 0.1, 0.3), options)).toEqual({ p: 0.25, exact: true });
    expect(signFlipTest(new Float64Array(0), options)).toEqual({ p: 1, exact: true });
  });

  it("flips every cluster half of the time, independently of the others", () => {
    const n = 20;
    const unit = (i: number) => Float64Array.from({ length: n }, (_, j) => (i === j ? 1 : 0));
    const flips = signFlipSums(
      Array.from({ length: n }, (_, i) => unit(i)),
      { seed: "s", draws: 20_000 },
    );
    const dot = (a: Float64Array, b: Float64Array) => a.reduce((sum, v, d) => sum + v * b[d]!, 0) / 20_000;
    for (const [i, a] of flips.entries()) {
      expect(a.every((value) => value === 1 || value === -1)).toBe(true);
      expect(Math.abs(a.reduce((sum, v) => sum + v, 0) / 20_000)).toBeLessThan(0.03);
      for (const b of flips.slice(i + 1)) expect(Math.abs(dot(a, b))).toBeLessThan(0.03);
    }
  });

  it("shares its patterns among columns, and a column's sums do not depend on the others", () => {
    const a = Float64Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9);
    const b = a.map((v) => -2 * v);
    const [first, second] = signFlipSums([a, b], { seed: "s", draws: 50 });
    expect(second).toEqual(first!.map((v) => -2 * v));
    expect(signFlipSums([a], { seed: "s", draws: 50 })[0]).toEqual(first);
  });
});

it("randomWords are those of the resampler: sfc32 from PractRand in exact integers", () => {
  const [{ seed, calls }] = oracle<{ seed: string; calls: number[][] }>("resampler") as [
    { seed: string; calls: number[][] },
  ];
  const next = randomWords(seed);
  for (const expected of calls) {
    const words = new Int32Array(expected.length);
    next(words);
    const times = new Array(words.length).fill(0);
    for (const word of words) times[Math.floor(((word >>> 0) * words.length) / 2 ** 32)] += 1;
    expect(times).toEqual(expected);
  }
});

describe("holm", () => {
  it.each([
    ["nothing", [], []],
    ["one", [0.04], [0.04]],
    ["in order", [0.01, 0.02, 0.03, 0.04], [0.04, 0.06, 0.06, 0.06]],
    ["out of order, a smaller product raised to the one before", [0.01, 0.04, 0.03], [0.03, 0.06, 0.06]],
    ["ties", [0.02, 0.02, 0.02], [0.06, 0.06, 0.06]],
    ["at most 1", [0.5, 0.9, 1], [1, 1, 1]],
    // R 4: p.adjust(c(0.0001, 0.01, 0.02, 0.04, 0.5), "holm")
    ["as R has it", [0.5, 0.01, 0.0001, 0.04, 0.02], [0.5, 0.04, 0.0005, 0.08, 0.06]],
  ])("%s", (_, values, expected) => {
    expect(holm(Object.freeze(values))).toEqual(expected.map((p) => expect.closeTo(p, 12)));
  });
});

it("examples hold", () => {
  expect(textRanks(["b", "a", "b"])).toEqual([1, 0, 1]);
  // Many clusters: 1.960 + 0.842 standard deviations, here 0.01.
  const many = { freedom: 1e6, inflation: 1 };
  expect(detectableDifference(Float64Array.of(-0.01, 0, 0.01), many)).toBeCloseTo(0.028016, 6);
});

const measuresOf = (id: string) => protocols[id]!.measures(Object.values(metrics));
const protocol: MeasuredProtocol = {
  ...{ id: "box@1", summary: "" },
  measures: measuresOf("box@1").filter(({ id }) => id === "iou@box"),
};

function factsOf(names: readonly string[], candidates = ["candidate"]): CompareFacts {
  const benchmarks = names.map((name) => ({ name, title: name, domain: ["objects"] }));
  return { benchmarks, protocols: [protocol], candidates };
}

type Entry = readonly [
  side: number,
  benchmark: string,
  cluster: string,
  target: string,
  score: number | string,
];

async function* stream(entries: readonly Entry[]) {
  for (const [side, benchmark, cluster, target, value] of entries) {
    const scored = typeof value === "number";
    const status = scored ? "ok" : (value as TargetScore["status"]);
    const parts = scored ? [[value, 1]] : [];
    const score = { benchmark, protocol: "box@1", sample: cluster, cluster, target, status, parts };
    yield { side, score };
  }
}

const compare = async (entries: readonly Entry[], names = ["b"]) =>
  (await compareScores(stream(entries), factsOf(names), { draws: 1000, flips: 1000 }))[0]!;

describe("compareScores", () => {
  it("agrees with SciPy's paired bootstrap over clusters", async () => {
    interface Case {
      clusters: number[];
      base: number[];
      candidate: number[];
      difference: number;
      low: number;
      high: number;
      standardError: number;
      detectable: number;
    }
    let worst = 0;
    const cases = oracle<Case>("paired-bootstrap");
    for (const { clusters, base, candidate, ...expected } of cases) {
      const entries = [base, candidate].flatMap((scores, side) =>
        scores.map((score, i): Entry => [side, "b", String(clusters[i]), String(i), score]),
      );
      const [pair] = await compareScores(stream(entries), factsOf(["b"]));
      const found = pair!.cells[0]!.measures[0]!;
      expect(found.difference.value).toBeCloseTo(expected.difference, 14);
      // A quantile this far out, of 10,000 draws, has a standard error of about 3.7 % of the spread.
      if (found.difference.clusters < 10) {
        expect(found.difference).toMatchObject({ few: true });
        expect(found.difference).not.toHaveProperty("low");
        expect(found).not.toHaveProperty("detectable");
        continue;
      }
      const { low, high } = found.difference;
      const apart = farthest([low!, high!], [expected.low, expected.high]);
      worst = Math.max(worst, apart / (0.037 * expected.standardError));
      if (found.difference.clusters < 100) expect(found).not.toHaveProperty("detectable");
      else expect(found.detectable! / expected.detectable).toBeCloseTo(1, 1);
      // One benchmark is the whole suite.
      expect(pair!.groups[0]!.measures[0]).toMatchObject({ difference: found.difference, p: found.p });
    }
    held("stats/paired-bootstrap", cases.length, worst, 4, "standard errors of 10,000 draws");
  });

  it("pairs by target, and counts what it cannot pair and why", async () => {
    const { cells } = await compare([
      ...([0, 1, 2, 3, 4].map((t) => [0, "b", "i", `t${t}`, 0.5]) as Entry[]),
      [0, "b", "i", "f", "failed"],
      [0, "b", "i", "d", "dropped"],
      [0, "b", "j", "*", "failed"],
      [0, "b", "k", "*", "failed"],
      [1, "b", "i", "t4", 0.75],
      [1, "b", "i", "t3", 0.25],
      [1, "b", "i", "t2", "failed"],
      [1, "b", "i", "t1", "dropped"],
      [1, "b", "i", "f", "failed"],
      [1, "b", "i", "d", "dropped"],
      [1, "b", "i", "new", 0.5],
      [1, "b", "j", "x", 0.5],
      [1, "b", "j", "y", 0.5],
      [1, "b", "k", "*", "failed"],
    ]);
    expect(cells[0]!.pairing).toEqual({
      pairs: 2,
      dropped: 1,
      unpaired: {
        "failed in both": 2,
        "failed in base": 2,
        "dropped in candidate": 1,
        "failed in candidate": 1,
        "only in base": 1,
        "only in candidate": 1,
      },
      failed: { base: 3, candidate: 3 },
    });
    expect(cells[0]!.measures[0]).toMatchObject({
      base: 0.5,
      candidate: 0.5,
      difference: { value: 0, n: 2, clusters: 1 },
      p: 1,
      targets: { better: 1, same: 0, worse: 1 },
      changed: [{ by: 0.1, better: 1, worse: 1 }],
    });
    expect(cells[0]!.measures[0]).not.toHaveProperty("detectable");
    expect(cells[0]!.measures[0]!.difference).not.toHaveProperty("low");
  });

  const random = (bench: string, clusters: number, shift: number): Entry[] =>
    Array.from({ length: clusters }, (_, c) => {
      const size = 1 + Math.floor(5 * draw("size", bench, c));
      return Array.from({ length: size }, (_, t): Entry[] => {
        const base = draw("base", bench, c, t);
        const moved = base + shift + 0.1 * (draw("moved", bench, c, t) - 0.5);
        return [
          [0, bench, `c${c}`, `t${t}`, base],
          [1, bench, `c${c}`, `t${t}`, moved],
        ];
      }).flat();
    }).flat();

  it("compared with itself differs in nothing", async () => {
    const same = random("b", 100, 0).map(
      (entry): Entry =>
        entry[0] === 0
          ? entry
          : [1, "b", entry[2], entry[3], draw("base", "b", entry[2].slice(1), entry[3].slice(1))],
    );
    const { cells, groups, mostChanged } = await compare(same);
    for (const found of [cells[0]!.measures[0]!, groups[0]!.measures[0]!])
      expect(found).toMatchObject({ difference: { value: 0, low: 0, high: 0 }, p: 1, detectable: 0 });
    expect(groups[0]!.measures[0]!.benchmarks).toEqual({ better: 0, same: 1, worse: 0 });
    expect(mostChanged).toEqual([]);
  });

  it("has the opposite result with the models swapped, and the same in any order of rows", async () => {
    const entries = [...random("a", 30, 0.02), ...random("b", 25, -0.01)];
    const there = await compare(entries, ["a", "b"]);
    const back = await compare(
      entries.map(([s, ...rest]) => [1 - s, ...rest] as unknown as Entry),
      ["a", "b"],
    );
    const shuffled = await compare([...entries].reverse(), ["a", "b"]);
    for (const [i, { measures }] of [...there.cells, ...there.groups].entries()) {
      const own = measures[0]!;
      const mirror = [...back.cells, ...back.groups][i]!.measures[0]!;
      const again = [...shuffled.cells, ...shuffled.groups][i]!.measures[0]!;
      expect(mirror.difference.value).toBeCloseTo(-own.difference.value, 12);
      expect(mirror.difference.low).toBeCloseTo(-own.difference.high!, 12);
      expect(mirror.p).toBe(own.p);
      expect(again.difference.low).toBeCloseTo(own.difference.low!, 12);
      expect(again.p).toBe(own.p);
      expect(mirror.targets).toEqual({
        ...own.targets!,
        better: own.targets!.worse,
        worse: own.targets!.better,
      });
    }
  });

  it("weighs benchmarks alike overall, corrects over them, and says how many are better", async () => {
    const names = ["large", "small", "level"];
    const entries = [...random("large", 300, 0.05), ...random("small", 20, -0.05), ...random("level", 40, 0)];
    const { cells, groups } = await compare(entries, names);
    const values = cells.map(({ measures }) => measures[0]!.difference.value);
    const overall = groups.find(({ kind }) => kind === "overall")!.measures[0]!;
    expect(overall.difference.value).toBeCloseTo((values[0]! + values[1]! + values[2]!) / 3, 12);
    expect(overall.difference.low!).toBeLessThan(overall.difference.value);
    expect(overall.benchmarks.better + overall.benchmarks.worse).toBe(3);
    expect(overall.clear).toEqual({ better: 1, worse: 1 });
    for (const { measures } of cells) expect(measures[0]!.holm).toBeGreaterThanOrEqual(measures[0]!.p);
    expect(cells[0]!.measures[0]!.holm).toBeCloseTo(3 / 1001, 12);
    const domain = groups.find(({ kind }) => kind === "domain")!;
    expect(domain).toEqual({ ...groups[0], kind: "domain", name: "objects" });
  });

  it("lists the most changed targets, the worst first", async () => {
    const { mostChanged } = await compare([
      ...([0.5, 0.5, 0.5, 0.5].map((v, t) => [0, "b", "i", `t${t}`, v]) as Entry[]),
      ...([0.4, 0.9, 0.1, 0.5].map((v, t) => [1, "b", "i", `t${t}`, v]) as Entry[]),
    ]);
    expect(mostChanged.map(({ target }) => target)).toEqual(["t2", "t0", "t1"]);
  });

  it("shows few of one benchmark", async () => {
    const losses = { a: [0.4, 0.3, 0.2, 0.1], b: [0.05] };
    const entries = Object.entries(losses).flatMap(([name, list]) =>
      list.flatMap((loss, t): Entry[] => [
        [0, name, "i", `t${t}`, 0.5],
        [1, name, "i", `t${t}`, 0.5 - loss],
      ]),
    );
    const { mostChanged, examples } = await compare(entries, ["a", "b"]);
    const named = (targets: typeof examples) => targets.map(({ benchmark, target }) => benchmark + target);
    expect(named(mostChanged)).toEqual(["at0", "at1", "at2", "at3", "bt0"]);
    expect(named(examples)).toEqual(["at0", "at1", "bt0"]);
  });

  it("has no measures without pairs", async () => {
    const { cells, groups } = await compare([[0, "b", "i", "t", 0.5]]);
    expect(cells[0]!.measures).toEqual([]);
    expect(groups[0]!.measures).toEqual([]);
  });
});

describe("measures", () => {
  const ids = (id: string) => measuresOf(id).map((measure) => measure.id);

  it("of a row: unreached quality counts with the most clicks, an absent oracle is null", () => {
    const step = (clicks: number, iou: number) => ({
      ...{ at: { clicks }, chosen: 0, candidates: [{ predicted: 1, iou }] },
      scores: { iou, dice: iou, boundary: 0 },
    });
    const row = {
      ...{ model: "m", benchmark: "b", protocol: "ritm-noc@1", sample: "i", cluster: "c", target: "t" },
      ...{ status: "ok" as const, size: { width: 9, height: 9 }, area: 4 },
      box: [0, 0, 1, 1] as const,
      steps: [step(1, 0.7), step(2, 0.87)],
    };
    const wanted = ["iou@1", "iou@2", "oracle@1", "noc@80", "noc@85", "noc@90", "noc@95"];
    const measures = wanted.map((id) => measuresOf("ritm-noc@1").find((measure) => measure.id === id)!);
    expect(targetScore(row, measures).parts).toEqual([
      ...[[0.7, 1], [0.87, 1], null, [2, 1], [2, 1], [20, 1], [20, 1]],
    ]);
    expect(targetScore(row, measures, ["iou"]).parts.slice(0, 3)).toEqual([null, null, null]);
    const failed = { ...row, status: "failed" as const, reason: "x" };
    expect(targetScore(failed, measures)).toMatchObject({ status: "failed", parts: [] });
    expect(ids("ritm-noc@1")).toEqual(expect.arrayContaining(wanted));
  });
});
