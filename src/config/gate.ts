// Loads a gate and checks its names against what is compared: a limit that no number can ever meet or break is a mistake.
import { type Problem, SegbenchError } from "../core/errors.ts";
import { type AnyMeasure, isRanked } from "../core/measure.ts";
import type { Gate, GateLimit, ParityGate, ParityLimit } from "../core/schema-types.ts";
import { timedStages } from "../core/timing.ts";
import { renamedMeasures } from "../eval/index.ts";
import { stageNamed } from "../stats/times.ts";
import { findSettings } from "./cards.ts";
import { oneOf, unknownName } from "./problems.ts";
import type { YamlFile } from "./yaml/file.ts";
import { loadYaml } from "./yaml/schema.ts";

/** What limits may name. */
export interface GateScope {
  readonly benchmarks: readonly string[];
  readonly domains: readonly string[];
  /** With every measure there could be. */
  readonly protocols: readonly { readonly id: string; readonly measures: readonly AnyMeasure[] }[];
}

const places = ["on", "benchmarks", "domains"] as const;
const scoreLimits = [
  ...(["min", "max", "minDifference", "maxDifference", "minLowerBound", "maxUpperBound"] as const),
  ...(["minShare", "maxLost", "maxMoved", "maxSlowdown"] as const),
];
type LimitKey = (typeof scoreLimits)[number];
const counted: Readonly<Record<string, readonly LimitKey[]>> = {
  failures: ["max", "maxDifference"],
  unpaired: ["max"],
};
/** Of what was timed; everything else is a score. */
const timed: Readonly<Record<string, readonly LimitKey[]>> = Object.fromEntries(
  timedStages.map((stage) => [`time@${stage}`, ["maxSlowdown"]]),
);
const notScores = { ...counted, ...timed };

/** Rejects with a SegbenchError that lists every problem of the file. */
export async function loadGate(file: string, scope: GateScope, cwd: string): Promise<Gate> {
  const { yaml, value, problems } = await loadYaml<Gate>(await gatePath(file, cwd), "gate", cwd);
  const found = value?.limits.flatMap((limit, i) => limitProblems(limit, i, scope, yaml)) ?? [];
  if (value === undefined || found.length > 0) throw new SegbenchError([...problems, ...found]);
  return value;
}

async function gatePath(file: string, cwd: string): Promise<string> {
  const path = await findSettings("gate", file, { cwd, env: {} });
  if (typeof path !== "string") throw new SegbenchError([path]);
  return path;
}

function limitProblems(limit: GateLimit, i: number, scope: GateScope, yaml: YamlFile): Problem[] {
  const { metric, protocol, benchmarks = [], domains = [], minImages } = limit;
  const at = (...keys: (string | number)[]) => yaml.place(["limits", i, ...keys]);
  const ids = scope.protocols.map(({ id }) => id);
  const names = (list: "benchmarks" | "domains", got: readonly string[], known: readonly string[]) =>
    got.flatMap((name, n) =>
      known.includes(name) ? [] : [unknownName(at(list, n), `not compared`, name, known)],
    );
  const allowed = notScores[metric] ?? limitsOf(measuresFor(limit, scope).find(({ id }) => id === metric));
  const given = scoreLimits.filter((key) => limit[key] !== undefined);
  const where = places.filter((key) => limit[key] !== undefined);
  return [
    ...(protocol === undefined || ids.includes(protocol)
      ? metricProblems(limit, scope, at("metric"))
      : [unknownName(at("protocol"), "not compared", protocol, ids)]),
    ...names("benchmarks", benchmarks, scope.benchmarks),
    ...names("domains", domains, scope.domains),
    ...(where.length > 1
      ? [
          {
            where: at(where[1]!),
            what: "more than one place",
            expected: oneOf(places),
            got: where.join(", "),
          },
        ]
      : []),
    ...kindProblems(given, allowed, metric, at),
    ...(timed[metric] === undefined
      ? []
      : [...places, "protocol" as const]
          .filter((key) => limit[key] !== undefined)
          .map((key) => ({
            where: at(key),
            what: "times are of all benchmarks and protocols together",
            expected: `no ${key}`,
            got: key,
          }))),
    ...(counted[metric] !== undefined && minImages !== undefined
      ? [
          {
            where: at("minImages"),
            what: `${metric} are a count, which holds on any number of images`,
            expected: oneOf(allowed),
            got: "minImages",
          },
        ]
      : []),
  ];
}

