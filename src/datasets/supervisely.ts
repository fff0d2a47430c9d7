// Supervisely projects: TrashCan's original annotations.
import type { SuperviselyOptions } from "../core/schema-types.ts";
import { readSupervisely } from "../formats/supervisely-file.ts";
import type { Adapter } from "./shared/adapter.ts";
import { readAnnotated } from "./shared/annotated.ts";

export const supervisely: Adapter<SuperviselyOptions> = (options, source) =>
  readAnnotated(options, source, { read: readSupervisely });
