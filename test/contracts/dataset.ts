// What every data set adapter keeps, whatever its format.
import { isDeepStrictEqual } from "node:util";
import { expect, test } from "vitest";
import type { BitMask, Dataset, SampleRef } from "../../src/core/types.ts";
import { isEmpty } from "../../src/masks/bit-mask.ts";

export interface DatasetContract {
  readonly name: string;
  /** A fresh data set of the same files at each call. */
  readonly open: () => Dataset;
  readonly images: number;
  readonly targets: { readonly ok: number; readonly dropped?: number; readonly failed?: number };
}

export function datasetContract({ name, open, images, targets }: DatasetContract): void {
  test(`${name}: the listing is stable, sorted and without repeats`, async () => {
    const first = await open().list();
    const second = await open().list();
    const plain = (refs: readonly SampleRef[]) => refs.map(({ load: _, ...facts }) => facts);
    expect(plain(first)).toEqual(plain(second));
    const ids = first.map(({ id }) => id);
    expect(ids).toHaveLength(images);
    expect(ids).toEqual([...new Set(ids)].sort((a, b) => (a < b ? -1 : 1)));
    for (const { cluster, size } of first) {
      expect(cluster).not.toBe("");
      if (size !== undefined) expect(size.width * size.height).toBeGreaterThan(0);
    }
  });

  test(`${name}: every sample holds`, async () => {
    const count = { ok: 0, dropped: 0, failed: 0 };
    for (const ref of await open().list()) {
      const { image, targets: entries } = await ref.load();
      expect(image.data).toHaveLength(3 * image.width * image.height);
      if (ref.size !== undefined) expect(ref.size).toEqual({ width: image.width, height: image.height });
      expect(new Set(entries.map(({ id }) => id)).size).toBe(entries.length);
      for (const entry of entries) {
        count[entry.status]++;
        if (entry.status !== "ok") {
          expect(entry.reason).toMatch(entry.status === "failed" ? /: / : /^(empty|crowd|ignore|excluded)$/);
          continue;
        }
        expectMaskOf(entry.mask, image);
        expect(isEmpty(entry.mask)).toBe(false);
        if (entry.ignore !== undefined) expectMaskOf(entry.ignore, image);
      }
      if (ref.masks !== undefined && targets.failed === undefined) {
        // A listing draws nothing: it may count a polygon that sets no pixel.
        const ok = entries.filter(({ status }) => status === "ok").length;
        const empty = entries.filter(
          (entry) => entry.status === "dropped" && entry.reason === "empty",
        ).length;
        expect(ref.masks).toBeGreaterThanOrEqual(ok);
        expect(ref.masks).toBeLessThanOrEqual(ok + empty);
      }
    }
    expect(count).toEqual({ dropped: 0, failed: 0, ...targets });
  });

  test(`${name}: loading again gives the same`, async () => {
    const [ref] = await open().list();
    const [again] = await open().list();
    // Not toEqual, which walks megabytes of pixels one by one.
    expect(isDeepStrictEqual(await again!.load(), await ref!.load())).toBe(true);
  });
}

function expectMaskOf(
  { width, height, stride, words }: BitMask,
  image: { width: number; height: number },
): void {
  expect({ width, height }).toEqual({ width: image.width, height: image.height });
  expect(words).toHaveLength(stride * height);
  const outside = width % 32 === 0 ? 0 : -1 << (width % 32);
  let beyond = 0;
  for (let w = stride - 1; w < words.length; w += stride) beyond |= words[w]! & outside;
  expect(beyond).toBe(0);
}
