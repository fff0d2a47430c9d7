// Runs that grow: what may, and that the bytes are those of a run made at once, whatever the order and wherever it was killed.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { hashOf } from "../../src/core/hash.ts";
import type { Manifest, Plan, Unit } from "../../src/core/plan.ts";
import type { MaskRow, Row } from "../../src/core/rows.ts";
import { refuseOtherRun } from "../../src/store/continue.ts";
import { type Growth, growth } from "../../src/store/growth.ts";
import { lockFolder } from "../../src/store/lock.ts";
import { differenceLine } from "../../src/store/plan-differences.ts";
import { readMasks, readRows, readRun } from "../../src/store/read-run.ts";
import { openRunFolder } from "../../src/store/run-folder.ts";
import { collect } from "../helpers/records.ts";
import { check, manifestOf, plan as samplePlan, scored, temporaryFolder } from "./sample-run.ts";

const life = vi.hoisted(() => ({ done: 0, end: Number.POSITIVE_INFINITY }));
vi.mock("node:fs/promises", async (original) =>
  (await import("../helpers/dying-fs.ts")).dyingFiles(await original(), life),
);

/** The process is killed at the n-th operation on files from now. */
function dieAt(operation: number): void {
  life.done = 0;
  life.end = operation;
}

/** Nothing is killed any more; returns how many operations there were. */
function live(): number {
  life.end = Number.POSITIVE_INFINITY;
  return life.done;
}

afterEach(() => void live());

/** What is run: models, images by benchmark, protocols. */
interface Spec {
  readonly models: readonly string[];
  readonly images: Readonly<Record<string, readonly string[]>>;
  readonly protocols: readonly string[];
}

function planOf({ models, images, protocols }: Spec, changed: Partial<Plan> = {}): Plan {
  const [model] = samplePlan.models;
  const [benchmark] = samplePlan.benchmarks;
  return {
    ...samplePlan,
    protocols,
    models: models.map((name) => ({ ...model!, name })),
    benchmarks: Object.entries(images).map(([name, ids]) => ({
      ...{ ...benchmark!, name, images: ids.length, subsetHash: hashOf(ids) },
    })),
    ...changed,
  };
}

function unitsOf({ models, images }: Spec): Unit[] {
  const names = models.flatMap((model) =>
    Object.entries(images).flatMap(([benchmark, ids]) => ids.map((sample) => ({ model, benchmark, sample }))),
  );
  return names.map((name, index) => ({ index, ...name }));
}

/** What a model gives for a unit: it hangs on the unit's name and the protocol alone. */
function playedOf({ model, benchmark, sample }: Unit, protocols: readonly string[]) {
  const key = { model, benchmark, sample };
  const targets = Array.from({ length: (model.length + sample.charCodeAt(0)) % 3 }, (_, n) => String(n));
  const rows: Row[] = [];
  const masks: MaskRow[] = [];
  for (const protocol of protocols) {
    for (const target of targets) {
      rows.push({ ...scored, ...key, protocol, cluster: sample, target });
      const rle = { size: [30, 40] as const, counts: `${model}${protocol}ü` };
      for (const clicks of [1, 2]) masks.push({ ...key, protocol, target, at: { clicks }, rle });
    }
    rows.push({ ...key, protocol, cluster: sample, target: "e", status: "dropped", reason: "empty" });
  }
  return { rows, masks };
}

interface Options {
  /** At most so many units are played. */
  readonly limit?: number;
  readonly changed?: Partial<Plan>;
  readonly shard?: Manifest["shard"];
  readonly durable?: boolean;
}

