import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { loadYaml } from "../../src/config/schema.ts";
import { adapters, openDataset } from "../../src/datasets/index.ts";
import { datasetContract } from "../contracts/dataset.ts";
import { cardNames, miniatures, readCard, rootOf } from "./cards.ts";

const counts = {
  bbbc038v1: { images: 6, targets: { ok: 134 } },
  ppdls: { images: 5, targets: { ok: 71 } },
  "sa-1b": { images: 4, targets: { ok: 135 } },
  trashcan: { images: 6, targets: { ok: 49, dropped: 3 } },
} as const;

for (const [name, expected] of Object.entries(counts)) {
  describe(name, () => {
    datasetContract({ name, open: () => openDataset(readCard(name), rootOf(miniatures, name)), ...expected });
  });
}

test("every miniature is tested, and has a card", () => {
  expect(
    readdirSync(miniatures)
      .filter((name) => !name.includes("."))
      .sort(),
  ).toEqual(Object.keys(counts));
  for (const name of Object.keys(counts)) expect(cardNames).toContain(name);
});

test("every format has a miniature", () => {
  const used = Object.keys(counts).map((name) => readCard(name).adapter.format);
  expect(used.sort()).toEqual(Object.keys(adapters).sort());
});

test.each(cardNames)("card %s is valid and named after its file", async (name) => {
  const { value, problems } = await loadYaml<{ name: string }>(
    `datasets/${name}.yaml`,
    "dataset-card",
    process.cwd(),
  );
  expect(problems).toEqual([]);
  expect(value?.name).toBe(name);
});

test("the miniatures are small", () => {
  const sizeOf = (path: string): number =>
    statSync(path).isDirectory()
      ? readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0)
      : statSync(path).size;
  expect(existsSync(miniatures)).toBe(true);
  expect(sizeOf(miniatures)).toBeLessThan(3_000_000);
});

describe("traps of the real files are there", () => {
  const load = async (name: string) => {
    const refs = await openDataset(readCard(name), rootOf(miniatures, name)).list();
    return Promise.all(refs.map(async (ref) => ({ ref, sample: await ref.load() })));
  };

  test("trashcan: a picture without annotations, empty segmentations, a crowd, two videos' clusters", async () => {
    const samples = await load("trashcan");
    expect(samples.filter(({ sample }) => sample.targets.length === 0).map(({ ref }) => ref.id)).toEqual([
      "vid_000101_frame0000095",
    ]);
    const reasons = samples.flatMap(({ sample }) =>
      sample.targets.flatMap((t) => (t.status === "ok" ? [] : [t.reason])),
    );
    expect(reasons.sort()).toEqual(["crowd", "empty", "empty"]);
    expect(new Set(samples.map(({ ref }) => ref.cluster)).size).toBe(3);
  });

  test("ppdls: labels have gaps", async () => {
    const [first] = await load("ppdls");
    expect(first!.sample.targets.map(({ id }) => id)).toEqual([
      "1",
      "2",
      "3",
      "5",
      "6",
      "7",
      "8",
      "10",
      "11",
      "12",
      "13",
      "15",
    ]);
  });
});
