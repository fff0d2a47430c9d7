"""Expected values for resizeNearest (OpenCV's INTER_NEAREST) and resizeFloat (PyTorch's antialiased bilinear interpolation of floats) of
src/masks/resize-image.ts.

    venv/bin/python scripts/oracle/resize.py [KERNEL ...]

Writes test/oracle/masks/<kernel>.json.gz as masks.py does. Everything is seeded: a second run changes nothing.
"""
import base64
import hashlib
import itertools
import platform

import cv2
import numpy as np
import torch

from masks_cases import Random, picture, sizes, write_cases

CASES = 2100
VERSIONS = {"python": platform.python_version(), "numpy": np.__version__, "opencv": cv2.__version__, "torch": torch.__version__}
# Wider, taller, odd, much smaller and much larger than what they become.
LARGE = (((640, 427), (1024, 1024)), ((427, 640), (256, 256)), ((1333, 61), (256, 256)), ((61, 1333), (128, 128)),
         ((1001, 999), (256, 256)), ((3, 2), (512, 512)), ((511, 513), (512, 512)), ((1024, 768), (112, 112)))


def pairs(seed):
    """Case number and the sizes before and after."""
    small = itertools.islice(zip(sizes(seed), sizes(seed + 1)), CASES - len(LARGE))
    for i, ((w, h), (ow, oh)) in enumerate([*LARGE, *small]):
        if i >= len(LARGE):
            ow, oh = w if i % 9 == 0 else ow, h if i % 11 == 0 else oh
        yield i, (w, h), (ow, oh)


def resize_nearest():
    """digest of the bytes, of one or three channels."""
    r = Random(30)
    for i, (w, h), (ow, oh) in pairs(30):
        channels, style = (1, 3, 3)[r.below(3)], r.below(3)
        image = picture(style, w, h, channels, 3_000_000 + i)
        out = cv2.resize(image, (ow, oh), interpolation=cv2.INTER_NEAREST)
        digest = hashlib.sha256(np.ascontiguousarray(out).tobytes()).hexdigest()[:12]
        yield [style, w, h, channels, 3_000_000 + i, ow, oh, digest]


def resize_float():
    """16 values, evenly spread over the planes, as base64 of float32. Outputs one pixel wide are made two: there PyTorch 2.13
    repeats its first row (a picture of 1 x 65 becomes 66 equal values; two pixels wide, it does not)."""
    r = Random(32)
    for i, (w, h), (ow, oh) in pairs(32):
        style, ow = r.below(4), max(2, ow)
        image = torch.as_tensor(picture(style, w, h, 3, 3_200_000 + i)).permute(2, 0, 1).float() / 255
        out = torch.nn.functional.interpolate(image[None], (oh, ow), mode="bilinear", align_corners=False, antialias=True)
        flat = out.numpy().ravel()
        values = base64.b64encode(flat[:: max(1, -(-flat.size // 16))].tobytes()).decode()
        yield [style, w, h, 3_200_000 + i, ow, oh, values]


if __name__ == "__main__":
    write_cases("resize.py", "masks", VERSIONS, {"resize-nearest": resize_nearest, "resize-float": resize_float})
