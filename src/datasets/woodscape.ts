// WoodScape's own instance annotations: one polygon per entry, parts of an object linked by group_id. One JSON per image:
// {"<its own name>": {image_width, image_height, annotation: [{id, tags, segmentation, group_id}]}}.
import { complain } from "../core/errors.ts";
import type { WoodscapeOptions } from "../core/schema-types.ts";
import type { DataFile } from "../formats/files.ts";
import { objectIn, readJson, textOf } from "../formats/json-file.ts";
import type { Adapter } from "./shared/adapter.ts";
import { type DrawnImage, type DrawnObject, drawnDefaults } from "./shared/drawn.ts";
import { readAnnotated } from "./shared/find.ts";
import { grouped, ringsOf, sizeOf } from "./shared/shapes.ts";
import { targetId } from "./shared/targets.ts";

export const woodscape: Adapter<WoodscapeOptions, "excludeCategories" | "ignoreCategories"> = {
  defaults: drawnDefaults,
  list(options, source) {
    const excludeCategories = [...options.excludeCategories, UNTAGGED];
    return readAnnotated({ ...options, excludeCategories }, source, { read: readWoodScape });
  },
};

/** The category of entries without exactly one tag: the authors' semantic maps leave them out. */
const UNTAGGED = "(not one tag)";

/** Parts that share tag and group_id are one object with the id of the first, as the authors' box script merges them. */
async function readWoodScape(file: DataFile): Promise<DrawnImage> {
  const json = await readJson(file);
  // The key is the file's original name: a renamed file keeps it.
  const [content, ...more] = typeof json === "object" && json !== null ? Object.values(json) : [];
  const { annotation, image_width, image_height } = objectIn(content);
  if (!Array.isArray(annotation) || more.length > 0)
    throw complain(file.name, "not an annotation of one WoodScape image", {
      expected: 'one member with a list "annotation"',
      got: textOf(json),
    });
  const size = sizeOf(image_width, image_height, `${file.name}: image_width, image_height`);
  const groups = grouped(annotation.map(objectIn), (part) =>
    part.group_id == null || part.group_id === "" ? undefined : JSON.stringify([part.tags, part.group_id]),
  );
  const objects = groups.map(({ first, parts }): DrawnObject => {
    const { id, tags } = parts[0]!;
    const named = targetId(id, `annotation[${first}]`);
    const where = `${file.name}: ${named}`;
    const tag = Array.isArray(tags) && tags.length === 1 ? String(tags[0]) : UNTAGGED;
    return {
      id: named,
      category: tag,
      where,
      shapes: () => parts.map((part) => ({ rings: ringsOf(part.segmentation ?? [], where) })),
    };
  });
  return { objects, size };
}
