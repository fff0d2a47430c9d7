// Which targets a report shows, how a drawn picture becomes part of its input, and how the page shows it: each with the
// prompts that led to it.
import { given } from "../core/given.ts";
import { groupBy } from "../core/group-by.ts";
import { type AnyMeasure, isRanked, type MeasureNote } from "../core/measure.ts";
import type { Row, RowKey, RowStep, ScoredRow } from "../core/rows.ts";
import type { GalleryChoice, GalleryItem, GalleryKind, GalleryScore, Picture } from "./input.ts";
import { choices, modelMark, pictureKey, pictureTag, showBox } from "./kit/figures.ts";
import { decimal, formatValue, formatWithUnit, percent, plural } from "./kit/format.ts";
import { type Html, html, idsOf } from "./kit/markup.ts";
import { curveOf, gain } from "./lookup.ts";
import type { Page } from "./run/columns.ts";

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
export const shownOrder: readonly GalleryKind[] = ["worst", "median", "best"];

/** What is chosen among: higher is better. */
export interface Ranked {
  readonly row: RowKey;
  readonly quality: number;
}

interface RankedStep extends Ranked {
  readonly row: ScoredRow;
  readonly step: RowStep;
}

/** Worst, median and best targets per model and benchmark, in order of first appearance; ties by sample, then target id. */
export function chooseGallery(rows: Iterable<Row>, options: GalleryOptions): GalleryChoice[] {
  const [first] = options.measures;
  const ranked: RankedStep[] = [];
  for (const row of rows) {
    if (row.protocol !== options.protocol || row.status !== "ok") continue;
    const step = row.steps.find(({ at }) => at.clicks === options.clicks && (at.draw ?? 0) === 0);
    const score = step?.scores[first.name];
    if (step === undefined || score === undefined) continue;
    ranked.push({ row, step, quality: gain(first, score) });
  }
  return chooseByKind(ranked, options).map(({ one, kind }) => choiceOf(one, kind, options.measures));
}

