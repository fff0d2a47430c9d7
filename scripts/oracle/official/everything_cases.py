"""245 cases of ties and extremes for the generator, answered by the authors' own, nms sorted stably: test/oracle/everything/cases.json.gz.

    python scripts/oracle/official/everything_cases.py

Logits are drawn from a seed, here and in test/eval/everything/oracle.test.ts, in eighths: sums of the enlargements used are exact, so that
logits meet thresholds. What the authors do not have is put into theirs: masks of `largest` of the image fail the test of stability, and of their list the
best `most` stay. Where sizes do not divide each other, all are shifted, and cases with a logit within rounding of a threshold are left out.
Besides, 2,000 masks of small regions (test/oracle/everything/regions.json.gz), answered by the authors' remove_small_regions with OpenCV, and SAM
2's step on logits, its CUDA kernel restated with OpenCV's components.
"""

import json
import sys

import numpy as np
import torch

from segment_anything.utils.amg import calculate_stability_score

from everything import ROOT, Sam2Stub, SamStub, generator_of, record_of, regions, stable_nms

sys.path.insert(0, str(ROOT / "scripts" / "oracle"))
import packed  # noqa: E402
from judged import versions  # noqa: E402
from masks_cases import Random  # noqa: E402

BASE = {
    "pointsPerSide": 4,
    "cropLayers": 0,
    "cropOverlap": 512 / 1500,
    "pointsDivisor": 1,
    "predictedIou": 0.88,
    "stability": 0.95,
    "stabilityOffset": 1,
    "largest": 1,
    "nms": 0.7,
    "cropNms": 0.7,
    "smallRegions": 0,
    "rules": "sam",
    "refine": False,
    "most": 1000000,
    "rank": "predicted",
}
SCORES = np.array([0.7, 0.8, 0.88, 0.881, 0.9, 0.95, 0.97, 1.0], np.float32)


def answer(seed, index, low, shift):
    """One mask of an answer: predicted IoU and logits."""
    r = Random(seed * 4099 + index)
    score, kind, strength = SCORES[r.below(8)], r.below(8), (8, 64)[r.below(2)]
    inside, outside = (1 + r.below(64)) * strength, -(1 + r.below(64)) * strength
    data = np.full((low, low), outside)
    if kind == 0:
        data[:] = (-64, -8, 0, 8, 64)[r.below(5)]
    elif kind == 1:
        x, y = r.below(low), r.below(low)
        data[y : y + 1 + r.below(low - y), x] = inside
    elif kind == 2:
        data[2:14, 2 : 2 + (8, 11, 9)[r.below(3)]] = inside
    elif kind == 3:
        if r.below(2) == 0:
            data[2:14, 2:14] = inside
        else:
            x, y = r.below(low), r.below(low)
            data[y : y + 1 + r.below(low - y), x : x + 1 + r.below(low - x)] = inside
        for _ in range(6):
            x, y = r.below(low), r.below(low)
            data[y, x] = outside if data[y, x] == inside else inside
    elif kind < 6:
        x, y = r.below(4), r.below(4)
        w, h, q = 1 + r.below(4 - x), 1 + r.below(4 - y), low // 4
        data[y * q : (y + h) * q, x * q : (x + w) * q] = inside
    else:
        for _ in range(1 + r.below(2)):
            x, y = r.below(low), r.below(low)
            data[y : y + 1 + r.below(low - y), x : x + 1 + r.below(low - x)] = inside
    return score, (data / 8 + shift).astype(np.float32)


class Drawn:
    """The calls of the decoder, drawn."""

    def __init__(self, seed, low, shift):
        self.seed, self.low, self.shift, self.index = seed, low, shift, 0

    def next(self, prompts, masks):
        drawn = [answer(self.seed, self.index + i, self.low, self.shift) for i in range(prompts * masks)]
        self.index += prompts * masks
        scores = np.array([score for score, _ in drawn], np.float32).reshape(prompts, masks)
        logits = np.stack([logits for _, logits in drawn]).reshape(prompts, masks, self.low, self.low)
        return torch.from_numpy(scores), torch.from_numpy(logits)


def near(stub):
    """Hears the enlarged logits: whether one was within rounding of a threshold."""
    found = []
    kind = stub.model if hasattr(stub, "model") else stub._transforms
    inner = kind.postprocess_masks

    def heard(*given):
        out = inner(*given)
        for limit in (-1, 0, 1):
            found.append(bool(((out - limit).abs() < 1e-6 * (1 + out.abs())).any()))
        return out

    kind.postprocess_masks = heard
    return found


def generated(seed, size, side, low, shift, settings):
    """What the authors make of a case; None where rounding decides or they fail on an empty list."""
    sam2 = settings["rules"] == "sam2"
    drawn = Drawn(seed, low, shift)
    stub = Sam2Stub(drawn, side, 3, settings["smallRegions"]) if sam2 else SamStub(drawn, side, 3)
    found = near(stub)
    generator, module = generator_of(settings, stub, 64, sam2)
    module.batched_nms = stable_nms
    module.calculate_stability_score = without_large(settings["largest"], size[0] * size[1])
    try:
        masks = generator.generate(np.zeros((*size[::-1], 3), np.uint8))
    except (IndexError, RuntimeError):
        return None
    if shift and any(found):
        return None
    lines = []
    for mask in best([mask for mask in map(record_of, masks) if mask["area"] > 0], settings):
        values = [*mask["point"], mask["predictedIou"], mask["stability"], mask["area"], *mask["box"], *mask["crop"]]
        lines.append(json.dumps([*values, mask["counts"]]))
    return lines


