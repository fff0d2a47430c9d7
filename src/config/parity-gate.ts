import { resolve } from "node:path";
import { type Problem, SegbenchError } from "../core/errors.ts";
import { renamedLimits } from "../core/parity-defaults.ts";
import type { ParityGate, ParityLimit } from "../core/schema-types.ts";
import { loadYaml } from "./schema.ts";
import type { YamlFile } from "./yaml-file.ts";

/** Measures of all benchmarks together, or of the files. */
const overallOnly: readonly ParityLimit["measure"][] = ["size", "mistakes"];

/** Rejects with a SegbenchError that lists every problem of the file. */
export async function loadParityGate(file: string, cwd: string): Promise<ParityGate> {
  const { yaml, value, problems } = await loadYaml<ParityGate>(resolve(cwd, file), "parity-gate", cwd);
  const found = value?.limits.flatMap((limit, i) => limitProblems(limit, i, yaml)) ?? [];
  if (value === undefined || found.length > 0) throw new SegbenchError([...problems.map(renamed), ...found]);
  return value;
}

/** A name of old is told its new one instead of all that there are. */
function renamed({ nearest, ...problem }: Problem): Problem {
  const name = Object.keys(renamedLimits).find((old) => problem.got === JSON.stringify(old));
  return name === undefined
    ? { ...problem, ...(nearest === undefined ? {} : { nearest }) }
    : { ...problem, what: "has another name now", expected: JSON.stringify(renamedLimits[name]) };
}

function limitProblems({ measure, on, min, max }: ParityLimit, i: number, yaml: YamlFile): Problem[] {
  const at = (...keys: string[]) => yaml.place(["limits", i, ...keys]);
  return [
    ...(min === undefined && max === undefined
      ? [{ where: at(), what: "no limit", expected: "min or max" }]
      : []),
    ...(min !== undefined && max !== undefined && min > max
      ? [{ where: at("min"), what: "greater than max", expected: `at most ${max}`, got: String(min) }]
      : []),
    ...(on === "each-benchmark" && overallOnly.includes(measure)
      ? [{ where: at("on"), what: `${measure} is one number`, expected: "overall", got: on }]
      : []),
  ];
}
