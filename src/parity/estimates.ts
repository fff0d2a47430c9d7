// How sure the means and shares of a parity are: intervals over images.
import { parityDefaults } from "../core/defaults.ts";
import { meanValue } from "../core/measure.ts";
import { sum } from "../core/numbers.ts";
import type {
  ParityChange,
  ParityCompared,
  ParityMean,
  ParityStep,
  ParityTargetRow,
} from "../core/parity.ts";
import type { ParityPhraseMean } from "../core/parity-phrases.ts";
import type { ParitySetMean, ParitySetRow, SetComparison } from "../core/parity-sets.ts";
import type { Estimate } from "../core/results.ts";
import type { Grouped } from "../core/words.ts";
import type { SidedScore } from "../stats/compare.ts";
import { type MeanPart, pooledEstimate } from "../stats/pooled.ts";
import type { MeasuredProtocol } from "../stats/score-table.ts";
import { hasLoneMask, isFlip } from "./phrases/summary.ts";
import { setMeans, setShares } from "./sets/summary.ts";

const phraseOf = ({ paths: { candidate } }: ParityStep) => candidate?.phrase;

/** The same of phrases. */
const ofPhrases: Readonly<Record<ParityPhraseMean, (step: ParityStep) => number | undefined>> = {
  "token-changes": (step) => {
    const phrase = phraseOf(step);
    return phrase && Number(!phrase.sameTokens);
  },
  "presence-flips": (step) => {
    const phrase = phraseOf(step);
    return phrase && Number(isFlip(phrase));
  },
  "mask-changes": (step) => {
    const { kept } = phraseOf(step) ?? {};
    return kept && Number(hasLoneMask(kept));
  },
  "class-error": (step) => phraseOf(step)?.classes,
};

/** What a step adds to a mean; undefined: it does not count. */
const means: Readonly<Record<Exclude<ParityMean, ParitySetMean>, (step: ParityStep) => number | undefined>> =
  {
    agreement: ({ paths }) => paths.candidate?.agreement,
    "agreement-below-90": ({ paths: { candidate } }) =>
      candidate && Number(candidate.agreement < parityDefaults.agreed),
    "sign-changes": ({ paths }) => paths.candidate?.logits?.signs,
    "logits-mean": ({ paths }) => paths.candidate?.logits?.mean,
    "predicted-error": ({ paths }) => paths.candidate?.predicted?.max,
    "rank-changes": ({ paths: { candidate } }) =>
      candidate?.predicted?.reordered === undefined ? undefined : Number(candidate.predicted.reordered),
    "other-mask": ({ reference, paths: { candidate } }) =>
      candidate?.predicted?.reordered === undefined
        ? undefined
        : Number(candidate.chosen !== reference.chosen),
    ...ofPhrases,
  };

function groupedIn(several: boolean, steps: readonly ParityStep[]): Grouped {
  return several || (steps[0]?.frame === undefined ? undefined : "clips");
}

/** Those in which a step counts fully or not at all. */
export const parityShares: readonly ParityMean[] = [
  ...(["agreement-below-90", "rank-changes", "other-mask"] as const),
  ...(["token-changes", "presence-flips", "mask-changes"] as const),
  ...setShares,
];

/**
 * Means and shares over the steps of some benchmarks, each benchmark with the same weight. A target is one, whatever protocols it
 * was played under: what it says under another is no news.
 */
export function parityEstimates(targets: readonly ParityTargetRow[]): Partial<Record<ParityMean, Estimate>> {
  const found = (Object.keys(means) as (keyof typeof means)[]).flatMap((name) => {
    const parts = new Map<string, MeanPart>();
    for (const { benchmark, sample, cluster, target, steps } of targets) {
      const values = steps.flatMap((step) => means[name](step) ?? []);
      if (values.length === 0) continue;
      const key = `${benchmark}\n${sample}\n${target}`;
      const known = parts.get(key) ?? {
        benchmark,
        cluster,
        grouped: groupedIn(cluster !== sample, steps),
        sum: 0,
        n: 0,
      };
      parts.set(key, { ...known, sum: known.sum + sum(values), n: known.n + values.length });
    }
    const estimate = pooledEstimate([...parts.values()], parityShares.includes(name));
    return estimate === undefined ? [] : [[name, estimate] as const];
  });
  return Object.fromEntries(found);
}

