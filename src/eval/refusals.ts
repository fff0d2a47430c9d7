import type { ModelCapabilities } from "../core/types.ts";
import type { TaskProtocol } from "./task.ts";

/** Why a model cannot take part in a protocol, one sentence each; empty when it can. Known before the first sample. */
export function refusals(
  model: string,
  capabilities: ModelCapabilities,
  { id, needs }: Pick<TaskProtocol, "id" | "needs">,
): string[] {
  return [
    ...(needs.box === true && !capabilities.box
      ? [`${model}: ${id} needs box prompts, which this export does not have`]
      : []),
    ...(needs.maskInput === true && !capabilities.maskInput
      ? [`${model}: ${id} needs a mask prompt, which this export does not have`]
      : []),
    ...(needs.points !== undefined && capabilities.points !== undefined && needs.points > capabilities.points
      ? [
          `${model}: ${id} sends up to ${needs.points} points, of which this export takes ${capabilities.points}`,
        ]
      : []),
  ];
}
