"""Writes test/oracle/metrics/monai.json.gz: NSD, Dice and IoU of the pairs of masks of surfaces.py, as MONAI gives them.

    venv/bin/pip install torch==2.14.1 monai==1.6.1 scipy scikit-image
    venv/bin/python scripts/oracle/official/surfaces_monai.py

NSD is `compute_surface_dice(use_subvoxels=True)`, the outline as DeepMind measures it; without subvoxels MONAI counts the edge's pixels,
which is another number. HD95 is left out: MONAI takes the percentile over edge pixels of one side at a time, not over the outline's length.
A case is the eight settings of surfaces.py, then [NSD, Dice, IoU]; null where MONAI gives no number.
"""

import pathlib
import sys
import warnings
from importlib.metadata import version

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
warnings.filterwarnings("ignore")

import torch
from masks_cases import shape, write_cases
from monai.metrics import compute_dice, compute_iou, compute_surface_dice
from pairs import drawn_pairs, prediction
from surfaces import finite


def cases():
    for kind, width, height, seed, relation, other, seed_p, tolerance in drawn_pairs(1200):
        target = shape(kind, width, height, seed)
        masks = (prediction(target, relation, other, seed_p), target)
        predicted, truth = (torch.from_numpy(mask.astype("float32"))[None, None] for mask in masks)
        options = {"include_background": True}
        found = (
            compute_surface_dice(predicted, truth, [tolerance], use_subvoxels=True, **options),
            compute_dice(predicted, truth, ignore_empty=True, **options),
            compute_iou(predicted, truth, ignore_empty=True, **options),
        )
        yield [kind, width, height, seed, relation, other, seed_p, tolerance, *(finite(float(one)) for one in found)]


if __name__ == "__main__":
    versions = {name: version(name) for name in ("monai", "torch", "numpy", "scipy")}
    write_cases("official/surfaces_monai.py", "metrics", versions, {"monai": cases})
