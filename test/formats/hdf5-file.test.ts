import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { readHdf5 } from "../../src/formats/hdf5-file.ts";
import { miniatures } from "../datasets/cards.ts";
import { makeFolder } from "./fixture.ts";

const folder = makeFolder();
afterAll(() => folder.remove());

const good = readFileSync(
  join(miniatures, "hypersim/ai_001_001/images/scene_cam_00_geometry_hdf5/frame.0000.semantic_instance.hdf5"),
);
const read = (name: string, content: Uint8Array, member = "dataset") => {
  folder.write(name, content);
  return readHdf5({ root: folder.root, name }, member);
};

test("values with sign, row by row", async () => {
  const { width, height, channels, data } = await read("good.hdf5", good);
  expect({ width, height, channels, length: data.length }).toEqual({
    ...{ width: 320, height: 240, channels: 1, length: 76800 },
  });
  expect(data).toBeInstanceOf(Int16Array);
  expect(Math.min(...data)).toBe(-1);
});

test("damaged values are refused, and spoil no other file", async () => {
  const bad = Buffer.from(good);
  for (let i = bad.length - 400; i < bad.length - 380; i++) bad[i]! ^= 255;
  for (let i = 0; i < 20; i++) {
    const refused = await read("bad.hdf5", bad).catch((error: Error) => error.message);
    expect(refused).toBe(
      `bad.hdf5: dataset: the HDF5 file cannot be read; got ${bad.length} bytes that the HDF5 library rejects`,
    );
  }
  const both = await Promise.all([read("a.hdf5", good), read("b.hdf5", bad).catch(() => "refused")]);
  expect(both[0].width).toBe(320);
  expect(both[1]).toBe("refused");
});

test("an array that is not there", async () => {
  await expect(read("good.hdf5", good, "depth")).rejects.toThrow(
    "good.hdf5: depth: the HDF5 file cannot be read; got no array depth",
  );
});
