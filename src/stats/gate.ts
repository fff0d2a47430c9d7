// Checks a comparison against the limits of a gate.

import { type MeasureNote, type UnitText, units } from "../core/measure.ts";
import type { ComparedCell, ComparedGroup, GateCheck, GateResult, PairedMeasure } from "../core/results.ts";
import type { Gate, GateLimit } from "../core/schema-types.ts";
import type { CompareFacts, PairStatistics } from "./compare.ts";

/** A place where a limit holds: a benchmark, a domain or all, under one protocol. */
interface Place {
  readonly where: string;
  /** The same in words. */
  readonly title: string;
  readonly at: ComparedCell | ComparedGroup | undefined;
  /** undefined for counts. */
  readonly measure: MeasureNote | undefined;
}

/** Rounding never breaks a limit. */
const slack = 1e-9;

export function keeps(value: number, word: "least" | "most", border: number): boolean {
  return word === "least" ? value >= border - slack : value <= border + slack;
}

/**
 * Checks a comparison against the limits of a gate. A limit on what is missing (no pairs, no interval below two
 * clusters) is broken: a gate never passes silently.
 */
export function judgeGate(gate: Gate, pair: PairStatistics, facts: CompareFacts): GateResult {
  const checks = gate.limits.flatMap((limit) =>
    placesOf(limit, pair, facts).flatMap((place) =>
      place.measure === undefined ? countChecks(limit, place) : scoreChecks(limit, place, place.measure),
    ),
  );
  return { name: gate.name, passed: checks.every(({ passed }) => passed), checks };
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
    const place = (on: string, at: Place["at"]): Place => ({
      where: `${id} ${limit.metric} ${on}`,
      title: `${[id, ...named].join(", ")} ${on}`,
      ...{ at, measure },
    });
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
    return [place("overall", groups("overall", id)[0])];
  });
}

function scoreChecks(limit: GateLimit, { where, title, at }: Place, measure: MeasureNote): GateCheck[] {
  const unit = units[measure.unit];
  const found = at?.measures.find((candidate) => candidate.measure === measure.id);
  const asked = limits(limit);
  if (found === undefined)
    return asked.map(({ what, text }) => ({
      ...{ where, title, what, limit: text(unit), got: "no pairs", passed: false },
    }));
  return asked.map((one) => ({
    ...{ where, title, what: one.what, limit: one.text(unit) },
    ...one.check(found, unit),
  }));
}

interface Asked {
  readonly what: string;
  readonly text: (unit: UnitText) => string;
  readonly check: (found: PairedMeasure, unit: UnitText) => Pick<GateCheck, "got" | "passed">;
}

/** Each limit that is set, in words and as a check. */
function limits(limit: GateLimit): Asked[] {
  const { min, max, minDifference, maxDifference, minLowerBound, maxUpperBound, minShare, maxLost } = limit;
  const bound = (
    what: string,
    least: number | undefined,
    most: number | undefined,
    value: (found: PairedMeasure) => number | undefined,
    signed: boolean,
  ): Asked[] => {
    const text = (unit: UnitText) => (signed ? unit.difference : unit.value);
    const show = (number: number) => (signed ? plus(number) : number.toFixed(2));
    const one = (border: number, word: "least" | "most"): Asked => ({
      what,
      text: (unit) => `at ${word} ${signed ? plus(border, false) : border}${text(unit)}`,
      check: (found, unit) => {
        const raw = value(found);
        if (raw === undefined) return { got: "no interval: fewer than two clusters", passed: false };
        const number = raw * unit.scale;
        const shown = `${show(number)}${text(unit)}${signed ? pairText(found, unit) : ""}`;
        return { got: shown, passed: keeps(number, word, border) };
      },
    });
    return [
      ...(least === undefined ? [] : [one(least, "least")]),
      ...(most === undefined ? [] : [one(most, "most")]),
    ];
  };
  return [
    ...bound("value", min, max, (found) => found.candidate, false),
    ...bound("difference", minDifference, maxDifference, (found) => found.difference.value, true),
    ...bound("lower bound of the difference", minLowerBound, undefined, (f) => f.difference.low, true),
    ...bound("upper bound of the difference", undefined, maxUpperBound, (f) => f.difference.high, true),
    ...(minShare === undefined ? [] : [shareOf(minShare)]),
    ...(maxLost === undefined ? [] : [lost(maxLost)]),
  ];
}

function shareOf(least: number): Asked {
  return {
    what: "share of the base's value",
    text: () => `at least ${least} %`,
    check: (found, unit) => {
      const share = found.base === 0 ? Number.POSITIVE_INFINITY : (100 * found.candidate) / found.base;
      const shown = Number.isFinite(share) ? `${share.toFixed(2)} %` : "a base of 0";
      return { got: `${shown}${pairText(found, unit)}`, passed: keeps(share, "least", least) };
    },
  };
}

function lost({ by, share: most }: NonNullable<GateLimit["maxLost"]>): Asked {
  return {
    what: "targets lost",
    text: (unit) => `at most ${most} % worse by more than ${by}${unit.difference}`,
    check: ({ changed = [], difference }, unit) => {
      const worse = changed.find((entry) => Math.abs(entry.by - by / unit.scale) < slack)?.worse;
      if (worse === undefined) return { got: "not counted", passed: false };
      const share = (100 * worse) / difference.n;
      return {
        got: `${share.toFixed(2)} % (${worse} of ${difference.n})`,
        passed: keeps(share, "most", most),
      };
    },
  };
}

function countChecks({ metric, max, maxDifference }: GateLimit, { where, title, at }: Place): GateCheck[] {
  const pairing = at?.pairing;
  const unpaired = Object.values(pairing?.unpaired ?? {}).reduce((sum, n) => sum + n, 0);
  const value = metric === "failures" ? (pairing?.failed.candidate ?? 0) : unpaired;
  const base = pairing?.failed.base ?? 0;
  const change = `${plus(value - base, false)} (${base} -> ${value})`;
  const check = (what: string, most: string, got: string, passed: boolean): GateCheck => ({
    ...{ where, title, what, limit: `at most ${most}`, got, passed },
  });
  return [
    ...(max === undefined ? [] : [check("number", String(max), String(value), value <= max)]),
    ...(maxDifference === undefined
      ? []
      : [check("difference", plus(maxDifference, false), change, value - base <= maxDifference)]),
  ];
}

/** " (71.20 -> 69.90)" */
function pairText({ base, candidate }: PairedMeasure, { scale }: UnitText): string {
  return ` (${(base * scale).toFixed(2)} -> ${(candidate * scale).toFixed(2)})`;
}

function plus(value: number, fixed = true): string {
  const text = fixed ? value.toFixed(2) : String(value);
  if (Number(text) === 0) return text.replace("-", "");
  return value > 0 ? `+${text}` : text;
}

/** One line: "sam1-d1@1, IoU, 1 click on trashcan: difference; expected at least -0.5 points, got -1.30 points (71.20 -> 69.90)". */
export function gateMessage({ where, title = where, what, limit, got }: GateCheck): string {
  return `${title}: ${what}; expected ${limit}, got ${got}`;
}
