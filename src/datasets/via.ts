// VGG Image Annotator (VIA), versions 1 and 2: NDD20, STREETS. {"<file name><size>": {filename, regions}},
// regions as an object ("0", "1", ...) or a list; a project file has them under "_via_img_metadata". Sizes of
// images are not stated.
import { complain } from "../core/errors.ts";
import type { ViaOptions } from "../core/schema-types.ts";
import { type DataFile, suffixOf } from "../formats/files.ts";
import { isObject, type Json, objectIn, readJson, textOf } from "../formats/json-file.ts";
import type { Adapter, Source } from "./shared/adapter.ts";
import { type DrawnObject, drawnDefaults } from "./shared/drawn.ts";
import { type DocumentImage, readDocuments } from "./shared/find.ts";
import {
  boxRing,
  ellipseRing,
  labelText,
  numbersOf,
  type Ring,
  ringOfAxes,
  type Shape,
  skipped,
} from "./shared/shapes.ts";

export const via: Adapter<ViaOptions, "images" | "excludeCategories" | "ignoreCategories"> = {
  defaults: { images: ["."], ...drawnDefaults },
  list: (options, source) =>
    readDocuments(options, source, (file) => readVia(file, source.note, options.category)),
};

/**
 * `category` is the name of a region attribute. Entries that do not describe a file are skipped (a stray
 * "via_region_data.json" of split files).
 */
async function readVia(
  file: DataFile,
  note: Source["note"],
  category?: string,
): Promise<readonly DocumentImage[]> {
  if (suffixOf(file.name) === ".csv")
    throw complain(file.name, "VIA's CSV is not read", { expected: "its export as JSON" });
  const json = await readJson(file);
  const entries = isObject(json) ? (json._via_img_metadata ?? json) : undefined;
  const not = (expected: string, got: unknown) =>
    complain(file.name, "not an annotation file of VIA 1 or 2", { expected, got: textOf(got) });
  if (!isObject(entries)) throw not("an object of images", json);
  if (isObject(entries.project) && isObject(entries.view))
    throw complain(file.name, "projects of VIA 3 are not read", { expected: "JSON of VIA 1 or 2" });
  const images: DocumentImage[] = [];
  for (const [key, entry] of Object.entries(entries)) {
    if (!isObject(entry) || entry.filename === undefined) continue;
    const where = `${file.name}: ${key}`;
    if (typeof entry.filename !== "string" || entry.filename === "")
      throw complain(where, "an image without filename", { got: textOf(entry.filename) });
    images.push({ file: entry.filename, where, objects: objectsOf(entry.regions, where, category, note) });
  }
  if (images.length > 0 || Object.keys(entries).length === 0) return images;
  throw not("images with filename and regions", Object.keys(entries));
}

function objectsOf(
  regions: unknown,
  where: string,
  category: string | undefined,
  note: Source["note"],
): readonly DrawnObject[] {
  if (regions == null) return [];
  if (typeof regions !== "object")
    throw complain(where, "regions are neither a list nor an object", { got: textOf(regions) });
  return Object.entries(regions).map(([id, region]: [string, unknown]) => {
    const place = `${where}: regions[${id}]`;
    const { region_attributes, shape_attributes } = objectIn(region);
    const shapes = () => {
      if (!isObject(region)) throw complain(place, "not a region", { got: textOf(region) });
      return [shapeOf(shape_attributes, place)];
    };
    const say = (what: string) => note({ what, where, key: "adapter.category" });
    const label = category === undefined ? undefined : labelOf(objectIn(region_attributes), category, say);
    return { id, where: place, category: label, shapes };
  });
}

const UNTICKED: readonly unknown[] = [false, null, 0, "", "0", "false", "off", "no"];

/** An attribute's text or number; for check boxes (an object, or a list), the ticked ones. */
function labelOf(attributes: Json, name: string, say: (what: string) => void): string | undefined {
  const value = Object.hasOwn(attributes, name) ? attributes[name] : undefined;
  if (value === undefined && Object.keys(attributes).length > 0)
    say(`regions with attributes, but without ${JSON.stringify(name)}: they have no category`);
  const ticked = Array.isArray(value)
    ? value.map(labelText).filter((text) => text !== undefined)
    : Object.entries(objectIn(value)).flatMap(([key, state]) => (UNTICKED.includes(state) ? [] : key));
  if (ticked.length > 1)
    say("regions with several boxes ticked: their category is all of them, with commas between");
  return labelText(value) || ticked.join(",") || undefined;
}

const WITHOUT_AREA = ["polyline", "line", "point"];

function shapeOf(shape: unknown, where: string): Shape {
  const { name } = objectIn(shape);
  if (typeof name === "string" && WITHOUT_AREA.includes(name)) return skipped(name);
  return { rings: [ringOf(shape, where)] };
}

function ringOf(shape: unknown, where: string): Ring {
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
  const expected = ["polygon, rect, circle, ellipse", ...WITHOUT_AREA].join(", ");
  throw complain(where, "unknown shape", { expected, got: textOf(name) });
}
