// A protocol and a metric of a program's own through everything that reads a run folder, with and without handing them over.
import { cpSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { codeOf } from "../../src/core/errors.ts";
import type { Metric } from "../../src/core/measure.ts";
import type { Summary } from "../../src/core/results.ts";
import type { Protocol } from "../../src/eval/index.ts";
import { correction, errorClick } from "../../src/eval/interactive/error-click.ts";
import { randomForegroundClick } from "../../src/eval/interactive/foreground.ts";
import { clickMeasures } from "../../src/eval/interactive/measures.ts";
import { and, area } from "../../src/masks/bit-mask.ts";
import { comparisonWriters } from "../../src/report/comparison/index.ts";
import { type CompareOptions, compare } from "../../src/run/compare/compare.ts";
import { baseline } from "../../src/run/compare/sides.ts";
import { type Context, contextOf } from "../../src/run/context.ts";
import { readSummary } from "../../src/run/read.ts";
import { promptLines, writePrompts } from "../../src/run/recorded.ts";
import { type ReplayOptions, replay } from "../../src/run/replay.ts";
import { merge, report } from "../../src/run/report/reports.ts";
import { run } from "../../src/run/run.ts";
import { score } from "../../src/run/score/score.ts";
import { tune } from "../../src/run/tune.ts";
import { sharedFolder, temporaryFolder, workPlace, writeDiskModel } from "../helpers/synthetic.ts";

const reported = [1, 2];

const hasty: Protocol = {
  id: "hasty@1",
  summary: "a random click, then a correction",
  needs: { points: 2 },
  reported,
  measures: (metrics) => clickMeasures({ metrics, reported }),
  invariants: [({ steps }) => (steps.length <= 2 ? [] : ["hasty@1 has two steps at most"])],
  next(context, done, last) {
    if (done === reported.length) return undefined;
    if (last === undefined)
      return { prompt: { clicks: [randomForegroundClick(context, "hasty", 0)], multimask: true } };
    return correction(last, errorClick(context.target, last.mask), false);
  },
};

const precision: Metric = {
  name: "precision",
  title: "precision",
  meaning: "Share of the mask's pixels that belong to the target.",
  unit: "share",
  better: "higher",
  cost: "next to nothing",
  against:
    ({ mask }) =>
    (predicted) => {
      const all = area(predicted);
      return all === 0 ? 0 : area(and(predicted, mask)) / all;
    },
};

const plugins = { protocols: [hasty], metrics: [precision] };

const requestOf = (protocols: readonly (string | Protocol)[]) => ({
  benchmarks: [{ name: "./dots.yaml", root: "data" }],
  protocols,
  metrics: ["iou", precision],
});

/** A place with two runs by the protocols and the metric, `one` and `two`: the second model paints larger disks. */
async function twoRuns(place: string, protocols: readonly (string | Protocol)[], pages = false) {
  writeDiskModel(place, "large", { mask: { threshold: -1 } });
  const { context, notes } = listening(place);
  const request = { ...requestOf(protocols), pages };
  await run({ ...request, models: ["./constant.yaml"], out: "one" }, context);
  await run({ ...request, models: ["./large.yaml"], out: "two" }, context);
  expect(notes).toEqual([]);
  return { place, context, notes };
}

function listening(place: string) {
  const notes: string[] = [];
  const context = contextOf({
    cwd: place,
    onEvent: (event) => {
      if (event.type === "note") notes.push(event.text);
    },
  });
  return { context, notes };
}

/** Two runs of the own protocol alone, of which each test has a copy. */
const hastyRuns = sharedFolder();
beforeAll(async () => {
  await twoRuns(await workPlace({ images: 4, targets: 2 }, { place: hastyRuns }), [hasty], true);
}, 60_000);

function copyOfRuns() {
  const place = join(temporaryFolder(), "runs");
  cpSync(hastyRuns, place, { recursive: true });
  return { place, ...listening(place) };
}

const idsOf = ({ protocols }: Pick<Summary, "protocols">) =>
  protocols.flatMap(({ measures }) => measures.map(({ id }) => id));

const bytes = (...path: string[]) => readFileSync(join(...path));

/** Of what is thrown: its code and its message. */
async function refused(work: Promise<unknown>): Promise<{ code: unknown; message: string }> {
  const thrown = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  return { code: codeOf(thrown), message: String((thrown as Error | undefined)?.message) };
}

const names = "names the protocol hasty@1 and the metric precision, which this version does not know";
const how = "plugins: { protocols: [...], metrics: [...] }";

test("reports and merged shards", async () => {
  const { place, context, notes } = copyOfRuns();
  const good = ["summary.json", "report.html", "rows.csv"].filter((file) =>
    existsSync(join(place, "one", file)),
  );
  expect(good.length).toBe(3);
  const before = good.map((file) => bytes(place, "one", file));

  const again = await report("one", { plugins }, context);
  expect(idsOf(again.summary)).toEqual(expect.arrayContaining(["iou@1", "iou@2", "precision@1"]));
  expect(good.map((file) => bytes(place, "one", file))).toEqual(before);
  const none = await refused(report("one", {}, context));
  expect(none.code).toBe("unknown-name");
  expect(none.message).toContain(`one: ${names}: the existing reports`);
  expect(none.message).toContain(how);
  expect(good.map((file) => bytes(place, "one", file))).toEqual(before);
  expect(notes).toEqual([]);

  const shards = ["shard-0", "shard-1"];
  for (const [index, out] of shards.entries())
    await run(
      { ...requestOf([hasty]), models: ["./constant.yaml"], out, shard: { index, count: 2 }, pages: false },
      context,
    );
  const merged = await merge(shards, "merged", context, plugins);
  expect(merged.summary.suites).toEqual(again.summary.suites);
  const kept = bytes(place, "merged", "summary.json");
  expect(await refused(merge(shards, "merged", context))).toMatchObject({ code: "unknown-name" });
  expect(bytes(place, "merged", "summary.json")).toEqual(kept);

  // Where nothing is lost, rows are merged, and what is missing is said.
  expect(notes).toEqual([]);
  const bare = await merge(shards, "bare", context);
  expect(notes).toEqual([`bare ${names}: without measures of them; ${how}`]);
  expect(idsOf(bare.summary)).toEqual([]);
  expect(bare.summary.protocols[0]!.summary).toBe("not known to this version: without measures");
  expect(bytes(place, "bare", "rows.jsonl")).toEqual(bytes(place, "merged", "rows.jsonl"));
  expect(idsOf((await report("bare", { plugins }, context)).summary)).toContain("precision@2");
}, 120_000);

const gate = `name: own
limits:
  - { metric: precision@1, protocol: hasty@1, minDifference: -100 }
  - { metric: iou@2, min: 0 }
`;

test("comparisons with a gate, and baselines", async () => {
  const { place, context, notes } = copyOfRuns();
  writeFileSync(join(place, "own.yaml"), gate);
  const compared = async (base: string, out: string, options: CompareOptions = {}) =>
    (await compare([base, "two"], { gate: "own.yaml", out, ...options }, context)).comparison;

  const direct = await compared("one", "direct", { plugins });
  expect(direct.pairs[0]!.gate).toMatchObject({ verdict: "passed" });
  const found = direct.pairs[0]!.groups[0]!.measures.map(({ measure }) => measure);
  expect(found).toEqual(expect.arrayContaining(["iou@1", "iou@2", "precision@1"]));
  expect(bytes(place, "direct", "comparison.md").toString()).not.toContain("Nothing to compare");

  // What is said where there is no lead, in the words of each case.
  const [pair] = direct.pairs;
  const text = (protocols: typeof direct.protocols, pairs: number) => {
    const groups = pair!.groups.map((group) => ({
      ...group,
      measures: [],
      pairing: { ...group.pairing, pairs },
    }));
    return comparisonWriters.terminal.render({
      ...direct,
      protocols,
      pairs: [{ ...pair!, groups, cells: [] }],
    });
  };
  const bare = direct.protocols.map((protocol) => ({ ...protocol, measures: [] }));
  expect(text(direct.protocols, 0)).toContain("nothing to compare: no target was scored by both\n");
  expect(text(direct.protocols, 8)).toContain("nothing to compare: no measure has a value on both sides\n");
  expect(text(bare, 8)).toContain(
    "nothing to compare: no measure of hasty@1 is requested and known to this version\n",
  );

  const { file, targets } = await baseline("one", "one.gz", context, plugins);
  expect(targets).toBe(8);
  const small = await compared("one.gz", "small", { plugins });
  expect(small.pairs).toEqual(direct.pairs);
  expect(notes).toEqual([]);

  for (const base of ["one", "one.gz"]) {
    const none = await refused(compared(base, "none"));
    expect(none.code).toBe("unknown-name");
    expect(none.message).toContain(names);
    expect(none.message).toContain(how);
  }
  expect(existsSync(join(place, "none"))).toBe(false);
  const before = bytes(file);
  const none = await refused(baseline("one", "one.gz", context));
  expect(none).toMatchObject({ code: "unknown-name" });
  expect(none.message).toContain(`one: ${names}`);
  expect(bytes(file)).toEqual(before);
}, 120_000);

test("a known protocol beside the own one is reported, and what is missing is said", async () => {
  const { place, context, notes } = await twoRuns(await workPlace({ images: 4, targets: 2 }), [
    "box@1",
    hasty,
  ]);
  const { comparison } = await compare(["one", "two"], { out: "part" }, context);
  expect(notes).toEqual([`one and two ${names}: without measures of them; ${how}`]);
  expect(comparison.protocols.map(({ id, measures }) => [id, measures.length > 0])).toEqual([
    ["box@1", true],
    ["hasty@1", false],
  ]);
  expect(comparison.protocols[0]!.summary).toMatch(/; not known to this version: precision$/);
  expect(bytes(place, "part", "comparison.md").toString()).not.toContain("no target was scored by both");

  const summary = await readSummary("one", context);
  expect(summary.protocols[0]!.summary).toMatch(/; not known to this version: precision$/);
  expect(idsOf(summary)).toEqual(expect.arrayContaining(["iou@box"]));
  expect(idsOf(await readSummary("one", context, plugins))).toContain("precision@box");
}, 120_000);

test("a baseline without an own metric alone has all the rest", async () => {
  const { context, notes } = await twoRuns(await workPlace({ images: 4, targets: 2 }), ["box@1"]);
  await baseline("one", "one.gz", context);
  expect(notes).toEqual([
    "one names the metric precision, which this version does not know: without measures of it; plugins: { metrics: [...] }",
  ]);
  const { comparison } = await compare(["one.gz", "two"], { out: "part" }, context);
  expect(comparison.pairs[0]!.groups[0]!.measures.map(({ measure }) => measure)).toContain("iou@box");
}, 120_000);

test("prompts, replays, and masks made elsewhere", async () => {
  const { place, context, notes } = copyOfRuns();
  expect(await writePrompts("one", "prompts.jsonl", context, plugins)).toBe(8);
  const lines: string[] = [];
  for await (const line of promptLines("one", context, plugins)) lines.push(line);
  expect(`${lines.join("\n")}\n`).toBe(bytes(place, "prompts.jsonl").toString());

  const replayed = async (word: string, out: string, own: Pick<ReplayOptions, "plugins">, around: Context) =>
    replay(
      word,
      { models: ["./constant.yaml"], benchmarks: ["./dots.yaml"], root: "data", out, ...own },
      around,
    );
  for (const [n, word] of ["one", "prompts.jsonl"].entries()) {
    const { report: made } = await replayed(word, `again-${n}`, { plugins }, context);
    expect(idsOf(made!.summary)).toEqual(expect.arrayContaining(["iou@1", "precision@2"]));
    const once = (await readSummary("one", context, plugins)).cells[0]!.measures;
    expect(made!.summary.cells[0]!.measures["precision@2"]).toEqual(once["precision@2"]);
    const none = await refused(replayed(word, "none", {}, context));
    expect(none.code).toBe("unknown-name");
    expect(none.message).toContain(`the record: ${names}`);
    expect(none.message).toContain(how);
  }
  const { comparison } = await compare(["one", "again-0"], { plugins, out: "same" }, context);
  expect(comparison.protocols.map(({ id }) => id)).toEqual(["replay:hasty@1"]);
  expect(comparison.pairs[0]!.groups[0]!.measures[0]).toMatchObject({
    measure: "iou@1",
    difference: { value: 0 },
  });

  // The masks of a run folder, scored as if they were another framework's.
  const scored = (own: object, out: string) =>
    score("./dots.yaml", "one/masks.jsonl", { root: "data", protocol: "hasty@1", out, ...own }, context);
  const { report: made } = await scored({ plugins, metrics: ["iou", "precision"] }, "scored");
  expect(idsOf(made!.summary)).toContain("precision@1");
  const [mine, theirs] = [made!.summary, await readSummary("one", context, plugins)].map(
    ({ cells }) => cells[0]!.measures["precision@1"]!,
  );
  expect(mine!.value).toBe(theirs!.value);
  expect(await refused(scored({}, "none"))).toMatchObject({ code: "unknown-name" });
  expect(notes).toEqual([]);
}, 120_000);

test("a name that is taken is refused where rows are read as where they are made", async () => {
  const { place, context } = copyOfRuns();
  const taken = { ...plugins, metrics: [precision, { ...precision, name: "dice" }] };
  const sentence = "metric dice: the project already has something of this name";
  for (const work of [
    () => report("one", { plugins: taken }, context),
    () => compare(["one", "two"], { plugins: taken }, context),
    () => readSummary("one", { cwd: place, env: {} }, taken),
  ]) {
    const { code, message } = await refused(work());
    expect(code).toBe("refused");
    expect(message).toContain(sentence);
  }
});

test("an abort stops what reads rows, and leaves what is there", async () => {
  const { place, context } = copyOfRuns();
  const before = bytes(place, "one", "summary.json");
  const stopped = { ...context, signal: AbortSignal.abort(new Error("enough")) };
  await expect(report("one", { plugins }, stopped)).rejects.toThrow("enough");
  await expect(compare(["one", "two"], { plugins, out: "held" }, stopped)).rejects.toThrow("enough");
  await expect(merge(["one"], "merged", stopped, plugins)).rejects.toThrow("enough");
  expect(bytes(place, "one", "summary.json")).toEqual(before);
  for (const folder of ["held", "merged"]) expect(existsSync(join(place, folder))).toBe(false);
  const tuning = await tune("./constant.yaml", { write: undefined }, stopped);
  expect(tuning).toMatchObject({ alone: [], together: [], cut: true, best: undefined });
});
