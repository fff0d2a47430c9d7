"""Which detection each target of the TrashCan miniature gets, from pycocotools.

    venv/bin/python scripts/oracle/match.py [ANNOTATIONS RESULTS]

Of other files it prints the cases. Without any it writes datasets/samples/trashcan-results.json, COCO results made of the miniature's own annotations: shifted, eroded,
mislabelled, of two scores that tie, as compressed RLE, plain RLE and polygons, and without a category. Then
test/oracle/prompts/match.json: for each target with a mask the index of the detection that it takes (the best score,
ties by the file's order, of its category where both have one, IoU >= 0.5 by pycocotools.mask.iou; -1: none) and that
IoU. Everything is seeded: a second run changes nothing.
"""

import json
import pathlib
import sys
from importlib.metadata import version

import numpy as np
import pycocotools.mask as coco

import packed

ROOT = pathlib.Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "datasets" / "samples"
FILE = SAMPLES / "trashcan" / "dataset" / "instance_version" / "instances_train_trashcan.json"
RESULTS = SAMPLES / "trashcan-results.json"


def rle_of(segmentation, image):
    if isinstance(segmentation, list):
        return coco.merge(coco.frPyObjects(segmentation, image["height"], image["width"]))
    if isinstance(segmentation["counts"], list):
        return coco.frPyObjects(segmentation, *segmentation["size"])
    return segmentation


def shifted(mask, right, down):
    moved = np.zeros_like(mask)
    height, width = mask.shape
    moved[max(0, down):height + min(0, down), max(0, right):width + min(0, right)] = \
        mask[max(0, -down):height - max(0, down), max(0, -right):width - max(0, right)]
    return moved


def plain(mask):
    """Runs down the columns, background first."""
    flat = np.concatenate([[0], mask.ravel(order="F"), [2]])
    ends = np.flatnonzero(np.diff(flat)) if mask.any() else np.array([mask.size])
    return {"size": list(mask.shape), "counts": np.diff(np.concatenate([[0], ends])).tolist()}


def compressed(mask):
    rle = coco.encode(np.asfortranarray(mask))
    return {"size": [int(side) for side in rle["size"]], "counts": rle["counts"].decode()}


def results(content):
    random = np.random.default_rng(17)
    images = {image["id"]: image for image in content["images"]}
    made = []
    for annotation in content["annotations"]:
        image = images[annotation["image_id"]]
        if not annotation["segmentation"]:
            continue
        mask = coco.decode(rle_of(annotation["segmentation"], image))
        if not mask.any():
            continue
        for _ in range(random.integers(1, 4)):
            side = max(2, round(mask.sum() ** 0.5))
            right, down = (int(one) for one in random.integers(-side // 3, side // 3 + 1, 2))
            moved = shifted(mask, right, down)
            kind = random.integers(5)
            one = {"image_id": annotation["image_id"], "category_id": annotation["category_id"]}
            if kind == 0:
                one["segmentation"] = plain(moved)
            elif kind == 1 and isinstance(annotation["segmentation"], list):
                one["segmentation"] = [[value + (down if i % 2 else right) for i, value in enumerate(polygon)]
                                       for polygon in annotation["segmentation"]]
            else:
                one["segmentation"] = compressed(moved)
            if random.random() < 0.15:
                one["category_id"] = int(random.integers(1, len(content["categories"]) + 1))
            if random.random() < 0.1:
                del one["category_id"]
            one["score"] = int(random.integers(1, 20)) / 20  # coarse: many tie
            made.append(one)
    random.shuffle(made)
    return made


def matched(content, made):
    images = {image["id"]: image for image in content["images"]}
    cases = []
    for annotation in content["annotations"]:
        image = images[annotation["image_id"]]
        if not annotation["segmentation"] or annotation.get("iscrowd"):
            continue
        target = rle_of(annotation["segmentation"], image)
        if coco.area(target) == 0:
            continue
        here = [i for i, one in enumerate(made) if one["image_id"] == image["id"]
                and one.get("category_id", annotation["category_id"]) == annotation["category_id"]]
        here.sort(key=lambda i: -made[i]["score"])  # stable
        taken, score = -1, 0.0
        for i in here:
            overlap = float(coco.iou([rle_of(made[i]["segmentation"], image)], [target], [0])[0, 0])
            if overlap >= 0.5:
                taken, score = i, overlap
                break
        cases.append([image["file_name"].rsplit(".", 1)[0], str(annotation["id"]), taken, score])
    return cases


def main():
    content = json.loads(FILE.read_text())
    lines = ",\n".join(json.dumps(one, separators=(",", ":")) for one in results(content))
    RESULTS.write_text(f"[\n{lines}\n]\n")
    cases = matched(content, json.loads(RESULTS.read_text()))
    packed.write_cases("prompts/match", {"generator": "scripts/oracle/match.py", "versions": {"pycocotools": version("pycocotools")}}, cases)
    print(sum(case[2] >= 0 for case in cases), "of", len(cases), "targets matched,",
          len({case[2] for case in cases if case[2] >= 0}), "detections taken")


if len(sys.argv) > 1:
    print(json.dumps(matched(*(json.loads(pathlib.Path(name).read_text()) for name in sys.argv[1:3]))))
else:
    main()
