// YOLO segmentation: images/.../a.jpg beside labels/.../a.txt, one line per object, "class x1 y1 x2 y2 ...",
// as fractions of the image's sides. An image without a label file has no objects.
import { complain } from "../core/errors.ts";
import type { YoloSegOptions } from "../core/schema-types.ts";
import { type DataFile, fileFinder, readBytes } from "../formats/files.ts";
import { parsePattern } from "../formats/pattern.ts";
import type { Adapter, Entry } from "./shared/adapter.ts";
import { countDrawn, type DrawnImage, type DrawnObject, drawnDefaults, loadDrawn } from "./shared/drawn.ts";
import { imageIdOf, matches } from "./shared/find.ts";
import { mapRing, type Ring } from "./shared/shapes.ts";

export const yoloSeg: Adapter<YoloSegOptions, "names" | "excludeCategories" | "ignoreCategories"> = {
  defaults: { names: {}, ...drawnDefaults },
  async list(options, source) {
    const { card, root } = source;
    const images = parsePattern(options.images, `${card}: adapter.images`);
    const labels = parsePattern(options.annotations, `${card}: adapter.annotations`);
    const find = fileFinder(root);
    const read = async (name: string): Promise<DrawnImage> => {
      const found = await find(name);
      return { objects: found === undefined ? [] : await readYolo({ root, name: found }, options.names) };
    };
    const entries: Entry[] = [];
    for (const { name, fields } of await matches(images, source)) {
      const label = labels.fill(fields);
      const masks = source.countMasks ? { masks: countDrawn(await read(label), options) } : {};
      const load = async () => loadDrawn({ root, name }, await read(label), options, source);
      entries.push({ id: imageIdOf(images, name, fields), ...masks, load });
    }
    return entries;
  },
};

/**
 * Ids are line numbers; categories are `names` by class number. Lines of four numbers after the class are
 * boxes, which fail.
 */
async function readYolo(
  file: DataFile,
  names: Readonly<Record<string, string>>,
): Promise<readonly DrawnObject[]> {
  const text = (await readBytes(file)).toString("utf8").replace(/^\uFEFF/, "");
  return text.split(/\r\n|\r|\n/).flatMap((line, index) => {
    const words = line.trim().split(/\s+/);
    if (words[0] === "") return [];
    const where = `${file.name}, line ${index + 1}`;
    const category = names[words[0]!] ?? words[0]!;
    return [
      { id: String(index + 1), category, where, shapes: (size) => [{ rings: [ring(words.slice(1), size)] }] },
    ];

    function ring(numbers: readonly string[], { width, height }: { width: number; height: number }): Ring {
      const values = numbers.map(Number);
      const wrong = values.findIndex((value) => !Number.isFinite(value));
      if (wrong >= 0) throw complain({ where, what: "not a number", got: numbers[wrong]!.slice(0, 40) });
      if (values.length === 4) {
        const what = "a box instead of an outline";
        throw complain({ where, what, expected: "3 points or more", got: "4 numbers" });
      }
      if (values.length < 6 || values.length % 2 > 0) {
        const expected = "x and y of 3 points or more";
        throw complain({ where, what: "not an outline", expected, got: `${values.length} numbers` });
      }
      return mapRing(values, (x, y) => [x * width, y * height]);
    }
  });
}
