// Footprints in satellite and aerial images: GeoJSON (features with a Polygon or a MultiPolygon, in map coordinates or in
// pixels) beside GeoTIFF.
import { complain } from "../core/errors.ts";
import type { GeojsonOptions } from "../core/schema-types.ts";
import type { DataFile } from "../formats/files.ts";
import { readGeoreference, sameAs, type ToPixels } from "../formats/geotiff-file.ts";
import { objectIn, readListed, textOf } from "../formats/json-file.ts";
import type { Adapter, Source } from "./shared/adapter.ts";
import { type DrawnObject, drawnDefaults, loadDrawn } from "./shared/drawn.ts";
import { readAnnotated } from "./shared/find.ts";
import {
  type Box,
  boxOf,
  boxText,
  labelText,
  mapRing,
  type Ring,
  type Shape,
  skipped,
} from "./shared/shapes.ts";
import { targetId } from "./shared/targets.ts";

export const geojson: Adapter<GeojsonOptions, "coordinates" | "excludeCategories" | "ignoreCategories"> = {
  defaults: { coordinates: "map", ...drawnDefaults },
  list(options, source) {
    const asTheyAre: ToPixels = (x, y) => [x, y];
    const footprints = (annotation: DataFile) => readGeoJson(annotation, source.note, options.category);
    return readAnnotated(options, source, {
      read: async (annotation) => ({ objects: (await footprints(annotation)).objects(asTheyAre) }),
      load: async (image, annotation) => {
        const found = await footprints(annotation);
        const toPixels =
          options.coordinates === "pixels" ? asTheyAre : await placeOf(image, annotation, found, source.note);
        return loadDrawn(image, { objects: found.objects(toPixels) }, options, source);
      },
    });
  },
};

/** Both must use the same coordinate system: nothing is reprojected. */
async function placeOf(
  image: DataFile,
  annotation: DataFile,
  { crs, named, objects }: Footprints,
  note: Source["note"],
): Promise<ToPixels> {
  const { crs: own, projected, toPixels, corners } = await readGeoreference(image);
  if (own !== undefined && own === crs) return toPixels;
  const theirs = crs === undefined ? `"${named}"` : `EPSG:${crs}`;
  const got = named === undefined ? `${theirs}, longitude and latitude, as none is named` : theirs;
  const what = "the outlines and their image use different coordinate systems";
  if (own !== undefined) throw complain(annotation.name, what, { expected: `EPSG:${own}`, got });
  // Which one the image's is cannot be known. Longitude and latitude are not a projected one; else, places must fit.
  const box = boxOf(objects((x, y) => [x, y]).flatMap(ringsIn));
  const extent = boxOf([corners]);
  const degrees = box[0] >= -360 && box[2] <= 360 && box[1] >= -90 && box[3] <= 90;
  const unknown = `a${projected ? " projected" : ""} coordinate system that ${image.name} does not name`;
  if (box[0] > box[2]) return toPixels;
  if (crs === 4326 && (projected || !meet(box, extent)) && degrees)
    throw complain(annotation.name, what, {
      expected: `${unknown}, ${boxText([extent])}`,
      got: `${got}, ${boxText([box])}`,
    });
  if (!meet(box, extent)) {
    const far = "all outlines lie outside their image, whose coordinate system has no name to compare";
    throw complain(annotation.name, far, { expected: boxText([extent]), got: boxText([box]) });
  }
  note({
    what: "images that do not name their coordinate system: that of the outlines is taken for it",
    where: image.name,
  });
  return toPixels;
}

/** Of an object, as far as it can be read: the rest fails when it is drawn. */
function ringsIn(object: DrawnObject): readonly Ring[] {
  try {
    return object.shapes({ width: 1, height: 1 }).flatMap((shape) => ("rings" in shape ? shape.rings : []));
  } catch {
    return [];
  }
}

function meet(a: Box, b: Box): boolean {
  return a[0] <= b[2] && b[0] <= a[2] && a[1] <= b[3] && b[1] <= a[3];
}

interface Footprints {
  /** EPSG code of the coordinates; 4326 (longitude, latitude) where none is named; undefined for an unknown name. */
  readonly crs: number | undefined;
  /** What the file calls it. */
  readonly named: string | undefined;
  objects(toPixels: ToPixels): readonly DrawnObject[];
}

/** Ids are the features' own or their indices; `category` names the property that holds the category. */
async function readGeoJson(file: DataFile, note: Source["note"], category?: string): Promise<Footprints> {
  const { json, list } = await readListed(file, "features", "a GeoJSON FeatureCollection");
  return {
    ...crsOf(json.crs),
    objects: (toPixels) =>
      list.map((feature, index) => {
        const where = `${file.name}: features[${index}]`;
        const { id, geometry, properties } = objectIn(feature);
        const named = category === undefined ? undefined : objectIn(properties)[category];
        if (typeof named === "object" && named !== null)
          note({ what: "properties that are lists or objects: no category", where, key: "adapter.category" });
        return {
          id: targetId(id, String(index)),
          where,
          category: labelText(named) || undefined,
          shapes: () => shapesOf(geometry, where, toPixels),
        };
      }),
  };
}

/** {type: "name", properties: {name}}, and {type: "EPSG", properties: {code}} of the first drafts. */
function crsOf(crs: unknown): { crs: number | undefined; named: string | undefined } {
  const { name, code, href } = objectIn(objectIn(crs).properties);
  const given = name ?? code ?? href;
  if (given == null) return { crs: 4326, named: undefined };
  const named = typeof given === "object" ? textOf(given) : String(given);
  if (/CRS:?:?84$/i.test(named)) return { crs: 4326, named };
  const digits = /^(?:.*EPSG[:/](?:[^:/]*[:/])?)?(\d+)$/i.exec(named)?.[1];
  return { crs: digits === undefined ? undefined : sameAs(Number(digits)), named };
}

const WITHOUT_AREA = ["Point", "MultiPoint", "LineString", "MultiLineString"];

/** One figure per polygon, its inner rings holes; a collection is one object. */
function shapesOf(geometry: unknown, where: string, toPixels: ToPixels): readonly Shape[] {
  if (geometry == null) return [skipped("a feature without geometry")];
  const { type, coordinates, geometries } = objectIn(geometry);
  if (type === "Polygon") return [polygon(coordinates)];
  if (type === "MultiPolygon") return listOf(coordinates).map(polygon);
  if (type === "GeometryCollection")
    return listOf(geometries).flatMap((part) => shapesOf(part, where, toPixels));
  if (typeof type === "string" && WITHOUT_AREA.includes(type)) return [skipped(type)];
  const expected = ["Polygon, MultiPolygon, GeometryCollection", ...WITHOUT_AREA].join(", ");
  throw complain(where, "unknown geometry", { expected, got: textOf(type) });

  function polygon(rings: unknown): Shape {
    return { rings: listOf(rings).map((ring) => mapRing(listOf(ring).flatMap(position), toPixels)) };
  }
  /** An elevation, if given, is dropped. */
  function position(at: unknown): Ring {
    const [x, y] = listOf(at);
    if (Number.isFinite(x) && Number.isFinite(y)) return [x as number, y as number];
    throw complain(where, "a position is not two numbers", { got: textOf(at) });
  }
  function listOf(value: unknown): readonly unknown[] {
    if (Array.isArray(value)) return value;
    throw complain(where, "coordinates are not nested correctly", { got: textOf(value) });
  }
}
