"""Scores an export with `sam1-d1@1` (centre clicks) and `box@1`, written independently of the harness.

    python score.py MODEL_DIR --samples FOLDER --sets bbbc038v1 ppdls trashcan
    python score.py MODEL_DIR --sets scenes --scenes 240

FOLDER holds the datasets in their published layouts (bbbc038v1/stage1_train/..., ppdls/Plant_Phenotyping_Datasets/
A1/..., trashcan/original_data/...). `scenes` are procedural scenes whose seeds training never uses. onnxruntime
with one thread; the prompts of an image are run in batches.
"""

import argparse
import base64
import glob
import io
import json
import os
import time
import zlib

import cv2
import numpy as np
import onnxruntime as ort
from PIL import Image

S, E = 256, 128
MEAN = np.array([123.675, 116.28, 103.53], np.float32)
STD = np.array([58.395, 57.12, 57.375], np.float32)
REPORTED = (1, 2, 3, 5, 9)
BATCH = 16


# ---------------------------------------------------------------------------- targets: (name, rgb, [masks])


def bbbc038v1(folder):
    """One file a nucleus; alpha is dropped."""
    for d in sorted(glob.glob(f"{folder}/bbbc038v1/stage1_train/*")):
        image = Image.open(glob.glob(f"{d}/images/*.png")[0]).convert("RGB")
        masks = [np.array(Image.open(f).convert("L")) > 0 for f in sorted(glob.glob(f"{d}/masks/*.png"))]
        yield os.path.basename(d), np.array(image), masks


def ppdls(folder):
    """Palette index = leaf."""
    for f in sorted(glob.glob(f"{folder}/ppdls/Plant_Phenotyping_Datasets/A1/*_label.png")):
        labels = np.array(Image.open(f))
        assert labels.ndim == 2, "a palette image must be read as indices"
        image = Image.open(f.replace("_label", "_rgb")).convert("RGB")
        yield os.path.basename(f)[:-10], np.array(image), [labels == v for v in np.unique(labels) if v]


def trashcan(folder):
    """Supervisely: each object a PNG (zlib, base64) with an origin."""
    for f in sorted(glob.glob(f"{folder}/trashcan/original_data/annotations/*.json")):
        name = os.path.basename(f)[:-5]
        image = np.array(Image.open(f"{folder}/trashcan/original_data/images/{name}").convert("RGB"))
        with open(f) as opened:
            objects = json.load(opened)["objects"]
        masks = []
        for o in objects:
            if "bitmap" not in o:
                continue
            part = Image.open(io.BytesIO(zlib.decompress(base64.b64decode(o["bitmap"]["data"]))))
            part = np.array(part.getchannel("A") if part.mode in ("RGBA", "LA") else part.convert("L")) > 0
            x, y = o["bitmap"]["origin"]
            m = np.zeros(image.shape[:2], bool)
            region = m[y : y + part.shape[0], x : x + part.shape[1]]
            region[:] = part[: region.shape[0], : region.shape[1]]
            masks.append(m)
        yield name, image, masks


def procedural(n):
    from scenes import HELD_OUT_SEED, scene

    for i in range(n):
        image, masks, h, w = scene(HELD_OUT_SEED + i)
        kept = []
        for m in (m[:h, :w] for m in masks):
            if not any((m == k).all() for k in kept):
                kept.append(m)
        yield f"scene{i}", np.ascontiguousarray(image[:h, :w]), kept[:4]


# ------------------------------------------------------------------------------------------------- model


class Model:
    def __init__(self, folder):
        options = ort.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self.encoder, self.decoder = (
            ort.InferenceSession(f"{folder}/{n}.onnx", options, providers=["CPUExecutionProvider"])
            for n in ("encoder", "decoder")
        )
        self.seconds, self.prompts = 0.0, 0

    def set_image(self, rgb):
        self.h, self.w = rgb.shape[:2]
        long = max(self.h, self.w)
        self.nh, self.nw = int(self.h * S / long + 0.5), int(self.w * S / long + 0.5)
        small = np.array(Image.fromarray(rgb).resize((self.nw, self.nh), Image.BILINEAR), np.float32)
        x = np.zeros((S, S, 3), np.float32)
        x[: self.nh, : self.nw] = (small - MEAN) / STD
        self.emb = self.encoder.run(None, {"images": np.ascontiguousarray(x.transpose(2, 0, 1)[None])})[0]

    def to_frame(self, points):
        """Pixels of the picture -> of the 256 frame, in double, rounded once."""
        return (np.asarray(points, np.float64) * [self.nw / self.w, self.nh / self.h]).astype(np.float32)

    def run(self, points, labels, previous):
        """points P x N x 2 in the frame, labels P x N, previous P x 1 x E x E or None -> logits, predicted IoU"""
        logits, scores = [], []
        for a in range(0, len(points), BATCH):
            n = len(points[a : a + BATCH])
            mask = np.zeros((n, 1, E, E), np.float32) if previous is None else previous[a : a + n]
            start = time.perf_counter()
            iou, low = self.decoder.run(
                ["iou_predictions", "low_res_masks"],
                {
                    "image_embeddings": self.emb,
                    "point_coords": np.ascontiguousarray(points[a : a + n], np.float32),
                    "point_labels": np.ascontiguousarray(labels[a : a + n], np.float32),
                    "mask_input": np.ascontiguousarray(mask),
                    "has_mask_input": np.full(n, float(previous is not None), np.float32),
                },
            )
            self.seconds += time.perf_counter() - start
            self.prompts += n
            logits.append(low)
            scores.append(iou)
        return np.concatenate(logits), np.concatenate(scores)

    def mask(self, low):
        """E x E logits -> bool at the picture's size."""
        frame = cv2.resize(low, (S, S), interpolation=cv2.INTER_LINEAR)[: self.nh, : self.nw]
        return cv2.resize(frame, (self.w, self.h), interpolation=cv2.INTER_LINEAR) > 0


