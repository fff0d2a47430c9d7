"""Replays a run in Python, from the image files, the mask files and the written protocol alone.

    venv/bin/python scripts/oracle/replay.py RUN --encoder E.onnx --decoder D.onnx --data DIR
    venv/bin/python scripts/oracle/replay.py RUN --compare-rows OTHER_RUN

The first form decodes every prompt of rows.jsonl again, one at a time, and compares clicks, scores, areas, boxes and
the masks of masks.jsonl. A difference is explained when flipping pixels whose logit lies within --tolerance of the
threshold (or exchanging two predicted IoUs nearer than that) gives exactly what the row says; the replay then goes on
from the row's mask, so that the later steps are compared as well. Exit code 1 when fewer than 99 % of the targets are
identical or a difference stays unexplained. The second form tells how many rows differ between two runs of one plan.

Nothing here shares code with the harness, and nothing is tuned to it: where the two disagree, the protocol decides.
"""

import argparse
import collections
import functools
import hashlib
import itertools
import json
import math
import pathlib
import sys

import cv2
import numpy as np
import onnxruntime
import pycocotools.mask as coco
import torch
from PIL import Image
from scipy.ndimage import distance_transform_edt

try:
    import surface_distance
except ImportError:  # then the scores that need it are counted as not compared
    surface_distance = None

MEAN = np.array([123.675, 116.28, 103.53], np.float32)
STD = np.array([58.395, 57.12, 57.375], np.float32)
REPORTED = (1, 2, 3, 5, 9)
EXACT = 1e-12  # what one count more or less in an IoU always exceeds
MOST_FLIPS = 12  # near pixels tried in all combinations


# ---------------------------------------------------------------- data sets


def rgb_of(path):
    """8-bit RGB: alpha dropped, grey repeated, colour profiles ignored, palettes never met."""
    image = Image.open(path)
    if image.getexif().get(0x0112, 1) != 1:
        raise SystemExit(f"{path}: an EXIF orientation, which this replay does not read")
    if image.mode.startswith("I"):
        samples = np.asarray(image)
        if samples.max() > 255:
            raise SystemExit(f"{path}: 16-bit samples beyond 255, which this replay does not scale")
        return np.repeat(samples.astype(np.uint8)[:, :, None], 3, axis=2)
    return np.asarray(image.convert("RGB"))


def bit_mask(path):
    stored = np.asarray(Image.open(path))
    return (stored if stored.ndim == 2 else stored.max(axis=2)) != 0


def label_map(path):
    """One mask per value; a palette image gives its indices, never its colours."""
    labels = np.asarray(Image.open(path))
    assert labels.ndim == 2, path
    return {str(value): labels == value for value in np.unique(labels) if value != 0}


def bbbc038v1(root, image):
    folder = root / "stage1_train" / image
    return next(folder.glob("images/*")), {p.stem: bit_mask(p) for p in sorted(folder.glob("masks/*.png"))}


def ppdls_a1(root, image):
    folder = root / "Plant_Phenotyping_Datasets" / "A1"
    return folder / f"{image}.png", label_map(folder / f"{image.removesuffix('_rgb')}_label.png")


def davis2016(root, image):
    annotation = root / "Annotations" / "480p" / f"{image}.png"
    return root / "JPEGImages" / "480p" / f"{image}.jpg", {annotation.stem: bit_mask(annotation)}


def stardist(root, image):
    return root / "images" / f"{image}.tif", label_map(root / "masks" / f"{image}.tif")


def ct_slices(root, image):
    masks = []
    for mask, of in json.loads((root / "label2image_test.json").read_text()).items():
        masks += [mask] if pathlib.PurePosixPath(of).stem == image else []
    for of, names in json.loads((root / "image2label_train.json").read_text()).items():
        masks += names if pathlib.PurePosixPath(of).stem == image else []
    paths = [root / name.removeprefix("data_demo/") for name in masks]
    return root / "images" / f"{image}.png", {p.stem: bit_mask(p) for p in paths}


def coco_panoptic(root, image):
    file = json.loads((root / "panoptic_coco_detection_format.json").read_text())
    entry = next(i for i in file["images"] if pathlib.PurePosixPath(i["file_name"]).stem == image)
    masks = {}
    for a in file["annotations"]:
        if a["image_id"] == entry["id"]:
            crowd = a["iscrowd"] == 1
            masks[str(a["id"])] = "crowd" if crowd else coco.decode(a["segmentation"]).astype(bool)
    return root / "input_images" / entry["file_name"], masks


