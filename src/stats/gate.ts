// Checks a comparison against the limits of a gate.
import { allAlike } from "../core/alike.ts";
import { given } from "../core/given.ts";
import { type MeasureNote, type UnitText, units } from "../core/measure.ts";
import { targetsWithValues } from "../core/numbers.ts";
import type {
  ComparedCell,
  ComparedGroup,
  ComparedPair,
  Estimate,
  GateCheck,
  GateResult,
  PairedMeasure,
} from "../core/results.ts";
import type { Gate, GateLimit } from "../core/schema-types.ts";
import type { PairTimes } from "../core/timing.ts";
import type { CompareFacts, PairStatistics } from "./compare.ts";
import { lostBeyond } from "./shares.ts";
import { judgeTime, stageNamed } from "./times.ts";
import { type Border, decimalsBeside, type Judged, judgeNumber, type Seen, verdictOf } from "./verdict.ts";

/** A place where a limit holds: a benchmark, a domain or all, under one protocol. */
interface Place {
  readonly where: string;
  /** The same in words. */
  readonly title: string;
  readonly at: ComparedCell | ComparedGroup | undefined;
  /** What `at` is a mean of, where that is several benchmarks. */
  readonly cells: readonly ComparedCell[];
  /** undefined for counts. */
  readonly measure: MeasureNote | undefined;
}

/**
 * Checks a comparison against the limits of a gate. A limit where there are no pairs is broken, one on an interval that too few images
 * give is undecided: a gate never passes silently. Where no score of any mask differs the number decides on however few.
 */
export function judgeGate(
  gate: Gate,
  pair: PairStatistics & Pick<ComparedPair, "sameFiles">,
  facts: CompareFacts,
  times?: PairTimes,
): GateResult {
  const alike = allAlike(pair) ? alikeText(pair) : undefined;
  const checks = gate.limits.flatMap((own) => {
    const limit = given({ minImages: gate.minImages, ...own });
    const { metric, maxSlowdown, minImages = 0 } = limit;
    const stage = stageNamed(metric);
    if (stage !== undefined)
      return maxSlowdown === undefined
        ? []
        : [judgeTime({ stage, maxSlowdown, of: "base" }, times, minImages)];
    return placesOf(limit, pair, facts).flatMap((place) =>
      place.measure === undefined
        ? countChecks(limit, place)
        : scoreChecks(limit, place, place.measure, alike),
    );
  });
  return { name: gate.name, verdict: verdictOf(checks.map(({ verdict }) => verdict)), checks };
}

function alikeText({ sameFiles }: Pick<ComparedPair, "sameFiles">): string {
  const all = "no score of any mask differs";
  return sameFiles === true ? `the same files on both sides, and ${all}` : all;
}

function placesOf(limit: GateLimit, pair: PairStatistics, { benchmarks, protocols }: CompareFacts): Place[] {
  const counted = limit.metric === "failures" || limit.metric === "unpaired";
  const groups = (kind: ComparedGroup["kind"], protocol: string) =>
    pair.groups.filter((group) => group.kind === kind && group.protocol === protocol);
  return protocols.flatMap(({ id, measures }): Place[] => {
    const measure = measures.find((candidate) => candidate.id === limit.metric);
    if ((limit.protocol ?? id) !== id || (measure === undefined && !counted)) return [];
    const named =
      measure === undefined ? [limit.metric] : [measure.of, measure.at].filter((part) => part !== "");
    const place = (on: string, at: Place["at"], inWords = on): Place => ({
      where: `${id} ${limit.metric} ${on}`,
      title: `${[id, ...named].join(", ")} ${inWords}`,
      ...{ at, measure, cells: cellsOf(at) },
    });
    const cellsOf = (at: Place["at"]) => {
      if (at === undefined || "benchmark" in at) return [];
      const names = benchmarks.flatMap(({ name, domain }) =>
        at.kind === "overall" || domain.includes(at.name) ? [name] : [],
      );
      return pair.cells.filter(({ benchmark, protocol }) => protocol === id && names.includes(benchmark));
    };
    const byBenchmark = (names: readonly string[]) =>
      names.map((name) =>
        place(
          `on ${name}`,
          pair.cells.find(({ benchmark, protocol }) => benchmark === name && protocol === id),
        ),
      );
    const byDomain = (names: readonly string[]) =>
      names.map((name) =>
        place(
          `in domain ${name}`,
          groups("domain", id).find((group) => group.name === name),
        ),
      );
    if (limit.benchmarks !== undefined) return byBenchmark(limit.benchmarks);
    if (limit.domains !== undefined) return byDomain(limit.domains);
    if (limit.on === "each-benchmark") return byBenchmark(benchmarks.map(({ name }) => name));
    if (limit.on === "each-domain") return byDomain(groups("domain", id).map(({ name }) => name));
    const [only] = benchmarks;
    const inWords = only === undefined || benchmarks.length > 1 ? "overall" : `on ${only.name}`;
    return [place("overall", groups("overall", id)[0], inWords)];
  });
}

