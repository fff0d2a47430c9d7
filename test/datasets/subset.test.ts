import { expect, test } from "vitest";
import { sha256 } from "../../src/core/hash.ts";
import type { Dataset, SampleRef } from "../../src/core/types.ts";
import { checkDataset, collectNotes } from "../../src/datasets/inspect.ts";
import { selectImages } from "../../src/datasets/selection.ts";
import { ascii } from "../helpers/ascii-mask.ts";
import { readCard } from "./cards.ts";

const image = { width: 1, height: 1, data: new Uint8Array(3) };
const ref = (id: string, masks?: number): SampleRef => ({
  id,
  cluster: id,
  load: async () => ({ kind: "image", image, targets: [{ status: "ok", id: "1", mask: ascii("#") }] }),
  ...(masks !== undefined && { masks }),
});
const refs = Array.from({ length: 40 }, (_, i) => ref(`image${i}`, 10));
const rule = { benchmark: "mini", seed: "s" };
const idsOf = (images: readonly SampleRef[]) => images.map(({ id }) => id);

test("the order depends on seed, benchmark and id alone", () => {
  const { images, hash } = selectImages(refs, rule);
  expect(idsOf(selectImages([...refs].reverse(), rule).images)).toEqual(idsOf(images));
  expect(hash).toBe(sha256(idsOf(images).join("\n")));
  expect(idsOf(images)).not.toEqual(idsOf(refs));
  expect(idsOf(selectImages(refs, { ...rule, seed: "t" }).images)).not.toEqual(idsOf(images));
  const fewer = refs.filter((_, i) => i % 2 === 0);
  expect(idsOf(selectImages(fewer, rule).images)).toEqual(
    idsOf(images).filter((id) => fewer.some((one) => one.id === id)),
  );
});

test("the shortest prefix that reaches the number of masks, then the limit", () => {
  const all = idsOf(selectImages(refs, rule).images);
  const taken = (masks: number, limit?: number) =>
    idsOf(selectImages(refs, { ...rule, masks, limit }).images);
  expect(taken(95)).toEqual(all.slice(0, 10));
  expect(taken(100)).toEqual(all.slice(0, 10));
  expect(taken(101)).toEqual(all.slice(0, 11));
  expect(taken(100_000)).toEqual(all);
  expect(taken(100, 3)).toEqual(all.slice(0, 3));
  expect(() => selectImages([ref("a")], { ...rule, masks: 1 })).toThrow(
    "mini: a subset by masks needs the number of masks of every image; got none for a",
  );
});

test("a check tells counts and problems", async () => {
  const card = { ...readCard("sa-1b"), expected: { images: 3, masks: 2 } };
  const broken: SampleRef = { ...ref("b"), load: async () => Promise.reject(new Error("b.png: no")) };
  const dataset = (list: readonly SampleRef[]): Dataset => ({ list: async () => list });
  expect(await checkDataset(card, dataset([ref("a", 1), ref("b", 0)]), { exact: true })).toEqual({
    found: { images: 2, masks: 1, labelled: 1 },
    expected: { images: 3, masks: 2 },
    part: false,
    each: { images: 1, masks: 0.5 },
    loaded: 0,
    targets: {},
    problems: [
      { where: "sa-1b", what: "wrong number of masks; expected 2, got 1" },
      { where: "sa-1b", what: "wrong number of images; expected 3, got 2" },
    ],
    notes: [{ what: "images without a mask to score", where: "b", count: 1 }],
  });
  const full = await checkDataset(card, dataset([ref("a"), broken, ref("c")]), { full: true });
  expect(full).toMatchObject({
    found: { images: 3, masks: 2 },
    loaded: 3,
    targets: { ok: 2, "images failed": 1 },
  });
  expect(full.problems).toEqual([{ where: "b", what: "b.png: no" }]);
  const some = await checkDataset(card, dataset([ref("a"), broken, ref("c")]), { full: true, limit: 1 });
  expect([some.found, some.loaded, some.problems]).toEqual([{ images: 3 }, 1, []]);
});

test("notes of one text are counted by what they are about, however often it was read", () => {
  const notes = collectNotes();
  for (const where of ["b.png", "a.png", "b.png"]) notes.take({ what: "turned", where, key: "pixels.exif" });
  notes.take({ what: "skipped", where: "c.png" });
  expect(notes.counted()).toEqual([
    { what: "skipped", where: "c.png", count: 1 },
    { what: "turned", where: "a.png", key: "pixels.exif", count: 2 },
  ]);
});