# Layout -> (image path, target id -> mask or the reason it is dropped for).
LAYOUTS = {
    "bbbc038v1": bbbc038v1,
    "ppdls-a1": ppdls_a1,
    "davis2016": davis2016,
    "stardist": stardist,
    "ct-slices": ct_slices,
    "coco-panoptic": coco_panoptic,
}
# Where the folder has another name than the benchmark.
FOLDERS = {"ppdls-a1": "ppdls"}


# ---------------------------------------------------------------- draws


def draw(seed, benchmark, image, target, purpose, number):
    """Numerator over 2^64."""
    text = "\n".join([seed, benchmark, image, target, purpose, str(number)])
    return int.from_bytes(hashlib.sha256(text.encode("utf-8")).digest()[:8], "big")


def random_pixel(mask, numerator):
    y, x = np.nonzero(mask)  # row-major
    i = (numerator * len(x)) >> 64
    return int(x[i]), int(y[i])


def jittered(box, shape, uniforms):
    height, width = shape
    moved = []
    for i, value in enumerate(box):
        side = box[2] - box[0] if i % 2 == 0 else box[3] - box[1]
        u1, u2 = (n / 2.0**64 for n in uniforms[2 * i : 2 * i + 2])
        noise = math.sqrt(-2 * math.log(1 - u1)) * math.cos(2 * math.pi * u2) * (0.1 * side)
        moved.append(value + min(20.0, max(-20.0, noise)))
    xs, ys = sorted(moved[0::2]), sorted(moved[1::2])
    xs, ys = [min(max(x, 0), width - 1) for x in xs], [min(max(y, 0), height - 1) for y in ys]
    return [xs[0], ys[0], xs[1], ys[1]]


# ---------------------------------------------------------------- model


class Model:
    def __init__(self, encoder, decoder, threshold):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        providers = ["CPUExecutionProvider"]
        self.encoder = onnxruntime.InferenceSession(encoder, options, providers=providers)
        self.decoder = onnxruntime.InferenceSession(decoder, options, providers=providers)
        self.size = self.encoder.get_inputs()[0].shape[-1]
        self.low = next(i.shape[-1] for i in self.decoder.get_inputs() if i.name == "mask_input")
        self.threshold = threshold

    def see(self, rgb):
        self.old = rgb.shape[:2]
        self.new = tuple(int(x * self.size / max(self.old) + 0.5) for x in self.old)
        resized = Image.fromarray(rgb).resize((self.new[1], self.new[0]), Image.Resampling.BILINEAR)
        frame = np.zeros((3, self.size, self.size), np.float32)
        normal = (np.asarray(resized).astype(np.float32) - MEAN) / STD
        frame[:, : self.new[0], : self.new[1]] = normal.transpose(2, 0, 1)
        (self.embedding,) = self.encoder.run(["image_embeddings"], {self.encoder.get_inputs()[0].name: frame[None]})

    def decode(self, clicks, box=None, feedback=None):
        """Predicted IoUs, low-resolution logits, logits at the image's size of the masks that count in this step."""
        points = [] if box is None else [(box[0], box[1], 2), (box[2], box[3], 3)]
        points += clicks
        scale = np.array([self.new[1] / self.old[1], self.new[0] / self.old[0]])
        coords = (np.array([p[:2] for p in points], np.float64) * scale).astype(np.float32)
        labels = np.array([p[2] for p in points], np.float32)
        if box is None:
            coords = np.concatenate([coords, np.zeros((1, 2), np.float32)])
            labels = np.append(labels, np.float32(-1))
        mask = np.zeros((1, 1, self.low, self.low), np.float32) if feedback is None else feedback[None, None]
        feed = {
            "image_embeddings": self.embedding,
            "point_coords": coords[None],
            "point_labels": labels[None],
            "mask_input": mask,
            "has_mask_input": np.array([feedback is not None], np.float32),
        }
        predicted, low = self.decoder.run(["iou_predictions", "low_res_masks"], feed)
        count = slice(1, 4) if box is None and len(clicks) == 1 else slice(0, 1)
        return predicted[0, count], low[0, count], self.upsample(low[0, count])

    def upsample(self, low):
        """Float32 bilinear, half-pixel centres, twice: to the padded frame, cropped, to the image's size."""
        bilinear = {"mode": "bilinear", "align_corners": False}
        framed = torch.nn.functional.interpolate(torch.from_numpy(low[None]), (self.size, self.size), **bilinear)
        cropped = framed[..., : self.new[0], : self.new[1]]
        return torch.nn.functional.interpolate(cropped, self.old, **bilinear)[0].numpy()


