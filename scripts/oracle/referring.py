"""Writes test/oracle/concept/referring.json.gz: one mask for each expression, by the formulas of LISA, LAVT and GRES, restated over NumPy.

Needs requirements.txt. A case is [expressions, results]: an expression is [masks, answers] with masks as [x, y, width, height] and answers as [score, x, y, width, height], of 48 x 48 pixels.
Results are [miou, oiou, P@50, ... P@90] of the mask with the highest score, and [giou, ciou, n-acc, t-acc, P@70, P@80, P@90] of the union of masks from 0.5 on; null where there is nothing to divide by.
The authors add 1e-5 (LISA) and 1e-10 to unions: left out here.
"""

import random
from importlib.metadata import version

import numpy as np
import packed

SIDE = 48
HEAD = {"generator": "scripts/oracle/referring.py", "versions": {"numpy": version("numpy")}}


def pixels(boxes):
    mask = np.zeros((SIDE, SIDE), bool)
    for x, y, width, height in boxes:
        mask[y : y + height, x : x + width] = True
    return mask


def share(part, whole):
    return float(part) / float(whole) if whole > 0 else None


def single(samples):
    """LISA: an empty union counts 1. LAVT: thresholds are reached from >= on."""
    ious, inter, union = [], 0, 0
    for truth, answers in samples:
        target = pixels(truth)
        best = max(answers, key=lambda one: one[0], default=None)
        answer = pixels([] if best is None else [best[1:]])
        i, u = int((answer & target).sum()), int((answer | target).sum())
        ious.append(1.0 if u == 0 else i / u)
        inter, union = inter + i, union + u
    precision = [share(sum(iou >= t for iou in ious), len(ious)) for t in (0.5, 0.6, 0.7, 0.8, 0.9)]
    return [float(np.mean(ious)), share(inter, union), *precision]


def generalised(samples):
    """GRES: samples without a target are recognised (1) or not (0); a missed target adds its pixels to the unions."""
    total, inter, union = 0.0, 0, 0
    counts = {"TP": 0, "TN": 0, "FP": 0, "FN": 0}
    reached, with_target = {0.7: 0, 0.8: 0, 0.9: 0}, 0
    for truth, answers in samples:
        target = pixels(truth)
        answer = pixels([box for score, *box in answers if score >= 0.5])
        i, u = int((answer & target).sum()), int((answer | target).sum())
        says_nothing = not answer.any()
        if not target.any():
            counts["TP" if says_nothing else "FN"] += 1
            total += 1.0 if says_nothing else 0.0
            union += 0 if says_nothing else u
            continue
        counts["FP" if says_nothing else "TN"] += 1
        iou = 0.0 if says_nothing else i / u
        total += iou
        inter, union = inter + (0 if says_nothing else i), union + u
        with_target += 1
        for t in reached:
            reached[t] += iou >= t
    n_acc = share(counts["TP"], counts["TP"] + counts["FN"])
    t_acc = share(counts["TN"], counts["TN"] + counts["FP"])
    return [total / len(samples), share(inter, union), n_acc, t_acc, *(share(n, with_target) for n in reached.values())]


def rectangle(r):
    width, height = 2 + r.randrange(24), 2 + r.randrange(24)
    return [r.randrange(SIDE - width + 1), r.randrange(SIDE - height + 1), width, height]


def near(r, box):
    x, y, width, height = box
    x, y = max(0, x + r.randint(-2, 2)), max(0, y + r.randint(-2, 2))
    return [min(x, SIDE - width), min(y, SIDE - height), width, height]


def sample(r):
    truth = [] if r.random() < 0.35 else [rectangle(r) for _ in range(r.choice([1, 1, 1, 2, 3]))]
    answers = []
    for box in truth:
        if r.random() < 0.85:
            answers.append([r.choice([0.5, 0.49, round(r.random(), 3), 0.9]), *(box if r.random() < 0.2 else near(r, box))])
    if r.random() < 0.25:
        answers.append([round(r.random(), 3), *rectangle(r)])
    return [truth, answers]


def case(seed):
    r = random.Random(seed)
    # Also: nothing anywhere, and targets alone.
    samples = [[[], []] for _ in range(3)] if seed % 40 == 0 else [sample(r) for _ in range(r.choice([1, 3, 8]))]
    return [samples, [single(samples), generalised(samples)]]


packed.write_cases("concept/referring", HEAD, [case(seed) for seed in range(200)])
