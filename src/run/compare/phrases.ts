// Two models phrase by phrase: those that changed most over all images, and pictures of the queries that did.
import type { Registries } from "../../config/index.ts";
import { rowCheck } from "../../config/protocol-facts.ts";
import { comparisonDefaults } from "../../core/defaults.ts";
import { phraseDefaults } from "../../core/query-facts.ts";
import type { ChangedTarget, Comparison } from "../../core/results.ts";
import type { ScoredRow } from "../../core/rows.ts";
import { byCodeUnit } from "../../formats/files.ts";
import { pictureOf } from "../../report/gallery.ts";
import type { ChangeGallery, PhraseChange, PhraseLine, PicturedChange } from "../../report/input.ts";
import { formatWithUnit } from "../../report/kit/format.ts";
import { gain, measureOf } from "../../report/lookup.ts";
import { type AnsweredQuery, aroundAnswers, queryPicture } from "../../report/query-picture.ts";
import { readRows } from "../../store/read-run.ts";
import type { Context } from "../context.ts";
import { type FindSample, sampleFinder } from "../find-samples.ts";
import { PhraseLines } from "../report/phrases.ts";
import { type AnswerMasks, answeredQuery, answersOf } from "../report/query-pictures.ts";
import { absentLine, overLine } from "./gallery.ts";
import { type Side, storedProtocol } from "./sides.ts";
import { type GalleryFrom, targetKey, withoutMasks } from "./strips.ts";

/** What one side has of phrases; protocols by the comparison's names. */
interface SideOfPhrases {
  /** By benchmark, protocol and phrase. */
  readonly lines: ReadonlyMap<string, ReturnType<PhraseLines["all"]>[number]>;
  /** Of the targets that are pictured. */
  readonly rows: ReadonlyMap<string, ScoredRow>;
  /** Absent where its masks were not kept. */
  readonly masks?: AnswerMasks;
}

/** `sides`: the base, then the candidates. What cannot be drawn is reported, and is not an error. */
export async function comparePhrases(
  { pairs, protocols }: Pick<Comparison, "pairs" | "protocols">,
  sides: readonly Side[],
  { data, known }: GalleryFrom,
  context: Pick<Context, "cwd" | "env">,
): Promise<ChangeGallery> {
  const [base, ...candidates] = sides as [Side, ...Side[]];
  const ids = protocols.map(({ id }) => id);
  const examples = pairs.map((pair) => pair.examples);
  const ofBase = await readSide(base, ids, examples.flat(), known, context);
  const find = sampleFinder(data, context);
  const phrases: PhraseChange[] = [];
  const changes: PicturedChange[] = [];
  const absent = new Set<string>();
  let bytes = 0;
  let over = 0;
  for (const [n, side] of candidates.entries()) {
    const ofSide = await readSide(side, ids, examples[n]!, known, context);
    for (const id of ids) phrases.push(...changedPhrases(ofBase, ofSide, id, side.name));
    if (ofBase.masks === undefined || ofSide.masks === undefined) continue;
    for (const target of examples[n]!) {
      const rows = [ofBase.rows.get(targetKey(target)), ofSide.rows.get(targetKey(target))] as const;
      const note = measureOf(protocols, target.protocol, target.measure);
      if (rows[0] === undefined || rows[1] === undefined || note === undefined) continue;
      if (bytes > comparisonDefaults.pictureBytes) {
        over += 1;
        continue;
      }
      const planned = base.manifest.plan.benchmarks.find(({ name }) => name === target.benchmark)!;
      const answers = await bothAnswers(find(planned, target.sample), [
        [rows[0], ofBase.masks],
        [rows[1], ofSide.masks],
      ]);
      if (answers === undefined) {
        absent.add(target.benchmark);
        continue;
      }
      const crop = aroundAnswers(answers);
      const [one, other] = await Promise.all(answers.map((answer) => queryPicture({ ...answer, crop })));
      bytes += one!.data.length + other!.data.length;
      const phrase = rows[0].category ?? "";
      const alt = (title: string, value: number) =>
        `The answer of ${title} to “${phrase}” in ${target.benchmark} image ${target.sample}, ${note.of} ${formatWithUnit(note, value)}`;
      changes.push({
        ...{ ...target, candidateName: side.name, category: phrase, at: { clicks: 0 } },
        pictures: {
          base: pictureOf(one!, alt(base.title, target.base)),
          candidate: pictureOf(other!, alt(side.title, target.candidate)),
        },
      });
    }
  }
  const bare = sides.flatMap((side) => withoutMasks(side, context) ?? []);
  return { changes, phrases, missing: [...bare, ...absentLine(absent), ...overLine(over)] };
}