/** Runs what is missing, as the program does; returns how many units were played, and how many were there. */
async function play(dir: string, spec: Spec, { limit = 99, changed, shard, durable }: Options = {}) {
  const units = unitsOf(spec);
  const manifest = manifestOf(planOf(spec, changed), shard ?? null);
  const folder = await openRunFolder(dir, manifest, { check, units, durable, lock: { takeOver: true } });
  const before = folder.finished.size;
  const { news, inPart } = folder;
  let played = 0;
  try {
    for (const unit of units.filter(({ index }) => !folder.finished.has(index)).slice(0, limit)) {
      const { rows, masks } = playedOf(unit, folder.protocolsLeft(unit.index));
      await folder.append(unit, rows, masks, { encode: 1.5, targets: 2 });
      played += 1;
    }
  } finally {
    await folder.close();
  }
  return { before, inPart, news, played };
}

const text = (dir: string, name: string) => readFileSync(join(dir, name), "utf8");
/** All that must be as in a run made at once: rows, masks, and the journal but for its times. */
const bytesOf = (dir: string) => [
  text(dir, "rows.jsonl"),
  text(dir, "masks.jsonl"),
  text(dir, "progress.jsonl").replace(/,"timing":\d+/g, ""),
];
async function atOnce(spec: Spec) {
  const dir = temporaryFolder();
  await play(dir, spec);
  return bytesOf(dir);
}
const messageOf = (promise: Promise<unknown>) =>
  promise.then(
    () => "no error",
    (error: Error) => error.message,
  );

const small: Spec = { models: ["b"], images: { cells: ["k", "p"] }, protocols: ["box@1"] };
const moreImages: Spec = { ...small, images: { cells: ["a", "k", "l", "p", "z"] } };
const twoProtocols: Spec = { ...moreImages, protocols: ["sam1-d1@1", "box@1", "mask@1"] };
const twoModels: Spec = { ...twoProtocols, models: ["a", "b"] };
const wide: Spec = { ...twoModels, images: { bees: ["q"], ...moreImages.images, dogs: ["x", "y"] } };

describe("growth between plans", () => {
  const of = (change: (plan: { -readonly [K in keyof Plan]: Plan[K] }) => void, from = planOf(wide)) => {
    const copy = structuredClone(from);
    change(copy);
    return said(growth(from, copy));
  };
  const said = (found: Growth) =>
    found.is === "other" ? other(...found.differences.map(differenceLine)) : found;
  const other = (...lines: string[]) => ({ is: "other", lines });

  test.each<[string, Spec, Spec, readonly string[]]>([
    ["images", small, moreImages, ["3 images"]],
    ["one image", small, { ...small, images: { cells: ["k", "p", "q"] } }, ["1 image"]],
    ["protocols", moreImages, twoProtocols, ["sam1-d1@1 and mask@1"]],
    ["a model before the others", twoProtocols, twoModels, ["model a"]],
    ["benchmarks around the others", twoModels, wide, ["benchmarks bees and dogs"]],
    ["all at once", small, { ...twoModels }, ["3 images", "sam1-d1@1 and mask@1", "model a"]],
    ["many", small, { ...small, models: ["b", "c", "d", "e", "f"] }, ["4 models"]],
    ["another order", twoModels, { ...twoModels, models: ["b", "a"] }, []],
  ])("%s: wider, and the other way narrower", (_, before, now, news) => {
    expect(growth(planOf(before), planOf(now))).toEqual({ is: "wider", news });
    const back = news.length > 0 ? { is: "narrower", lacks: news } : { is: "wider", news };
    expect(growth(planOf(now), planOf(before))).toEqual(back);
  });

  test("the same; and words alone", () => {
    expect(of(() => undefined)).toEqual({ is: "same" });
    expect(of((plan) => Object.assign(plan, { name: "n", title: "t", limit: 9, ids: "1" }))).toEqual({
      is: "wider",
      news: [],
    });
  });

  test("a card's subset takes more of the same images; any other field makes others of them", () => {
    const card = (more: object) => (plan: { benchmarks: Plan["benchmarks"] }) => {
      const [first, ...rest] = plan.benchmarks;
      plan.benchmarks = [
        { ...first!, ...{ cardHash: "h", card: { ...first!.card, ...more } as never } },
        ...rest,
      ];
    };
    expect(of(card({ subset: { masks: 9 } }))).toEqual({ is: "wider", news: [] });
    expect(of(card({ subset: { masks: 9 }, version: 2 }))).toEqual(
      other("benchmarks.bees.card.version: 1 in the run folder, 2 now"),
    );
  });

  test.each<[string, Partial<Plan>, string]>([
    ["seed", { seed: "8" }, "seed: 7 in the run folder, 8 now"],
    ["batch", { batch: 8 }, "batch: 16 in the run folder, 8 now"],
    ["threads", { threads: 2 }, "threads: 1 in the run folder, 2 now"],
    ["provider", { provider: "cuda" }, "provider: cpu in the run folder, cuda now"],
    ["masks", { masks: false }, "masks: true in the run folder, false now"],
    ["targets of some images", { ids: "1", targets: true }, "ids: nothing in the run folder, 1 now"],
    ["metrics", { metrics: ["iou"] }, "metrics: dice only in the run folder"],
    ["more metrics", { metrics: [...samplePlan.metrics, "nsd"] }, "metrics: nsd only now"],
  ])("%s would change numbers, whatever else is new", (_, changed, line) => {
    const result = said(growth(planOf(small), planOf(wide, changed)));
    expect(result).toMatchObject({ is: "other", lines: expect.arrayContaining([line]) });
    const { lines } = result as ReturnType<typeof other>;
    expect(lines.every((one) => one.startsWith(line.split(":")[0]!))).toBe(true);
  });

  test("a model whose files changed is another one", () => {
    const changed = of((plan) => {
      const [first, ...rest] = plan.models;
      plan.models = [{ ...first!, files: [{ path: "e.onnx", bytes: 5, sha256: "other" }] }, ...rest];
    });
    expect(changed).toEqual(other(expect.stringMatching(/^models\.a\.files\.e\.onnx\.sha256: /)));
  });
});

