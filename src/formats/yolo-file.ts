// YOLO segmentation labels: one text file per image, one line per object, "class x1 y1 x2 y2 ...", as shares of the image's sides.
import { complain } from "../core/errors.ts";
import { type DrawnObject, mapRing, type Ring } from "./drawn-object.ts";
import { type DataFile, readBytes } from "./files.ts";

/** Ids are line numbers; categories are `names` by class number. Lines of four numbers after the class are boxes, which fail. */
export async function readYolo(
  file: DataFile,
  names: Readonly<Record<string, string>> = {},
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
      if (values.length === 4)
        throw complain({
          where,
          what: "a box instead of an outline",
          expected: "3 points or more",
          got: "4 numbers",
        });
      if (values.length < 6 || values.length % 2 > 0)
        throw complain({
          where,
          what: "not an outline",
          expected: "x and y of 3 points or more",
          got: `${values.length} numbers`,
        });
      return mapRing(values, (x, y) => [x * width, y * height]);
    }
  });
}
