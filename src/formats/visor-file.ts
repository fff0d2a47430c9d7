// EPIC-KITCHENS VISOR: one JSON per video, {video_annotations: [{image: {name, video}, annotations: [{id, name, segments}]}]}.
import { complain } from "../core/errors.ts";
import type { Size } from "../core/types.ts";
import { type DrawnObject, mapRing, ringsOf, textOf } from "./drawn-object.ts";
import type { DataFile } from "./files.ts";
import { readJson } from "./json-file.ts";

export interface VisorFrame {
  /** P01_01_frame_0000000283.jpg: unique in the data set. */
  readonly file: string;
  readonly where: string;
  readonly objects: readonly DrawnObject[];
}

interface Entity {
  readonly id?: unknown;
  readonly name?: unknown;
  readonly segments?: unknown;
}

/**
 * `space` is the size of the pictures that the points were set on; other pictures are of the same frames at another
 * size. All polygons of an entity are one figure by the even-odd rule, as in the authors' own drawing.
 */
export async function readVisor(file: DataFile, space: Size): Promise<readonly VisorFrame[]> {
  const json = (await readJson(file)) as { readonly video_annotations?: unknown } | null;
  const frames = json?.video_annotations;
  if (!Array.isArray(frames))
    throw complain({
      where: file.name,
      what: 'no list "video_annotations"',
      expected: "a VISOR annotation file",
    });
  return frames.map((frame: { image?: { name?: unknown }; annotations?: unknown } | null, index) => {
    const place = `${file.name}: video_annotations[${index}]`;
    const name = frame?.image?.name;
    if (typeof name !== "string" || name === "")
      throw complain({ where: place, what: "a frame without image.name", got: textOf(name) });
    const entities = frame?.annotations ?? [];
    if (!Array.isArray(entities))
      throw complain({ where: place, what: "annotations are not a list", got: textOf(entities) });
    return {
      file: name,
      where: place,
      objects: entities.map((one, i) => objectOf(one, i, `${file.name}: ${name}`, space)),
    };
  });
}

function objectOf(entity: Entity | null, index: number, image: string, space: Size): DrawnObject {
  const id = entity?.id == null ? `annotations[${index}]` : String(entity.id);
  const where = `${image}: annotation ${id}`;
  return {
    id,
    where,
    ...(typeof entity?.name === "string" && { category: entity.name }),
    shapes: ({ width, height }) => {
      // Exactly 1 where sizes agree: a rounded point may fall to another side of the raster.
      const [sx, sy] = [width / space.width, height / space.height];
      const scale = (x: number, y: number) => [x * sx, y * sy] as const;
      return [{ rings: ringsOf(entity?.segments ?? [], where).map((ring) => mapRing(ring, scale)) }];
    },
  };
}
