import { expect, test } from "vitest";
import type { ImageContract } from "../../src/core/schema-types.ts";
import { openInputMaker } from "../../src/models/runtime/input-maker.ts";
import { frameOf } from "../../src/models/tensors/frames.ts";
import { encoderInput } from "../../src/models/tensors/preprocess.ts";

const card: Required<ImageContract> = {
  ...{ size: 1024, channels: "rgb", layout: "nchw", dtype: "float32", scale: 1, filter: "bilinear" },
  ...{ normalise: "outside", mean: [123.675, 116.28, 103.53], std: [58.395, 57.12, 57.375] },
  padding: "bottom-right",
};

test("large images are made elsewhere, to the same bytes, and stay the caller's", async () => {
  const images = [301, 640, 1500].map((width) => {
    const height = Math.floor(width * 0.75);
    const data = Uint8Array.from({ length: 3 * width * height }, (_, i) => Math.imul(i, 0x9e3779b1) >>> 24);
    return { width, height, data };
  });
  const [one, other] = [openInputMaker(), openInputMaker()];
  try {
    const made = await Promise.all(
      images.map((image, i) => (i === 0 ? one : other).make(image, frameOf(image, 1024), card)),
    );
    await one.close(); // the other goes on
    made.push(await other.make(images[1]!, frameOf(images[1]!, 1024), card));
    images.push(images[1]!);
    made.forEach((input, i) => {
      const expected = encoderInput(images[i]!, frameOf(images[i]!, 1024), card);
      expect(input.dims).toEqual(expected.dims);
      expect(Buffer.from(input.data.buffer).equals(Buffer.from(expected.data.buffer))).toBe(true);
    });
  } finally {
    await other.close();
  }
});

test("what is wrong with an image fails as in this thread", async () => {
  const maker = openInputMaker();
  const broken = { ...card, filter: "unknown" as "bilinear" };
  const image = { width: 800, height: 600, data: new Uint8Array(3 * 800 * 600) };
  try {
    await expect(maker.make(image, frameOf(image, 1024), broken)).rejects.toThrow();
  } finally {
    await maker.close();
  }
});
