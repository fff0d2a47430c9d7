// Footprints on satellite and aerial pictures: GeoJSON (a collection of features, each with a Polygon or a MultiPolygon, in map
// coordinates or in pixels) beside GeoTIFF.
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

/** Both must use one coordinate system: nothing is projected. */
async function placeOf(image: DataFile, annotation: DataFile, crs: number | undefined): Promise<ToPixels> {
  const place = await readMapPlace(image);
  if (place.crs === undefined || place.crs === crs) return place.toPixels;
  throw complain({
    where: annotation.name,
    what: "the outlines use another coordinate system than their picture",
    expected: `EPSG:${place.crs}`,
    got: crs === undefined ? "an unknown one" : `EPSG:${crs}`,
  });
}

type ToPixels = (x: number, y: number) => readonly [number, number];

interface Footprints {
  /** EPSG code of the coordinates; 4326 (longitude, latitude) where none is named; undefined where the name is none we know. */
  readonly crs: number | undefined;
  objects(toPixels: ToPixels): readonly DrawnObject[];
}

/** Ids are the features' own or their places; `category` names the property that is the category. */
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
  /** A height, if there is one, is left out. */
  function position(at: unknown): Ring {
    const [x, y] = listOf(at);
    if (Number.isFinite(x) && Number.isFinite(y)) return [x as number, y as number];
    throw complain({ where, what: "a position is not two numbers", got: textOf(at) });
  }
  function listOf(value: unknown): readonly unknown[] {
    if (Array.isArray(value)) return value;
    throw complain({ where, what: "coordinates are not nested as they should be", got: textOf(value) });
  }
}

// Where a GeoTIFF lies on the map: GeoTIFF 1.1 (OGC 19-008), sections 7.1 and 7.2. Its pixels are read as those of any picture.

interface MapPlace {
  /** EPSG code, where the file names one. */
  readonly crs: number | undefined;
  /** Map to pixels; pixel (0, 0) covers the square from 0 to 1. */
  readonly toPixels: ToPixels;
}

/** Codes that say "my own" or "none". */
const NO_CODE = [0, 32767];

async function readMapPlace(file: DataFile): Promise<MapPlace> {
  const bytes = await readBytes(file);
  let found: Awaited<ReturnType<typeof readTags>>;
  try {
    found = await readTags(bytes);
  } catch (cause) {
    throw complain({ where: file.name, what: "not a GeoTIFF", got: reasonOf(cause), cause });
  }
  const { keys, scale, tie, matrix } = found;
  // RasterPixelIsPoint: the stated place is the middle of its pixel.
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
    what: "the picture does not say where it lies on the map",
    expected: "ModelTransformation, or ModelPixelScale and one ModelTiepoint",
    got: `${matrix.length}, ${scale.length} and ${tie.length} numbers`,
  });
}

function inverse([a, b, c, d, e, f]: Affine, half: number, file: DataFile): ToPixels {
  const determinant = a * e - b * d;
  if (!Number.isFinite(1 / determinant) || ![c, f].every(Number.isFinite)) {
    const what = "its place on the map has no area";
    throw complain({ where: file.name, what, got: [a, b, c, d, e, f].join(" ") });
  }
  return (x, y) => [
    (e * (x - c) - b * (y - f)) / determinant + half,
    (a * (y - f) - d * (x - c)) / determinant + half,
  ];
}
