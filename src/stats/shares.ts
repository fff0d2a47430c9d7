// Intervals of shares whose units come in clusters, which hold near 0 and 1 where a bootstrap has nothing to draw.
import type { Estimate } from "../core/results.ts";
import type { Interval } from "./bootstrap.ts";

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
  const independent = variance > 0 ? Math.min(units, (value * (1 - value)) / variance) : units;
  const n = independent * (squaredT(units - 1, level) / squaredT(freedom, level));
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

/** Square of the t below which |t| lies with probability `level`. */
function squaredT(freedom: number, level: number): number {
  const x = betaQuantile(1 - level, freedom / 2, 0.5);
  return freedom * (1 / x - 1);
}

/** Where the beta distribution with shapes a and b reaches `share`. */
export function betaQuantile(share: number, a: number, b: number): number {
  let [below, above] = [0, 1];
  for (let i = 0; i < 200 && above - below > 1e-15 * above; i += 1) {
    const middle = (below + above) / 2;
    if (betaShare(middle, a, b) < share) below = middle;
    else above = middle;
  }
  return (below + above) / 2;
}

/** Regularised incomplete beta function I_x(a, b) by its continued fraction. */
function betaShare(x: number, a: number, b: number): number {
  if (x <= 0 || x >= 1) return x <= 0 ? 0 : 1;
  const front = Math.exp(a * Math.log(x) + b * Math.log1p(-x) + logGamma(a + b) - logGamma(a) - logGamma(b));
  return x < (a + 1) / (a + b + 2)
    ? (front * betaFraction(x, a, b)) / a
    : 1 - (front * betaFraction(1 - x, b, a)) / b;
}

function betaFraction(x: number, a: number, b: number): number {
  let c = 1;
  let d = 1 / (1 - ((a + b) * x) / (a + 1));
  let value = d;
  for (let m = 1; m < 1000; m += 1) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / (1 + even * d);
    c = 1 + even / c;
    value *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / (1 + odd * d);
    c = 1 + odd / c;
    value *= d * c;
    if (Math.abs(d * c - 1) < 1e-16) break;
  }
  return value;
}

/** Stirling's series, after moving the argument up. */
function logGamma(x: number): number {
  let shift = 0;
  let at = x;
  while (at < 15) shift -= Math.log(at++);
  const square = 1 / (at * at);
  const series = (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square / 1680))) / at;
  return shift + (at - 0.5) * Math.log(at) - at + Math.log(2 * Math.PI) / 2 + series;
}
