// VGG Image Annotator (VIA) 1 and 2: NDD20, STREETS.
import type { ViaOptions } from "../core/schema-types.ts";
import { readVia } from "../formats/via-file.ts";
import type { Adapter } from "./shared/adapter.ts";
import { readDocuments } from "./shared/documents.ts";

export const via: Adapter<ViaOptions> = (options, source) =>
  readDocuments(options, source, (name) => readVia({ root: source.root, name }, options.category));
