// Damaged files of annotation tools: a sentence or a sample, soon, and nothing outside the root.
import { expect, test, vi } from "vitest";
import type { DatasetCard } from "../../src/core/schema-types.ts";
import { fuzzCount, fuzzDataset } from "../helpers/fuzz.ts";
import { opened } from "../helpers/watched-fs.ts";
import { picture, smallest } from "./drawn-files.ts";

vi.mock("node:fs/promises", async (original) =>
  (await import("../helpers/watched-fs.ts")).watchFiles(await original()),
);

const sa1b = {
  adapter: { format: "sa-1b", folder: "." },
  files: {
    "sa_1.jpg": picture,
    "sa_1.json": JSON.stringify({
      image: { image_id: 1, width: 12, height: 8, file_name: "sa_1.jpg" },
      annotations: [
        { id: 7, segmentation: { size: [8, 12], counts: [3, 4, 89] }, area: 4, bbox: [0, 3, 1, 4] },
        { id: 8, segmentation: { size: [8, 12], counts: [96] }, area: 0 },
        { id: "9", segmentation: [[1, 1, 8, 1, 8, 6]], predicted_iou: 0.9, point_coords: [[2, 2]] },
      ],
    }),
  },
};

test.each(Object.entries({ ...smallest, sa1b }))(
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
