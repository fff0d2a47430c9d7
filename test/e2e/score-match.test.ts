// COCO results through the command line.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { MaskRow, Row } from "../../src/core/rows.ts";
import { maskSetMeasures } from "../../src/eval/everything/measures.ts";
import { farthest, held, readOracle } from "../helpers/oracle.ts";
import { runCli } from "../helpers/run-cli.ts";
import { packageFolder } from "../helpers/synthetic.ts";

const data = join(packageFolder, "datasets", "samples");
const results = join(data, "trashcan-results.json");
type Entry = Record<string, unknown>;
const all: readonly Entry[] = JSON.parse(readFileSync(results, "utf8"));
let place: string;
beforeAll(() => {
  place = mkdtempSync(join(tmpdir(), "segbench-match-"));
});
afterAll(() => rmSync(place, { recursive: true, force: true }));
const score = (benchmark: string, entries: readonly unknown[], out: string, ...words: string[]) => {
  writeFileSync(join(place, "r.json"), JSON.stringify(entries));
  const options = ["--data", data, "--out", out, "--model", "mine", ...words];
  return runCli(["score", benchmark, "r.json", ...options], { cwd: place });
};
const rowsOf = (run: string) =>
  readFileSync(join(place, run, "rows.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((line): Row => JSON.parse(line));

test("each target has the score of what it takes, or 0; the share matched is shown", async () => {
  const { cases } = readOracle<{ readonly cases: readonly (readonly [string, string, number, number])[] }>(
    "prompts/match",
  );
  const { code, out, err } = await score("trashcan", all, "whole", "--match", "best");
  expect(code, err).toBe(0);
  expect(err).not.toContain("cannot be used");
  const none = cases.filter(([, , index]) => index < 0).length;
  expect(err).toContain(`r.json: ${none} of ${cases.length} targets found no detection and count as 0\n`);
  const mean = (cases.reduce((sum, [, , , one]) => sum + one, 0) / cases.length) * 100;
  const share = (cases.filter(([, , index]) => index >= 0).length / cases.length) * 100;
  expect(out).toMatch(`match-best@1 on trashcan, IoU in %: IoU ${mean.toFixed(1)}`);
  expect(out).toContain(`matched ${share.toFixed(1)}`);
  const found = rowsOf("whole").flatMap((row) =>
    row.status === "ok"
      ? [[row.sample, row.target, row.facts?.detection ?? -1, row.steps[0]!.scores.iou]]
      : [],
  );
  expect(found.sort()).toEqual([...cases].sort());
  const { measures } = JSON.parse(readFileSync(join(place, "whole", "summary.json"), "utf8")).cells[0];
  expect(measures["matched@50"].value).toBeCloseTo(share / 100, 12);
  expect(readFileSync(join(place, "whole", "report.html"), "utf8")).toContain("matched");
});

test("AR and AP are those of pycocotools; a row is an image, and images without detections count", async () => {
  const { cuts, values } =
    readOracle<Readonly<Record<"cuts" | "values", readonly number[]>>>("metrics/coco-results");
  // Equal scores of different images would be in the order of their ids there, of their names here.
  const distinct = all.map((entry, i) => ({ ...entry, score: (entry.score as number) - i * 1e-6 }));
  const { code, out, err } = await score("trashcan", distinct, "sets", "--match", "coco");
  expect(code, err).toBe(0);
  expect(out).toContain("external-masks@1 on trashcan, AR in %: AR@10 ");
  expect(err).toContain(
    "r.json: categories are not used: AR and AP are of masks of any category, not the mean",
  );
  expect(err).toMatch(/\d+ of 51 targets found no detection of its own with IoU >= 50 %\n/);
  const { measures } = JSON.parse(readFileSync(join(place, "sets", "summary.json"), "utf8")).cells[0];
  const names = [
    ...cuts.map((cut) => `ar@${cut}`),
    ...["small", "medium", "large"].flatMap((size) => cuts.map((cut) => `ar-${size}@${cut}`)),
    ...["ap", "ap-small", "ap-medium", "ap-large", "ap50", "ap75", "ap@300"],
  ];
  // All that the run measures and they do; theirs is -1 where there is no target, ours absent.
  const own = new Set(maskSetMeasures.map(({ id }) => id));
  const known = names.flatMap((name, i) => (own.has(name) ? [[name, i] as const] : []));
  expect(known).toHaveLength(15);
  const ours = known.map(([name]): number => measures[name]?.value ?? -1);
  const theirs = known.map(([, i]) => values[i]!);
  held("metrics/coco-results", known.length, farthest(ours, theirs), 1e-12);
  const rows = rowsOf("sets");
  expect(rows.length).toBe(6);
  const masks = readFileSync(join(place, "sets", "masks.jsonl"), "utf8")
    .trim()
    .split("\n");
  const of = rows.map((row) => (row.status === "ok" ? (row.facts?.masks as number) : 0));
  expect(masks.length).toBe(of.reduce((sum, count) => sum + count, 0));
  // A detector's score is not called a predicted IoU, and none of the metrics of single masks is promised.
  const { generated, sample } = JSON.parse(masks[0]!) as MaskRow;
  const first = rows.find((row) => row.sample === sample);
  const scores = first?.status === "ok" ? (first.facts?.scores as readonly number[]) : [];
  expect(generated).toEqual({ rank: 0, score: scores[0] });
  expect(JSON.parse(readFileSync(join(place, "sets", "manifest.json"), "utf8")).plan.metrics).toEqual([]);
  const prompts = await runCli(["export", "prompts", "sets", "--out", "p.jsonl"], { cwd: place });
  expect(prompts.code).toBe(1);
  expect(prompts.err).toContain(
    "error: sets: is of all masks of every image (external-masks@1), for which no",
  );
  expect(existsSync(join(place, "p.jsonl"))).toBe(false);

  const [{ image_id: one } = {}] = all;
  const few = await score(
    "trashcan",
    all.filter(({ image_id }) => image_id === one),
    "few",
    "--match",
    "coco",
  );
  expect(few.code, few.err).toBe(0);
  expect(rowsOf("few").filter((row) => row.status === "ok" && row.facts?.masks === 0)).toHaveLength(5);
});

test("what cannot be used is counted and named; too much of it ends in 1, with reports", async () => {
  const broken = all.map((entry, i) => (i % 8 === 0 ? { ...entry, score: null } : entry));
  const { code, err } = await score(
    "trashcan",
    [...broken, { ...all[0], image_id: 99 }],
    "broken",
    ...["--match", "best"],
  );
  const count = Math.ceil(all.length / 8);
  expect(code).toBe(1);
  expect(err).toContain(
    `r.json: ${count} of ${all.length + 1} detections cannot be used and are left out\nr.json[0]: score is not a number; expected a finite number, got null\n`,
  );
  expect(err).toContain("r.json: 1 detection of 1 image that trashcan does not have: image_id 99\n");
  expect(err).toContain(
    `error: r.json: too many detections cannot be used; expected at most ${Math.floor(0.05 * (all.length + 1))} (--max-failures ${count} allows these), got ${count} of ${all.length + 1}\n`,
  );
  const { models } = JSON.parse(readFileSync(join(place, "broken", "manifest.json"), "utf8"));
  expect(models.mine.detections).toEqual({ entries: all.length + 1, leftOut: count, elsewhere: 1 });
});

test("names in place of ids where the benchmark is not in COCO's format", async () => {
  const size = { size: [256, 320], counts: [256 * 320] };
  const unknown = { image_id: "nowhere.png", segmentation: size, score: 1 };
  const { code, err } = await score("bbbc038v1", [unknown], "names", "--match", "best");
  expect(code).toBe(1);
  expect(err).toContain(
    'error: r.json: holds no detections for bbbc038v1 that can be used; got 1 detection of 1 image that bbbc038v1 does not have: image_id "nowhere.png"; the nearest is "',
  );
});

test("wrong usage", async () => {
  const plain = await score("trashcan", all, "never");
  expect(plain.code).toBe(1);
  expect(plain.err).toContain(
    "error: r.json[0]: is a detection of COCO results, which names no target; expected --match coco for average recall and precision, or best, which",
  );
  const strange = await score("trashcan", all, "never", "--match", "hungarian");
  expect(strange.err).toContain('unknown rule; expected one of best, coco; got "hungarian"');
  const both = await score("trashcan", all, "never", "--match", "best", "--protocol", "box@1");
  expect(both.err).toContain("--protocol: does not go with --match");
  const metric = await score("trashcan", all, "never", "--match", "coco", "--metrics", "dice");
  expect(metric.err).toContain("--metrics: does not go with --match coco; expected no metrics");
});
