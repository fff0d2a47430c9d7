"""Writes test/oracle/concept/tiny.json.gz: what the graphs of the bundled concept model answer to the drawn phrases, by Python's onnxruntime.

    venv/bin/pip install numpy onnxruntime==1.30.0 pillow
    venv/bin/python scripts/oracle/tiny_concept.py

A case is a picture of the miniature (whole, or its upper part, so that it is no square) with phrases; float32 values as bytes in base64. Masks of
candidates that some phrase gives a class logit above -4: [candidate, area, digest, pixels within 1e-3 of the largest logit, left out].
"""

import base64
import hashlib
import json
import pathlib
import sys
from importlib.metadata import version

import numpy as np
import onnxruntime
from PIL import Image

here = pathlib.Path(__file__).resolve()
sys.path[:0] = [str(here.parent), str(here.parents[1] / "tiny-video")]

from packed import write_cases
from propagate import resize

root = here.parents[2]
model, data = root / "models" / "tiny-concept", root / "datasets" / "samples" / "drawn-phrases"
UNDECIDED = 1e-3
MEAN, DEVIATION = np.float32((0.485, 0.456, 0.406)), np.float32((0.229, 0.224, 0.225))


def session(path):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


encoder, text, decoder = session(root / "models" / "tiny" / "encoder.onnx"), session(model / "text_encoder.onnx"), session(model / "decoder.onnx")
known = json.loads((model / "vocabulary.json").read_text())["words"]
words = {word: i for i, word in enumerate(known) if i > 1}  # the first two stand for padding and for what is not known


def base(values):
    return base64.b64encode(np.ascontiguousarray(values, np.float32).tobytes()).decode()


def ids(phrase):
    return [words.get(word, 1) for word in phrase.lower().split(" ") if word]


def mask(logits, height, width):
    full = resize(logits, height, width)
    undecided = np.flatnonzero(np.abs(full) <= UNDECIDED * np.abs(full).max())
    bits = (full > 0).astype(np.uint8).ravel()
    bits[undecided] = 0
    return [int(bits.sum()), hashlib.sha256(bits.tobytes()).hexdigest()[:12], undecided.tolist()]


def case(name, phrases, rows=None):
    image = Image.open(data / "images" / name)
    pixels = np.asarray(image)[:rows]
    height, width = pixels.shape[:2]
    square = np.asarray(Image.fromarray(pixels).resize((256, 256), Image.BILINEAR)) if rows else pixels
    x = ((square.astype(np.float32) / np.float32(255) - MEAN) / DEVIATION).transpose(2, 0, 1)[None]
    embedding = encoder.run(["image_embeddings"], {"images": np.ascontiguousarray(x)})[0]
    most = max(len(ids(phrase)) for phrase in phrases)
    features, valid = np.zeros((len(phrases), most, 49), np.float32), np.zeros((len(phrases), most), bool)
    for i, phrase in enumerate(phrases):
        tokens = np.int64([ids(phrase)])
        features[i, : tokens.size], valid[i, : tokens.size] = (one[0] for one in text.run(["text_features", "text_mask"], {"tokens": tokens}))
    feeds = {"image_embeddings": embedding, "text_features": features, "text_mask": valid}
    masks, boxes, classes, presence = decoder.run(["pred_masks", "pred_boxes", "pred_logits", "presence_logits"], feeds)
    likely = np.flatnonzero((classes > -4).any(0)).tolist()
    return {
        **{"image": name, "rows": rows, "pixels": hashlib.sha256(pixels.tobytes()).hexdigest()[:12], "phrases": phrases},
        **{"presence": base(presence), "classes": base(classes), "boxes": base(boxes[0])},
        "masks": [[candidate, *mask(masks[0, candidate], height, width)] for candidate in likely],
    }


annotations = json.loads((data / "drawn-phrases.json").read_text())["images"]
asked = {}
for one in annotations:
    asked.setdefault(one["file_name"], []).append(one["text_input"])
names = sorted(asked)
cases = [case(name, asked[name]) for name in names]
odd = ["Circle BLUE", "blue circle", "  blue   circle ", "zebra", "object", "a small a small a small a small a small circle", "blue\tcircle", "круг", "<pad>", "<unknown>"]
cases.append(case(names[-1], odd, 190))
versions = {name: version(name) for name in ("numpy", "pillow")} | {"onnxruntime": onnxruntime.__version__}
write_cases("concept/tiny", {"generator": "scripts/oracle/tiny_concept.py", "versions": versions}, cases)
