"""Times the authors' SamAutomaticMaskGenerator on recorded answers of the decoder, one thread, its enlarging included.

    python everything.py FOLDER     prints {"time": milliseconds, "counts": [COCO RLE, ...]}

Needs segment-anything, torch, torchvision and pycocotools.
"""

import json
import pathlib
import sys
import time

import numpy as np
import torch

torch.set_num_threads(1)
folder = pathlib.Path(sys.argv[1])
facts = json.loads((folder / "facts.json").read_text())
low, side = facts["low"], facts["side"]
scores = torch.from_numpy(np.fromfile(folder / "scores.f32", np.float32).reshape(-1, 3))
logits = torch.from_numpy(np.fromfile(folder / "logits.f32", np.float32).reshape(-1, 3, low, low))


class Recorded:
    """What the generator needs of SamPredictor."""

    def __init__(self):
        from segment_anything.modeling import Sam
        from segment_anything.utils.transforms import ResizeLongestSide

        encoder = torch.nn.Module()
        encoder.img_size = side
        self.model = Sam(encoder, torch.nn.Module(), torch.nn.Module())
        self.transform, self.device, self.at = ResizeLongestSide(side), torch.device("cpu"), 0

    def set_image(self, image):
        self.size = image.shape[:2]
        self.input = self.transform.get_preprocess_shape(*self.size, side)

    def reset_image(self):
        pass

    def predict_torch(self, points, labels, multimask_output, return_logits):
        part = slice(self.at, self.at + len(points))
        self.at += len(points)
        return self.model.postprocess_masks(logits[part], self.input, self.size), scores[part], logits[part]


import segment_anything.automatic_mask_generator as module  # noqa: E402

stub = Recorded()
module.SamPredictor = lambda _: stub
settings = facts["generator"]
generator = module.SamAutomaticMaskGenerator(
    None,
    points_per_side=settings["pointsPerSide"],
    points_per_batch=facts["batch"],
    pred_iou_thresh=settings["predictedIou"],
    stability_score_thresh=settings["stability"],
    output_mode="coco_rle",
)
image = np.zeros((facts["height"], facts["width"], 3), np.uint8)
start = time.perf_counter()
masks = generator.generate(image)
spent = (time.perf_counter() - start) * 1000
print(json.dumps({"time": spent, "counts": [mask["segmentation"]["counts"] for mask in masks]}))
