import type { ChangedTarget, ProtocolMeasures } from "../core/comparison.ts";
import type { BenchmarkTable } from "./score-table.ts";

export interface ChangeLimits {
  /** Targets in each direction, per protocol. */
  readonly listed: number;
  /** Of these, from one benchmark; default: all. */
  readonly perBenchmark?: number;
}

/**
 * Targets whose score moved farthest by the first measure of each protocol: `listed` of the worsened, the worst first, then
 * as many of the improved, the best first. Ties by benchmark, image and target.
 */
export function changedTargets(
  tables: readonly BenchmarkTable[],
  candidate: number,
  protocols: readonly ProtocolMeasures[],
  { listed, perBenchmark = listed }: ChangeLimits,
): ChangedTarget[] {
  return protocols.flatMap(({ id, measures }) => {
    const [measure] = measures;
    if (measure === undefined) return [];
    const sign = measure.better === "higher" ? 1 : -1;
    const gain = ({ base, candidate: now }: ChangedTarget) => sign * (now - base);
    let worse: ChangedTarget[] = [];
    let better: ChangedTarget[] = [];
    for (const table of tables) {
      const moved = movedTargets(table, candidate, id, measure.id);
      const loss = (t: ChangedTarget) => -gain(t);
      const lost = moved.filter((t) => gain(t) < 0);
      const gained = moved.filter((t) => gain(t) > 0);
      worse = first([...worse, ...first(lost, gain, perBenchmark)], gain, listed);
      better = first([...better, ...first(gained, loss, perBenchmark)], loss, listed);
    }
    return [...worse, ...better];
  });
}

function movedTargets(
  { name, images, targets, protocols }: BenchmarkTable,
  candidate: number,
  protocol: string,
  measure: string,
): ChangedTarget[] {
  const sides = protocols.get(protocol)!;
  const [a, b] = [sides[0]!.columns[0]!, sides[candidate]!.columns[0]!];
  return images.flatMap((image, n) => {
    const [base, now] = [a[n] ?? Number.NaN, b[n] ?? Number.NaN];
    if (Number.isNaN(now - base) || base === now) return [];
    return [{ protocol, measure, benchmark: name, image, target: targets[n]!, base, candidate: now }];
  });
}

function first(targets: ChangedTarget[], key: (target: ChangedTarget) => number, n: number): ChangedTarget[] {
  const text = ({ benchmark, image, target }: ChangedTarget) => `${benchmark}\n${image}\n${target}`;
  return targets.sort((a, b) => key(a) - key(b) || (text(a) < text(b) ? -1 : 1)).slice(0, n);
}
