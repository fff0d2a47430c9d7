"""Writes test/oracle/metrics/contours.json.gz and, where SEGBENCH_DATA has DAVIS 2016, metrics/contours-davis.json.gz: J and F of pairs of masks.

    venv/bin/pip install --no-deps -r scripts/oracle/contours-requirements.txt     (needs imageio, networkx and lazy-loader besides)

They are what vos-benchmark's `Evaluator` says of one frame. The rules of davis2017-evaluation (`db_eval_iou`, `f_measure`) are restated below
over exact distances in place of a dilation, and every case has to be the same there. A case of contours is [kind, width, height, seed, relation,
kind of the prediction, seed of the prediction, J, F], by pairs.py; one of contours-davis [frame, dx, dy, frame of the prediction, J, F]: the mask
of a later frame, moved, as a tracker that lags.
"""

import math
import os
import pathlib
from importlib.metadata import version

import numpy as np
from masks_cases import Random, shape, write_cases
from pairs import drawn_pairs, prediction, shifted
from PIL import Image
from scipy.ndimage import distance_transform_edt
from vos_benchmark.evaluator import Evaluator
from vos_benchmark.utils import _seg2bmap

# Radii from 1 to 75: of the sizes of videos, and of strips that are cheap to draw.
LARGE = ((854, 480), (480, 854), (1920, 1080), (9300, 3), (3, 9300), (5000, 9), (9, 5000), (2600, 17), (17, 2600))
RELATIONS = (2, 3, 0, 1, 4, 5)


def davis2017(predicted, target):
    """db_eval_iou and f_measure, without void pixels; near is by distance."""
    union = (predicted | target).sum()
    j = 1.0 if union == 0 else (predicted & target).sum() / union
    radius = math.ceil(0.008 * np.linalg.norm(target.shape))
    one, other = _seg2bmap(predicted), _seg2bmap(target)
    if not one.any() or not other.any():
        return j, float(not one.any() and not other.any())
    near = lambda mask: np.rint(distance_transform_edt(~mask) ** 2) <= radius * radius  # noqa: E731
    precision, recall = (one & near(other)).sum() / one.sum(), (other & near(one)).sum() / other.sum()
    return j, 0.0 if precision + recall == 0 else 2 * precision * recall / (precision + recall)


def scores(predicted, target):
    evaluator = Evaluator()
    evaluator.objects_in_gt.add(1)  # An object of the clip, whether or not this frame has it.
    evaluator.feed_frame(predicted.astype(np.uint8), target.astype(np.uint8))
    found = [float(evaluator.object_iou[1][0]), float(evaluator.boundary_f[1][0])]
    restated = davis2017(predicted.astype(bool), target.astype(bool))
    assert np.allclose(found, restated, rtol=0, atol=1e-15), (found, restated)
    return found


def large_pairs():
    r = Random(8)
    for n, (width, height) in enumerate(LARGE):
        for i in range(1 if width * height > 1e6 else 6):
            kind = (1, 13, 2, 11, 8, 0)[(n + i) % 6]
            yield kind, width, height, r.below(2**31), RELATIONS[i % 6], r.below(15), r.below(2**31), 0


def cases():
    for settings in (*drawn_pairs(2000), *large_pairs()):
        kind, width, height, seed, relation, other, seed_p, _ = settings
        target = shape(kind, width, height, seed)
        yield [*settings[:7], *scores(prediction(target, relation, other, seed_p), target)]


def davis_cases():
    root = pathlib.Path(os.environ["SEGBENCH_DATA"]) / "davis2016" / "Annotations" / "480p"
    r = Random(2016)
    for folder in sorted(root.iterdir()):
        frames = sorted(path.stem for path in folder.glob("*.png"))
        masks = [np.array(Image.open(folder / f"{frame}.png")) > 0 for frame in frames]
        for i, target in enumerate(masks):
            for step, most in ((0, 3), (1, 1), (3, 9), (15, 40)):
                dx, dy = (r.below(2 * most + 1) - most for _ in range(2))
                j = min(i + step, len(frames) - 1)
                yield [f"{folder.name}/{frames[i]}", dx, dy, f"{folder.name}/{frames[j]}", *scores(shifted(masks[j], dx, dy), target)]


if __name__ == "__main__":
    versions = {name: version(name) for name in ("vos-benchmark", "numpy", "scipy", "scikit-image", "opencv-python-headless")}
    davis = {"contours-davis": davis_cases} if "SEGBENCH_DATA" in os.environ else {}
    write_cases("contours.py", "metrics", versions, {"contours": cases, **davis})
