"""Expected values for src/stats from NumPy, SciPy and Python's math.fsum.

    python -m venv venv && venv/bin/pip install -r scripts/oracle/requirements.txt
    venv/bin/python scripts/oracle/stats.py

Writes test/oracle/stats/<statistic>.json.gz (packed.py): the inputs of each case and what other people's software makes of them.
Everything is seeded: a second run changes nothing.
"""

import json
import math
import platform

import numpy as np
import scipy
import scipy.stats

import drawn
import packed

VERSIONS = {"python": platform.python_version(), "numpy": np.__version__, "scipy": scipy.__version__}


def rng(name, number):
    return np.random.default_rng([number, *name.encode()])


def numbers(values):
    return [None if math.isnan(v) else float(v) for v in np.asarray(values, dtype=np.float64)]


def mean_cases():
    yield [0.5]
    yield [0.1] * 10
    yield [1.0, 1e100, 1.0, -1e100]
    yield [1e16, 1.0, -1e16, 1.0, 1e-9]
    for i, n in enumerate([2, 3, 10, 1000, 3000]):
        yield numbers(rng("mean", i).random(n) ** 3)


def mean():
    return [{"values": v, "sum": math.fsum(v), "mean": math.fsum(v) / len(v)} for v in mean_cases()]


def percentile():
    shares = [0, 0.025, 0.25, 0.5, (1 - 0.95) / 2, 1 - (1 - 0.95) / 2, 0.975, 0.999, 1]
    cases = [[3.0], [1.0, 2.0], [1.0, 1.0, 1.0, 2.0], [0.0, 0.0, 5.0]]
    cases += [numbers(np.sort(rng("percentile", i).random(n))) for i, n in enumerate([3, 10, 41, 1000])]
    cases.append(numbers(np.sort(np.round(rng("percentile", 9).random(200), 1))))
    return [
        {"sorted": v, "shares": shares, "values": numbers(np.quantile(v, shares, method="linear"))} for v in cases
    ]


def pairs():
    yield [1.0, 2.0], [2.0, 1.0]
    yield [1.0, 2.0, 3.0], [10.0, 30.0, 20.0]
    yield [1.0, 1.0, 2.0], [5.0, 6.0, 6.0]
    yield [0.5, 0.5, 0.5], [0.1, 0.2, 0.3]
    for i, (n, digits) in enumerate([(5, 1), (10, 1), (50, 1), (50, 15), (2000, 2), (2000, 15), (301, 0)]):
        r = rng("spearman", i)
        x = r.random(n)
        y = np.clip(0.6 * x + 0.4 * r.random(n), 0, 1)
        yield numbers(np.round(x, digits)), numbers(np.round(y, digits))


def spearman():
    with np.errstate(all="ignore"):
        return [
            {
                "x": x,
                "y": y,
                "ranks": numbers(scipy.stats.rankdata(x)),
                "spearman": numbers([scipy.stats.spearmanr(x, y).statistic])[0],
            }
            for x, y in pairs()
        ]


def ece(predicted, actual, bins=10):
    """Expected calibration error with [low, high) bins, the last closed: numpy's own rule in histogram."""
    edges = np.arange(bins + 1) / bins  # linspace would have 0.30000000000000004
    predicted = np.clip(predicted, 0, 1)
    n, _ = np.histogram(predicted, edges)
    p, _ = np.histogram(predicted, edges, weights=predicted)
    a, _ = np.histogram(predicted, edges, weights=actual)
    filled = n > 0
    gaps = np.abs(p[filled] / n[filled] - a[filled] / n[filled])
    return n, float((n[filled] * gaps).sum() / n.sum())


def calibration():
    cases = []
    for i, n in enumerate([1, 2, 7, 100, 3000]):
        r = rng("calibration", i)
        actual = r.random(n)
        predicted = actual + r.normal(0.05, 0.2, n)
        if i % 2 == 0:
            predicted = np.round(predicted, 1)  # on the bounds of bins, some outside [0, 1]
        cases.append((predicted, actual))
    cases.append((np.linspace(0, 1, 21), np.linspace(1, 0, 21)))
    results = []
    for predicted, actual in cases:
        n, error = ece(predicted, actual)
        clipped = np.clip(predicted, 0, 1)
        results.append(
            {
                "predicted": numbers(predicted),
                "actual": numbers(actual),
                "n": [int(k) for k in n],
                "ece": error,
                "bias": float(np.mean(clipped - actual)),
            }
        )
    return results


def distribution():
    cases = [[], [0.0], [1.0], numbers(np.arange(21) / 20), numbers(np.arange(101) / 100)]
    cases.append(numbers(rng("distribution", 0).random(1000)))
    edges = np.arange(21) / 20
    return [{"values": v, "counts": [int(k) for k in np.histogram(v, edges)[0]]} for v in cases]


def draws():
    cases = [[0.6, 0.8], [0.5] * 10, numbers(rng("draws", 0).random(10)), numbers(rng("draws", 1).random(3))]
    return [
        {"values": v, "mean": float(np.mean(v)), "spread": float(np.std(v, ddof=1)), "worst": float(np.min(v))}
        for v in cases
    ]


def bootstrap():
    """Expanded percentile intervals of sum / count over whole clusters, as scipy resamples pairs (sum, count)."""
    results = []
    for i, (clusters, largest) in enumerate([(2, 3), (5, 1), (12, 30), (60, 8), (200, 40)]):
        r = rng("bootstrap", i)
        sizes = r.integers(1, largest + 1, clusters)
        level = r.random(clusters)
        ids, scores = [], []
        for cluster, size in enumerate(sizes):
            ids += [cluster] * int(size)
            scores += numbers(np.clip(level[cluster] + r.normal(0, 0.1, size), 0, 1))
        ids = np.array(ids)
        sums = np.bincount(ids, weights=scores)
        counts = np.bincount(ids).astype(float)

        def ratio(s, c, axis=-1):
            return s.sum(axis=axis) / c.sum(axis=axis)

        results.append(
            {
                "clusters": [int(k) for k in ids],
                "scores": scores,
                "mean": float(np.mean(scores)),
                **drawn.interval((sums, counts), ratio, i),
            }
        )
    return results


def resampler():
    """Counts of floor(r * n / 2^32) for random 32-bit r."""
    cases = [("segbench-bootstrap\ncells", 8), ("segbench-bootstrap\ncells", 1), ("", 5), ("ü", 1000)]
    return [{"seed": seed, "calls": list(drawn.times_of(seed, n, 3))} for seed, n in cases]


def main():
    for statistic in [mean, percentile, spearman, calibration, distribution, draws, resampler, bootstrap]:
        record = {"generator": "scripts/oracle/stats.py", "versions": VERSIONS, "cases": statistic()}
        packed.write_text(f"stats/{statistic.__name__}", json.dumps(record, separators=(",", ":"), allow_nan=False) + "\n")


if __name__ == "__main__":
    main()
