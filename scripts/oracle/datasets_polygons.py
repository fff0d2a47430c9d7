"""Expected masks of drawn objects from pycocotools, for test/datasets/polygons-oracle.test.ts.

    venv/bin/python scripts/oracle/datasets_polygons.py

Reads the miniatures of datasets/samples with a few lines of its own per format, draws 500 random annotations per
format besides, and writes test/oracle/datasets/polygons.json.gz: area and the first 12 hex digits of the SHA-256 of each
mask's bytes. Rings of one figure are combined by exclusive or (even-odd), figures of one object by or. Bitmaps are
decoded by Pillow, run lengths of CVAT by numpy. Beside it: how far OpenCV's fillPoly, which the authors of VISOR and
WoodScape draw with, lies from this rule. Everything is seeded.
"""

import base64
import hashlib
import io
import json
import math
import pathlib
import random
import zlib
from importlib.metadata import version

import cv2
import numpy as np
import PIL
import pycocotools.mask as coco
from PIL import Image

import packed

TOP = pathlib.Path(__file__).resolve().parents[2]
SAMPLES = TOP / "datasets" / "samples"
WIDTH, HEIGHT, COUNT = 61, 47, 500


def ring(points, w, h):
    flat = [float(v) for point in points for v in point]
    if len(flat) < 6:
        return np.zeros((h, w), bool)
    return coco.decode(coco.frPyObjects([flat], h, w))[:, :, 0].astype(bool)


def figure(rings, w, h):
    mask = np.zeros((h, w), bool)
    for points in rings:
        mask ^= ring(points, w, h)
    return mask


def union(masks, w, h):
    return np.any([np.zeros((h, w), bool), *masks], axis=0)


def fact(mask):
    data = np.ascontiguousarray(mask.astype(np.uint8))
    return [int(data.sum()), hashlib.sha256(data.tobytes()).hexdigest()[:12]]


def size_of(path):
    with Image.open(path) as image:
        return image.size


def via(json_path, folder):
    for entry in json.loads(json_path.read_text()).values():
        w, h = size_of(folder / entry["filename"])
        regions = entry["regions"]
        for key, region in regions.items() if isinstance(regions, dict) else enumerate(regions):
            shape = region["shape_attributes"]
            if shape["name"] == "polygon":
                mask = ring(list(zip(shape["all_points_x"], shape["all_points_y"])), w, h)
                yield f"{pathlib.Path(entry['filename']).stem}/{key}", mask


def miniatures():
    found, opencv = {"ndd20": {}, "streets": {}, "visor": {}, "woodscape": {}}, {"visor": [], "woodscape": []}
    for part in ("ABOVE", "BELOW"):
        for key, mask in via(SAMPLES / f"ndd20/NDD20/{part}_LABELS.json", SAMPLES / f"ndd20/NDD20/{part}"):
            found["ndd20"][f"{part}/{key}"] = mask
    top = SAMPLES / "streets/vehicleannotations"
    found["streets"] = dict(via(top / "annotations/vehicle-annotations.json", top / "images"))
    for path in sorted((SAMPLES / "visor").rglob("annotations/val/*.json")):
        for frame in json.loads(path.read_text())["video_annotations"]:
            name = frame["image"]["name"]
            w, h = size_of(next((SAMPLES / "visor").rglob(name)))
            for entity in frame["annotations"]:
                rings = [[(x * w / 1920, y * h / 1080) for x, y in points] for points in entity["segments"]]
                mask = figure(rings, w, h)
                found["visor"][f"{name[:-4]}/{entity['id']}"] = mask
                if mask.any():
                    drawn = np.zeros((1080, 1920), np.uint8)
                    cv2.fillPoly(drawn, [np.array(points, np.int32) for points in entity["segments"]], 1)
                    opencv["visor"].append(iou(figure(entity["segments"], 1920, 1080), drawn > 0))
    for path in sorted((SAMPLES / "woodscape").rglob("instance_annotations/*.json")):
        content = next(iter(json.loads(path.read_text()).values()))
        w, h = content["image_width"], content["image_height"]
        groups = {}
        for entry in content["annotation"]:
            key = (tuple(entry["tags"]), entry["group_id"]) if entry.get("group_id") else entry["id"]
            groups.setdefault(key, []).append(entry)
        for entries in groups.values():
            if len(entries[0]["tags"]) != 1 or entries[0]["tags"] == ["void"]:
                continue
            mask = union([ring(entry["segmentation"], w, h) for entry in entries], w, h)
            found["woodscape"][f"{path.stem}/{entries[0]['id']}"] = mask
            if mask.any():
                drawn = np.zeros((h, w), np.uint8)
                for entry in entries:
                    cv2.fillPoly(drawn, [np.array(entry["segmentation"]).astype(int)], 1)
                opencv["woodscape"].append(iou(mask, drawn > 0))
    masks = {name: {key: fact(mask) for key, mask in sorted(all_.items()) if mask.any()} for name, all_ in found.items()}
    return masks, {name: [round(float(np.mean(v)), 4), round(float(np.min(v)), 4)] for name, v in opencv.items()}


