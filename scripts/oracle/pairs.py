"""Pairs of masks for oracles of what compares two. test/masks/cases.ts draws the same pairs from the same numbers."""

import numpy as np
from masks_cases import KINDS, Random, shape, sizes

THIN = ((1, 1), (1, 200), (200, 1), (2, 333), (333, 2), (3, 97), (97, 3))
EMPTY, FULL, DOT = 6, 7, 3


def shifted(mask, dx, dy):
    """Moved right and down; what leaves the picture is gone."""
    height, width = mask.shape
    out = np.zeros_like(mask)
    out[max(0, dy) : height + min(0, dy), max(0, dx) : width + min(0, dx)] = mask[
        max(0, -dy) : height - max(0, dy), max(0, -dx) : width - max(0, dx)
    ]
    return out


def prediction(mask, relation, kind, seed):
    """0: a shape of its own; 1: the same; 2: moved by up to 3 pixels; 3: some pixels flipped; 4: empty; 5: full."""
    height, width = mask.shape
    if relation == 1:
        return mask
    if relation == 2:
        dx, dy = seed % 7 - 3, (seed >> 4) % 7 - 3
        dx, dy = max(-width, min(width, dx)), max(-height, min(height, dy))
        return shifted(mask, dx, dy)
    if relation == 3:
        return mask ^ (Random(seed).many(width * height) % np.uint32(100) < 3).reshape(height, width)
    return shape({0: kind, 4: EMPTY, 5: FULL}[relation], width, height, seed)


def drawn_pairs(count):
    """(kind, width, height, seed, relation, kind of the prediction, its seed, tolerance)"""
    r = Random(2018)
    size = sizes(77)
    for n in range(count):
        width, height = THIN[n // 8 % len(THIN)] if n % 8 == 0 else next(size)
        kind = (EMPTY, FULL, DOT)[n // 20 % 3] if n % 20 == 1 else n % KINDS
        seed, relation = r.below(2**31), (0, 0, 0, 1, 2, 2, 3, 4, 5, 0)[r.below(10)]
        other, seed_p = r.below(KINDS), r.below(2**31)
        yield kind, width, height, seed, relation, other, seed_p, (2, 0, 1, 3, 1.5, 5)[r.below(6)]
