// LabelMe (wkentaro): one JSON per image, which names the image: {imagePath, imageWidth, imageHeight, shapes:
// [{label, points, shape_type, group_id}]}.
import sharp from "sharp";
import { complain } from "../core/errors.ts";
import type { LabelmeOptions } from "../core/schema-types.ts";
import type { ImageSample, Size } from "../core/types.ts";
import {
  type DataFile,
  fileFinder,
  joinNames,
  leavesRoot,
  readBytes,
  splitName,
  withoutSuffix,
} from "../formats/files.ts";
import { type Json, objectIn, readListed, textIn, textOf } from "../formats/json-file.ts";
import { parsePattern } from "../formats/pattern.ts";
import type { Adapter, Entry, Source } from "./shared/adapter.ts";
import { countDrawn, type DrawnImage, type DrawnObject, drawnDefaults, loadDrawn } from "./shared/drawn.ts";
import { annotationMatches, firstFound, imageIdOf } from "./shared/find.ts";
import {
  ellipseRing,
  grouped,
  labelText,
  type Patch,
  pointOf,
  type Ring,
  readPatch,
  rectangleRing,
  ringsOf,
  type Shape,
  sizeOf,
  skipped,
} from "./shared/shapes.ts";
import { checkSize } from "./shared/targets.ts";

export const labelme: Adapter<LabelmeOptions, "images" | "excludeCategories" | "ignoreCategories"> = {
  defaults: { images: ["."], ...drawnDefaults },
  async list(options, source) {
    const { card, root } = source;
    const pattern = parsePattern(options.annotations, `${card}: adapter.annotations`);
    const find = fileFinder(root);
    const load = async (file: DataFile): Promise<ImageSample> => {
      const drawn = await readLabelMe(file);
      const names = imageNames(file, drawn, options.images);
      const found = await firstFound(find, names);
      const own = found === undefined ? undefined : { root, name: found };
      const embedded = embeddedImage(file, drawn, own !== undefined);
      const image = embedded === undefined ? own : await chosen(own, embedded, drawn, source.note);
      if (image !== undefined) return loadDrawn(image, drawn, options, source, "turn");
      const [expected] = names;
      const got = textOf(drawn.imagePath);
      if (expected === undefined) {
        const what = "imagePath does not name a file below the data folder";
        throw complain(file.name, what, { got });
      }
      const what = "its image is missing: there is no such file, and imageData holds none";
      throw complain(file.name, what, { expected, got });
    };
    const entries: Entry[] = [];
    for (const { name, fields } of await annotationMatches(pattern, source)) {
      const file = { root, name };
      const masks = source.countMasks ? { masks: countDrawn(await readLabelMe(file), options) } : {};
      entries.push({ id: imageIdOf(pattern, name, fields), file: name, ...masks, load: () => load(file) });
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

/** `imagePath` as the file has it, from the JSON's folder; `imageData` is the image itself, in base64. */
interface LabelMeImage extends DrawnImage {
  readonly imagePath: string | undefined;
  readonly imageData: unknown;
}

/** undefined where there is none, and where what is there is not base64 and `spare`. */
function embeddedImage(
  { root, name }: DataFile,
  { imageData }: LabelMeImage,
  spare: boolean,
): DataFile | undefined {
  if (imageData == null || imageData === "") return undefined;
  // As a data URL, in other tools.
  const text = textIn(imageData)?.replace(/^data:[^,]*,/, "");
  if (text !== undefined && !/[^A-Za-z0-9+/_=\s-]/.test(text))
    return { root, name: `${name}, imageData`, bytes: Buffer.from(text, "base64") };
  if (spare) return undefined;
  const what = "imageData is not an image";
  throw complain(name, what, { expected: "base64", got: textOf(imageData) });
}

/** The image beside the JSON, unless only the embedded one has the size that the JSON states: LabelMe shows that one. */
async function chosen(
  own: DataFile | undefined,
  embedded: DataFile,
  { size }: LabelMeImage,
  note: Source["note"],
): Promise<DataFile> {
  const where = own?.name ?? embedded.name;
  if (own === undefined) {
    note({ what: "the image embedded in its JSON was read, as there is none beside it", where });
    return embedded;
  }
  const [a, b] = await Promise.all([sidesOf(own), sidesOf(embedded)]);
  if (a === undefined || b === undefined || a === b) return own;
  const other = size !== undefined && b === sides(size);
  const read = other ? "the embedded one, of the size that the JSON states, was read" : "the file was read";
  note({ what: `the image and the one embedded in its JSON differ in size: ${read}`, where });
  return other ? embedded : own;
}

/** The longer side first: the embedded image was turned as the EXIF orientation of its file says. undefined: not known. */
async function sidesOf(file: DataFile): Promise<string | undefined> {
  try {
    return sides(await sharp(await readBytes(file)).metadata());
  } catch {
    return undefined;
  }
}

function sides({ width, height }: Size): string {
  return `${Math.max(width, height)}x${Math.min(width, height)}`;
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
      ...{ id: String(index), where, category: labelText(shapes[0]!.label) },
      shapes: () => shapes.flatMap((shape) => shapesOf(shape, where)),
    };
  });
  return { imagePath: textIn(json.imagePath) || undefined, imageData: json.imageData, objects, size };
}

/** Rectangles of two corners, and of four as X-AnyLabeling writes them; `rotation` is its name for turned ones. */
const RECTANGLES = ["rectangle", "rotation", "oriented_rectangle"];
/** Outlines; X-AnyLabeling has quadrilaterals. Old files have no shape_type. */
const OUTLINES: readonly unknown[] = ["polygon", "quadrilateral", null, undefined];
const WITHOUT_AREA = ["line", "linestrip", "point", "points"];

function shapesOf({ points, shape_type: type, mask }: Json, where: string): readonly Shape[] {
  if (OUTLINES.includes(type)) return [{ rings: ringsOf(points, where) }];
  if (typeof type === "string") {
    if (RECTANGLES.includes(type)) return [{ rings: [rectangleRing(points, where, type !== "rectangle")] }];
    if (type === "circle") return [{ rings: [circle(...corners(points, where))] }];
    if (type === "mask") return [{ patch: patchOf(mask, points, where) }];
    if (WITHOUT_AREA.includes(type)) return [skipped(type)];
  }
  const expected = ["polygon", ...RECTANGLES, "quadrilateral", "circle", "mask", ...WITHOUT_AREA].join(", ");
  throw complain(where, "unknown shape_type", { expected, got: textOf(type) });
}

/** Two points, exactly. */
function corners(points: unknown, where: string): [number, number, number, number] {
  if (Array.isArray(points) && points.length === 2)
    return [...pointOf(points[0], where), ...pointOf(points[1], where)];
  const got = Array.isArray(points) ? `${points.length} points` : textOf(points);
  throw complain(where, "not the points of this shape", { expected: "2 points", got });
}

/** A mask fills the pixels from its first to its second point, both included. */
function patchOf(mask: unknown, points: unknown, where: string): Patch {
  const [x0, y0, x1, y1] = corners(points, where).map(Math.trunc) as [number, number, number, number];
  const patch = readPatch(mask, x0, y0, where);
  const what = "the mask is not as large as the box between its two points";
  checkSize(where, patch, { width: x1 - x0 + 1, height: y1 - y0 + 1 }, what);
  return patch;
}

/** Centre and a point of the circle. */
function circle(cx: number, cy: number, x: number, y: number): Ring {
  const radius = Math.hypot(x - cx, y - cy);
  return ellipseRing(cx, cy, radius, radius);
}
