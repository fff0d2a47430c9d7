"""Writes the drawn benchmark of phrases: pictures and annotations in the layout of SA-Co (datasets/drawn-phrases.yaml).

    python benchmark.py ../../datasets/samples/drawn-phrases                      the miniature: 4 pictures, 40 phrases
    python benchmark.py FOLDER --pictures 200 --phrases 12 --quality 95           a larger one
    python benchmark.py FOLDER --pictures 200 --phrases 12 --quality 95 --unseen 0.5      with pairs that training never saw

Seeds from 200,000: neither training nor validation nor score.py uses them. Half of the phrases are true of something; a third
are hard negatives (one word of a true phrase changed); the last of the first picture holds a word that the model does not know.
"""

import argparse
import json
import pathlib

import cv2
import numpy as np

from pictures import ID, MEANS, ORDER, picture, queries

BENCHMARK_SEED = 200_000


def rle(mask):
    """Bool mask -> COCO's compressed RLE: runs down the columns, each less the run two before it, five bits a character."""
    flat = mask.T.reshape(-1).astype(np.int8)
    edges = np.flatnonzero(np.diff(flat, prepend=0))  # the first run is of background, perhaps empty
    runs = np.diff(edges, prepend=0, append=len(flat)).tolist()
    text = []
    for i, run in enumerate(runs):
        value = run - runs[i - 2] if i > 2 else run
        more = True
        while more:
            bits = value & 31
            value >>= 5
            more = value != (-1 if bits & 16 else 0)
            text.append(chr(48 + bits + (32 if more else 0)))
    return {"size": list(mask.shape), "counts": "".join(text)}


def annotation(mask):
    height, width = mask.shape
    ys, xs = np.nonzero(mask)
    x, y = int(xs.min()), int(ys.min())
    box = [x / width, y / height, (int(xs.max()) + 1 - x) / width, (int(ys.max()) + 1 - y) / height]
    return {"bbox": box, "area": len(xs) / (width * height), "segmentation": rle(mask), "category_id": 1, "iscrowd": 0}


def spoken(phrase):
    """The words as one would say them: size, pattern, colour, shape; "shapes" where no shape is named."""
    words = phrase.split()
    place = {group: ("size", "pattern", "colour", "shape").index(name) for group, name in enumerate(ORDER)}
    named = sorted((w for w in words if MEANS[ID[w]][0] >= 0), key=lambda w: place[MEANS[ID[w]][0]])
    return " ".join(named if place[MEANS[ID[named[-1]]][0]] == 3 else [*named, "shapes"])


def phrases(rng, objects, n):
    """-> n different phrases, with which objects each is true of."""
    asked = {}
    while len(asked) < n:
        phrase, true, _, _ = queries(rng, objects, 1)[0]
        asked.setdefault(spoken(phrase), true)
    return asked


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("folder", type=pathlib.Path)
    ap.add_argument("--pictures", type=int, default=4)
    ap.add_argument("--phrases", type=int, default=10, help="a picture")
    ap.add_argument("--seed", type=int, default=BENCHMARK_SEED)
    ap.add_argument("--unseen", type=float, default=0.0, help="share of objects of pairs of colour and shape that training never saw")
    ap.add_argument("--quality", type=int, default=75, help="of the JPEG files")
    given = ap.parse_args()
    (given.folder / "images").mkdir(parents=True, exist_ok=True)
    images, annotations = [], []
    for i in range(given.pictures):
        image, masks, objects = picture(given.seed + i, given.unseen)
        name = f"drawn_{given.seed + i}.jpg"
        cv2.imwrite(str(given.folder / "images" / name), image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, given.quality])
        asked = phrases(np.random.default_rng([given.seed + i, 1]), objects, given.phrases - (i == 0))
        if i == 0:
            asked["small zebra"] = np.zeros(len(objects), bool)
        height, width = image.shape[:2]
        for phrase, true in asked.items():
            query = {"id": len(images) + 1, "file_name": name, "text_input": phrase, "width": width, "height": height}
            images.append({**query, "queried_category": "1", "is_instance_exhaustive": 1, "is_pixel_exhaustive": 1})
            for mask in masks[true]:
                annotations.append({"id": len(annotations) + 1, "image_id": query["id"], **annotation(mask)})
    info = {"description": "Drawn by scripts/tiny-concept/benchmark.py"}
    text = json.dumps({"info": info, "images": images, "annotations": annotations, "categories": [{"id": 1, "name": "object"}]}, separators=(",", ":"))
    (given.folder / "drawn-phrases.json").write_text(text + "\n")
    positive = len({one["image_id"] for one in annotations})
    print(f"{given.pictures} pictures, {len(images)} phrases, {positive} of them true of something, {len(annotations)} masks")


if __name__ == "__main__":
    main()