def iou(a, b):
    return (a & b).sum() / max(1, (a | b).sum())


def star(rng, far=8):
    """A ring of 3 to 6 points, some outside the picture, some of them crossing."""
    n = rng.randint(3, 6)
    digits = rng.choice([0, 0, 1, 2])
    return [(round(rng.uniform(-far, WIDTH + far), digits), round(rng.uniform(-far, HEIGHT + far), digits)) for _ in range(n)]


def patch(rng):
    w, h = rng.randint(1, 12), rng.randint(1, 12)
    x, y = rng.randint(-5, WIDTH), rng.randint(-5, HEIGHT)
    return x, y, np.array([[rng.random() < 0.6 for _ in range(w)] for _ in range(h)])


def pasted(x, y, small):
    mask = np.zeros((HEIGHT + 60, WIDTH + 60), bool)
    mask[y + 30 : y + 30 + small.shape[0], x + 30 : x + 30 + small.shape[1]] = small
    return mask[30 : 30 + HEIGHT, 30 : 30 + WIDTH]


def png(small, mode):
    values = small.astype(np.uint8) * 255
    if mode == "RGBA":
        colour = np.full((*small.shape, 4), 90, np.uint8)
        colour[:, :, 3] = values
        values = colour
    out = io.BytesIO()
    Image.fromarray(values, mode).save(out, "PNG")
    return out.getvalue()


def drawn(fmt, seed):
    """What is to be written into the format's file, and the mask."""
    rng = random.Random(f"{fmt} {seed}")
    if fmt == "via":
        points = star(rng)
        return points, ring(points, WIDTH, HEIGHT)
    if fmt == "visor":
        rings = [star(rng) for _ in range(rng.randint(1, 3))]
        return rings, figure(rings, WIDTH, HEIGHT)
    if fmt in ("woodscape", "labelme"):
        rings = [star(rng) for _ in range(rng.randint(1, 3))]
        return rings, union([ring(points, WIDTH, HEIGHT) for points in rings], WIDTH, HEIGHT)
    if fmt == "supervisely":
        if seed % 2:
            rings = [star(rng) for _ in range(rng.randint(1, 3))]
            return rings, figure(rings, WIDTH, HEIGHT)
        x, y, small = patch(rng)
        data = base64.b64encode(zlib.compress(png(small, rng.choice(["RGBA", "L"])))).decode()
        return {"origin": [x, y], "data": data}, pasted(x, y, small)
    if fmt == "geojson":
        polygons = [[star(rng) for _ in range(rng.randint(1, 2))] for _ in range(rng.randint(1, 2))]
        # Powers of two and whole corners, so that map and pixels say the same.
        moved = [[[(100 + 2 * x, 200 - 2 * y) for x, y in points] for points in rings] for rings in polygons]
        back = [[[((x - 100) / 2, (200 - y) / 2) for x, y in points] for points in rings] for rings in moved]
        return moved, union([figure(rings, WIDTH, HEIGHT) for rings in back], WIDTH, HEIGHT)
    if fmt == "cvat":
        if seed % 2:
            points = star(rng)
            return points, ring(points, WIDTH, HEIGHT)
        x, y, small = patch(rng)
        flat, runs, value = small.ravel(), [0], False
        for v in flat:
            if v != value:
                runs.append(0)
                value = v
            runs[-1] += 1
        return {"left": x, "top": y, "width": small.shape[1], "height": small.shape[0], "rle": runs}, pasted(x, y, small)
    points = [(round(rng.uniform(0, 1), 4), round(rng.uniform(0, 1), 4)) for _ in range(rng.randint(3, 6))]
    return points, ring([(x * WIDTH, y * HEIGHT) for x, y in points], WIDTH, HEIGHT)


def main():
    masks, opencv = miniatures()
    formats = ["via", "visor", "woodscape", "labelme", "supervisely", "geojson", "cvat", "yolo-seg"]
    randoms = {}
    for fmt in formats:
        cases = [drawn(fmt, seed) for seed in range(COUNT)]
        randoms[fmt] = {"given": [given for given, _ in cases], "facts": [fact(mask) for _, mask in cases]}
    versions = {"numpy": np.__version__, "pycocotools": version("pycocotools"), "opencv": cv2.__version__, "pillow": PIL.__version__}
    head = {"generator": "scripts/oracle/datasets_polygons.py", "versions": versions}
    content = {**head, "width": WIDTH, "height": HEIGHT, "fillPoly": opencv, "miniatures": masks, "random": randoms}
    packed.write_text("datasets/polygons", json.dumps(content, separators=(",", ":")) + "\n")
    print({name: len(v) for name, v in masks.items()}, opencv)


main()
