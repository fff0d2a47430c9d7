// VGG Image Annotator (VIA), versions 1 and 2: NDD20, STREETS. {"<file name><size>": {filename, regions}},
// regions as an object ("0", "1", ...) or a list; a project file has them under "_via_img_metadata". Sizes of
// images are not stated.
import { complain } from "../core/errors.ts";
import type { ViaOptions } from "../core/schema-types.ts";
import type { DataFile } from "../formats/files.ts";
import { isObject, type Json, objectIn, readJson, textIn, textOf } from "../formats/json-file.ts";
import type { Adapter } from "./shared/adapter.ts";
import { type DrawnObject, drawnDefaults } from "./shared/drawn.ts";
import { type DocumentImage, readDocuments } from "./shared/find.ts";
import { boxRing, ellipseRing, numbersOf, type Ring, ringOfAxes } from "./shared/shapes.ts";

export const via: Adapter<ViaOptions, "images" | "excludeCategories" | "ignoreCategories"> = {
  defaults: { images: ["."], ...drawnDefaults },
  list: (options, source) => readDocuments(options, source, (file) => readVia(file, options.category)),
};

/**
 * `category` is the name of a region attribute. Entries that do not describe a file are skipped (a stray
 * "via_region_data.json" of split files).
 */
async function readVia(file: DataFile, category?: string): Promise<readonly DocumentImage[]> {
  const json = await readJson(file);
  const entries = isObject(json) ? (json._via_img_metadata ?? json) : undefined;
  const not = (expected: string, got: unknown) =>
    complain({ where: file.name, what: "not an annotation file of VIA 1 or 2", expected, got: textOf(got) });
  if (!isObject(entries)) throw not("an object of images", json);
  const images: DocumentImage[] = [];
  for (const [key, entry] of Object.entries(entries)) {
    if (!isObject(entry) || entry.filename === undefined) continue;
    const where = `${file.name}: ${key}`;
    if (typeof entry.filename !== "string" || entry.filename === "")
      throw complain({ where, what: "an image without filename", got: textOf(entry.filename) });
    images.push({ file: entry.filename, where, objects: objectsOf(entry.regions, where, category) });
  }
  if (images.length > 0 || Object.keys(entries).length === 0) return images;
  throw not("images with filename and regions", Object.keys(entries));
}

function objectsOf(regions: unknown, where: string, category: string | undefined): readonly DrawnObject[] {
  if (regions == null) return [];
  if (typeof regions !== "object")
    throw complain({ where, what: "regions are neither a list nor an object", got: textOf(regions) });
  return Object.entries(regions).map(([id, region]: [string, unknown]) => {
    const place = `${where}: regions[${id}]`;
    const { region_attributes, shape_attributes } = objectIn(region);
    const shapes = () => {
      const ring = isObject(region) ? ringOf(shape_attributes, place) : undefined;
      return ring === undefined ? [] : [{ rings: [ring] }];
    };
    return { id, where: place, category: labelOf(objectIn(region_attributes), category), shapes };
  });
}

/** The text of an attribute; for check boxes (an object), the ticked ones. */
function labelOf(attributes: Json, name: string | undefined): string | undefined {
  const value = name === undefined ? undefined : attributes[name];
  const ticked = Object.entries(objectIn(value)).filter(([, state]) => state === true);
  return textIn(value) || ticked.map(([key]) => key).join(",") || undefined;
}

/** Points and lines have no area. */
function ringOf(shape: unknown, where: string): Ring | undefined {
  const { name, all_points_x: xs, all_points_y: ys, theta } = objectIn(shape);
  if (name === "polygon") return ringOfAxes(xs, ys, where);
  if (name === "rect") {
    const [x, y, width, height] = numbersOf(shape, ["x", "y", "width", "height"], where);
    return boxRing(x, y, x + width, y + height);
  }
  if (name === "circle") {
    const [cx, cy, r] = numbersOf(shape, ["cx", "cy", "r"], where);
    return ellipseRing(cx, cy, r, r);
  }
  if (name === "ellipse") {
    const axes = numbersOf(shape, ["cx", "cy", "rx", "ry"], where);
    return ellipseRing(...axes, ...(theta === undefined ? [] : numbersOf(shape, ["theta"], where)));
  }
  if (name === "point" || name === "line" || name === "polyline") return undefined;
  const expected = "polygon, rect, circle, ellipse, polyline, line or point";
  throw complain({ where, what: "unknown shape", expected, got: textOf(name) });
}
