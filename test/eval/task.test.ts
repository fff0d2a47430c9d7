// A second task, thrown away afterwards: a grid of points, and for every target the best of all masks that came. What is below
// `grid` is all that it takes: rows, store, invariants, summary and reports know nothing of it.
import { expect, test } from "vitest";
import { registries, rowCheck, withPlugins } from "../../src/config/index.ts";
import { type Invariant, type MeasureNote, meanValue, ofSteps } from "../../src/core/measure.ts";
import type { Row } from "../../src/core/rows.ts";
import type { ImageSample, ImageSession, SampleRef, Target } from "../../src/core/types.ts";
import { evaluateSample, failSample, type Task, type TaskProtocol } from "../../src/eval/index.ts";
import { targetFacts } from "../../src/eval/rows.ts";
import { iou } from "../../src/masks/iou.ts";
import { type ReportInput, writers } from "../../src/report/index.ts";
import { summaryFacts } from "../../src/run/summary-facts.ts";
import { summarize } from "../../src/stats/summarize.ts";
import { readRows } from "../../src/store/read-rows.ts";
import { openRunFolder } from "../../src/store/run-folder.ts";
import { ascii } from "../helpers/ascii-mask.ts";
import { manifestOf, plan, temporaryFolder } from "../store/sample-run.ts";
import { fakeSession } from "./fake-session.ts";
import { sampleOf } from "./play.ts";

// ---------------------------------------------------------------------------------------------------- the task

interface GridProtocol extends TaskProtocol {
  readonly side: number;
}

const note = { of: "proposals", at: "grid", unit: "share", better: "higher", show: "main" } as const;
const best: MeasureNote = {
  ...note,
  id: "best@grid",
  name: "best",
  title: "best",
  meaning: "Best proposal.",
};
const recall: MeasureNote = {
  ...note,
  id: "recall@grid",
  name: "recall",
  title: "recall",
  meaning: "Share found.",
};

const grid: GridProtocol = {
  id: "grid@1",
  summary: "a grid of points, every mask a proposal",
  needs: { points: 1 },
  side: 2,
  measures: () => [
    { ...best, parts: ({ steps }) => [steps[0]!.scores.best!, 1], value: meanValue },
    // A ratio of counts over all targets, not a mean.
    {
      ...recall,
      parts: ({ steps }) => [steps[0]!.scores.found!, 1],
      value: (sums: readonly number[]) => sums[0]! / sums[1]!,
    },
  ],
};

const plausible: Invariant = ofSteps(({ scores: { best: share } }) =>
  share! >= 0 && share! <= 1 ? undefined : `best ${share} is not in [0, 1]`,
);

const everything: Task<ImageSample, ImageSession, GridProtocol> = {
  ...{
    name: "everything",
    kind: "image",
    protocols: { [grid.id]: grid },
    metrics: [],
    invariants: [plausible],
  },
  refuses: () => [],
  entries: ({ targets }) => targets,
  async open({ image, targets }, session, { watch }) {
    const embedding = await watch.model("encode", "preprocess", (cost) => session.encode(image, cost));
    const proposalsOf = async ({ side }: GridProtocol) => {
      const place = (i: number, length: number) => Math.floor(((i + 0.5) * length) / side);
      const points = Array.from({ length: side * side }, (_, i) => ({
        ...{
          x: place(i % side, image.width),
          y: place(Math.floor(i / side), image.height),
          label: 1 as const,
        },
      }));
      const prompts = points.map((point) => ({ clicks: [point], multimask: true }));
      const predictions = await session.decode(embedding, prompts);
      return predictions.flatMap((one) => (one.status === "ok" ? one.candidates : []));
    };
    return {
      async evaluate(protocol) {
        const proposals = await proposalsOf(protocol);
        const masks = proposals.map((one) => session.mask(one, image));
        return targets.flatMap((target) => {
          const facts = target.status === "ok" ? targetFacts(target, image) : undefined;
          if (facts === undefined) return [];
          const candidates = proposals.map(({ predictedIou }, i) => ({
            ...{ predicted: predictedIou, best: iou(masks[i]!, (target as Target).mask) },
          }));
          const chosen = candidates.reduce((top, one, i) => (one.best > candidates[top]!.best ? i : top), 0);
          const scores = { best: candidates[chosen]!.best, found: candidates[chosen]!.best >= 0.5 ? 1 : 0 };
          return [
            { row: { ...facts, steps: [{ at: { clicks: 0 }, chosen, candidates, scores }] }, masks: [] },
          ];
        });
      },
      close: () => session.release(embedding),
    };
  },
};

