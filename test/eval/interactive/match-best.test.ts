// Which detection a target takes: against pycocotools (test/oracle/prompts/match.json, scripts/oracle/match.py), and at the edges.
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Detection } from "../../../src/core/predictions.ts";
import type { TargetEntry } from "../../../src/core/types.ts";
import { openDataset } from "../../../src/datasets/index.ts";
import { matchBest } from "../../../src/eval/index.ts";
import { readDetections } from "../../../src/formats/detections.ts";
import { area } from "../../../src/masks/bit-mask.ts";
import { iou } from "../../../src/masks/iou.ts";
import { imageFinder } from "../../../src/run/score/detections.ts";
import { miniatures, readCard, rootOf } from "../../datasets/cards.ts";
import { ascii } from "../../helpers/ascii-mask.ts";
import { held, readOracle } from "../../helpers/oracle.ts";
import { packageFolder } from "../../helpers/synthetic.ts";

test("the miniature's targets take what pycocotools says, with its IoU", async () => {
  const { cases } = readOracle<{ readonly cases: readonly (readonly [string, string, number, number])[] }>(
    "prompts/match",
  );
  const refs = await openDataset(readCard("trashcan"), rootOf(miniatures, "trashcan")).list();
  const path = join(packageFolder, "datasets", "samples", "trashcan-results.json");
  const predictions = matchBest(await readDetections(path, imageFinder(refs)));
  const found: (readonly [string, string, number, number])[] = [];
  for (const ref of refs) {
    const { image, targets } = await ref.load();
    const { steps, problems } = await predictions.of(ref.id, targets, image);
    expect(problems).toEqual([]);
    for (const target of targets) {
      if (target.status !== "ok") continue;
      const [step] = steps.get(target.id)!;
      const mask = await step!.candidates[0]!.read(image);
      const index = (step!.facts?.detection as number | undefined) ?? -1;
      found.push([ref.id, target.id, index, iou(mask, target.mask)]);
    }
  }
  expect(found.sort()).toEqual([...cases].sort());
  held("prompts/match", cases.length);
});

const maskOf = (rows: string) => ascii(...rows.split("/"));
const size = { width: 4, height: 2 };
const target = (id: string, rows: string, category?: string): TargetEntry => ({
  ...{ status: "ok", id, mask: maskOf(rows) },
  ...(category !== undefined && { category }),
});
const detection = (index: number, score: number, rows: string, category?: string): Detection => ({
  ...{ index, name: `d[${index}]`, score, read: async () => maskOf(rows) },
  ...(category !== undefined && { category }),
});

async function taken(detections: readonly Detection[], targets: readonly TargetEntry[]) {
  const found = matchBest({ name: "d", files: [], images: ["a"], read: async () => detections });
  const { steps, problems } = await found.of("a", targets, size);
  const all = await Promise.all(
    [...steps].map(async ([id, [step]]) => [
      id,
      step!.facts?.detection ?? `none, ${area(await step!.candidates[0]!.read(size))} pixels`,
    ]),
  );
  return { taken: Object.fromEntries(all), problems };
}

test("the best score counts, not the best IoU; ties go to the first in the file; an IoU of one half suffices", async () => {
  const half = "##../....";
  const whole = "####/....";
  const one = [target("t", whole)];
  expect((await taken([detection(0, 0.4, whole), detection(1, 0.9, half)], one)).taken).toEqual({ t: 1 });
  expect((await taken([detection(5, 0.4, whole), detection(3, 0.4, half)], one)).taken).toEqual({ t: 5 });
  expect((await taken([detection(0, 1, "#.../....")], one)).taken).toEqual({ t: "none, 0 pixels" });
});

test("targets that overlap may take one detection; disjoint ones at one half take it both", async () => {
  const targets = [target("left", "##../...."), target("right", "..##/...."), target("same", "##../....")];
  const { taken: both } = await taken([detection(0, 1, "####/....")], targets);
  expect(both).toEqual({ left: 0, right: 0, same: 0 });
});

test("a category is asked for where both state one", async () => {
  const targets = [target("cat", "####/....", "cat"), target("any", "####/....")];
  const dog = detection(0, 0.9, "####/....", "dog");
  expect((await taken([dog], targets)).taken).toEqual({ cat: "none, 0 pixels", any: 0 });
  expect((await taken([dog, detection(1, 0.1, "####/....")], targets)).taken).toEqual({ cat: 1, any: 0 });
});

test("a mask of another size is named, and the next best counts", async () => {
  const all = [detection(0, 0.9, "##/##"), detection(1, 0.1, "####/....")];
  expect(await taken(all, [target("t", "####/....")])).toEqual({
    taken: { t: 1 },
    problems: ["d[0]: the mask and its image differ in size; expected 4x2, got 2x2"],
  });
});
