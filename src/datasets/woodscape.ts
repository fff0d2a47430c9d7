// WoodScape's own instance annotations: one polygon per entry, parts of an object linked by group_id.
import type { WoodscapeOptions } from "../core/schema-types.ts";
import { readWoodScape, UNTAGGED } from "../formats/woodscape-file.ts";
import type { Adapter } from "./shared/adapter.ts";
import { readAnnotated } from "./shared/annotated.ts";

export const woodscape: Adapter<WoodscapeOptions> = (options, source) => {
  const excludeCategories = [...(options.excludeCategories ?? []), UNTAGGED];
  return readAnnotated({ ...options, excludeCategories }, source, { read: readWoodScape });
};
