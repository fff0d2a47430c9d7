// The video task on drawn clips: what is sent, which frames are scored, what a row says.
import { describe, expect, test } from "vitest";
import type { MetricSettings } from "../../../src/core/measure.ts";
import type { ScoredRow } from "../../../src/core/rows.ts";
import { trackFacts } from "../../../src/core/track-facts.ts";
import type { Clip, TrackOptions, VideoSession } from "../../../src/core/types.ts";
import { evaluateSample } from "../../../src/eval/index.ts";
import { video } from "../../../src/eval/video/index.ts";
import { createMask } from "../../../src/masks/bit-mask.ts";
import { contourF, iou } from "../../../src/masks/iou.ts";
import { maskOfRle } from "../../../src/masks/rle.ts";
import { expectedTime } from "../../../src/run/units.ts";
import { clipOf, drawn, fakeModel, type Place, type Script, size } from "./fake-clip.ts";

/** Moves right by 2 pixels a frame, is gone in frames 4 and 5, and is back. */
const moving: readonly Place[] = [0, 1, 2, 3, 4, 5, 6, 7, 8].map((i) =>
  i === 4 || i === 5 ? undefined : [2 + 2 * i, 4, 8, 8],
);
/** Comes in frame 3 and stays. */
const late: readonly Place[] = moving.map((_, i) => (i < 3 ? undefined : [30, 10, 6, 6]));

async function play(
  clip: Clip,
  protocol: string,
  script: Script,
  masks = false,
  evaluator: MetricSettings["evaluator"] = "davis2017",
) {
  const { session, log } = fakeModel(script);
  const job = {
    unit: { index: 0, model: "m", benchmark: "b", sample: "clip" },
    ref: { id: "clip", cluster: "clip", load: async () => clip },
  };
  const scored = { ...job, scoring: { evaluator } };
  const settings = { protocols: [video.protocols[protocol]!], metrics: [], seed: "s", masks, clock: () => 0 };
  return { ...(await evaluateSample(video, scored, session, settings)), log };
}

/** Answers with the target's place one frame before: late by a frame. */
const behind: Script = {
  prompted: () => moving[0],
  tracked: (_, frame) => moving[Math.max(0, frame - 1)],
};