/** One pass over the rows of a side, and one over its masks. */
async function readSide(
  side: Side,
  protocols: readonly string[],
  wanted: readonly ChangedTarget[],
  known: Registries,
  context: Pick<Context, "cwd">,
): Promise<SideOfPhrases> {
  const rows = new Map<string, ScoredRow>();
  if (side.baseline !== undefined) return { lines: new Map(), rows };
  const names = new Map(protocols.map((id) => [storedProtocol(side, id), id]));
  const keys = new Set(wanted.map(targetKey));
  const phrases = new PhraseLines(known);
  for await (const row of readRows(side.path, rowCheck(known))) {
    const protocol = names.get(row.protocol);
    if (protocol === undefined || row.model !== side.model || row.status !== "ok") continue;
    phrases.add(row);
    const key = targetKey({ ...row, protocol });
    if (keys.has(key)) rows.set(key, row);
  }
  const lines = phrases.all().map(({ line, measure }) => {
    const protocol = names.get(line.protocol)!;
    return [lineKey({ ...line, protocol }), { line: { ...line, protocol }, measure }] as const;
  });
  const isBare = withoutMasks(side, context) !== undefined;
  const masks = isBare ? {} : { masks: await answersOf(side.path, [...rows.values()]) };
  return { lines: new Map(lines), rows, ...masks };
}

function lineKey({ benchmark, protocol, phrase }: Omit<PhraseLine, "model" | "values">): string {
  return JSON.stringify([benchmark, protocol, phrase]);
}

/** The largest losses, then the largest gains, by the number that each query has. */
function changedPhrases(
  base: SideOfPhrases,
  candidate: SideOfPhrases,
  protocol: string,
  candidateName: string,
): PhraseChange[] {
  const all = [...base.lines].flatMap(([key, { line, measure }]) => {
    const other = candidate.lines.get(key)?.line;
    const [before, after] = [line.values[measure.id], other?.values[measure.id]];
    if (line.protocol !== protocol || other === undefined || before === undefined || after === undefined)
      return [];
    const { model: _, values, ...phrase } = line;
    const change: PhraseChange = {
      ...{ ...phrase, candidateName, measure: measure.id },
      ...{ base: values, candidate: other.values },
    };
    return [{ change, by: gain(measure, after) - gain(measure, before) }];
  });
  const first = (sign: 1 | -1) =>
    all
      .filter(({ by }) => sign * by > 0)
      .sort(
        (a, b) =>
          sign * (b.by - a.by) ||
          b.change.images - a.change.images ||
          byCodeUnit(lineKey(a.change), lineKey(b.change)),
      )
      .slice(0, phraseDefaults.changed)
      .map(({ change }) => change);
  return [...first(-1), ...first(1)];
}

/** Nothing where no sample found is the one that was scored. */
async function bothAnswers(
  samples: ReturnType<FindSample>,
  [base, candidate]: readonly [readonly [ScoredRow, AnswerMasks], readonly [ScoredRow, AnswerMasks]],
): Promise<readonly [AnsweredQuery, AnsweredQuery] | undefined> {
  for await (const sample of samples) {
    if (sample.kind !== "concept") continue;
    const one = await answeredQuery(sample, ...base);
    const other = one === undefined ? undefined : await answeredQuery(sample, ...candidate);
    if (one !== undefined && other !== undefined) return [one, other];
  }
  return undefined;
}
