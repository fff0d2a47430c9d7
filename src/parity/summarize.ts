import { parityDefaults } from "../core/defaults.ts";
import { given } from "../core/given.ts";
import { mean, percentileSorted } from "../core/numbers.ts";
import type {
  AnswerScores,
  EmbeddingError,
  ParityBlame,
  ParityCell,
  ParityPath,
  ParityRow,
  ParitySampleRow,
  ParityStep,
  ParityTargetRow,
  ParityWorst,
} from "../core/parity.ts";
import type { ParitySetRow } from "../core/parity-sets.ts";
import type { ProtocolNote } from "../core/results.ts";
import { distribution } from "../stats/buckets.ts";
import { parityEstimates, setEstimates } from "./estimates.ts";
import { phrasesOf } from "./phrases/summary.ts";
import { setsOf } from "./sets/summary.ts";

export interface NamedBenchmark {
  readonly name: string;
  readonly title: string;
}

/** Cells of each benchmark and, first, of all: means and shares are unweighted means over benchmarks. */
export function parityCells(rows: readonly ParityRow[], benchmarks: readonly NamedBenchmark[]): ParityCell[] {
  const cells = benchmarks.flatMap(({ name, title }) => {
    const own = rows.filter(({ benchmark }) => benchmark === name);
    return own.length === 0 ? [] : [cellOf(name, title, own)];
  });
  return [overall(cellOf("overall", "All benchmarks", rows), cells), ...cells];
}

function cellOf(name: string, title: string, rows: readonly ParityRow[]): ParityCell {
  const samples = rows.filter((row): row is ParitySampleRow => row.kind === "sample");
  const targets = rows.filter((row): row is ParityTargetRow => row.kind === "target");
  const sets = rows.filter((row): row is ParitySetRow => row.kind === "set");
  const steps = targets.flatMap((row) => row.steps);
  const own = steps.flatMap(({ paths }) => paths.candidate ?? []);
  const logits = own.flatMap((path) => path.logits ?? []);
  const predicted = own.flatMap((path) => path.predicted ?? []);
  const paired = steps.flatMap(({ reference, paths: { candidate } }) =>
    candidate?.predicted?.reordered === undefined ? [] : [candidate.chosen !== reference.chosen],
  );
  return given({
    ...{ name, title, images: samples.length, targets: targets.length, steps: steps.length },
    failures: [...targets, ...sets].filter(({ failed }) => failed?.candidate !== undefined).length,
    embedding: ofAny(
      samples.flatMap(({ embeddings }) => embeddings),
      worstEmbedding,
    ),
    logits: ofAny(logits, () => ({
      max: Math.max(...logits.map(({ max }) => max)),
      mean: mean(logits.map((one) => one.mean)),
      signs: mean(logits.map(({ signs }) => signs)),
    })),
    predicted: ofAny(predicted, () => ({
      mean: mean(predicted.map(({ max }) => max)),
      max: Math.max(...predicted.map(({ max }) => max)),
      reordered: share(predicted.flatMap(({ reordered }) => reordered ?? [])),
      otherMask: share(paired),
    })),
    agreement: ofAny(
      own.map(({ agreement }) => agreement),
      agreementOf,
    ),
    blame: blameOf(steps),
    sets: setsOf(sets),
    phrases: phrasesOf(steps),
    estimates: sets.length === 0 ? parityEstimates(targets) : setEstimates(sets),
  });
}

/** undefined for an empty list. */
function ofAny<T, R>(values: readonly T[], of: (values: readonly T[]) => R): R | undefined {
  return values.length === 0 ? undefined : of(values);
}