describe("more clicks", () => {
  const usual = new Map([["sam1-d1@1", [1, 2, 3, 5, 9]]]);
  const points = (numbers?: readonly number[]): Partial<Plan> =>
    numbers === undefined ? {} : { points: numbers };
  const spec: Spec = { ...small, protocols: ["sam1-d1@1", "box@1"] };

  test.each<[readonly number[] | undefined, readonly number[] | undefined, readonly string[]]>([
    [[1, 3], [1, 3, 5], ["click 5"]],
    [[3], [1, 2, 3], ["clicks 1 and 2"]],
    [[1, 3], undefined, ["clicks 2, 5 and 9"]],
    [undefined, [1, 2, 3, 4, 5, 9], ["click 4"]],
  ])("%j, then %j: wider, and the other way narrower", (before, now, news) => {
    const of = (numbers?: readonly number[]) => planOf(spec, points(numbers));
    expect(growth(of(before), of(now), usual)).toEqual({ is: "wider", news });
    expect(growth(of(now), of(before), usual)).toEqual({ is: "narrower", lacks: news });
  });

  /** Rows of clicks have a step for each, up to the last that is asked for; masks of those asked for. */
  async function playClicks(
    dir: string,
    asked: readonly number[] | undefined,
    changed = (iou: number) => iou,
  ) {
    const units = unitsOf(spec);
    const manifest = manifestOf(planOf(spec, points(asked)));
    const folder = await openRunFolder(dir, manifest, { check, units, usual, lock: { takeOver: true } });
    const played: (readonly string[])[] = [];
    try {
      for (const unit of units.filter(({ index }) => !folder.finished.has(index))) {
        const left = folder.protocolsLeft(unit.index);
        const reported = asked ?? usual.get("sam1-d1@1")!;
        const { rows, masks } = playedOf(unit, left);
        const steps = Array.from({ length: Math.max(...reported) }, (_, n) => ({
          ...{ ...scored.steps[0]!, at: { clicks: n + 1 } },
          scores: { ...scored.steps[0]!.scores, dice: changed(1 / (n + 2)) },
        }));
        await folder.append(
          unit,
          rows.map((row) => (row.protocol === "box@1" || row.status !== "ok" ? row : { ...row, steps })),
          masks.flatMap((mask) => {
            if (mask.protocol === "box@1") return [mask];
            return mask.at.clicks > 1 ? [] : reported.map((clicks) => ({ ...mask, at: { clicks } }));
          }),
          { encode: 1 },
        );
        played.push(left);
      }
    } finally {
      await folder.close();
    }
    return { played, news: folder.news, inPart: folder.inPart };
  }

  test("grow the run: protocols of clicks alone are played again, and their first steps stay", async () => {
    const dir = temporaryFolder();
    await playClicks(dir, [1, 3]);
    expect(await playClicks(dir, [1, 2, 3])).toMatchObject({ news: ["click 2"], inPart: 2 });
    const { played, news } = await playClicks(dir, undefined);
    expect([played, news]).toEqual([[["sam1-d1@1"], ["sam1-d1@1"]], ["clicks 5 and 9"]]);
    const whole = temporaryFolder();
    await playClicks(whole, undefined);
    expect(bytesOf(dir)).toEqual(bytesOf(whole));
  });

  test("that give another first step end the run, and what was there stays", async () => {
    const dir = temporaryFolder();
    await playClicks(dir, [1, 3]);
    const before = await collect(readRows(dir, check));
    expect(await messageOf(playClicks(dir, [1, 3, 5], (iou) => iou / 2))).toMatch(
      /^b, cells, sample p: sam1-d1@1, target 0: step 1 is not what it was, so the run does not grow .*; expected the same data, model and runtime as before, got another result$/,
    );
    expect(await collect(readRows(dir, check))).toEqual(before);
    // Nothing has grown yet: the command before takes the run back.
    expect(await playClicks(dir, [1, 3])).toEqual({ played: [], news: [], inPart: 0 });
    expect([await collect(readRows(dir, check)), (await readRun(dir)).complete]).toEqual([before, true]);
    await playClicks(dir, [1, 3, 5]);
    expect((await readRun(dir)).complete).toBe(true);
  });
});