# ---------------------------------------------------------------- clicks


def squared_depth(region):
    """Exact squared distance to the nearest pixel outside the region; outside the image is outside the region."""
    depth = np.zeros(region.shape, np.int64)
    box = tight_box(region)
    if box is not None:
        # Within the tight box grown by one, every pixel still has its nearest outsider.
        inside = region[box[1] : box[3] + 1, box[0] : box[2] + 1]
        padded = np.pad(inside, 1)
        nearest = distance_transform_edt(padded, return_distances=False, return_indices=True)
        ys, xs = np.indices(padded.shape)
        squares = (nearest[0].astype(np.int64) - ys) ** 2 + (nearest[1].astype(np.int64) - xs) ** 2
        depth[box[1] : box[3] + 1, box[0] : box[2] + 1] = squares[1:-1, 1:-1]
    return depth


def error_click(gt, prediction, clicked=()):
    depths = []
    for region in (gt & ~prediction, prediction & ~gt):
        depth = squared_depth(region)
        for x, y, _ in clicked:
            depth[y, x] = 0
        depths.append(depth)
    fn, fp = depths
    positive = bool(fn.max() > fp.max())
    i = int(np.argmax(fn if positive else fp))  # the first maximum, row-major
    return i % gt.shape[1], i // gt.shape[1], int(positive)


def farthest_points(gt, count):
    x, y, _ = error_click(gt, np.zeros_like(gt))
    ys, xs = np.nonzero(gt)
    points = [(x, y, 1)]
    nearest = (xs - x) ** 2 + (ys - y) ** 2
    while len(points) < count:
        i = int(np.argmax(nearest))
        points.append((int(xs[i]), int(ys[i]), 1))
        nearest = np.minimum(nearest, (xs - xs[i]) ** 2 + (ys - ys[i]) ** 2)
    return points


# ---------------------------------------------------------------- scores


def tight_box(mask):
    columns, rows = np.flatnonzero(mask.any(axis=0)), np.flatnonzero(mask.any(axis=1))
    return None if len(rows) == 0 else [int(columns[0]), int(rows[0]), int(columns[-1]), int(rows[-1])]


def iou(a, b):
    union = int(np.count_nonzero(a | b))
    return 1.0 if union == 0 else int(np.count_nonzero(a & b)) / union


def dice(a, b):
    both = int(np.count_nonzero(a)) + int(np.count_nonzero(b))
    return 1.0 if both == 0 else 2 * int(np.count_nonzero(a & b)) / both


