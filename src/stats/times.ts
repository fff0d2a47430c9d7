// What a candidate's time is beside the base's: calls of the same images in the same circumstances, paired by image.
import { timeDefaults } from "../core/defaults.ts";
import { given } from "../core/given.ts";
import { mean, percentileSorted } from "../core/numbers.ts";
import type { GateCheck } from "../core/results.ts";
import {
  isBusy,
  type PairTimes,
  type Sitting,
  type StageComparison,
  sittingsOf,
  stageNames,
  stageTimes,
  type TimedImage,
  type TimedLine,
  type TimedSitting,
  type TimedStage,
  timedNoun,
  timedStages,
} from "../core/timing.ts";
import { plural } from "../core/words.ts";
import { type Judged, judgeInterval } from "./verdict.ts";

/** One side: the lines of its model, and where they come from. */
export interface TimedSide {
  readonly lines: readonly TimedLine[];
  /** Why there can be none, where that is known. */
  readonly without?: string | undefined;
}

type Sides<T> = Readonly<Record<"base" | "candidate", T>>;

/** The images that both sides have in one sitting, in the base's order. */
interface Shared {
  readonly sitting: Sitting;
  readonly pairs: readonly Sides<TimedImage>[];
}

/** `samePrompts`: both sides were sent as many steps, so that the times of whole images can be compared. */
export function compareTimes(
  candidate: string,
  sides: Sides<TimedSide>,
  { samePrompts }: { readonly samePrompts: boolean },
): PairTimes {
  const timed = { base: sittingsOf(sides.base.lines), candidate: sittingsOf(sides.candidate.lines) };
  const missing = (["base", "candidate"] as const).flatMap((side) =>
    timed[side].length > 0 ? [] : [`${side}: ${sides[side].without ?? withoutText(sides[side])}`],
  );
  if (missing.length > 0) return { candidate, stages: [], refused: missing.join("; "), notes: [] };
  const [shared] = sharedSittings(timed).toSorted((a, b) => b.pairs.length - a.pairs.length);
  if (shared === undefined) return { candidate, stages: [], refused: refusal(timed), notes: [] };
  const { sitting, pairs } = shared;
  const batches = { base: batchOf(pairs, "base"), candidate: batchOf(pairs, "candidate") };
  const sameBatch = batches.base === batches.candidate;
  const stages = timedStages.flatMap((stage) => {
    const comparable = stage === "encode" || (stage === "decode" ? sameBatch : samePrompts);
    return comparable ? (stageOf(stage, pairs) ?? []) : [];
  });
  const notes = [
    ...leftOut(timed, pairs.length, timedNoun(stages)),
    ...(sameBatch
      ? []
      : [
          `decoder calls take up to ${plural(batches.base, "prompt")} in base and ${batches.candidate} in candidate: single calls are not compared (with \`--batch 1\` for both runs they are)`,
        ]),
    ...(samePrompts
      ? []
      : ["the two runs send different prompts: images and frames are not compared as a whole"]),
    ...keptText(pairs, stages),
  ];
  return given({ candidate, sitting, stages, busy: busyText(pairs, sitting), notes });
}

function withoutText({ lines }: TimedSide): string {
  return lines.length === 0
    ? "timing.jsonl has no times"
    : "timing.jsonl has no times of calls: no model was called, or an earlier version of segbench wrote it";
}

function sharedSittings({ base, candidate }: Sides<readonly TimedSitting[]>): Shared[] {
  return base.flatMap(({ sitting, images }) => {
    const other = candidate.find((one) => differing({ base: sitting, candidate: one.sitting }).length === 0);
    const pairs = [...images].flatMap(([name, image]) => {
      const paired = other?.images.get(name);
      return paired === undefined ? [] : [{ base: image, candidate: paired }];
    });
    return pairs.length === 0 ? [] : [{ sitting, pairs }];
  });
}

