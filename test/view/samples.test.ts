// What the data say of a row: only of the target that was scored, and for each frame what is labelled there.
import { expect, test } from "vitest";
import type { Clip, ImageSample, Row } from "../../src/index.ts";
import { maskOfRle } from "../../src/masks/rle.ts";
import { type FoundSample, imageOf, truthOf } from "../../src/view/samples.ts";
import { ascii } from "../helpers/ascii-mask.ts";

const image = { width: 4, height: 2, data: new Uint8Array(24) };
const mask = ascii("##..", "##..");
const other = ascii("....", "..##");
const row: Row = {
  ...{ model: "m", benchmark: "b", protocol: "p@1", sample: "s", cluster: "s", target: "1", status: "ok" },
  ...{ size: { width: 4, height: 2 }, area: 4, box: [0, 0, 1, 1], steps: [] },
};
const ofImage = (targets: ImageSample["targets"]): FoundSample => ({
  sample: { kind: "image", image, targets },
});

test("of an image: the target with its ignored region, if it is the one that was scored", async () => {
  const found = ofImage([{ status: "ok", id: "1", mask, ignore: other }]);
  const { size, truth, ignored } = await truthOf(found, row, "");
  expect(size).toEqual({ width: 4, height: 2 });
  expect([maskOfRle(truth!, "truth"), maskOfRle(ignored!, "ignored")]).toEqual([mask, other]);
  expect(await imageOf(found, "")).toBe(image);
  for (const wrong of [
    ofImage([{ status: "ok", id: "1", mask: other }]),
    ofImage([]),
    ofImage([{ status: "dropped", id: "1", reason: "empty" }]),
  ])
    expect(await truthOf(wrong, row, "")).toEqual({
      size,
      missing: expect.stringContaining("another target of this name"),
    });
  const { area: _, box: _box, ...whole } = row as Extract<Row, { status: "ok" }>;
  const all = await truthOf(found, whole, "");
  expect([all.size, all.truths?.map((rle) => maskOfRle(rle, "a truth"))]).toEqual([size, [mask]]);
  const larger = { ...whole, size: { width: 5, height: 2 } };
  expect((await truthOf(found, larger, "")).missing).toContain("another target of this name");
  expect(await truthOf({ missing: "nowhere" }, row, "")).toEqual({ missing: "nowhere" });
  expect(await imageOf({ missing: "nowhere" }, "")).toBeUndefined();
});

test("of a clip: frame by frame, by the target in the prompted one", async () => {
  const frames = ["a", "b", "c"].map((id) => ({ id, load: async () => image }));
  const masks = new Map([["a", mask]]);
  const track = { id: "1", labelled: ["a", "b"], mask: async (frame: string) => masks.get(frame) };
  const clip: Clip = { kind: "clip", frames, tracks: [track] };
  const tracked = { ...row, facts: { first: 0 } } as Row;
  const told = (frame: string, of: Row = tracked) => truthOf({ sample: clip }, of, frame);
  expect(await told("")).toEqual({});
  expect(maskOfRle((await told("a")).truth!, "truth")).toEqual(mask);
  // Labelled as gone: nothing is there.
  expect(maskOfRle((await told("b")).truth!, "truth").words.every((word) => word === 0)).toBe(true);
  expect((await told("c")).missing).toBe("The target is not labelled in this frame.");
  expect((await told("d")).missing).toBe("The clip found here does not have the frame d.");
  for (const wrong of [row, { ...tracked, target: "2" }, { ...tracked, area: 5 }] as Row[])
    expect((await told("a", wrong)).missing).toContain("another target of this name");
  expect([await imageOf({ sample: clip }, "b"), await imageOf({ sample: clip }, "")]).toEqual([
    image,
    undefined,
  ]);
});
