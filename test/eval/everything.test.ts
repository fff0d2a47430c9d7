// All masks of an image as rows: what is lost where, what a row fails for, and the same bytes however a run is cut up.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { OwnBenchmark } from "../../src/config/index.ts";
import { registries, rowCheck } from "../../src/config/index.ts";
import { lossReasons, maskSetFacts } from "../../src/core/mask-set-facts.ts";
import type { Row, ScoredRow } from "../../src/core/rows.ts";
import type { BitMask, ImageSample, ImageSession, TargetEntry } from "../../src/core/types.ts";
import { evaluateSample, type TaskProtocol, tasks, withGenerator } from "../../src/eval/index.ts";
import { createMask, setRun } from "../../src/masks/bit-mask.ts";
import { writers } from "../../src/report/index.ts";
import { baseline } from "../../src/run/compare/sides.ts";
import { contextOf } from "../../src/run/context.ts";
import { report } from "../../src/run/report/reports.ts";
import { evaluateInMemory, type RunOptions, run } from "../../src/run/run.ts";
import { growth } from "../../src/store/growth.ts";
import { comparability } from "../../src/store/plan-differences.ts";
import { maskShapeProblems, rowProblems } from "../../src/store/row-problems.ts";
import { ascii } from "../helpers/ascii-mask.ts";
import { packageFolder } from "../helpers/synthetic.ts";
import { plan as samplePlan, temporaryFolder } from "../store/sample-run.ts";
import { fakeSession, fourMasks, type Proposal } from "./fake-session.ts";
import { sampleOf } from "./play.ts";

const everything = tasks.everything!;
const usual = everything.protocols["everything@1"]!;
/** Two clicks a side. */
const few = withGenerator(usual, { pointsPerSide: 2, predictedIou: 0.5, stability: 0.9 });

const rows8 = (...rows: string[]) => ascii(...rows, ...Array<string>(8 - rows.length).fill("........"));
const top = rows8("########", "########", "########");
const most = rows8("########", "########", "#######.");
const bottom = ascii(...Array<string>(5).fill("........"), "########", "########", "########");
const dot = rows8("........", "........", "........", "...##...", "...##...");
const corner = rows8("#.......", "#.......");

async function play(
  targets: readonly TargetEntry[] | readonly BitMask[],
  answers: readonly (readonly Proposal[])[],
  protocols: readonly TaskProtocol[] = [few],
) {
  const session = fakeSession({
    capabilities: { ...fourMasks, batch: 4 },
    answer: (_, index, call) => answers[(4 * call + index) % answers.length] ?? { failed: "not finite" },
  });
  const masks = targets.filter((one): one is BitMask => "words" in one);
  const load = async (): Promise<ImageSample> => {
    const sample = await sampleOf(...masks)();
    return masks.length > 0
      ? sample
      : { ...(await sampleOf(top)()), targets: targets as readonly TargetEntry[] };
  };
  const unit = { index: 0, model: "m", benchmark: "b", sample: "a" };
  const settings = { protocols, metrics: [], seed: "s", masks: true, clock: () => 0 };
  const job = { unit, ref: { id: "a", cluster: "a", load } };
  const result = await evaluateSample(everything, job, session as ImageSession, settings);
  for (const row of result.rows) expect(rowProblems(row, rowCheck(registries))).toEqual([]);
  for (const mask of result.masks) expect(maskShapeProblems(mask)).toEqual([]);
  return { ...result, session };
}

const nothing = { mask: corner, predicted: 0.1 };
const good = (mask: BitMask, predicted = 0.9): Proposal => ({ mask, predicted });

/** Reasons that have any target at the first threshold, and at the last. */
function lostIn(row: Row | undefined): Record<string, readonly [number, number]> {
  const { lost = [] } = maskSetFacts(row as ScoredRow);
  return Object.fromEntries(
    lossReasons.flatMap((reason, r) => {
      const [first, last] = [lost[r]![0]!, lost[r]!.at(-1)!];
      return first + last === 0 ? [] : [[reason, [first, last] as const]];
    }),
  );
}

