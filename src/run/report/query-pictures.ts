// Answers to phrases in pictures, drawn when a run ends, where the images are there to read.
import { groupBy } from "../../core/group-by.ts";
import type { AnyMeasure, Invariant } from "../../core/measure.ts";
import { isExpression, isQuery, queryFacts, queryPictures } from "../../core/query-facts.ts";
import type { RowKey, ScoredRow } from "../../core/rows.ts";
import type { ConceptSample, Rle } from "../../core/types.ts";
import { judgementOf } from "../../eval/index.ts";
import { maskOfRle } from "../../masks/rle.ts";
import { chooseByKind, type DrawnPicture, pictureOf, scoreOfRow } from "../../report/gallery.ts";
import type { QueryChoice, QueryKind, ShownQuery } from "../../report/input.ts";
import { plural } from "../../report/kit/format.ts";
import { gain } from "../../report/lookup.ts";
import { type AnsweredQuery, queryPicture } from "../../report/query-picture.ts";
import { findMasks, maskKey } from "../../store/read-run.ts";
import { annotationsOf } from "../find-samples.ts";
import {
  type DrawableRun,
  drawnFolder,
  readDrawn,
  rowName,
  rowsNamed,
  type StoredPicture,
  samplesOf,
  seenRows,
} from "./drawn.ts";

const INDEX = "queries.json";

interface DrawnQuery extends StoredPicture {
  readonly choice: QueryChoice;
}

/** Draws into the run folder; false where the run is not one of phrases. */
export async function drawQueries(run: DrawableRun, check: Invariant): Promise<boolean> {
  const { out, plan, metrics } = run;
  const protocols = run.protocols.slice(0, 1);
  const own = protocols[0]?.measures(metrics).find(({ broken }) => broken === true);
  const isOwn = (row: ScoredRow) => isQuery(row) || isExpression(row);
  const seen = await seenRows({ out, protocols }, check, isOwn, (row) => seenQuery(row, own));
  if (seen === undefined) return false;
  const folder = await drawnFolder(out);
  if (seen.length === 0 || !plan.masks) return seen.length > 0;
  const choices = chooseQueries(seen);
  const rows = await rowsNamed(out, choices, check);
  const masks = await answersOf(out, [...rows.values()]);
  const sampleOf = samplesOf(run);
  // Image by image: several phrases of one are decoded together.
  const byImage = groupBy(choices, ({ benchmark, sample }) => `${benchmark}\n${sample}`);
  const pictures = new Map<QueryChoice, DrawnPicture>();
  for (const list of byImage.values()) {
    const sample = await sampleOf(list[0]!);
    if (sample?.kind !== "concept") continue;
    for (const choice of list) {
      const row = rows.get(rowName(choice));
      const answer = row && (await answeredQuery(sample, row, masks));
      if (answer !== undefined) pictures.set(choice, await queryPicture(answer));
    }
  }
  const drawn: DrawnQuery[] = [];
  for (const choice of choices) {
    const picture = pictures.get(choice);
    if (picture !== undefined)
      drawn.push({ choice, ...(await folder.picture(`query-${drawn.length}`, picture)) });
  }
  if (drawn.length > 0) await folder.index(INDEX, drawn);
  return true;
}

/** What was drawn for a run folder; nothing where it has no such pictures. */
export function readQueries(dir: string): Promise<ShownQuery[]> {
  return readDrawn(dir, INDEX, "pictures of answers", async ({ choice, ...stored }: DrawnQuery, picture) => ({
    ...choice,
    picture: pictureOf(await picture(stored), altOf(choice)),
  }));
}

function altOf({ phrase, benchmark, sample, right, wrong, missed }: QueryChoice): string {
  const what = `${plural(right, "right mask")}, ${wrong} wrong, ${missed} missed`;
  return `The answer to “${phrase}” in ${benchmark} image ${sample}: ${what}`;
}

/** What is remembered of a row until queries are chosen. */
interface SeenQuery extends Omit<QueryChoice, "kind"> {
  readonly row: RowKey;
  /** The higher, the better. */
  readonly quality: number;
}

