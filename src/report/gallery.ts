// Which targets a report shows, and how a drawn picture becomes part of its input.
import type { MeasureNote } from "../core/measure.ts";
import type { Row, RowStep, ScoredRow } from "../core/rows.ts";
import { formatWithUnit } from "./format-number.ts";
import type { GalleryChoice, GalleryItem, GalleryKind, GalleryScore, Picture } from "./input.ts";
import { gain } from "./lookup.ts";

export interface GalleryOptions {
  readonly protocol: string;
  /** The step that is ranked and shown, by its clicks; of several draws the first. */
  readonly clicks: number;
  /** Measures of this step whose names are scores of rows: the first ranks, the others stand beside it. */
  readonly measures: readonly [MeasureNote, ...MeasureNote[]];
  /** Targets of each kind per model and benchmark. */
  readonly perKind: number;
  /** Most targets in all; the worst of every benchmark come before any median, medians before the best. */
  readonly most: number;
}

/** In this order targets are chosen, so a target never shows twice. */
const kinds: readonly GalleryKind[] = ["worst", "best", "median"];
const shownOrder: readonly GalleryKind[] = ["worst", "median", "best"];

interface Ranked {
  readonly row: ScoredRow;
  readonly step: RowStep;
  readonly quality: number;
}

/** Worst, median and best targets per model and benchmark, in order of first appearance; ties by sample, then target id. */
export function chooseGallery(rows: Iterable<Row>, options: GalleryOptions): GalleryChoice[] {
  const [first] = options.measures;
  const groups = new Map<string, Ranked[]>();
  for (const row of rows) {
    if (row.protocol !== options.protocol || row.status !== "ok") continue;
    const step = row.steps.find(({ at }) => at.clicks === options.clicks && (at.draw ?? 0) === 0);
    const score = step?.scores[first.name];
    if (step === undefined || score === undefined) continue;
    const key = JSON.stringify([row.model, row.benchmark]);
    const ranked = { row, step, quality: gain(first, score) };
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [ranked]);
    else group.push(ranked);
  }
  const perGroup = [...groups.values()].map((group) => chooseKinds(group.sort(byQuality), options.perKind));
  const allowed = new Set(
    shownOrder.flatMap((kind) => perGroup.flatMap((group) => group.get(kind)!)).slice(0, options.most),
  );
  return perGroup.flatMap((group) =>
    shownOrder.flatMap((kind) =>
      group
        .get(kind)!
        .filter((ranked) => allowed.has(ranked))
        .map((ranked) => choiceOf(ranked, kind, options.measures)),
    ),
  );
}

function byQuality(a: Ranked, b: Ranked): number {
  return a.quality - b.quality || compare(a.row.sample, b.row.sample) || compare(a.row.target, b.row.target);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Picks by kind from targets in order of quality, each target at most once. */
function chooseKinds(ranked: readonly Ranked[], perKind: number): Map<GalleryKind, Ranked[]> {
  const taken = new Set<number>();
  const chosen = new Map<GalleryKind, Ranked[]>();
  for (const kind of kinds) {
    const picked = order(kind, ranked.length)
      .filter((index) => !taken.has(index))
      .slice(0, perKind);
    for (const index of picked) taken.add(index);
    chosen.set(
      kind,
      picked.map((index) => ranked[index]!),
    );
  }
  return chosen;
}

/** Indices of n ranked targets, most typical of a kind first. */
function order(kind: GalleryKind, n: number): number[] {
  const indices = Array.from({ length: n }, (_, index) => index);
  if (kind === "worst") return indices;
  if (kind === "best") return indices.reverse();
  const middle = Math.floor((n - 1) / 2);
  return indices.sort((a, b) => Math.abs(a - middle) - Math.abs(b - middle) || a - b);
}

function choiceOf(
  { row, step }: Ranked,
  kind: GalleryKind,
  [first, ...others]: GalleryOptions["measures"],
): GalleryChoice {
  const { model, benchmark, protocol, sample, target, category } = row;
  const scoreOf = ({ name, of, unit }: MeasureNote): GalleryScore[] => {
    const value = step.scores[name];
    return value === undefined ? [] : [{ name, of, unit, value }];
  };
  const predicted = step.candidates[step.chosen]?.predicted;
  return {
    ...{ model, benchmark, protocol, sample, target },
    ...(category === undefined ? {} : { category }),
    ...{ kind, at: step.at, place: first.at },
    scores: [scoreOf(first)[0]!, ...others.flatMap(scoreOf)],
    ...(predicted === undefined ? {} : { predicted }),
    ...(step.sent === undefined ? {} : { sent: step.sent }),
  };
}

/** The choice with what its row says of the steps before and after the one shown. */
export function withSteps(choice: GalleryChoice, { steps }: ScoredRow): GalleryChoice {
  const own = steps.filter(({ at }) => at.draw === choice.at.draw);
  const [{ name }] = choice.scores;
  return { ...choice, steps: own.map(({ at, scores }) => ({ clicks: at.clicks, value: scores[name]! })) };
}

export interface DrawnPicture {
  readonly data: Uint8Array;
  readonly type: string;
  readonly width: number;
  readonly height: number;
}

/** A choice with its picture, ready for the report. */
export function galleryItem(choice: GalleryChoice, { data, type, width, height }: DrawnPicture): GalleryItem {
  return { ...choice, picture: pictureOf({ data, type, width, height }, altOf(choice)) };
}

/** A drawn picture as part of a page. */
export function pictureOf({ data, type, width, height }: DrawnPicture, alt: string): Picture {
  const src = `data:${type};base64,${Buffer.from(data).toString("base64")}`;
  return { src, width, height, alt };
}

function altOf({ benchmark, sample, target, category, place, scores: [score] }: GalleryChoice): string {
  const what = category === undefined ? `target ${target}` : `${category} (target ${target})`;
  const after = place === "" ? "" : ` after ${place}`;
  return `${what} in ${benchmark} image ${sample}: outlines of ground truth and prediction${after}, ${score.of} ${formatWithUnit(score, score.value)}`;
}
