// YOLO segmentation: images/.../a.jpg beside labels/.../a.txt, one line per object, "class x1 y1 x2 y2 ...",
// as shares of the image's sides. An image without a label file has no objects.
import { complain } from "../core/errors.ts";
import type { YoloSegOptions } from "../core/schema-types.ts";
import type { Size } from "../core/types.ts";
import { type DataFile, fileFinder, readBytes } from "../formats/files.ts";
import { decodeText, textOf } from "../formats/json-file.ts";
import { parsePattern } from "../formats/pattern.ts";
import type { Adapter, Entry } from "./shared/adapter.ts";
import { countDrawn, type DrawnImage, type DrawnObject, drawnDefaults, loadDrawn } from "./shared/drawn.ts";
import { firstFound, imageIdOf, matches } from "./shared/find.ts";
import { mapRing, type Remark, type Ring, type Shape } from "./shared/shapes.ts";

export const yoloSeg: Adapter<YoloSegOptions, "names" | "excludeCategories" | "ignoreCategories"> = {
  defaults: { names: {}, ...drawnDefaults },
  async list(options, source) {
    const { card, root } = source;
    const images = parsePattern(options.images, `${card}: adapter.images`);
    const labels = parsePattern(options.annotations, `${card}: adapter.annotations`);
    const find = fileFinder(root);
    /** A name that can be divided in several ways has the label file that is there. */
    const read = async (image: string): Promise<DrawnImage> => {
      const found = await firstFound(
        find,
        images.readings(image).map((fields) => labels.fill(fields)),
      );
      return { objects: found === undefined ? [] : await readYolo({ root, name: found }, options.names) };
    };
    const entries: Entry[] = [];
    for (const { name, fields } of await matches(images, source)) {
      const masks = source.countMasks
        ? {
            masks: await read(name).then(
              (drawn) => countDrawn(drawn, options),
              () => 0,
            ),
          }
        : {};
      const load = async () => loadDrawn({ root, name }, await read(name), options, source, "turn");
      entries.push({ id: imageIdOf(images, name, fields), file: name, ...masks, load });
    }
    return entries;
  },
};

/** As far outside the image as coordinates may be by rounding: ultralytics' rule. The rest is refused. */
const ROUNDING = 0.01;

/**
 * Ids are line numbers; categories are `names` by class number. Lines of four numbers after the class are
 * boxes, which fail.
 */
async function readYolo(
  file: DataFile,
  names: Readonly<Record<string, string>>,
): Promise<readonly DrawnObject[]> {
  const text = decodeText(await readBytes(file), file.name);
  const lines = text.split(/\r\n|\r|\n/).map((line) => line.trim().split(/\s+/));
  const filled = lines.flatMap((words, index) => (words[0] === "" ? [] : { words, line: index + 1 }));
  const remarks = likeness(filled.map(({ words }) => words.length - 1));
  return filled.map(({ words: [label = "", ...numbers], line }, index) => {
    const where = `${file.name}, line ${line}`;
    const { category, ...class_ } = classOf(label, names);
    const shapes = ({ width, height }: Size): readonly Shape[] => {
      if (class_.wrong)
        throw complain(where, "not a class", { expected: "a whole number from 0", got: textOf(label) });
      const ring = mapRing(outline(numbers, label, where), (x, y) => [x * width, y * height]);
      return [{ rings: [ring] }, ...class_.remarks, ...(index === 0 ? remarks : [])];
    };
    return { id: String(line), category, where, shapes };
  });
}

/** `0`, `0.0` and `0e0` are one class. A name in the place of its number is taken as it is. */
function classOf(
  word: string,
  names: Readonly<Record<string, string>>,
): { category: string; wrong?: boolean; remarks: readonly Remark[] } {
  const number = Number(word);
  if (Number.isNaN(number)) {
    const note = "classes that are not numbers: the text is the category";
    return { category: word, remarks: [{ note }] };
  }
  if (!Number.isSafeInteger(number) || number < 0) return { category: word, wrong: true, remarks: [] };
  const named = names[String(number)] ?? names[word];
  const note = "classes that the card does not name: the number is the category";
  const unnamed = named === undefined && Object.keys(names).length > 0;
  return { category: named ?? String(number), remarks: unnamed ? [{ note, key: "adapter.names" }] : [] };
}

/** Numbers in pairs, as shares. */
function outline(numbers: readonly string[], label: string, where: string): Ring {
  const values = numbers.map(Number);
  const wrong = values.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0) throw complain(where, "not a number", { got: numbers[wrong]!.slice(0, 40) });
  if (values.length === 4) {
    const what = "a box instead of an outline";
    throw complain(where, what, { expected: "3 points or more", got: "4 numbers" });
  }
  if (values.length < 6 || values.length % 2 > 0) {
    const expected = "x and y of 3 points or more";
    const got = /[,;]/.test(label) ? textOf(label) : `${values.length} numbers`;
    throw complain(where, "not an outline", { expected, got });
  }
  const [least, most] = [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))];
  if (least >= -ROUNDING && most <= 1 + ROUNDING) return values;
  const what = "coordinates are not shares of the image's sides";
  throw complain(where, what, { expected: "0 to 1", got: `${least} to ${most}` });
}

/** What the lines of a file could also be, by how many numbers follow the class: other tasks' labels look the same. */
function likeness(counts: readonly number[]): readonly Remark[] {
  const [count = 0] = counts;
  if (counts.some((other) => other !== count)) return [];
  if (count === 8)
    return [{ note: "files of four points a line, which oriented boxes (OBB) have too: drawn as outlines" }];
  if (count < 10 || counts.length < 2) return [];
  return [{ note: "files of equally many numbers a line, which poses have too: drawn as outlines" }];
}
