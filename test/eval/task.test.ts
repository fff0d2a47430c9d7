// One more task, thrown away afterwards: a row of points proposes masks for the whole image, and a row counts how many objects
// were found. What is below `few` is all that it takes: preparing, the run, rows, invariants, summary and reports know
// nothing of it.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import type { OwnBenchmark } from "../../src/config/index.ts";
import type { Measure } from "../../src/core/measure.ts";
import type { ScoredRow } from "../../src/core/rows.ts";
import type { ImageSample, ImageSession, Target } from "../../src/core/types.ts";
import { evaluateSample, failSample, type Task, type TaskProtocol } from "../../src/eval/index.ts";
import { iou } from "../../src/masks/iou.ts";
import { writers } from "../../src/report/index.ts";
import { contextOf } from "../../src/run/context.ts";
import { evaluateInMemory, type RunResult, run } from "../../src/run/run.ts";
import { ascii } from "../helpers/ascii-mask.ts";
import { packageFolder } from "../helpers/synthetic.ts";
import { sharedFolder } from "../store/sample-run.ts";
import { fakeSession } from "./fake-session.ts";
import { sampleOf } from "./play.ts";

// ---------------------------------------------------------------------------------------------------- the task

/** Of all objects of all images, not a mean over images. */
const recall: Measure = {
  ...{ id: "recall@grid", name: "recall", of: "recall", at: "grid", title: "recall" },
  ...{ unit: "share", better: "higher", show: "main", broken: true, meaning: "Share of objects found." },
  parts: ({ facts }) => [facts!.found as number, facts!.objects as number],
  value: ([found, objects]) => found! / objects!,
};

const grid: TaskProtocol = {
  ...{ id: "grid@1", task: "few", summary: "a grid of points", needs: { points: 1 } },
  measures: () => [recall],
};

const few: Task<ImageSample, ImageSession> = {
  ...{ name: "few", kind: "image", protocols: { [grid.id]: grid }, metrics: [], defaultMetrics: [] },
  invariants: [
    ({ facts }) => (facts!.found! <= facts!.objects! ? [] : [`found ${facts!.found} of ${facts!.objects}`]),
  ],
  refuses: () => [],
  entries: () => [{ status: "ok", id: "all" }],
  async open({ image, targets }, session, { watch }) {
    const embedding = await watch.model("encode", "preprocess", (cost) => session.encode(image, cost));
    return {
      async evaluate() {
        const prompts = [1, 3, 5, 7].map((eighth) => {
          const click = { x: (eighth * image.width) / 8, y: image.height / 2, label: 1 } as const;
          return { clicks: [click], multimask: true };
        });
        const predictions = await session.decode(embedding, prompts);
        const masks = predictions.flatMap((one) =>
          one.status === "ok" ? one.candidates.map((candidate) => session.mask(candidate, image)) : [],
        );
        const objects = targets.filter((target): target is Target => target.status === "ok");
        const best = objects.map(({ mask }) => Math.max(...masks.map((one) => iou(one, mask))));
        const found = best.filter((value) => value >= 0.3).length;
        return [{ row: { facts: { objects: objects.length, found, best } }, masks: [] }];
      },
      close: () => session.release(embedding),
    };
  },
};

// ---------------------------------------------------------------------------------------------------- a run of it

/** Images of 16 x 8 with a bright half and a dark one; three objects in the first, one in each of the others. */
const left = ascii(...Array<string>(8).fill("########........"));
const right = ascii(...Array<string>(8).fill("........########"));
const dots = ascii(...Array<string>(7).fill("................"), "#..............#");
const objects = { a: [left, right, dots], b: [dots], c: [left] };
const halves: OwnBenchmark = {
  ...{ name: "halves", version: "1" },
  dataset: {
    list: async () =>
      Object.entries(objects).map(([id, masks]) => ({
        ...{ id, cluster: id },
        load: async () => {
          const sample = await sampleOf(...masks)();
          for (let i = 0; i < sample.image.data.length; i += 1)
            sample.image.data[i] = Math.floor(i / 3) % 16 < 8 ? 230 : 20;
          return sample;
        },
      })),
  },
};
const request = (task: Task<ImageSample, ImageSession>) => ({
  ...{ name: "grid", models: ["tiny"], benchmarks: [halves], protocols: [grid.id], tasks: [task as Task] },
});
const context = contextOf({ cwd: packageFolder });

let done: RunResult;
let dir: string;
beforeAll(async () => {
  dir = sharedFolder();
  done = await run({ ...request(few), out: dir }, context);
}, 60_000);

