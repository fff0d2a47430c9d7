"""Writes test/oracle/concept/: answers to phrases, as the evaluator of SAM 3's authors counts them (sam3.eval.cgf1_eval.CGF1Evaluator).

Needs concept-requirements.txt. `sets`: 3 hand-made and 200 made-up sets of 128 x 128 pixels. A set is [pairs, results]: a pair is [annotators, answers]; an annotator is
null (the file lacks the pair), 0 (not exhaustive) or a list of [x, y, width, height, crowd]; an answer is [score, x, y, width, height]. Results are by threshold of
scores: [[counts], [metrics]] for 0.5, 0.3 and 0.7, where counts are IL_TP, IL_FP, IL_TN, IL_FN, then TPs at ten thresholds of IoU, FPs of phrases that name something, FPs of all, FNs.
`results`: made-up answers to the phrases of datasets/samples/saco-gold, and what the evaluator says of them. Its ids have to be of one type in all files: they are made numbers.
"""

import contextlib
import copy
import io
import json
import pathlib
import random
import tempfile
from importlib.metadata import version

import numpy as np
import packed
from pycocotools import mask as rle
from sam3.eval.cgf1_eval import CGF1_METRICS, CGF1Evaluator

SIDE = 128
SAMPLES = pathlib.Path(__file__).resolve().parents[2] / "datasets" / "samples"
NAMES = [m.name if m.iou_threshold is None else f"{m.name}@{m.iou_threshold}" for m in CGF1_METRICS]
HEAD = {"generator": "scripts/oracle/concept.py", "versions": {name: version(name) for name in ("sam3", "pycocotools", "scipy", "numpy")}, "metrics": NAMES}


def encoded(mask):
    one = rle.encode(np.asfortranarray(mask))
    return {"size": one["size"], "counts": one["counts"].decode()}


def pixels(x, y, width, height):
    mask = np.zeros((SIDE, SIDE), np.uint8)
    mask[y : y + height, x : x + width] = 1
    return mask


def evaluated(truths, answers, threshold=0.5):
    """Counts and metrics; truths are documents, one for each annotator."""
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        paths = []
        for i, document in enumerate(truths):
            paths.append(f"{folder}/{i}.json")
            pathlib.Path(paths[-1]).write_text(json.dumps(document))
        results = pathlib.Path(folder, "answers.json")
        results.write_text(json.dumps(answers))
        evaluator = CGF1Evaluator(paths)
        for one in evaluator.coco_evals:
            one.threshold = threshold
        # It ends at an answer to a pair that a later file lacks: such a file is made to know the pair, without masks.
        for one in evaluator.coco_gts[1:]:
            one.imgs = {**evaluator.coco_gts[0].imgs, **one.imgs}
        metrics = evaluator.evaluate(str(results))
    first = evaluator.coco_evals[0]
    level = [int(sum(one[key] for one in first.evalImgs)) for key in ("IL_TP", "IL_FP", "IL_TN", "IL_FN")]
    lists = [first.eval[key].tolist() for key in ("TPs", "positive_micro_FPs", "FPs", "FNs")]
    # Where no phrase that names something is answered the macro F1 is 0 / 0: the summary leaves it out and says -1.
    values = [float(metrics[f"cgF1_eval_segm_{name}"]) for name in NAMES]
    return [level + [n for one in lists for n in one], values]


def documents(pairs):
    """A document for each annotator, and the answers as COCO results."""
    truths = []
    for k in range(len(pairs[0][0])):
        images, annotations = [], []
        for pair, (annotators, _) in enumerate(pairs):
            own = annotators[k]
            if own is None:
                continue
            images.append({"id": pair + 1, "file_name": f"{pair}.jpg", "text_input": "thing", "width": SIDE, "height": SIDE, "is_instance_exhaustive": int(own != 0)})
            for x, y, width, height, crowd in own or []:
                segmentation = encoded(pixels(x, y, width, height))
                box = [x / SIDE, y / SIDE, width / SIDE, height / SIDE]
                annotations.append({"id": len(annotations) + 1, "image_id": pair + 1, "category_id": 1, "iscrowd": crowd, "area": width * height / SIDE**2, "bbox": box, "segmentation": segmentation})
        truths.append({"info": {}, "images": images, "annotations": annotations, "categories": [{"id": 1, "name": "thing"}]})
    answers = []
    for pair, (_, found) in enumerate(pairs):
        for score, *box in found:
            answers.append({"image_id": pair + 1, "category_id": 1, "score": score, "bbox": [side / SIDE for side in box], "segmentation": encoded(pixels(*box))})
    return truths, answers


def rectangle(r, largest=60):
    width, height = 4 + r.randrange(largest), 4 + r.randrange(largest)
    return [r.randrange(SIDE - width + 1), r.randrange(SIDE - height + 1), width, height]


