// CVAT XML 1.1, for images and for video.
import type { CvatOptions } from "../core/schema-types.ts";
import { readCvat } from "../formats/cvat-file.ts";
import type { Adapter } from "./shared/adapter.ts";
import { readDocuments } from "./shared/documents.ts";

export const cvat: Adapter<CvatOptions> = (options, source) =>
  readDocuments(options, source, (name) => readCvat({ root: source.root, name }));
