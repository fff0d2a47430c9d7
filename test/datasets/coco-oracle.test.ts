// Masks of the COCO family against pycocotools: test/oracle/datasets/coco.json.gz, from scripts/oracle/datasets_coco.py.
import { createHash } from "node:crypto";
import { afterAll, expect, test } from "vitest";
import type { DatasetCard } from "../../src/core/schema-types.ts";
import { openDataset } from "../../src/datasets/index.ts";
import { maskFromSegmentation } from "../../src/formats/coco-segmentation.ts";
import { area, createMask, toBytes } from "../../src/masks/bit-mask.ts";
import { encodeCounts, rleFromMask } from "../../src/masks/rle.ts";
import { makeFolder, rgbPng } from "../formats/fixture.ts";
import { held, readOracle } from "../helpers/oracle.ts";
import { maskDigest, random, shape } from "../masks/cases.ts";
import { miniatures, readCard, rootOf } from "./cards.ts";

type Expected = readonly [where: string, area: number, digest: string];
const oracle = readOracle<{
  readonly miniatures: Readonly<Record<string, readonly Expected[]>>;
  readonly drawn: Readonly<Record<"polygons" | "plain" | "compressed" | "track", readonly string[]>>;
}>("datasets/coco");
const KINDS = 15;
const GROUP = 25;

test.each(Object.entries(oracle.miniatures))("miniature %s", async (name, expected) => {
  const found: Expected[] = [];
  for (const ref of await openDataset(readCard(name), rootOf(miniatures, name)).list()) {
    for (const target of (await ref.load()).targets)
      if (target.status === "ok")
        found.push([`${ref.id} ${target.id}`, area(target.mask), maskDigest(target.mask)]);
  }
  expect(found.sort()).toEqual([...expected].sort());
  held("datasets/coco", expected.length);
});

/** One digest for every 25 cases. */
function digests(each: (update: (part: string | Uint8Array) => void, number: number) => void, form: number) {
  const found: string[] = [];
  for (let first = 0; first < 500; first += GROUP) {
    const together = createHash("sha256");
    for (let i = first; i < first + GROUP; i++)
      each((part) => together.update(part), 7_000_000 + 10_000 * form + i);
    found.push(together.digest("hex").slice(0, 12));
  }
  return found;
}

test("500 of polygons", () => {
  const found = digests((update, seed) => {
    const draw = random(seed);
    const [width, height] = [1 + draw.below(90), 1 + draw.below(70)];
    const parts = Array.from({ length: 1 + draw.below(3) }, () =>
      Array.from(
        { length: 2 * (3 + draw.below(12)) },
        (_, i) => (draw.below(10 * (i % 2 === 0 ? width : height) + 400) - 200) / 10,
      ),
    );
    update(toBytes(maskFromSegmentation(parts, { width, height }, "case")));
  }, 0);
  expect(found).toEqual(oracle.drawn.polygons);
  held("datasets/coco", 500);
});

test.each([
  ["plain", 1],
  ["compressed", 2],
] as const)("500 of %s RLE", (form, number) => {
  const found = digests((update, seed) => {
    const draw = random(seed);
    const [width, height] = [1 + draw.below(90), 1 + draw.below(70)];
    const kind = draw.below(KINDS);
    const counts = rleFromMask(shape(kind, width, height, draw.below(1_000_000)));
    const text = encodeCounts(counts);
    update(text);
    const segmentation = { size: [height, width], counts: form === "plain" ? counts : text };
    update(toBytes(maskFromSegmentation(segmentation, { width, height }, "case")));
  }, number);
  expect(found).toEqual(oracle.drawn[form]);
  held("datasets/coco", 500);
});

const folder = makeFolder();
afterAll(folder.remove);

test("500 tracks of three frames, through the reader of YouTube-VIS", async () => {
  const [width, height] = [64, 48];
  const texts = Array.from({ length: 500 }, (_, i) => {
    const draw = random(7_030_000 + i);
    return Array.from({ length: 3 }, () => {
      const kind = draw.below(KINDS);
      return encodeCounts(rleFromMask(shape(kind, width, height, draw.below(1_000_000))));
    });
  });
  const picture = rgbPng(width, height, 3, Array(3 * width * height).fill(90));
  const names = [0, 1, 2].map((frame) => `v/${frame}.png`);
  for (const name of names) folder.write(`f/${name}`, picture);
  folder.write("x.json", {
    videos: [{ id: 1, width, height, length: 3, file_names: names }],
    annotations: texts.map((list, id) => ({
      ...{ id, video_id: 1, category_id: 1, iscrowd: 0 },
      segmentations: list.map((counts) => ({ size: [height, width], counts })),
    })),
    categories: [{ id: 1, name: "Fish" }],
  });
  const card: DatasetCard = {
    ...{ name: "tracks", title: "Tracks", version: 1, domain: ["video"], maskType: "instance" },
    ...{ homepage: "https://example.org", licence: "CC0-1.0" },
    adapter: { format: "youtube-vis", annotations: ["x.json"], images: ["f"] },
  };
  const samples = await Promise.all((await openDataset(card, folder.root).list()).map((ref) => ref.load()));
  const masks = samples.map(({ targets }) => new Map(targets.map((target) => [target.id, target])));
  const found = digests((update, seed) => {
    const i = seed - 7_030_000;
    texts[i]!.forEach((text, frame) => {
      update(text);
      const target = masks[frame]!.get(String(i))!;
      if (target.status !== "ok") expect(target.reason).toBe("empty");
      update(toBytes(target.status === "ok" ? target.mask : createMask(width, height)));
    });
  }, 3);
  expect(found).toEqual(oracle.drawn.track);
});
