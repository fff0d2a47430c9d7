// Distribution functions of intervals, to 1e-12 of SciPy's. (jstat's quantiles of t are off by 6e-8; @stdlib's bring 220 packages.)

/** P(Z <= z) of the standard normal distribution, by the continued fraction and series of the incomplete gamma function. */
export function normalCdf(z: number): number {
  if (z === 0) return 0.5;
  const x = (z * z) / 2;
  const tail = x < 1.5 ? 1 - gammaSeries(x) : gammaFraction(x);
  return z < 0 ? tail / 2 : 1 - tail / 2;
}

/** Lower incomplete gamma function of 1/2, regularised. */
function gammaSeries(x: number): number {
  let term = 2;
  let all = term;
  for (let n = 1; n < 200 && term > 1e-17 * all; n += 1) {
    term *= x / (n + 0.5);
    all += term;
  }
  return (all * Math.sqrt(x) * Math.exp(-x)) / Math.sqrt(Math.PI);
}

/** Upper incomplete gamma function of 1/2, regularised (Lentz). */
function gammaFraction(x: number): number {
  let b = x + 0.5;
  let c = 1e300;
  let d = 1 / b;
  let value = d;
  for (let i = 1; i < 500; i += 1) {
    const a = -i * (i - 0.5);
    b += 2;
    d = 1 / (a * d + b);
    c = b + a / c;
    const step = d * c;
    value *= step;
    if (Math.abs(step - 1) < 1e-16) break;
  }
  return (value * Math.sqrt(x) * Math.exp(-x)) / Math.sqrt(Math.PI);
}

export function normalQuantile(share: number): number {
  return invert(normalCdf, share, -40, 40);
}

/** Of Student's t with `freedom` degrees, which need not be whole. */
export function tQuantile(share: number, freedom: number): number {
  const known = quantileOfT.get(`${share} ${freedom}`);
  if (known !== undefined) return known;
  const found = invert((t) => tCdf(t, freedom), share, -1e9, 1e9);
  quantileOfT.set(`${share} ${freedom}`, found);
  return found;
}
const quantileOfT = new Map<string, number>();

/** Of the beta distribution. A binomial share's exact bounds are its quantiles (Clopper & Pearson 1934). */
export function betaQuantile(share: number, a: number, b: number): number {
  return invert((x) => betaCdf(x, a, b), share, 0, 1);
}

export function tCdf(t: number, freedom: number): number {
  if (freedom > 1e6) return normalCdf(t);
  const x = (t * t) / (freedom + t * t);
  // Of the two that add up to 1, the one that is not rounded away.
  const tail =
    x < 0.5
      ? (1 - betaCdf(x, 0.5, freedom / 2)) / 2
      : betaCdf(freedom / (freedom + t * t), freedom / 2, 0.5) / 2;
  return t < 0 ? tail : 1 - tail;
}

/** Of the beta distribution: the regularised incomplete beta function I_x(a, b). */
export function betaCdf(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const front = Math.exp(a * Math.log(x) + b * Math.log1p(-x) - logBeta(a, b));
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

function logBeta(a: number, b: number): number {
  return logGamma(a) + logGamma(b) - logGamma(a + b);
}

/** Stirling's series, after moving the argument up. */
function logGamma(x: number): number {
  let shift = 0;
  while (x < 15) shift -= Math.log(x++);
  const square = 1 / (x * x);
  const series = (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square / 1680))) / x;
  return shift + (x - 0.5) * Math.log(x) - x + Math.log(2 * Math.PI) / 2 + series;
}

function invert(cdf: (at: number) => number, share: number, low: number, high: number): number {
  if (share <= 0) return low <= -40 ? Number.NEGATIVE_INFINITY : low;
  if (share >= 1) return high >= 40 ? Number.POSITIVE_INFINITY : high;
  let [below, above] = [low, high];
  for (let i = 0; i < 200 && above - below > 1e-15 * Math.max(Math.abs(below), Math.abs(above)); i += 1) {
    const middle = (below + above) / 2;
    if (cdf(middle) < share) below = middle;
    else above = middle;
  }
  return (below + above) / 2;
}
