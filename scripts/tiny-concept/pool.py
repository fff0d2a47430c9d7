"""Features of drawn pictures in half precision on disk, so that training need not draw or encode.

    python pool.py FOLDER 3000            grows the pool to 3000 pictures (1.25 MB each, about 15 a second)
"""

import os
import sys

import cv2
import numpy as np
import onnxruntime as ort

from pictures import MAX_OBJECTS, TRAINING_SEED, picture

E, CAPACITY = 128, 8000
ENCODER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "models", "tiny", "encoder.onnx")
MEAN, STD = np.float32((123.675, 116.28, 103.53)), np.float32((58.395, 57.12, 57.375))


def session(path):
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])


class Encoder:
    """uint8 256x256x3 -> 32x128x128, by the frozen image encoder."""

    def __init__(self, path=ENCODER):
        self.session = session(path)

    def __call__(self, image):
        x = ((image.astype(np.float32) - MEAN) / STD).transpose(2, 0, 1)[None]
        return self.session.run(None, {"images": np.ascontiguousarray(x)})[0][0]


def truth(masks, objects):
    """-> soft masks 12x128x128 in quarters, attributes 12x4, and how many are real."""
    n = len(masks)
    m = np.zeros((MAX_OBJECTS, E, E), np.uint8)
    m[:n] = masks.reshape(n, E, 2, E, 2).sum((2, 4))
    a = np.full((MAX_OBJECTS, 4), -1, np.int8)
    a[:n] = objects
    return m, a, n


class Pool:
    """Sparse files of fixed capacity; `grow` adds the picture of the next training seed."""

    def __init__(self, folder, encoder=None):
        os.makedirs(folder, exist_ok=True)
        self.folder, self.encoder = folder, encoder
        self.features = self.open("features", np.float16, (CAPACITY, 32, E, E))
        self.masks = self.open("masks", np.uint8, (CAPACITY, MAX_OBJECTS, E, E))
        self.attributes = self.open("attributes", np.int8, (CAPACITY, MAX_OBJECTS, 4))
        self.counts = self.open("counts", np.uint8, (CAPACITY,))
        mark = f"{folder}/ready"
        self.ready = int(open(mark).read()) if os.path.exists(mark) else 0

    def open(self, name, dtype, shape):
        path = f"{self.folder}/{name}.npy"
        old = os.path.exists(path)
        return np.lib.format.open_memmap(path, mode="r+" if old else "w+", dtype=dtype, shape=None if old else shape)

    def grow(self):
        i = self.ready
        if i >= CAPACITY:
            return
        image, masks, objects = picture(TRAINING_SEED + i)
        self.features[i] = self.encoder(image)
        self.masks[i], self.attributes[i], self.counts[i] = truth(masks, objects)
        self.ready += 1
        with open(f"{self.folder}/ready", "w") as f:
            f.write(str(self.ready))


if __name__ == "__main__":
    cv2.setNumThreads(1)
    pool = Pool(sys.argv[1], Encoder())
    while pool.ready < min(int(sys.argv[2]), CAPACITY):
        pool.grow()
        if pool.ready % 200 == 0:
            print(pool.ready, flush=True)
