// VGG Image Annotator (VIA), versions 1 and 2: NDD20, STREETS. {"<file name><size>": {filename, regions}}, regions as an object
// ("0", "1", ...) or a list; a project file has them under "_via_img_metadata". Sizes of images are not stated.
import { complain } from "../core/errors.ts";
import type { ViaOptions } from "../core/schema-types.ts";
import type { DataFile } from "../formats/files.ts";
import { readJson } from "../formats/json-file.ts";
import type { Adapter } from "./shared/adapter.ts";
import { type DrawnObject, drawnDefaults } from "./shared/drawn.ts";
import { type DocumentImage, readDocuments } from "./shared/find.ts";
import { boxRing, ellipseRing, isObject, numbersOf, type Ring, ringOfAxes, textOf } from "./shared/shapes.ts";

export const via: Adapter<ViaOptions, "images" | "excludeCategories" | "ignoreCategories"> = {
  defaults: { images: ["."], ...drawnDefaults },
  list: (options, source) => readDocuments(options, source, (file) => readVia(file, options.category)),
};

/** `category` is the name of a region attribute. Entries that describe no file are left out (a stray "via_region_data.json" of split files). */
async function readVia(file: DataFile, category?: string): Promise<readonly DocumentImage[]> {
  const json = await readJson(file);
  const entries = isObject(json) ? (json._via_img_metadata ?? json) : undefined;
  if (!isObject(entries))
    throw complain({
      where: file.name,
      what: "not an annotation file of VIA 1 or 2",
      expected: "an object of images",
      got: textOf(json),
    });
  const images: DocumentImage[] = [];
  for (const [key, entry] of Object.entries(entries)) {
    if (!isObject(entry) || entry.filename === undefined) continue;
    const where = `${file.name}: ${key}`;
    if (typeof entry.filename !== "string" || entry.filename === "")
      throw complain({ where, what: "an image without filename", got: textOf(entry.filename) });
    images.push({ file: entry.filename, where, objects: objectsOf(entry.regions, where, category) });
  }
  if (images.length > 0 || Object.keys(entries).length === 0) return images;
  throw complain({
    where: file.name,
    what: "not an annotation file of VIA 1 or 2",
    expected: "images with filename and regions",
    got: textOf(Object.keys(entries)),
  });
}

function objectsOf(regions: unknown, where: string, category: string | undefined): readonly DrawnObject[] {
  if (regions == null) return [];
  if (typeof regions !== "object")
    throw complain({ where, what: "regions are neither a list nor an object", got: textOf(regions) });
  return Object.entries(regions).map(([id, region]: [string, unknown]) => {
    const place = `${where}: regions[${id}]`;
    const named =
      isObject(region) && category !== undefined ? labelOf(region.region_attributes, category) : undefined;
    return {
      id,
      where: place,
      ...(named !== undefined && { category: named }),
      shapes: () => {
        const ring = isObject(region) ? ringOf(region.shape_attributes, place) : undefined;
        return ring === undefined ? [] : [{ rings: [ring] }];
      },
    };
  });
}

/** The text of an attribute; of check boxes, an object, those that are ticked. */
function labelOf(attributes: unknown, name: string): string | undefined {
  const value = isObject(attributes) ? attributes[name] : undefined;
  if (typeof value === "string" && value !== "") return value;
  if (!isObject(value)) return undefined;
  return (
    Object.keys(value)
      .filter((key) => value[key] === true)
      .join(",") || undefined
  );
}

/** Points and lines have no area. */
function ringOf(shape: unknown, where: string): Ring | undefined {
  const { name, all_points_x: xs, all_points_y: ys } = isObject(shape) ? shape : {};
  const numbers = (...names: string[]) => numbersOf(shape, names, where) as [number, number, number, number];
  if (name === "polygon") return ringOfAxes(xs, ys, where);
  if (name === "rect") {
    const [x, y, width, height] = numbers("x", "y", "width", "height");
    return boxRing(x, y, x + width, y + height);
  }
  if (name === "circle") {
    const [cx, cy, r] = numbers("cx", "cy", "r");
    return ellipseRing(cx, cy, r, r);
  }
  if (name === "ellipse") {
    const [cx, cy, rx, ry] = numbers("cx", "cy", "rx", "ry");
    return ellipseRing(
      cx,
      cy,
      rx,
      ry,
      (shape as { theta?: unknown }).theta === undefined ? 0 : numbers("theta")[0],
    );
  }
  if (name === "point" || name === "line" || name === "polyline") return undefined;
  throw complain({
    where,
    what: "unknown shape",
    expected: "polygon, rect, circle, ellipse, polyline, line or point",
    got: textOf(name),
  });
}
