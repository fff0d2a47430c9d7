// What a few mask files hold, and so how files of their kind are read.
import { reasonOf } from "../../core/errors.ts";
import type { LabelPngOptions } from "../../core/schema-types.ts";
import type { LabelMap } from "../../core/types.ts";
import { readBytes, suffixOf } from "../../formats/files.ts";
import { withoutColours } from "../../formats/label-colours.ts";
import { readLabelMap } from "../../formats/label-map.ts";
import { readStored, type Stored } from "../../formats/stored-image.ts";
import type { Survey } from "./survey.ts";
import { wordsOf } from "./words.ts";

/** How files of one kind are read: each a mask, or each a label map. */
export interface ValueReading {
  readonly as: "mask" | "labels";
  /** Of the adapter. */
  readonly options: Readonly<Record<string, unknown>>;
  /** "values 0 and 255" */
  readonly why: string;
  readonly notes: readonly string[];
}

interface Looked {
  readonly name: string;
  readonly lossy: boolean;
  readonly colours: boolean;
  readonly palette: boolean;
  readonly bits: number;
  /** Values with their pixels; colours as red + 256 green + 65536 blue. At most `MOST`. */
  readonly counts: ReadonlyMap<number, number>;
  readonly pixels: number;
}

/** Files that are looked at. */
export const LOOKED = 6;
const MOST = 5000;
/** Arrays in MAT and HDF5 files, as published benchmarks and tools name them. */
const ANY = [
  "instances",
  "inst_map",
  "instance_map",
  "labels",
  "label",
  "masks",
  "mask",
  "segmentation",
  "seg",
  "gt",
  "data",
];
const MEMBERS = {
  mat: ["GTinst.Segmentation", "groundTruth.0.Segmentation", "GTcls.Segmentation", ...ANY],
  hdf5: ["dataset", ...ANY, "exported_data"],
};

/** The readings of files, the likeliest first; a sentence where there is none. `single`: an image has one of them. */
export async function valueReadings(
  { root, onFile }: Pick<Survey, "root" | "onFile">,
  names: readonly string[],
  single: boolean,
): Promise<readonly ValueReading[] | string> {
  const [first] = names;
  if (first === undefined) return "there is no file";
  if (/^\.(?:mat|h5|hdf5)$/.test(suffixOf(first))) return arrayReadings(root, first);
  const looked: Looked[] = [];
  let problem = "";
  for (const name of names)
    try {
      onFile?.(name);
      looked.push(await look(root, name));
    } catch (error) {
      problem = reasonOf(error);
    }
  return looked.length === 0 ? problem : readingsOf(looked, single);
}

async function look(root: string, name: string): Promise<Looked> {
  const file = { root, name };
  const stored = await readStored(file, await readBytes(file), {});
  const { lossy, bits, palette, width, height } = stored;
  const colours = palette === undefined && stored.channels - (stored.alpha ? 1 : 0) >= 3 && !isGrey(stored);
  return {
    ...{ name, bits, colours, lossy: lossy !== undefined, palette: palette !== undefined },
    ...{ counts: countsOf(stored, colours), pixels: width * height },
  };
}

function isGrey({ channels, data }: Stored): boolean {
  for (let i = 0; i < data.length; i += channels)
    if (data[i] !== data[i + 1] || data[i] !== data[i + 2]) return false;
  return true;
}

function countsOf({ channels, data }: Stored, colours: boolean): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  for (let i = 0; i < data.length; i += channels) {
    const value = colours ? data[i]! + 256 * data[i + 1]! + 65536 * data[i + 2]! : data[i]!;
    const count = counts.get(value);
    if (count !== undefined) counts.set(value, count + 1);
    else if (counts.size < MOST) counts.set(value, 1);
    else break;
  }
  return counts;
}

function readingsOf(looked: readonly Looked[], single: boolean): readonly ValueReading[] | string {
  const values = [...new Set(looked.flatMap(({ counts }) => [...counts.keys()]))].sort((a, b) => a - b);
  const text = `${values.length > 6 ? `${values.length} values, ${values[0]} to ${values.at(-1)}` : `values ${values.join(", ")}`}`;
  const mask = (options: object = {}, why = text, ...notes: string[]): ValueReading => ({
    ...{ as: "mask", options: { ...options }, why, notes },
  });
  if (looked.some(({ lossy }) => lossy))
    return looked.every(isTwofold)
      ? [mask({}, "lossy files of black and white")]
      : "lossy files of many colours: photographs, not masks";
  if (looked.some(({ counts }) => counts.size >= MOST))
    return "files of thousands of colours: photographs, not masks";
  if (looked.some(({ colours }) => colours)) return colourReadings(looked, text);
  const others = values.filter((value) => value !== 0);
  if (others.length < 2 && values.length < 3) return [mask()];
  const trimap = values.length === 3 && values.includes(0) && values.includes(128) && values.includes(255);
  const words = wordsOf(looked[0]!.name);
  if (trimap && single) {
    const ignored = "128 is neither object nor background";
    return [mask({ threshold: 129, ignore: [128] }, "values 0, 128, 255: trimaps", ignored)];
  }
  if (!single || isSoft(looked)) {
    if (!isSoft(looked)) return [mask({}, text, "all values above 0 are one object")];
    return [
      mask({ threshold: 128 }, "values from 0 to 255 with soft edges", "soft edges are cut at half, 128"),
    ];
  }
  const labels = labelReading(looked, values, words, text);
  return [labels, mask({}, text, "all values above 0 are one object")];
}

