"""Writes test/oracle/video/antialias.json.gz: masks in the square of a video model, as torch resizes them for SAM 2's `add_new_mask`.

    venv/bin/pip install numpy torch==2.14.1
    venv/bin/python scripts/oracle/video/antialias.py

A case is [kind, width, height, seed, side, side of low-resolution logits, digest of the square's mask, pixels of the square within 1e-6 of one
half, which the digest leaves out, low-resolution logits in base64].
"""

import base64
import hashlib
import pathlib
import sys
from importlib.metadata import version

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

import numpy as np
import torch
from masks_cases import KINDS, Random, shape
from packed import write_cases

SIDES = ((64, 16), (48, 12), (128, 32))


def resized(x, side):
    return torch.nn.functional.interpolate(x, size=(side, side), align_corners=False, mode="bilinear", antialias=True)


def cases():
    random = Random(71)
    for n in range(120):
        kind, seed = n % KINDS, random.below(1 << 31)
        w, h = 1 + random.below(200), 1 + random.below(200)
        side, low = SIDES[n % len(SIDES)]
        square = resized(torch.from_numpy(shape(kind, w, h, seed).astype(np.float32)).reshape(1, 1, h, w), side)
        undecided = np.flatnonzero(np.abs(square.numpy().ravel() - 0.5) < 1e-6)
        mask = (square >= 0.5).float()
        bits = mask.numpy().ravel().astype(np.uint8)
        bits[undecided] = 0
        logits = resized(mask * 20 - 10, low).numpy().astype("<f4")
        yield [
            *(kind, w, h, seed, side, low, hashlib.sha256(bits.tobytes()).hexdigest()[:12], undecided.tolist()),
            base64.b64encode(logits.tobytes()).decode(),
        ]


if __name__ == "__main__":
    versions = {name: version(name) for name in ("numpy", "torch")}
    write_cases("video/antialias", {"generator": "scripts/oracle/video/antialias.py", "versions": versions}, cases())