describe("a target that leaves and returns", () => {
  test("is scored in all labelled frames but the first and the last, there or not", async () => {
    const { rows, masks, log } = await play(clipOf({ a: moving }), "vos-mask@1", behind, true);
    const row = rows[0] as ScoredRow;
    expect(log).toEqual(["open 9", "prompt a in 0: 0 clicks", "close"]);
    const facts = trackFacts(row);
    expect([facts.frames, facts.first, facts.scored]).toEqual([9, 0, [1, 2, 3, 4, 5, 6, 7]]);
    // 6 of 10 columns are common; in frame 4 it is gone and the model still sees it, in 5 both see nothing, in 6 it is missed.
    expect(facts.j).toEqual([0.6, 0.6, 0.6, 0, 1, 0, 0.6]);
    const expected = [1, 2, 3, 4, 5, 6, 7].map((i) => contourF(drawn(moving[i - 1]), drawn(moving[i])));
    expect(facts.f).toEqual(expected);
    expect(expected.slice(3, 6)).toEqual([0, 1, 0]);
    expect(facts.area).toEqual([64, 64, 64, 0, 0, 64, 64]);
    expect(facts.predicted).toEqual([64, 64, 64, 64, 0, 0, 64]);
    expect(facts.moved).toEqual([2, 2, 2, -1, -1, -1, 2]);
    expect(facts.objectScore).toEqual([4, 4, 4, 4, -3, -3, 4]);
    expect(row).toMatchObject({ size, area: 64, box: [2, 4, 9, 11], sample: "clip", target: "a" });
    expect(masks.map(({ frame, at }) => [frame, at])).toEqual(
      facts.scored.map((i) => [`f${i}`, { clicks: 0 }]),
    );
    expect(maskOfRle(masks[0]!.rle, "mask")).toEqual(drawn(moving[0]));
  });

  test("the mask is sent as it is, and its step says so", async () => {
    const { rows } = await play(clipOf({ a: moving }), "vos-mask@1", behind);
    const [step] = (rows[0] as ScoredRow).steps;
    expect(step).toMatchObject({ at: { clicks: 0 }, chosen: 0, scores: { iou: 1 } });
    expect(step!.sent).toMatchObject({ clicks: [], multimask: false, mask: { magnitude: 10 } });
    const { rows: boxes } = await play(clipOf({ a: moving }), "vos-box@1", behind);
    expect((boxes[0] as ScoredRow).steps[0]!.sent).toEqual({
      clicks: [],
      box: [2, 4, 9, 11],
      multimask: false,
    });
  });

  test("clicks go into the largest error of the same frame, one after the other", async () => {
    // Too much to the right at first, then the left half is missing, then all is well.
    const answers: readonly Place[] = [
      [2, 4, 20, 8],
      [6, 4, 4, 8],
      [2, 4, 8, 8],
    ];
    const script = {
      ...behind,
      prompted: (_: string, { clicks }: { clicks: readonly unknown[] }) => answers[clicks.length - 1],
    };
    const { rows, log } = await play(clipOf({ a: moving }), "vos-3-click@1", script);
    const { steps } = rows[0] as ScoredRow;
    expect(steps.map(({ at, scores }) => [at.clicks, scores.iou])).toEqual([
      ...[
        [1, iou(drawn(answers[0]), drawn(moving[0]))],
        [2, 0.5],
        [3, 1],
      ],
    ]);
    expect(steps[2]!.sent!.clicks).toEqual([
      [5, 7, 1],
      [13, 7, 0],
      [3, 5, 1],
    ]);
    expect(steps.map(({ sent }) => sent!.multimask)).toEqual([true, false, false]);
    expect(log).toContain("prompt a in 0: 3 clicks");
  });
});

test("a target that comes later is prompted where it is first seen; before, nothing is predicted", async () => {
  const script = {
    prompted: (id: string) => (id === "b" ? late[3] : moving[0]),
    tracked: (id: string, frame: number) => (id === "b" ? late : moving)[frame],
  };
  const { rows, log } = await play(clipOf({ a: moving, b: late }), "vos-mask@1", script);
  const facts = trackFacts(rows[1] as ScoredRow);
  expect(log).toContain("prompt b in 3: 0 clicks");
  expect([facts.first, facts.scored]).toEqual([3, [1, 2, 3, 4, 5, 6, 7]]);
  expect([facts.j, facts.f]).toEqual([Array(7).fill(1), Array(7).fill(1)]);
  expect(facts.objectScore).toEqual([-1024, -1024, 4, 4, 4, 4, 4]);
  // Alone, nothing is asked for before it comes: the same row.
  const alone = await play(clipOf({ b: late }), "vos-mask@1", script);
  expect(trackFacts(alone.rows[0] as ScoredRow)).toEqual(facts);
});

test("by vos-benchmark's rules a target counts from where it is first seen", async () => {
  const script = { prompted: () => late[3], tracked: (_: string, frame: number) => late[frame] };
  const { rows } = await play(clipOf({ b: late }), "vos-mask@1", script, false, "vos-benchmark");
  expect(trackFacts(rows[0] as ScoredRow)).toMatchObject({
    first: 3,
    scored: [3, 4, 5, 6, 7],
    objectScore: [4, 4, 4, 4, 4],
  });
});

test("frames without labels are played and not scored", async () => {
  const { rows } = await play(clipOf({ a: moving }, 2), "vos-mask@1", behind);
  expect(trackFacts(rows[0] as ScoredRow)).toMatchObject({
    ...{ frames: 9, scored: [2, 4, 6], j: [0.6, 0, 0], moved: [2, -1, -1] },
  });
});

