import type { Protocol } from "../../core/types.ts";
import type { EvaluationSettings, UnitJob, UnitResult } from "../unit.ts";
import { imageRows } from "./image-rows.ts";

/** The rows of an image that is not shown to the model: all its targets fail for `reason`. Without `read` it is not read either. */
export function failedImage(
  { unit, ref }: UnitJob,
  settings: EvaluationSettings,
  { reason, read }: { readonly reason: string; readonly read: boolean },
): Promise<UnitResult> {
  const load = read ? ref.load : () => Promise.reject(new Error(reason));
  return imageRows<Protocol>({ unit, ref: { ...ref, load } }, settings, async () => ({
    play: async (_, players) => {
      for (const player of players) player.failure = reason;
    },
  }));
}
