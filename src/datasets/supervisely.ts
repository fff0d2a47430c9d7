// Supervisely projects (TrashCan's original annotations): one JSON per image, {size, objects: [{geometryType,
// bitmap | points, classTitle}]}. A figure of several parts is one object.
import { complain } from "../core/errors.ts";
import type { SuperviselyOptions } from "../core/schema-types.ts";
import type { DataFile } from "../formats/files.ts";
import { isObject, type Json, objectIn, readListed, textOf } from "../formats/json-file.ts";
import type { Adapter } from "./shared/adapter.ts";
import { type DrawnImage, type DrawnObject, drawnDefaults } from "./shared/drawn.ts";
import { readAnnotated } from "./shared/find.ts";
import {
  labelText,
  numbersOf,
  pointOf,
  readPatch,
  rectangleRing,
  ringsOf,
  type Shape,
  sizeOf,
  skipped,
  turnedRing,
} from "./shared/shapes.ts";
import { targetId } from "./shared/targets.ts";

export const supervisely: Adapter<SuperviselyOptions, "excludeCategories" | "ignoreCategories"> = {
  defaults: drawnDefaults,
  list: (options, source) => readAnnotated(options, source, { read: readSupervisely }),
};

async function readSupervisely(file: DataFile): Promise<DrawnImage> {
  const { json, list } = await readListed(file, "objects", "a Supervisely annotation");
  const stated = objectIn(json.size);
  const size = sizeOf(stated.width, stated.height, `${file.name}: size`);
  const objects = list.map((value, index): DrawnObject => {
    const where = `${file.name}: objects[${index}]`;
    const figure = objectIn(value);
    return {
      id: targetId(figure.id, `objects[${index}]`),
      where,
      category: labelText(figure.classTitle),
      shapes: () => shapesOf(figure, where),
    };
  });
  return { objects, size };
}

const KNOWN = ["polygon", "multipolygon", "bitmap", "alpha_mask", "rectangle", "oriented_bbox"];
/** A graph is a skeleton of key points. */
const WITHOUT_AREA = ["line", "polyline", "point", "graph"];

function shapesOf({ geometryType: type, ...figure }: Json, where: string): readonly Shape[] {
  if (typeof type !== "string")
    throw complain(where, "an object without geometryType", { got: textOf(type) });
  if (WITHOUT_AREA.includes(type)) return [skipped(type)];
  const corners = isObject(figure.points) ? figure.points.exterior : figure.points;
  if (type === "polygon") return [polygon(figure.points, where)];
  if (type === "multipolygon")
    return listIn(figure.parts, "parts", where).map((part) => polygon(part, where));
  if (type === "bitmap" || type === "alpha_mask") {
    const { origin, data } = objectIn(figure.bitmap);
    const [x, y] = pointOf(origin, `${where}: origin`);
    const soft = { note: "a soft mask: what is not wholly transparent is the object" };
    return [{ patch: readPatch(data, x, y, where) }, ...(type === "alpha_mask" ? [soft] : [])];
  }
  if (type === "rectangle") return [{ rings: [rectangleRing(corners, where)] }];
  if (type === "oriented_bbox") {
    // In radians, clockwise.
    const [angle] = figure.angle == null ? [0] : numbersOf(figure, ["angle"], where);
    return [{ rings: [turnedRing(rectangleRing(corners, where), angle)] }];
  }
  const expected = [...KNOWN, ...WITHOUT_AREA].join(", ");
  throw complain(where, "unknown geometryType", { expected, got: textOf(type) });
}

function polygon(points: unknown, where: string): Shape {
  const { exterior, interior } = objectIn(points);
  const rings = [exterior, ...listIn(interior ?? [], "interior", where)];
  return { rings: rings.flatMap((ring) => ringsOf(ring, where)) };
}

function listIn(value: unknown, name: string, where: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw complain(where, `${name} is not a list`, { got: textOf(value) });
}