def inner_band(mask):
    height, width = mask.shape
    steps = max(1, round(0.02 * math.hypot(height, width)))  # round() is half to even
    padded = cv2.copyMakeBorder(mask.astype(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    square = np.ones((3, 3), np.uint8)
    eroded = cv2.erode(padded, square, iterations=steps, borderType=cv2.BORDER_CONSTANT, borderValue=0)
    return mask & (eroded[1:-1, 1:-1] == 0)


def boundary_iou(a, b):
    return iou(inner_band(a), inner_band(b))


def distances(a, b, tolerance=2.0):
    """NSD, HD95 and whether one alone is empty, by DeepMind's own code, where it is installed."""
    if surface_distance is None:
        return {}
    if not a.any() or not b.any():
        both = not a.any() and not b.any()
        return {"nsd": float(both), "hd95": 0.0 if both else math.hypot(*a.shape), "empty": float(not both)}
    found = surface_distance.compute_surface_distances(b, a, spacing_mm=(1.0, 1.0))
    nsd = surface_distance.compute_surface_dice_at_tolerance(found, tolerance)
    return {"nsd": nsd, "hd95": surface_distance.compute_robust_hausdorff(found, 95), "empty": 0.0}


def other_scores(mask, gt, wanted):
    """Value and allowed difference of every metric that the row has and that is known here."""
    found = {"dice": (dice(mask, gt), 0), "boundary": (boundary_iou(mask, gt), 1e-9)}
    if {"nsd", "hd95", "empty"} & wanted.keys():
        found |= {name: (value, 1e-9) for name, value in distances(mask, gt).items()}
    return {name: found[name] for name in wanted.keys() & found.keys()}


# ---------------------------------------------------------------- one row


class Unexplained(Exception):
    """Ends the replay of a row: what follows would be compared with another course of events."""


class Row:
    """One row and what the replay found against it."""

    def __init__(self, row, rles, tally, tolerance):
        self.row, self.rles, self.tally, self.tolerance = row, rles, tally, tolerance
        self.seen = set()
        self.explained = []
        self.unexplained = []

    def must(self, ok, what):
        if not ok:
            raise Unexplained(what)

    def steps(self):
        return self.row["steps"]

    def sent(self, number, clicks, box=None, previous=False, multimask=False):
        """Compares all that a step sent; a box that was drawn to the nearest billionth of a pixel."""
        self.must(number < len(self.steps()), f"step {number} is not in the row")
        theirs = self.steps()[number].get("sent")
        self.must(theirs is not None, f"step {number}: the row does not say what was sent")
        ours = [list(click) for click in clicks]
        self.must(ours == theirs["clicks"], f"step {number}: clicks ours {ours}, row {theirs['clicks']}")
        there = theirs.get("box")
        near = (box is None) == (there is None)
        near = near and (box is None or max(abs(a - b) for a, b in zip(box, there)) <= 1e-9)
        self.must(near, f"step {number}: box ours {box}, row {there}")
        expected = "previous" if previous else None
        self.must(theirs.get("mask") == expected, f"step {number}: mask ours {expected}, row {theirs.get('mask')}")
        self.must(theirs["multimask"] == multimask, f"step {number}: multimask {theirs['multimask']}")
        self.tally["clicks"] += 1 if clicks else 0
        self.tally["boxes"] += 0 if box is None else 1
        return self

    def step(self, number, clicks, decoded, gt, threshold, next_click=None, drawn=None):
        """Compares one step and returns the mask and the low-resolution logits that count from here on."""
        theirs = self.steps()[number]
        at = f"{clicks} clicks" if drawn is None else f"draw {drawn}"
        same = theirs["at"]["clicks"] == clicks and theirs["at"].get("draw") == drawn
        self.must(same, f"{at}: the row says {theirs['at']}")
        scores, candidates = theirs["scores"], theirs["candidates"]
        rated = [c["predicted"] for c in candidates]
        predicted, low, logits = decoded
        self.must(len(predicted) == len(candidates), f"{at}: number of candidates")
        off = max(abs(float(a) - b) for a, b in zip(predicted, rated))
        self.tally.worst("predicted IoU", off)
        self.must(off <= self.tolerance, f"{at}: predicted IoUs {predicted.tolist()}, row {rated}")

        chosen, their_choice = int(np.argmax(predicted)), theirs["chosen"]
        self.must(their_choice == int(np.argmax(rated)), f"{at}: candidate {their_choice} counts, of {rated}")
        if chosen != their_choice:
            gap = float(predicted[chosen]) - float(predicted[their_choice])
            self.must(gap <= self.tolerance, f"{at}: another candidate is chosen, {gap} apart")
            self.explained.append(f"{at}: candidates {chosen} and {their_choice} are {gap:.1e} apart in predicted IoU")
            chosen = their_choice

        rle = self.rle(clicks, drawn)
        masks = []
        for i, map_ in enumerate(logits):
            expected = candidates[i]["iou"]
            mask = map_ > threshold
            self.tally["near pixels"] += int(np.count_nonzero(np.abs(map_ - threshold) <= self.tolerance))
            self.tally.worst("IoU", abs(iou(mask, gt) - expected))
            counts = i == chosen

            def against(m, counts=counts, expected=expected, map_=map_):
                """What speaks against the mask, or nothing."""
                if abs(iou(m, gt) - expected) > EXACT:
                    return f"IoU {iou(m, gt)}, row {expected}"
                if counts and abs(boundary_iou(m, gt) - scores.get("boundary", boundary_iou(m, gt))) > 1e-9:
                    return f"boundary {boundary_iou(m, gt)}, row {scores['boundary']}"
                if counts and rle is not None and not np.array_equal(m, rle):
                    far = np.abs(map_)[m != rle]
                    return f"{len(far)} px of the stored mask, largest |logit| {far.max():.2e}"
                if counts and next_click is not None and next_click(m) != self.next_in_row(clicks):
                    return f"next click {next_click(m)}, row {self.next_in_row(clicks)}"
                return None

            if against(mask):
                mask = self.flip(f"{at}, candidate {i}", map_, mask, threshold, against, rle if counts else None)
            masks.append(mask)
        if rle is not None:
            self.tally["stored masks"] += 1

        values = [iou(m, gt) for m in masks]
        mask = masks[chosen]
        expected = {"iou": (values[chosen], EXACT), **other_scores(mask, gt, scores)}
        if len(values) > 1:
            expected["oracle"] = (max(values), EXACT)
        self.must(("oracle" in scores) == (len(values) > 1), f"{at}: an oracle belongs to three masks alone")
        for name, (value, allowed) in expected.items():
            self.tally.worst(name, abs(value - scores[name]))
            self.must(abs(value - scores[name]) <= allowed, f"{at}: {name} {value}, row {scores[name]}")
        for name in scores.keys() - expected.keys():
            self.tally[f"{name} not compared"] += 1
        self.tally["IoUs"] += len(values)
        self.tally["steps"] += 1
        return mask, low[chosen], values[chosen]

    def next_in_row(self, clicks):
        """The click after so many."""
        following = [s["sent"]["clicks"] for s in self.steps() if s["at"]["clicks"] == clicks + 1]
        return tuple(following[0][-1]) if following else None

    def rle(self, clicks, drawn):
        stored = self.rles.get((clicks, drawn))
        if stored is None:
            return None
        self.seen.add((clicks, drawn))
        return coco.decode(stored).astype(bool)

    def flip(self, at, logits, mask, threshold, against, rle):
        """The mask of the row, when pixels at the threshold make up the whole difference."""
        margin = np.abs(logits - threshold)
        near = np.argwhere(margin <= self.tolerance)
        near = near[np.argsort(margin[tuple(near.T)], kind="stable")]
        if rle is not None:
            others = np.argwhere(mask != rle)
            flips = [others] if margin[tuple(others.T)].max(initial=0) <= self.tolerance else []
        else:
            picks = near[:MOST_FLIPS]
            counts = range(1, len(picks) + 1)
            flips = (picks[list(s)] for n in counts for s in itertools.combinations(range(len(picks)), n))
        for pixels in flips:
            flipped = mask.copy()
            flipped[tuple(np.asarray(pixels).T)] ^= True
            if not against(flipped):
                where = ", ".join(f"({x}, {y}) logit {logits[y, x]:.1e}" for y, x in pixels)
                self.explained.append(f"{at}: {where}")
                return flipped
        y, x = np.unravel_index(int(np.argmin(margin)), margin.shape)
        nearest = f"{len(near)} px within the tolerance, nearest ({x}, {y}) logit {logits[y, x]:.2e}"
        raise Unexplained(f"{at}: {against(mask)}; {nearest}")


def replay_clicks(model, check, gt, first=None, most=9, feedback=True, box=None, exclude=False, stop=None):
    clicks, low, number = [], None, 0

    def following(mask):
        return error_click(gt, mask, clicks if exclude else ())

    mask = np.zeros_like(gt)
    if box is not None:
        check.sent(0, [], box)
        mask, low, _ = check.step(0, 0, model.decode([], box), gt, model.threshold, following)
        number = 1
    while len(clicks) < most:
        clicks.append(first if first is not None and not clicks else following(mask))
        check.sent(number, clicks, box, previous=feedback and number > 0, multimask=number == 0)
        decoded = model.decode(clicks, box, low if feedback else None)
        last = len(clicks) == most
        ends = stop is not None and number + 1 == len(check.steps())  # whether it may is seen below
        then = None if last or ends else following
        mask, low, value = check.step(number, len(clicks), decoded, gt, model.threshold, then)
        number += 1
        if stop is not None and value >= stop:
            break
    after = sorted(k for k in check.rles if k[0] > len(clicks))
    for key in after:  # a stored mask past the stop carries the last one on
        check.must(stop is not None and np.array_equal(check.rle(*key), mask), f"stored mask at {key[0]} clicks")
    check.must(len(check.steps()) == number, f"{number} steps, row {len(check.steps())}")


def replay_box(model, check, gt):
    box = tight_box(gt)
    check.sent(0, [], box).step(0, 0, model.decode([], box), gt, model.threshold)
    check.must(len(check.steps()) == 1, "more than one step")


def replay_jitter(model, check, gt, uniform):
    for d in range(10):
        box = jittered(tight_box(gt), gt.shape, [uniform(8 * d + i) for i in range(8)])
        check.sent(d, [], box).step(d, 0, model.decode([], box), gt, model.threshold, drawn=d)
    check.must(len(check.steps()) == 10, "more than ten steps")


def replay_sets(model, check, gt, points):
    for number, k in enumerate(REPORTED):
        check.sent(number, points[:k], multimask=k == 1)
        check.step(number, k, model.decode(points[:k]), gt, model.threshold)
    check.must(len(check.steps()) == len(REPORTED), "number of steps")


def replay(model, check, gt, draws):
    protocol = check.row["protocol"]
    if protocol == "sam1-d1@1":
        replay_clicks(model, check, gt)
    elif protocol == "sam1-d1-random@1":
        replay_clicks(model, check, gt, first=(*random_pixel(gt, draws("first-click", 0)), 1))
    elif protocol == "sam1-d1-nofeedback@1":
        replay_clicks(model, check, gt, feedback=False)
    elif protocol == "box@1":
        replay_box(model, check, gt)
    elif protocol == "box-jitter@1":
        replay_jitter(model, check, gt, lambda n: draws("box-jitter", n))
    elif protocol == "box+clicks@1":
        replay_clicks(model, check, gt, box=tight_box(gt))
    elif protocol == "ritm-noc@1":
        replay_clicks(model, check, gt, most=20, exclude=True, stop=0.95)
    elif protocol == "points-farthest@1":
        replay_sets(model, check, gt, farthest_points(gt, max(REPORTED)))
    elif protocol == "points-random@1":
        drawn = [random_pixel(gt, draws("points-random", n)) for n in range(max(REPORTED))]
        replay_sets(model, check, gt, [(*pixel, 1) for pixel in drawn])


# The steps of which masks.jsonl must hold a mask, where the protocol fixes them.
STORED = {
    "sam1-d1@1": REPORTED,
    "sam1-d1-random@1": REPORTED,
    "sam1-d1-nofeedback@1": REPORTED,
    "box@1": (0,),
    "box+clicks@1": (0, *REPORTED),
    "points-farthest@1": REPORTED,
    "points-random@1": REPORTED,
    "box-jitter@1": None,
    "ritm-noc@1": None,
}


def check_row(model, check, masks, draws, stores):
    """Everything of one row; differences land in check."""
    row = check.row
    try:
        check.must(row["target"] in masks, "the annotation has no such target")
        gt = masks[row["target"]]
        reason = gt if isinstance(gt, str) else "" if gt.any() else "empty"
        if row["status"] == "dropped" or reason:
            same = row["status"] == "dropped" and row.get("reason") == reason
            check.must(same, f"ours {reason or 'ok'}, row {row['status']} {row.get('reason')}")
            return
        check.must(row["status"] == "ok", f"failed: {row.get('reason')}")
        height, width = gt.shape
        check.must(row["size"] == {"width": width, "height": height}, f"size {gt.shape}, row {row['size']}")
        check.must(row["area"] == int(gt.sum()), f"area {int(gt.sum())}, row {row['area']}")
        check.must(row["box"] == tight_box(gt), f"box {tight_box(gt)}, row {row['box']}")
        replay(model, check, gt, draws)
        if stores:
            strays = sorted(set(check.rles) - check.seen, key=str)
            check.must(not strays, f"stored masks of no step: {strays}")
            missing = {(c, None) for c in STORED[row["protocol"]] or ()} - check.seen
            check.must(not missing, f"no stored mask at {sorted(missing)}")
    except Unexplained as difference:
        check.unexplained.append(str(difference))


# ---------------------------------------------------------------- a run


class Tally(collections.Counter):
    def __init__(self):
        super().__init__()
        self.largest = collections.defaultdict(float)

    def worst(self, name, value):
        self.largest[name] = max(self.largest[name], value)


def lines_of(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]


def key_of(entry):
    return tuple(entry[k] for k in ("model", "benchmark", "protocol", "sample", "target"))


def show(key):
    return " ".join(key[1:])


def same_model(args):
    """A model file that changed since the run would explain nothing and spoil everything."""
    manifest = args.run / "manifest.json"
    recorded = manifest.read_text(encoding="utf-8") if manifest.exists() else None
    for file in (args.encoder, args.decoder):
        if recorded is not None and hashlib.sha256(pathlib.Path(file).read_bytes()).hexdigest() not in recorded:
            sys.exit(f"{file}: not the file of the run, by its SHA-256 in {manifest}")


def replay_run(args):
    same_model(args)
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    model = Model(args.encoder, args.decoder, args.threshold)
    layouts = {**{name: name for name in LAYOUTS}, **dict(pair.split("=", 1) for pair in args.layout)}
    rows = [r for r in lines_of(args.run / "rows.jsonl") if args.model in (None, r["model"])]
    if len({r["model"] for r in rows}) > 1:
        sys.exit("more than one model in the run: name one with --model")
    wanted = args.benchmarks and set(args.benchmarks.split(","))
    protocols = set(args.protocols.split(",")) if args.protocols else set(STORED)
    skipped, images, taken = collections.Counter(), {}, collections.defaultdict(set)
    run_protocols = collections.defaultdict(set)
    for row in rows:
        name = row["benchmark"]
        known = row["protocol"] in STORED and layouts.get(name) in LAYOUTS
        if not known or row["protocol"] not in protocols or (wanted and name not in wanted):
            skipped[name, row["protocol"]] += 1
            continue
        run_protocols[name].add(row["protocol"])
        target = (row["sample"], row["target"])
        if args.limit_targets and target not in taken[name] and len(taken[name]) >= args.limit_targets:
            continue
        taken[name].add(target)
        images.setdefault((name, row["sample"]), []).append(row)
    stores = (args.run / "masks.jsonl").exists()
    rles = collections.defaultdict(dict)
    for entry in lines_of(args.run / "masks.jsonl") if stores else []:
        if (entry["sample"], entry["target"]) in taken[entry["benchmark"]]:
            rles[key_of(entry)][entry["at"]["clicks"], entry["at"].get("draw")] = entry["rle"]

    tally, checks, sizes = Tally(), [], collections.Counter()
    for number, ((name, image), of_image) in enumerate(images.items(), 1):
        path, masks = LAYOUTS[layouts[name]](args.data / FOLDERS.get(name, name), image)
        rgb = rgb_of(path)
        sizes[f"{rgb.shape[1]} x {rgb.shape[0]}"] += 1
        model.see(rgb)
        if not args.limit_targets:
            for protocol in sorted(run_protocols[name]):
                missing = set(masks) - {r["target"] for r in of_image if r["protocol"] == protocol}
                if missing:
                    print(f"MISSING {name} {protocol} {image}: no row for {sorted(missing)}")
                    tally["missing"] += len(missing)
        for row in of_image:
            check = Row(row, rles.get(key_of(row), {}), tally, args.tolerance)
            draws = functools.partial(draw, args.seed, name, image, row["target"])
            check_row(model, check, masks, draws, stores)
            checks.append(check)
            for text in check.explained:
                print(f"explained {show(key_of(row))}: {text}")
            for text in check.unexplained:
                print(f"UNEXPLAINED {show(key_of(row))}: {text}")
        if args.progress:
            print(f"{number}/{len(images)} images, {len(checks)} rows", file=sys.stderr)
    return report(args, tally, checks, sizes, skipped)


def report(args, tally, checks, sizes, skipped):
    def share(of):
        same = sum(not c.explained and not c.unexplained for c in of)
        return f"{same} of {len(of)} identical ({100 * same / len(of):.2f} %)" if of else "none"

    by_target = collections.defaultdict(list)
    for check in checks:
        by_target[tuple(check.row[k] for k in ("benchmark", "sample", "target"))].append(check)
    same = sum(not any(c.explained or c.unexplained for c in of) for of in by_target.values())
    unexplained = sum(bool(c.unexplained) for c in checks)
    groups = collections.defaultdict(list)
    for check in checks:
        groups[check.row["benchmark"], check.row["protocol"]].append(check)
    for (name, protocol), of in sorted(groups.items()):
        print(f"{name:14s} {protocol:22s} {share(of)}")
    dropped = sum(c.row["status"] == "dropped" for c in checks)
    print(f"images         {sum(sizes.values())}: " + ", ".join(f"{n} of {size}" for size, n in sorted(sizes.items())))
    compared = ", ".join(f"{tally[k]} {k}" for k in ("steps", "clicks", "boxes", "IoUs", "stored masks"))
    print(f"compared       {compared}, {dropped} dropped rows")
    for name in sorted(k for k in tally if k.endswith("not compared")):
        print(f"not compared   {name.removesuffix(' not compared')} of {tally[name]} steps")
    print(f"at threshold   {tally['near pixels']} px of candidates within {args.tolerance:g}")
    print("worst          " + ", ".join(f"{name} {value:.2g}" for name, value in sorted(tally.largest.items())))
    print(f"rows           {share(checks)}")
    percent = 100 * same / max(1, len(by_target))
    print(f"targets        {same} of {len(by_target)} identical in all their protocols ({percent:.2f} %)")
    explained = sum(bool(c.explained) and not c.unexplained for c in checks)
    print(f"the rest       {explained} rows explained, {unexplained} unexplained, {tally['missing']} missing")
    for (name, protocol), n in sorted(skipped.items()):
        print(f"not replayed   {n} rows of {name} {protocol}")
    good = checks and percent >= 99 and unexplained == 0 and tally["missing"] == 0
    return 0 if good else 1


def numbers_of(row):
    """Every IoU and other score by step; predicted IoUs are the model's, not scores."""
    found = {}
    for i, step in enumerate(row.get("steps", [])):
        found |= {(i, name): value for name, value in step["scores"].items()}
        found |= {(i, "candidate", n): c["iou"] for n, c in enumerate(step["candidates"])}
    return found


def clicks_of(row):
    return [step.get("sent") for step in row.get("steps", [])]


def compare_runs(args):
    ours, theirs = ({key_of(r): r for r in lines_of(run / "rows.jsonl")} for run in (args.run, args.compare_rows))
    for key in sorted(set(ours) ^ set(theirs)):
        print(f"only in one run: {show(key)}")
    groups = collections.defaultdict(list)
    for key in sorted(set(ours) & set(theirs)):
        a, b = ours[key], theirs[key]
        scores, others = numbers_of(a), numbers_of(b)
        far = max((abs(scores[k] - others[k]) for k in scores.keys() & others.keys()), default=0.0)
        moved = clicks_of(a) != clicks_of(b)
        scored = moved or scores != others
        groups[key[1], key[2]].append((a != b, scored, moved, far, key))
    every = [entry for of in groups.values() for entry in of]
    for (name, protocol), of in [*sorted(groups.items()), (("all", ""), every)]:
        n = len(of)
        parts = []
        for i, what in enumerate(("differ at all", "in clicks or scores", "in clicks")):
            count = sum(e[i] for e in of)
            parts.append(f"{count} ({100 * count / max(1, n):.2f} %) {what}")
        worst = max((e[3] for e in of), default=0)
        print(f"{name:14s} {protocol:22s} {n} rows: {', '.join(parts)}; worst score difference {worst:.3g}")
    targets, scored = set(), set()
    for differs, in_scores, _, _, key in every:
        targets |= {(key[1], *key[3:])} if differs else set()
        scored |= {(key[1], *key[3:])} if in_scores else set()
    n = len({(k[1], *k[3:]) for k in set(ours) & set(theirs)})
    print(f"targets        {len(targets)} of {n} differ at all in some protocol, {len(scored)} in clicks or scores")
    return 0 if set(ours) == set(theirs) else 1


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=pathlib.Path, metavar="RUN", help="folder with rows.jsonl (and masks.jsonl)")
    parser.add_argument("--encoder")
    parser.add_argument("--decoder")
    parser.add_argument("--data", type=pathlib.Path, help="folder that holds a folder for each benchmark")
    parser.add_argument("--model", help="which model of the run, where there are several")
    parser.add_argument("--benchmarks", help="a,b; otherwise all whose layout is known: " + ", ".join(LAYOUTS))
    parser.add_argument("--protocols", help="a,b; otherwise all of " + ", ".join(STORED))
    lies_like = "benchmark NAME lies like LAYOUT, in the folder NAME"
    parser.add_argument("--layout", action="append", default=[], metavar="NAME=LAYOUT", help=lies_like)
    parser.add_argument("--limit-targets", type=int, metavar="N", help="the first N targets of each benchmark")
    parser.add_argument("--seed", default="segbench", help="of the run (%(default)s)")
    parser.add_argument("--threshold", type=float, default=0.0, help="of the masks (%(default)s)")
    parser.add_argument("--tolerance", type=float, default=1e-5, help="nearness that explains (%(default)s)")
    parser.add_argument("--progress", action="store_true")
    parser.add_argument("--compare-rows", type=pathlib.Path, metavar="OTHER_RUN")
    args = parser.parse_args()
    if args.compare_rows:
        return compare_runs(args)
    if not (args.encoder and args.decoder and args.data):
        parser.error("--encoder, --decoder and --data are needed")
    return replay_run(args)


if __name__ == "__main__":
    sys.exit(main())