describe("a folder that is refused before anything is opened", () => {
  const usual = new Map([["sam1-d1@1", [0, 1, 2, 3, 5, 9]]]);
  const shown = () => "reports/a b";
  const refused = async (before: Plan, now: Plan) => {
    const dir = temporaryFolder();
    writeFileSync(join(dir, "manifest.json"), JSON.stringify(manifestOf(before)));
    return messageOf(refuseOtherRun(dir, { plan: now, shard: null }, { usual, shown }));
  };
  const ends = ["  for a run of its own: add `out` 'reports/a b'", "  to replace it: add `fresh`"];
  const holds = 'reports/a b: holds "Sample" of 5 images (sam1-d1@1, box@1, mask@1); this command leaves out';
  const asked = (protocols: readonly string[], changed: Partial<Plan> = {}) =>
    planOf({ ...twoProtocols, protocols }, changed);

  test.each<[string, Plan, string[]]>([
    [
      "fewer clicks",
      asked(twoProtocols.protocols, { points: [4, 9] }),
      [`${holds} clicks 1, 2, 3 and 5`, "  to go on with it: add `points` 1,2,3,4,5,9"],
    ],
    ["no box", asked(["sam1-d1@1", "mask@1"]), [`${holds} box@1`, "  to go on with it: add `box`"]],
    [
      "a protocol and clicks",
      asked(["box@1", "mask@1"], { points: [1] }),
      [`${holds} sam1-d1@1`, "  to go on with it: add `points` 1,2,3,5,9 `protocols` sam1-d1@1,box@1,mask@1"],
    ],
    [
      "a limit",
      planOf({ ...twoProtocols, images: small.images }, { limit: 2 }),
      [`${holds} 3 images`, "  to go on with it: leave out `limit`"],
    ],
  ])("%s", async (_, now, lines) => {
    expect((await refused(asked(twoProtocols.protocols), now)).split("\n")).toEqual([...lines, ...ends]);
  });

  test("while somebody is writing it, that is said in place of the word that replaces it", async () => {
    const dir = temporaryFolder();
    writeFileSync(join(dir, "manifest.json"), JSON.stringify(manifestOf(asked(twoProtocols.protocols))));
    const lock = await lockFolder(dir);
    const now = { plan: asked(["sam1-d1@1", "mask@1"]), shard: null };
    const said = await messageOf(refuseOtherRun(dir, now, { usual, shown }));
    await lock.release();
    expect(said).toMatch(
      /\n {2}process \d+ on .* is writing it: nothing can replace it before that has ended$/,
    );
    expect(said).not.toContain("`fresh`");
  });

  test("a replay has no words for protocols and clicks, but for models", async () => {
    const replay = {} as never;
    const now = planOf({ ...twoProtocols, protocols: ["mask@1"] }, { replay });
    const before = planOf(twoModels, { replay });
    expect((await refused(before, now)).split("\n").slice(1)).toEqual([
      "  to go on with it: name a too",
      ...ends,
    ]);
  });

  test("other data are one line, other fields five and a number", async () => {
    const card = (adapter: object) => {
      const plan = structuredClone(planOf(small)) as unknown as {
        benchmarks: { card: object; cardHash: string }[];
      };
      Object.assign(plan.benchmarks[0]!.card, { adapter });
      plan.benchmarks[0]!.cardHash = JSON.stringify(adapter);
      return plan as unknown as Plan;
    };
    const masks = card({ format: "mask-files", masks: "m", threshold: 1 });
    const head = 'reports/a b: holds another run, "Sample" of 2 images (box@1); this command changes';
    expect((await refused(masks, card({ format: "coco", annotations: "a.json" }))).split("\n")).toEqual([
      `${head} the data of cells`,
      "  benchmarks.cells.card.adapter.format: mask-files in the run folder, coco now",
      ...ends,
    ]);
    const other = { seed: "8", batch: 2, threads: 3, provider: "cuda", masks: false, optimisation: "basic" };
    const lines = (await refused(planOf(small), planOf(small, other as Partial<Plan>))).split("\n");
    expect(lines[0]).toMatch(/changes seed, batch, threads, provider, saveMasks and optimisation$/);
    expect(lines.slice(6)).toEqual(["  and 1 more", ...ends]);
    expect(await refused(planOf(small), planOf(wide))).toBe("no error");
  });
});

