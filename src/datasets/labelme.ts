// LabelMe: one JSON per image, which names its image.
import { complain } from "../core/errors.ts";
import type { LabelmeOptions } from "../core/schema-types.ts";
import type { ImageSample } from "../core/types.ts";
import { textOf } from "../formats/drawn-object.ts";
import { type DataFile, fileFinder, joinNames, splitName, withoutSuffix } from "../formats/files.ts";
import { type LabelMeImage, readLabelMe } from "../formats/labelme-file.ts";
import { parsePattern } from "../formats/pattern.ts";
import type { Adapter, Entry } from "./shared/adapter.ts";
import { matchingFiles } from "./shared/documents.ts";
import { countDrawn, loadDrawn } from "./shared/drawn.ts";
import { imageIdOf } from "./shared/image-id.ts";

export const labelme: Adapter<LabelmeOptions> = async (options, source) => {
  const pattern = parsePattern(options.annotations, `${source.card}: adapter.annotations`);
  const find = fileFinder(source.root);
  const load = async (file: DataFile): Promise<ImageSample> => {
    const drawn = await readLabelMe(file);
    const names = imageNames(file, drawn, options.images ?? ["."]);
    for (const name of names) {
      const found = await find(name);
      if (found !== undefined) return loadDrawn({ root: source.root, name: found }, drawn, options, source);
    }
    if (names[0] !== undefined)
      return loadDrawn({ root: source.root, name: names[0] }, drawn, options, source);
    throw complain({
      where: file.name,
      what: "imagePath names no file below the data folder",
      got: textOf(drawn.imagePath),
    });
  };
  const entries: Entry[] = [];
  for (const { name, fields } of await matchingFiles(pattern, source)) {
    const file = { root: source.root, name };
    const masks = source.countMasks ? { masks: countDrawn(await readLabelMe(file), options) } : {};
    entries.push({ id: imageIdOf(pattern, name, fields), ...masks, load: () => load(file) });
  }
  return entries;
};

/** Where the image may lie: as named, or under its bare name in one of the folders, all from the JSON's folder. */
function imageNames(
  { name }: DataFile,
  { imagePath }: LabelMeImage,
  folders: readonly string[],
): readonly string[] {
  const [folder, base] = splitName(name);
  const path = (imagePath ?? `${withoutSuffix(base)}.jpg`).replaceAll("\\", "/");
  const bare = splitName(path)[1];
  return [path, ...folders.map((below) => `${below}/${bare}`)].flatMap((place) => {
    // A path of the machine that drew it may lead anywhere: then only the bare name counts.
    if (/^([A-Za-z]:|\/)/.test(place) || leaves(folder, place)) return [];
    return [joinNames(name, folder, place)];
  });
}

function leaves(folder: string, place: string): boolean {
  let depth = folder === "" ? 0 : folder.split("/").length;
  return place.split("/").some((part) => {
    if (part === "..") depth--;
    else if (part !== "." && part !== "") depth++;
    return depth < 0;
  });
}
