// LabelMe (wkentaro): one JSON per image, {imagePath, imageWidth, imageHeight, shapes: [{label, points, shape_type, group_id}]}.
import { complain } from "../core/errors.ts";
import {
  boxRing,
  type DrawnImage,
  type DrawnObject,
  ellipseRing,
  numbersOf,
  type Ring,
  ringsOf,
  type Shape,
  sizeOf,
  textOf,
} from "./drawn-object.ts";
import { readPatch } from "./drawn-patch.ts";
import type { DataFile } from "./files.ts";
import { readJson } from "./json-file.ts";

interface LabelMeShape {
  readonly label?: unknown;
  readonly points?: unknown;
  readonly shape_type?: unknown;
  readonly group_id?: unknown;
  readonly mask?: unknown;
}

/** `imagePath` as the file has it, from the JSON's folder. */
export interface LabelMeImage extends DrawnImage {
  readonly imagePath: string | undefined;
}

/** Shapes of one label and one group_id are one object, with the id of the first. */
export async function readLabelMe(file: DataFile): Promise<LabelMeImage> {
  const json = (await readJson(file)) as Readonly<Record<string, unknown>> | null;
  if (!Array.isArray(json?.shapes))
    throw complain({ where: file.name, what: 'no list "shapes"', expected: "a LabelMe annotation" });
  const size = sizeOf(json.imageWidth, json.imageHeight, `${file.name}: imageWidth, imageHeight`);
  const groups = new Map<string, { readonly index: number; readonly shapes: (LabelMeShape | null)[] }>();
  for (const [index, shape] of (json.shapes as readonly (LabelMeShape | null)[]).entries()) {
    const key = shape?.group_id == null ? `${index}` : JSON.stringify([shape.label, shape.group_id]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { index, shapes: [shape] });
    else group.shapes.push(shape);
  }
  const objects = [...groups.values()].map(({ index, shapes }): DrawnObject => {
    const where = `${file.name}: shapes[${index}]`;
    const label = shapes[0]?.label;
    return {
      id: String(index),
      where,
      ...(typeof label === "string" && { category: label }),
      shapes: () => shapes.flatMap((shape) => shapesOf(shape ?? {}, where)),
    };
  });
  const imagePath = typeof json.imagePath === "string" && json.imagePath !== "" ? json.imagePath : undefined;
  return { imagePath, objects, ...(size && { size }) };
}

/** Old files have no shape_type: polygons. Points and lines have no area. */
function shapesOf(
  { points, shape_type: type = "polygon", mask }: LabelMeShape,
  where: string,
): readonly Shape[] {
  if (type === "polygon" || type === "oriented_rectangle" || type === null)
    return [{ rings: ringsOf(points, where) }];
  if (type === "rectangle") return [{ rings: [boxRing(...corners(points, where))] }];
  if (type === "circle") return [{ rings: [circle(...corners(points, where))] }];
  if (type === "mask") {
    const [x, y] = corners(points, where);
    return [{ patch: readPatch(mask, x, y, where) }];
  }
  if (["line", "linestrip", "point", "points"].includes(type as string)) return [];
  throw complain({
    where,
    what: "unknown shape_type",
    expected: "polygon, rectangle, oriented_rectangle, circle, mask, line, linestrip, point or points",
    got: textOf(type),
  });
}

/** Two points. */
function corners(points: unknown, where: string): [number, number, number, number] {
  const [a, b] = Array.isArray(points) ? points : [];
  return [...numbersOf(a, ["0", "1"], where), ...numbersOf(b, ["0", "1"], where)] as [
    number,
    number,
    number,
    number,
  ];
}

/** Centre and a point of the circle. */
function circle(cx: number, cy: number, x: number, y: number): Ring {
  const radius = Math.hypot(x - cx, y - cy);
  return ellipseRing(cx, cy, radius, radius);
}
