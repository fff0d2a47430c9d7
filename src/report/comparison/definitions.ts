// What the words of a comparison mean, in a sentence or two each.
import type { Comparison } from "../../core/comparison.ts";
import { comparisonDefaults } from "../../core/defaults.ts";
import type { Unit } from "../../core/measure.ts";
import { type Definition, measureDefinitions } from "../definitions.ts";
import { sizeText } from "./numbers.ts";

/** What every comparison has, then its measures by name. */
export function comparisonDefinitionsOf({ protocols }: Comparison): Definition[] {
  const units = new Set(protocols.flatMap(({ measures }) => measures.map(({ unit }) => unit)));
  return [...general, moved([...units]), detectable, ...measureDefinitions(protocols)];
}

function moved(units: readonly Unit[]): Definition {
  const limits = units.map((unit) => sizeText({ unit }, comparisonDefaults.changed[unit]));
  return {
    term: "Moved",
    meaning: `Share of the masks whose score changed by more than ${[...new Set(limits)].join(" or ")}, for the better and for the worse.`,
  };
}

const general: readonly Definition[] = [
  {
    term: "Pair",
    meaning:
      "One target that both models scored with the same prompts. A target that either failed on is left out of both means, and counted.",
  },
  {
    term: "Difference",
    meaning:
      "Candidate minus base over the pairs; of a share in percent points. Over several benchmarks it is the unweighted mean of theirs.",
  },
  {
    term: "Interval",
    meaning:
      "The 95 % percentile-bootstrap interval of the paired difference: whole images (or videos) are drawn anew 10,000 times with a fixed seed, both models together.",
  },
  {
    term: "p",
    meaning:
      "Sign-flip permutation test by image: how often a difference at least as large comes up when, image by image, it is left to chance which model is called the candidate. Two-sided; 10,000 patterns, or all of them for few images.",
  },
  {
    term: "Holm",
    meaning:
      "The p-value corrected for looking at all benchmarks of a protocol; clearly better or worse means below 0.05 after it.",
  },
  {
    term: "+ / = / -",
    meaning: "On how many benchmarks or masks the candidate is better, exactly the same, or worse.",
  },
];

const detectable: Definition = {
  term: "Detectable",
  meaning:
    "The smallest true difference that a sample like this one finds with 80 % probability at the 5 % level: 2.80 standard errors. A difference that was not found is no proof that there is none below this.",
};