test("a target is lost where the candidate that fits it and came furthest was removed", async () => {
  const { rows, masks } = await play(
    [top, bottom, dot],
    [
      [good(most, 0.8), good(top, 0.7), nothing],
      [good(bottom, 0.4), nothing, nothing],
    ],
  );
  const [row] = rows as ScoredRow[];
  expect(maskSetFacts(row!)).toMatchObject({
    ...{
      masks: 1,
      targets: [3, 3, 0, 0],
      points: 4,
      candidates: 12,
      missed: [
        [1, 24],
        [2, 4],
      ],
    },
    // By predicted IoU: 2 x bottom, and what is nothing; suppressed: the two tops, and one of the two mosts.
    removed: [0, 8, 0, 0, 0, 3, 0, 0, 0],
  });
  // The kept mask has 23 of the target's 24 pixels, which are 95.8 %.
  expect(lostIn(row)).toEqual({ never: [1, 1], predicted: [1, 1] });
  expect(masks).toMatchObject([
    { target: "all", at: { clicks: 1 }, generated: { rank: 0, predictedIou: 0.8, point: [2, 2] } },
  ]);
});

test("a mask that is cut, suppressed, or matched to another target is what a target is lost by", async () => {
  const cut = withGenerator(usual, { pointsPerSide: 2, most: 1, predictedIou: 0 });
  const { rows } = await play([top, bottom], [[good(top), good(bottom, 0.8), nothing]], [cut]);
  expect(lostIn(rows[0])).toEqual({ cut: [1, 1] });
  const twins = await play([top, top], [[good(top), good(top, 0.8), nothing]]);
  expect(lostIn(twins.rows[0])).toEqual({ taken: [1, 1] });
  const less = await play(
    [most],
    [[good(rows8("########", "########", "####...."), 0.9), good(most), nothing]],
  );
  expect(lostIn(less.rows[0])).toEqual({ suppressed: [0, 1] });
});

test("filters are what a target is lost by, and what lies near their limits is counted", async () => {
  const unstable = { ...good(top), stability: 0.5 };
  const { rows } = await play([top], [[unstable, { ...good(dot, 0.505), stability: 0.895 }, nothing]]);
  expect(lostIn(rows[0])).toEqual({ stability: [1, 1] });
  expect(maskSetFacts(rows[0] as ScoredRow)).toMatchObject({
    ...{ masks: 0, removed: [0, 4, 8, 0, 0, 0, 0, 0, 0], near: [4, 4] },
  });
  const large = withGenerator(few, { largest: 0.3 });
  expect(lostIn((await play([top], [[good(top), nothing, nothing]], [large])).rows[0])).toEqual({
    large: [1, 1],
  });
  // Without filters too, a mask without a pixel is none.
  const all = withGenerator(few, { predictedIou: 0, stability: 0, rank: "predicted-stability" });
  const none = { ...good(rows8("........")), stability: Number.NaN };
  const { rows: open, masks } = await play([top], [[good(top), none, none]], [all]);
  expect(maskSetFacts(open[0] as ScoredRow)).toMatchObject({
    removed: [8, 0, 0, 0, 0, 3, 0, 0, 0],
    near: [0, 0],
  });
  expect(masks).toMatchObject([{ generated: { rank: 0, stability: 1 } }]);
});

/** A rectangle x, y, width, height in an image of this side. */
const square = (side: number, ...parts: readonly (readonly [number, number, number, number])[]) => {
  const mask = createMask(side, side);
  for (const [x, y, w, h] of parts) for (let row = y; row < y + h; row++) setRun(mask, row, x, x + w);
  return mask;
};

test("with crops, targets are lost at the edge of one, and to a mask of a smaller one", async () => {
  const crops = withGenerator(few, { cropLayers: 1 });
  // The image, then four crops of 40 x 40, of which the first has its top left; four clicks each.
  const answersOf = (whole: BitMask, first: BitMask) =>
    [whole, first, ...Array<BitMask>(3).fill(square(40))].flatMap((mask) =>
      Array(4).fill([good(mask), nothing, nothing]),
    );
  const corner = square(60, [0, 0, 19, 19]);
  const inner = square(40, [30, 5, 10, 11]);
  const cut = await play([square(60, [30, 5, 10, 11])], answersOf(square(60), inner), [crops]);
  expect(lostIn(cut.rows[0])).toEqual({ edge: [1, 1] });
  const less = square(40, [0, 0, 19, 12], [18, 18, 1, 1]);
  const across = await play([corner], answersOf(corner, less), [crops]);
  expect(lostIn(across.rows[0])).toEqual({ "suppressed-across": [0, 1] });
});