describe("a run that grows", () => {
  test.each<[string, readonly Spec[]]>([
    ["images, protocols, model, benchmarks", [small, moreImages, twoProtocols, twoModels, wide]],
    [
      "model, then protocols, then images",
      [
        small,
        { ...small, models: ["a", "b"] },
        { ...small, models: ["a", "b"], protocols: twoProtocols.protocols },
        wide,
      ],
    ],
    ["all at once", [small, wide]],
    ["in another order", [small, { ...twoModels, models: ["b", "a"] }, wide]],
  ])("equals one made at once: %s", async (_, specs) => {
    const dir = temporaryFolder();
    for (const spec of specs) {
      await play(dir, spec);
      expect(bytesOf(dir)).toEqual(await atOnce(spec));
      expect(readdirSync(dir)).not.toContain("kept.jsonl");
    }
    expect((await readRun(dir)).manifest.plan).toEqual(planOf(wide));
  });

  test("says what is new and what is kept, plays the rest alone, and adds times up", async () => {
    const dir = temporaryFolder();
    await play(dir, moreImages);
    expect(await play(dir, { ...moreImages, models: ["b", "c"] })).toEqual({
      ...{ before: 5, inPart: 0, news: ["model c"], played: 5 },
    });
    expect(await play(dir, { ...twoProtocols, models: ["b", "c"] }, { limit: 2 })).toEqual({
      ...{ before: 0, inPart: 10, news: ["sam1-d1@1 and mask@1"], played: 2 },
    });
    expect(JSON.parse(text(dir, "timing.jsonl").split("\n")[0]!)).toMatchObject({ encode: 3, targets: 2 });
    expect(await play(dir, { ...twoProtocols, models: ["b", "c"] })).toMatchObject({
      before: 2,
      played: 8,
      news: [],
    });
  });

  test("simply goes on where what is done comes first", async () => {
    const dir = temporaryFolder();
    await play(dir, moreImages, { limit: 3 });
    const before = text(dir, "timing.jsonl");
    const folder = await openRunFolder(dir, manifestOf(planOf({ ...moreImages, models: ["b", "c"] })), {
      ...{ check, units: unitsOf({ ...moreImages, models: ["b", "c"] }) },
    });
    expect([...folder.finished]).toEqual([0, 1, 2]);
    expect(existsSync(join(dir, "kept.jsonl"))).toBe(false);
    await folder.close();
    expect(text(dir, "timing.jsonl")).toBe(before);
  });

  test("is read whole while it grows: what is kept counts", async () => {
    const dir = temporaryFolder();
    await play(dir, moreImages);
    await play(dir, { ...wide, protocols: small.protocols }, { limit: 2 });
    const state = await readRun(dir);
    expect([state.finished, state.expected, state.complete]).toEqual([7, 16, false]);
    const there = new Set(
      (await collect(readRows(dir, check))).map(({ model, benchmark, sample }) => model + benchmark + sample),
    );
    expect([...there].sort()).toEqual([
      "abeesq",
      "acellsa",
      "bcellsa",
      "bcellsk",
      "bcellsl",
      "bcellsp",
      "bcellsz",
    ]);
    const masks = await collect(readMasks(dir));
    expect(masks.filter(({ model }) => model === "b")).toHaveLength(
      (await atOnce(moreImages))[1]!.trimEnd().split("\n").length,
    );
  });

  test("may grow again before it is whole, and the command before still holds nothing up", async () => {
    const dir = temporaryFolder();
    await play(dir, small);
    await play(dir, twoProtocols, { limit: 3 });
    await play(dir, twoModels, { limit: 4 });
    await play(dir, wide, { limit: 1 });
    expect(await messageOf(play(dir, twoModels))).toMatch(
      /holds "Sample" of 8 images .*; this command leaves out benchmarks bees and dogs\n {2}to go on with it: name bees and dogs too\n/,
    );
    await play(dir, wide);
    expect(bytesOf(dir)).toEqual(await atOnce(wide));
  });

  test("is taken back by the command before where nothing is new yet, and not where something is", async () => {
    const dir = temporaryFolder();
    await play(dir, moreImages);
    const before = bytesOf(dir);
    // The folder has the new plan, and nothing new.
    await play(
      dir,
      { ...moreImages, models: ["b"], images: { cells: ["k", "a", "l", "p", "z", "y"] } },
      { limit: 0 },
    );
    expect(await play(dir, moreImages)).toMatchObject({ before: 5, played: 0, news: [] });
    expect([bytesOf(dir), existsSync(join(dir, "kept.jsonl"))]).toEqual([before, false]);
    await play(dir, twoModels, { limit: 1 });
    expect(await messageOf(play(dir, moreImages))).toContain(
      "leaves out sam1-d1@1 and mask@1, model a\n  to go on with it: name a too and add `protocols` sam1-d1@1,box@1,mask@1\n",
    );
    await play(dir, twoModels);
    expect(bytesOf(dir)).toEqual(await atOnce(twoModels));
  });

  test("to more images than before, of which some that are done are not any", async () => {
    const dir = temporaryFolder();
    await play(dir, small);
    const before = bytesOf(dir);
    expect(await messageOf(play(dir, { ...small, images: { cells: ["k", "a", "b"] } }))).toMatch(
      /holds .*; this command leaves out image p of cells\n/,
    );
    expect(bytesOf(dir)).toEqual(before);
  });

  test("but no shard, and none without its units", async () => {
    const dir = temporaryFolder();
    const shard = { index: 0, count: 1 };
    await play(dir, small, { shard });
    expect(await messageOf(play(dir, moreImages, { shard }))).toMatch(
      /is a shard, and shards do not grow; expected .*`segbench merge` of all shards.*got shard 0\/1 with 3 images$/,
    );
    const whole = temporaryFolder();
    await play(whole, small);
    expect(await messageOf(openRunFolder(whole, manifestOf(planOf(moreImages)), { check }))).toContain(
      `this command changes the data of cells\n  benchmarks.cells.images: 2 in the run folder, 5 now\n  for a run of its own: add \`out\` ${whole}-2`,
    );
    await play(whole, twoModels, { limit: 1 });
    expect(await messageOf(openRunFolder(whole, manifestOf(planOf(twoModels)), { check }))).toContain(
      "is growing",
    );
  });

  test("starts over with fresh, and refuses what it cannot read", async () => {
    const dir = temporaryFolder();
    await play(dir, small);
    await play(dir, twoModels, { limit: 1 });
    const kept = text(dir, "kept.jsonl");
    writeFileSync(join(dir, "kept.jsonl"), kept.slice(0, -9));
    expect(await messageOf(play(dir, twoModels))).toMatch(/kept\.jsonl: is damaged: .*bytes in place of/);
    const manifest = manifestOf(planOf(small));
    const folder = await openRunFolder(dir, manifest, { check, fresh: true, units: unitsOf(small) });
    expect(folder.finished.size).toBe(0);
    await folder.close();
    expect(readdirSync(dir)).not.toContain("kept.jsonl");
  });
});

