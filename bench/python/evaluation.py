"""A straightforward evaluation in Python: numpy, OpenCV, torch for resizing logits, onnxruntime. One prompt at a time.

    python evaluation.py PAIRS.json ENCODER DECODER SIDE THREADS

PAIRS.json lists [image file, [mask files]]. Prints {"evaluation": milliseconds, "miou": [after 1, 2, ... clicks]}.
Written as such scripts usually are, to be compared with; it is not the reference for any number.
"""

import json
import sys
import time

import cv2
import numpy as np
import onnxruntime
import torch
import torch.nn.functional as F
from PIL import Image

CLICKS = 9
MEAN = np.array([123.675, 116.28, 103.53], np.float32)
STD = np.array([58.395, 57.12, 57.375], np.float32)

pairs_file, encoder_file, decoder_file, side, threads = sys.argv[1:6]
side = int(side)
cv2.setNumThreads(int(threads))
torch.set_num_threads(int(threads))
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = int(threads)
options.inter_op_num_threads = 1
encoder = onnxruntime.InferenceSession(encoder_file, options, providers=["CPUExecutionProvider"])
decoder = onnxruntime.InferenceSession(decoder_file, options, providers=["CPUExecutionProvider"])


def encode(rgb):
    h, w = rgb.shape[:2]
    scale = side / max(h, w)
    size = int(h * scale + 0.5), int(w * scale + 0.5)
    small = np.asarray(Image.fromarray(rgb).resize(size[::-1], Image.BILINEAR)).astype(np.float32)
    padded = np.zeros((side, side, 3), np.float32)
    padded[: size[0], : size[1]] = (small - MEAN) / STD
    return encoder.run(None, {encoder.get_inputs()[0].name: padded.transpose(2, 0, 1)[None]})[0], size


def upsample(low, size, original):
    big = F.interpolate(torch.from_numpy(low), (side, side), mode="bilinear", align_corners=False)
    big = big[..., : size[0], : size[1]]
    return (F.interpolate(big, original, mode="bilinear", align_corners=False) > 0).numpy()[0]


def iou(a, b):
    union = np.logical_or(a, b).sum()
    return np.logical_and(a, b).sum() / union if union else 1.0


def click(truth, predicted):
    missed = np.pad(truth & ~predicted, 1).astype(np.uint8)
    spurious = np.pad(predicted & ~truth, 1).astype(np.uint8)
    a = cv2.distanceTransform(missed, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)[1:-1, 1:-1]
    b = cv2.distanceTransform(spurious, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)[1:-1, 1:-1]
    positive = a.max() > b.max()
    y, x = np.unravel_index((a if positive else b).argmax(), truth.shape)
    return x, y, int(positive)


def evaluate(embedding, size, truth):
    low_side = decoder.get_inputs()[3].shape[-1]
    previous, has = np.zeros((1, 1, low_side, low_side), np.float32), 0.0
    points, predicted, scores = [], np.zeros_like(truth), []
    h, w = truth.shape
    for round_ in range(CLICKS):
        points.append(click(truth, predicted))
        coords = [[x * size[1] / w, y * size[0] / h] for x, y, _ in points] + [[0.0, 0.0]]
        feeds = {
            "image_embeddings": embedding,
            "point_coords": np.array([coords], np.float32),
            "point_labels": np.array([[label for *_, label in points] + [-1]], np.float32),
            "mask_input": previous,
            "has_mask_input": np.array([has], np.float32),
        }
        if any(i.name == "orig_im_size" for i in decoder.get_inputs()):
            feeds["orig_im_size"] = np.array([32, 32], np.float32)
        ious, low = decoder.run(["iou_predictions", "low_res_masks"], feeds)
        picked = slice(1, 4) if round_ == 0 else slice(0, 1)
        masks = upsample(low[:, picked], size, (h, w))
        best = int(ious[0, picked].argmax())
        real = [iou(mask, truth) for mask in masks]
        predicted, previous, has = masks[best], low[:, picked][:, best : best + 1], 1.0
        scores.append(real[best])
    return scores


pairs = json.load(open(pairs_file))
evaluate(*encode(np.zeros((64, 64, 3), np.uint8)), np.ones((64, 64), bool))
start = time.perf_counter()
scores = []
for image, masks in pairs:
    embedding, size = encode(cv2.cvtColor(cv2.imread(image), cv2.COLOR_BGR2RGB))
    scores += [evaluate(embedding, size, cv2.imread(mask, cv2.IMREAD_GRAYSCALE) > 0) for mask in masks]
print(json.dumps({"evaluation": (time.perf_counter() - start) * 1000, "miou": np.mean(scores, 0).tolist()}))
