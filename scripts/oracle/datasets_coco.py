"""Expected masks of the COCO family's readers, from pycocotools.

    venv/bin/python scripts/oracle/datasets_coco.py

Writes test/oracle/datasets/coco.json.gz. `miniatures`: of each annotation of the bundled miniatures (of each frame of a
track), the area and the first 12 hex digits of the SHA-256 of its pixels, row by row, one byte each. `drawn`: for each
form of a segmentation 500 random ones (inputs are drawn again by test/datasets/coco-oracle.test.ts), one digest for
every 25 of them. Everything is seeded: a second run changes nothing.
"""

import hashlib
import json
import pathlib
import platform

import numpy as np
import pycocotools.mask as coco

import packed
from masks_cases import KINDS, Random, shape

ROOT = pathlib.Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "datasets" / "samples"
FILES = {
    "ibd": ["2D/train/annotations.json"],
    "ishape": [f"ishape_dataset/{kind}/val/coco_format-mask_encoding=rle-instances_2017.json"
               for kind in ("antenna", "branch", "fence", "hanger", "log", "wire")],
    "lvis": ["lvis_v0.5_val.json"],
    "ndispark": ["ndis_park/train/train_coco_annotations.json"],
    "ovis": ["annotations_train.json"],
    "pidray": ["pidray/pidray/annotations/xray_test_hard.json"],
    "plittersdorf": [f"plittersdorf_instance_segmentation_coco/{part}.json" for part in ("train", "val", "test")],
    "timberseg": ["original/coco_annotation.json"],
    "trashcan": ["dataset/instance_version/instances_train_trashcan.json"],
    "zerowaste-f": ["splits_final_deblurred/train/labels.json"],
}
FORMS = ("polygons", "plain", "compressed", "track")
CASES = 500
GROUP = 25


def decode(segmentation, height, width):
    if isinstance(segmentation, list):
        rle = coco.merge(coco.frPyObjects(segmentation, height, width))
    elif isinstance(segmentation["counts"], list):
        rle = coco.frPyObjects(segmentation, *segmentation["size"])
    else:
        rle = segmentation
    return coco.decode(rle)


def digest(mask):
    return hashlib.sha256(np.ascontiguousarray(mask).tobytes()).hexdigest()[:12]


def miniature(name):
    """[where, area, digest] of each mask that is not empty and no crowd, in the files' order."""
    found = []
    for file in FILES[name]:
        content = json.loads((SAMPLES / name / file).read_text())
        things = {one["id"]: one for one in content.get("images") or content["videos"]}
        for annotation in content["annotations"]:
            thing = things[annotation.get("image_id", annotation.get("video_id"))]
            frames = annotation.get("segmentations", [annotation.get("segmentation")])
            for frame, segmentation in enumerate(frames):
                if not segmentation or annotation.get("iscrowd"):
                    continue
                mask = decode(segmentation, thing["height"], thing["width"])
                if mask.any():
                    # As the adapters call their images: stems, of videos with the folder.
                    key = thing["file_names"][frame] if "file_names" in thing else thing["file_name"].split("/")[-1]
                    key = thing["coco_url"].split("/")[-1] if "coco_url" in thing and name == "lvis" else key
                    prefix = file.split("/")[1] + "/" if name == "ishape" else ""
                    found.append([f"{prefix}{key.rsplit('.', 1)[0]} {annotation['id']}", int(mask.sum()), digest(mask)])
    return found


def plain_counts(pixels):
    """Runs down the columns, background first."""
    flat = np.concatenate([[0], pixels.astype(np.int8).ravel(order="F")])
    ends = np.append(np.flatnonzero(np.diff(flat)), pixels.size)
    return np.diff(np.concatenate([[0], ends])).tolist()


def drawn(form):
    """Digests of GROUP cases together: of an RLE's string and of the pixels."""
    digests = []
    for first in range(0, CASES, GROUP):
        together = hashlib.sha256()
        for case in range(first, first + GROUP):
            random = Random(7_000_000 + 10_000 * FORMS.index(form) + case)
            width, height = (64, 48) if form == "track" else (1 + random.below(90), 1 + random.below(70))
            if form == "polygons":
                # Tenths of pixels, up to 20 pixels outside.
                parts = [[(random.below(10 * (width if i % 2 == 0 else height) + 400) - 200) / 10
                          for i in range(2 * (3 + random.below(12)))]
                         for _ in range(1 + random.below(3))]
                together.update(np.ascontiguousarray(decode(parts, height, width)).tobytes())
                continue
            for _ in range(3 if form == "track" else 1):
                kind = random.below(KINDS)
                pixels = shape(kind, width, height, random.below(1_000_000))
                if form == "plain":
                    rle = coco.frPyObjects({"size": [height, width], "counts": plain_counts(pixels)}, height, width)
                else:
                    rle = coco.encode(np.asfortranarray(pixels.astype(np.uint8)))
                together.update(rle["counts"])
                together.update(np.ascontiguousarray(coco.decode(rle)).tobytes())
        digests.append(together.hexdigest()[:12])
    return digests


content = {
    "generator": "scripts/oracle/datasets_coco.py",
    "versions": {"python": platform.python_version(), "numpy": np.__version__, "pycocotools": "2.0.11"},
    "miniatures": {name: miniature(name) for name in FILES},
    "drawn": {form: drawn(form) for form in FORMS},
}
text = json.dumps(content, separators=(",", ":")).replace('],["', '],\n["').replace('},"', '},\n"').replace(']],"', ']],\n"')
packed.write_text("datasets/coco", text + "\n")
print({name: len(list_) for name, list_ in content["miniatures"].items()})