// ---------------------------------------------------------------------------------------------------- a run of it

const left = ascii("##..", "##..");
const right = ascii("...#", "...#");
const nowhere = ascii("....", ".##.");
const session = fakeSession({
  answer: ({ clicks: [click] }) => [{ mask: click!.x < 2 ? left : right, predicted: 0.5 }],
});
const settings = { protocols: [grid], metrics: [], seed: "s", masks: false, clock: () => 0 };
const load = sampleOf(left, nowhere, { status: "dropped", id: "c", reason: "crowd" });
const jobOf = (sample: string, from: SampleRef["load"] = load) => ({
  unit: { index: sample === "a" ? 0 : 1, model: "m1", benchmark: "cells", sample },
  ref: { id: sample, cluster: sample, load: from },
});
const known = {
  ...withPlugins({}),
  tasks: { ...registries.tasks, everything: everything as Task },
  protocols: { ...registries.protocols, ...everything.protocols },
};
const manifest = manifestOf({
  ...{ protocols: [grid.id], metrics: [], masks: false, models: plan.models.slice(0, 1) },
  benchmarks: [{ ...plan.benchmarks[0]!, images: 2 }],
});
const check = rowCheck(known);

test("goes through rows, store, summary and reports", async () => {
  const dir = temporaryFolder();
  const folder = await openRunFolder(dir, manifest, { check });
  for (const sample of ["a", "b"]) {
    const { unit, rows, timing } = await evaluateSample(everything, jobOf(sample), session, settings);
    await folder.append(unit, rows, [], timing);
  }
  await folder.close();
  expect([session.encoded.length, session.released.length]).toEqual([2, 2]);

  const summary = await summarize(readRows(dir, check), summaryFacts(manifest, true, known));
  expect(summary.cells.map(({ measures, counts }) => [measures, counts.scored])).toMatchObject([
    [{ "best@grid": { value: (1 + 1 / 5) / 2, n: 4 }, "recall@grid": { value: 0.5, n: 4 } }, 4],
  ]);
  expect(summary.suites[0]!.measures["recall@grid"]!.macro.value).toBe(0.5);
  const input: ReportInput = { summary, manifest, gallery: [] };
  for (const { render } of [writers.terminal, writers.markdown, writers.html]) {
    const text = render(input);
    expect(text).toContain("grid@1");
    expect(text).toContain("60.0");
    expect(text).toContain("recall");
  }
});

test("its own invariants are checked before its rows are written", async () => {
  const { unit, rows } = await evaluateSample(everything, jobOf("a"), session, settings);
  const folder = await openRunFolder(temporaryFolder(), manifest, { check });
  const wrong = rows.map((row): Row => {
    if (row.status !== "ok") return row;
    const [step] = row.steps;
    const candidates = step!.candidates.map((one) => ({ ...one, best: 2 }));
    return { ...row, steps: [{ ...step!, candidates, scores: { best: 2, found: 1 } }] };
  });
  await expect(folder.append(unit, wrong, [], {})).rejects.toThrow(
    "m1, cells, sample a: grid@1, target 1: step 0: best 2 is not in [0, 1]",
  );
  await folder.append(unit, rows, [], {}).catch(() => undefined);
  await folder.close();
});

test("what goes wrong with a sample is rows, as for every task", async () => {
  const failing = jobOf("a", () => Promise.reject(new Error("no such file")));
  const { rows } = await evaluateSample(everything, failing, session, settings);
  expect(rows).toMatchObject([{ target: "*", status: "failed", reason: "no such file" }]);
  const crashed = await failSample(everything, jobOf("a"), settings, { reason: "crashed", read: true });
  expect(crashed.rows.map((row) => [row.target, row.status, "reason" in row && row.reason])).toEqual([
    ["1", "failed", "crashed"],
    ["2", "failed", "crashed"],
    ["c", "dropped", "crowd"],
  ]);
  const clip = { kind: "clip", frames: [], tracks: [], labelled: [] } as const;
  const other = await evaluateSample(
    everything as Task,
    { ...jobOf("a"), ref: { id: "a", cluster: "a", load: async () => clip } },
    session,
    settings,
  );
  expect(other.rows).toMatchObject([
    { target: "*", reason: "task everything: evaluates other samples; expected image, got clip" },
  ]);
});
