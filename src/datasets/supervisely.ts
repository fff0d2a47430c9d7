// Supervisely projects (TrashCan's original annotations): one JSON per image, {size, objects: [{geometryType, bitmap | points,
// classTitle}]}.
import { complain } from "../core/errors.ts";
import type { SuperviselyOptions } from "../core/schema-types.ts";
import type { DataFile } from "../formats/files.ts";
import { readJson } from "../formats/json-file.ts";
import type { Adapter } from "./shared/adapter.ts";
import { type DrawnImage, type DrawnObject, drawnDefaults } from "./shared/drawn.ts";
import { readAnnotated } from "./shared/find.ts";
import { boxRing, numbersOf, readPatch, ringsOf, type Shape, sizeOf, textOf } from "./shared/shapes.ts";

export const supervisely: Adapter<SuperviselyOptions, "excludeCategories" | "ignoreCategories"> = {
  defaults: drawnDefaults,
  list: (options, source) => readAnnotated(options, source, { read: readSupervisely }),
};

interface Figure {
  readonly id?: number | string;
  readonly geometryType?: string;
  readonly classTitle?: unknown;
  readonly bitmap?: { readonly data?: unknown; readonly origin?: unknown };
  readonly points?: { readonly exterior?: unknown; readonly interior?: unknown };
}

async function readSupervisely(file: DataFile): Promise<DrawnImage> {
  const json = (await readJson(file)) as {
    size?: { width?: unknown; height?: unknown };
    objects?: unknown;
  } | null;
  if (!Array.isArray(json?.objects))
    throw complain({ where: file.name, what: 'no list "objects"', expected: "a Supervisely annotation" });
  const size = sizeOf(json.size?.width, json.size?.height, `${file.name}: size`);
  const objects = json.objects.map((figure: Figure | null, index): DrawnObject => {
    const where = `${file.name}: objects[${index}]`;
    const { id, classTitle } = figure ?? {};
    return {
      id: id == null ? `objects[${index}]` : String(id),
      where,
      ...(typeof classTitle === "string" && { category: classTitle }),
      shapes: () => shapesOf(figure ?? {}, where),
    };
  });
  return { objects, ...(size && { size }) };
}

/** Lines, points and the like have no area. */
function shapesOf({ geometryType, bitmap, points }: Figure, where: string): readonly Shape[] {
  if (geometryType === "bitmap") {
    const [x, y] = numbersOf(bitmap?.origin, ["0", "1"], `${where}: origin`) as [number, number];
    return [{ patch: readPatch(bitmap?.data, x, y, where) }];
  }
  if (geometryType === "polygon") {
    const holes = points?.interior ?? [];
    if (!Array.isArray(holes))
      throw complain({ where, what: "interior is not a list of outlines", got: textOf(holes) });
    return [{ rings: [points?.exterior, ...holes].flatMap((ring) => ringsOf(ring, where)) }];
  }
  if (geometryType === "rectangle") {
    const corners = Array.isArray(points?.exterior) ? points.exterior : [];
    const [x0, y0] = numbersOf(corners[0], ["0", "1"], where) as [number, number];
    const [x1, y1] = numbersOf(corners[1], ["0", "1"], where) as [number, number];
    return [{ rings: [boxRing(x0, y0, x1, y1)] }];
  }
  if (typeof geometryType === "string") return [];
  throw complain({ where, what: "an object without geometryType", got: textOf(geometryType) });
}
