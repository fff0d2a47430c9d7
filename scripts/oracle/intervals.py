"""Intervals that were compared, from SciPy, over the very draws that segbench makes; quantiles that they need.

    python -m venv venv && venv/bin/pip install -r scripts/oracle/requirements.txt
    venv/bin/python scripts/oracle/intervals.py

Writes test/oracle/stats/intervals.json.gz and quantiles.json. Everything is seeded: a second run changes nothing.
"""

import json
import platform
import types
import warnings

import numpy as np
import scipy
import scipy.stats

import drawn
import packed

VERSIONS = {"python": platform.python_version(), "numpy": np.__version__, "scipy": scipy.__version__}
DRAWS = 300
LEVEL = 0.95


def bounds(interval):
    found = [float(interval[0]), float(interval[1])]
    return found if np.all(np.isfinite(found)) else None


def of_draws(data, statistic, distribution, method, level=LEVEL):
    """scipy.stats.bootstrap with resamples that were made elsewhere."""
    made = types.SimpleNamespace(bootstrap_distribution=np.array(distribution))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = scipy.stats.bootstrap(
            data,
            statistic,
            paired=len(data) > 1,
            vectorized=True,
            n_resamples=0,
            bootstrap_result=made,
            method=method,
            confidence_level=level,
        )
    return bounds(found.confidence_interval)


def mean(values, axis=-1):
    return np.mean(values, axis=axis)


def ratio(sums, counts, axis=-1):
    return sums.sum(axis=axis) / counts.sum(axis=axis)


def mean_case(number):
    r = np.random.default_rng([number, 17])
    k = int(r.integers(3, 61))
    shape = [r.random, r.standard_normal, lambda n: np.exp(r.standard_normal(n)), lambda n: r.integers(0, 4, n) / 4][number % 4]
    values = np.round(shape(k), 6)
    seed = f"intervals {number}"
    means, ratios = [], []
    centre, error = values.mean(), scipy.stats.sem(values)
    for times in drawn.times_of(f"{seed}\n0", k, DRAWS):
        sample = np.repeat(values, times)
        means.append(sample.mean())
        own = scipy.stats.sem(sample)
        if own > 0 and np.ptp(sample) > 0:
            ratios.append((means[-1] - centre) / own)
    low, high = np.quantile(ratios, [0.025, 0.975])
    t = scipy.stats.ttest_1samp(values, 0).confidence_interval(LEVEL)
    return {
        "seed": seed,
        "columns": [values.tolist()],
        "percentile": of_draws((values,), mean, means, "percentile"),
        "expanded": of_draws((values,), mean, means, "percentile", drawn.expanded_level(k)),
        "bca": of_draws((values,), mean, means, "BCa"),
        "t": [float(t.low), float(t.high)],
        "studentized": [float(centre - high * error), float(centre - low * error)] if 2 * len(ratios) >= DRAWS else None,
    }


def ratio_case(number):
    r = np.random.default_rng([number, 18])
    k = int(r.integers(4, 41))
    counts = r.integers(1, 30, k).astype(float)
    sums = np.round(counts * r.random(k), 6)
    seed = f"ratios {number}"
    drawn_times = drawn.times_of(f"{seed}\n0", k, DRAWS)
    means = [float((sums @ times) / (counts @ times)) for times in drawn_times]
    return {
        "seed": seed,
        "columns": [sums.tolist(), counts.tolist()],
        "percentile": of_draws((sums, counts), ratio, means, "percentile"),
        "expanded": of_draws((sums, counts), ratio, means, "percentile", drawn.expanded_level(k)),
        "bca": of_draws((sums, counts), ratio, means, "BCa"),
    }


def quantiles():
    shares = [1e-7, 0.001, 0.025, 0.2, 0.5, 0.8, 0.975, 0.9999]
    normal = [[z, float(scipy.stats.norm.cdf(z))] for z in [-8, -3.1, -1.2, -0.3, 0, 0.7, 1.9, 2.5, 5]]
    t = [[p, f, float(scipy.stats.t.ppf(p, f))] for p in shares for f in [1, 2, 4, 9, 9.37, 29, 100.5, 299, 5000]]
    beta = [[p, a, b, float(scipy.stats.beta.ppf(p, a, b))] for p in shares for a, b in [(1, 14), (3, 12), (0.5, 0.5), (8, 7), (200, 3)]]
    return [{"normal": normal, "t": t, "beta": beta}]


def main():
    cases = [mean_case(i) for i in range(200)] + [ratio_case(i) for i in range(60)]
    for name, found in [("intervals", cases), ("quantiles", quantiles())]:
        head = {"generator": "scripts/oracle/intervals.py", "versions": VERSIONS, "draws": DRAWS}
        packed.write_cases(f"stats/{name}", head, found)


if __name__ == "__main__":
    main()
