// Label maps against files of Pillow, h5py and scipy with masks told by numpy: scripts/oracle/datasets_labels.py.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { inflateSync } from "node:zlib";
import { afterAll, describe, expect, test } from "vitest";
import type { BitMask } from "../../src/core/types.ts";
import { openDataset } from "../../src/datasets/index.ts";
import { countValues, splitValues, type ValueRules } from "../../src/datasets/shared/label-values.ts";
import { type Colours, withoutColours } from "../../src/formats/label-colours.ts";
import { readLabelMap } from "../../src/formats/label-map.ts";
import { area, toBytes } from "../../src/masks/bit-mask.ts";
import { maskOfRuns } from "../../src/masks/runs.ts";
import { makeFolder } from "../formats/fixture.ts";
import { held, readOracle } from "../helpers/oracle.ts";
import { miniatures, readCard, rootOf } from "./cards.ts";

type Told = readonly [id: string, area: number, digest: string];

interface Oracle {
  readonly formats: readonly {
    readonly suffix: string;
    readonly files: string;
    readonly cases: readonly {
      readonly bytes: number;
      readonly size: readonly [width: number, height: number];
      readonly rules: ValueRules & { readonly member?: string; readonly colours?: Colours };
      /** Why it is dropped, where it is. */
      readonly targets: readonly (readonly [value: number, area: number, dropped?: string])[];
      /** Digest of the digests of all masks that are kept, one after the other. */
      readonly masks: string;
      readonly ignore?: string;
    }[];
  }[];
  readonly miniatures: Readonly<Record<string, Readonly<Record<string, readonly Told[]>>>>;
}

const oracle = readOracle<Oracle>("datasets/labels");
const folder = makeFolder();
afterAll(() => folder.remove());

/** SHA-256 of the mask's bits, row after row without gaps, the first in the highest bit: numpy's packbits. */
function digest(mask: BitMask): string {
  const values = toBytes(mask);
  const packed = new Uint8Array(Math.ceil(values.length / 8));
  for (let i = 0; i < values.length; i++) if (values[i]! > 0) packed[i >>> 3]! |= 128 >> (i & 7);
  return createHash("sha256").update(packed).digest("hex").slice(0, 16);
}

describe.each(oracle.formats)("$suffix", ({ suffix, files, cases }) => {
  test(`${cases.length} files of other software`, async () => {
    const all = inflateSync(Buffer.from(files, "base64"));
    let at = 0;
    for (const [i, { bytes, size, rules, targets, masks, ignore }] of cases.entries()) {
      const name = `${i}.${suffix}`;
      folder.write(name, all.subarray(at, at + bytes));
      at += bytes;
      const map = withoutColours(
        await readLabelMap(
          { root: folder.root, name },
          { member: rules.member, colours: rules.colours === "id" },
        ),
        rules.colours,
        name,
      );
      expect([map.width, map.height], name).toEqual(size);
      const { labelled, ignore: ignored } = splitValues(map, rules, name);
      expect(
        labelled.map(({ value, mask, dropped }) => [
          value,
          area(maskOfRuns(mask)),
          ...(dropped ? [dropped] : []),
        ]),
        name,
      ).toEqual(targets);
      const kept = labelled.flatMap(({ mask, dropped }) =>
        dropped === undefined ? [digest(maskOfRuns(mask))] : [],
      );
      expect(createHash("sha256").update(kept.join("")).digest("hex").slice(0, 16), name).toBe(masks);
      expect(ignored && digest(ignored), name).toBe(ignore);
      const scored = labelled.filter(({ dropped }) => dropped === undefined).length;
      expect(countValues(map, rules, name), name).toBe(scored);
    }
    expect(at).toBe(all.length);
    held("datasets/labels", cases.length);
  }, 60_000);
});

test.each(Object.entries(oracle.miniatures))("masks of miniature %s", async (name, images) => {
  const root = rootOf(miniatures, name);
  expect(existsSync(join(root))).toBe(true);
  const found: Record<string, Told[]> = {};
  for (const ref of await openDataset(readCard(name), root).list()) {
    const { targets } = await ref.load();
    found[ref.id] = targets.flatMap((target): Told[] =>
      target.status === "ok" ? [[target.id, area(target.mask), digest(target.mask)]] : [],
    );
  }
  expect(found).toEqual(images);
  held("datasets/labels", Object.values(images).flat().length);
});
