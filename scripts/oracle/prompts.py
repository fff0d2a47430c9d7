"""Expected values for src/eval/interactive and src/metrics: other people's clickers, restated, over OpenCV and SciPy.

    venv/bin/python scripts/oracle/prompts.py [NAME ...]

Writes test/oracle/prompts/<name>.json.gz: the parameters of each case (inputs are drawn again by test/eval/interactive/cases.ts)
and the expected answer. Everything is seeded: a second run changes nothing.
"""

import hashlib
import itertools
import json
import math
import platform
import sys

import cv2
import numpy as np
import scipy
from scipy.ndimage import center_of_mass, correlate, distance_transform_edt

import packed
from masks_cases import KINDS, Random, shape, sizes

VERSIONS = {
    "python": platform.python_version(),
    "numpy": np.__version__,
    "opencv": cv2.__version__,
    "scipy": scipy.__version__,
}
NONE = -1


def digest(array):
    return hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()[:12]


def small_sizes(seed, count, longest=97):
    for w, h in itertools.islice(sizes(seed), count):
        yield min(w, longest), min(h, longest)


# ------------------------------------------------------------------------------------------------ cases

PREDICTION_STYLES = 7


def prediction(style, target, kind, seed):
    """0 none yet, 1 a shape of its own, 2 the target, 3 the target with a shape's pixels flipped, 4 mirrored, 5 empty, 6 full."""
    h, w = target.shape
    if style == 0:
        return None
    if style == 1:
        return shape(kind, w, h, seed)
    if style == 2:
        return target.copy()
    if style == 3:
        return target ^ shape(kind, w, h, seed)
    if style == 4:
        return target[:, ::-1].copy()
    return np.full_like(target, 1 if style == 6 else 0)


def ignored(kind, width, height, seed):
    return np.zeros((height, width), np.uint8) if kind == NONE else shape(kind, width, height, seed)


def drawn(number, count, longest=97):
    """(target kind, width, height, seed, style, prediction kind, seed, ignore kind or -1, seed)."""
    r = Random(number)
    for i, (w, h) in enumerate(small_sizes(number, count, longest)):
        style = (1, 3, 3, 1, 4, 0, 3, 2, 5, 6)[r.below(10)]
        ignore = NONE if r.below(2) else r.below(KINDS)
        seed = number * 1_000_000 + 3 * i
        yield [i % KINDS, w, h, seed, style, r.below(KINDS), seed + 1, ignore, seed + 2]


def masks_of(case):
    kind, w, h, seed, style, kind_p, seed_p, kind_i, seed_i = case
    target = shape(kind, w, h, seed)
    return target, prediction(style, target, kind_p, seed_p), ignored(kind_i, w, h, seed_i)


# ------------------------------------------------------------------------------------------------ clicks


def squared_distances(mask):
    """cv2.distanceTransform(DIST_L2, 0) over a padded mask, as whole squared distances. OpenCV's float32 values of equal
    distances differ in their last bit (218 = 14.764823 and 14.764824 in one picture), so both clickers below would
    break ties by rounding noise; in whole numbers ties are ties and the first one in row-major order wins."""
    distances = cv2.distanceTransform(np.pad(mask, 1).astype(np.uint8), cv2.DIST_L2, 0)[1:-1, 1:-1]
    squared = np.rint(distances.astype(np.float64) ** 2)
    assert np.abs(distances.astype(np.float64) ** 2 - squared).max() < 0.01
    return squared.astype(np.int64)


def sample_one_point_from_error_center(gt, pred):
    """SAM 2, sam2/modeling/sam2_utils.py, for one mask, with padding; gt and pred are bool."""
    h, w = gt.shape
    if pred is None:
        pred = np.zeros_like(gt)
    fp, fn = ~gt & pred, gt & ~pred
    dt_fn, dt_fp = squared_distances(fn), squared_distances(fp)
    fn_flat, fp_flat = dt_fn.reshape(-1), dt_fp.reshape(-1)
    fn_argmax, fp_argmax = int(np.argmax(fn_flat)), int(np.argmax(fp_flat))
    is_positive = fn_flat[fn_argmax] > fp_flat[fp_argmax]
    index = fn_argmax if is_positive else fp_argmax
    return index % w, index // w, int(is_positive)


