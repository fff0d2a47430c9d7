"""Expected intervals of shares on clusters (Korn & Graubard 1998) from NumPy and SciPy: test/oracle/stats/shares.json.gz.

    venv/bin/python scripts/oracle/shares.py

A case is what each cluster adds: steps that count, and steps. Two ways from there: `simple` is one sample, `strata` the mean of
several benchmarks' shares, clusters varying within each. Written from the paper's formulas and R's survey::svyciprop("beta").
"""

import json

import numpy as np
import scipy.stats

import packed
from stats import VERSIONS, rng


def linear(hits, steps):
    """Share, and the variance of the ratio by Taylor linearisation, clusters with replacement."""
    hits, steps = np.asarray(hits, float), np.asarray(steps, float)
    share = hits.sum() / steps.sum()
    scores = (hits - share * steps) / steps.sum()
    n = len(scores)
    return share, n / (n - 1) * np.sum((scores - scores.mean()) ** 2)


def beta(share, variance, freedom, units, level=0.95):
    tail = (1 - level) / 2
    effective = min(units, share * (1 - share) / variance) if variance > 0 else units
    effective *= (scipy.stats.t.ppf(tail, units - 1) / scipy.stats.t.ppf(tail, freedom)) ** 2
    hits = share * effective
    low = 0.0 if share == 0 else scipy.stats.beta.ppf(tail, hits, effective - hits + 1)
    high = 1.0 if share == 1 else scipy.stats.beta.ppf(1 - tail, hits + 1, effective - hits)
    return float(low), float(high)


def cases():
    for i, (clusters, chance) in enumerate([(14, 0), (14, 1), (3, 0.1), (14, 0.02), (14, 0.25), (60, 0.05), (200, 0.9)]):
        r = rng("shares", i)
        steps = r.integers(2, 90, clusters)
        own = np.full(clusters, chance) if chance in (0, 1) else r.beta(chance, 1 - chance, clusters)
        hits = r.binomial(steps, own)
        share, variance = linear(hits, steps)
        units = int(np.ceil(steps / 10).sum())
        low, high = beta(share, variance, clusters - 1, units)
        yield {
            "samples": [{"hits": hits.tolist(), "steps": steps.tolist()}],
            **{"units": units, "share": float(share), "low": low, "high": high},
        }
    r = rng("shares", 99)
    samples, found = [], []
    for clusters in (12, 30):
        steps = r.integers(2, 90, clusters)
        hits = r.binomial(steps, r.beta(0.2, 0.8, clusters))
        samples.append({"hits": hits.tolist(), "steps": steps.tolist()})
        found.append(linear(hits, steps))
    share = float(np.mean([one for one, _ in found]))
    variance = sum(v for _, v in found) / len(found) ** 2
    units = int(sum(np.ceil(np.array(one["steps"]) / 10).sum() for one in samples))
    low, high = beta(share, variance, 12 + 30 - 2, units)
    yield {"samples": samples, "units": units, "share": share, "low": low, "high": high}


if __name__ == "__main__":
    record = {"generator": "scripts/oracle/shares.py", "versions": VERSIONS, "cases": list(cases())}
    packed.write_text("stats/shares", json.dumps(record, separators=(",", ":"), allow_nan=False) + "\n")
