// The picture of all masks: colours, order, outlines; decoded again, since it is a JPEG.
import sharp from "sharp";
import { expect, test } from "vitest";
import type { RgbImage } from "../../src/core/types.ts";
import { createMask, setRun, tightBox } from "../../src/masks/bit-mask.ts";
import { maskPicture } from "../../src/report/mask-picture.ts";

const [width, height] = [160, 80];
const grey: RgbImage = { width, height, data: new Uint8Array(3 * width * height).fill(128) };

function square(x: number, y: number, side: number) {
  const mask = createMask(width, height);
  for (let row = y; row < y + side; row++) setRun(mask, row, x, x + side);
  return { area: side * side, box: tightBox(mask)!, mask: () => mask };
}

test("the largest is drawn first, each in a colour of its own, and a tint lets the image through", async () => {
  const masks = [square(30, 30, 20), square(10, 10, 60), square(90, 10, 60)];
  const picture = await maskPicture(grey, masks, { longest: 160, quality: 95 });
  expect(await maskPicture(grey, masks, { longest: 160, quality: 95 })).toEqual(picture);
  expect(picture).toMatchObject({ type: "image/jpeg", width, height });
  const pixels = await sharp(picture.data).raw().toBuffer();
  const at = (x: number, y: number) => [...pixels.subarray(3 * (y * width + x), 3 * (y * width + x) + 3)];
  const far = (a: readonly number[], b: readonly number[]) =>
    Math.max(...a.map((v, i) => Math.abs(v - b[i]!)));
  const [small, large, other, none] = [at(40, 40), at(16, 60), at(120, 40), at(80, 40)];
  expect(far(none, [128, 128, 128])).toBeLessThan(12);
  for (const [a, b] of [
    [small, large],
    [small, other],
    [large, other],
    [small, none],
  ] as const)
    expect(far(a, b)).toBeGreaterThan(40);
  // The outline is the colour itself: farther from the image than the tint.
  expect(far(at(91, 40), none)).toBeGreaterThan(far(other, none));
});

test("a picture is no larger than asked for, and no larger than the image", async () => {
  const sizes = await Promise.all(
    [40, 1600].map((longest) => maskPicture(grey, [square(0, 0, 80)], { longest, quality: 80 })),
  );
  expect(sizes.map((one) => [one.width, one.height])).toEqual([
    [40, 20],
    [160, 80],
  ]);
});
