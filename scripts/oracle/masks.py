"""Expected values for src/masks from pycocotools, OpenCV, SciPy, Pillow and PyTorch.

    python -m venv venv && venv/bin/pip install -r scripts/oracle/requirements.txt
    venv/bin/python scripts/oracle/masks.py [KERNEL ...]

Writes test/oracle/masks/<kernel>.json.gz: the parameters of each case (inputs are drawn again by test/masks/cases.ts)
and the expected output, or the first 12 hex digits of its SHA-256. Everything is seeded: a second run changes nothing.
"""

import base64
import hashlib
import itertools
import json
import math
import platform

import cv2
import numpy as np
import PIL
import pycocotools.mask as coco
import scipy
import torch
from PIL import Image
from scipy.ndimage import distance_transform_edt

from masks_cases import KINDS, Random, logits, picture, shape, sizes, write_cases

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
    """area, digest of the pixels; of stars the polygons themselves, as sines differ from one library to the next."""
    r = Random(3)
    for i, (w, h) in enumerate(itertools.islice(sizes(3), CASES)):
        style = i % 12
        polygons = [random_polygon(r, style, w, h) for _ in range(1 if r.below(3) else 1 + r.below(3))]
        # frPyObjects one by one: four numbers would be read as a box.
        rles = [coco.frPyObjects([p], h, w)[0] for p in polygons]
        m = coco.decode(coco.merge(rles))
        yield [style, w, h, int(m.sum()), digest(m), *([json.dumps(polygons, separators=(",", ":"))] if style == 5 else [])]


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


def erosion(m, times):
    """`times` erosions by 3x3, outside = background."""
    return cv2.erode(padded(m), np.ones((3, 3), np.uint8), iterations=times)[1:-1, 1:-1] if times else m


def morphology():
    """digests of erosion by a square (r times 3x3), of erosion and dilation by a disk."""
    for i, case in enumerate(drawn(8)):
        m = shape(*case)
        r = (0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 44)[Random(i).below(16)]
        tenths = Random(i + 9).below(10 * min(r, 17) + 5)
        radius = tenths / 10
        k = int(radius)
        y, x = np.mgrid[-k : k + 1, -k : k + 1]
        # In whole numbers, as x^2 + y^2 <= (tenths / 10)^2.
        disk = (100 * (x * x + y * y) <= tenths * tenths).astype(np.uint8)
        wide = np.pad(m, k + 1)
        inside = (slice(k + 1, -k - 1),) * 2
        yield [
            *case, r, digest(erosion(m, r)),
            tenths, digest(cv2.erode(wide, disk)[inside]), digest(cv2.dilate(wide, disk)[inside]),
        ]


