"""Times pycocotools and faster-coco-eval on sets of masks: evaluation and accumulation, without categories, one thread. Loading is left out."""

import contextlib
import io
import json
import sys
import time

from faster_coco_eval import COCO as FastCOCO
from faster_coco_eval import COCOeval_faster
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

given = json.load(open(sys.argv[1]))
height, width = given["size"]
truth = {"images": [], "annotations": [], "categories": [{"id": 1, "name": "object"}]}
results = []
for i, image in enumerate(given["images"], 1):
    truth["images"].append({"id": i, "width": width, "height": height})
    for target in image["targets"]:
        truth["annotations"].append(
            {"id": len(truth["annotations"]) + 1, "image_id": i, "category_id": 1, "iscrowd": 0, "area": target["area"], "segmentation": target["rle"]}
        )
    for mask in image["masks"]:
        results.append({"image_id": i, "category_id": 1, "score": mask["score"], "segmentation": mask["rle"]})


def timed(make, evaluator, options):
    known = make()
    known.dataset = truth
    known.createIndex()
    found = known.loadRes([dict(one) for one in results])
    one = evaluator(known, found, iouType="segm", **options)
    one.params.maxDets, one.params.useCats = [given["cut"]], 0
    start = time.process_time()
    one.evaluate()
    one.accumulate()
    seconds = time.process_time() - start
    recall = one.eval["recall"]
    return {"seconds": seconds, "recalls": [float(recall[:, 0, a, 0].mean()) for a in range(4)]}


with contextlib.redirect_stdout(io.StringIO()):
    answer = {
        "pycocotools": timed(COCO, COCOeval, {}),
        "faster": timed(FastCOCO, COCOeval_faster, {"rle_iou_max_workers": 1}),
    }
print(json.dumps(answer))