function worstEmbedding(errors: readonly EmbeddingError[]): NonNullable<ParityCell["embedding"]> {
  const worst = errors.map(({ worstChannel }) => worstChannel);
  return {
    identical: errors.every(({ identical }) => identical),
    cosine: Math.min(...errors.map(({ cosine }) => cosine)),
    relativeL2: Math.max(...errors.map(({ relativeL2 }) => relativeL2)),
    max: Math.max(...errors.map(({ max }) => max)),
    snr:
      ofAny(
        errors.flatMap(({ snr }) => snr ?? []),
        (ratios) => Math.min(...ratios),
      ) ?? null,
    worstChannel: worst.reduce((a, b) => (b.relativeL2 > a.relativeL2 ? b : a)),
  };
}

function agreementOf(values: readonly number[]): NonNullable<ParityCell["agreement"]> {
  const sorted = Float64Array.from(values).sort();
  return {
    mean: mean(values),
    low: percentileSorted(sorted, parityDefaults.lowAgreement),
    min: sorted[0]!,
    below90: share(values.map((value) => value < parityDefaults.agreed)),
    bins: distribution(values),
  };
}

/** Disagreement is 1 - agreement, over the steps for which every path has a prediction. */
function blameOf(steps: readonly ParityStep[]): ParityBlame | undefined {
  const whole = steps.filter(
    ({ paths }) =>
      paths.candidate !== undefined && paths.encoder !== undefined && paths.decoder !== undefined,
  );
  if (whole.length === 0) return undefined;
  const apart = (path: ParityPath) => mean(whole.map(({ paths }) => 1 - paths[path]!.agreement));
  return shapley(apart("candidate"), apart("encoder"), apart("decoder"));
}

function shapley(candidate: number, encoderOnly: number, decoderOnly: number): ParityBlame {
  return {
    ...{ candidate, encoderOnly, decoderOnly },
    encoder: (encoderOnly + candidate - decoderOnly) / 2,
    decoder: (decoderOnly + candidate - encoderOnly) / 2,
  };
}

/** Counts, extremes and distribution are pooled; means are over the benchmarks' means. */
function overall(pooled: ParityCell, cells: readonly ParityCell[]): ParityCell {
  const over = (pick: (cell: ParityCell) => number | undefined) => {
    const values = cells.flatMap((cell) => pick(cell) ?? []);
    return ofAny(values, mean) ?? 0;
  };
  const { logits, predicted, agreement, blame } = pooled;
  return given({
    ...pooled,
    logits: logits && {
      max: logits.max,
      mean: over((c) => c.logits?.mean),
      signs: over((c) => c.logits?.signs),
    },
    predicted: predicted && {
      mean: over((c) => c.predicted?.mean),
      max: predicted.max,
      reordered: over((c) => c.predicted?.reordered),
      otherMask: over((c) => c.predicted?.otherMask),
    },
    agreement: agreement && {
      ...agreement,
      mean: over((c) => c.agreement?.mean),
      below90: over((c) => c.agreement?.below90),
    },
    blame:
      blame &&
      shapley(
        over((c) => c.blame?.candidate),
        over((c) => c.blame?.encoderOnly),
        over((c) => c.blame?.decoderOnly),
      ),
  });
}

function share(flags: readonly boolean[]): number {
  return flags.length === 0 ? 0 : flags.filter(Boolean).length / flags.length;
}

/**
 * Every embedding, logit, predicted IoU and mask is bit-identical: equal logits give other masks at another
 * threshold.
 */
export function isIdentical({
  embedding,
  logits,
  predicted,
  agreement,
  failures,
  sets,
  phrases,
}: ParityCell): boolean {
  if (phrases !== undefined)
    return failures === 0 && embedding?.identical !== false && phrases.identical && agreement?.min === 1;
  if (sets !== undefined) return failures === 0 && embedding?.identical !== false && sets.identical;
  const outputs = embedding?.identical !== false && logits?.max === 0 && predicted?.max === 0;
  return failures === 0 && outputs && agreement?.min === 1;
}

/**
 * The steps that agree least, one per target; ties keep the order of the rows. `protocols`: with their
 * measures, the main one first.
 */
