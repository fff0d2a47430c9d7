import { bootstrapDefaults, limitDefaults } from "../core/defaults.ts";
import { given } from "../core/given.ts";
import { scaledInterval, units } from "../core/measure.ts";
import type { ParityCell, ParityChange, ParityMean, ParitySummary } from "../core/parity.ts";
import type { ParitySetMean } from "../core/parity-sets.ts";
import type { Estimate, GateCheck, GateResult } from "../core/results.ts";
import type { ParityGate, ParityLimit } from "../core/schema-types.ts";
import type { PairTimes } from "../core/timing.ts";
import { plural } from "../core/words.ts";
import { clustersFor } from "../stats/shares.ts";
import { judgeTime, stageNamed } from "../stats/times.ts";
import {
  type Border,
  decimalsBeside,
  type Judged,
  judgeInterval,
  judgeNumber,
  keeps,
  verdictOf,
} from "../stats/verdict.ts";

import { parityShares } from "./estimates.ts";
import { setMeans } from "./sets/summary.ts";

type Measure = ParityLimit["measure"];
type Held = Pick<
  ParitySummary,
  "protocols" | "cells" | "changes" | "diagnoses" | "reference" | "candidate" | "identical" | "phrases"
>;

/** What is held against a limit, in the limit's unit. */
interface Value {
  readonly where: string;
  /** The same in words, where they differ. */
  readonly title?: string;
  /** undefined if not measured, which breaks the limit. */
  readonly value: number | undefined;
  /** Of which the value is the middle or the lower end; absent for facts: what was counted, or is the worst of what was seen. */
  readonly estimate?: Pick<Estimate, "value" | "low" | "high" | "clusters" | "grouped">;
  /** Text after the number. */
  readonly unit: string;
}

/** Of all masks of an image: shares, but for the error of stabilities. */
const setUnits = {
  ...(Object.fromEntries(Object.keys(setMeans).map((name) => [name, " %"])) as Record<ParitySetMean, string>),
  "stability-error": " points",
};

/** Means and shares by the text after their number in the gate's unit: all but logits are shares, in percent. */
const ofEstimates: Readonly<Record<ParityMean, string>> = {
  "sign-changes": " %",
  "logits-mean": "",
  "predicted-error": " points",
  "rank-changes": " %",
  "other-mask": " %",
  agreement: " %",
  "agreement-below-90": " %",
  ...setUnits,
  "token-changes": " %",
  "presence-flips": " %",
  "mask-changes": " %",
  "class-error": " %",
};

/** The worst of everything seen, and counts: a cell's value in the gate's unit, and the unit as text. */
const ofCells: Readonly<
  Partial<Record<Measure, readonly [(cell: ParityCell) => number | undefined, string]>>
> = {
  "embedding-cosine": [({ embedding }) => embedding?.cosine, ""],
  "embedding-error": [({ embedding }) => scaled(embedding?.relativeL2), " %"],
  "embedding-max": [({ embedding }) => embedding?.max, ""],
  "embedding-snr": [({ embedding }) => embedding && (embedding.snr ?? Number.POSITIVE_INFINITY), " dB"],
  "logits-max": [({ logits }) => logits?.max, ""],
  "agreement-low": [({ agreement }) => scaled(agreement?.low), " %"],
  "agreement-min": [({ agreement }) => scaled(agreement?.min), " %"],
  "text-snr": [
    ({ phrases }) => (phrases?.textSnr === null ? Number.POSITIVE_INFINITY : phrases?.textSnr),
    " dB",
  ],
  failures: [({ failures }) => failures, ""],
};

/** The values of a protocol's main measures. */
const ofChanges: Readonly<Partial<Record<Measure, (change: ParityChange) => Estimate | undefined>>> = {
  "score-change": ({ free }) => free?.difference,
  "score-change-low": ({ free }) => free?.difference,
  "trajectory-change": ({ trajectory }) => trajectory?.difference,
};

/**
 * Checks a parity against a gate's limits. Means, shares and changes by their intervals: broken where all of it lies beyond the
 * limit, kept where none of it does, else undecided. Where no bit differs there is nothing to be unsure of. A missing value breaks
 * its limit. Times, which differ from one machine to another, are no part of what is held: `times`, with the reference as base.
 */