/** At most one value besides one that is most of the file, as far as a lossy file shows. */
function isTwofold({ counts, pixels, colours }: Looked): boolean {
  if (colours && counts.size >= MOST) return false;
  const near = [...counts].filter(([value]) => (value & 255) < 64 || (value & 255) > 191);
  return near.reduce((sum, [, count]) => sum + count, 0) > 0.9 * pixels;
}

/** Nearly all pixels are black or white, and many greys lie between. */
function isSoft(looked: readonly Looked[]): boolean {
  return (
    looked.every(({ counts, pixels, bits, palette }) => {
      const ends = (counts.get(0) ?? 0) + (counts.get(255) ?? 0);
      return (
        bits === 8 &&
        !palette &&
        counts.has(255) &&
        ends > 0.7 * pixels &&
        (counts.size > 16 || counts.size < 3)
      );
    }) && looked.some(({ counts }) => counts.size > 16)
  );
}

function labelReading(
  looked: readonly Looked[],
  values: readonly number[],
  words: readonly string[],
  why: string,
): ValueReading {
  const notes: string[] = [];
  const pets =
    words.some((word) => word.startsWith("trimap")) && values.every((value) => [1, 2, 3].includes(value));
  if (pets)
    return {
      ...{
        as: "labels",
        why: "values 1, 2, 3: trimaps",
        notes: ["1 is the object, 2 the background, 3 neither"],
      },
      options: { values: "class", background: [2], ignore: [3] },
    };
  const rest = values.filter((value) => value !== 255);
  const isVoid = values.includes(255) && looked.every(({ bits }) => bits <= 8) && (rest.at(-1) ?? 0) < 200;
  if (isVoid) notes.push("255 is taken as void: its pixels count in no score");
  const isClass = classesOrObjects(looked, words);
  const [taken, other] = isClass ? ["classes", "objects"] : ["objects", "classes"];
  notes.push(
    `each value of an image is one target; values are taken as ${taken}, and as ${other} the targets would be the same`,
  );
  if (values[0] !== undefined && values[0] < 0) notes.push(`${values[0]} is taken as background, as is 0`);
  return {
    as: "labels",
    options: {
      values: isClass ? "class" : "instance",
      ...(isVoid ? { ignore: [255] } : {}),
      ...(values[0] === -1 ? { background: [-1, 0] } : {}),
    },
    ...{ why, notes },
  };
}

/** Names say it; else objects are numbered from 1 without gaps, classes are not. */
function classesOrObjects(looked: readonly Looked[], words: readonly string[]): boolean {
  const joined = words.join(" ");
  if (/instance|\binst\b|segmentationobject|objects?\b/.test(joined)) return false;
  if (/class|semantic|labelids|trainids|camvid/.test(joined)) return true;
  return looked.some(({ counts }) => {
    const own = [...counts.keys()].filter((value) => value > 0 && value !== 255);
    return own.length > 0 && Math.max(...own) > 2 * own.length + 2;
  });
}

function colourReadings(looked: readonly Looked[], text: string): readonly ValueReading[] {
  const coloured = looked.filter(({ colours }) => colours);
  const black =
    new Set(looked.flatMap(({ counts }) => [...counts.keys()].filter((value) => value !== 0))).size < 2;
  const mask: ValueReading = {
    as: "mask",
    options: {},
    why: text,
    notes: ["any colour but black is the object"],
  };
  if (black) return [mask];
  const voc = coloured.every(({ counts }) => [...counts.keys()].every((value) => VOC.has(value)));
  const options = voc
    ? { colours: "voc", values: "class", ignore: [255] }
    : { colours: "id", values: "class" };
  const why = voc
    ? "the colours of Pascal VOC"
    : `${new Set(coloured.flatMap(({ counts }) => [...counts.keys()])).size} colours`;
  const notes = [
    voc ? "255, the border, counts in no score" : "each colour is one target, black is the background",
  ];
  return [{ as: "labels", options, why, notes }, mask];
}

/** Pascal VOC's palette, red + 256 green + 65536 blue. */
const VOC = new Set(
  Array.from({ length: 256 }, (_, index) => {
    const colour = [0, 0, 0];
    for (let bit = 0, rest = index; bit < 8; bit++, rest >>= 3)
      for (let c = 0; c < 3; c++) colour[c]! |= ((rest >> c) & 1) << (7 - bit);
    return colour[0]! + 256 * colour[1]! + 65536 * colour[2]!;
  }),
);

/** Arrays by the names that are in use; the first that holds whole numbers. */
async function arrayReadings(root: string, name: string): Promise<readonly ValueReading[] | string> {
  let reason = "";
  const members = suffixOf(name) === ".mat" ? MEMBERS.mat : MEMBERS.hdf5;
  for (const member of members)
    try {
      const map: LabelMap = withoutColours(await readLabelMap({ root, name }, { member }), undefined, name);
      if (map.data.length > 0 && [...map.data.slice(0, 1000)].every(Number.isInteger)) {
        let least = 0;
        for (const value of map.data) least = Math.min(least, value);
        const options: Partial<LabelPngOptions> = {
          ...{ member, values: "instance" },
          ...(least < 0 ? { background: [-1, 0] } : {}),
        };
        return [{ as: "labels", options, why: `array ${member}`, notes: [] }];
      }
    } catch (error) {
      reason = reasonOf(error);
    }
  return `no array named ${members.join(", ")} was found (${reason})`;
}
