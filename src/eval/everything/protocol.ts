import type { GeneratorSettings } from "../../core/mask-sets.ts";
import type { TaskProtocol } from "../task.ts";

/** How all masks of an image are asked for. */
export interface EverythingProtocol extends TaskProtocol {
  readonly task: "everything";
  readonly generator: GeneratorSettings;
}