describe("targets that cannot overlap", () => {
  const tracks = { a: moving, b: late };
  const script = {
    prompted: (id: string) => (id === "a" ? moving[0] : late[3]),
    tracked: (id: string, frame: number) => (id === "a" ? moving : late)[frame],
  };

  test("share pixels among those of one protocol, and are all played though one is asked for", async () => {
    const options: TrackOptions[] = [];
    const { session, log } = fakeModel(script);
    const seen: VideoSession = {
      ...session,
      open(clip, given = {}) {
        options.push(given);
        return session.open(clip, given);
      },
    };
    const clip: Clip = { ...clipOf(tracks), exclusive: true };
    const ref = { id: "clip", cluster: "clip", only: new Set(["b"]), load: async () => clip };
    const job = { unit: { index: 0, model: "m", benchmark: "b", sample: "clip" }, ref };
    const protocols = ["vos-mask@1", "vos-box@1"].map((id) => video.protocols[id]!);
    const { rows } = await evaluateSample(video, job, seen, {
      protocols,
      metrics: [],
      seed: "s",
      masks: false,
      clock: () => 0,
    });
    expect(rows.map(({ protocol, target, status }) => [protocol, target, status])).toEqual([
      ["vos-mask@1", "b", "ok"],
      ["vos-box@1", "b", "ok"],
    ]);
    expect(log.filter((line) => line.startsWith("prompt"))).toHaveLength(4);
    const groupOf = options[0]!.exclusive as (target: string) => string;
    expect(["a vos-mask@1", "b vos-mask@1", "a vos-box@1"].map(groupOf)).toEqual([
      "vos-mask@1",
      "vos-mask@1",
      "vos-box@1",
    ]);
  });

  test("others are left as they are, and those that are not asked for are not played", async () => {
    const { log } = await play(clipOf(tracks), "vos-mask@1", script);
    expect(log).not.toContain("exclusive");
    expect((await play({ ...clipOf(tracks), exclusive: true }, "vos-mask@1", script)).log).toContain(
      "exclusive",
    );
  });
});

test("a trial says what a frame takes, under all protocols", async () => {
  let now = 0;
  const { session } = fakeModel({ ...behind, step: () => (now += 250) });
  const protocols = [video.protocols["vos-mask@1"]!];
  const trial = await video.trial!(clipOf({ a: moving }), session, protocols, {
    clock: () => now,
    steps: 5,
  });
  expect(trial).toEqual({ perStep: 250, steps: 5 });
  const never = clipOf({ a: [undefined, undefined, undefined] });
  expect(await video.trial!(never, session, protocols, { clock: () => now, steps: 5 })).toBeUndefined();
  // A run tries clips until one has a target.
  const jobs = [never, clipOf({ a: moving })].map((clip, index) => ({
    unit: { index, model: "m", benchmark: "b", sample: `clip ${index}` },
    ref: { id: `clip ${index}`, cluster: "c", frames: 9, load: async () => clip },
  }));
  const run = { task: video, protocols } as unknown as Parameters<typeof expectedTime>[0];
  const about = { opened: new Map([["m", [session]]]), workers: 1 };
  const { signal } = new AbortController();
  expect(await expectedTime(run, jobs, about, { clock: () => now, signal })).toMatchObject({
    ...{ seconds: 4.5, steps: 18, samples: 2, sample: "clip 1", secondsPerStep: 0.25 },
  });
  const two = { ...run, protocols: [...protocols, video.protocols["vos-box@1"]!] } as typeof run;
  expect(await expectedTime(two, jobs, about, { clock: () => now, signal })).toMatchObject({ together: 2 });
  expect(await expectedTime(run, jobs.slice(0, 1), about, { clock: () => now, signal })).toBeUndefined();
});

