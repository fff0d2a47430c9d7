// Baselines: what is written comes back, whatever is measured, and what cannot be trusted is refused.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import type { TargetScore } from "../../src/core/results.ts";
import { readBaseline, readBaselineHead, writeBaseline } from "../../src/store/baseline.ts";
import { noteOf } from "../stats/measures.ts";
import { manifestOf, temporaryFolder } from "./sample-run.ts";

const measures = ["mean@1", "ratio@1", "rank@1"].map((id) => noteOf(id));
const head = {
  ...{ model: "m1", protocols: [{ id: "box@1", summary: "", measures }] },
  manifest: manifestOf(),
};
const key = { benchmark: "cells", protocol: "box@1", sample: "a", cluster: "a" };
const scores: readonly TargetScore[] = [
  {
    ...key,
    target: "1",
    status: "ok",
    parts: [
      [0.1, 1],
      [3, 4],
      [
        [0.5, 0.25],
        [0.75, 1],
      ],
    ],
  },
  { ...key, target: "2", status: "ok", parts: [[0.3, 1], null, [[1, 1]]] },
  { ...key, target: "3", status: "ok", parts: [null, [1, 1], null] },
  { ...key, target: "4", status: "failed", parts: [] },
  { ...key, target: "*", sample: "b", cluster: "b", status: "dropped", parts: [] },
];

async function* stream() {
  yield* scores;
}

async function written(): Promise<string> {
  const path = join(temporaryFolder(), "deep", "base.jsonl.gz");
  await writeBaseline(path, head, stream());
  return path;
}

async function all(path: string): Promise<TargetScore[]> {
  const found: TargetScore[] = [];
  for await (const score of readBaseline(path)) found.push(score);
  return found;
}

const linesOf = (path: string) => gunzipSync(readFileSync(path)).toString("utf8").trimEnd().split("\n");

test("means, sums and items come back as they were; a mean is one number", async () => {
  const path = await written();
  expect(await readBaselineHead(path)).toEqual({ format: "segbench/baseline@2", ...head });
  expect(await all(path)).toEqual(scores);
  const lines = linesOf(path);
  expect(JSON.parse(lines[1]!)).toEqual([
    ...["cells", "box@1", "a", "a", "1", "ok"],
    [
      0.1,
      [3, 4],
      [
        [0.5, 0.25],
        [0.75, 1],
      ],
    ],
  ]);
  expect(JSON.parse(lines.at(-1)!)).toEqual({
    end: 5,
    cells: [
      {
        ...{ benchmark: "cells", protocol: "box@1", ok: 3, failed: 1, dropped: 1 },
        means: { "mean@1": 0.2, "ratio@1": 1 },
      },
    ],
  });
  expect(readFileSync(await written())).toEqual(readFileSync(path));
});

test("one that is cut off is damaged, one of an earlier version is made again", async () => {
  const path = await written();
  const lines = linesOf(path);
  const rewrite = (kept: readonly string[]) => writeFileSync(path, gzipSync(`${kept.join("\n")}\n`));
  rewrite([...lines.slice(0, 3), ...lines.slice(4)]);
  await expect(all(path)).rejects.toThrow("the baseline is damaged; expected 5 targets, got 4 targets");
  rewrite([lines[0]!.replace("baseline@2", "baseline@1"), ...lines.slice(1)]);
  await expect(readBaselineHead(path)).rejects.toThrow(
    "is a baseline of an earlier version; expected one of this version: `segbench baseline RUN --out FILE` makes it again from a new run, got segbench/baseline@1",
  );
  rewrite(['{"format":"other"}']);
  await expect(readBaselineHead(path)).rejects.toThrow("is not a baseline");
});
