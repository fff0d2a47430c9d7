// Footprints in satellite and aerial images: GeoJSON (features with a Polygon or a MultiPolygon, in map coordinates or in
// pixels) beside GeoTIFF.
import { fromArrayBuffer } from "geotiff";
import { complain, reasonOf } from "../core/errors.ts";
import type { GeojsonOptions } from "../core/schema-types.ts";
import { type DataFile, readBytes } from "../formats/files.ts";
import { objectIn, readListed, textOf } from "../formats/json-file.ts";
import type { Adapter } from "./shared/adapter.ts";
import { type DrawnObject, drawnDefaults, loadDrawn } from "./shared/drawn.ts";
import { readAnnotated } from "./shared/find.ts";
import { mapRing, type Ring, type Shape } from "./shared/shapes.ts";

export const geojson: Adapter<GeojsonOptions, "coordinates" | "excludeCategories" | "ignoreCategories"> = {
  defaults: { coordinates: "map", ...drawnDefaults },
  list(options, source) {
    const asTheyAre: ToPixels = (x, y) => [x, y];
    const footprints = (annotation: DataFile) => readGeoJson(annotation, options.category);
    return readAnnotated(options, source, {
      read: async (annotation) => ({ objects: (await footprints(annotation)).objects(asTheyAre) }),
      load: async (image, annotation) => {
        const { crs, objects } = await footprints(annotation);
        const toPixels = options.coordinates === "pixels" ? asTheyAre : await placeOf(image, annotation, crs);
        return loadDrawn(image, { objects: objects(toPixels) }, options, source);
      },
    });
  },
};

/** Both must use the same coordinate system: nothing is reprojected. */
async function placeOf(image: DataFile, annotation: DataFile, crs: number | undefined): Promise<ToPixels> {
  const place = await readGeoreference(image);
  if (place.crs === undefined || place.crs === crs) return place.toPixels;
  throw complain({
    where: annotation.name,
    what: "the outlines and their image use different coordinate systems",
    expected: `EPSG:${place.crs}`,
    got: crs === undefined ? "an unknown coordinate system" : `EPSG:${crs}`,
  });
}

type ToPixels = (x: number, y: number) => readonly [number, number];

interface Footprints {
  /** EPSG code of the coordinates; 4326 (longitude, latitude) where none is named; undefined for an unknown name. */
  readonly crs: number | undefined;
  objects(toPixels: ToPixels): readonly DrawnObject[];
}

/** Ids are the features' own or their indices; `category` names the property that holds the category. */
async function readGeoJson(file: DataFile, category?: string): Promise<Footprints> {
  const { json, list } = await readListed(file, "features", "a GeoJSON FeatureCollection");
  return {
    crs: crsOf(objectIn(objectIn(json.crs).properties).name),
    objects: (toPixels) =>
      list.map((feature, index) => {
        const where = `${file.name}: features[${index}]`;
        const { id, geometry, properties } = objectIn(feature);
        const named = category === undefined ? undefined : objectIn(properties)[category];
        return {
          id: id == null ? String(index) : String(id),
          where,
          category: named == null || named === "" ? undefined : String(named),
          shapes: () => shapesOf(geometry, where, toPixels),
        };
      }),
  };
}

function crsOf(name: unknown): number | undefined {
  if (name == null || /CRS:?:?84$/.test(String(name))) return 4326;
  const code = /EPSG:(?:[^:]*:)?(\d+)$/.exec(String(name))?.[1];
  return code === undefined ? undefined : Number(code);
}

