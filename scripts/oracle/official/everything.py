"""The authors' mask generators as judges of ours, on the same answers of the decoder.

    python scripts/oracle/official/everything.py FOLDER NAME [--stable]

FOLDER is what everything.ts wrote. SamAutomaticMaskGenerator, or SAM2AutomaticMaskGenerator where the settings say so, runs as it is, crops, filters and all,
around a predictor that gives the recorded logits and enlarges them with the authors' own postprocess_masks. With --stable,
torchvision's nms and batched_nms give way to one that sorts stably: across crops and after small regions equal scores are the rule, and which of
them torchvision takes first is left open. Writes NAME.json beside this file.
"""

import hashlib
import json
import pathlib
import sys

import numpy as np
import torch
from pycocotools import mask as rle

from judged import ROOT, simd, versions

FLOAT32 = np.float32


def stable_nms(boxes, scores, idxs=None, iou_threshold=None):
    """nms_kernel.cpp in words: float32 sums, the limit in double, equal scores by place."""
    limit = idxs if iou_threshold is None else iou_threshold
    boxes = boxes.numpy().astype(FLOAT32)
    x0, y0, x1, y1 = boxes.T
    areas = (x1 - x0) * (y1 - y0)
    order = np.argsort(-scores.numpy().astype(np.float64), kind="stable")
    gone = np.zeros(len(boxes), bool)
    kept = []
    for at, i in enumerate(order):
        if gone[i]:
            continue
        kept.append(i)
        rest = order[at + 1 :]
        width = np.maximum(FLOAT32(0), np.minimum(x1[i], x1[rest]) - np.maximum(x0[i], x0[rest]))
        height = np.maximum(FLOAT32(0), np.minimum(y1[i], y1[rest]) - np.maximum(y0[i], y0[rest]))
        shared = width * height
        with np.errstate(invalid="ignore"):
            iou = shared / (areas[i] + areas[rest] - shared)
        gone[rest[iou.astype(np.float64) > limit]] = True
    return torch.tensor(np.array(kept, np.int64))


class Recorded:
    """The calls of the decoder, in order."""

    def __init__(self, path, low):
        self.values, self.low, self.at = np.memmap(path, np.float32, "r"), low, 0

    def next(self, prompts, masks):
        count = prompts * masks
        scores = self.take(count).reshape(prompts, masks)
        return scores, self.take(count * self.low**2).reshape(prompts, masks, self.low, self.low)

    def take(self, count):
        part = self.values[self.at : self.at + count]
        assert len(part) == count, "more is asked than was recorded"
        self.at += count
        return torch.from_numpy(np.array(part))


class SamStub:
    """What SamAutomaticMaskGenerator needs of SamPredictor."""

    def __init__(self, recorded, side, masks):
        from segment_anything.modeling import Sam
        from segment_anything.utils.transforms import ResizeLongestSide

        encoder = torch.nn.Module()
        encoder.img_size = side
        self.model = Sam(encoder, torch.nn.Module(), torch.nn.Module())
        self.transform, self.recorded, self.masks = ResizeLongestSide(side), recorded, masks
        self.device = torch.device("cpu")

    def set_image(self, image):
        self.size = image.shape[:2]
        self.input = self.transform.get_preprocess_shape(*self.size, self.transform.target_length)

    def reset_image(self):
        pass

    def predict_torch(self, points, labels, multimask_output, return_logits):
        scores, low = self.recorded.next(len(points), self.masks)
        return self.model.postprocess_masks(low, self.input, self.size), scores, low


class Sam2Stub:
    """What SAM2AutomaticMaskGenerator needs of SAM2ImagePredictor."""

    def __init__(self, recorded, side, masks, least):
        from sam2.utils.transforms import SAM2Transforms

        self._transforms = SAM2Transforms(side, 0.0, least, least)
        self.recorded, self.masks, self.device = recorded, masks, torch.device("cpu")

    def set_image(self, image):
        self.size = image.shape[:2]

    def reset_predictor(self):
        pass

    def _predict(self, points, labels, mask_input=None, multimask_output=True, return_logits=True):
        scores, low = self.recorded.next(len(points), self.masks if multimask_output else 1)
        return self._transforms.postprocess_masks(low, self.size), scores, torch.clamp(low, -32.0, 32.0)


def regions(mask):
    """What sam2's CUDA kernel answers: by pixel the number of its 8-connected region, 0 outside, and that region's pixels."""
    import cv2

    labels, areas = [], []
    for plane in mask[:, 0].numpy().astype(np.uint8):
        _, found, stats, _ = cv2.connectedComponentsWithStats(plane, connectivity=8)
        labels.append(found)
        areas.append(stats[:, -1][found] * (found > 0))
    return tuple(torch.from_numpy(np.stack(one).astype(np.int32))[:, None] for one in (labels, areas))


