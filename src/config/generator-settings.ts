// How all masks of an image are made, where a call says so: a protocol's settings with some of them changed.
import { type Problem, SegbenchError } from "../core/errors.ts";
import type { GeneratorSettings } from "../core/mask-sets.ts";
import {
  cropsGenerator,
  proposalsGenerator,
  sam2Generator,
  samGenerator,
} from "../eval/everything/settings.ts";
import { oneOf, show, unknownName } from "./problems.ts";

/** By protocol. */
const generators: Readonly<Record<string, GeneratorSettings>> = {
  "everything@1": samGenerator,
  "everything-sam2@1": sam2Generator,
  "everything-crops@1": cropsGenerator,
  "proposals@1": proposalsGenerator,
};

/** Families whose authors wrote the second generator. */
const sam2Families = ["sam2", "hf-sam2"];

/** What a setting may be. */
interface Rule {
  readonly expected: string;
  fits(value: unknown): boolean;
}

const isNumber = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value);
const whole = (least: number, most = Number.MAX_SAFE_INTEGER): Rule => ({
  expected:
    most === Number.MAX_SAFE_INTEGER
      ? `a whole number from ${least}`
      : `a whole number from ${least} to ${most}`,
  fits: (value) => isNumber(value) && Number.isInteger(value) && value >= least && value <= most,
});
const from = (least: number, most = Number.POSITIVE_INFINITY): Rule => ({
  expected:
    most === Number.POSITIVE_INFINITY ? `a number from ${least}` : `a number from ${least} to ${most}`,
  fits: (value) => isNumber(value) && value >= least && value <= most,
});
const among = (...values: readonly unknown[]): Rule => ({
  expected: oneOf(values.map(String)),
  fits: (value) => values.includes(value),
});

const rules: { readonly [key in keyof GeneratorSettings]: Rule } = {
  pointsPerSide: whole(1, 1024),
  cropLayers: whole(0, 4),
  cropOverlap: from(0, 1),
  pointsDivisor: from(1),
  predictedIou: from(0),
  stability: from(0, 1),
  stabilityOffset: from(0),
  largest: from(0, 1),
  nms: from(0, 1),
  cropNms: from(0, 1),
  smallRegions: whole(0),
  rules: among("sam", "sam2"),
  refine: among(true, false),
  most: whole(1),
  rank: among("predicted", "predicted-stability"),
};

/** The protocol that a model's masks are made by where none is named. */
export function usualGenerator(family: string): string {
  return sam2Families.includes(family) ? "everything-sam2@1" : "everything@1";
}

/** The settings of a protocol with those that are changed; rejects with a SegbenchError that lists every problem. */
export function generatorOf(
  protocol: string,
  changes: Readonly<Record<string, unknown>> = {},
): GeneratorSettings {
  const problems: Problem[] = [];
  const base = Object.hasOwn(generators, protocol) ? generators[protocol] : undefined;
  if (base === undefined)
    problems.push(unknownName({ path: "protocol" }, "unknown protocol", protocol, Object.keys(generators)));
  for (const [key, value] of Object.entries(changes)) {
    const rule = Object.hasOwn(rules, key) ? rules[key as keyof GeneratorSettings] : undefined;
    if (rule === undefined)
      problems.push(unknownName({ path: "set" }, "unknown setting", key, Object.keys(rules)));
    else if (!rule.fits(value))
      problems.push({ where: { path: "set" }, what: key, expected: rule.expected, got: show(value) });
  }
  const settings = { ...base, ...changes } as GeneratorSettings;
  const { pointsPerSide, pointsDivisor, cropLayers } = settings;
  if (problems.length === 0 && pointsPerSide / pointsDivisor ** cropLayers < 1)
    problems.push({
      where: { path: "set" },
      what: "the crops of the last layer would have no point",
      expected: "more pointsPerSide, or fewer cropLayers",
      got: `${pointsPerSide} points a side / ${pointsDivisor}^${cropLayers}`,
    });
  if (problems.length > 0) throw new SegbenchError(problems);
  return settings;
}