/** One figure per polygon, its inner rings holes. No geometry, points and lines have no area. */
function shapesOf(geometry: unknown, where: string, toPixels: ToPixels): readonly Shape[] {
  const { type, coordinates } = objectIn(geometry);
  if (type === "Polygon") return [polygon(coordinates)];
  if (type === "MultiPolygon") return listOf(coordinates).map(polygon);
  if (geometry == null || /^(Multi)?(Point|LineString)$/.test(String(type))) return [];
  throw complain({ where, what: "unknown geometry", expected: "Polygon or MultiPolygon", got: textOf(type) });

  function polygon(rings: unknown): Shape {
    return { rings: listOf(rings).map((ring) => mapRing(listOf(ring).flatMap(position), toPixels)) };
  }
  /** An elevation, if given, is dropped. */
  function position(at: unknown): Ring {
    const [x, y] = listOf(at);
    if (Number.isFinite(x) && Number.isFinite(y)) return [x as number, y as number];
    throw complain({ where, what: "a position is not two numbers", got: textOf(at) });
  }
  function listOf(value: unknown): readonly unknown[] {
    if (Array.isArray(value)) return value;
    throw complain({ where, what: "coordinates are not nested correctly", got: textOf(value) });
  }
}

// Where a GeoTIFF lies on the map: GeoTIFF 1.1 (OGC 19-008), sections 7.1 and 7.2. Its pixels are read like any image's.

interface Georeference {
  /** EPSG code, where the file names one. */
  readonly crs: number | undefined;
  /** Map to pixels; pixel (0, 0) covers the square from 0 to 1. */
  readonly toPixels: ToPixels;
}

/** Codes for "user-defined" and "undefined". */
const NO_CODE = [0, 32767];

async function readGeoreference(file: DataFile): Promise<Georeference> {
  const bytes = await readBytes(file);
  let found: Awaited<ReturnType<typeof readTags>>;
  try {
    found = await readTags(bytes);
  } catch (cause) {
    throw complain({ where: file.name, what: "not a GeoTIFF", got: reasonOf(cause), cause });
  }
  const { keys, scale, tie, matrix } = found;
  // RasterPixelIsPoint: the tie point is the centre of its pixel.
  const half = keys.GTRasterTypeGeoKey === 2 ? 0.5 : 0;
  const crs = [keys.ProjectedCSTypeGeoKey, keys.GeographicTypeGeoKey].find(
    (code) => typeof code === "number" && !NO_CODE.includes(code),
  );
  return { crs, toPixels: inverse(affineOf(file, scale, tie, matrix), half, file) };
}

async function readTags(bytes: Buffer) {
  const tiff = await fromArrayBuffer(
    bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer,
  );
  const image = await tiff.getImage();
  const tags = image.getFileDirectory();
  const read = async (tag: "ModelPixelScale" | "ModelTiepoint" | "ModelTransformation") =>
    tags.hasTag(tag) ? Array.from((await tags.loadValue(tag)) as ArrayLike<number>) : undefined;
  return {
    keys: (image.getGeoKeys() ?? {}) as { readonly [key: string]: number | undefined },
    scale: await read("ModelPixelScale"),
    tie: await read("ModelTiepoint"),
    matrix: await read("ModelTransformation"),
  };
}

/** x = a column + b row + c, y = d column + e row + f. */
type Affine = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

function affineOf(file: DataFile, scale: number[] = [], tie: number[] = [], matrix: number[] = []): Affine {
  if (matrix.length === 16) return [matrix[0]!, matrix[1]!, matrix[3]!, matrix[4]!, matrix[5]!, matrix[7]!];
  if (scale.length >= 2 && tie.length === 6) {
    const [column, row, , x, y] = tie as [number, number, number, number, number];
    const [sx, sy] = scale as [number, number];
    return [sx, 0, x - column * sx, 0, -sy, y + row * sy];
  }
  throw complain({
    where: file.name,
    what: "the image is not georeferenced",
    expected: "ModelTransformation, or ModelPixelScale and one ModelTiepoint",
    got: `${matrix.length}, ${scale.length} and ${tie.length} numbers`,
  });
}

function inverse([a, b, c, d, e, f]: Affine, half: number, file: DataFile): ToPixels {
  const determinant = a * e - b * d;
  if (!Number.isFinite(1 / determinant) || ![c, f].every(Number.isFinite)) {
    const what = "its area on the map is 0";
    throw complain({ where: file.name, what, got: [a, b, c, d, e, f].join(" ") });
  }
  return (x, y) => [
    (e * (x - c) - b * (y - f)) / determinant + half,
    (a * (y - f) - d * (x - c)) / determinant + half,
  ];
}