describe("killed while it grows", () => {
  /** The narrow run whole, then grown until the given operation; undefined: to the end. Returns the operations. */
  async function grown(dir: string, end = Number.POSITIVE_INFINITY, options: Options = {}): Promise<number> {
    await play(dir, small);
    await play(dir, moreImages, { limit: 1 });
    dieAt(end);
    const result = await messageOf(play(dir, wide, options));
    const operations = live();
    expect(result === "no error").toBe(operations < end);
    return operations;
  }

  test("at every operation on files: the same command, or a wider one after it, gives the bytes of a run made at once", async () => {
    const expected = await atOnce(wide);
    const narrow = await atOnce(moreImages);
    const operations = await grown(temporaryFolder());
    expect(operations).toBeGreaterThan(100);
    // Every moment while units move, then some.
    const moments = Array.from({ length: operations }, (_, n) => n + 1).filter(
      (n) => n <= 26 || n % 24 === 0,
    );
    let [before, after] = [0, 0];
    for (const [i, moment] of moments.entries()) {
      const dir = temporaryFolder();
      await grown(dir, moment);
      const { manifest } = await readRun(dir);
      const there = new Set(
        (await collect(readRows(dir, check))).map(
          ({ model, benchmark, sample }) => model + benchmark + sample,
        ),
      );
      for (const name of ["bcellsk", "bcellsp"]) expect(there, `${name} at ${moment}`).toContain(name);
      if (manifest.plan.models.length === 1) {
        // The old plan is still there: its own command goes on too.
        before += 1;
        if (i % 4 === 0) {
          await play(dir, moreImages);
          expect(bytesOf(dir), `killed at ${moment}, old command`).toEqual(narrow);
        }
      } else {
        after += 1;
        // It may be taken back as long as nothing is new.
        const back = await messageOf(play(dir, moreImages));
        if (back === "no error") expect(bytesOf(dir), `killed at ${moment}, taken back`).toEqual(narrow);
        else expect(back).toContain("this command leaves out");
      }
      // A second kill on the way.
      dieAt(20 + moment);
      await messageOf(play(dir, wide));
      live();
      const last = await play(dir, wide);
      expect(bytesOf(dir), `killed at ${moment}`).toEqual(expected);
      expect(last.before + last.played).toBe(16);
      expect(readdirSync(dir).filter((name) => name.startsWith("kept"))).toEqual([]);
    }
    expect([before > 5, after > 10]).toEqual([true, true]);
  }, 60_000);
});
