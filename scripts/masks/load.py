"""Loads a document of `segbench masks` in pycocotools as it is, and holds every area and box against pycocotools' own.

    python scripts/masks/load.py reports/all-masks/masks.json

Needs pycocotools and NumPy. The last result is in load.txt.
"""

import json
import sys

from pycocotools import mask as masks
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

path = sys.argv[1]
coco = COCO(path)
annotations = coco.loadAnns(coco.getAnnIds())
for one in annotations:
    assert masks.area(one["segmentation"]) == one["area"], one["id"]
    assert list(masks.toBbox(one["segmentation"])) == one["bbox"], one["id"]
with open(path) as file:
    results = coco.loadRes(json.load(file)["annotations"])
evaluation = COCOeval(coco, results, "segm")
evaluation.params.maxDets = [1, 10, 1000]
evaluation.evaluate()
evaluation.accumulate()
recall = evaluation.eval["recall"][:, 0, 0, -1].mean()
precision = evaluation.eval["precision"][:, :, 0, 0, -1].mean()
print(f"{len(coco.getImgIds())} images, {len(annotations)} masks: areas and boxes are pycocotools'")
print(f"the masks as results against themselves: AR {recall}, AP {precision}")