test("a mask without its small regions is another: what it reaches then, and no more, is what counts", async () => {
  const clean = (least: number) => [withGenerator(few, { smallRegions: least })];
  const bars = rows8("#.#.#...", "#.#.#...", "#.#.#...");
  const gone = await play([bars], [[good(bars), nothing, nothing]], clean(4));
  expect(lostIn(gone.rows[0])).toEqual({ "suppressed-cleaned": [1, 1] });
  // Eleven pixels around a hole of 21: half of the image without it.
  const half = rows8(...Array<string>(4).fill("########"));
  const frame = rows8(".......#", ".......#", ".......#", "########");
  const twins = await play([half, half], [[good(frame), nothing, nothing]], clean(22));
  expect(lostIn(twins.rows[0])).toEqual({ taken: [1, 1] });
  // The same with a pixel far away, so that it is suppressed only once that is gone.
  const speck = ascii(
    ".......#",
    ".......#",
    ".......#",
    "########",
    "........",
    "........",
    "........",
    "#.......",
  );
  const other = rows8("########", "########", "########", "......##");
  const late = await play([half], [[good(speck), good(other, 0.8), nothing]], clean(22));
  expect(lostIn(late.rows[0])).toEqual({ "suppressed-cleaned": [0, 1] });
});

test("protocols share the encoded image; a failed answer and a target that cannot be read fail a row", async () => {
  const { session, rows } = await play(
    [top],
    [[good(top), nothing, nothing]],
    [few, { ...few, id: "proposals@1" }],
  );
  expect([session.encoded.length, session.released.length, rows.length]).toEqual([1, 1, 2]);
  const failed = await play([top], []);
  expect(failed.rows).toMatchObject([
    { target: "all", status: "failed", reason: "everything: a point has no answer; got not finite" },
  ]);
  const torn: TargetEntry = { status: "failed", id: "7", reason: "torn" };
  expect((await play([torn], [[good(top), nothing, nothing]])).rows).toMatchObject([
    {
      ...{ target: "all", status: "failed" },
      reason: "target 7: cannot be read, so that nobody knows all that is to be found; got torn",
    },
  ]);
});

test("an image without targets is scored: its masks count against precision", async () => {
  const empty: TargetEntry = { status: "dropped", id: "1", reason: "excluded" };
  const { rows } = await play([empty], [[good(top), nothing, nothing]]);
  expect(maskSetFacts(rows[0] as ScoredRow)).toMatchObject({ masks: 1, targets: [0, 0, 0, 0], missed: [] });
});

test("what a point will take is told by few, without the decoder's first call; every crop is encoded", async () => {
  let now = 0;
  const timed = (batch: number) =>
    fakeSession({
      capabilities: { ...fourMasks, batch },
      answer: () => [nothing, nothing, nothing],
      onEncode: () => {
        now += 2000;
      },
      onDecode: (prompts, call) => {
        now += (call === 0 ? 5000 : 10) * prompts.length;
      },
    });
  const trialOf = async (steps: number, protocol: TaskProtocol, session = timed(1)) =>
    everything.trial!(await sampleOf(top)(), session, [protocol], { clock: () => now, steps });
  expect(await trialOf(10, usual)).toEqual({ perStep: 10 + 2000 / 1024, steps: 9 });
  const crops = everything.protocols["everything-crops@1"]!;
  expect(await trialOf(5, crops)).toEqual({ perStep: 10 + (2000 * 21) / 3072, steps: 4 });
  const batched = timed(64);
  expect(await trialOf(10, usual, batched)).toEqual({ perStep: 10 + 2000 / 1024, steps: 9 });
  expect(batched.calls.map(({ length }) => length)).toEqual([4, 4, 1]);
});

// ---------------------------------------------------------------------------------------------------- runs

const bars: OwnBenchmark = {
  ...{ name: "bars", version: "1" },
  dataset: {
    list: async () =>
      ["a", "b", "c", "d"].map((id, i) => ({
        ...{ id, cluster: id },
        load: async () => {
          const sample = await sampleOf(...[top, bottom].slice(i % 2))();
          for (let p = 0; p < sample.image.data.length; p += 1)
            sample.image.data[p] = Math.floor(p / 24) < 3 + i ? 230 : 20;
          return sample;
        },
      })),
  },
};
const request = {
  ...{ name: "bars", models: ["tiny"], benchmarks: [bars], protocols: ["everything@1", "proposals@1"] },
  generator: { pointsPerSide: 2, predictedIou: -5, stability: 0 },
};
const bytesOf = (dir: string) =>
  ["rows.jsonl", "masks.jsonl"].map((name) => readFileSync(join(dir, name), "utf8"));