# ---------------------------------------------------------------------------------------------- protocol


def deepest(region):
    """-> (squared distance, x, y) of the first pixel deepest inside; (0, 0, 0) where the region is empty."""
    if not region.any():
        return 0, 0, 0
    rows, cols = np.nonzero(region.any(1))[0], np.nonzero(region.any(0))[0]
    y0, x0 = rows[0], cols[0]
    part = np.pad(region[y0 : rows[-1] + 1, x0 : cols[-1] + 1].astype(np.uint8), 1)
    d = cv2.distanceTransform(part, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)[1:-1, 1:-1]
    d2 = np.rint(d.astype(np.float64) ** 2).astype(np.int64)
    i = int(d2.argmax())
    return int(d2.flat[i]), int(x0 + i % d2.shape[1]), int(y0 + i // d2.shape[1])


def next_click(gt, pred):
    fn, fp = deepest(gt & ~pred), deepest(pred & ~gt)
    return (fn[1], fn[2], 1) if fn[0] > fp[0] else (fp[1], fp[2], 0)


def iou(a, b):
    union = np.count_nonzero(a | b)
    return np.count_nonzero(a & b) / union if union else 1.0


def score_image(model, rgb, masks, rounds):
    """-> one dict a target"""
    model.set_image(rgb)
    n = len(masks)
    rows = [{} for _ in masks]
    corners = []
    for m in masks:
        ys, xs = np.nonzero(m)
        corners.append([[xs.min(), ys.min()], [xs.max(), ys.max()]])
    low, _ = model.run(model.to_frame(corners), np.tile([2.0, 3.0], (n, 1)), None)
    for k, m in enumerate(masks):
        rows[k]["box"] = iou(model.mask(low[k, 0]), m)

    points, labels, previous = [[] for _ in masks], [[] for _ in masks], None
    pred = [np.zeros_like(m) for m in masks]
    for r in range(1, rounds + 1):
        for k, m in enumerate(masks):
            x, y, label = next_click(m, pred[k])
            points[k].append((x, y))
            labels[k].append(label)
        at = np.concatenate([model.to_frame(points), np.zeros((n, 1, 2), np.float32)], 1)
        low, scores = model.run(at, np.concatenate([np.array(labels), -np.ones((n, 1))], 1), previous)
        assert np.isfinite(low).all() and np.isfinite(scores).all()
        chosen = scores[:, 1:].argmax(1) + 1 if r == 1 else np.zeros(n, int)
        if r == 1:
            for k, m in enumerate(masks):
                rows[k]["oracle@1"] = max(iou(model.mask(low[k, c]), m) for c in (1, 2, 3))
        previous = low[np.arange(n), chosen][:, None]
        for k, m in enumerate(masks):
            pred[k] = model.mask(previous[k, 0])
            if r in REPORTED:
                rows[k][f"@{r}"] = iou(pred[k], m)
    return rows


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("model")
    ap.add_argument("--samples")
    ap.add_argument("--sets", nargs="+", default=["scenes"])
    ap.add_argument("--scenes", type=int, default=240)
    ap.add_argument("--rounds", type=int, default=9)
    ap.add_argument("--limit", type=int, help="first N images of a set")
    args = ap.parse_args()
    cv2.setNumThreads(1)
    columns = ["@1", "oracle@1", *(f"@{r}" for r in REPORTED[1:] if r <= args.rounds), "box"]
    print("| set | images | targets | " + " | ".join(columns) + " | ms a prompt |")
    print("|---|---" * 1 + "|---" * (len(columns) + 2) + "|")
    for name in args.sets:
        model, rows, images = Model(args.model), [], 0
        source = procedural(args.scenes) if name == "scenes" else globals()[name](args.samples)
        for _, rgb, masks in source:
            masks = [m for m in masks if m.any()]
            if args.limit is not None and images == args.limit:
                break
            images += 1
            if masks:
                rows += score_image(model, rgb, masks, args.rounds)
        means = " | ".join(f"{np.mean([r[c] for r in rows]):.3f}" for c in columns)
        speed = 1000 * model.seconds / model.prompts
        print(f"| {name} | {images} | {len(rows)} | {means} | {speed:.1f} |", flush=True)


if __name__ == "__main__":
    main()