class Clicker:
    """RITM, isegm/inference/clicker.py: ignored pixels (label -1), pixels clicked before, padding."""

    def __init__(self, gt, ignore):
        self.gt_mask = gt
        self.not_ignore_mask = ~ignore
        self.not_clicked_map = np.ones_like(gt)

    def next(self, pred):
        fn_mask = np.logical_and(np.logical_and(self.gt_mask, np.logical_not(pred)), self.not_ignore_mask)
        fp_mask = np.logical_and(np.logical_and(np.logical_not(self.gt_mask), pred), self.not_ignore_mask)
        fn_mask_dt = squared_distances(fn_mask) * self.not_clicked_map
        fp_mask_dt = squared_distances(fp_mask) * self.not_clicked_map
        fn_max_dist, fp_max_dist = np.max(fn_mask_dt), np.max(fp_mask_dt)
        is_positive = fn_max_dist > fp_max_dist
        if is_positive:
            ys, xs = np.where(fn_mask_dt == fn_max_dist)
        else:
            ys, xs = np.where(fp_mask_dt == fp_max_dist)
        self.not_clicked_map[ys[0], xs[0]] = False
        return int(xs[0]), int(ys[0]), int(is_positive)


def error_click():
    """x, y, label of the next click: SAM 2's function; where pixels are ignored, RITM's first click."""
    for case in drawn(31, 2600):
        target, pred, ignore = masks_of(case)
        gt, hidden = target.astype(bool), ignore.astype(bool)
        before = None if pred is None else pred.astype(bool)
        # Ignored pixels are in neither error region; setting both masks to false there says the same to SAM 2's function.
        seen = sample_one_point_from_error_center(gt & ~hidden, None if before is None else before & ~hidden)
        again = Clicker(gt, hidden).next(np.zeros_like(gt) if before is None else before)
        assert seen == again, (case, seen, again)
        yield [*case, *seen]


def clicker():
    """Seven clicks of RITM's clicker, pixels clicked before left out; style 1: another prediction each time."""
    for case in drawn(32, 600, 40):
        kind, w, h, seed, style, kind_p, seed_p, kind_i, seed_i = case
        target, pred, ignore = masks_of(case)
        one = Clicker(target.astype(bool), ignore.astype(bool))
        clicks = []
        for n in range(7):
            if style == 1:
                pred = shape((kind_p + n) % KINDS, w, h, seed_p + n)
            before = np.zeros_like(target) if n == 0 or pred is None else pred
            clicks.append(one.next(before.astype(bool)))
        yield [*case, *itertools.chain.from_iterable(clicks)]


# ------------------------------------------------------------------------------------------------ draws


def u(*fields):
    head = hashlib.sha256("\n".join(map(str, fields)).encode("utf-8")).digest()[:8]
    return int.from_bytes(head, "big") / 2**64


def box_muller(a, b):
    return math.sqrt(-2 * math.log(1 - a)) * math.cos(2 * math.pi * b)


def draws():
    """seed, benchmark, image, target, purpose, number, n -> u, floor(u * n), Gaussian of numbers `number` and `number` + 1."""
    r = Random(33)
    words = ("segbench", "", "0", "a/b", "Straße", "図 7", "x\ty", "-", "segbench-2", "00012")
    for i in range(600):
        fields = [words[r.below(len(words))] for _ in range(4)] + [("first-click", "box-jitter", "é")[r.below(3)], r.below(90)]
        n = (1, 2, 3, 1000, 12_000_000)[r.below(5)] + r.below(5)
        a, b = u(*fields), u(*fields[:-1], fields[-1] + 1)
        yield [*fields, n, a, math.floor(a * n), box_muller(a, b)]


def targets(number, count, longest=97):
    """(kind, width, height, seed, ignore kind, seed), visible pixels never empty, and the two masks."""
    for case in drawn(number, count, longest):
        kind, w, h, seed, _, _, _, kind_i, seed_i = case
        target, ignore = shape(kind, w, h, seed), ignored(kind_i, w, h, seed_i)
        if (target & ~ignore & 1).any():
            yield [kind, w, h, seed, kind_i, seed_i], target, ignore


def random_points():
    """First click of sam1-d1-random@1, then nine points of points-random@1: x, y each."""
    for i, (case, target, ignore) in enumerate(targets(34, 500)):
        ys, xs = np.nonzero(target & ~ignore & 1)
        names = ("segbench", "bench", f"image-{i}", f"target {i}")
        numbers = [math.floor(u(*names, "first-click", 0) * len(xs))]
        numbers += [math.floor(u(*names, "points-random", n) * len(xs)) for n in range(9)]
        yield [*case, *(int(v) for n in numbers for v in (xs[n], ys[n]))]