def without_large(share, pixels):
    """The authors' stability, -1 of masks of this share of the pixels; 1: of none."""
    if share == 1:
        return calculate_stability_score

    def stability(logits, threshold, offset):
        large = (logits > threshold).flatten(1).sum(1) >= share * pixels
        return torch.where(large, -1, calculate_stability_score(logits, threshold, offset))

    return stability


def best(masks, settings):
    """So many as may stay, by what ranks them, in the order they came in."""

    def score(mask):
        predicted, stability = mask["predictedIou"], mask["stability"]
        return predicted if settings["rank"] == "predicted" else (predicted + stability) / 2

    order = sorted(range(len(masks)), key=lambda i: -score(masks[i]))
    return [masks[i] for i in sorted(order[: settings["most"]])]


def groups():
    """Cases, size, the model's side, side of its logits, shift, settings over BASE."""
    off = {"predictedIou": 0, "stability": 0}
    yield 40, (32, 32), 32, 32, 0, {}
    yield 20, (32, 32), 32, 32, 0, {"stability": 0.8, "stabilityOffset": 0.5, "predictedIou": 0.7}
    yield 20, (32, 32), 32, 32, 0, {**off, "nms": 0.9}
    yield 14, (32, 32), 32, 32, 0, off
    yield 15, (64, 32), 64, 32, 0, {"pointsPerSide": 3}
    yield 15, (64, 64), 32, 16, 0, {"predictedIou": 0.5, "stability": 0.7}
    yield 10, (160, 120), 64, 32, 0.0371, {"pointsPerSide": 2, "cropLayers": 1, "predictedIou": 0.5, "stability": 0.7}
    yield 12, (36, 32), 32, 16, 0.0371, {"pointsPerSide": 3, "cropLayers": 1, "predictedIou": 0.5, "stability": 0.5, "cropNms": 0.3}
    yield 5, (150, 170), 64, 32, 0.0371, {"pointsPerSide": 4, "cropLayers": 2, "pointsDivisor": 2, "predictedIou": 0.5, "stability": 0.6}
    yield 10, (32, 32), 32, 32, 0, {"smallRegions": 6, "predictedIou": 0.5, "pointsPerSide": 6}
    yield 10, (64, 32), 64, 32, 0, {"smallRegions": 100, "predictedIou": 0.5, "stability": 0.8}
    yield 5, (160, 120), 64, 32, 0.0371, {"pointsPerSide": 2, "cropLayers": 1, "predictedIou": 0.5, "stability": 0.7, "smallRegions": 150}
    yield 10, (32, 32), 32, 32, 0, {"rules": "sam2", "predictedIou": 0.8}
    yield 8, (64, 32), 32, 16, 0, {"rules": "sam2", "predictedIou": 0.8, "smallRegions": 4, "stability": 0.7}
    yield 5, (64, 64), 32, 32, 0, {"rules": "sam2", "predictedIou": 0.8, "refine": True, "smallRegions": 3, "stability": 0.7}
    yield 1, (32, 32), 32, 32, 0, {**off, "pointsPerSide": 20, "nms": 0.95}
    yield 15, (32, 32), 32, 32, 0, {"pointsPerSide": 1, "predictedIou": 0.97}
    yield 5, (32, 32), 32, 32, 0, {"rules": "sam2", "pointsPerSide": 1, "predictedIou": 0.97}
    yield 8, (32, 32), 32, 32, 0, {"largest": 0.25, "stability": 0.5}
    yield 4, (160, 120), 64, 32, 0.0371, {"pointsPerSide": 2, "cropLayers": 1, "predictedIou": 0.5, "stability": 0.7, "largest": 0.0625}
    yield 8, (32, 32), 32, 32, 0, {"most": 3, "rank": "predicted-stability", "stability": 0.5, "predictedIou": 0.5}
    yield 5, (32, 32), 32, 32, 0, {"most": 4, "predictedIou": 0.5, "stability": 0.5}


def cases():
    seed = 0
    for count, size, side, low, shift, over in groups():
        made = 0
        while made < count:
            seed += 1
            lines = generated(seed, size, side, low, shift, {**BASE, **over})
            if lines is not None:
                made += 1
                yield [seed, *size, side, low, shift, json.dumps({**BASE, **over}), "\n".join(lines)]


def region_cases():
    from segment_anything.utils.amg import remove_small_regions

    for seed in range(2000):
        r = Random(seed + 77)
        width, height, least, share = 1 + r.below(40), 1 + r.below(24), 1 + r.below(30), 1 + r.below(9)
        mask = (r.many(width * height) % np.uint32(10) < share).reshape(height, width)
        cleaned, first = remove_small_regions(mask, least, mode="holes")
        cleaned, second = remove_small_regions(cleaned, least, mode="islands")
        logits = np.where(mask, np.float32(1.5), np.float32(0))
        stub = Sam2Stub(None, 64, 3, least)
        turned = stub._transforms.postprocess_masks(torch.from_numpy(logits)[None, None], (height, width))[0, 0].numpy()
        text = "".join("?" if v == 1.5 else "." if v == 0 else "+" if v == 10 else "-" for v in turned.ravel())
        assert set(np.unique(turned)) <= {0, 1.5, 10, -10}
        yield [seed + 77, width, height, least, share, int(first or second), digest(cleaned.astype(np.uint8).tobytes()), digest(text.encode())]


def digest(data):
    import hashlib

    return hashlib.sha256(data).hexdigest()[:12]


def main():
    import sam2.utils.misc

    torch.set_num_threads(1)
    head = {"generator": "scripts/oracle/official/everything_cases.py", "versions": versions("segment-anything", "edgetam-dimos", "pycocotools", "opencv-python-headless")}
    packed.write_cases("everything/cases", head, cases())
    sam2.utils.misc.get_connected_components = regions
    packed.write_cases("everything/regions", head, region_cases())


if __name__ == "__main__":
    main()
