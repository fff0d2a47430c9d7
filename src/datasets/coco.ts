// COCO instances JSON: TrashCan, LVIS, PIDRay, ZeroWaste, and detection-style exports of panoptic annotations.
import type { CocoOptions } from "../core/schema-types.ts";
import type { Adapter, Entry } from "./shared/adapter.ts";
import { type CocoAnnotation, type CocoBrief, cocoImages, readCoco } from "./shared/coco-images.ts";
import * as things from "./shared/coco-things.ts";

export const coco: Adapter<CocoOptions, "fileName" | "excludeCategories"> = {
  defaults: { fileName: "file_name", excludeCategories: [] },
  async list({ annotations, images, fileName, ids, excludeCategories }, source) {
    const locate = things.imageFinder(images, source);
    const excluded = new Set(excludeCategories);
    const entries: Entry[] = [];
    for (const { name, prefix } of await things.annotationFiles(annotations, source)) {
      const content = { ...(await readCoco({ root: source.root, name })), excluded };
      const { categories } = content;
      things.noteJoined(content, source);
      for (const { image, ...named } of cocoImages(content, prefix, { fileName, ids })) {
        const { file } = named;
        const size = things.statedSize(image);
        const scored = content
          .briefs(image.id)
          .filter((brief) => things.dropReason(brief, brief.empty, content) === undefined);
        entries.push({
          ...named,
          masks: scored.length,
          coco: { image: image.id, categories },
          load: async () => things.loadImage(await locate(name, file), image, content, source, partOf),
          ...(size && { size }),
        });
      }
      entries.push(...things.orphans(content));
    }
    return entries;
  },
};

function partOf({ segmentation }: CocoAnnotation, { empty }: CocoBrief, where: string): things.Part {
  return { segmentation, empty, where };
}
