import type { ModelCapabilities, Protocol } from "../../core/types.ts";

/** Why a model cannot play a protocol, one sentence each; empty when it can. Known before the first image. */
export function refusals(model: string, capabilities: ModelCapabilities, protocol: Protocol): string[] {
  const { needs, id } = protocol;
  return [
    ...(needs.box === true && !capabilities.box
      ? [`${model}: ${id} needs box prompts, which this export has not`]
      : []),
    ...(needs.maskInput === true && !capabilities.maskInput
      ? [`${model}: ${id} needs a mask prompt, which this export has not`]
      : []),
    ...(needs.points !== undefined && capabilities.points !== undefined && needs.points > capabilities.points
      ? [
          `${model}: ${id} sends up to ${needs.points} points, of which this export takes ${capabilities.points}`,
        ]
      : []),
  ];
}
