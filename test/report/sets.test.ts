// Which images and missed targets a report of all masks of images shows.
import { expect, test } from "vitest";
import type { ScoredRow } from "../../src/core/rows.ts";
import { recallOf } from "../../src/eval/everything/measures.ts";
import { writers } from "../../src/report/index.ts";
import { chooseMisses, chooseSets, seenSets } from "../../src/report/sets.ts";
import { EmptySets } from "../../src/run/report/sets.ts";
import { exampleInput } from "./example.ts";

/** An image of three targets, of which `found` have a mask among 1,000. */
function imageOf(sample: string, found: number): ScoredRow {
  const hits = Array.from({ length: found }, (_, i) => [i, 1023] as const);
  const missed = [0, 1, 2].slice(found).map((place) => [place, 10 * (place + found)] as const);
  const numbers = Array.from({ length: 1000 }, (_, i) => 1 - i / 1000);
  const facts = {
    masks: 1000,
    targets: [3, 3, 0, 0],
    scores: numbers,
    areas: numbers,
    "hits-all": hits,
    missed,
  };
  const key = { model: "m", benchmark: "b", protocol: "p", sample, cluster: sample, target: "all" };
  return { ...key, status: "ok", facts: facts as unknown as NonNullable<ScoredRow["facts"]>, steps: [] };
}

const images = [imageOf("a", 2), imageOf("b", 0), imageOf("c", 3), imageOf("d", 1)];

test("the worst, the median and the best by what leads, and the largest misses; of each row little is remembered", () => {
  const seen = images.map(seenSets([recallOf("all", 1000)]));
  for (const one of seen) expect(JSON.stringify(one).length).toBeLessThan(400);
  expect(chooseSets(seen).map(({ sample, kind, missed }) => [sample, kind, missed.length])).toEqual([
    ["b", "worst", 3],
    ["d", "median", 2],
    ["c", "best", 0],
  ]);
  expect(chooseMisses(seen).map(({ sample, area }) => [sample, area])).toEqual([
    ["a", 40],
    ["d", 30],
    ["b", 20],
    ["d", 20],
  ]);
  // Without anything that leads no image is better than another.
  expect(chooseSets(images.map(seenSets([])))).toEqual([]);
});

test("where a model made no mask at all a report says why, and how it would", () => {
  const generated = (sample: string, model: string, masks: number) => {
    const row = imageOf(sample, 0);
    const removed = [0, 1500 - masks, 12, 0, 0, 0, 0, 0, 0];
    return { ...row, model, facts: { ...row.facts!, masks, points: 504, candidates: 1512, removed } };
  };
  const empty = new EmptySets(["p"]);
  for (const row of [generated("a", "m", 0), generated("b", "m", 0)]) empty.add(row);
  for (const row of [generated("a", "other", 0), generated("b", "other", 1)]) empty.add(row);
  const why =
    "m made no mask on b: 3,024 candidates of 1,008 clicks; left out: 3,000 by predicted IoU, 24 by stability; a model that is unsure of itself needs lower limits: --generator predictedIou=0 --generator stability=0 --fresh keeps all";
  expect(empty.found()).toEqual([why]);
  const input = { ...exampleInput(), sets: { images: [], misses: [], empty: [why] } };
  expect((writers.terminal.render(input) as string).replaceAll(/\s+/g, " ")).toContain(`${why}. `);
  expect(writers.markdown.render(input)).toContain("> **No masks.** m made no mask on b: 3,024");
});