def mask_to_boundary(mask, d):
    """As in boundary_iou_api, with its dilation already in pixels."""
    h, w = mask.shape
    new_mask = cv2.copyMakeBorder(mask, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    new_mask_erode = cv2.erode(new_mask, np.ones((3, 3), dtype=np.uint8), iterations=d)
    return mask - new_mask_erode[1 : h + 1, 1 : w + 1]


def boundary():
    """width of the band, digest of the band."""
    for case in drawn(9):
        m = shape(*case)
        h, w = m.shape
        d = max(1, int(round(0.02 * np.sqrt(h**2 + w**2))))
        yield [*case, d, digest(mask_to_boundary(m, d)), digest(mask_to_boundary(m, d + 3))]


def boundary_distance():
    """0.02 * diagonal, rounded as Python rounds."""
    r = Random(10)
    for i in range(CASES):
        w, h = (1 + r.below(5000), 1 + r.below(5000)) if i % 2 else (3 * 25 * (1 + r.below(90)), 4 * 25 * (1 + r.below(90)))
        yield [w, h, max(1, int(round(0.02 * np.sqrt(h**2 + w**2))))]


def sampled(values, i):
    """Up to 120 values of every tenth case and 16 of the others, evenly spread, as base64 of float32; the test reads the same."""
    flat = np.ascontiguousarray(values, np.float32).ravel()
    n = 16 if i % 10 else 120
    step = max(1, -(-flat.size // n))
    return base64.b64encode(flat[::step].tobytes()).decode()


def interpolate(array, height, width):
    t = torch.from_numpy(array)[None, None]
    return torch.nn.functional.interpolate(t, (height, width), mode="bilinear", align_corners=False)[0, 0].numpy()


def resize_logits():
    """sampled values of torch's interpolate; OpenCV's INTER_LINEAR must agree where it is defined alike."""
    worst = 0
    for i, ((w, h), (ow, oh)) in enumerate(zip(itertools.islice(sizes(12), CASES), sizes(13))):
        if i % 9 == 0:
            ow = w
        if i % 11 == 0:
            oh = h
        source = logits(i % 5, w, h, 1_200_000 + i)
        expected = interpolate(source, oh, ow)
        worst = max(worst, np.abs(cv2.resize(source, (ow, oh), interpolation=cv2.INTER_LINEAR) - expected).max())
        yield [i % 5, w, h, 1_200_000 + i, ow, oh, sampled(expected, i)]
    print("OpenCV's INTER_LINEAR differs from torch by at most", worst)
    # Both round source positions differently: about 1e-6 of the side times the slope.
    assert worst < 2e-3


def fitted(w, h, long_side):
    """SAM's ResizeLongestSide.get_preprocess_shape."""
    scale = long_side * 1.0 / max(h, w)
    newh, neww = h * scale, w * scale
    return int(neww + 0.5), int(newh + 0.5)


def fit():
    r = Random(14)
    for i in range(CASES):
        w, h = 1 + r.below(6000), 1 + r.below(6000)
        if i % 3 == 0:
            w, h = 1 + r.below(64), 1 + r.below(64)
        long_side = (1024, 256, 512, 1008, 448, 97)[r.below(6)]
        yield [w, h, long_side, *fitted(w, h, long_side)]


def mask_from_logits():
    """digest of the mask with undecided pixels cleared, and those pixels: |logit - threshold| < 1e-5."""
    r = Random(15)
    undecided_pixels = all_pixels = 0
    for i, (w, h) in enumerate(itertools.islice(sizes(15), CASES)):
        low, frame = ((16, 64), (8, 32), (13, 47), (32, 32), (64, 256), (20, 15), (256, 1024))[r.below(7) if i % 50 == 0 else r.below(6)]
        if i % 10 == 0:  # the frame holds the image as it is
            w, h = frame, 1 + r.below(frame)
        rw, rh = fitted(w, h, frame)
        rw, rh = max(rw, 1), max(rh, 1)
        threshold = (0, 0, 0, 0.5, -3.25, 2.1)[r.below(6)]
        style = (0, 1, 2, 3, 3, 1, 4)[r.below(7)]
        source = logits(style, low, low, 1_500_000 + i)
        values = interpolate(np.ascontiguousarray(interpolate(source, frame, frame)[:rh, :rw]), h, w)
        undecided = np.abs(values.astype(np.float64) - threshold) < 1e-5
        if style == 4 and threshold == 0:  # zeros everywhere: every sum is exact, and none is above
            undecided &= values != 0
        # torch rounds the number that it compares with to the tensor's type.
        bits = ((values > np.float32(threshold)) & ~undecided).astype(np.uint8)
        undecided_pixels += int(undecided.sum())
        all_pixels += bits.size
        where = np.flatnonzero(undecided).tolist()
        yield [style, low, 1_500_000 + i, frame, rw, rh, w, h, threshold, int(bits.sum()), digest(bits), json.dumps(where)]
    print("undecided pixels", undecided_pixels, "of", all_pixels)


def weights(cells, cell, pixels):
    """(cells, pixels): length of each pixel inside each cell."""
    edges = np.arange(cells + 1) * cell
    p = np.arange(pixels)
    return np.maximum(0, np.minimum(edges[1:, None], p + 1) - np.maximum(edges[:-1, None], p))


def area_average():
    """sampled means of the +-magnitude picture; outside the image -magnitude."""
    r = Random(16)
    for i, case in enumerate(drawn(16)):
        m = shape(*case).astype(np.float64)
        h, w = m.shape
        low, frame = ((16, 64), (8, 32), (13, 47), (32, 32), (64, 256), (20, 15))[r.below(6)]
        rw, rh = fitted(w, h, frame)
        rw, rh = max(rw, 1), max(rh, 1)
        magnitude = (10, 1, 20.5)[r.below(3)]
        cw, ch = frame / low * w / rw, frame / low * h / rh
        inside = weights(low, ch, h) @ m @ weights(low, cw, w).T / (cw * ch)
        if i % 8 == 0:  # OpenCV's INTER_AREA is the same where the cells divide the picture
            whole = cv2.resize(np.kron(m[:1, :1], np.ones((low * 2, low * 2))), (low, low), interpolation=cv2.INTER_AREA)
            assert np.allclose(whole, m[0, 0])
        yield [*case, frame, rw, rh, low, magnitude, sampled((2 * inside - 1) * magnitude, i)]


def resize_image():
    """digest of Pillow's resize, filter 0 bilinear, 1 bicubic; four channels as CMYK, which Pillow does not premultiply."""
    r = Random(17)
    for i, ((w, h), (ow, oh)) in enumerate(zip(itertools.islice(sizes(17), CASES), sizes(18))):
        channels, cubic, style = (1, 3, 4)[r.below(3)], r.below(2), r.below(4)
        if i % 9 == 0:
            ow = w
        if i % 11 == 0:
            oh = h
        image = picture(style, w, h, channels, 1_700_000 + i)
        mode = {1: "L", 3: "RGB", 4: "CMYK"}[channels]
        pil = Image.frombytes(mode, (w, h), image.tobytes())
        out = pil.resize((ow, oh), (Image.Resampling.BILINEAR, Image.Resampling.BICUBIC)[cubic])
        yield [style, w, h, channels, 1_700_000 + i, ow, oh, cubic, digest(np.asarray(out))]


KERNELS = {f.__name__: f for f in (bit_mask, rle, polygon, iou, distance_transform, morphology, boundary, boundary_distance,
                                    resize_logits, fit, mask_from_logits, area_average, resize_image)}


if __name__ == "__main__":
    write_cases("masks.py", "masks", VERSIONS, {name.replace("_", "-"): make for name, make in KERNELS.items()})
