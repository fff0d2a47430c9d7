// Answers to phrases against the evaluator of SAM 3's authors (scripts/oracle/concept.py): made-up sets, and a file of results from end to end.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import type { Measure } from "../../../src/core/measure.ts";
import { expressionFacts } from "../../../src/core/query-facts.ts";
import type { ScoredRow } from "../../../src/core/rows.ts";
import type { ConceptSample } from "../../../src/core/types.ts";
import { conceptProblems, factsOfQuery } from "../../../src/eval/concept/match.ts";
import { conceptMeasures } from "../../../src/eval/concept/measures.ts";
import { referring, referringUnion } from "../../../src/eval/concept/referring.ts";
import {
  area,
  contextOf,
  readRun,
  readSummary,
  sampleFinder,
  score,
  truthOfQuery,
} from "../../../src/index.ts";
import { createMask, setPixel } from "../../../src/masks/bit-mask.ts";
import { farthest, held, readOracle } from "../../helpers/oracle.ts";

type Rectangle = readonly [x: number, y: number, width: number, height: number];
type Annotator = readonly (readonly [...Rectangle, crowd: number])[] | 0 | null;
type Pair = readonly [
  annotators: readonly Annotator[],
  answers: readonly (readonly [score: number, ...Rectangle])[],
];
type Result = readonly [counts: readonly number[], values: readonly number[]];

const SIDE = 128;
const measures = new Map(conceptMeasures.map((measure) => [measure.id, measure as Measure]));

/** The evaluator's names of what is measured. */
const ids: Readonly<Record<string, string>> = {
  ...{ cgF1: "cgf1", precision: "mask-precision", recall: "mask-recall", F1: "mask-f1" },
  ...{ positive_micro_F1: "pmf1", positive_micro_precision: "positive-precision" },
  ...{
    IL_precision: "il-precision",
    IL_recall: "il-recall",
    IL_F1: "il-f1",
    IL_FPR: "il-fpr",
    IL_MCC: "il-mcc",
  },
  ...{ "cgF1@0.5": "cgf1-50", "cgF1@0.75": "cgf1-75" },
  ...{ "positive_micro_F1@0.5": "pmf1-50", "positive_micro_F1@0.75": "pmf1-75" },
};

function rectangle([x, y, width, height]: readonly number[], side = SIDE) {
  const mask = createMask(side, side);
  for (let row = y!; row < y! + height!; row++)
    for (let column = x!; column < x! + width!; column++) setPixel(mask, column, row);
  return mask;
}

/** Rows of the pairs that are scored. */
function rowsOf(pairs: readonly Pair[]): ScoredRow[] {
  return pairs.flatMap(([annotators, answers], i): ScoredRow[] => {
    if (annotators.some((own) => own === 0)) return [];
    const seen = annotators.map((own) => {
      const all = own === 0 || own === null ? [] : own;
      const masks = all.filter(([, , , , crowd]) => crowd === 0).map((box) => rectangle(box));
      return { masks, crowds: all.length - masks.length };
    });
    const found = answers.map(([own, ...box]) => ({ score: own, mask: rectangle(box) }));
    const { facts } = factsOfQuery(found, seen, "a test");
    const key = {
      model: "m",
      benchmark: "b",
      protocol: "concept@1",
      sample: `${i}`,
      cluster: `${i}`,
      target: `${i}`,
    };
    const row = { ...key, status: "ok", facts, steps: [] } as unknown as ScoredRow;
    expect(conceptProblems(row)).toEqual([]);
    return [row];
  });
}

function sumsOf(id: string, rows: readonly ScoredRow[]): number[] {
  const { parts } = measures.get(id)!;
  const all = rows.flatMap((row) => [parts(row) ?? []]).filter(({ length }) => length > 0);
  return (all[0] ?? []).map((_, i) => all.reduce((sum, own) => sum + own[i]!, 0));
}

