// Phrases asked of images, answered elsewhere: a row for each.
import { complain, reasonOf } from "../../core/errors.ts";
import type { Detections } from "../../core/predictions.ts";
import type { RowFact } from "../../core/rows.ts";
import type { ConceptSample, Rle } from "../../core/types.ts";
import { rleOf } from "../../masks/rle.ts";
import { sampleRows } from "../evaluate-sample.ts";
import { readMask, type ScoredImage } from "../interactive/score-image.ts";
import type { Entry, EvaluationSettings, Outcome, StepMask, UnitJob } from "../task.ts";
import { conceptProblems, factsOfQuery, type QueryProtocol } from "./match.ts";
import { conceptMeasures } from "./measures.ts";
import { referring, referringUnion } from "./referring.ts";

/** Answers of masks with scores, whoever made them. */
export const conceptProtocol: QueryProtocol = {
  id: "concept@1",
  task: "concept",
  summary:
    "phrases asked of images, those that name nothing too: every mask with a score of 50 % or more is the answer, without suppression and without a limit",
  phrases: true,
  answer: (found, annotators, _, where) => factsOfQuery(found, annotators, where),
  measures: () => conceptMeasures,
  invariants: [conceptProblems],
};

/** Protocols of phrases; the first is the usual one. */
export const queryProtocols: readonly QueryProtocol[] = [conceptProtocol, referring, referringUnion];

export interface QueryScoring extends EvaluationSettings<QueryProtocol> {
  /** By the id of the query. */
  readonly detections: Pick<Detections, "read">;
}

/** Rows of one image: the masks found for each phrase against its annotators'. What cannot be used is left out. */
export async function scoreQueries(
  job: UnitJob<ConceptSample>,
  { detections, masks: kept, ...settings }: QueryScoring,
): Promise<ScoredImage> {
  const problems: string[] = [];
  const found = async (id: string, { size }: ConceptSample) => {
    const masks: { score: number; mask: Rle }[] = [];
    for (const { name, score, rle, read } of await detections.read(id)) {
      try {
        if (score < 0 || score > 1)
          throw complain({
            where: name,
            what: "score is not in [0, 1]",
            expected: "a share",
            got: String(score),
          });
        const [height, width] = rle?.size ?? [];
        const isWhole = rle !== undefined && width === size.width && height === size.height;
        masks.push({ score, mask: isWhole ? rle : rleOf(await readMask({ name, read }, size, name)) });
      } catch (error) {
        problems.push(reasonOf(error));
      }
    }
    return masks;
  };
  const outcomeOf = async (
    query: Extract<ConceptSample["queries"][number], { status: "ok" }>,
    sample: ConceptSample,
    protocol: QueryProtocol,
  ): Promise<Outcome> => {
    const all = await found(query.id, sample);
    const where = `query ${query.id}`;
    const { facts, kept: masks } = protocol.answer(all, query.annotators, sample.size, where);
    const stored = masks.map(
      ({ score, mask }, rank): StepMask => ({
        at: { clicks: 0 },
        generated: { rank, score },
        rle: mask as Rle,
      }),
    );
    const { width, height } = sample.size;
    const row = { size: { width, height }, facts: facts as unknown as Readonly<Record<string, RowFact>> };
    return { row, masks: kept ? stored : [] };
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
                outcomeOf(query, sample, protocol).catch((error: unknown) => ({ failure: reasonOf(error) })),
              ),
            );
        return outcomes;
      },
    }),
  );
  return { ...result, unknown: [], problems, targets: [] };
}
