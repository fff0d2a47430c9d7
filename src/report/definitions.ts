// What the words of a report mean, in a sentence each.
import type { MeasureNote } from "../core/measure.ts";
import type { ProtocolNote } from "../core/summary.ts";
import { sentence } from "./format-number.ts";

export interface Definition {
  readonly term: string;
  readonly meaning: string;
}

/** What every report has, whatever is measured. */
const general: readonly Definition[] = [
  {
    term: "Suite (macro)",
    meaning:
      "The unweighted mean of the benchmarks' numbers: every benchmark counts the same, however large.",
  },
  { term: "Micro", meaning: "Over all masks of all benchmarks: every mask counts the same." },
  {
    term: "Interval",
    meaning:
      "The 95 % percentile-bootstrap interval in brackets: whole images (or videos) are drawn anew 10,000 times with a fixed seed. There is none below two images.",
  },
  {
    term: "Size",
    meaning:
      "COCO's buckets (area below 32² px small, below 96² px medium, else large), and quartiles of the target's share of its image.",
  },
  {
    term: "Dropped, failed",
    meaning:
      "Dropped targets are left out by a rule of the protocol or the data set; failed ones could not be scored. Neither is ever counted as zero.",
  },
];

const clicks: Definition = {
  term: "Clicks",
  meaning:
    "The first simulated click is the deepest interior pixel of the target, unless the protocol says otherwise; each further click goes to the deepest pixel of the larger error region.",
};

/** The measures of a run by name, in the order in which its protocols first have them, then what every report has. */
export function definitionsOf(protocols: readonly ProtocolNote[]): Definition[] {
  const clicked = protocols.some(({ measures }) => measures.some(({ axis }) => axis?.name === "clicks"));
  return [...measureDefinitions(protocols), ...(clicked ? [clicks] : []), ...general];
}

/** An entry per name; names that share their sentence share an entry. */
export function measureDefinitions(protocols: readonly ProtocolNote[]): Definition[] {
  const byName = new Map<string, MeasureNote>();
  for (const { measures } of protocols)
    for (const measure of measures) if (!byName.has(measure.name)) byName.set(measure.name, measure);
  const terms = new Map<string, string[]>();
  for (const { of, meaning } of byName.values()) terms.set(meaning, [...(terms.get(meaning) ?? []), of]);
  return [...terms].map(([meaning, names]) => ({ term: sentence(names.join(", ")), meaning }));
}
