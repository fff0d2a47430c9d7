// Quality of masks that a generator made: a record of SA-1B's kind without a fault, and each fault planted in it.
import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { GeneratorSettings } from "../../src/core/mask-sets.ts";
import type { Rle } from "../../src/core/rows.ts";
import { generateMasks } from "../../src/eval/everything/generate.ts";
import { samGenerator } from "../../src/eval/everything/protocols.ts";
import { checkMaskSet, limitsOf } from "../../src/eval/everything/quality.ts";
import { Stopwatch } from "../../src/eval/stopwatch.ts";
import { createMask, setRun } from "../../src/masks/bit-mask.ts";
import { maskOfRle, rleOf } from "../../src/masks/rle.ts";
import { inspectSa1b } from "../../src/run/inspect/masks.ts";
import { fakeSession, threeMasks } from "../eval/fake-session.ts";
import { runCli } from "../helpers/run-cli.ts";
import { packageFolder, temporaryFolder } from "../helpers/synthetic.ts";

const [width, height] = [160, 120];

/** Rectangles x, y, width, height; a negative width takes pixels away. */
function drawn(...parts: readonly (readonly [number, number, number, number])[]) {
  const mask = createMask(width, height);
  for (const [x, y, w, h] of parts)
    for (let row = y; row < y + h; row++)
      if (w > 0) setRun(mask, row, x, x + w);
      else
        for (let column = x; column < x - w; column++)
          mask.words[row * mask.stride + (column >>> 5)]! &= ~(1 << (column & 31));
  return rleOf(mask);
}

const mask = (id: number, x: number, y: number, w: number, h: number) => ({
  ...{ id, segmentation: drawn([x, y, w, h]), area: w * h, bbox: [x, y, w - 1, h - 1] },
  ...{ predicted_iou: 0.95, stability_score: 0.97, crop_box: [0, 0, width, height] },
  point_coords: [[x + 1.5, y + 1.5]],
});

/** Two masks in the whole image, and one in a crop of it. */
const good = () => [
  mask(11, 5, 5, 30, 20),
  mask(12, 60, 40, 40, 40),
  { ...mask(13, 25, 60, 20, 20), crop_box: [0, 0, 80, 120] },
];

function recordOf(annotations: readonly object[]): string {
  const place = temporaryFolder();
  const image = { image_id: 7, width, height, file_name: "sa_7.jpg" };
  writeFileSync(join(place, "sa_7.json"), JSON.stringify({ image, annotations }));
  return place;
}

test("a record as SA-1B's is without a fault, and its counts are those of its pixels", async () => {
  const { faults, looked, protocol } = await inspectSa1b(recordOf(good()), ".", true);
  expect(faults).toEqual([]);
  expect(protocol).toBe("everything-crops@1");
  expect(looked).toEqual([
    {
      ...{ image: "sa_7", masks: 3, pixels: 160 * 120, covered: 2600, summed: 2600, deepest: 1 },
      ...{ clicked: 3, holding: 3, boxes: { span: 3, count: 0 } },
    },
  ]);
});

type Record_ = ReturnType<typeof good>[number];
const planted: readonly (readonly [check: string, change: Partial<Record_>, what: string])[] = [
  ["predicted", { predicted_iou: 0.88 }, "predicted IoU 0.88; expected more than 0.88"],
  ["stability", { stability_score: 0.9499 }, "stability 0.9499; expected at least 0.95"],
  [
    "large",
    { segmentation: drawn([0, 0, 160, 114]), area: 160 * 114, bbox: [0, 0, 159, 113] },
    "95.0 % of the image; expected less than 95.0 %",
  ],
  [
    "island",
    { segmentation: drawn([60, 40, 40, 40], [110, 50, 9, 11]), area: 1699, bbox: [60, 40, 58, 39] },
    "an island of 99 pixels; expected none below 100",
  ],
  [
    "hole",
    { segmentation: drawn([60, 40, 40, 40], [70, 50, -9, 11]), area: 1501 },
    "a hole of 99 pixels; expected none below 100",
  ],
  ["area", { area: 1601 }, "area 1601; the mask has 1600 pixels"],
  ["box", { bbox: [60, 40, 39, 38] }, "bbox 60, 40, 39, 38; the mask's is 60, 40, 39, 39 (or 1 more a side)"],
  [
    "overlap",
    { segmentation: drawn([5, 5, 29, 20]), area: 580, bbox: [5, 5, 28, 19], predicted_iou: 0.9 },
    "its box has an IoU above 0.7 with that of mask 11, of the same crop",
  ],
  [
    "edge",
    { crop_box: [0, 0, 110, 120] },
    "ends within 20 pixels of its crop's edge, which is not the image's",
  ],
  ["size", { segmentation: rleOf(createMask(4, 4)) }, "is 4 x 4, its image 160 x 120"],
  [
    "read",
    { segmentation: { size: [120, 160], counts: "!" } },
    "compressed RLE has a bad character at position 0",
  ],
];

test.each(planted)("a planted fault is named with its image and mask: %s", async (check, change, what) => {
  const [first, second, third] = good();
  const { faults } = await inspectSa1b(recordOf([first!, { ...second!, ...change }, third!]), ".", true);
  expect(faults).toEqual([{ image: "sa_7", mask: "12", check, what: expect.stringContaining(what) }]);
});

