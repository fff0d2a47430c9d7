"""Expected values for src/masks from pycocotools, OpenCV, SciPy, Pillow and PyTorch.

    python -m venv venv && venv/bin/pip install -r scripts/oracle/requirements.txt
    venv/bin/python scripts/oracle/masks.py [KERNEL ...]

Writes test/oracle/masks/<kernel>.json: the parameters of each case (inputs are drawn again by test/masks/cases.ts)
and the expected output, or the first 12 hex digits of its SHA-256. Everything is seeded: a second run changes nothing.
"""

import base64
import hashlib
import itertools
import json
import math
import pathlib
import platform
import sys

import cv2
import numpy as np
import PIL
import pycocotools.mask as coco
import scipy
import torch
from PIL import Image
from scipy.ndimage import distance_transform_edt

from masks_cases import KINDS, Random, logits, picture, shape, sizes

OUT = pathlib.Path(__file__).resolve().parents[2] / "test" / "oracle" / "masks"
CASES = 2100
VERSIONS = {
    "python": platform.python_version(),
    "numpy": np.__version__,
    "opencv": cv2.__version__,
    "pycocotools": "2.0.11",
    "pillow": PIL.__version__,
    "torch": torch.__version__,
    "scipy": scipy.__version__,
}


def digest(array):
    return hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()[:12]


def drawn(seed, count=CASES):
    """count x (kind, width, height, seed)."""
    return [(i % KINDS, w, h, seed * 100_000 + i) for i, (w, h) in enumerate(itertools.islice(sizes(seed), count))]


def padded(mask):
    return np.pad(mask, 1)


def bit_mask():
    """area, tight box (max inclusive; -1 when empty), digest of the pixels."""
    for case in drawn(1):
        m = shape(*case)
        ys, xs = np.nonzero(m)
        box = [int(v) for v in (xs.min(), ys.min(), xs.max(), ys.max())] if len(xs) else [-1] * 4
        rle = coco.encode(np.asfortranarray(m))
        assert int(coco.area(rle)) == len(xs)
        yield [*case, len(xs), *box, digest(m)]


def rle():
    """digest of the uncompressed counts as int32, their number, the compressed string (or its digest when long)."""
    for case in drawn(2):
        m = shape(*case)
        flat = m.flatten(order="F")
        edges = np.flatnonzero(np.diff(flat)) + 1
        counts = np.diff(np.concatenate([[0], edges, [flat.size]]))
        if flat[0]:
            counts = np.concatenate([[0], counts])
        text = coco.encode(np.asfortranarray(m))["counts"]
        same = coco.frPyObjects({"size": list(m.shape), "counts": counts.tolist()}, *m.shape)
        assert same["counts"] == text
        stored = text.decode() if len(text) <= 60 else digest(np.frombuffer(text, np.uint8))
        yield [*case, len(counts), digest(counts.astype(np.int32)), len(text), stored]


def random_polygon(r, style, width, height):
    def fraction():
        return r.below(1 << 20) / (1 << 20)

    n = 3 + r.below(10)
    if style == 0:  # any points inside: crosses itself
        points = [(fraction() * width, fraction() * height) for _ in range(n)]
    elif style == 1:  # partly outside
        points = [((fraction() * 2 - 0.5) * width, (fraction() * 2 - 0.5) * height) for _ in range(n)]
    elif style == 2:  # whole pixels
        points = [(r.below(width + 1), r.below(height + 1)) for _ in range(n)]
    elif style == 3:  # halves: ties of the rounding
        points = [(r.below(2 * width + 5) / 2 - 1, r.below(2 * height + 5) / 2 - 1) for _ in range(n)]
    elif style == 4:  # tenths: ties on the grid that is five times finer
        points = [(r.below(10 * width + 20) / 10 - 1, r.below(10 * height + 20) / 10 - 1) for _ in range(n)]
    elif style == 5:  # a star around a middle
        cx, cy = fraction() * width, fraction() * height
        points = []
        for i in range(n):
            radius = fraction() * max(width, height) * 0.6
            points.append((cx + radius * math.cos(2 * math.pi * i / n), cy + radius * math.sin(2 * math.pi * i / n)))
    elif style == 6:  # wholly outside
        dx, dy = ((-3, 0), (3, 0), (0, -3), (0, 3))[r.below(4)]
        points = [((fraction() + dx) * width, (fraction() + dy) * height) for _ in range(n)]
    elif style == 7:  # repeated points
        points = [p for _ in range(n) for p in [(r.below(width + 1), fraction() * height)] * (1 + r.below(3))]
    elif style == 8:  # no area: there and back
        there = [(fraction() * width, fraction() * height) for _ in range(3)]
        points = there + there[-2::-1]
    elif style == 9:  # one point, again and again
        points = [(fraction() * width, fraction() * height)] * 3
    elif style == 10:  # a rectangle, perhaps over the border
        x0, y0 = fraction() * width * 1.5 - width * 0.3, fraction() * height * 1.5 - height * 0.3
        x1, y1 = x0 + fraction() * width, y0 + fraction() * height
        points = [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]
    else:  # far outside, around everything
        points = [(-width * 3, -height * 2.5), (width * 4.2, -height), (width * 3, height * 5), (-width, height * 2)]
    return [float(np.float64(v)) for p in points for v in p]