/** What the evaluator counts, of what a row's parts count. */
function countsOf(sums: readonly number[]): number[] {
  const [truths, answers, alarms] = sums.slice(4, 7) as [number, number, number];
  const right = Array.from({ length: 10 }, (_, t) => sums.slice(7 + t).reduce((sum, n) => sum + n, 0));
  return [
    ...sums.slice(0, 4),
    ...right,
    ...right.map((n) => answers - n),
    ...right.map((n) => answers + alarms - n),
    ...right.map((n) => truths - n),
  ];
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Measures of expressions by id, and what they are of. */
interface Judged {
  readonly own: ReadonlyMap<string, number>;
  readonly facts: readonly ReturnType<typeof expressionFacts>[];
}

/** The evaluator's formulas, epsilons and all, of these counts. */
function withEpsilons(counts: readonly number[]): Readonly<Record<string, number>> {
  const [tp, fp, tn, fn] = counts as [number, number, number, number];
  const list = (i: number) => counts.slice(4 + 10 * i, 14 + 10 * i);
  const [right, positive, wrong, missed] = [list(0), list(1), list(2), list(3)];
  const share = (others: readonly number[]) => right.map((n, t) => n / (n + others[t]! + 1e-4));
  const both = (one: readonly number[], two: readonly number[]) =>
    one.map((p, t) => (2 * p * two[t]!) / (p + two[t]! + 1e-4));
  const [precision, recall, own] = [share(wrong), share(missed), share(positive)];
  const pmf1 = both(own, recall);
  const [ilPrecision, ilRecall] = [tp / (tp + fp + 1e-6), tp / (tp + fn + 1e-6)];
  const mcc = (tp * tn - fp * fn) / (Math.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)) + 1e-6);
  return {
    ...{ cgf1: mean(pmf1.map((f) => f * mcc)), pmf1: mean(pmf1), "mask-f1": mean(both(precision, recall)) },
    ...{
      "mask-precision": mean(precision),
      "mask-recall": mean(recall),
      "positive-precision": mean(own),
      "il-mcc": mcc,
    },
    ...{ "il-precision": ilPrecision, "il-recall": ilRecall, "il-fpr": fp / (fp + tn + 1e-6) },
    "il-f1": (2 * ilPrecision * ilRecall) / (ilPrecision + ilRecall + 1e-6),
    ...{ "cgf1-50": pmf1[0]! * mcc, "cgf1-75": pmf1[5]! * mcc, "pmf1-50": pmf1[0]!, "pmf1-75": pmf1[5]! },
  };
}

test("the counts of sets are the evaluator's, and so are ratios but for its epsilons", () => {
  const { metrics, cases } = readOracle<{
    metrics: readonly string[];
    cases: readonly (readonly [pairs: readonly Pair[], results: readonly Result[]])[];
  }>("concept/sets");
  let [same, plain, many] = [0, 0, 0];
  for (const [pairs, results] of cases) {
    const rows = rowsOf(pairs);
    for (const [i, threshold] of [50, 30, 70].entries()) {
      const [counts, values] = results[i]!;
      const sums = sumsOf(`cgf1-from@${threshold}`, rows);
      expect(countsOf(sums)).toEqual(counts);
      const formula = withEpsilons(counts);
      for (const [name, id] of Object.entries(ids)) {
        const value = values[metrics.indexOf(name)]!;
        same = Math.max(same, Math.abs(formula[id]! - value));
        if (threshold !== 50) continue;
        const own = measures.get(id)!.value(sumsOf(id, rows));
        // Of no phrase that names something, or of those alone, there is no value: the evaluator says 0, or nearly so.
        const off = Math.abs((Number.isNaN(own) ? 0 : own) - value);
        plain = Math.max(plain, off);
        if (sums[4]! + sums[5]! >= 8) many = Math.max(many, off);
      }
      if (threshold === 50 && sums[0]! > 0) {
        const [total, phrases] = sumsOf("macro-f1", rows) as [number, number];
        expect(phrases).toBe(sums[0]! + sums[3]!);
        // The evaluator divides by the phrases that were answered.
        const code = values[metrics.indexOf("positive_macro_F1")]!;
        if (code >= 0) expect(Math.abs(total / sums[0]! - code)).toBeLessThan(2e-4);
      }
    }
  }
  expect(plain).toBeLessThan(2e-4);
  held("concept/sets", cases.length, same, 1e-12);
  held("concept/sets", cases.length, many, 1e-4, "plain formulas, sets of 8 masks and more");
});

