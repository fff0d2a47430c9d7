// Supervisely projects (TrashCan's original annotations): one JSON per image, {size, objects: [{geometryType,
// bitmap | points, classTitle}]}.
import { complain } from "../core/errors.ts";
import type { SuperviselyOptions } from "../core/schema-types.ts";
import type { DataFile } from "../formats/files.ts";
import { type Json, objectIn, readListed, textIn, textOf } from "../formats/json-file.ts";
import type { Adapter } from "./shared/adapter.ts";
import { type DrawnImage, type DrawnObject, drawnDefaults } from "./shared/drawn.ts";
import { readAnnotated } from "./shared/find.ts";
import { boxRing, pointOf, readPatch, ringsOf, type Shape, sizeOf } from "./shared/shapes.ts";

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
      id: figure.id == null ? `objects[${index}]` : String(figure.id),
      where,
      category: textIn(figure.classTitle),
      shapes: () => shapesOf(figure, where),
    };
  });
  return { objects, size };
}

/** undefined for lines, points and the like, which have no area. */
function shapesOf({ geometryType, ...figure }: Json, where: string): readonly Shape[] {
  if (geometryType === "bitmap") {
    const { origin, data } = objectIn(figure.bitmap);
    const [x, y] = pointOf(origin, `${where}: origin`);
    return [{ patch: readPatch(data, x, y, where) }];
  }
  const { exterior, interior } = objectIn(figure.points);
  if (geometryType === "polygon") {
    const holes = interior ?? [];
    if (!Array.isArray(holes))
      throw complain({ where, what: "interior is not a list of outlines", got: textOf(holes) });
    return [{ rings: [exterior, ...holes].flatMap((ring) => ringsOf(ring, where)) }];
  }
  if (geometryType === "rectangle") {
    const corners = Array.isArray(exterior) ? exterior : [];
    return [{ rings: [boxRing(...pointOf(corners[0], where), ...pointOf(corners[1], where))] }];
  }
  if (typeof geometryType === "string") return [];
  throw complain({ where, what: "an object without geometryType", got: textOf(geometryType) });
}