test("the same bytes interrupted and continued, with more workers; settings are of the plan", async () => {
  const context = contextOf({ cwd: packageFolder });
  const into = (
    options: RunOptions & { readonly workers?: number },
    around = context,
    out = temporaryFolder(),
  ) => run({ ...request, pages: false, ...options, out }, around).then((done) => ({ ...done, out }));
  const whole = await into({ workers: 1 });
  const wanted = bytesOf(whole.out);
  expect(wanted[1]!.split("\n").length).toBeGreaterThan(8);
  const stop = new AbortController();
  const onEvent: typeof context.onEvent = ({ type }) => type === "advanced" && stop.abort();
  const begun = await into({ workers: 1 }, { ...context, signal: stop.signal, onEvent });
  expect(begun.interrupted).toBe(true);
  await into({ workers: 2 }, context, begun.out);
  expect(bytesOf(begun.out)).toEqual(wanted);
  const { plan } = JSON.parse(readFileSync(join(begun.out, "manifest.json"), "utf8"));
  expect(plan.generators["proposals@1"]).toMatchObject({ pointsPerSide: 2, nms: 0.9, stability: 0 });
  // The report has pictures of the sets, and bars of parts.
  const { input } = await report(begun.out, { pages: false }, context);
  expect(input.sets!.images.map(({ kind, targets }) => [kind, targets])).toHaveLength(3);
  const page = await writers.html.render(input);
  for (const part of ["Where targets are lost", "What becomes of candidates", 'class="pair"', "4 images"])
    expect(page).toContain(part);
  // No mean over images: a recall counts every target the same.
  for (const part of [
    ...["scored images", "All images of all benchmarks as if they were one benchmark"],
    ...["Targets without a pixel are missed", "a target on a border is in both", "Targets an image"],
    ...["AR; AR, small"],
  ])
    expect(page).toContain(part);
  expect(page).not.toContain("over its images");
  const shares = input.summary.protocols[0]!.measures.filter(
    ({ part, id }) => part && /^(found|lost)/.test(id),
  );
  const values = shares.map(({ id }) => input.summary.cells[0]!.measures[id]!.value);
  expect(values.reduce((all, one) => all + one, 0)).toBeCloseTo(1, 12);
  const small = join(begun.out, "tiny.gz");
  expect(await baseline(begun.out, small, context)).toMatchObject({ targets: 8, noun: "image" });
  const other = into({ ...{ generator: { pointsPerSide: 3 } } } as RunOptions, context, whole.out);
  await expect(other).rejects.toThrow("generators.everything@1.pointsPerSide: 2 in the run folder, 3 now");
}, 60_000);

test("settings of a further protocol let a run grow, changed ones do not; runs with others are not compared", () => {
  const generators = { "everything@1": few.generator! };
  const plan = { ...samplePlan, protocols: ["everything@1"], generators };
  const more = { ...generators, "proposals@1": few.generator! };
  const wider = { ...plan, protocols: ["everything@1", "proposals@1"], generators: more };
  expect(growth(plan, wider)).toEqual({ is: "wider", news: ["proposals@1"] });
  const other = { ...plan, generators: { "everything@1": { ...few.generator!, nms: 0.9 } } };
  expect(growth(plan, other).is).toBe("other");
  const sideOf = (one: typeof plan) => ({ plan: one, model: plan.models[0]!.name });
  expect(comparability(sideOf(plan), sideOf(other), ["here", "there"]).refused).toEqual([
    "generators.everything@1.nms: 0.7 here, 0.9 there",
  ]);
});

test("a protocol says how many masks it keeps at most", () => {
  for (const { summary, generator } of Object.values(everything.protocols))
    expect(summary).toContain(`the best ${generator!.most.toLocaleString("en")}`);
});

test("what does not go together is refused by name", async () => {
  const context = contextOf({ cwd: packageFolder });
  const refused = (changes: object) => expect(evaluateInMemory({ ...request, ...changes }, context)).rejects;
  await refused({ ids: [{ benchmark: "bars", sample: "a", target: "0" }] }).toThrow(
    "ids: name targets, and rows of the task everything are whole images; expected lines: benchmark sample",
  );
  await refused({ protocols: ["box@1"] }).toThrow("no protocol of the run makes them");
  await refused({ points: [1] }).toThrow("are numbers of clicks, and these protocols click a grid");
  await refused({ generator: { pointsPerSide: 0 } }).toThrow("generator.pointsPerSide");
  await refused({
    protocols: ["proposals@1", "everything-crops@1"],
    generator: { pointsPerSide: 3 },
  }).toThrow(
    "generator: everything-crops@1: crops of layer 2 have no point: pointsPerSide 3 / pointsDivisor 2^2 is less than 1; expected more points a side, or fewer layers of crops",
  );
  await refused({ protocols: ["everything@1", "box@1"] }).toThrow("are of different tasks");
});
