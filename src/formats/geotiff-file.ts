// Where a GeoTIFF lies on the map: GeoTIFF 1.1 (OGC 19-008), sections 7.1 and 7.2. Pixels are read elsewhere.
import { fromArrayBuffer } from "geotiff";
import { complain, reasonOf } from "../core/errors.ts";
import { type DataFile, readBytes } from "./files.ts";
import type { ToPixels } from "./geojson-file.ts";

export interface MapPlace {
  /** EPSG code, where the file names one. */
  readonly crs: number | undefined;
  /** Map to pixels; pixel (0, 0) covers the square from 0 to 1. */
  readonly toPixels: ToPixels;
}

/** Codes that say "my own" or "none". */
const NO_CODE = [0, 32767];

export async function readMapPlace(file: DataFile): Promise<MapPlace> {
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
  if (!Number.isFinite(1 / determinant) || ![c, f].every(Number.isFinite))
    throw complain({
      where: file.name,
      what: "its place on the map has no area",
      got: [a, b, c, d, e, f].join(" "),
    });
  return (x, y) => [
    (e * (x - c) - b * (y - f)) / determinant + half,
    (a * (y - f) - d * (x - c)) / determinant + half,
  ];
}
