// GeoJSON: a collection of features, each with a Polygon or a MultiPolygon, in map coordinates or in pixels.
import { complain } from "../core/errors.ts";
import { type DrawnObject, mapRing, type Ring, type Shape, textOf } from "./drawn-object.ts";
import type { DataFile } from "./files.ts";
import { readJson } from "./json-file.ts";

export type ToPixels = (x: number, y: number) => readonly [number, number];

export interface Footprints {
  /** EPSG code of the coordinates; 4326 (longitude, latitude) where none is named; undefined where the name is none we know. */
  readonly crs: number | undefined;
  objects(toPixels: ToPixels): readonly DrawnObject[];
}

interface Feature {
  readonly id?: unknown;
  readonly geometry?: { readonly type?: unknown; readonly coordinates?: unknown } | null;
  readonly properties?: Readonly<Record<string, unknown>> | null;
}

/** Ids are the features' own or their places; `category` names the property that is the category. */
export async function readGeoJson(file: DataFile, category?: string): Promise<Footprints> {
  const json = (await readJson(file)) as {
    features?: unknown;
    crs?: { properties?: { name?: unknown } } | null;
  } | null;
  const features = json?.features;
  if (!Array.isArray(features))
    throw complain({ where: file.name, what: 'no list "features"', expected: "a GeoJSON FeatureCollection" });
  return {
    crs: crsOf(json?.crs?.properties?.name),
    objects: (toPixels) =>
      features.map((feature: Feature | null, index) => {
        const where = `${file.name}: features[${index}]`;
        const { id, geometry, properties } = feature ?? {};
        const named = category === undefined ? undefined : properties?.[category];
        return {
          id: id == null ? String(index) : String(id),
          where,
          ...(named != null && named !== "" && { category: String(named) }),
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
function shapesOf(geometry: Feature["geometry"], where: string, toPixels: ToPixels): readonly Shape[] {
  const { type, coordinates } = geometry ?? {};
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
