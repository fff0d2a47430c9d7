// Damaged files of annotation tools: a sentence or a sample, soon, and nothing outside the root.
import { expect, test, vi } from "vitest";
import type { DatasetCard } from "../../src/core/schema-types.ts";

import { picture, smallest } from "../datasets/drawn-files.ts";
import { opened } from "../helpers/watched-fs.ts";
import { type Files, fuzzDataset, jsonOf } from "./fuzz.ts";

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

type Json = Record<string, unknown>;
const isRecord = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const lengthOf = (value: unknown) => (Array.isArray(value) ? value.length : undefined);

/** Objects that the files announce, by format; groups count once. */
const announced: Readonly<Record<string, (files: Files) => number | undefined>> = {
  sa1b: (files) => lengthOf((jsonOf(files["sa_1.json"]) as Json | undefined)?.annotations),
  supervisely: (files) => lengthOf((jsonOf(files["p/d/ann/a.png.json"]) as Json | undefined)?.objects),
  geojson: (files) => lengthOf((jsonOf(files["geo7.geojson"]) as Json | undefined)?.features),
  labelme: (files) => {
    const { shapes } = (jsonOf(files["a.json"]) ?? {}) as { readonly shapes?: unknown };
    if (!Array.isArray(shapes) || !shapes.every(isRecord)) return undefined;
    // A group of one label is one object.
    const grouped = shapes.filter(({ group_id }) => group_id != null);
    return grouped.every(({ label, group_id }) => label === "dog" && group_id === 1)
      ? shapes.length - grouped.length + Math.min(grouped.length, 1)
      : undefined;
  },
  "yolo-seg": (files) =>
    String(files["labels/a.txt"])
      .split(/\r\n|\r|\n/)
      .filter((line) => line.trim() !== "").length,
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
      ...(announced[name] && { announced: announced[name] }),
    });
    expect(tally.ok).toBeGreaterThan(0);
    expect(tally.refused! + tally.imagesFailed! + tally.failed!).toBeGreaterThan(0);
    if (announced[name]) expect(tally.counted).toBeGreaterThan(0);
  },
  3_600_000,
);
