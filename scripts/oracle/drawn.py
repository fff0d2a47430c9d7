"""What segbench draws, and where it reads its intervals, for oracles that are compared with it draw by draw."""

import hashlib
import math

import numpy as np
import scipy.stats


def times_of(seed, n, draws):
    """sfc32 from PractRand in exact integers, seeded by the first 16 bytes of a SHA-256: how often each of n clusters comes up."""
    digest = hashlib.sha256(seed.encode()).digest()
    a, b, c, counter = (int.from_bytes(digest[i : i + 4], "big") for i in (0, 4, 8, 12))
    for _ in range(draws):
        times = [0] * n
        for _ in range(n):
            random = (a + b + counter) % 2**32
            counter = (counter + 1) % 2**32
            a = b ^ (b >> 9)
            b = (c + (c << 3)) % 2**32
            c = ((c << 21 | c >> 11) % 2**32 + random) % 2**32
            times[(random * n) >> 32] += 1
        yield times


def expanded_level(k, level=0.95):
    """The level whose percentiles are those of the expanded interval of k clusters (Hesterberg 2015, 5.1)."""
    t = scipy.stats.t.ppf((1 + level) / 2, k - 1)
    return 1 - 2 * scipy.stats.norm.cdf(-math.sqrt(k / (k - 1)) * t)


def interval(sums, statistic, seed):
    """SciPy's bootstrap of sums by cluster, with the ends and the standard error that segbench states."""
    found = scipy.stats.bootstrap(
        sums,
        statistic,
        paired=True,
        vectorized=True,
        n_resamples=100_000,
        confidence_level=expanded_level(len(sums[0])),
        method="percentile",
        rng=np.random.default_rng(seed),
        batch=10_000,
    )
    ends = found.confidence_interval
    return {"low": float(ends.low), "high": float(ends.high), "standardError": float(found.standard_error)}
