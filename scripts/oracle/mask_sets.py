"""Writes test/oracle/metrics/mask-sets.json.gz: average recall and precision of made-up sets of masks, as pycocotools counts them without categories.

Needs mask-sets-requirements.txt. A set is images [id, targets, masks] of 128 x 128 pixels; a target is [area, crowd, rectangles], a mask is
[score, rectangles], a rectangle [x, y, width, height]. Crowd is 1, or 2 for pixels that the other targets ignore. Annotations get ids from 1: pycocotools takes one with the id 0 for unmatched.
test/oracle/metrics/coco-results.json: the same numbers of datasets/samples/trashcan-results.json. faster-coco-eval has to say the same of every set, and lvis of AR at 300 masks where there is neither a crowd nor an area of 0; the head says by how
much they differ.
"""

import contextlib
import io
import json
import logging
import random
from importlib.metadata import version

import numpy as np
import packed
from faster_coco_eval import COCO as FastCOCO
from faster_coco_eval import COCOeval_faster
from lvis import LVIS, LVISEval, LVISResults
from pycocotools import mask as rle
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

# lvis is older than NumPy 1.20 and asks for this name of a double.
np.float = float
logging.disable(logging.WARNING)
SIDE = 128
CUTS = [1, 10, 100, 300, 1000]
RANGES = 4


def rectangle(r, largest=90):
    width, height = 1 + r.randrange(largest), 1 + r.randrange(largest)
    return [r.randrange(SIDE - width + 1), r.randrange(SIDE - height + 1), width, height]


