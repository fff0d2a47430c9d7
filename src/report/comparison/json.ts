import { printJson } from "../print-json.ts";
import type { ComparisonWriter } from "./input.ts";

/** The comparison for programs: everything, fractions in full precision. */
export const json: ComparisonWriter = {
  file: "comparison.json",
  summary: "the comparison as JSON",
  render: (comparison) => `${printJson(comparison)}\n`,
};