def polygon():
    """area, digest of the pixels; the last parameter is the polygons themselves."""
    r = Random(3)
    for i, (w, h) in enumerate(itertools.islice(sizes(3), CASES)):
        style = i % 12
        polygons = [random_polygon(r, style, w, h) for _ in range(1 if r.below(3) else 1 + r.below(3))]
        # frPyObjects one by one: four numbers would be read as a box.
        rles = [coco.frPyObjects([p], h, w)[0] for p in polygons]
        m = coco.decode(coco.merge(rles))
        yield [style, w, h, int(m.sum()), digest(m), json.dumps(polygons, separators=(",", ":"))]


def iou():
    """counts with and without ignored pixels, pycocotools' IoU."""
    others = drawn(5)
    ignored = drawn(6)
    for case, other, third in zip(drawn(4), others, ignored):
        kind, w, h, seed = case
        a, b = shape(*case), shape(other[0] if seed % 3 else kind, w, h, other[3] if seed % 7 else seed)
        # The order of kinds is shifted so that all pairs of kinds meet.
        g = shape((third[0] * 2 + seed) % KINDS, w, h, third[3])
        intersection, union = int((a & b).sum()), int((a | b).sum())
        expected = 1.0 if union == 0 else intersection / union
        if union:
            assert float(coco.iou([coco.encode(np.asfortranarray(a))], [coco.encode(np.asfortranarray(b))], [0])[0, 0]) == expected
        keep = 1 - g
        yield [
            *case, other[0] if seed % 3 else kind, other[3] if seed % 7 else seed, (third[0] * 2 + seed) % KINDS, third[3],
            intersection, int(a.sum()), int(b.sum()), expected,
            int((a & b & keep).sum()), int((a & keep).sum()), int((b & keep).sum()),
            digest(a & b), digest(a | b), digest(a & ~b & 1), digest(1 - a),
        ]


def distance_transform():
    """digest of the squared distances as int32, first maximum, its squared distance; the same without excluded pixels."""
    for case in drawn(7):
        kind, w, h, seed = case
        m = shape(*case)
        squared = np.rint(distance_transform_edt(padded(m)) ** 2).astype(np.int32)[1:-1, 1:-1] if m.any() else m.astype(np.int32)
        precise = cv2.distanceTransform(padded(m), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)[1:-1, 1:-1]
        assert np.array_equal(np.rint(precise.astype(np.float64) ** 2).astype(np.int32), squared)
        excluded = shape(0, w, h, seed + 50_000)
        left = squared * (1 - excluded)
        yield [
            *case, digest(squared), int(squared.argmax()), int(squared.max()), seed + 50_000, int(left.argmax()), int(left.max()),
        ]


def main():
    kernels = {name.replace("_", "-"): make for name, make in KERNELS.items()}
    print(json.dumps(VERSIONS))
    OUT.mkdir(parents=True, exist_ok=True)
    for name in sys.argv[1:] or kernels:
        cases = list(kernels[name]())
        head = json.dumps({"generator": "scripts/oracle/masks.py", "versions": VERSIONS})[:-1]
        lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases)
        path = OUT / f"{name}.json"
        path.write_text(f'{head}, "cases": [\n{lines}\n]}}\n')
        print(name, len(cases), "cases", path.stat().st_size, "bytes")


KERNELS = {f.__name__: f for f in (bit_mask, rle, polygon, iou, distance_transform)}

if __name__ == "__main__":
    main()