def near(r, box):
    x, y, width, height = box
    move = max(1, min(width, height) // r.choice([3, 6, 12]))
    x, y = max(0, x + r.randint(-move, move)), max(0, y + r.randint(-move, move))
    return [x, y, max(1, min(SIDE - x, width + r.randint(-move, move))), max(1, min(SIDE - y, height + r.randint(-move, move)))]


def made_up(seed):
    r = random.Random(seed)
    annotators = 1 + seed % 3
    negative, answered = r.choice([0.0, 0.4, 0.7, 1.0]), r.choice([0.0, 0.3, 0.9, 0.9])
    pairs = []
    for _ in range(r.choice([1, 4, 8, 16])):
        things = [] if r.random() < negative else [rectangle(r) for _ in range(r.choice([1, 1, 2, 3, 6]))]
        seen = []
        for k in range(annotators):
            if k > 0 and r.random() < 0.08:
                seen.append(None)
            elif r.random() < 0.05:
                seen.append(0)
            else:
                own = [near(r, box) if k > 0 and r.random() < 0.5 else box for box in things if k == 0 or r.random() < 0.85]
                if k > 0 and r.random() < 0.15:
                    own.append(rectangle(r))
                seen.append([[*box, int(r.random() < 0.06)] for box in own])
        found = []
        if r.random() < answered:
            for box in things:
                for _ in range(r.choice([0, 1, 1, 1, 1, 2])):
                    found.append([r.choice([0.5, 0.3, 0.7, round(r.random() * 0.95 + 0.05, 5)]), *near(r, box)])
            if r.random() < 0.25:
                found.append([round(r.random() * 0.95 + 0.05, 5), *rectangle(r)])
        r.shuffle(found)
        pairs.append([seen, found])
    if all(own == 0 for seen, _ in pairs for own in seen if own is not None) or any(seen[0] is None for seen, _ in pairs):
        return made_up(seed + 1000)
    if not any(not any(own == 0 for own in seen) for seen, _ in pairs):
        return made_up(seed + 1000)
    return pairs


def box(x0, y0, x1, y1, crowd=None):
    return [x0, y0, x1 - x0, y1 - y0] + ([] if crowd is None else [crowd])


def hand_made():
    R, R3, Q, H = (5, 5, 25, 25), (6, 5, 25, 25), (28, 28, 38, 38), (28, 28, 38, 33)
    a, b, c = [[R, Q], [], [R], [], [Q]], [[R3], [], [], [R], [Q, R]], [[R], [R], [R], [], []]
    found = [[(0.9, R3), (0.6, Q), (0.49, R)], [], [(0.3, R)], [(0.8, Q)], [(0.7, H)]]
    answers = [[[score, *box(*one)] for score, one in own] for own in found]
    for files in ([a], [a, b, c], [c, b, a]):
        yield [[[[box(*one, 0) for one in file[i]] for file in files], answers[i]] for i in range(5)]


def case(pairs):
    truths, answers = documents(pairs)
    return [pairs, [evaluated(truths, answers, threshold) for threshold in (0.5, 0.3, 0.7)]]


def shifted(segmentation, right, down):
    return encoded(np.roll(np.roll(rle.decode(segmentation), right, 1), down, 0))


def answers_to(truth, r):
    """Answers with every trap: exactly 0.5, below the floor, repeated, to phrases that name nothing and to some that are not scored."""
    own, pool = {}, [one["segmentation"] for one in truth["annotations"]]
    for one in truth["annotations"]:
        own.setdefault(one["image_id"], []).append(one["segmentation"])
    answers = []
    for n, image in enumerate(truth["images"]):
        found = [(shifted(one, r.randint(-5, 5), r.randint(-3, 3)), round(r.uniform(0.3, 1), 5)) for one in own.get(image["id"], [])]
        if n % 3 == 0 and found:
            found.append((shifted(found[0][0], 1, 0), 0.5))
        if not found and n % 2 == 0:
            found.append((r.choice(pool), round(r.uniform(0.2, 0.95), 5)))
        if n % 5 == 0:
            found.append((r.choice(pool), 0.03125))
        # With several files the evaluator fails on results without boxes; of masks it does not use them.
        answers += [{"image_id": image["id"], "category_id": 1, "score": score, "bbox": [0, 0, 1, 1], "segmentation": one} for one, score in found]
    return answers


def numbered(document):
    for one in document["images"]:
        one["id"] = int(one["id"])
    for one in document["annotations"]:
        one["image_id"] = int(one["image_id"])
    return document


def main():
    packed.write_cases("concept/sets", HEAD, [case(pairs) for pairs in [*hand_made(), *(made_up(seed) for seed in range(200))]])
    files = [SAMPLES / "saco-gold" / f"gold_metaclip_merged_{letter}_release_test.json" for letter in "abc"]
    truths = [numbered(json.loads(file.read_text())) for file in files]
    answers = answers_to(truths[0], random.Random(4))
    counts, metrics = evaluated(copy.deepcopy(truths), answers)
    packed.write_text("concept/results", json.dumps({**HEAD, "answers": answers, "counts": counts, "values": metrics}) + "\n")


main()
