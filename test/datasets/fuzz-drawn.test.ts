// Damaged files of annotation tools: a sentence or a sample, soon, and nothing outside the root.
import { expect, test, vi } from "vitest";
import type { DatasetCard } from "../../src/core/schema-types.ts";
import { fuzzCount, fuzzDataset } from "../helpers/fuzz.ts";
import { smallest } from "./drawn-files.ts";

const { opened } = vi.hoisted(() => ({ opened: new Set<string>() }));
vi.mock("node:fs/promises", async (original) => {
  const real = await original<typeof import("node:fs/promises")>();
  const watched =
    <A extends unknown[], R>(act: (...given: A) => R) =>
    (...given: A) => {
      opened.add(String(given[0]));
      return act(...given);
    };
  return {
    ...real,
    open: watched(real.open),
    readdir: watched(real.readdir),
    readFile: watched(real.readFile),
    stat: watched(real.stat),
  };
});

test.each(Object.entries(smallest))(
  "%s",
  async (name, { adapter, files }) => {
    const card = {
      name: "mini",
      title: "Mini",
      version: 1,
      domain: ["objects"],
      maskType: "instance",
      homepage: "x",
      licence: "x",
      adapter,
    };
    const annotations = Object.keys(files).filter((file) => !/\.(png|jpg)$/i.test(file));
    // Counting reads every annotation file, loading reads it again.
    const subset = { seed: "s", masks: 10 };
    const tally = await fuzzDataset({
      name,
      card: { ...card, subset } as unknown as DatasetCard,
      files,
      mutate: annotations,
      opened,
    });
    if (process.env.SEGBENCH_FUZZ !== undefined)
      process.stdout.write(`${name}: ${fuzzCount} inputs, ${JSON.stringify(tally)}\n`);
    expect(tally.ok).toBeGreaterThan(0);
    expect(tally.refused + tally.imagesFailed + tally.failed).toBeGreaterThan(0);
  },
  3_600_000,
);
