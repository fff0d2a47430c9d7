// Loads a gate and holds its names against what is compared: a limit that no number can ever meet or break is a mistake.
import { resolve } from "node:path";
import type { ProtocolMeasures } from "../core/comparison.ts";
import { type Problem, SegbenchError } from "../core/errors.ts";
import type { Gate, GateLimit } from "../core/schema-types.ts";
import { oneOf, unknownName } from "./problems.ts";
import { loadYaml } from "./schema.ts";
import type { YamlFile } from "./yaml-file.ts";

/** What limits may name. */
export interface GateScope {
  readonly benchmarks: readonly string[];
  readonly domains: readonly string[];
  /** With every measure there could be. */
  readonly protocols: readonly ProtocolMeasures[];
}

const places = ["on", "benchmarks", "domains"] as const;
const scoreLimits = [
  ...(["min", "max", "minDifference", "maxDifference", "minLowerBound", "maxUpperBound"] as const),
  ...(["minShare", "maxLost"] as const),
];
type LimitKey = (typeof scoreLimits)[number];
const counted: Readonly<Record<string, readonly LimitKey[]>> = {
  failures: ["max", "maxDifference"],
  unpaired: ["max"],
};

/** Rejects with a SegbenchError that lists every problem of the file. */
export async function loadGate(file: string, scope: GateScope, cwd: string): Promise<Gate> {
  const { yaml, value, problems } = await loadYaml<Gate>(resolve(cwd, file), "gate", cwd);
  const found = value?.limits.flatMap((limit, i) => limitProblems(limit, i, scope, yaml)) ?? [];
  if (value === undefined || found.length > 0) throw new SegbenchError([...problems, ...found]);
  return value;
}

function limitProblems(limit: GateLimit, i: number, scope: GateScope, yaml: YamlFile): Problem[] {
  const { metric, protocol, benchmarks = [], domains = [] } = limit;
  const at = (...keys: (string | number)[]) => yaml.place(["limits", i, ...keys]);
  const ids = scope.protocols.map(({ id }) => id);
  const names = (list: "benchmarks" | "domains", got: readonly string[], known: readonly string[]) =>
    got.flatMap((name, n) =>
      known.includes(name) ? [] : [unknownName(at(list, n), `not compared`, name, known)],
    );
  const allowed =
    counted[metric] ?? scoreLimits.filter((key) => key !== "minShare" || !metric.startsWith("noc"));
  const set = scoreLimits.filter((key) => limit[key] !== undefined);
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
    ...(set.length === 0 ? [{ where: at(), what: "no limit", expected: oneOf(allowed) }] : []),
    ...set
      .filter((key) => !allowed.includes(key))
      .map((key) => ({
        where: at(key),
        what: `not a limit of ${metric}`,
        expected: oneOf(allowed),
        got: key,
      })),
  ];
}

function metricProblems(
  { metric, protocol }: GateLimit,
  { protocols }: GateScope,
  place: ReturnType<YamlFile["place"]>,
) {
  if (counted[metric] !== undefined) return [];
  const known = protocols
    .filter(({ id }) => protocol === undefined || id === protocol)
    .flatMap(({ measures }) => measures.map(({ id }) => id));
  const all = [...new Set([...known, ...Object.keys(counted)])];
  return known.includes(metric) ? [] : [unknownName(place, "not measured", metric, all)];
}
