import sharp from "sharp";
import { expect, test } from "vitest";
import { createMask, setRun } from "../../src/masks/bit-mask.ts";
import { type AnsweredQuery, queryPicture } from "../../src/report/query-picture.ts";

const size = { width: 160, height: 120 };

function rectangle(x0: number, y0: number, x1: number, y1: number) {
  const mask = createMask(size.width, size.height);
  for (let y = y0; y <= y1; y++) setRun(mask, y, x0, x1 + 1);
  return mask;
}

const answered: AnsweredQuery = {
  image: { ...size, data: new Uint8Array(3 * size.width * size.height).fill(90) },
  found: [
    { mask: rectangle(8, 8, 47, 47), score: 0.91, right: true },
    { mask: rectangle(60, 8, 99, 47), score: 0.75, right: true },
    { mask: rectangle(8, 70, 47, 109), score: 0.66, right: false },
  ],
  missed: [rectangle(110, 70, 149, 109)],
};

/** Distinct colours along a line of the image, at pixels of the picture. */
async function along(picture: { readonly data: Uint8Array }, y: number, from: number, to: number) {
  const { data, info } = await sharp(picture.data).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const scale = info.width / size.width;
  return Array.from({ length: Math.round((to - from) * scale) }, (_, i) => {
    const at = 3 * (Math.round(y * scale) * info.width + Math.round(from * scale) + i);
    return [data[at]!, data[at + 1]!, data[at + 2]!] as const;
  });
}

test("each right mask has a colour of its own; wrong ones are hatched, missed ones have an outline alone", async () => {
  const picture = await queryPicture(answered);
  expect([picture.width, picture.height]).toEqual([560, 420]);
  const [[first], [second]] = await Promise.all([along(picture, 14, 14, 15), along(picture, 14, 66, 67)]);
  const apart = first!.reduce((sum, value, i) => sum + Math.abs(value - second![i]!), 0);
  expect(apart, `${first} and ${second}`).toBeGreaterThan(60);
  const reds = (await along(picture, 77, 12, 44)).map(([r, g]) => r - g);
  expect(Math.max(...reds), "stripes").toBeGreaterThan(70);
  expect(Math.min(...reds), "between stripes").toBeLessThan(30);
  const inside = await along(picture, 77, 114, 146);
  expect(Math.max(...inside.map(([r, , b]) => Math.abs(r - b))), "nothing is laid over it").toBeLessThan(16);
  const above = (await along(picture, 70, 110, 150)).map(([r, , b]) => r - b);
  expect(Math.max(...above), "dots").toBeGreaterThan(90);
  expect(Math.min(...above), "between dots").toBeLessThan(40);
});

test("the same bytes each time; an answer of nothing is the image", async () => {
  const [one, other] = await Promise.all([queryPicture(answered), queryPicture(answered)]);
  expect(Buffer.compare(one.data, other.data)).toBe(0);
  const bare = await queryPicture({ ...answered, found: [], missed: [] });
  const line = await along(bare, 60, 0, 160);
  expect(new Set(line.flat()).size).toBeLessThan(4);
});