/** There has to be a limit, and of a kind that the measure can be held to. */
function kindProblems(
  given: readonly string[],
  allowed: readonly string[],
  name: string,
  at: (...keys: string[]) => ReturnType<YamlFile["place"]>,
): Problem[] {
  const expected = oneOf(allowed);
  if (given.length === 0) return [{ where: at(), what: "no limit", expected }];
  const wrong = given.filter((key) => !allowed.includes(key));
  return wrong.map((key) => ({ where: at(key), what: `not a limit of ${name}`, expected, got: key }));
}

function metricProblems(limit: GateLimit, scope: GateScope, where: ReturnType<YamlFile["place"]>): Problem[] {
  const { metric } = limit;
  const measures = measuresFor(limit, scope);
  if (notScores[metric] !== undefined || measures.some(({ id }) => id === metric)) return [];
  const renamed = renamedMeasures(metric, measures);
  if (renamed.length > 0)
    return [{ where, what: "was renamed", expected: oneOf(renamed), got: JSON.stringify(metric) }];
  const names = (all: readonly AnyMeasure[]) => [
    ...new Set(all.map(({ id }) => id)),
    ...Object.keys(notScores),
  ];
  const usual = names(measures.filter(({ show }) => show === "main"));
  return [{ ...unknownName(where, "not measured", metric, names(measures)), expected: oneOf(usual) }];
}

/** Everything that a limit may mean. */
function measuresFor({ protocol }: GateLimit, { protocols }: GateScope): readonly AnyMeasure[] {
  return protocols.filter(({ id }) => (protocol ?? id) === id).flatMap(({ measures }) => measures);
}

/**
 * A share of the base's value is for what should be high: half of the base's clicks is not a loss. Targets are lost where
 * they have a value of their own, which a ranking does not give them, and where one side is better.
 */
function limitsOf(measure: AnyMeasure | undefined): readonly LimitKey[] {
  const limits = scoreLimits.filter((key) => key !== "maxSlowdown");
  if (measure === undefined) return limits;
  return limits.filter(
    (key) =>
      !(key === "minShare" && measure.better !== "higher") &&
      !(key === "maxLost" && measure.better === "none") &&
      !((key === "maxLost" || key === "maxMoved") && isRanked(measure)),
  );
}

const parityLimits = ["min", "max", "maxSlowdown"] as const;
type ParityLimitKey = (typeof parityLimits)[number];
/** Measures of all benchmarks together, or of the files. */
const overallOnly: readonly ParityLimit["measure"][] = ["size", "mistakes", "time@encode", "time@decode"];

/** Rejects with a SegbenchError that lists every problem of the file. */
export async function loadParityGate(file: string, cwd: string): Promise<ParityGate> {
  const { yaml, value, problems } = await loadYaml<ParityGate>(await gatePath(file, cwd), "parity-gate", cwd);
  const found = value?.limits.flatMap((limit, i) => parityLimitProblems(limit, i, yaml)) ?? [];
  if (value === undefined || found.length > 0)
    throw new SegbenchError([...problems.map(renamedLimit), ...found]);
  return value;
}

/** Limits of parity gates that had another name. */
const renamedLimits: Readonly<Record<string, string>> = {
  "miou-change": "score-change",
  "miou-change-low": "score-change-low",
  "predicted-iou-error": "predicted-error",
};

/** An old name gets its new one instead of a list of all. */
function renamedLimit({ nearest, ...problem }: Problem): Problem {
  const name = Object.keys(renamedLimits).find((old) => problem.got === JSON.stringify(old));
  return name === undefined
    ? { ...problem, ...(nearest === undefined ? {} : { nearest }) }
    : { ...problem, what: "was renamed", expected: renamedLimits[name]! };
}

function parityLimitProblems(
  { measure, on, fewer, ...limit }: ParityLimit,
  i: number,
  yaml: YamlFile,
): Problem[] {
  const at = (...keys: string[]) => yaml.place(["limits", i, ...keys]);
  const { min, max } = limit;
  const allowed: readonly ParityLimitKey[] =
    stageNamed(measure) === undefined ? ["min", "max"] : ["maxSlowdown"];
  const given = parityLimits.filter((key) => limit[key] !== undefined);
  return [
    ...kindProblems(given, allowed, measure, at),
    ...(min !== undefined && max !== undefined && min > max
      ? [{ where: at("min"), what: "greater than max", expected: `at most ${max}`, got: String(min) }]
      : []),
    ...(on === "each-benchmark" && overallOnly.includes(measure)
      ? [{ where: at("on"), what: `${measure} is one number`, expected: "overall", got: on }]
      : []),
    ...(fewer !== undefined && on !== "each-benchmark"
      ? [
          {
            where: at("fewer"),
            what: "is about benchmarks with few images",
            expected: "on: each-benchmark",
            got: on ?? "overall, the default",
          },
        ]
      : []),
  ];
}