/** What of two sittings differs, as names of facts with both values. */
function differing({ base, candidate }: Sides<Sitting>): string[] {
  const facts: Readonly<Record<keyof Sitting, string>> = {
    ...{
      processor: "processor",
      cores: "cores",
      memoryGiB: "memory (GiB)",
      os: "system",
      gpu: "graphics card",
    },
    ...{ provider: "provider", runtime: "runtime", threads: "threads", workers: "workers" },
  };
  return (Object.keys(facts) as (keyof Sitting)[])
    .filter((key) => base[key] !== candidate[key])
    .map((key) => `${facts[key]} ${base[key] ?? "none"} in base, ${candidate[key] ?? "none"} in candidate`);
}

/** Why no image counts, from what most images of either side were timed in. */
function refusal(timed: Sides<readonly TimedSitting[]>): string {
  const [base, candidate] = [timed.base, timed.candidate].map(
    (all) => all.toSorted((a, b) => b.images.size - a.images.size)[0]!.sitting,
  ) as [Sitting, Sitting];
  const found = differing({ base, candidate });
  if (found.length === 0) return "no image was timed in the same circumstances on both sides";
  const settings = ["threads", "workers", "provider"] as const;
  const same = settings.every((key) => base[key] === candidate[key]);
  const what = same
    ? "the two sides were timed on different machines"
    : "the two sides were timed in different circumstances";
  return `${what}: ${found.join("; ")}`;
}

/** Images that one side timed elsewhere. */
function leftOut({ base, candidate }: Sides<readonly TimedSitting[]>, pairs: number, noun: string): string[] {
  const names = (all: readonly TimedSitting[]) => new Set(all.flatMap(({ images }) => [...images.keys()]));
  const other = names(candidate);
  const both = [...names(base)].filter((name) => other.has(name)).length;
  if (both === pairs) return [];
  return [
    `${plural(both - pairs, noun)} of ${both} left out: not timed in the same circumstances on both sides`,
  ];
}

function batchOf(pairs: Shared["pairs"], side: keyof Sides<unknown>): number {
  return Math.max(...pairs.map((pair) => pair[side].batch));
}

function stageOf(stage: TimedStage, all: Shared["pairs"]): StageComparison | undefined {
  const pairs = all.filter((pair) => hasTime(pair.base[stage]) && hasTime(pair.candidate[stage]));
  const sideOf = (side: "base" | "candidate") =>
    stageTimes(
      pairs.map((pair) => pair[side]),
      stage,
    );
  const [base, candidate] = [sideOf("base"), sideOf("candidate")];
  if (base === undefined || candidate === undefined) return undefined;
  const typical = (time: TimedImage[TimedStage]) => median(typeof time === "object" ? time : [time ?? 0]);
  const ratios = pairs.map((pair) => typical(pair.candidate[stage]) / typical(pair.base[stage]));
  return { stage, images: pairs.length, base, candidate, ratio: medianRatio(ratios) };
}

function hasTime(time: TimedImage[TimedStage]): boolean {
  return typeof time === "object" ? time.length > 0 && median(time) > 0 : time !== undefined && time > 0;
}

/**
 * The median of ratios in the order in which they were measured, with its interval. Images that follow one another share what else the
 * machine does, so an interval of single images would be too short: the medians of up to `blocks` pieces of the list are what is taken for
 * independent. The interval lies between two of these in order, as the sign test has it (Conover 1999, 3.2): exact for any distribution,
 * and none below six pieces.
 */
export function medianRatio(ratios: readonly number[]): StageComparison["ratio"] {
  const count = Math.min(timeDefaults.blocks, ratios.length);
  const pieces = Array.from({ length: count }, (_, b) => {
    const [from, to] = [b, b + 1].map((edge) => Math.floor((edge * ratios.length) / count));
    return median(ratios.slice(from, to));
  }).sort((a, b) => a - b);
  const rank = signRank(count, 1 - timeDefaults.level);
  return given({
    value: median(ratios),
    low: pieces[rank - 1],
    high: rank === 0 ? undefined : pieces[count - rank],
  });
}

