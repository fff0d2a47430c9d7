// Which rows an export holds: of each benchmark and protocol at most so many targets, the same of all models, so that they can be compared.
import type { MeasureNote } from "../index.ts";
import type { OpenRun } from "./source.ts";

/** Targets of a benchmark and protocol. */
export const MOST_TARGETS = 200;

/** A target of a comparison's list, by names. */
export interface NamedTarget {
  readonly benchmark: string;
  readonly protocol: string;
  readonly sample: string;
  readonly target: string;
}

/**
 * Places of the rows, in the order of the run. A benchmark's targets, in each protocol: first those of `wanted`, up to half; then by turns, of each
 * model, the worst, the one in the middle and the best, then the next of each. A model's targets are ranked by the first main measure
 * of which some row has a value of its own; before the worst come those that failed, and equal ones are in the order of the run. Places that
 * are left are filled in that order.
 */
export async function chosenPlaces(
  { index, column }: Pick<OpenRun, "index" | "column">,
  wanted: readonly NamedTarget[] = [],
  most = MOST_TARGETS,
): Promise<Uint32Array> {
  const { names, measures } = index;
  const [model, benchmark, protocol, status, sample, target] = (await Promise.all(
    (["model", "benchmark", "protocol", "status", "sample", "target"] as const).map((name) => column(name)),
  )) as [Numbers, Numbers, Numbers, Numbers, Numbers, Numbers];
  /** A target within its group, as a number. */
  const keyOf = (place: number) => sample[place]! * names.target.length + target[place]!;
  const groups = new Map<number, number[]>();
  for (let place = 0; place < index.rows; place++) {
    const key = benchmark[place]! * names.protocol.length + protocol[place]!;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [place]);
    else group.push(place);
  }
  const failed = names.status.indexOf("failed");
  const stays = new Uint8Array(index.rows);
  for (const [group, places] of groups) {
    const all = new Set(places.map(keyOf));
    if (all.size <= most) {
      for (const place of places) stays[place] = 1;
      continue;
    }
    const [own, of] = [group % names.protocol.length, Math.floor(group / names.protocol.length)];
    const named = wanted.flatMap((one) => {
      if (one.benchmark !== names.benchmark[of] || one.protocol !== names.protocol[own]) return [];
      const [s, t] = [names.sample.indexOf(one.sample), names.target.indexOf(one.target)];
      const key = s * names.target.length + t;
      return s !== -1 && t !== -1 && all.has(key) ? [key] : [];
    });
    const chosen = new Set(named.slice(0, most / 2));
    const ranking = await rankingOf(measures[names.protocol[own]!] ?? [], column, places);
    const lists = names.model.flatMap((_, m) => {
      const ofModel = places.filter((place) => model[place] === m);
      const ranked = ranking(ofModel);
      const lost = ofModel.filter((place) => status[place] === failed);
      return [[...lost, ...ranked], fromMiddle(ranked), ranked.toReversed()];
    });
    const longest = Math.max(0, ...lists.map(({ length }) => length));
    for (let turn = 0; turn < longest && chosen.size < most; turn++)
      for (const list of lists) if (turn < list.length && chosen.size < most) chosen.add(keyOf(list[turn]!));
    for (const one of all) if (chosen.size < most) chosen.add(one);
    for (const place of places) if (chosen.has(keyOf(place))) stays[place] = 1;
  }
  return Uint32Array.from([...stays.keys()].filter((place) => stays[place] === 1));
}

type Numbers = ArrayLike<number>;

/** Sorts places from the worst to the best; those without a value are left out. */
async function rankingOf(
  notes: readonly MeasureNote[],
  column: OpenRun["column"],
  group: readonly number[],
): Promise<(places: readonly number[]) => number[]> {
  for (const { id, better } of notes.filter(({ show }) => show === "main")) {
    const values = await column(id);
    if (group.every((place) => Number.isNaN(values[place]))) continue;
    const sign = better === "lower" ? -1 : 1;
    return (places) =>
      places
        .filter((place) => !Number.isNaN(values[place]))
        .sort((a, b) => sign * (values[a]! - values[b]!) || a - b);
  }
  return () => [];
}

/** From the middle outwards: of six the third, the fourth, the second ... */
function fromMiddle(ranked: readonly number[]): number[] {
  const middle = (ranked.length - 1) >> 1;
  return ranked.map((_, i) => ranked[middle + (i % 2 === 1 ? (i + 1) / 2 : -i / 2)]!);
}
