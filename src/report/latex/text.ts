import type { Estimate } from "../../core/summary.ts";
import { interval, percent } from "../format-number.ts";

/** "81.8 {\\scriptsize [80.7, 82.7]}"; two dashes where there is no number. */
export function estimateLatex(estimate: Estimate | undefined): string {
  if (estimate === undefined) return "--";
  const range = interval(estimate);
  return range === "" ? percent(estimate.value) : `${percent(estimate.value)} {\\scriptsize ${range}}`;
}

const escapes: Readonly<Record<string, string>> = {
  "\\": "\\textbackslash{}",
  "~": "\\textasciitilde{}",
  "^": "\\textasciicircum{}",
  "<": "\\textless{}",
  ">": "\\textgreater{}",
  "|": "\\textbar{}",
  '"': "''",
  "[": "{[}",
};

/** Text as LaTeX prints it: its special characters escaped, line breaks as spaces; a bracket after a line's end would be an argument. */
export function escapeLatex(text: string): string {
  return text
    .replace(/\s*[\r\n]+\s*/g, " ")
    .replace(/[\\~^<>|"[&%$#_{}]/g, (character) => escapes[character] ?? `\\${character}`);
}
