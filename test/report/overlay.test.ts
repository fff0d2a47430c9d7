import sharp from "sharp";
import { expect, test } from "vitest";
import { createMask, setRun } from "../../src/masks/bit-mask.ts";
import { cropAround, type OverlayInput, overlayPicture } from "../../src/report/index.ts";
import { pathData, traceOutline } from "../../src/report/overlay.ts";

function rectangle(width: number, height: number, x0: number, y0: number, x1: number, y1: number) {
  const mask = createMask(width, height);
  for (let y = y0; y <= y1; y++) setRun(mask, y, x0, x1 + 1);
  return mask;
}

const image = { width: 80, height: 60, data: new Uint8Array(80 * 60 * 3).fill(90) };
const truth = rectangle(80, 60, 20, 15, 39, 34);
const prediction = rectangle(80, 60, 25, 15, 49, 34);
const crop = { x0: 0, y0: 0, x1: 79, y1: 59 };

/** The colour of the picture at a position of the image, pixel edges being whole numbers. */
async function colourAt(sent: OverlayInput["sent"], x: number, y: number) {
  const picture = await overlayPicture({ image, truth, prediction, sent, crop });
  const { data, info } = await sharp(picture.data).raw().toBuffer({ resolveWithObject: true });
  expect([info.width, info.height]).toEqual([picture.width, picture.height]);
  const at =
    (Math.round((y * info.height) / 60) * info.width + Math.round((x * info.width) / 80)) * info.channels;
  return [data[at]!, data[at + 1]!, data[at + 2]!] as const;
}

test("outlines, fill and markers lie where they belong", async () => {
  const click = { clicks: [[35, 25, 1] as const] };
  const [tr, tg, tb] = await colourAt(click, 20, 25);
  expect(tr > 180 && tg > 160 && tb < 120, `truth ${tr} ${tg} ${tb}`).toBe(true);
  const [pr, , pb] = await colourAt(click, 50, 25);
  expect(pb > 180 && pr < 110, `prediction ${pr} ${pb}`).toBe(true);
  const [fr, , fb] = await colourAt(click, 45, 20);
  expect(fb - fr, "fill is bluish").toBeGreaterThan(20);
  const [or, og, ob] = await colourAt(click, 70, 50);
  expect(Math.max(or, og, ob) - Math.min(or, og, ob), "outside is untouched").toBeLessThan(12);
  const [mr, mg] = await colourAt(click, 36.3, 26.3);
  expect(mg > mr + 50, "positive marker is green").toBe(true);
  const [nr, ng] = await colourAt({ clicks: [[35, 25, 0]] }, 36.3, 26.5);
  expect(nr > ng + 100, "negative marker is red").toBe(true);
});

test("pictures are WebP, small, and of a size for the page", async () => {
  const picture = await overlayPicture({
    image,
    truth,
    prediction,
    sent: { clicks: [], box: [20, 15, 39, 34] },
  });
  expect(picture.type).toBe("image/webp");
  expect(Math.max(picture.width, picture.height)).toBe(560);
  expect(picture.data.length).toBeLessThan(60_000);
  expect((await sharp(picture.data).metadata()).format).toBe("webp");
});

test("an empty prediction and a target at the border are drawn", async () => {
  const corner = rectangle(80, 60, 78, 58, 79, 59);
  const picture = await overlayPicture({ image, truth: corner, prediction: createMask(80, 60) });
  expect(picture.width / picture.height).toBeCloseTo(4 / 3, 1);
});

test("the crop surrounds target and prompts, and a flood does not push them out of sight", () => {
  const flood = rectangle(80, 60, 0, 0, 79, 59);
  const big = { width: 800, height: 600, data: new Uint8Array(0) };
  const small = rectangle(800, 600, 400, 300, 439, 339);
  const everything = rectangle(800, 600, 0, 0, 799, 599);
  const window = cropAround({ image: big, truth: small, prediction: everything }, [
    { clicks: [[410, 310, 1]] },
  ]);
  expect(window.x0).toBeLessThan(400);
  expect(window.x1).toBeGreaterThan(439);
  expect(window.x1 - window.x0).toBeLessThan(220);
  expect(cropAround({ image, truth: flood, prediction: flood }, [])).toEqual(crop);
});

test("an outline runs through the middles of pixel edges, holes and corners apart", () => {
  const one = rectangle(4, 4, 1, 1, 1, 1);
  const whole = { x0: 0, y0: 0, x1: 3, y1: 3 };
  expect(traceOutline(one, whole)).toEqual([
    [
      { x: 1.5, y: 1 },
      { x: 2, y: 1.5 },
      { x: 1.5, y: 2 },
      { x: 1, y: 1.5 },
    ],
  ]);
  const diagonal = createMask(4, 4);
  setRun(diagonal, 0, 0, 1);
  setRun(diagonal, 1, 1, 2);
  expect(traceOutline(diagonal, whole)).toHaveLength(2);
  const ring = createMask(4, 4);
  for (const y of [0, 2]) setRun(ring, y, 0, 3);
  setRun(ring, 1, 0, 1);
  setRun(ring, 1, 2, 3);
  expect(traceOutline(ring, whole)).toHaveLength(2);
  expect(traceOutline(createMask(4, 4), whole)).toEqual([]);
  expect(pathData(traceOutline(one, whole), (p) => p, 0)).toBe("M1.5 1.0L2.0 1.5L1.5 2.0L1.0 1.5Z");
});
