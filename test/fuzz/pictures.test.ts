// Damaged pictures of every container: pixels, or a sentence; of a mask and a label map likewise.
import sharp from "sharp";
import { expect, test, vi } from "vitest";
import type { DatasetCard } from "../../src/core/schema-types.ts";
import { greyPng } from "../formats/fixture.ts";
import { opened } from "../helpers/watched-fs.ts";
import { fuzzDataset } from "./fuzz.ts";

vi.mock("node:fs/promises", async (original) =>
  (await import("../helpers/watched-fs.ts")).watchFiles(await original()),
);

const size = { width: 24, height: 16, channels: 3 as const };
const pixels = Buffer.from(
  Array.from({ length: 3 * size.width * size.height }, (_, i) => (i * 37 + (i >> 4) * 11) % 256),
);
const drawn = () => sharp(pixels, { raw: size });
const containers: Readonly<Record<string, () => Promise<Buffer>>> = {
  jpg: () => drawn().jpeg({ progressive: true }).toBuffer(),
  png: () => drawn().png().toBuffer(),
  webp: () => drawn().webp({ lossless: true }).toBuffer(),
  gif: () => drawn().gif().toBuffer(),
  tif: () => drawn().tiff({ compression: "lzw", tile: true, tileWidth: 16, tileHeight: 16 }).toBuffer(),
};

test.each(Object.keys(containers))(
  "%s",
  async (suffix) => {
    const adapter = { format: "mask-files", images: "i/{image}.*", masks: "m/{image}.*" };
    const card = {
      ...{ name: "fuzzed", title: "Fuzzed", version: 1, domain: ["objects"], maskType: "instance" },
      ...{ homepage: "https://example.org", licence: "CC0-1.0", adapter },
    } as unknown as DatasetCard;
    const mask = greyPng(
      ...Array.from({ length: size.height }, (_, y) => (y < 5 ? "#" : ".").repeat(size.width)),
    );
    const picture = await containers[suffix]!();
    const tally = await fuzzDataset({
      name: `picture ${suffix}`,
      card,
      files: { [`i/a.${suffix}`]: picture, "m/a.png": mask, [`m/b.${suffix}`]: picture, "i/b.png": mask },
      mutate: [`i/a.${suffix}`, `m/b.${suffix}`],
      opened,
    });
    expect(tally.images).toBeGreaterThan(0);
    expect(tally.ok).toBeGreaterThan(0);
    expect(tally.imagesFailed! + tally.failed!).toBeGreaterThan(0);
  },
  3_600_000,
);
