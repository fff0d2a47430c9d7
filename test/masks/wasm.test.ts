import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { compiled, modules, target } from "../../scripts/wasm.ts";
import { resizeImage } from "../../src/masks/resize-image.ts";

test.each(modules)("src/masks/%s-wasm.ts is what `npm run wasm` writes", async (name) => {
  expect(readFileSync(target(name), "utf8")).toBe(await compiled(name));
});

test("a picture larger than a band is resized as its parts are", () => {
  // Rows of 3 x 1,500 bytes, of which some hundred make a band; shrinking by 2 reads four rows each.
  const [width, height] = [1500, 700];
  const data = Uint8Array.from({ length: 3 * width * height }, (_, i) => Math.imul(i, 0x9e3779b1) >>> 24);
  const whole = resizeImage({ width, height, data }, { width: 750, height: 350 }, "bilinear").data;
  for (const top of [0, 100, 300, 500]) {
    const part = data.subarray(3 * width * top, 3 * width * (top + 200));
    const small = resizeImage(
      { width, height: 200, data: part },
      { width: 750, height: 100 },
      "bilinear",
    ).data;
    // The first and the last row of a part look beyond its edge in the whole.
    const inner = (bytes: Uint8Array, from: number) =>
      Buffer.from(bytes.subarray(3 * 750 * from, 3 * 750 * (from + 98)));
    expect(inner(whole, top / 2 + 1).equals(inner(small, 1))).toBe(true);
  }
});
