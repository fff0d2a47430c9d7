// A mean over benchmarks and its interval, also where a benchmark has a single image: then the images of all are one sample.
import { bootstrapDefaults } from "../core/defaults.ts";
import { given } from "../core/given.ts";
import { meanValue } from "../core/measure.ts";
import { mean, sum } from "../core/numbers.ts";
import type { Estimate } from "../core/results.ts";
import type { Grouped } from "../core/words.ts";
import { drawValues } from "./bootstrap.ts";
import { bootstrapAll, drawsOf, type Estimated, estimateOf, macroEstimate } from "./estimate.ts";
import { shareInterval } from "./shares.ts";

/** What a target adds to a mean: a sum, and the number of its parts. */
export interface MeanPart {
  readonly benchmark: string;
  readonly cluster: string;
  /** The cluster is not an image. */
  readonly grouped?: Grouped | false;
  readonly sum: number;
  readonly n: number;
  /** What could at most be independent of each other; default: it is one. */
  readonly units?: number;
}

/** What clusters add up to. */
interface Sample {
  /** Of the seed. */
  readonly name: string;
  readonly sums: Float64Array;
  readonly counts: Float64Array;
  readonly targets: number;
}

/**
 * The unweighted mean of the benchmarks' means. Where every benchmark has an interval of its own, clusters vary within each;
 * else the clusters of all benchmarks together are one sample, in which each keeps its part in the mean: what tells
 * benchmarks apart then counts as spread too. `share`: parts count fully or not at all, and the interval is that of a share.
 */
export function pooledEstimate(parts: readonly MeanPart[], share = false): Estimate | undefined {
  const samples = samplesOf(parts);
  const own = samples.map(estimated);
  const within =
    own.length === 1
      ? own[0]!.estimate
      : macroEstimate(own, { level: bootstrapDefaults.level, uneven: false });
  if (within === undefined) return undefined;
  const together = within.low === undefined;
  const { value, n, clusters } = within;
  const grouped =
    parts.some((part) => part.grouped === true) || parts.find((part) => part.grouped)?.grouped || undefined;
  if (share) {
    const interval = shareOf(together ? [oneSample(samples)] : samples, within);
    const few = interval.low === undefined || undefined;
    return { value, ...interval, n, clusters, ...given({ few, grouped }) };
  }
  const found = together && samples.length > 1 ? estimated(oneSample(samples)).estimate : within;
  return { ...found, value, n, clusters, ...given({ grouped }) };
}

function samplesOf(parts: readonly MeanPart[]): Sample[] {
  const found = new Map<string, Map<string, { sum: number; n: number }>>();
  const targets = new Map<string, number>();
  for (const { benchmark, cluster, sum: value, n, units = 1 } of parts) {
    const clusters = found.get(benchmark) ?? new Map<string, { sum: number; n: number }>();
    found.set(benchmark, clusters);
    const entry = clusters.get(cluster) ?? { sum: 0, n: 0 };
    clusters.set(cluster, { sum: entry.sum + value, n: entry.n + n });
    targets.set(benchmark, (targets.get(benchmark) ?? 0) + units);
  }
  return [...found].map(([name, clusters]) => {
    const sorted = [...clusters].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, entry]) => entry);
    return {
      name,
      sums: Float64Array.from(sorted, (entry) => entry.sum),
      counts: Float64Array.from(sorted, (entry) => entry.n),
      targets: targets.get(name)!,
    };
  });
}

/** All clusters as one sample whose mean is the mean of the samples' means. */
function oneSample(samples: readonly Sample[]): Sample {
  const weights = samples.map(({ counts }) => 1 / (samples.length * sum(counts)));
  const scaled = (pick: (sample: Sample) => Float64Array) =>
    Float64Array.from(samples.flatMap((sample, s) => [...pick(sample)].map((value) => value * weights[s]!)));
  return {
    name: "",
    sums: scaled(({ sums }) => sums),
    counts: scaled(({ counts }) => counts),
    targets: samples.reduce((all, { targets }) => all + targets, 0),
  };
}

function estimated({ name, sums, counts, targets }: Sample): Estimated {
  const { seed, level } = bootstrapDefaults;
  const options = { ...bootstrapDefaults, seed: `${seed}\n${name}` };
  const totals = bootstrapAll([{ rows: counts, columns: [sums, counts] }], options)[0];
  const all = [sum(sums), sum(counts)];
  const size = { n: targets, clusters: counts.length };
  const draws = totals && drawsOf(drawValues(totals, meanValue), size.clusters, totals);
  const estimate = estimateOf(meanValue(all), size, draws, { level, uneven: false })!;
  return { estimate, sums: all, draws };
}

/** Undefined on one cluster, which shows no spread. */
function shareOf(samples: readonly Sample[], { value, n }: Estimate): Pick<Estimate, "low" | "high"> {
  const freedom = samples.reduce((all, { sums }) => all + sums.length - 1, 0);
  if (freedom < 1) return {};
  const variance = mean(samples.map(varianceOf)) / samples.length;
  return shareInterval({ value, variance, freedom, units: n }, bootstrapDefaults.level);
}

/** Of a sample's mean, by its linear part in each cluster. */
function varianceOf({ sums, counts }: Sample): number {
  const all = sum(counts);
  const own = sum(sums) / all;
  const squares = sum(sums.map((value, i) => ((value - own * counts[i]!) / all) ** 2));
  return sums.length < 2 ? 0 : (squares * sums.length) / (sums.length - 1);
}
