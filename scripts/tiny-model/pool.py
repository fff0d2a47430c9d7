"""Draws scenes onto disk for the trainer.

    python pool.py FOLDER COUNT [PART PARTS]

Writes images.npy (COUNT x 256 x 256 x 3 uint8), masks.npy (COUNT x 6 x 256 x 32 uint8, eight pixels a byte),
sizes.npy (COUNT x 2 int32: height, width in use). Several processes can draw parts of one pool side by side:
part p of q draws scenes p, p + q, ...; ready_p says how many of its own it has finished, so that training can
start before the pool is full. A pool that was interrupted is continued.
"""

import os
import sys
import time

import cv2
import numpy as np

from scenes import S, TRAINING_SEED, scene

TARGETS = 6


def array(path, dtype, shape, create):
    """Part 0 creates the files, the others wait for them."""
    while not create and not os.path.exists(path):
        time.sleep(0.5)
    mode = "r+" if os.path.exists(path) else "w+"
    return np.lib.format.open_memmap(path, mode=mode, dtype=dtype, shape=shape)


def main():
    folder, count = sys.argv[1], int(sys.argv[2])
    part, parts = (int(sys.argv[3]), int(sys.argv[4])) if len(sys.argv) > 4 else (0, 1)
    cv2.setNumThreads(1)
    os.makedirs(folder, exist_ok=True)
    images = array(f"{folder}/images.npy", np.uint8, (count, S, S, 3), part == 0)
    masks = array(f"{folder}/masks.npy", np.uint8, (count, TARGETS, S, S // 8), part == 0)
    sizes = array(f"{folder}/sizes.npy", np.int32, (count, 2), part == 0)
    ready = f"{folder}/ready_{part}_{parts}"
    done = int(open(ready).read()) if os.path.exists(ready) else 0
    for i in range(part + done * parts, count, parts):
        image, m, h, w = scene(TRAINING_SEED + i, TARGETS)
        images[i], masks[i], sizes[i] = image, np.packbits(m, axis=2), (h, w)
        done += 1
        if done % 25 == 0 or i + parts >= count:
            with open(ready, "w") as f:
                f.write(str(done))


if __name__ == "__main__":
    main()