test("one mask for each expression: the code of LISA, LAVT and GRES", () => {
  type Sample = readonly [masks: readonly Rectangle[], answers: Pair[1]];
  type Lavt = readonly [miou: number, intersection: number, union: number, reached: number[], of: number];
  type Nothing = Readonly<Record<"TP" | "TN" | "FP" | "FN", number>>;
  type Rela = readonly [sum: number, intersection: number, union: number, Nothing, number[], number, number];
  const { cases } = readOracle<{
    cases: readonly (readonly [readonly Sample[], Lavt, readonly [giou: number, ciou: number], Rela])[];
  }>("concept/referring");
  const size = { width: 48, height: 48 };
  let [worst, rounded] = [0, 0];
  const alike = (own: number | undefined, other: number) => {
    worst = Math.max(worst, Math.abs((Number.isNaN(own) ? 0 : own!) - (Number.isNaN(other) ? 0 : other)));
    expect(Number.isNaN(own)).toBe(Number.isNaN(other));
  };
  for (const [samples, lavt, lisa, rela] of cases) {
    const [single, union] = [referring, referringUnion].map((protocol) => {
      const rows = samples.map(([masks, answers]) => {
        const found = answers.map(([own, ...box]) => ({ score: own, mask: rectangle(box, 48) }));
        const truth = { masks: masks.map((box) => rectangle(box, 48)), crowds: 0 };
        const { facts } = protocol.answer(found, [truth], size, "a test");
        const row = { status: "ok", facts, steps: [] } as unknown as ScoredRow;
        expect(protocol.invariants.flatMap((invariant) => invariant(row))).toEqual([]);
        return row;
      });
      const own = protocol.measures([]).map((measure) => {
        const { id, parts, value } = measure as Measure;
        const all = rows.flatMap((row) => [parts(row) ?? []]).filter(({ length }) => length > 0);
        const sums = all[0]?.map((_, p) => all.reduce((sum, one) => sum + one[p]!, 0));
        return [id, sums === undefined ? Number.NaN : value(sums)] as const;
      });
      return { own: new Map(own), facts: rows.map(expressionFacts) };
    }) as unknown as [Judged, Judged];
    const n = samples.length;
    // LAVT counts 0 where LISA, and we, count 1: nothing on either side.
    const nothing = single.facts.filter((facts) => facts.union === 0).length;
    const [miou, intersection, whole, reached, of] = lavt;
    expect(of).toBe(n);
    alike(single.own.get("miou"), miou + nothing / n);
    alike(single.own.get("oiou"), intersection / whole);
    for (const [i, percent] of [50, 60, 70, 80, 90].entries())
      alike(single.own.get(`p@${percent}`), (reached[i]! + nothing) / n);
    // LISA's formulas with its epsilons, of our counts; without them they are our measures, nearly.
    const sum = (values: readonly number[]) => values.reduce((total, one) => total + one, 0);
    const ious = single.facts.map((f) => (f.union === 0 ? 1 : f.intersection / (f.union + 1e-5)));
    const [inner, outer] = [
      sum(single.facts.map((f) => f.intersection)),
      sum(single.facts.map((f) => f.union)),
    ];
    alike(sum(ious) / n, lisa[0]);
    alike(inner / (outer + 1e-10), lisa[1]);
    rounded = Math.max(rounded, Math.abs(single.own.get("miou")! - lisa[0]));
    const [total, inside, around, { TP, TN, FP, FN }, passed, targets, all] = rela;
    expect([all, targets]).toEqual([n, TN + FP]);
    alike(union.own.get("giou"), total / n);
    alike(union.own.get("ciou"), inside / around);
    alike(union.own.get("n-acc"), TP / (TP + FN));
    alike(union.own.get("t-acc"), TN / (TN + FP));
    for (const [i, percent] of [70, 80, 90].entries())
      alike(union.own.get(`p@${percent}`), passed[i]! / targets);
  }
  expect(rounded).toBeLessThan(2e-5);
  held("concept/referring", cases.length, worst, 1e-12);
});

test("the numbers of a file of results are the evaluator's", async () => {
  const out = mkdtempSync(join(tmpdir(), "concept-"));
  const path = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url));
  const context = contextOf({ cwd: out, env: {} });
  try {
    const { answers, metrics, values, counts } = readOracle<{
      answers: unknown;
      metrics: string[];
      values: number[];
      counts: number[];
    }>("concept/results");
    writeFileSync(join(out, "answers.json"), JSON.stringify(answers));
    const options = { data: path("../datasets/samples"), out: join(out, "run"), model: "m" };
    const { complete } = await score("saco-gold-metaclip", "answers.json", options, context);
    expect(complete).toBe(true);
    const { cells } = await readSummary(options.out, context);
    const report = readFileSync(join(options.out, "report.md"), "utf8");
    expect(report).toMatch(
      /### The hardest phrases\n\n\| phrase \| cgF1, % \|.*\n.*\n\| boat \| - \|(?:.*\n){4}\| duck \| 40\.0 \| 40\.0 \| 40\.0 \| 70\.0 \| 2 \| 1 \|/,
    );
    expect(report).toContain("| spoon | metaclip\\_0\\_0\\_0001 | 10000007 | 83.4 % | 1 |");
    expect(report).toContain("2 images, 12 phrases, 2 dropped");
    const page = readFileSync(join(options.out, "report.html"), "utf8");
    expect(page).toMatch(
      /1 wrong, highest score 83.4.%<.span>\n<span class="where">metaclip_0_0_0001 · query 10000007</,
    );
    expect(page).not.toContain("There are no pictures here");
    const lines = readFileSync(join(options.out, "rows.jsonl"), "utf8").trim().split("\n");
    const rows = lines.map((line) => JSON.parse(line)).filter(({ status }) => status === "ok");
    expect(countsOf(sumsOf("cgf1", rows))).toEqual(counts);
    // What a picture of a row shows as its truth: of the annotator that counts.
    for await (const sample of sampleFinder(options.data, context)(
      (await readRun(options.out, context)).manifest.plan.benchmarks[0]!,
      "metaclip_0_0_0001",
    )) {
      const shown = (id: string) =>
        truthOfQuery(
          sample as ConceptSample,
          rows.find(({ target }) => target === id),
        );
      expect(area(shown("10000001")!)).toBeGreaterThan(area(shown("10000002")!));
      expect(area(shown("10000003")!)).toBe(0);
      expect(truthOfQuery(sample as ConceptSample, { ...rows[0], target: "10000001" })).toBeUndefined();
    }
    const own = Object.values(ids).map((id) => cells[0]!.measures[id]!.value);
    const expected = Object.keys(ids).map((name) => values[metrics.indexOf(name)]!);
    held("concept/results", own.length, farthest(own, expected), 1e-4);
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
});
