// Damaged label maps and mask files: a sentence or a sample, soon, and nothing outside the root. PNG checksums are made right
// again in half of the inputs, so that damage reaches the decoder.
import { crc32, inflateSync } from "node:zlib";
import { describe, expect, test, vi } from "vitest";
import type { DatasetCard } from "../../src/core/schema-types.ts";
import { grey16Png, greyPng, palettePng } from "../formats/fixture.ts";
import { readOracle } from "../helpers/oracle.ts";
import { opened } from "../helpers/watched-fs.ts";
import { fuzzDataset } from "./fuzz.ts";

vi.mock("node:fs/promises", async (original) =>
  (await import("../helpers/watched-fs.ts")).watchFiles(await original()),
);

interface Case {
  readonly bytes: number;
  readonly size: readonly [width: number, height: number];
  readonly rules: { readonly member?: string };
}

/** Small files of other software, from the oracle: the first few that are large enough and of a kind. */
function written(suffix: string, member?: string) {
  const oracle = readOracle<{ formats: { suffix: string; files: string; cases: Case[] }[] }>(
    "datasets/labels",
  );
  const { files, cases } = oracle.formats.find((format) => format.suffix === suffix)!;
  const all = inflateSync(Buffer.from(files, "base64"));
  let at = 0;
  const found: { readonly content: Uint8Array; readonly size: Case["size"] }[] = [];
  for (const { bytes, size, rules } of cases) {
    if (size[0] * size[1] > 60 && rules.member === member)
      found.push({ content: all.subarray(at, at + bytes), size });
    at += bytes;
  }
  return found.slice(0, 3);
}

function labelled(suffix: string, member?: string) {
  const adapter = {
    format: "label-png",
    images: "i/{image}.png",
    labels: `l/{image}.${suffix}`,
    values: "instance",
  };
  const files: Record<string, Uint8Array> = {};
  for (const [i, { content, size }] of written(suffix, member).entries()) {
    files[`i/${i}.png`] = greyPng(...Array.from({ length: size[1] }, () => "1".repeat(size[0])));
    files[`l/${i}.${suffix}`] = content;
  }
  return { adapter: { ...adapter, ...(member && { member }), colours: "id", ignore: [255] }, files };
}

const picture = greyPng("1234", "5678", "9876");
const pngs = {
  "i/a.png": picture,
  "l/a.png": palettePng("0012", "3312", "3300"),
  "i/b.png": picture,
  "l/b.png": grey16Png(4, 3, [0, 0, 7, 7, 24, 24, 26000, 26000, 26001, 26001, 65535, 3]),
};

const sets: Readonly<
  Record<string, { adapter: object; files: Readonly<Record<string, string | Uint8Array>>; select?: object }>
> = {
  png: {
    adapter: {
      ...{ format: "label-png", images: "i/{image}.png", labels: "l/{image}.png", values: "instance" },
      ...{ classFactor: 1000, crowd: [24], ignore: [3] },
    },
    files: pngs,
  },
  tif: labelled("tif"),
  bmp: labelled("bmp"),
  hdf5: labelled("hdf5", "dataset"),
  mat: labelled("mat", "GTinst.Segmentation"),
  "mat-cells": labelled("mat", "groundTruth.1.Segmentation"),
  trimap: {
    adapter: {
      format: "mask-files",
      images: "i/{image}.*",
      masks: "g/{image}.*",
      threshold: 129,
      ignore: [128],
    },
    files: {
      "i/0.png": picture,
      "g/0.bmp": written("bmp")[0]!.content,
      "i/a.png": picture,
      "g/a.png": greyPng("##..", "####", "..##"),
    },
  },
  list: {
    adapter: { format: "label-png", images: "i/{image}.png", labels: "l/{image}.png", values: "instance" },
    select: { lists: ["val.txt"] },
    files: { ...pngs, "val.txt": "a\nb.png\n" },
  },
};

/** Gives every chunk of a PNG the checksum of what it now holds. */
function withChecksums(content: Uint8Array): Uint8Array {
  const bytes = Buffer.from(content);
  for (let at = 8; at + 12 <= bytes.length; ) {
    const end = at + 8 + bytes.readUInt32BE(at);
    if (end + 4 > bytes.length) break;
    bytes.writeUInt32BE(crc32(bytes.subarray(at + 4, end)), end);
    at = end + 4;
  }
  return bytes;
}

describe("damaged", () => {
  test.each(Object.entries(sets))(
    "%s",
    async (name, { adapter, files, select }) => {
      const card = {
        ...{ name: "mini", title: "Mini", version: 1, domain: ["objects"], maskType: "instance" },
        ...{ homepage: "x", licence: "x", adapter, select },
      } as unknown as DatasetCard;
      let turn = 0;
      const tally = await fuzzDataset({
        name: `labels ${name}`,
        card,
        files,
        mutate: Object.keys(files).filter((file) => !file.startsWith("i/")),
        opened,
        repair: (file, content) =>
          file.endsWith(".png") && typeof content !== "string" && turn++ % 2 === 0
            ? withChecksums(content)
            : content,
      });
      expect(tally.ok).toBeGreaterThan(0);
      expect(tally.refused! + tally.imagesFailed! + tally.failed!).toBeGreaterThan(0);
    },
    3_600_000,
  );
});