def farthest_points():
    """Nine points, x and y each: the center, then the visible foreground pixel farthest from those taken."""
    for case, target, ignore in targets(35, 450, 70):
        visible = (target & ~ignore & 1).astype(bool)
        x, y, _ = sample_one_point_from_error_center(visible, None)
        points = [(x, y)]
        grid = np.stack(np.meshgrid(np.arange(target.shape[1]), np.arange(target.shape[0])), -1).astype(np.int64)
        for _ in range(8):
            squared = np.min([((grid - np.array(p)) ** 2).sum(-1) for p in points], axis=0)
            index = int(np.argmax(np.where(visible, squared, -1)))
            points.append((index % target.shape[1], index // target.shape[1]))
        yield [*case, *itertools.chain.from_iterable(points)]


def box_jitter():
    """Ten boxes, x0 y0 x1 y1 each, rounded to six decimals."""
    for i, (case, target, _) in enumerate(targets(36, 220, 400)):
        h, w = target.shape
        ys, xs = np.nonzero(target)
        corners = np.array([xs.min(), ys.min(), xs.max(), ys.max()], float)
        side = np.array([corners[2] - corners[0], corners[3] - corners[1]] * 2)
        boxes = []
        for n in range(10):
            names = ("segbench", "bench", f"image-{i}", f"target {i}", "box-jitter")
            noise = np.array([box_muller(u(*names, 8 * n + 2 * c), u(*names, 8 * n + 2 * c + 1)) for c in range(4)])
            moved = corners + np.clip(noise * 0.1 * side, -20, 20)
            (x0, x1), (y0, y1) = sorted(moved[[0, 2]]), sorted(moved[[1, 3]])
            boxes.append([*np.clip([x0], 0, w - 1), *np.clip([y0], 0, h - 1), *np.clip([x1], 0, w - 1), *np.clip([y1], 0, h - 1)])
        yield [*case, *(round(float(v), 6) + 0.0 for box in boxes for v in box)]


# ------------------------------------------------------------------------------------------------ other people's points


def reach(mask, y, x, dy, dx):
    """Steps from (y, x) in one direction before the mask ends."""
    steps = 0
    while 0 <= y + dy < mask.shape[0] and 0 <= x + dx < mask.shape[1] and mask[y + dy, x + dx]:
        y, x, steps = y + dy, x + dx, steps + 1
    return steps


def saf_center(mask):
    """segment-anything-fast, experiments/data.py: the rounded center of mass, else a scan that leaves a row as soon as
    a pixel has 20 steps to the mask's end in all four directions."""
    cy, cx = (int(round(v, 0)) for v in center_of_mass(mask))
    if mask[cy, cx]:
        return cx, cy
    best, found = -math.inf, None
    for y in range(mask.shape[0]):
        for x in np.flatnonzero(mask[y]):
            nearest = min(reach(mask, y, x, *d) for d in ((-1, 0), (0, 1), (1, 0), (0, -1)))
            if nearest > best:
                best, found = nearest, (int(x), y)
            if best >= 20:
                break
    return found


def kornia_distance(image, h=0.35):
    """kornia.contrib.distance_transform with its default 3x3 kernel, in float64: distance to the nearest 1 of `image`."""
    weights = np.exp(-np.hypot(*np.mgrid[-1:2, -1:2]) / h)
    boundary, out = image.astype(float), np.zeros(image.shape)
    for i in range(max(image.shape)):
        with np.errstate(divide="ignore"):
            step = -h * np.log(correlate(boundary, weights, mode="nearest"))
        step[~np.isfinite(step)] = 0
        reached = step > 0
        if not reached.any():
            break
        out += (i + step) * reached
        boundary[reached] = 1
    return out


def edgesam_center(mask):
    """EdgeSAM, get_centroid_from_mask; sums of the same weights in another order are the same number."""
    distance = kornia_distance(1 - np.pad(mask, 1))[1:-1, 1:-1]
    index = int(np.argmax(np.round(distance, 6)))
    return index % mask.shape[1], index // mask.shape[1]


def peer_centers():
    """x, y of segment-anything-fast's center, of EdgeSAM's, then of three random points as EfficientSAM's."""
    for i, (case, target, ignore) in enumerate(targets(39, 2700)):
        visible = target & ~ignore & 1
        ys, xs = np.nonzero(visible)
        names = ("segbench", "bench", f"image-{i}", f"target {i}", "efficientsam-random")
        drawn_points = [(int(xs[n]), int(ys[n])) for n in (math.floor(u(*names, k) * len(xs)) for k in range(3))]
        yield [*case, *itertools.chain(saf_center(visible), edgesam_center(visible), *drawn_points)]


def edgesam_error():
    """EdgeSAM's sample_point_in_mask over our draw: x, y, label of click 2 and of click 3, the prediction the same; 0, 0, 0
    where fewer than ten pixels of a low-resolution mask are wrong."""
    for i, case in enumerate(drawn(40, 2100)):
        target, pred, ignore = masks_of(case)
        if pred is None:
            pred = np.zeros_like(target)
        wrong = (target != pred) & (ignore == 0)
        points = np.argwhere(wrong)
        row = []
        for number in (1, 2):
            if len(points) * (256 / max(target.shape)) ** 2 < 10:
                row += [0, 0, 0]
                continue
            names = ("segbench", "bench", f"image-{i}", "1", "edgesam-error", number)
            y, x = points[math.floor(u(*names) * len(points))]
            row += [int(x), int(y), int(target[y, x])]
        yield [*case, *row]


# ------------------------------------------------------------------------------------------------ mask prompts


def squared_edt(mask):
    return np.rint(distance_transform_edt(mask) ** 2).astype(np.int64)


def cells(count, cell, pixels):
    """(count, pixels): what share of a pixel's length lies in each cell."""
    edges = np.arange(count + 1) * cell
    p = np.arange(pixels)
    return np.clip(np.minimum(edges[1:, None], p + 1) - np.maximum(edges[:-1, None], p), 0, None)


def low_resolution(mask, frame, low):
    h, w = mask.shape
    scale = frame / max(h, w)
    rw, rh = int(w * scale + 0.5), int(h * scale + 0.5)
    cw, ch = frame / low * w / rw, frame / low * h / rh
    # Outside the image -10 too, so only the part inside the shape counts.
    share = cells(low, ch, h) @ mask.astype(float) @ cells(low, cw, w).T / (cw * ch)
    return 20 * share - 10


def mask_prompt():
    """frame, low; for the eroded, then the dilated shape: area, digest, and 8 cells of the low-resolution logits."""
    r = Random(37)
    for i, (case, target, _) in enumerate(targets(37, 330, 400)):
        if min(target.shape) * 20 < max(target.shape):
            continue
        frame, low = ((64, 16), (256, 64), (52, 13))[r.below(3)]
        area = int(target.sum())
        radius = math.floor(0.03 * math.sqrt(area)) + 2
        # distance <= 0.03 sqrt(area), in whole numbers
        eroded = np.pad(target, 1)
        eroded = (10_000 * squared_edt(eroded) > 9 * area)[1:-1, 1:-1].astype(np.uint8)
        if not eroded.any():
            eroded = target
        wide = np.pad(target, radius)
        dilated = (10_000 * squared_edt(1 - wide) <= 9 * area)[radius:-radius, radius:-radius].astype(np.uint8)
        row = [*case, frame, low]
        for one in (eroded, dilated):
            logits = low_resolution(one, frame, low).reshape(-1)
            row += [int(one.sum()), digest(one), *(round(float(v), 5) for v in logits[:: max(1, logits.size // 8)][:8])]
        yield row


# ------------------------------------------------------------------------------------------------ metrics


def metrics():
    """Dice and boundary IoU; ignored pixels leave the counts, not the bands."""
    square = np.ones((3, 3), np.uint8)

    def band(mask, d):
        inner = np.pad(mask, d + 1)  # background all around
        for _ in range(d):
            inner = cv2.erode(inner, square, iterations=1)
        return mask.astype(bool) & ~inner[d + 1 : -d - 1, d + 1 : -d - 1].astype(bool)

    for case in drawn(38, 2200, 500):
        target, pred, ignore = masks_of(case)
        if pred is None:
            pred = np.zeros_like(target)
        h, w = target.shape
        keep = ignore == 0
        a, b = target.astype(bool) & keep, pred.astype(bool) & keep
        total = int(a.sum() + b.sum())
        dice = 1.0 if total == 0 else 2 * int((a & b).sum()) / total
        d = max(1, int(round(0.02 * math.sqrt(h * h + w * w))))
        a, b = band(target, d) & keep, band(pred, d) & keep
        union = int((a | b).sum())
        yield [*case, dice, 1.0 if union == 0 else int((a & b).sum()) / union]


NAMES = {f.__name__.replace("_", "-"): f for f in (error_click, clicker, draws, random_points, farthest_points, box_jitter,
                                                  peer_centers, edgesam_error, mask_prompt, metrics)}


def main():
    print(json.dumps(VERSIONS))
    for name in sys.argv[1:] or NAMES:
        packed.write_cases(f"prompts/{name}", {"generator": "scripts/oracle/prompts.py", "versions": VERSIONS}, NAMES[name]())


if __name__ == "__main__":
    main()