test("a row for each image with the task's own facts alone; no metric is asked for", () => {
  const lines = readFileSync(join(dir, "rows.jsonl"), "utf8").trim().split("\n");
  const rows = lines.map((line) => JSON.parse(line) as ScoredRow);
  rows.sort((one, other) => (one.sample < other.sample ? -1 : 1));
  expect(done.complete).toBe(true);
  expect(JSON.parse(readFileSync(join(dir, "manifest.json"), "utf8")).plan.metrics).toEqual([]);
  const key = { model: "tiny", benchmark: "halves", protocol: "grid@1", target: "all", status: "ok" };
  expect(rows).toEqual(
    Object.entries(objects).map(([id, masks], i) => ({
      ...{ ...key, sample: id, cluster: id },
      ...{ facts: { objects: masks.length, found: [2, 0, 1][i], best: rows[i]!.facts!.best }, steps: [] },
    })),
  );
  expect(rows.map(({ facts }) => (facts!.best as readonly number[]).length)).toEqual([3, 1, 1]);
});

test("a summary of ratios of sums, without sizes, and reports", async () => {
  const { input } = done.report!;
  const [cell] = input.summary.cells;
  // A mean over images would be (2/3 + 0 + 1) / 3.
  expect(cell!.measures).toMatchObject({ "recall@grid": { value: 3 / 5, n: 3, clusters: 3 } });
  expect([cell!.counts.scored, cell!.bySize, cell!.byQuartile, cell!.byCategory]).toEqual([
    ...[3, [], []],
    undefined,
  ]);
  expect(input.summary.suites[0]!.measures["recall@grid"]!.macro.value).toBe(3 / 5);
  for (const { render } of [writers.terminal, writers.markdown, writers.html]) {
    const text = await render(input);
    for (const part of ["grid@1", "60.0", "recall"]) expect(text).toContain(part);
  }
});

test("in memory the same", async () => {
  const { rows, summary, failures } = await evaluateInMemory(request(few), context);
  expect([rows.length, failures]).toEqual([3, []]);
  expect(summary.cells).toEqual(done.report!.input.summary.cells);
}, 60_000);

test("its own invariants are checked before its rows are written", async () => {
  const wrong: typeof few = {
    ...few,
    open: async () => ({ evaluate: async () => [{ row: { facts: { objects: 2, found: 9 } }, masks: [] }] }),
  };
  await expect(evaluateInMemory(request(wrong), context)).rejects.toThrow(
    /halves, sample [abc]: grid@1, target all: found 9 of 2/,
  );
}, 60_000);

test("a task is what its protocols say; a run is of one", async () => {
  const silent = { ...few, protocols: { [grid.id]: { ...grid, task: "other" } } };
  await expect(evaluateInMemory(request(silent), context)).rejects.toThrow(
    "protocol grid@1: names another task; expected few, got other",
  );
  const both = { ...request(few), protocols: [grid.id, "sam1-d1@1"] };
  await expect(evaluateInMemory(both, context)).rejects.toThrow(
    "are of different tasks; expected a run for each; got few, interactive",
  );
});

test("what goes wrong with a sample is rows, as for every task", async () => {
  const session = fakeSession({ answer: () => [{ mask: left, predicted: 0.5 }] });
  const settings = { protocols: [grid], metrics: [], seed: "s", masks: false, clock: () => 0 };
  const unit = { index: 0, model: "m1", benchmark: "cells", sample: "a" };
  const jobOf = (load: () => Promise<ImageSample>) => ({ unit, ref: { id: "a", cluster: "a", load } });
  const unread = jobOf(() => Promise.reject(new Error("no such file")));
  const { rows } = await evaluateSample(few, unread, session, settings);
  expect(rows).toMatchObject([{ target: "*", status: "failed", reason: "no such file" }]);
  const crash = { reason: "crashed", read: true };
  const crashed = await failSample(few, jobOf(sampleOf(left)), settings, crash);
  expect(crashed.rows).toMatchObject([{ target: "all", status: "failed", reason: "crashed" }]);
  const clip = { kind: "clip", frames: [], tracks: [], labelled: [] } as const;
  const ref = { id: "a", cluster: "a", load: async () => clip };
  const other = await evaluateSample(few as Task, { unit, ref }, session, settings);
  expect(other.rows).toMatchObject([
    { target: "*", reason: "task few: evaluates other samples; expected image, got clip" },
  ]);
});