describe("what fails", () => {
  const both = { a: moving, b: late };
  test("a target that the model cannot answer, and no other", async () => {
    const { rows } = await play(clipOf(both), "vos-mask@1", {
      ...behind,
      tracked: (id, frame) => (id === "a" && frame === 6 ? "logits are not finite" : moving[frame]),
    });
    expect(rows[0]).toMatchObject({ status: "failed", reason: "frame f6: logits are not finite" });
    expect(rows[1]).toMatchObject({ status: "ok" });
    const { rows: prompted } = await play(clipOf(both), "vos-mask@1", {
      ...behind,
      prompted: (id) => (id === "a" ? "no" : late[3]),
    });
    expect(prompted.map(({ status }) => status)).toEqual(["failed", "ok"]);
    expect(prompted[0]).toMatchObject({ reason: "frame f0: no" });
  });

  test("a clip with a frame that cannot be read, by its name", async () => {
    const { rows, log } = await play(clipOf(both), "vos-mask@1", { ...behind, broken: 5 });
    expect(rows.map((row) => row.status === "failed" && row.reason)).toEqual([
      "frame f5 cannot be read",
      "frame f5 cannot be read",
    ]);
    expect(log.at(-1)).toBe("close");
  });

  test("a frame that cannot be played, though no target is labelled in it", async () => {
    const { rows } = await play(clipOf(both, 2), "vos-mask@1", {
      ...behind,
      tracked: (id, frame) => (frame === 5 ? "it is no picture" : (id === "a" ? moving : late)[frame]),
    });
    expect(rows.map((row) => row.status === "failed" && row.reason)).toEqual(
      Array(2).fill("frame f5: it is no picture"),
    );
  });

  test("a target whose mask cannot be read, or has another size, and no other", async () => {
    const clip = clipOf(both);
    const [a, b] = clip.tracks;
    const unreadable = {
      ...a!,
      mask: async (id: string) => (id === "f6" ? Promise.reject(new Error("f6.png: no PNG")) : a!.mask(id)),
    };
    const script = { ...behind, tracked: (id: string, frame: number) => (id === "a" ? moving : late)[frame] };
    const broken = await play({ ...clip, tracks: [unreadable, b!] }, "vos-mask@1", script);
    expect(broken.rows).toMatchObject([{ status: "failed", reason: "f6.png: no PNG" }, { status: "ok" }]);
    const small = { ...a!, mask: async (id: string) => (id === "f6" ? createMask(4, 4) : a!.mask(id)) };
    const other = await play({ ...clip, tracks: [small, b!] }, "vos-mask@1", script);
    expect(other.rows).toMatchObject([
      {
        status: "failed",
        reason: "frame f6, target a: mask and frame differ in size; expected 40x24, got 4x4",
      },
      { status: "ok" },
    ]);
  });

  test("a target that is never there, and one in too few frames", async () => {
    const nothing = await play(clipOf({ a: [undefined, undefined, undefined] }), "vos-mask@1", behind);
    expect(nothing.rows[0]).toMatchObject({
      status: "dropped",
      reason: "absent",
    });
    expect(nothing.log).toEqual([]);
    const short = await play(clipOf({ a: moving.slice(0, 2) }), "vos-mask@1", behind);
    expect(short.rows[0]).toMatchObject({
      status: "dropped",
      reason: "short",
    });
  });

  test("rows that contradict themselves", async () => {
    const { rows } = await play(clipOf({ a: moving }), "vos-mask@1", behind);
    const row = rows[0] as ScoredRow;
    const [check] = video.invariants!;
    const problems = (facts: object) => check!({ ...row, facts: { ...row.facts, ...facts } });
    expect(problems({})).toEqual([]);
    expect(problems({ j: [1] })).toEqual(["j is not a number for each scored frame"]);
    expect(problems({ first: 9 })).toEqual(["its first frame is not one of the clip's"]);
    expect(problems({ scored: [1, 2, 3, 3, 4, 5, 6] })).toEqual([
      "scored frames are not in the clip's order",
    ]);
    expect(problems({ f: [0, 0, 0, 0, 0, 0, 1.5] })).toEqual(["J or F is not in [0, 1]"]);
    expect(problems({ objectScore: [] })).toEqual([]);
  });
});
