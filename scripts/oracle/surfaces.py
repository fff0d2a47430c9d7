"""Writes test/oracle/metrics/surface-distance.json: what DeepMind's `surface-distance` says of pairs of masks.

Needs surfaces-requirements.txt in a virtual environment of its own: the package was written for NumPy 1.
A case is [kind, width, height, seed, relation, kind of the prediction, seed of the prediction, tolerance,
surface Dice, robust Hausdorff distance at 95 %]; the masks are those of masks_cases.py. What is not finite (an empty
mask) is null.
"""

import math
import warnings
from importlib.metadata import version

import surface_distance
from masks_cases import shape, write_cases
from pairs import drawn_pairs, prediction

warnings.filterwarnings("ignore")


def finite(value):
    return float(value) if math.isfinite(value) else None


def scores(target, predicted, tolerance):
    distances = surface_distance.compute_surface_distances(target.astype(bool), predicted.astype(bool), (1, 1))
    return [
        finite(surface_distance.compute_surface_dice_at_tolerance(distances, tolerance)),
        finite(surface_distance.compute_robust_hausdorff(distances, 95)),
    ]


def cases():
    for kind, width, height, seed, relation, other, seed_p, tolerance in drawn_pairs(2400):
        target = shape(kind, width, height, seed)
        yield [
            *(kind, width, height, seed, relation, other, seed_p, tolerance),
            *scores(target, prediction(target, relation, other, seed_p), tolerance),
        ]


if __name__ == "__main__":
    versions = {name: version(name) for name in ("surface-distance", "numpy", "scipy")}
    write_cases("surfaces.py", "metrics", versions, {"surface-distance": cases})