export function judgeParity(
  { name, limits, minImages }: ParityGate,
  held: Held,
  times?: PairTimes,
): GateResult {
  const checks = limits.flatMap((limit) => {
    const { measure, maxSlowdown } = limit;
    const stage = stageNamed(measure);
    if (stage !== undefined && maxSlowdown !== undefined)
      return [judgeTime({ stage, maxSlowdown, of: "reference" }, times, leastOf(limit, minImages))];
    return asked(limit, held, minImages).values.flatMap((value) => checksOf(limit, value, held, minImages));
  });
  return { name, verdict: verdictOf(checks.map(({ verdict }) => verdict)), checks };
}

/** A sentence for each limit that some benchmarks have too few images for, and that is not asked of them. */
export function notAsked({ limits, minImages }: ParityGate, held: Held): string[] {
  return limits.flatMap((limit) => {
    if (lacks(limit, held))
      return [`limit on ${limit.measure}: not asked, the model of phrases has no graph for these features`];
    const { values, skipped } = asked(limit, held, minImages);
    if (skipped === 0) return [];
    const all = values.length + skipped;
    const which =
      values.length === 0 ? "which no benchmark has" : `which ${skipped} of ${all} benchmarks do not have`;
    return [
      `limit on ${limit.measure} of each benchmark: asked from ${plural(leastOf(limit, minImages), "image")} on, ${which}`,
    ];
  });
}

/** A limit on each benchmark is about few images even where the whole is about many. */
function leastOf({ on, minImages }: ParityLimit, ofGate: number | undefined): number {
  return minImages ?? ofGate ?? (on === "each-benchmark" ? limitDefaults.eachBenchmark : 0);
}

/** A model of phrases in one graph has no features of images or phrases between graphs. */
function lacks({ measure }: ParityLimit, { phrases }: Held): boolean {
  const part = measure.startsWith("embedding-") ? "encoder" : measure === "text-snr" ? "text" : undefined;
  const stages = phrases?.stages ?? [];
  return part !== undefined && stages.length > 0 && !stages.some((stage) => stage.part === part);
}

function asked(limit: ParityLimit, held: Held, ofGate: number | undefined) {
  if (lacks(limit, held)) return { values: [], skipped: 0 };
  const all = valuesOf(limit, held);
  if (limit.fewer !== "skip" || held.identical) return { values: all, skipped: 0 };
  const least = leastOf(limit, ofGate);
  const values = all.filter(({ estimate }) => estimate === undefined || estimate.clusters >= least);
  return { values, skipped: all.length - values.length };
}

function valuesOf({ measure, on }: ParityLimit, held: Held): Value[] {
  const { cells, diagnoses, reference, candidate } = held;
  const here = (where: string) => (where === "overall") === (on !== "each-benchmark");
  if (measure === "size") {
    const bytes = (side: typeof reference) => side.files.reduce((sum, file) => sum + file.bytes, 0);
    return [{ where: "size", value: (100 * bytes(candidate)) / bytes(reference), unit: " %" }];
  }
  if (measure === "mistakes") {
    const found = diagnoses.filter(({ mistake }) => mistake);
    const named = found.map(({ id }) => id).join(", ");
    const where = named === "" ? "mistakes" : `mistakes (${named})`;
    return [{ where, value: found.length, unit: "" }];
  }
  const ofChange = ofChanges[measure];
  if (ofChange !== undefined) {
    const values = changesOf(held).filter(({ change }) => here(change.where));
    return values.length === 0
      ? [{ where: measure, value: undefined, unit: " points" }]
      : values.map(({ change, note: { of, at }, unit: { scale, difference } }): Value => {
          const estimate = ofChange(change);
          return {
            where: `${change.protocol} ${change.measure} ${change.where}: ${measure}`,
            title: `${[change.protocol, of, at, placeOf(change.where, held)].filter((part) => part !== "").join(", ")}: ${measure}`,
            value: estimate && scale * estimate.value,
            ...given({ estimate: estimate && times(estimate, scale) }),
            unit: difference,
          };
        });
  }
  const places = cells
    .filter((cell) => here(cell.name))
    .map((cell) => {
      const [where, title] = [cell.name, placeOf(cell.name, held)].map((place) => `${place}: ${measure}`);
      return { cell, named: { where: where!, ...(title === where ? {} : { title: title! }) } };
    });
  if (measure in ofEstimates) {
    const name = measure as ParityMean;
    return places.map(({ cell, named }) => {
      const found = cell.estimates[name];
      const estimate = found && times(found, name === "logits-mean" ? 1 : 100);
      return { ...named, value: estimate?.value, ...given({ estimate }), unit: ofEstimates[name] };
    });
  }
  const [of, unit] = ofCells[measure] ?? [];
  return places.map(({ cell, named }) => ({ ...named, value: of?.(cell), unit: unit ?? "" }));
}

