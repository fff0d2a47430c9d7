// Which targets of clips are shown as film strips, and which of their frames.
import { stripDefaults } from "../core/defaults.ts";
import { given } from "../core/given.ts";
import type { AnyMeasure } from "../core/measure.ts";
import type { ScoredRow } from "../core/rows.ts";
import { type TrackFacts, trackFacts } from "../core/track-facts.ts";
import { chooseByKind, type DrawnPicture, pictureOf, scoreOfRow } from "./gallery.ts";
import type { Strip, StripChoice, StripFrame, TrackLine } from "./input.ts";
import { formatWithUnit } from "./kit/format.ts";
import { gain } from "./lookup.ts";

/** The main scores of a row, by the measures of its protocol; undefined where the first has none. */
export function trackScores(
  row: ScoredRow,
  measures: readonly AnyMeasure[],
): TrackLine["scores"] | undefined {
  const main = measures.filter(({ show }) => show === "main");
  const [first, ...others] = main.map((measure) => scoreOfRow(measure, row, measure.of));
  return first && [first, ...others.flatMap((score) => score ?? [])];
}

/** How good a row is by its first score: higher is better. */
export function trackQuality([first]: TrackLine["scores"], measures: readonly AnyMeasure[]): number {
  return gain(measures.find(({ name }) => name === first.name)!, first.value);
}

/** Film strips of the worst, median and best targets, by protocol, model and benchmark; all but the first protocol share what room it has. */
export function chooseStrips(
  rows: readonly ScoredRow[],
  protocols: readonly { readonly id: string; readonly measures: readonly AnyMeasure[] }[],
): StripChoice[] {
  const { most } = stripDefaults;
  return protocols.flatMap(({ id, measures }, place) => {
    const ranked = rows.flatMap((row) => {
      const scores = row.protocol === id ? trackScores(row, measures) : undefined;
      return scores === undefined ? [] : [{ row, scores, quality: trackQuality(scores, measures) }];
    });
    const room = place === 0 ? most : Math.ceil(most / (protocols.length - 1));
    return chooseByKind(ranked, { ...stripDefaults, most: room }).map(({ one: { row, scores }, kind }) => {
      const { model, benchmark, sample, target, category, steps } = row;
      const facts = trackFacts(row);
      return given({
        ...{ model, benchmark, protocol: id, sample, target, category, kind, scores },
        ...{ sent: steps.at(-1)?.sent, frames: stripFrames(facts, worthSeeing(facts)) },
      });
    });
  });
}

/** Places in lists over scored frames: the lowest score of a frame that shows the target, where it is first gone, where it is back. */
function worthSeeing({ first, scored, j, area }: TrackFacts): number[] {
  const later = scored.flatMap((place, i) => (place > first ? [i] : []));
  const lowest = later
    .filter((i) => area[i]! > 0)
    .reduce<number | undefined>((low, i) => (low === undefined || j[i]! < j[low]! ? i : low), undefined);
  const gone = later.find((i) => area[i] === 0);
  const back = gone === undefined ? undefined : later.find((i) => i > gone && area[i]! > 0);
  return [lowest, gone, back].flatMap((i) => i ?? []);
}

/** The prompted frame, those that are `wanted` (places in the lists), and others as far from each other as there are. */
export function stripFrames(
  { first, scored, j, area }: Pick<TrackFacts, "first" | "scored" | "j" | "area">,
  wanted: readonly number[],
): StripFrame[] {
  const later = scored.flatMap((place, i) => (place > first ? [i] : []));
  const picked = new Set(wanted.slice(0, stripDefaults.frames - 1));
  const distance = (i: number) =>
    Math.min(scored[i]! - first, ...Array.from(picked, (other) => Math.abs(scored[i]! - scored[other]!)));
  while (picked.size < Math.min(stripDefaults.frames - 1, later.length)) {
    const open = later.filter((i) => !picked.has(i));
    picked.add(open.reduce((best, i) => (distance(i) > distance(best) ? i : best)));
  }
  const frameOf = (i: number): StripFrame => ({ place: scored[i]!, j: j[i]!, present: area[i]! > 0 });
  const own = scored.indexOf(first);
  return [
    own < 0 ? { place: first, present: true } : frameOf(own),
    ...[...picked].sort((a, b) => a - b).map(frameOf),
  ];
}

/** The same frames of two rows of a target: where their scores differ most, where it is gone and back, and others. */
export function changedFrames([base, candidate]: readonly [TrackFacts, TrackFacts]): [
  readonly StripFrame[],
  readonly StripFrame[],
] {
  const others = new Map(candidate.scored.map((place, i) => [place, candidate.j[i]!]));
  const moved = base.scored
    .map((place, i) => ({ i, by: Math.abs((others.get(place) ?? base.j[i]!) - base.j[i]!) }))
    .filter(({ i, by }) => by > 0 && base.scored[i]! > base.first)
    .sort((a, b) => b.by - a.by || a.i - b.i);
  const [most] = moved;
  const wanted = [...(most === undefined ? [] : [most.i]), ...worthSeeing(base)];
  const frames = stripFrames(base, [...new Set(wanted)]);
  const ofOther = (frame: StripFrame): StripFrame => {
    const { j: _, ...rest } = frame;
    return given({ ...rest, j: others.get(frame.place) });
  };
  return [frames, frames.map(ofOther)];
}

/** A strip with its frames' names and pictures, in their order. */
export function stripOf(choice: StripChoice, drawn: Parameters<typeof framesOfStrip>[2]): Strip {
  return { ...choice, frames: framesOfStrip(choice, choice.frames, drawn) };
}

/** Frames with their names and pictures; `model`: whose prediction it is, where that is not clear. */
export function framesOfStrip(
  { benchmark, sample, target, category }: Pick<TrackLine, "benchmark" | "sample" | "target" | "category">,
  frames: readonly StripFrame[],
  drawn: readonly { readonly frame: string; readonly picture: DrawnPicture }[],
  model?: string,
): Strip["frames"] {
  const what = category === undefined ? `object ${target}` : `${category} (object ${target})`;
  return frames.map((one, i) => {
    const { frame, picture } = drawn[i]!;
    const shown = one.j === undefined ? "the prompt" : jText(one.j);
    const outlines = `outlines of ground truth and ${model === undefined ? "prediction" : `of ${model}`}`;
    const alt = `${what} in ${benchmark} clip ${sample}, frame ${frame}: ${outlines}, ${shown}`;
    return { ...one, frame, picture: pictureOf(picture, alt) };
  });
}

function jText(j: number): string {
  return `J ${formatWithUnit({ unit: "share" }, j)}`;
}
