import type {
  ParityBlame,
  ParityCell,
  ParityImageRow,
  ParityPath,
  ParityRound,
  ParityRow,
  ParityTargetRow,
  ParityWorst,
} from "../core/parity.ts";
import { parityDefaults } from "../core/parity-defaults.ts";
import { distribution } from "../stats/distribution.ts";
import { mean } from "../stats/mean.ts";
import { percentileSorted } from "../stats/percentile.ts";

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
  const images = rows.filter((row): row is ParityImageRow => row.kind === "image");
  const targets = rows.filter((row): row is ParityTargetRow => row.kind === "target");
  const rounds = targets.flatMap((row) => row.rounds);
  const own = rounds.flatMap(({ paths }) => paths.candidate ?? []);
  const logits = own.flatMap((path) => path.logits ?? []);
  const predicted = own.flatMap((path) => path.predicted ?? []);
  const paired = rounds.flatMap(({ reference, paths: { candidate } }) =>
    candidate?.predicted === undefined ? [] : [candidate.chosen !== reference.chosen],
  );
  const blame = blameOf(rounds);
  return {
    ...{ name, title, images: images.length, targets: targets.length, rounds: rounds.length },
    failures: targets.filter(({ failed }) => failed?.candidate !== undefined).length,
    ...embeddingOf(images),
    ...(logits.length === 0
      ? {}
      : {
          logits: {
            max: Math.max(...logits.map(({ max }) => max)),
            mean: mean(logits.map((one) => one.mean)),
            signs: mean(logits.map(({ signs }) => signs)),
          },
        }),
    ...(predicted.length === 0
      ? {}
      : {
          predicted: {
            mean: mean(predicted.map(({ max }) => max)),
            max: Math.max(...predicted.map(({ max }) => max)),
            reordered: share(predicted.map(({ reordered }) => reordered)),
            otherMask: share(paired),
          },
        }),
    ...agreementOf(own.map(({ agreement }) => agreement)),
    ...(blame === undefined ? {} : { blame }),
  };
}

function embeddingOf(images: readonly ParityImageRow[]): Pick<ParityCell, "embedding"> {
  const errors = images.flatMap(({ embeddings }) => embeddings);
  if (errors.length === 0) return {};
  const ratios = errors.flatMap(({ snr }) => snr ?? []);
  const worst = errors.map(({ worstChannel }) => worstChannel);
  return {
    embedding: {
      identical: errors.every(({ identical }) => identical),
      cosine: Math.min(...errors.map(({ cosine }) => cosine)),
      relativeL2: Math.max(...errors.map(({ relativeL2 }) => relativeL2)),
      max: Math.max(...errors.map(({ max }) => max)),
      snr: ratios.length === 0 ? null : Math.min(...ratios),
      worstChannel: worst.reduce((a, b) => (b.relativeL2 > a.relativeL2 ? b : a)),
    },
  };
}

function agreementOf(values: readonly number[]): Pick<ParityCell, "agreement"> {
  if (values.length === 0) return {};
  const sorted = Float64Array.from(values).sort();
  return {
    agreement: {
      mean: mean(values),
      low: percentileSorted(sorted, parityDefaults.lowAgreement),
      min: sorted[0]!,
      below90: share(values.map((value) => value < parityDefaults.agreed)),
      bins: distribution(values),
    },
  };
}

/** Disagreement is 1 - agreement, of rounds that every path answered. */
function blameOf(rounds: readonly ParityRound[]): ParityBlame | undefined {
  const whole = rounds.filter(
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

/** Counts, extremes and the distribution of all; means of the benchmarks' means. */
function overall(pooled: ParityCell, cells: readonly ParityCell[]): ParityCell {
  const over = (pick: (cell: ParityCell) => number | undefined) => {
    const values = cells.flatMap((cell) => pick(cell) ?? []);
    return values.length === 0 ? 0 : mean(values);
  };
  const { logits, predicted, agreement, blame } = pooled;
  return {
    ...pooled,
    ...(logits === undefined
      ? {}
      : {
          logits: { max: logits.max, mean: over((c) => c.logits?.mean), signs: over((c) => c.logits?.signs) },
        }),
    ...(predicted === undefined
      ? {}
      : {
          predicted: {
            mean: over((c) => c.predicted?.mean),
            max: predicted.max,
            reordered: over((c) => c.predicted?.reordered),
            otherMask: over((c) => c.predicted?.otherMask),
          },
        }),
    ...(agreement === undefined
      ? {}
      : {
          agreement: {
            ...agreement,
            mean: over((c) => c.agreement?.mean),
            below90: over((c) => c.agreement?.below90),
          },
        }),
    ...(blame === undefined
      ? {}
      : {
          blame: shapley(
            over((c) => c.blame?.candidate),
            over((c) => c.blame?.encoderOnly),
            over((c) => c.blame?.decoderOnly),
          ),
        }),
  };
}

function share(flags: readonly boolean[]): number {
  return flags.length === 0 ? 0 : flags.filter(Boolean).length / flags.length;
}

/** Not a bit of any embedding, logit or predicted IoU differs. */
export function isIdentical({ embedding, logits, predicted, failures }: ParityCell): boolean {
  return failures === 0 && embedding?.identical !== false && logits?.max === 0 && predicted?.max === 0;
}

/** The rounds that agree least, one per target; ties keep the order of the rows. */
export function worstTargets(rows: readonly ParityRow[], most: number): ParityWorst[] {
  const found = rows.flatMap((row): ParityWorst[] => {
    if (row.kind !== "target") return [];
    const { benchmark, protocol, image, target } = row;
    const rounds = row.rounds.flatMap(({ clicks, draw, reference, paths: { candidate } }) =>
      candidate === undefined
        ? []
        : [
            {
              ...{ benchmark, protocol, image, target, clicks },
              ...(draw === undefined ? {} : { draw }),
              ...{
                agreement: candidate.agreement,
                reference: reference.selected,
                candidate: candidate.selected,
              },
            },
          ],
    );
    const [worst] = rounds.sort((a, b) => a.agreement - b.agreement);
    return worst === undefined || worst.agreement === 1 ? [] : [worst];
  });
  return found.sort((a, b) => a.agreement - b.agreement).slice(0, most);
}