/** The same of all masks of an image: an image is one, and its masks or candidates could each stand for themselves. */
export function setEstimates(rows: readonly ParitySetRow[]): Partial<Record<ParityMean, Estimate>> {
  const all = { ...setMeans, "predicted-error": predictedError };
  const found = (Object.keys(all) as (keyof typeof all)[]).flatMap((name) => {
    const parts = rows.flatMap(({ benchmark, sample, cluster, compared }): MeanPart[] => {
      const [total, n] = compared === undefined ? [0, 0] : all[name](compared);
      return n === 0 && total === 0
        ? []
        : [{ benchmark, cluster, grouped: cluster !== sample, sum: total, n, units: n }];
    });
    // Masks on an image without any of the reference's count among those of its benchmark's other images.
    const measured = parts.filter((part) =>
      parts.some((one) => one.benchmark === part.benchmark && one.n > 0),
    );
    const estimate = pooledEstimate(measured, parityShares.includes(name));
    return estimate === undefined ? [] : [[name, estimate] as const];
  });
  return Object.fromEntries(found);
}

/** The mean over all candidates, where a prompt of a target has its largest. */
const predictedError = ({ shifts: { predicted } }: SetComparison) =>
  [predicted.absolute, predicted.n] as const;

/**
 * The changes over all benchmarks with an interval over the images of all together, where a benchmark has too few for one
 * of its own. `sides`: after the reference, in the order of the scores.
 */
export function withPooledIntervals(
  changes: readonly ParityChange[],
  scores: readonly SidedScore[],
  protocols: readonly MeasuredProtocol[],
  sides: readonly ParityCompared[],
): ParityChange[] {
  return changes.map((change) => {
    const protocol = protocols.find(({ id }) => id === change.protocol);
    const measures = protocol?.measures ?? [];
    const m = measures.findIndex(({ id }) => id === change.measure);
    const measure = measures[m];
    const mean =
      protocol !== undefined && measure !== undefined && "value" in measure && measure.value === meanValue;
    if (change.where !== "overall" || !mean) return change;
    const known = sides.flatMap((side, s) => {
      const paired = change[side];
      if (paired === undefined || paired.difference.low !== undefined) return [];
      const pooled = pooledEstimate(differences(scores, protocol, m, s + 1));
      if (pooled?.low === undefined) return [];
      const { value } = paired.difference;
      return [[side, { ...paired, difference: { ...pooled, value } }] as const];
    });
    return { ...change, ...Object.fromEntries(known) };
  });
}

/** Of each target with a mean on both sides, the other side's less the reference's. */
function differences(
  scores: readonly SidedScore[],
  { id: protocol, samples }: Pick<MeasuredProtocol, "id" | "samples">,
  m: number,
  side: number,
): MeanPart[] {
  const own = scores.filter(({ score }) => score.protocol === protocol && score.status === "ok");
  const keyOf = ({ benchmark, sample, target }: SidedScore["score"]) => `${benchmark}\n${sample}\n${target}`;
  const scoreOf = ({ parts }: SidedScore["score"]) => {
    const [total, n] = (parts[m] ?? []) as readonly number[];
    return total === undefined || n === undefined ? undefined : meanValue([total, n]);
  };
  const reference = new Map(
    own.filter((one) => one.side === 0).map(({ score }) => [keyOf(score), scoreOf(score)]),
  );
  return own.flatMap((one) => {
    if (one.side !== side) return [];
    const [base, other] = [reference.get(keyOf(one.score)), scoreOf(one.score)];
    const { benchmark, cluster, sample } = one.score;
    if (base === undefined || other === undefined) return [];
    return [{ benchmark, cluster, grouped: cluster !== sample || samples, sum: other - base, n: 1 }];
  });
}
