"""Loads a document of `segbench masks` in pycocotools as it is, and holds every area and box against pycocotools' own; then its masks as
results, without their boxes: `loadRes` would put width x height of a box in place of the mask's area, and so into another range of sizes.

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
    masks_made = json.load(file)["annotations"]
areas = [one["area"] for one in masks_made]
results = coco.loadRes([{key: value for key, value in one.items() if key != "bbox"} for one in masks_made])
assert [one["area"] for one in results.anns.values()] == areas
# Changes the entries that it is given.
boxed = coco.loadRes(masks_made)
moved = sum(one["area"] != area for one, area in zip(boxed.anns.values(), areas))
evaluation = COCOeval(coco, results, "segm")
evaluation.params.maxDets = [1, 10, 1000]
evaluation.evaluate()
evaluation.accumulate()
print(f"{len(coco.getImgIds())} images, {len(annotations)} masks: areas and boxes are pycocotools'")
for i, size in enumerate(evaluation.params.areaRngLbl):
    recall = evaluation.eval["recall"][:, 0, i, -1].mean()
    precision = evaluation.eval["precision"][:, :, 0, i, -1].mean()
    print(f"the masks as results against themselves, {size}: AR {recall}, AP {precision}")
print(f"with their boxes, loadRes gives {moved} of them another area")
