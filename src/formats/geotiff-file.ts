// Where a GeoTIFF lies on the map: GeoTIFF 1.1 (OGC 19-008), sections 7.1 and 7.2. Its pixels are read like any image's.
import { complain, reasonOf } from "../core/errors.ts";
import { type DataFile, readBytes } from "./files.ts";

export type ToPixels = (x: number, y: number) => readonly [number, number];

/** The EPSG code in use today, of web Mercator's older numbers. */
export function sameAs(code: number): number {
  return [900913, 102100, 102113].includes(code) ? 3857 : code;
}

export interface Georeference {
  /** EPSG code, where the file names one. */
  readonly crs: number | undefined;
  /** It is a projected one, not of longitude and latitude, whether it is named or not. */
  readonly projected: boolean;
  /** x and y on the map of the image's four corners. */
  readonly corners: readonly number[];
  /** Map to pixels; pixel (0, 0) covers the square from 0 to 1. */
  readonly toPixels: ToPixels;
}

/** Codes for "user-defined" and "undefined". */
const NO_CODE = [0, 32767];

export async function readGeoreference(file: DataFile): Promise<Georeference> {
  const bytes = await readBytes(file);
  let found: Awaited<ReturnType<typeof readTags>>;
  try {
    found = await readTags(bytes);
  } catch (cause) {
    throw complain(file.name, "not a GeoTIFF", { got: reasonOf(cause), cause });
  }
  const { keys, scale, tie, matrix, size } = found;
  // RasterPixelIsPoint: the tie point is the centre of its pixel.
  const half = keys.GTRasterTypeGeoKey === 2 ? 0.5 : 0;
  // A projected system names a geographic one too, which it stands on.
  const projected = keys.GTModelTypeGeoKey === 1 || keys.ProjectedCSTypeGeoKey !== undefined;
  const code = projected ? keys.ProjectedCSTypeGeoKey : keys.GeographicTypeGeoKey;
  const crs = typeof code === "number" && !NO_CODE.includes(code) ? sameAs(code) : undefined;
  const affine = affineOf(file, scale, tie, matrix);
  const [a, b, c, d, e, f] = affine;
  const { width, height } = size;
  const corners = [
    [0, 0],
    [width, 0],
    [width, height],
    [0, height],
  ].flatMap(([column, row]) => {
    const [x, y] = [column! - half, row! - half];
    return [a * x + b * y + c, d * x + e * y + f];
  });
  return { crs, projected, corners, toPixels: inverse(affine, half, file) };
}

async function readTags(bytes: Buffer) {
  const { fromArrayBuffer } = await import("geotiff");
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
    size: { width: image.getWidth(), height: image.getHeight() },
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
  throw complain(file.name, "the image is not georeferenced", {
    expected: "ModelTransformation, or ModelPixelScale and one ModelTiepoint",
    got: `${matrix.length}, ${scale.length} and ${tie.length} numbers`,
  });
}

function inverse([a, b, c, d, e, f]: Affine, half: number, file: DataFile): ToPixels {
  const determinant = a * e - b * d;
  if (!Number.isFinite(1 / determinant) || ![c, f].every(Number.isFinite)) {
    const what = "its area on the map is 0";
    throw complain(file.name, what, { got: [a, b, c, d, e, f].join(" ") });
  }
  return (x, y) => [
    (e * (x - c) - b * (y - f)) / determinant + half,
    (a * (y - f) - d * (x - c)) / determinant + half,
  ];
}
