// Scores sets of masks that were made elsewhere: the same rows as a generator's, without what only a generator knows.
import { reasonOf } from "../../core/errors.ts";
import type { Detections } from "../../core/predictions.ts";
import type { Rle, RowFact } from "../../core/rows.ts";
import type { ImageSample } from "../../core/types.ts";
import { rleOf } from "../../masks/rle.ts";
import { sampleRows } from "../evaluate-sample.ts";
import { readMask, type ScoredImage } from "../interactive/score-image.ts";
import type { EvaluationSettings, Outcome, StepMask, UnitJob } from "../task.ts";
import { matchMaskSet, truthOf, WHOLE } from "./match.ts";
import { maskSetMeasures } from "./measures.ts";
import type { EverythingProtocol } from "./protocols.ts";

/** All masks of an image, made elsewhere. */
export const externalMasks: Pick<EverythingProtocol, "id" | "task" | "summary" | "measures"> = {
  id: "external-masks@1",
  task: "everything",
  summary:
    "all masks of an image, made elsewhere and matched to targets as COCO does (segbench score --match coco)",
  measures: () => maskSetMeasures,
};

export interface MaskSetScoring extends EvaluationSettings<Pick<EverythingProtocol, "id">> {
  readonly detections: Pick<Detections, "read">;
}

/** A row of one image: its detections against its targets, without categories. What cannot be used is left out. */
export async function scoreMaskSet(
  { ref: { only, ...ref }, ...job }: UnitJob,
  { detections, masks: kept, ...settings }: MaskSetScoring,
): Promise<ScoredImage> {
  const problems: string[] = [];
  const scored = async ({ image, targets }: ImageSample): Promise<Outcome> => {
    const { width, height } = image;
    const wanted = only === undefined ? targets : targets.filter(({ id }) => only.has(id));
    const found: { readonly score: number; readonly mask: Rle }[] = [];
    for (const { name, score, read } of await detections.read(ref.id)) {
      try {
        const mask = await readMask({ name, read }, image, name);
        found.push({ score, mask: rleOf(mask) });
      } catch (error) {
        problems.push(reasonOf(error));
      }
    }
    const { facts, order } = matchMaskSet(found, truthOf(wanted));
    const stored = order.map((place, rank): StepMask => {
      const { score, mask } = found[place]!;
      return { at: { clicks: 0 }, generated: { rank, score }, rle: mask };
    });
    const row = { size: { width, height }, facts: facts as unknown as Readonly<Record<string, RowFact>> };
    return { row, masks: kept ? stored : [] };
  };
  const result = await sampleRows(
    { ...job, ref },
    settings,
    () => [{ status: "ok", id: WHOLE }],
    async (sample, watch) => ({
      evaluate: async () => [
        await watch.wait("score", () =>
          scored(sample).catch((error: unknown) => ({ failure: reasonOf(error) })),
        ),
      ],
    }),
  );
  return { ...result, unknown: [], problems, targets: [WHOLE] };
}
