// Intervals of shares whose units come in clusters, which hold near 0 and 1 where a bootstrap has nothing to draw.
import { bootstrapDefaults } from "../core/defaults.ts";
import type { Estimate } from "../core/results.ts";
import type { Interval } from "./bootstrap.ts";
import { betaQuantile, tQuantile } from "./quantiles.ts";

/** A share, how sure its clusters make it, and what it was counted on. */
export interface SharedOut {
  /** In [0, 1]. */
  readonly value: number;
  /** Of the share, between clusters. */
  readonly variance: number;
  /** Clusters less one, or less one for each benchmark. */
  readonly freedom: number;
  /** What could at most be independent of each other. */
  readonly units: number;
}

/**
 * Interval of a share on clusters (Korn & Graubard 1998; "beta" in R's survey, the rule of the US National Center for Health
 * Statistics): that of Clopper & Pearson (1934) for as many independent units as have the variance seen, at most all units, and
 * fewer where few clusters tell that variance. Where nothing or everything counts, no variance is seen, and all units are
 * taken: 0 of 63 on 14 images is [0, 6.6 %], where the bootstrap says [0, 0].
 *
 * @example shareInterval({ value: 0, variance: 0, freedom: 13, units: 63 }, 0.95) // {low: 0, high: 0.066}
 */
export function shareInterval({ value, variance, freedom, units }: SharedOut, level: number): Interval {
  const tail = (1 - level) / 2;
  const t = (degrees: number) => tQuantile(1 - tail, degrees);
  const independent = variance > 0 ? Math.min(units, (value * (1 - value)) / variance) : units;
  const n = independent * (t(units - 1) / t(freedom)) ** 2;
  const hits = value * n;
  return {
    low: value <= 0 ? 0 : betaQuantile(tail, hits, n - hits + 1),
    high: value >= 1 ? 1 : betaQuantile(1 - tail, hits + 1, n - hits),
  };
}

/**
 * How many clusters would move the interval's end to `border`, each as telling as those seen: near 0 and 1 the end moves with their
 * number, not with its root.
 *
 * @example clustersFor({ value: 0, low: 0, high: 0.066, clusters: 14 }, 0.05, 0.95) // 18.7
 */
export function clustersFor(
  { value, low, high, clusters }: Required<Pick<Estimate, "value" | "low" | "high" | "clusters">>,
  border: number,
  level: number,
): number {
  const tail = (1 - level) / 2;
  const above = border > value;
  const end = (n: number) =>
    above
      ? betaQuantile(1 - tail, value * n + 1, n - value * n)
      : betaQuantile(tail, value * n, n - value * n + 1);
  const unitsAt = (place: number) => {
    let [few, many] = [Math.log(1e-3), Math.log(1e9)];
    for (let i = 0; i < 60; i += 1) {
      const middle = (few + many) / 2;
      if (end(Math.exp(middle)) > place === above) few = middle;
      else many = middle;
    }
    return Math.exp(few);
  };
  return (clusters * unitsAt(border)) / unitsAt(above ? high : low);
}

/**
 * The interval of a share where all of it lies beyond the limit, each image taken as one unit. Where it does not, it says nothing of how
 * many images are needed: near 0 it does not shrink with the square root of their number.
 */
export function lostBeyond(
  share: number,
  images: number,
  most: number,
): { readonly low?: number; readonly high?: number } {
  if (images < 2) return {};
  const { level } = bootstrapDefaults;
  const units = { value: share, variance: 0, freedom: images - 1, units: images };
  const { low, high } = shareInterval(units, level);
  return 100 * low > most ? { low: 100 * low, high: 100 * high } : {};
}