/** `measure`: the number that each query has. */
function seenQuery(row: ScoredRow, measure: AnyMeasure | undefined): SeenQuery {
  const { model, benchmark, protocol, sample, cluster, target, category = "" } = row;
  const score = measure && scoreOfRow(measure, row);
  const { answer, chosen, annotators } = judgementOf(row)!;
  const { right, found, things } = annotators[chosen]!;
  const scores = isQuery(row) ? queryFacts(row).scores : [];
  return {
    row: { model, benchmark, protocol, sample, cluster, target },
    ...{ model, benchmark, protocol, sample, target, phrase: category },
    ...(score !== undefined && { score }),
    quality: score === undefined ? 0 : gain(measure!, score.value),
    ...{ right: right.length, wrong: answer.length - right.length },
    missed: found === "all" ? 0 : things - found.length,
    ...(scores.length > 0 &&
      answer.length > 0 && { highest: Math.max(...answer.map((rank) => scores[rank]!)) }),
  };
}

/** By model and benchmark, in order of first appearance. */
export function chooseQueries(seen: readonly SeenQuery[]): QueryChoice[] {
  const isAnswered = ({ right, wrong }: SeenQuery) => right + wrong > 0;
  const isNamed = ({ right, missed }: SeenQuery) => right + missed > 0;
  const named = seen.filter((one) => isAnswered(one) && isNamed(one) && one.score !== undefined);
  const chosen = (one: SeenQuery, kind: QueryKind): QueryChoice => {
    const { row: _, quality: __, ...choice } = one;
    return { ...choice, kind };
  };
  const { alarms, misses, most } = queryPictures;
  const first = (kind: QueryKind, list: readonly SeenQuery[], by: (one: SeenQuery) => number, each: number) =>
    [...groupBy(list, ({ model, benchmark }) => JSON.stringify([model, benchmark])).values()]
      .flatMap((group) =>
        group
          .toSorted((a, b) => by(b) - by(a))
          .slice(0, each)
          .map((one, turn) => ({ one, turn })),
      )
      // The first of each before the second of any.
      .map((entry, place) => ({ ...entry, place }))
      .sort((a, b) => a.turn - b.turn || a.place - b.place)
      .slice(0, most)
      .sort((a, b) => a.place - b.place)
      .map(({ one }) => chosen(one, kind));
  return [
    ...chooseByKind(named, queryPictures).map(({ one, kind }) => chosen(one, kind)),
    ...first(
      "alarm",
      seen.filter((one) => isAnswered(one) && !isNamed(one)),
      ({ highest = 0 }) => highest,
      alarms,
    ),
    ...first(
      "miss",
      seen.filter((one) => !isAnswered(one) && isNamed(one)),
      ({ missed }) => missed,
      misses,
    ),
  ];
}

/** The masks of a row's answer, by their rank; undefined where one was not kept. */
export type AnswerMasks = (
  row: ScoredRow,
  rank: number,
) => { readonly rle: Rle; readonly score: number } | undefined;

/** Those of some rows of a run folder, found in one pass. */
export async function answersOf(dir: string, rows: readonly ScoredRow[]): Promise<AnswerMasks> {
  const keyOf = ({ model, benchmark, protocol, sample, target }: ScoredRow, rank: number) => ({
    ...{ model, benchmark, protocol, sample, target },
    ...{ at: { clicks: 0 }, generated: { rank } },
  });
  const wanted = rows.flatMap((row) => judgementOf(row)!.answer.map((rank) => keyOf(row, rank)));
  const found = await findMasks(dir, wanted);
  return (row, rank) => {
    const mask = found.get(maskKey(keyOf(row, rank)));
    return mask && { rle: mask.rle, score: mask.generated?.score ?? 1 };
  };
}

/** What is drawn of a query; undefined where its image cannot be read, its masks are not there, or it is not the query that was scored. */
export async function answeredQuery(
  sample: ConceptSample,
  row: ScoredRow,
  masks: AnswerMasks,
): Promise<AnsweredQuery | undefined> {
  const { answer, chosen, annotators } = judgementOf(row)!;
  const { right, found: isFound } = annotators[chosen]!;
  const truths = annotationsOf(sample, row)?.[chosen];
  if (truths === undefined) return undefined;
  const image = await sample.image().catch(() => undefined);
  if (image === undefined) return undefined;
  const found = answer.flatMap((rank) => {
    const one = masks(row, rank);
    if (one === undefined) return [];
    const mask = maskOfRle(one.rle, `mask ${rank} of query ${row.target}`);
    return [{ mask, score: one.score, right: right.includes(rank) }];
  });
  if (found.length < answer.length) return undefined;
  const missed = isFound === "all" ? [] : truths.filter((_, place) => !isFound.includes(place));
  return { image, found, missed };
}
