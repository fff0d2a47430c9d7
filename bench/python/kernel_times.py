"""Times what a Python evaluation does outside the model, one thread, on the inputs of `kernels.ts`.

    python kernel_times.py FOLDER REPEATS     prints {name: [milliseconds, ...]}
"""

import json
import pathlib
import sys
import time

import cv2
import numpy as np
import pycocotools.mask as coco
import torch
import torch.nn.functional as F

cv2.setNumThreads(1)
torch.set_num_threads(1)
folder, repeats = pathlib.Path(sys.argv[1]), int(sys.argv[2])
facts = json.loads((folder / "facts.json").read_text())
height, width, side = facts["height"], facts["width"], facts["side"]
low = facts["low"]
times: dict[str, list[float]] = {}


def timed(name, work):
    work()
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.setdefault(name, []).append((time.perf_counter() - start) * 1000)


def raw(name, dtype, shape):
    return np.fromfile(folder / name, dtype).reshape(shape)


logits = torch.from_numpy(raw("logits.bin", np.float32, (1, 3, low, low)))
truth = raw("truth.bin", np.uint8, (height, width)).astype(bool)
resized = tuple(int(v * side / max(height, width) + 0.5) for v in (height, width))


def masks():
    big = F.interpolate(logits, (side, side), mode="bilinear", align_corners=False)[..., : resized[0], : resized[1]]
    return (F.interpolate(big, (height, width), mode="bilinear", align_corners=False) > 0).numpy()[0]


predicted = masks()
np.packbits(predicted[0]).tofile(folder / "python-mask.bin")


def ious():
    return [np.logical_and(m, truth).sum() / np.logical_or(m, truth).sum() for m in predicted]


def click():
    regions = [np.pad(r, 1).astype(np.uint8) for r in (truth & ~predicted[0], predicted[0] & ~truth)]
    depth = [cv2.distanceTransform(r, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)[1:-1, 1:-1] for r in regions]
    return [int(d.argmax()) for d in depth]


timed("three masks from logits", masks)
timed("three IoUs", ious)
timed("next click", click)

full = np.pad(np.ones((1024, 1024), np.uint8), 1)
timed("distance transform", lambda: cv2.distanceTransform(full, cv2.DIST_L2, cv2.DIST_MASK_PRECISE))

shapes = json.loads((folder / "shapes.json").read_text())
h, w = shapes["height"], shapes["width"]
rles = [{"size": [h, w], "counts": text.encode()} for text in shapes["rles"]]
timed("COCO polygons to masks", lambda: [coco.decode(coco.merge(coco.frPyObjects(p, h, w))) for p in shapes["polygons"]])
timed("COCO RLE strings to masks", lambda: [coco.decode(rle) for rle in rles])
timed("masks to COCO RLE strings", lambda ms=[np.asfortranarray(coco.decode(r)) for r in rles]: [coco.encode(m) for m in ms])
pairs = list(zip(rles, rles[1:]))
timed("unions of masks", lambda: [coco.merge([a, b]) for a, b in pairs])
timed("IoUs of masks", lambda: [coco.iou([a], [b], [False]) for a, b in pairs])
print(json.dumps(times))
