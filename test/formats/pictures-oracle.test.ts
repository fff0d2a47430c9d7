// Label maps and masks of every kind of file and sample, against tifffile, Pillow and OpenCV: scripts/oracle/pictures.py.
import { afterAll, describe, expect, test } from "vitest";
import type { Note } from "../../src/core/errors.ts";
import { readImage } from "../../src/formats/image-file.ts";
import { readLabelMap, readMask } from "../../src/formats/label-map.ts";
import { farthest, held, readOracle } from "../helpers/oracle.ts";
import { makeFolder } from "./fixture.ts";

interface Case {
  readonly name: string;
  readonly file: string;
  readonly label: readonly number[] | null;
  readonly mask: readonly number[] | null;
  /** How the sentence begins that refuses the file as a label map. */
  readonly refused: string | null;
  readonly alpha?: readonly number[];
  readonly lossy?: string;
  /** There are more pages or frames than the first, which is read. */
  readonly pages?: boolean;
  /** The mask is also the picture's 8-bit RGB. */
  readonly image?: boolean;
  /** What decoders of a lossy file may differ by. */
  readonly within?: number;
}

const { size, cases } = readOracle<{ size: readonly [number, number]; cases: readonly Case[] }>(
  "formats/pictures",
);
const folder = makeFolder();
afterAll(() => folder.remove());

/** Names that lie about what is in the files, as half of those on disks do. */
const nameOf = ({ name }: Case, i: number) => `${i}-${i % 2 === 0 ? name : name.replace(/\.\w+$/, ".png")}`;

function differ(data: ArrayLike<number>, told: readonly number[], within = 0): number {
  if (data.length !== told.length) return Number.POSITIVE_INFINITY;
  return told.filter((value, i) => !(Math.abs(data[i]! - value) <= within)).length;
}

describe.each(cases.map((one, i) => [one.name, { ...one, name: nameOf(one, i) }] as const))(
  "%s",
  (_, one) => {
    const file = { root: folder.root, name: one.name };
    folder.write(one.name, Buffer.from(one.file, "base64"));
    const [width, height] = size;

    test.runIf(one.label !== null)("labels as stored", async () => {
      const notes: Note[] = [];
      const map = await readLabelMap(file, { note: (note) => notes.push(note) });
      const first = { what: "only the first page or frame of a file was read", where: one.name };
      expect(notes).toEqual(one.pages ? [first] : []);
      expect({ ...map, data: undefined }).toEqual({
        ...{ width, height, channels: one.label!.length / (width * height), data: undefined },
        alpha: one.alpha !== undefined && map.channels > 1,
      });
      expect(differ(map.data, one.label!)).toBe(0);
      held("formats/pictures", 1);
    });

    test.runIf(one.refused !== null)("refused as labels", async () => {
      await expect(readLabelMap(file)).rejects.toThrow(`${one.name}: ${one.refused}; expected `);
    });

    test.runIf(one.mask !== null)("a mask's values", async () => {
      const mask = await readMask(file);
      expect([mask.width, mask.height, mask.lossy]).toEqual([width, height, one.lossy]);
      expect(differ(mask.data, one.mask!, one.within)).toBe(0);
      expect(mask.alpha === undefined ? undefined : [...mask.alpha]).toEqual(one.alpha);
      held("formats/pictures", 1, farthest(mask.data, one.mask!), one.within ?? 0);
    });

    test.runIf(one.image)("a picture's colours", async () => {
      const source = {
        pixels: { exif: "auto", range: [0, 65535] as [number, number] } as const,
        note: () => {},
      };
      expect(differ((await readImage(file, source)).data, one.mask!, one.within)).toBe(0);
    });
  },
);