/** The largest rank from either end whose interval holds the median with the level's probability; 0: there is none. */
function signRank(n: number, alpha: number): number {
  let rank = 0;
  // P(at most k of n fair coins show heads).
  let term = 2 ** -n;
  for (let below = term; 2 * below <= alpha; below += term) {
    rank += 1;
    term *= (n - rank + 1) / rank;
  }
  return rank;
}

function median(values: readonly number[]): number {
  return percentileSorted(
    values.toSorted((a, b) => a - b),
    0.5,
  );
}

/** Why stages are missing that one would expect. */
function keptText(pairs: Shared["pairs"], stages: readonly StageComparison[]): string[] {
  return (["encode", "decode"] as const).flatMap((stage) => {
    if (stages.some((one) => one.stage === stage)) return [];
    const without = (["base", "candidate"] as const).filter((side) =>
      pairs.every((pair) => pair[side][stage].length === 0),
    );
    if (without.length === 0) return [];
    const where = without.length === 2 ? "on either side" : `in ${without[0]}`;
    const why = stage === "encode" ? ": kept embeddings need none" : "";
    return [`no ${stage}r call ${where} besides each worker's first${why}`];
  });
}

/** Other processes took part of the time: of one side alone, or of both in other measure. */
function busyText(pairs: Shared["pairs"], sitting: Sitting): string | undefined {
  const loads = (["base", "candidate"] as const).map((side) => mean(pairs.map((pair) => pair[side].load)));
  if (loads.every((load) => !isBusy(sitting, load))) return undefined;
  const [base, candidate] = loads.map((load) => load.toFixed(1));
  const load = base === candidate ? base : `${base} in base and ${candidate} in candidate`;
  return `the machine was busy with other work, which no interval knows: load average ${load} on ${plural(sitting.cores, "core")}`;
}

/** "time@encode" -> encode; undefined: no time has that name. */
export function stageNamed(name: string): TimedStage | undefined {
  return timedStages.find((stage) => name === `time@${stage}`);
}

/** At most so many times the time of the base, or of what stands in its place. */
export interface TimeLimit {
  readonly stage: TimedStage;
  readonly maxSlowdown: number;
  readonly of: "base" | "reference";
}

/** Candidate's time divided by the base's. Without times of one machine nothing is known: undecided, and why. */
export function judgeTime(
  { stage, maxSlowdown, of }: TimeLimit,
  times: PairTimes | undefined,
  minImages: number,
): GateCheck {
  const check = (got: string, judged: Judged): GateCheck => ({
    ...{ where: `time@${stage}`, title: `time of ${stageNames[stage]}`, what: "slowdown" },
    ...{ limit: `at most ${maxSlowdown} times the ${of}'s`, got, ...judged },
  });
  const found = times?.stages.find((one) => one.stage === stage);
  if (found === undefined) {
    const why = [...(times?.refused === undefined ? [] : [times.refused]), ...(times?.notes ?? [])];
    const reason = why.length === 0 ? "it was not timed on both sides" : why.join("; ");
    return check("no time", { verdict: "undecided", reason });
  }
  const { images, ratio, base, candidate } = found;
  const { value, low, high } = ratio;
  const interval = low === undefined || high === undefined ? "" : ` [${low.toFixed(2)}, ${high.toFixed(2)}]`;
  const noun = timedNoun(times?.stages);
  const got = `${value.toFixed(2)}${interval} ${noun} by ${noun} (medians ${base.p50.toPrecision(3)} -> ${candidate.p50.toPrecision(3)} ms)`;
  if (interval === "") {
    const needed = Math.max(minImages, timeDefaults.minImages);
    const reason = `too few for an interval; at least ${needed} ${noun}s would decide it`;
    return check(got, { verdict: "undecided", images, reason, needed });
  }
  if (times?.busy !== undefined) return check(got, { verdict: "undecided", images, reason: times.busy });
  return check(got, judgeInterval({ ...ratio, images }, { word: "most", border: maxSlowdown }, minImages));
}