def generator_of(settings, stub, batch, sam2):
    if sam2:
        import sam2.automatic_mask_generator as module
        import sam2.utils.misc

        sam2.utils.misc.get_connected_components = regions
        kind = module.SAM2AutomaticMaskGenerator
        more = {"use_m2m": settings["refine"], "multimask_output": True}
        module.SAM2ImagePredictor = lambda *_, **__: stub
    else:
        import segment_anything.automatic_mask_generator as module

        kind, more = module.SamAutomaticMaskGenerator, {}
        module.SamPredictor = lambda _: stub
    generator = kind(
        None,
        points_per_side=settings["pointsPerSide"],
        points_per_batch=batch,
        pred_iou_thresh=settings["predictedIou"],
        stability_score_thresh=settings["stability"],
        stability_score_offset=settings["stabilityOffset"],
        box_nms_thresh=settings["nms"],
        crop_n_layers=settings["cropLayers"],
        crop_nms_thresh=settings["cropNms"],
        crop_overlap_ratio=settings["cropOverlap"],
        crop_n_points_downscale_factor=settings["pointsDivisor"],
        min_mask_region_area=settings["smallRegions"],
        output_mode="coco_rle",
        **more,
    )
    return generator, module


def record_of(mask):
    """A mask of theirs in our words."""
    x, y, w, h = mask["bbox"]
    left, top, width, height = mask["crop_box"]
    return {
        "point": mask["point_coords"][0],
        "predictedIou": mask["predicted_iou"],
        "stability": mask["stability_score"],
        "area": mask["area"],
        "counts": mask["segmentation"]["counts"],
        "box": [x, y, x + w, y + h],
        "crop": [left, top, left + width - 1, top + height - 1],
    }


def compare(ours, theirs, size):
    """Equal: same length, order and everything said of each. Pixels are compared where both lists name the same candidates in the same order."""
    keys = ("point", "predictedIou", "crop")
    order = [[m[k] for k in keys] for m in ours] == [[m[k] for k in keys] for m in theirs]
    equal = order and all(all(a[k] == b[k] for k in b) for a, b in zip(ours, theirs))
    pixels = 0
    if order:
        for a, b in zip(ours, theirs):
            if a["counts"] != b["counts"]:
                one, other = (rle.decode({"size": size, "counts": m["counts"].encode()}) for m in (a, b))
                pixels += int((one != other).sum())
    return order, equal, pixels


def main(folder, name, stable=None):
    torch.set_num_threads(1)
    folder = pathlib.Path(folder)
    head = json.loads((folder / "everything.json").read_text())
    settings, rows = head["settings"], []
    sam2 = settings["rules"] == "sam2"
    for number, picture in enumerate(head["pictures"]):
        size = [picture["height"], picture["width"]]
        pixels = np.fromfile(folder / f"{number}.rgb", np.uint8).reshape(*size, 3)
        recorded = Recorded(folder / f"{number}.f32", head["low"])
        stub = Sam2Stub(recorded, head["side"], head["masks"], settings["smallRegions"]) if sam2 else SamStub(recorded, head["side"], head["masks"])
        generator, module = generator_of(settings, stub, head["batch"], sam2)
        if stable:
            module.batched_nms = stable_nms
        theirs = [record_of(mask) for mask in generator.generate(pixels)]
        assert recorded.at == len(recorded.values), "less is asked than was recorded"
        theirs = [mask for mask in theirs if mask["area"] > 0]  # ours drops masks without a pixel, which nothing suppresses
        ours = [{key: mask[key] for key in theirs[0]} for mask in picture["masks"]] if theirs else picture["masks"]
        order, equal, different = compare(ours, theirs, size)
        digest = hashlib.sha256("\n".join(mask["counts"] for mask in theirs).encode()).hexdigest()[:16]
        rows.append([picture["name"], *size[::-1], len(ours), len(theirs), order, equal, different, digest])
        print(*rows[-1], flush=True)
    write(name, head, stable, rows)


def write(name, head, stable, rows):
    """`rows`: of each picture its name, width, height, our masks, theirs, whether all in the same order, whether equal, pixels that differ, a hash of theirs."""
    sam2 = head["settings"]["rules"] == "sam2"
    body = {
        "generator": "scripts/oracle/official/everything.py",
        "script": "scripts/oracle/official/everything.py",
        "what": f"All masks of pictures, the lists of them, {head['model']}{', crops and small regions' if head['settings']['cropLayers'] else ''}{', refined' if head['settings']['refine'] else ''}",
        "judge": f"the authors' {'SAM2' if sam2 else 'Sam'}AutomaticMaskGenerator on the same answers of the decoder{', its nms sorted stably' if stable else ''}",
        "versions": versions("edgetam-dimos" if sam2 else "segment-anything", "pycocotools"),
        "settings": head["settings"],
        "batch": head["batch"],
        "benchmarks": head["benchmarks"],
        "simd": simd(),
        "bound": 0,
        "cases": sum(row[4] for row in rows),
        "equal": sum(row[4] for row in rows if row[6]),
        "largestDifference": 0 if all(row[5] for row in rows) else 1,
        "pixels": sum(row[1] * row[2] * row[4] for row in rows),
        "differentPixels": sum(row[7] for row in rows),
        "sameOrder": sum(row[5] for row in rows),
        "pictures": len(rows),
        "columns": ["name", "width", "height", "ours", "theirs", "sameOrder", "equal", "differentPixels", "digest"],
    }
    lines = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in body.items()]
    listed = ",\n".join(json.dumps(row) for row in rows)
    (pathlib.Path(__file__).parent / f"{name}.json").write_text("{" + ",\n".join(lines) + f',\n"list": [\n{listed}\n]' + "}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
