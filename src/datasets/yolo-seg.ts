// YOLO segmentation: images/.../a.jpg beside labels/.../a.txt. An image without a label file has no objects.
import type { YoloSegOptions } from "../core/schema-types.ts";
import type { DrawnImage } from "../formats/drawn-object.ts";
import { fileFinder, listFiles } from "../formats/files.ts";
import { parsePattern } from "../formats/pattern.ts";
import { readYolo } from "../formats/yolo-file.ts";
import type { Adapter, Entry } from "./shared/adapter.ts";
import { countDrawn, loadDrawn } from "./shared/drawn.ts";
import { imageIdOf } from "./shared/image-id.ts";

export const yoloSeg: Adapter<YoloSegOptions> = async (options, source) => {
  const images = parsePattern(options.images, `${source.card}: adapter.images`);
  const labels = parsePattern(options.annotations, `${source.card}: adapter.annotations`);
  const find = fileFinder(source.root);
  const read = async (name: string): Promise<DrawnImage> => {
    const found = await find(name);
    return {
      objects: found === undefined ? [] : await readYolo({ root: source.root, name: found }, options.names),
    };
  };
  const entries: Entry[] = [];
  for (const name of await listFiles(source.root, images.folder)) {
    const fields = images.match(name);
    if (fields === undefined) continue;
    const label = labels.fill(fields);
    const masks = source.countMasks ? { masks: countDrawn(await read(label), options) } : {};
    entries.push({
      id: imageIdOf(images, name, fields),
      ...masks,
      load: async () => loadDrawn({ root: source.root, name }, await read(label), options, source),
    });
  }
  return entries;
};
