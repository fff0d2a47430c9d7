// EPIC-KITCHENS VISOR: one JSON per video, {video_annotations: [{image: {name, video}, annotations: [{id,
// name, segments}]}]}; frames are found by name (P01_01_frame_0000000283.jpg) wherever their archives were
// unpacked.
import { complain } from "../core/errors.ts";
import type { VisorOptions } from "../core/schema-types.ts";
import type { Size } from "../core/types.ts";
import { type DataFile, splitName, stemOf } from "../formats/files.ts";
import { type Json, objectIn, readListed, textIn, textOf } from "../formats/json-file.ts";
import { parsePattern } from "../formats/pattern.ts";
import type { Adapter, Entry } from "./shared/adapter.ts";
import { countDrawn, type DrawnObject, drawnDefaults, loadDrawn } from "./shared/drawn.ts";
import { annotationMatches, type DocumentImage, matches } from "./shared/find.ts";
import { mapRing, ringsOf } from "./shared/shapes.ts";
import { targetId } from "./shared/targets.ts";

export const visor: Adapter<VisorOptions, "excludeCategories" | "ignoreCategories"> = {
  defaults: drawnDefaults,
  async list(options, source) {
    const { card, root } = source;
    const pattern = parsePattern(options.annotations, `${card}: adapter.annotations`);
    const frames = parsePattern(options.frames, `${card}: adapter.frames`);
    const [width, height] = options.space as [number, number];
    const places = new Map((await matches(frames, source)).map(({ name }) => [splitName(name)[1], name]));
    const entries: Entry[] = [];
    for (const { name: json } of await annotationMatches(pattern, source)) {
      for (const frame of await readVisor({ root, name: json }, { width, height })) {
        const name = places.get(frame.file);
        const load = async () => {
          if (name !== undefined) return loadDrawn({ root, name }, frame, options, source);
          throw complain(frame.where, "its frame is missing", { expected: frame.file });
        };
        const from = frame.where;
        const apart = [`${splitName(json)[1].replace(/\.json$/i, "")}/${stemOf(frame.file)}`];
        const masks = countDrawn(frame, options);
        entries.push({ id: stemOf(frame.file), file: name ?? frame.file, from, apart, masks, load });
      }
    }
    return entries;
  },
};

/**
 * `space` is the frame size that the points refer to; on frames of another size they are scaled. All polygons
 * of an entity are one figure by the even-odd rule, as in the authors' own code.
 */
async function readVisor(file: DataFile, space: Size): Promise<readonly DocumentImage[]> {
  const { list } = await readListed(file, "video_annotations", "a VISOR annotation file");
  return list.map((value, index) => {
    const place = `${file.name}: video_annotations[${index}]`;
    const { image, annotations } = objectIn(value);
    const { name } = objectIn(image);
    if (typeof name !== "string" || name === "")
      throw complain(place, "a frame without image.name", { got: textOf(name) });
    const entities = annotations ?? [];
    if (!Array.isArray(entities))
      throw complain(place, "annotations are not a list", { got: textOf(entities) });
    const objects = entities.map((one, i) => objectOf(objectIn(one), i, `${file.name}: ${name}`, space));
    return { file: name, where: place, objects };
  });
}

function objectOf(entity: Json, index: number, image: string, space: Size): DrawnObject {
  const id = targetId(entity.id, `annotations[${index}]`);
  const where = `${image}: annotation ${id}`;
  return {
    id,
    where,
    category: textIn(entity.name),
    shapes: ({ width, height }) => {
      // Exactly 1 where sizes agree: rounding a point may change pixels.
      const [sx, sy] = [width / space.width, height / space.height];
      const scale = (x: number, y: number) => [x * sx, y * sy] as const;
      return [{ rings: ringsOf(entity.segments ?? [], where).map((ring) => mapRing(ring, scale)) }];
    },
  };
}