export function worstTargets(
  rows: readonly ParityRow[],
  protocols: readonly Pick<ProtocolNote, "id" | "measures">[],
  most: number,
): ParityWorst[] {
  const names = new Map(protocols.map(({ id, measures }) => [id, measures[0]!.name]));
  const found = rows.flatMap((row): ParityWorst[] => {
    if (row.kind !== "target") return [];
    const { benchmark, protocol, sample, target, phrase } = row;
    const score = ({ scores }: AnswerScores) => scores[names.get(protocol)!];
    // Of a clip: frames that are scored.
    const steps = row.steps.flatMap(({ at, frame, reference, paths: { candidate } }) =>
      candidate === undefined ||
      (candidate.phrase === undefined && (score(reference) === undefined || score(candidate) === undefined))
        ? []
        : [
            {
              ...{ benchmark, protocol, sample, target, at, ...given({ frame, phrase }) },
              agreement: candidate.agreement,
              // Of a phrase: masks of the answer.
              reference: candidate.phrase?.kept.reference ?? score(reference)!,
              candidate: candidate.phrase?.kept.candidate ?? score(candidate)!,
            },
          ],
    );
    const [worst] = steps.sort((a, b) => a.agreement - b.agreement);
    return worst === undefined || worst.agreement === 1 ? [] : [worst];
  });
  return found.sort((a, b) => a.agreement - b.agreement).slice(0, most);
}

/**
 * The samples with the largest mean disagreement of their steps, one per benchmark before any second one;
 * those that are the same in every number are left out.
 */
export function worstSamples(rows: readonly ParityRow[], most: number): BenchmarkSample[] {
  const sums = new Map<string, BenchmarkSample & { apart: number; steps: number; differs: boolean }>();
  for (const row of rows) {
    const { benchmark, sample } = row;
    const key = `${benchmark}\n${sample}`;
    const entry = sums.get(key) ?? { benchmark, sample, apart: 0, steps: 0, differs: false };
    sums.set(key, entry);
    if (row.kind === "set") continue;
    if (row.kind === "sample")
      entry.differs ||= row.problem !== undefined || row.embeddings.some(({ identical }) => !identical);
    else {
      entry.differs ||= row.failed !== undefined;
      for (const { paths } of row.steps) {
        entry.steps += 1;
        entry.apart += 1 - (paths.candidate?.agreement ?? 0);
        const { logits, predicted } = paths.candidate ?? {};
        entry.differs ||=
          paths.candidate?.phrase === undefined
            ? logits?.max !== 0 || predicted?.max !== 0
            : !paths.candidate.phrase.identical;
      }
    }
  }
  const differing = [...sums.values()].filter(({ differs, steps }) => differs && steps > 0);
  return farthestApart(
    differing.map(({ apart, steps, ...one }) => ({ ...one, apart: apart / steps })),
    most,
  );
}

/** The images with the largest share of masks without a partner, likewise; those that the candidate fails on have none. */
export function worstSets(rows: readonly ParitySetRow[], most: number): BenchmarkSample[] {
  const all = rows.flatMap(({ benchmark, sample, compared }) => {
    if (compared === undefined) return [{ benchmark, sample, apart: 1 }];
    if (compared.identical) return [];
    const { masks, partners } = compared;
    const count = masks.reference + masks.candidate;
    return [{ benchmark, sample, apart: count === 0 ? 0 : 1 - (2 * partners[1]!) / count }];
  });
  return farthestApart(all, most);
}

export type BenchmarkSample = Pick<ParitySampleRow, "benchmark" | "sample">;

/** One per benchmark before any second one. */
function farthestApart(
  all: readonly (BenchmarkSample & { readonly apart: number })[],
  most: number,
): BenchmarkSample[] {
  const ranked = [...all].sort((a, b) => b.apart - a.apart);
  const first = ranked.filter(
    ({ benchmark }, i) => ranked.findIndex((other) => other.benchmark === benchmark) === i,
  );
  const rest = ranked.filter((one) => !first.includes(one));
  return [...first, ...rest].slice(0, most).map(({ benchmark, sample }) => ({ benchmark, sample }));
}
