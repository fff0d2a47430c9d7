// Two models phrase by phrase: those that changed most over all images, and pictures of the queries that did.
import type { Registries } from "../../config/index.ts";
import { rowCheck } from "../../config/protocol-facts.ts";
import { phraseDefaults } from "../../core/query-facts.ts";
import type { ChangedTarget, Comparison } from "../../core/results.ts";
import type { ScoredRow } from "../../core/rows.ts";
import type { Sample } from "../../core/types.ts";
import { byCodeUnit } from "../../formats/files.ts";
import type { ChangeGallery, PhraseChange, PhraseLine, PicturedChange } from "../../report/input.ts";
import { gain, measureOf } from "../../report/lookup.ts";
import { aroundAnswers, queryPicture } from "../../report/query-picture.ts";
import { readRows } from "../../store/read-run.ts";
import type { Context } from "../context.ts";
import { PhraseLines } from "../report/phrases.ts";
import { type AnswerMasks, answeredQuery, answersOf } from "../report/query-pictures.ts";
import {
  type Change,
  type DrawnOf,
  drawChanges,
  type Example,
  type GalleryFrom,
  pictured,
  targetKey,
  withoutMasks,
} from "./changes.ts";
import { type Side, storedProtocol } from "./sides.ts";

/** What one side has of phrases; protocols by the comparison's names. */
interface SideOfPhrases {
  /** By benchmark, protocol and phrase. */
  readonly lines: ReadonlyMap<string, ReturnType<PhraseLines["all"]>[number]>;
  /** Of the targets that are pictured: none where its masks were not kept. */
  readonly kept: ReadonlyMap<string, KeptAnswer>;
}

interface KeptAnswer {
  readonly row: ScoredRow;
  readonly masks: AnswerMasks;
}

/** `sides`: the base, then the candidates. What cannot be drawn is reported, and is not an error. */
export async function comparePhrases(
  { pairs, protocols }: Pick<Comparison, "pairs" | "protocols">,
  sides: readonly Side[],
  from: GalleryFrom,
  context: Pick<Context, "cwd" | "env">,
): Promise<ChangeGallery> {
  const ids = protocols.map(({ id }) => id);
  const examples = pairs.map((pair) =>
    pair.examples.flatMap((target) => {
      const note = measureOf(protocols, target.protocol, target.measure);
      return note === undefined ? [] : [{ ...target, note }];
    }),
  );
  const all = new Map<Side, SideOfPhrases>();
  for (const [n, side] of sides.entries())
    all.set(side, await readSide(side, ids, examples[n - 1] ?? examples.flat(), from.known, context));
  const [base, ...candidates] = [...all];
  const phrases = candidates.flatMap(([{ name }, own]) =>
    ids.flatMap((id) => changedPhrases(base![1], own, id, name)),
  );
  const drawing = {
    words: ["pictures", "images"] as const,
    read: async (side: Side) => all.get(side)!.kept,
    draw: drawAnswers,
  };
  const { drawn, missing } = await drawChanges(examples, sides, drawing, from, context);
  return { changes: drawn, phrases, missing };
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
  if (side.baseline !== undefined) return { lines: new Map(), kept: new Map() };
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
  if (withoutMasks(side, context) !== undefined) return { lines: new Map(lines), kept: new Map() };
  const masks = await answersOf(side.path, [...rows.values()]);
  return { lines: new Map(lines), kept: new Map([...rows].map(([key, row]) => [key, { row, masks }])) };
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

/** Both in the same window; undefined where the sample is not the one that was scored. */
async function drawAnswers(
  sample: Sample,
  change: Change<Example, KeptAnswer>,
): Promise<DrawnOf<PicturedChange> | undefined> {
  if (sample.kind !== "concept") return undefined;
  const [base, candidate] = change.kept;
  const one = await answeredQuery(sample, base.row, base.masks);
  const other = one && (await answeredQuery(sample, candidate.row, candidate.masks));
  if (one === undefined || other === undefined) return undefined;
  const crop = aroundAnswers([one, other]);
  const { category = "" } = base.row;
  const { benchmark, sample: image } = change.target;
  return pictured(
    change,
    { category, at: { clicks: 0 } },
    (i) => queryPicture({ ...[one, other][i]!, crop }),
    (title) => `The answer of ${title} to “${category}” in ${benchmark} image ${image}`,
  );
}
