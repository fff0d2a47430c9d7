// LabelMe (wkentaro): one JSON per image, which names the image: {imagePath, imageWidth, imageHeight, shapes:
// [{label, points, shape_type, group_id}]}.
import { complain } from "../core/errors.ts";
import type { LabelmeOptions } from "../core/schema-types.ts";
import type { ImageSample } from "../core/types.ts";
import {
  type DataFile,
  fileFinder,
  joinNames,
  leavesRoot,
  splitName,
  withoutSuffix,
} from "../formats/files.ts";
import { type Json, objectIn, readListed, textIn, textOf } from "../formats/json-file.ts";
import { parsePattern } from "../formats/pattern.ts";
import type { Adapter, Entry } from "./shared/adapter.ts";
import { countDrawn, type DrawnImage, type DrawnObject, drawnDefaults, loadDrawn } from "./shared/drawn.ts";
import { annotationMatches, firstFound, imageIdOf } from "./shared/find.ts";
import {
  boxRing,
  ellipseRing,
  grouped,
  pointOf,
  type Ring,
  readPatch,
  ringsOf,
  type Shape,
  sizeOf,
} from "./shared/shapes.ts";

export const labelme: Adapter<LabelmeOptions, "images" | "excludeCategories" | "ignoreCategories"> = {
  defaults: { images: ["."], ...drawnDefaults },
  async list(options, source) {
    const { card, root } = source;
    const pattern = parsePattern(options.annotations, `${card}: adapter.annotations`);
    const find = fileFinder(root);
    const load = async (file: DataFile): Promise<ImageSample> => {
      const drawn = await readLabelMe(file);
      const names = imageNames(file, drawn, options.images);
      const name = (await firstFound(find, names)) ?? names[0];
      if (name !== undefined) return loadDrawn({ root, name }, drawn, options, source);
      const what = "imagePath does not name a file below the data folder";
      throw complain({ where: file.name, what, got: textOf(drawn.imagePath) });
    };
    const entries: Entry[] = [];
    for (const { name, fields } of await annotationMatches(pattern, source)) {
      const file = { root, name };
      const masks = source.countMasks ? { masks: countDrawn(await readLabelMe(file), options) } : {};
      entries.push({ id: imageIdOf(pattern, name, fields), ...masks, load: () => load(file) });
    }
    return entries;
  },
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
    // A path from the annotator's machine may lead anywhere: then only the bare name counts.
    if (/^([A-Za-z]:|\/)/.test(place) || leavesRoot(`${folder}/${place}`)) return [];
    return [joinNames(name, folder, place)];
  });
}

/** `imagePath` as the file has it, from the JSON's folder. */
interface LabelMeImage extends DrawnImage {
  readonly imagePath: string | undefined;
}

/** Shapes that share label and group_id are one object, with the id of the first. */
async function readLabelMe(file: DataFile): Promise<LabelMeImage> {
  const { json, list } = await readListed(file, "shapes", "a LabelMe annotation");
  const size = sizeOf(json.imageWidth, json.imageHeight, `${file.name}: imageWidth, imageHeight`);
  const groups = grouped(list.map(objectIn), (shape) =>
    shape.group_id == null ? undefined : JSON.stringify([shape.label, shape.group_id]),
  );
  const objects = groups.map(({ first: index, parts: shapes }): DrawnObject => {
    const where = `${file.name}: shapes[${index}]`;
    return {
      ...{ id: String(index), where, category: textIn(shapes[0]!.label) },
      shapes: () => shapes.flatMap((shape) => shapesOf(shape, where)),
    };
  });
  return { imagePath: textIn(json.imagePath) || undefined, objects, size };
}

/** Old files have no shape_type: polygons. Points and lines have no area. */
function shapesOf({ points, shape_type: type = "polygon", mask }: Json, where: string): readonly Shape[] {
  if (type === "polygon" || type === "oriented_rectangle" || type === null)
    return [{ rings: ringsOf(points, where) }];
  if (type === "rectangle") return [{ rings: [boxRing(...corners(points, where))] }];
  if (type === "circle") return [{ rings: [circle(...corners(points, where))] }];
  if (type === "mask") {
    const [x, y] = corners(points, where);
    return [{ patch: readPatch(mask, x, y, where) }];
  }
  if (["line", "linestrip", "point", "points"].includes(type as string)) return [];
  const expected = "polygon, rectangle, oriented_rectangle, circle, mask, line, linestrip, point or points";
  throw complain({ where, what: "unknown shape_type", expected, got: textOf(type) });
}

/** Two points. */
function corners(points: unknown, where: string): [number, number, number, number] {
  const [a, b] = Array.isArray(points) ? points : [];
  return [...pointOf(a, where), ...pointOf(b, where)];
}

/** Centre and a point of the circle. */
function circle(cx: number, cy: number, x: number, y: number): Ring {
  const radius = Math.hypot(x - cx, y - cy);
  return ellipseRing(cx, cy, radius, radius);
}
