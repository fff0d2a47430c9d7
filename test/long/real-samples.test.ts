import { existsSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { openDataset } from "../../src/datasets/index.ts";
import { checkDataset } from "../../src/datasets/inspect.ts";
import { readCard, realData, rootOf } from "../datasets/cards.ts";

/** Counted on the files by other software. */
const known: Readonly<
  Record<string, { images: number; ok: number; crowd?: number; ignore?: number; clusters?: number }>
> = {
  "ade20k-train": { images: 3, ok: 139 },
  bbbc038v1: { images: 60, ok: 1419 },
  "coco-panoptic": { images: 2, ok: 47, crowd: 3 },
  "ct-slices": { images: 4, ok: 30 },
  davis2016: { images: 99, ok: 99, clusters: 2 },
  // 18 shapes: two groups of 4 and 2, two that are ignored.
  labelme: { images: 3, ok: 12, ignore: 2 },
  "ppdls-a1": { images: 11, ok: 171 },
  spacenet: { images: 1, ok: 43 },
  stardist: { images: 1, ok: 125 },
  "trashcan-supervisely": { images: 149, ok: 259 },
};

describe.each(Object.entries(known))("%s", (name, { images, ok, crowd, ignore, clusters }) => {
  const root = realData === undefined ? undefined : rootOf(realData, name);
  const there = root !== undefined && existsSync(root);
  test.skipIf(!there)(
    `${images} images, ${ok} masks${there ? "" : " (no real data here: set SEGBENCH_DATA)"}`,
    async () => {
      const { expected: _, ...card } = readCard(name);
      const dataset = openDataset(card, root!);
      const check = await checkDataset(card, dataset, { full: true });
      expect(check.problems).toEqual([]);
      expect(check.found.images).toBe(images);
      expect(check.found.masks).toBe(ok);
      expect(check.targets).toEqual({
        ok,
        ...(crowd && { "dropped crowd": crowd }),
        ...(ignore && { "dropped ignore": ignore }),
      });
      if (clusters !== undefined)
        expect(new Set((await dataset.list()).map(({ cluster }) => cluster)).size).toBe(clusters);
    },
    // Thousands of files, perhaps on a busy machine.
    300_000,
  );
});
