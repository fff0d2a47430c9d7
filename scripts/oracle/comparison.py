"""Expected values for the paired comparison from NumPy and SciPy.

    venv/bin/python scripts/oracle/comparison.py

Writes test/oracle/stats/<statistic>.json.gz, as scripts/oracle/stats.py does. Everything is seeded.
"""

import itertools
import json
import math

import numpy as np
import scipy.stats

import drawn
import packed
from stats import VERSIONS, numbers, rng


def sign_flip():
    """Parts of the mean by cluster; p by enumerating every pattern where there are few, by SciPy otherwise."""
    cases = [
        ("one cluster", [0.3]),
        ("two clusters", [0.1, 0.2]),
        ("ties", [0.25, 0.25, -0.25, 0.5, 0.25]),
        ("zeros", [0.0, 0.5, 0.0, 0.25, -0.125, 0.0]),
        ("nothing moved", [0.0, 0.0, 0.0]),
        ("all alike", [0.125] * 10),
        ("sums to nothing", [0.5, -0.25, -0.25]),
    ]
    for i, n in enumerate([3, 5, 8, 11, 14, 14]):
        r = rng("sign-flip", i)
        sizes = r.integers(1, 30, n)
        cases.append((f"{n} clusters", numbers(sizes * r.normal(0.03, 0.1, n) / sizes.sum())))
    results = []
    for name, parts in cases:
        patterns = np.array(list(itertools.product([1.0, -1.0], repeat=len(parts))))
        observed = abs(np.sum(parts))
        exact = float(np.mean(np.abs(patterns @ np.array(parts)) >= observed - 1e-13))
        p = exact
        if any(parts) and len(parts) > 1:
            found = scipy.stats.permutation_test(
                (np.array(parts),), np.sum, permutation_type="samples", n_resamples=2**20, alternative="two-sided"
            )
            # SciPy's two-sided p-value is twice the smaller tail, at most 1: the same, since flipping is symmetric.
            assert abs(found.pvalue - exact) < 1e-12, (name, found.pvalue, exact)
        results.append({"name": name, "parts": parts, "p": p, "exact": True})
    for i, (n, shift) in enumerate([(15, 0.05), (40, 0.02), (60, 0.0), (200, 0.01), (1000, 0.004), (300, 0.03)]):
        r = rng("sign-flip-large", i)
        sizes = r.integers(1, 60, n)
        parts = sizes * r.normal(shift, 0.1, n) / sizes.sum()
        if i == 2:
            parts = np.round(parts, 3)  # ties
        found = scipy.stats.permutation_test(
            (parts,),
            lambda x, axis: np.sum(x, axis=axis),
            permutation_type="samples",
            vectorized=True,
            n_resamples=1_000_000,
            batch=20_000,
            rng=np.random.default_rng(i),
            alternative="two-sided",
        )
        results.append({"name": f"{n} clusters", "parts": numbers(parts), "p": float(found.pvalue), "exact": False})
    return results


def paired_bootstrap():
    """Both scores of a target drawn together by whole clusters: expanded percentile interval and standard error of the difference."""
    results = []
    for i, (clusters, largest) in enumerate([(2, 3), (12, 30), (60, 8), (200, 40)]):
        r = rng("paired", i)
        sizes = r.integers(1, largest + 1, clusters)
        ids = np.repeat(np.arange(clusters), sizes)
        level = r.random(clusters)[ids]
        base = np.clip(level + r.normal(0, 0.1, len(ids)), 0, 1)
        candidate = np.clip(base + r.normal(0.01, 0.05, len(ids)), 0, 1)

        def sums(scores):
            return np.bincount(ids, weights=scores)

        def difference(a, b, counts, axis=-1):
            return b.sum(axis=axis) / counts.sum(axis=axis) - a.sum(axis=axis) / counts.sum(axis=axis)

        found = drawn.interval((sums(base), sums(candidate), np.bincount(ids).astype(float)), difference, i)
        t = scipy.stats.t(clusters - 1)
        power = float((t.ppf(0.975) + t.ppf(0.8)) * math.sqrt(clusters / (clusters - 1)))
        results.append(
            {
                "clusters": [int(k) for k in ids],
                "base": numbers(base),
                "candidate": numbers(candidate),
                "difference": float(np.mean(candidate) - np.mean(base)),
                **found,
                "detectable": power * found["standardError"],
            }
        )
    return results


def main():
    for name, statistic in [("sign-flip", sign_flip), ("paired-bootstrap", paired_bootstrap)]:
        record = {"generator": "scripts/oracle/comparison.py", "versions": VERSIONS, "cases": statistic()}
        packed.write_text(f"stats/{name}", json.dumps(record, separators=(",", ":"), allow_nan=False) + "\n")


if __name__ == "__main__":
    main()
