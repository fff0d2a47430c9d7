// Phrases asked of images, answered elsewhere: a row for each.
import { complain, reasonOf } from "../../core/errors.ts";
import type { Detections } from "../../core/predictions.ts";
import type { ModelFacts } from "../../core/query-facts.ts";
import type { RowFact } from "../../core/rows.ts";
import type { ConceptSample, Rle, Size } from "../../core/types.ts";
import { rleOf } from "../../masks/rle.ts";
import { sampleRows } from "../evaluate-sample.ts";
import { readMask, type ScoredImage } from "../interactive/score-image.ts";
import type { Entry, EvaluationSettings, Outcome, StepMask, UnitJob } from "../task.ts";
import type { FoundMask, QueryProtocol } from "./match.ts";

export interface QueryScoring extends EvaluationSettings<QueryProtocol> {
  /** By the id of the query. */
  readonly detections: Pick<Detections, "read">;
  /** Whoever made the answers left out masks with a lower score. */
  readonly from?: number;
}

/** A phrase that can be scored. */
export type ScoredQuery = Extract<ConceptSample["queries"][number], { readonly status: "ok" }>;

/** The row of a query, whoever answered it; `facts`: what the answer's maker says besides. Throws where masks cannot be compared. */
export function outcomeOf(
  protocol: QueryProtocol,
  { id, annotators }: ScoredQuery,
  found: readonly FoundMask[],
  { width, height }: Size,
  { kept, facts: more }: { readonly kept: boolean; readonly facts?: ModelFacts },
): Outcome {
  const { facts, kept: masks } = protocol.answer(found, annotators, { width, height }, `query ${id}`);
  const stored = (kept ? masks : []).map(
    ({ score, mask }, rank): StepMask => ({
      at: { clicks: 0 },
      generated: { rank, score },
      rle: mask as Rle,
    }),
  );
  const all = { ...facts, ...more } as unknown as Readonly<Record<string, RowFact>>;
  return { row: { size: { width, height }, facts: all }, masks: stored };
}

/** Rows of one image: the masks found for each phrase against its annotators'. What cannot be used is left out. */
export async function scoreQueries(
  job: UnitJob<ConceptSample>,
  { detections, from, masks: kept, ...settings }: QueryScoring,
): Promise<ScoredImage> {
  const problems: string[] = [];
  const found = async (id: string, { size }: ConceptSample) => {
    const masks: { score: number; mask: Rle }[] = [];
    for (const { name, score, rle, read } of await detections.read(id)) {
      try {
        if (score < 0 || score > 1)
          throw complain(name, "score is not in [0, 1]", { expected: "a share", got: String(score) });
        const [height, width] = rle?.size ?? [];
        const isWhole = rle !== undefined && width === size.width && height === size.height;
        masks.push({ score, mask: isWhole ? rle : rleOf(await readMask({ name, read }, size, name)) });
      } catch (error) {
        problems.push(reasonOf(error));
      }
    }
    return masks;
  };
  const scored = async (
    query: ScoredQuery,
    sample: ConceptSample,
    protocol: QueryProtocol,
  ): Promise<Outcome> => {
    const all = await found(query.id, sample);
    const cut = from !== undefined && all.every(({ score }) => score >= from);
    return outcomeOf(protocol, query, all, sample.size, {
      kept: kept === true,
      ...(cut && { facts: { from } }),
    });
  };
  const result = await sampleRows(
    job,
    settings,
    ({ queries }: ConceptSample): readonly Entry[] => queries,
    async (sample, watch) => ({
      evaluate: async (protocol) => {
        const outcomes: Outcome[] = [];
        for (const query of sample.queries)
          if (query.status === "ok")
            outcomes.push(
              await watch.wait("score", () =>
                scored(query, sample, protocol).catch((error: unknown) => ({ failure: reasonOf(error) })),
              ),
            );
        return outcomes;
      },
    }),
  );
  return { ...result, unknown: [], problems, targets: [] };
}