/** A place in words: all of a single benchmark goes by its name. */
function placeOf(name: string, { cells: [, only, ...others] }: Held): string {
  return name === "overall" && only !== undefined && others.length === 0 ? only.name : name;
}

/** In another unit. */
function times(estimate: Estimate, scale: number): NonNullable<Value["estimate"]> {
  const { clusters, grouped } = estimate;
  return given({ ...scaledInterval(estimate, scale), clusters, grouped });
}

/** Changes of the measures that share the name of their protocol's first one. */
function changesOf({ protocols, changes }: Held) {
  return changes.flatMap((change) => {
    const measures = protocols.find(({ id }) => id === change.protocol)?.measures ?? [];
    const own = measures.find(({ id }) => id === change.measure);
    return own === undefined || own.name !== measures[0]?.name
      ? []
      : [{ change, note: own, unit: units[own.unit] }];
  });
}

function checksOf(
  limit: ParityLimit,
  value: Value,
  { identical }: Held,
  ofGate: number | undefined,
): GateCheck[] {
  const { where, title, unit } = value;
  const one = (word: Border["word"], border: number): GateCheck => ({
    ...given({ where, title }),
    ...{ what: "value", limit: `at ${word} ${border}${unit}` },
    ...verdictOn(value, { word, border }, limit, identical ? undefined : leastOf(limit, ofGate)),
  });
  return [
    ...(limit.min === undefined ? [] : [one("least", limit.min)]),
    ...(limit.max === undefined ? [] : [one("most", limit.max)]),
  ];
}

/** `least`: images that a number needs; undefined where no number needs any. */
function verdictOn(
  { value, estimate, unit }: Value,
  border: Border,
  { measure }: ParityLimit,
  least: number | undefined,
): Judged & Pick<GateCheck, "got"> {
  if (value === undefined) return { got: "not measured", verdict: "broken" };
  const shown = (number: number) => textOf(number, border, unit);
  if (estimate === undefined || least === undefined)
    return {
      got: Number.isFinite(value) ? `${shown(value)}${unit}` : "no difference",
      verdict: keeps(value, border) ? "passed" : "broken",
    };
  const { low, high, clusters, grouped } = estimate;
  const share =
    (parityShares as readonly Measure[]).includes(measure) && low !== undefined && high !== undefined;
  const ofShare = (border: number) => {
    const parts = { value: estimate.value / 100, low: low! / 100, high: high! / 100, clusters };
    return clustersFor(parts, border / 100, bootstrapDefaults.level);
  };
  const seen = given({
    ...{ value: estimate.value, low, high, images: clusters, grouped },
    imagesFor: share ? ofShare : undefined,
  });
  if (measure === "score-change-low")
    return {
      got: low === undefined ? "no interval" : `${shown(low)}${unit}`,
      ...judgeNumber(low, seen, border, least),
    };
  const interval = low === undefined || high === undefined ? "" : ` [${shown(low)}, ${shown(high)}]`;
  return { got: `${shown(value)}${interval}${unit}`, ...judgeInterval(seen, border, least) };
}

/** Two decimals as in the tables, four of a number without a unit; less than a millionth is the 0 that it stands for. */
function textOf(value: number, limit: Border, unit: string): string {
  if (Math.abs(value) < 1e-6) return "0";
  const text = value.toFixed(decimalsBeside(value, limit, unit === "" ? 4 : 2));
  return Number(text) === 0 ? text.replace("-", "") : String(Number(text));
}

function scaled(value: number | undefined): number | undefined {
  return value === undefined ? undefined : 100 * value;
}
