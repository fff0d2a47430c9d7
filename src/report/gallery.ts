// Which targets a report shows, and how a drawn picture becomes part of its input.
import type { Row, RowPrompt, RowRound, ScoredRow } from "../core/rows.ts";
import { percent } from "./format-number.ts";
import type { GalleryChoice, GalleryItem, GalleryKind, Picture } from "./input.ts";
import { roundLabel } from "./lookup.ts";

export interface GalleryOptions {
  readonly protocol: string;
  /** The round that is ranked and shown; of several draws the first. */
  readonly clicks: number;
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
  readonly round: RowRound;
}

/** Worst, median and best targets per model and benchmark, in order of first appearance; ties by image, then target id. */
export function chooseGallery(rows: Iterable<Row>, options: GalleryOptions): GalleryChoice[] {
  const groups = new Map<string, Ranked[]>();
  for (const row of rows) {
    if (row.protocol !== options.protocol || row.status !== "ok") continue;
    const round = row.rounds.find(({ clicks, draw }) => clicks === options.clicks && (draw ?? 0) === 0);
    if (round === undefined) continue;
    const key = JSON.stringify([row.model, row.benchmark]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [{ row, round }]);
    else group.push({ row, round });
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
        .map((ranked) => choiceOf(ranked, kind)),
    ),
  );
}

function byQuality(a: Ranked, b: Ranked): number {
  return (
    a.round.selected - b.round.selected ||
    compare(a.row.image, b.row.image) ||
    compare(a.row.target, b.row.target)
  );
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

function choiceOf({ row, round }: Ranked, kind: GalleryKind): GalleryChoice {
  const { model, benchmark, protocol, image, target, category } = row;
  const { clicks, draw, selected, oracle, predicted } = round;
  return {
    model,
    benchmark,
    protocol,
    image,
    target,
    ...(category === undefined ? {} : { category }),
    kind,
    clicks,
    ...(draw === undefined ? {} : { draw }),
    iou: selected,
    ...(oracle === undefined ? {} : { oracle }),
    ...(predicted.length === 0 ? {} : { predicted: Math.max(...predicted) }),
    prompts: promptsOf(row.prompts, round),
  };
}

/** Prompts sent up to a round: its number of clicks, and the boxes (of several draws the round's own). */
export function promptsOf(prompts: readonly RowPrompt[], { clicks, draw }: RowRound): RowPrompt[] {
  const boxes = prompts.filter((prompt) => "box" in prompt);
  const sent = draw !== undefined && boxes.length > 1 ? boxes.slice(draw, draw + 1) : boxes;
  return [...sent, ...prompts.filter((prompt) => "label" in prompt).slice(0, clicks)];
}

/** The choice with what its row says of the rounds before and after the one shown. */
export function withRounds(choice: GalleryChoice, { rounds }: ScoredRow): GalleryChoice {
  const own = rounds.filter(({ draw }) => draw === choice.draw);
  return { ...choice, rounds: own.map(({ clicks, selected }) => ({ clicks, iou: selected })) };
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

function altOf({ benchmark, image, target, category, protocol, clicks, iou }: GalleryChoice): string {
  const what = category === undefined ? `target ${target}` : `${category} (target ${target})`;
  return `${what} in ${benchmark} image ${image}: outlines of ground truth and prediction after ${roundLabel(protocol, clicks)}, IoU ${percent(iou)} %`;
}
