"""Writes test/oracle/prompts/isegeval.json.gz: clicks and numbers of clicks (NoC) as the package isegeval gives them.

    venv/bin/pip install isegeval==0.1.0 "numpy<2" scipy opencv-python-headless==4.11.0.86
    venv/bin/python scripts/oracle/official/clicks.py

Nothing of its clicker is restated: `evaluate` plays its own loop against a model that answers with given predictions, each nearer to
the target than the one before. A case is [kind, width, height, seed, kind of the flipped pixels, seed, ignore kind or -1, seed,
NoC at IoU 80, 85, 90 and 95 %, ...20 clicks of x, y, label].

Its `evaluate` hands its own threshold to the loop and not to `compute_noc`, which therefore counts at 90 % whatever was asked for;
so NoC at 90 % is taken from `evaluate` itself, the others from `compute_noc` with the threshold said.
"""

import pathlib
import sys
from importlib.metadata import version

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

import numpy as np
from isegeval import evaluate
from isegeval.utils import compute_noc, get_iou
from masks_cases import KINDS, Random, shape, write_cases
from prompts import drawn, ignored

CLICKS = 20
LEVELS = (0.8, 0.85, 0.9, 0.95)


class Given:
    """A model that answers the n-th click with the n-th prediction, and remembers what it was asked."""

    def __init__(self, predictions):
        self.predictions, self.clicks = predictions, []

    def get_model(self, image):
        return self

    def predict(self, click):
        self.clicks.append((int(click.x), int(click.y), int(click.is_positive)))
        return self.predictions[len(self.clicks) - 1]


def predictions(target, kind, seed):
    """The target with fewer and fewer pixels of a shape flipped: 90 % of them after the first click, then 4/5 of that, and so on."""
    h, w = target.shape
    flips, share = shape(kind, w, h, seed).astype(bool), 90.0
    for n in range(CLICKS):
        noise = (Random(seed + 1 + n).many(w * h) % np.uint32(1000) < np.uint32(share * 10)).reshape(h, w)
        yield target.astype(bool) ^ (flips & noise)
        share *= 0.8


def cases():
    for kind, w, h, seed, _, kind_p, seed_p, kind_i, seed_i in drawn(43, 700, 60):
        target, hidden = shape(kind, w, h, seed), ignored(kind_i, w, h, seed_i).astype(bool)
        if not (target.astype(bool) & ~hidden).any():
            continue
        truth = target.astype(np.float32)
        truth[hidden] = -1
        given = list(predictions(target, kind_p, seed_p))
        image = np.zeros((h, w, 3), np.uint8)
        model = Given(given)
        evaluate([(image, truth)], model, threshold=2, max_clicks=CLICKS)
        ious = np.array([get_iou(truth, one) for one in given])
        nocs = [int(compute_noc([ious], level, CLICKS)) for level in LEVELS]
        assert nocs[2] == evaluate([(image, truth)], Given(given), threshold=0.9, max_clicks=CLICKS)
        yield [kind, w, h, seed, kind_p, seed_p, kind_i, seed_i, *nocs, *(v for click in model.clicks for v in click)]


if __name__ == "__main__":
    versions = {name: version(name) for name in ("isegeval", "numpy", "scipy")}
    write_cases("official/clicks.py", "prompts", versions, {"isegeval": cases})