/** Worst, median and best of each model and benchmark, in order of first appearance; ties by sample, then target id. */
export function chooseByKind<T extends Ranked>(
  all: readonly T[],
  { perKind, most }: Pick<GalleryOptions, "perKind" | "most">,
): { readonly one: T; readonly kind: GalleryKind }[] {
  const groups = groupBy(all, ({ row }) => JSON.stringify([row.model, row.benchmark]));
  const perGroup = [...groups.values()].map((group) => chooseKinds(group.toSorted(byQuality), perKind));
  const allowed = new Set(
    shownOrder.flatMap((kind) => perGroup.flatMap((group) => group.get(kind)!)).slice(0, most),
  );
  return perGroup.flatMap((group) =>
    shownOrder.flatMap((kind) =>
      group
        .get(kind)!
        .filter((one) => allowed.has(one))
        .map((one) => ({ one, kind })),
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
function chooseKinds<T extends Ranked>(ranked: readonly T[], perKind: number): Map<GalleryKind, T[]> {
  const taken = new Set<number>();
  const chosen = new Map<GalleryKind, T[]>();
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
  { row, step }: RankedStep,
  kind: GalleryKind,
  [first, ...others]: GalleryOptions["measures"],
): GalleryChoice {
  const { model, benchmark, protocol, sample, target, category } = row;
  const scoreOf = ({ name, of, unit }: MeasureNote): GalleryScore[] => {
    const value = step.scores[name];
    return value === undefined ? [] : [{ name, of, unit, value }];
  };
  const predicted = step.candidates[step.chosen]?.predicted;
  return given({
    ...{ model, benchmark, protocol, sample, target, category, kind, at: step.at, place: first.at },
    scores: [scoreOf(first)[0]!, ...others.flatMap(scoreOf)] as const,
    ...{ predicted, sent: step.sent },
  });
}

/** The choice with the scores of the steps before and after the one shown. */
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

/** Pictures of one benchmark, model by model; a picture opens large where scripts run. */
export function shotsOf(page: Page, benchmark: string): Html | undefined {
  const items = page.series.flatMap((look) =>
    page.gallery.filter((item) => item.benchmark === benchmark && item.model === look.name),
  );
  if (items.length === 0) return undefined;
  const ids = pictureIds(page);
  return html`<div class="shots">${items.map((item) => shot(page, item, ids.get(keyOf(item))!))}</div>
`;
}

/** What marks in the pictures mean, and which kinds of pictures to see. */
export function galleryKey(items: readonly GalleryItem[]): Html | undefined {
  if (items.length === 0) return undefined;
  return picturesKey(
    `the worst, the median and the best target of each model${shownStep(items)}.`,
    pictureKey(),
  );
}

/** What pictures are, what marks in them mean, and which kinds of them to see. */
export function picturesKey(what: string, marks: Html): Html {
  const boxes = shownOrder.map((kind) => showBox(kind, kind));
  return html`<p class="note">Pictures: ${what}</p>
${marks}${choices("Show", boxes, { className: "kinds" })}
`;
}

/** In its place where a run has none. */
export const noPictures = html`<p class="note">There are no pictures here: they are drawn when a run ends, if its masks are kept and the images can be read.</p>
`;

/** ", sam1-d1@1 with 3 clicks", where all pictures are of one step. */
function shownStep(items: readonly GalleryItem[]): string {
  const steps = new Set(
    items.map(({ protocol, place }) => `, ${protocol}${place === "" ? "" : ` with ${place}`}`),
  );
  const [only] = steps;
  return steps.size === 1 ? only! : "";
}

function keyOf({ benchmark, model, kind, sample, target }: GalleryItem): string {
  return [benchmark, model, kind, sample, target].join("\n");
}

/** "picture-trashcan-tiny-worst": the same from run to run, however the pictures change. */
function pictureIds({ gallery }: Page): Map<string, string> {
  const names = gallery.map((item) => `${item.benchmark}-${item.model}-${item.kind}`);
  const numbered = names.map((name, i) => {
    const earlier = names.slice(0, i).filter((other) => other === name).length;
    return earlier === 0 ? name : `${name}-${earlier + 1}`;
  });
  const ids = idsOf("picture", numbered);
  return new Map(gallery.map((item, i) => [keyOf(item), ids.get(numbered[i]!)!]));
}

function shot(page: Page, item: GalleryItem, id: string): Html {
  const { picture, kind, place, scores, predicted, category } = item;
  const [score, ...others] = scores;
  const look = page.series.find(({ name }) => name === item.model)!;
  const facts = [
    ...(predicted === undefined ? [] : [predictedText(page, item, predicted)]),
    ...others.map((other) => `${other.of} ${formatValue(other, other.value)}`),
  ];
  return html`<figure class="shot ${kind} ${look.className}" id="${id}"><a class="open" href="#${id}">${pictureTag(picture)}</a>
<figcaption><span class="badge">${kind}</span> <b>${score.of} ${formatValue(score, score.value)}</b>${page.series.length > 1 ? html` <span class="who">${modelMark(look)}</span>` : undefined}
<span class="what">${[category ?? "", place].filter((part) => part !== "").join(", ")}</span> <span class="facts">${facts.join(", ")}</span>
<span class="where">${placeOf(item)}</span></figcaption>
<details class="dialogue"><summary>Prompts</summary>${promptList(page, item)}</details></figure>
`;
}

/** A model's estimate of the score that it is ranked by; of masks made elsewhere the score that came with them, whatever it means. */
function predictedText({ manifest }: Page, { model, scores: [{ of }] }: GalleryItem, value: number): string {
  const planned = manifest.plan.models.find(({ name }) => name === model);
  return planned?.card.family === "external"
    ? `score ${decimal(value, 2)}`
    : `predicted ${of} ${percent(value)}`;
}

/** "IMG_4007 · target 2"; the target alone where it begins with the image's name, as a mask file does. */
function placeOf({ sample, target }: GalleryItem): string {
  return target !== sample && target.startsWith(sample) ? target : `${sample} · target ${target}`;
}

/** The prompts in the order in which they were sent, with the score that each click brought, and what came after. */
function promptList(
  { summary }: Page,
  { sent, steps = [], at, protocol, scores: [score] }: GalleryItem,
): Html {
  const { box, mask, clicks } = sent ?? { clicks: [] };
  const corners = box?.map((side) => Math.round(side));
  const prompts = [
    ...(corners === undefined
      ? []
      : [html`<li>box from ${corners[0]!}, ${corners[1]!} to ${corners[2]!}, ${corners[3]!}</li>`]),
    ...(mask === undefined || mask === "previous" ? [] : [html`<li>mask</li>`]),
    ...clicks.map(([x, y, label], n) => {
      const value = steps.find((step) => step.clicks === n + 1)?.value;
      const [what, className] = label === 1 ? ["foreground", "positive"] : ["background", "negative"];
      return html`<li><span class="${className}">${what}</span> at ${x}, ${y}${
        value === undefined ? undefined : html` <b>${score.of} ${formatValue(score, value)}</b>`
      }</li>`;
    }),
  ];
  const places = new Map(
    curveOf(summary, protocol, score.name).map(({ axis, at: words }) => [axis!.value, words]),
  );
  const later = steps.filter((step) => step.clicks > at.clicks);
  const after = later.map(
    ({ clicks: n, value }) => `${formatValue(score, value)} with ${places.get(n) ?? plural(n, "click")}`,
  );
  return html`<ol>${prompts}</ol>${after.length === 0 ? undefined : html`<p class="later">Then ${after.join(", ")}.</p>`}`;
}

/** What a row itself has by a measure of sums; undefined where it has nothing, and of ranked ones. `of`: as pictures call it. */
export function scoreOfRow(
  measure: AnyMeasure,
  row: ScoredRow,
  of: string | undefined = measure.title,
): GalleryScore | undefined {
  const parts = isRanked(measure) ? undefined : measure.parts(row);
  if (isRanked(measure) || parts === undefined) return undefined;
  const { name, unit } = measure;
  return { name, of, unit, value: measure.value(parts) };
}