/** What limits are held against. */
interface Found extends PairedMeasure {
  /** Clusters of each benchmark that it is a mean over. */
  readonly onEach: readonly number[];
  /** Why few images are enough. */
  readonly alike: string | undefined;
}

function scoreChecks(
  limit: GateLimit,
  { where, title, at, cells }: Place,
  measure: MeasureNote,
  alike: string | undefined,
): GateCheck[] {
  const unit = units[measure.unit];
  const ownOf = ({ measures }: ComparedCell | ComparedGroup): PairedMeasure | undefined =>
    measures.find((candidate) => candidate.measure === measure.id);
  const own = at && ownOf(at);
  const onEach = cells.flatMap((cell) => ownOf(cell)?.difference.clusters ?? []);
  const found = own && { ...own, onEach, alike };
  return limits(limit).map(({ what, text, check }) => ({
    ...{ where, title, what, limit: text(unit) },
    ...(found === undefined ? { got: "no pairs", verdict: "broken" as const } : check(found, unit)),
  }));
}

interface Asked {
  readonly what: string;
  readonly text: (unit: UnitText) => string;
  readonly check: (found: Found, unit: UnitText) => Pick<GateCheck, "got"> & Judged;
}

/** Each limit that is set, in words and as a check. */
function limits(limit: GateLimit): Asked[] {
  const { min, max, minDifference, maxDifference, minLowerBound, maxUpperBound } = limit;
  const { minShare, maxLost, maxMoved, minImages } = limit;
  const value = (word: Border["word"], border: number | undefined) =>
    border === undefined ? [] : [valueLimit({ word, border }, minImages)];
  const difference = (what: string, word: Border["word"], border: number | undefined, end: SeenEnd) =>
    border === undefined ? [] : [differenceLimit(what, { word, border }, end, minImages)];
  return [
    ...[...value("least", min), ...value("most", max)],
    ...difference("difference", "least", minDifference, "value"),
    ...difference("difference", "most", maxDifference, "value"),
    ...difference("lower bound of the difference", "least", minLowerBound, "low"),
    ...difference("upper bound of the difference", "most", maxUpperBound, "high"),
    ...(minShare === undefined ? [] : [shareOf(minShare, minImages)]),
    ...(maxLost === undefined ? [] : [moved("worse", maxLost, minImages)]),
    ...(maxMoved === undefined ? [] : [moved("changed", maxMoved, minImages)]),
  ];
}

/** The candidate's value, which has no interval here. */
function valueLimit(limit: Border, minImages: number | undefined): Asked {
  return {
    what: "value",
    text: ({ value }) => `at ${limit.word} ${limit.border}${value}`,
    check: ({ candidate, difference }, unit) => {
      const number = candidate * unit.scale;
      const seen = { value: number, ...behind(difference) };
      const got = `${number.toFixed(decimalsBeside(number, limit, 2))}${unit.value}`;
      return { got, ...judgeNumber(number, seen, limit, minImages) };
    },
  };
}

type SeenEnd = "value" | "low" | "high";

function differenceLimit(what: string, limit: Border, end: SeenEnd, minImages: number | undefined): Asked {
  return {
    what,
    text: ({ difference }) => `at ${limit.word} ${plus(limit.border)}${difference}`,
    check: (found, unit) => {
      const seen = seenOf(found, (difference) => difference * unit.scale);
      const number = found.alike === undefined ? seen[end] : seen.value;
      const shown = number === undefined ? "" : plus(number, decimalsBeside(number, limit, 2));
      const got = shown === "" ? "no interval" : `${shown}${unit.difference}${pairText(found, unit)}`;
      return { got, ...judged(number, seen, limit, minImages, found) };
    },
  };
}