test("islands and holes of 100 pixels, a whole mask of fewer, and boxes that overlap across crops are none", async () => {
  const [first, second, third] = good();
  const corner = { ...mask(14, 140, 100, 9, 11), crop_box: [0, 0, width, height] };
  const ring = { segmentation: drawn([60, 40, 40, 40], [70, 50, -10, 10], [110, 50, 10, 10]), area: 1600 };
  const elsewhere = { ...first!, id: 15, crop_box: [0, 0, 80, 60], predicted_iou: 0.9 };
  const all = [first!, { ...second!, ...ring, bbox: [60, 40, 59, 39] }, third!, corner, elsewhere];
  const { faults, looked } = await inspectSa1b(recordOf(all), ".", true);
  expect(faults).toEqual([]);
  expect(looked[0]).toMatchObject({ deepest: 2, covered: 2600 + 99, boxes: { span: 5, count: 0 } });
});

/** Masks that the generator makes of these proposals, cleaned, and their quality by what its settings promise. */
async function qualityOf(
  proposals: readonly Rle[],
  more: Partial<GeneratorSettings>,
  { size = { width, height }, crop = 0 } = {},
) {
  const answer = proposals.map((rle, i) => ({ mask: maskOfRle(rle, "proposal"), predicted: 0.99 - i / 100 }));
  const nothing = answer.map(() => ({ mask: createMask(size.width, size.height), predicted: 0.99 }));
  const session = fakeSession({
    capabilities: threeMasks,
    answer: (_, __, call) => (call === crop ? answer : nothing),
  });
  const settings = { ...samGenerator, pointsPerSide: 1, pointsDivisor: 1, smallRegions: 100, ...more };
  const image = { ...size, data: new Uint8Array(3 * size.width * size.height) };
  const { masks } = await generateMasks(image, settings, {
    session,
    watch: new Stopwatch(() => 0),
    batch: 1,
  });
  const stated = masks.map(({ candidate, mask, box: { x0, y0, x1, y1 }, ...one }) => ({
    ...{ ...one, id: String(candidate), mask: mask(), bbox: [x0, y0, x1 - x0 + 1, y1 - y0 + 1] },
  }));
  const { faults } = checkMaskSet(size, stated, limitsOf(settings), "count");
  return { faults, areas: masks.map(({ area }) => area) };
}

test("what a generator's cleaning changes is no fault: boxes that come to overlap, filled holes, islands at the image's edge", async () => {
  const none = drawn();
  // Boxes of 40 x 40, shifted by 10: an IoU of 0.6. Until it is cleaned, the second one's reaches the far corner.
  const pair = [drawn([10, 10, 41, 41]), drawn([20, 10, 41, 41], [150, 110, 5, 5]), none];
  expect(await qualityOf(pair, { nms: 0.5 })).toMatchObject({ areas: [1681, 1681], faults: [] });
  // 16 holes of 72 pixels: 94 % of the image before they are filled.
  const holes = Array.from({ length: 16 }, (_, i) => [10 + 9 * i, 20, -8, 9] as const);
  const filled = [drawn([0, 0, width, height], ...holes), none, none];
  expect(await qualityOf(filled, { largest: 0.95 })).toMatchObject({ areas: [width * height], faults: [] });
  expect((await qualityOf(filled, { largest: 0.9 })).areas).toEqual([]);
  // In the last crop, which begins 20 pixels from the image's edges: the island reached them.
  const size = { width: 60, height: 60 };
  const corner = createMask(40, 40);
  for (let row = 0; row < 40; row++)
    if (row < 5 || row >= 15) setRun(corner, row, row < 5 ? 0 : 15, row < 5 ? 5 : 40);
  const apart = [rleOf(corner), rleOf(createMask(40, 40)), rleOf(createMask(40, 40))];
  expect(await qualityOf(apart, { cropLayers: 1 }, { size, crop: 4 })).toMatchObject({
    areas: [625],
    faults: [],
  });
});

test("a record that cannot be read is a fault of its image, and both conventions of boxes are counted", async () => {
  const [first, ...others] = good();
  const place = recordOf([{ ...first!, bbox: [5, 5, 30, 20] }, ...others]);
  writeFileSync(join(place, "sa_8.json"), "{}");
  const { faults, looked } = await inspectSa1b(place, ".", true);
  expect(faults).toEqual([
    {
      image: "sa_8",
      check: "read",
      what: 'sa_8.json: no list "annotations"; expected the JSON of one SA-1B image',
    },
  ]);
  expect(looked[0]!.boxes).toEqual({ span: 2, count: 1 });
});

test("`inspect` says what holds and names what does not", async () => {
  const place = temporaryFolder();
  cpSync(join(packageFolder, "datasets", "samples", "sa-1b"), place, { recursive: true });
  const { code, out } = await runCli(["inspect", place, "--full"], { cwd: place });
  expect(code).toBe(0);
  expect(out).toContain("masks of 4 images, checked as made with everything-crops@1");
  expect(out).toMatch(/\nstability +>= 0\.95 +0 +0\n/);
  expect(out).toMatch(
    /\n {2}sa_1017, mask 2510101701: 3 islands, the smallest of 8 pixels; expected none below 100\n/,
  );
});