def near(r, box):
    """A rectangle that overlaps another much."""
    x, y, width, height = box
    move = max(1, min(width, height) // 6)
    x, y = max(0, x + r.randint(-move, move)), max(0, y + r.randint(-move, move))
    return [x, y, max(1, min(SIDE - x, width + r.randint(-move, move))), max(1, min(SIDE - y, height + r.randint(-move, move)))]


def pixels(boxes):
    mask = np.zeros((SIDE, SIDE), np.uint8, order="F")
    for x, y, width, height in boxes:
        mask[y : y + height, x : x + width] = 1
    return mask


def target(r, trap):
    boxes = [rectangle(r) for _ in range(1 + (r.random() < 0.3))]
    if trap == "area" or r.random() < 0.05:
        boxes = [[r.randrange(90), r.randrange(90), 32, 32] if r.random() < 0.6 else [r.randrange(30), r.randrange(30), 96, 96]]
    if trap == "nothing" and r.random() < 0.5:
        boxes = []
    area = int(pixels(boxes).sum())
    # The annotation's own area may be that of a polygon, not of its pixels.
    if r.random() < 0.2:
        area = round(area + r.random() * 40 - 20, 2) if area > 40 else area + 0.5
    if trap == "area" and r.random() < 0.3:
        area = r.choice([1024, 1024.5, 9216, 9216.5, 1023.75])
    return [area, int(trap == "crowd" and r.random() < 0.4), boxes]


def made_sets():
    traps = ["plain", "scores", "ious", "crowd", "nothing", "area", "bare", "many"]
    for n in range(500):
        r = random.Random(n)
        trap = traps[n % 8] if n % 160 == 7 or n % 8 < 7 else "plain"
        images = []
        for id in sorted(r.sample(range(40), 1 if trap == "many" else 1 + r.randrange(4))):
            targets = [target(r, trap) for _ in range(r.randrange(7))]
            if trap == "ious":
                # Two targets at the same distance from one mask, and one target twice.
                x, y = 10 + r.randrange(40), 10 + r.randrange(40)
                targets += [[900, 0, [[x, y, 30, 30]]], [900, 0, [[x + 6, y, 30, 30]]]] + ([targets[0]] if targets else [])
            masks = []
            for _, _, boxes in targets:
                for _ in range(r.randrange(3) if boxes else 0):
                    masks.append([near(r, box) for box in boxes] if r.random() < 0.8 else boxes)
            if trap == "ious":
                masks += [[[x + 3, y, 30, 30]]] * 2
            masks += [[rectangle(r)] for _ in range(r.randrange(4))]
            if trap == "many":
                masks += [[near(r, r.choice(targets)[2][0])] if targets else [rectangle(r, 20)] for _ in range(1100)]
            if trap == "bare" and r.random() < 0.5:
                masks = []
            r.shuffle(masks)
            levels = 4 if trap == "scores" else 1000
            images.append([id, targets, [[r.randrange(levels) / levels, boxes] for boxes in masks]])
        if n % 3 == 0:
            images[0][0] = 0
        yield trap, images


def ignored_sets():
    """A target whose crowd is 2 is pixels that all others ignore; no mask touches both them and a target, so that to pycocotools they are a crowd."""
    for n in range(500, 540):
        r = random.Random(n)
        images = []
        for id in range(1 + r.randrange(4)):
            ignored = [[70 + r.randrange(20), r.randrange(20), 30, 100]]
            boxes = [[r.randrange(30), r.randrange(60), 4 + r.randrange(36), 4 + r.randrange(60)] for _ in range(1 + r.randrange(4))]
            free, objects = 1 - pixels(ignored), pixels(boxes)
            masks = [near(r, box) for box in boxes for _ in range(r.randrange(3))]
            # On ignored pixels wholly, in part, and beside them.
            masks += [rectangle(r, 40) for _ in range(8)] + [near(r, ignored[0])]
            masks = [one for one in masks if not ((pixels([one]) * objects).any() and (pixels([one]) > free).any())]
            targets = [[int(pixels([box]).sum()), 0, [box]] for box in boxes] + [[0, 2, ignored]]
            r.shuffle(masks)
            images.append([id, targets, [[r.randrange(1000) / 1000, [one]] for one in masks]])
        yield "ignored", images


def files(images):
    """Annotations and results in COCO's form."""
    truth = {"images": [], "annotations": [], "categories": [{"id": 1, "name": "object", "frequency": "f"}]}
    results = []
    for id, targets, masks in images:
        truth["images"].append({"id": id, "width": SIDE, "height": SIDE, "neg_category_ids": [1], "not_exhaustive_category_ids": []})
        for area, crowd, boxes in targets:
            code = rle.encode(pixels(boxes))
            code["counts"] = code["counts"].decode()
            truth["annotations"].append(
                {"id": len(truth["annotations"]) + 1, "image_id": id, "category_id": 1, "area": area, "iscrowd": min(crowd, 1), "segmentation": code, "bbox": [0, 0, 1, 1]}
            )
        for score, boxes in masks:
            code = rle.encode(pixels(boxes))
            code["counts"] = code["counts"].decode()
            results.append({"image_id": id, "category_id": 1, "score": score, "segmentation": code})
    return truth, results


def copied(results):
    """Loading writes into what it is given."""
    return [dict(one) for one in results]


def numbers(evaluation):
    """Recall by range and cut; AP by range at 100, AP50 and AP75 there, and AP at 300. -1 without targets."""
    recall, precision = evaluation["recall"], evaluation["precision"]
    mean = lambda values: float(values.mean()) if (values > -1).all() else -1.0
    k100, k300 = CUTS.index(100), CUTS.index(300)
    return (
        [mean(recall[:, 0, a, k]) for a in range(RANGES) for k in range(len(CUTS))]
        + [mean(precision[:, :, 0, a, k100]) for a in range(RANGES)]
        + [mean(precision[t, :, 0, 0, k100]) for t in (0, 5)]
        + [mean(precision[:, :, 0, 0, k300])]
    )


def judged(make, evaluator, truth, results):
    with contextlib.redirect_stdout(io.StringIO()):
        known = make()
        known.dataset = truth
        known.createIndex()
        found = known.loadRes(copied(results)) if results else make()
        if not results:
            found.dataset = {**truth, "annotations": []}
            found.createIndex()
        one = evaluator(known, found, iouType="segm")
        one.params.maxDets, one.params.useCats = CUTS, 0
        one.evaluate()
        one.accumulate()
    return numbers(one.eval)


def lvis_recall(truth, results):
    """AR at 300 by range."""
    known = LVIS.__new__(LVIS)
    known.logger = logging.getLogger("lvis")
    known.dataset = {**truth, "annotations": [dict(one) for one in truth["annotations"]]}
    known._create_index()
    one = LVISEval(known, LVISResults(known, copied(results)), "segm")
    one.evaluate()
    one.accumulate()
    recall = one.eval["recall"]
    return [float(recall[:, 0, a].mean()) for a in range(RANGES)]


def miniature():
    """Segmentations of every kind, as `loadRes` takes them: polygons and plain counts become compressed RLE before. No two scores are equal."""
    samples = packed.OUT.parents[1] / "datasets" / "samples"
    truth = json.loads((samples / "trashcan/dataset/instance_version/instances_train_trashcan.json").read_text())
    images = {one["id"]: one for one in truth["images"]}
    for one in truth["annotations"]:
        one["category_id"] = 1
        if one["segmentation"] == []:
            # pycocotools takes no annotation without an outline; one without a pixel is what it stands for.
            image = images[one["image_id"]]
            one["segmentation"] = rle.encode(np.zeros((image["height"], image["width"]), np.uint8, order="F"))
    truth["categories"] = [{"id": 1, "name": "object"}]
    results = []
    for i, one in enumerate(json.loads((samples / "trashcan-results.json").read_text())):
        image, code = images[one["image_id"]], one["segmentation"]
        if isinstance(code, list):
            code = rle.merge(rle.frPyObjects(code, image["height"], image["width"]))
        elif isinstance(code["counts"], list):
            code = rle.frPyObjects(code, *code["size"])
        results.append({"image_id": one["image_id"], "category_id": 1, "score": one["score"] - i * 1e-6, "segmentation": code})
    return judged(COCO, COCOeval, truth, results)


def main():
    cases = []
    farthest, compared = {"faster": 0.0, "lvis": 0.0}, 0
    for trap, images in (*made_sets(), *ignored_sets()):
        truth, results = files(images)
        values = judged(COCO, COCOeval, truth, results)
        fast = judged(FastCOCO, COCOeval_faster, truth, results)
        farthest["faster"] = max(farthest["faster"], *(abs(a - b) for a, b in zip(values, fast)))
        # lvis has no crowds, and leaves out annotations whose area is 0.
        if results and truth["annotations"] and not any(one["iscrowd"] or one["area"] == 0 for one in truth["annotations"]):
            compared += 1
            with contextlib.redirect_stderr(io.StringIO()):
                recall = lvis_recall(truth, results)
            k = CUTS.index(300)
            farthest["lvis"] = max(farthest["lvis"], *(abs(a - values[len(CUTS) * i + k]) for i, a in enumerate(recall)))
        cases.append({"trap": trap, "images": images, "values": values})
    assert all(difference <= 1e-12 for difference in farthest.values()), farthest
    versions = {name: version(name) for name in ("pycocotools", "faster-coco-eval", "lvis", "numpy")}
    packed.write_cases("metrics/mask-sets", {"generator": "scripts/oracle/mask_sets.py", "versions": versions, "cuts": CUTS, "farthest": farthest, "lvis": compared}, cases)
    print(farthest, compared)
    packed.write_text("metrics/coco-results", json.dumps({"generator": "scripts/oracle/mask_sets.py", "versions": versions, "cuts": CUTS, "values": miniature()}) + "\n")


main()