/** A number made of the difference, with the same of the ends of its interval. */
function seenOf({ difference, onEach }: Found, of: (difference: number) => number): Seen {
  const { value, low, high } = difference;
  return {
    ...{ value: of(value), onEach, ...behind(difference) },
    ...(low === undefined || high === undefined ? {} : { low: of(low), high: of(high) }),
  };
}

/** Of a difference: where the two sides are alike, few images are not what makes it unsure. */
function judged(
  number: number | undefined,
  seen: Seen,
  limit: Border,
  minImages: number | undefined,
  { alike }: Found,
): Judged {
  const usual = judgeNumber(number, seen, limit, minImages);
  if (alike === undefined || usual.verdict !== "undecided") return usual;
  return { ...judgeNumber(number, seen, limit), reason: alike };
}

function behind({ clusters, grouped }: Estimate): Pick<Seen, "images" | "grouped"> {
  return given({ images: clusters, grouped });
}

/** The interval is that of the difference: the base's value counts as it is. */
function shareOf(least: number, minImages: number | undefined): Asked {
  return {
    what: "share of the base's value",
    text: () => `at least ${least} %`,
    check: (found, unit) => {
      const { base, candidate } = found;
      const share = base === 0 ? Number.POSITIVE_INFINITY : (100 * candidate) / base;
      const limit: Border = { word: "least", border: least };
      const shown = base === 0 ? "a base of 0" : `${share.toFixed(decimalsBeside(share, limit, 2))} %`;
      const ofBase = (difference: number) => (base === 0 ? share : (100 * (base + difference)) / base);
      const seen = seenOf(found, ofBase);
      return { got: `${shown}${pairText(found, unit)}`, ...judged(share, seen, limit, minImages, found) };
    },
  };
}

/** Targets that are worse by more than a limit, or better or worse. */
function moved(
  how: "worse" | "changed",
  { by, share: most }: NonNullable<GateLimit["maxLost"]>,
  minImages: number | undefined,
): Asked {
  return {
    what: how === "worse" ? "targets lost" : "targets moved",
    text: (unit) => `at most ${most} % ${how} by more than ${by}${unit.difference}`,
    check: (found, unit) => {
      const [n, { changed = [], difference }] = [targetsWithValues(found), found];
      const limit: Border = { word: "most", border: most };
      const own = changed.find((entry) => Math.abs(entry.by - by / unit.scale) < 1e-9);
      if (own === undefined) return { got: "not counted", verdict: "broken" };
      const count = own.worse + (how === "worse" ? 0 : own.better + (own.moved ?? 0));
      const share = (100 * count) / n;
      const seen = {
        value: share,
        ...behind(difference),
        ...lostBeyond(count / n, difference.clusters, most),
      };
      const got = `${share.toFixed(decimalsBeside(share, limit, 2))} % (${count} of ${n})`;
      return { got, ...judged(share, seen, limit, minImages, found) };
    },
  };
}

function countChecks({ metric, max, maxDifference }: GateLimit, { where, title, at }: Place): GateCheck[] {
  const pairing = at?.pairing;
  const unpaired = Object.values(pairing?.unpaired ?? {}).reduce((sum, n) => sum + n, 0);
  const value = metric === "failures" ? (pairing?.failed.candidate ?? 0) : unpaired;
  const base = pairing?.failed.base ?? 0;
  const change = `${plus(value - base)} (${base} -> ${value})`;
  const check = (what: string, most: string, got: string, kept: boolean): GateCheck => ({
    ...{ where, title, what, limit: `at most ${most}`, got, verdict: kept ? "passed" : "broken" },
  });
  return [
    ...(max === undefined ? [] : [check("number", String(max), String(value), value <= max)]),
    ...(maxDifference === undefined
      ? []
      : [check("difference", plus(maxDifference), change, value - base <= maxDifference)]),
  ];
}

/** " (71.20 -> 69.90)" */
function pairText({ base, candidate }: PairedMeasure, { scale }: UnitText): string {
  return ` (${(base * scale).toFixed(2)} -> ${(candidate * scale).toFixed(2)})`;
}

/** With its sign; `decimals`: default as many as it has. */
function plus(value: number, decimals?: number): string {
  const text = decimals === undefined ? String(value) : value.toFixed(decimals);
  if (Number(text) === 0) return text.replace("-", "");
  return value > 0 ? `+${text}` : text;
}
