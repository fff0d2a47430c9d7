"""Writes test/oracle/metrics/tracks.json.gz: J and F of every object of made-up clips, as evaluation software reports them of folders of PNGs.

Needs contours-requirements.txt. Clips are written below a temporary folder: label maps (CLIP/FRAME.png) and the same objects as a file each
(CLIP/OBJECT/FRAME.png). "vos-benchmark" is its `benchmark` on the label maps; "sa-v" the loop of SA-V's evaluator, which is vos-benchmark's
`Evaluator` on each object's files; "davis2017" davis2017-evaluation's semi-supervised rules, restated: objects of the first frame, 1 to the highest,
void as background, an object that is missing from the predictions as empty. A clip has its frames as [truth, prediction], each a list of
[object, kind, seed], painted in that order.
"""

import json
import pathlib
import tempfile
from importlib.metadata import version

import numpy as np
import packed
from contours import scores
from masks_cases import Random, shape
from PIL import Image
from vos_benchmark.benchmark import benchmark
from vos_benchmark.evaluator import Evaluator

VOID = 255
KINDS = (1, 13, 2, 11, 8, 0, 7, 3)


def drawn_clips():
    r = Random(4)
    for n, objects in enumerate((1, 1, 2, 3, 2, 3, 1, 4)):
        width, height = 40 + r.below(200), 30 + r.below(150)
        # Objects that come late, go and return, never show, and one that only the prediction has.
        spans = [(0, 99), (2, 6), (0, 3), (4, 99)]
        frames = []
        for t in range(5 + r.below(8)):
            truth, predicted = [], []
            for i in range(objects):
                first, last = spans[(n + i) % 4] if i > 0 else (0, 99)
                kind, seed = KINDS[r.below(len(KINDS))], r.below(2**31)
                here = first <= t <= last and r.below(6) > 0
                if here or (t == 0 and i == 0):
                    truth.append([i + 1, kind, seed])
                said = here if r.below(5) > 0 else not here
                if said:
                    predicted.append([i + 1, kind, seed] if r.below(3) > 0 else [i + 1, kind, r.below(2**31)])
            if n in (3, 5) and t % 3 == 1:
                predicted.append([9, 3, r.below(2**31)])
            if n == 4:
                truth.append([VOID, 5, r.below(2**31)])
            frames.append([truth, predicted])
        yield {"id": f"clip{n}", "width": width, "height": height, "frames": frames}


def painted(clip, things):
    labels = np.zeros((clip["height"], clip["width"]), np.uint8)
    for number, kind, seed in things:
        labels[shape(kind, clip["width"], clip["height"], seed) > 0] = number
    return labels


def save(path, labels):
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.fromarray(labels)
    image.putpalette([c for i in range(256) for c in (i, 255 - i, i * 7 % 256)])
    image.save(path)


def per_object(clip, number):
    """Of each frame [truth, prediction] of one object alone, unhidden by others."""
    for truth, predicted in clip["frames"]:
        yield tuple(painted(clip, [[1, k, s] for i, k, s in part if i == number]) for part in (truth, predicted))


def sa_v(clip):
    found = {}
    for number in sorted({i for truth, _ in clip["frames"] for i, _, _ in truth if i != VOID}):
        evaluator = Evaluator()
        for truth, predicted in list(per_object(clip, number))[1:-1]:
            evaluator.feed_frame(predicted > 0, truth > 0)
        iou, f = evaluator.conclude()
        if iou:  # Otherwise its assertion stops it: the object is in no frame that counts.
            (key,) = iou
            found[f"{number:03d}"] = [iou[key] / 100, f[key] / 100]
    return found


def davis2017(clip):
    maps = [[painted(clip, part) for part in frame] for frame in clip["frames"]]
    for truth, _ in maps:
        truth[truth == VOID] = 0
    found = {}
    for number in range(1, int(maps[0][0].max()) + 1):
        values = [scores((p == number).astype(np.uint8), (t == number).astype(np.uint8)) for t, p in maps[1:-1]]
        found[str(number)] = [float(one) for one in np.mean(values, axis=0)]
    return found


def vos_benchmark(clip, folder):
    for t, (truth, predicted) in enumerate(clip["frames"]):
        labels = painted(clip, truth)
        labels[labels == VOID] = 0  # It would count void as an object.
        save(folder / "truth" / clip["id"] / f"{t:05d}.png", labels)
        save(folder / "predicted" / clip["id"] / f"{t:05d}.png", painted(clip, predicted))
    _, _, _, (objects,) = benchmark([folder / "truth"], [folder / "predicted"], num_processes=1, verbose=False)
    iou, f = objects[clip["id"]]
    return {str(number): [iou[number] / 100, f[number] / 100] for number in sorted(iou)}


if __name__ == "__main__":
    names = ("vos-benchmark", "numpy", "scipy", "scikit-image", "opencv-python-headless")
    head = {"generator": "scripts/oracle/tracks.py", "versions": {name: version(name) for name in names}}
    cases = []
    for clip in drawn_clips():
        with tempfile.TemporaryDirectory() as folder:
            results = {
                "davis2017": davis2017(clip),
                "vos-benchmark": vos_benchmark(clip, pathlib.Path(folder)),
                "sa-v": sa_v(clip),
            }
        cases.append({**clip, "results": results})
    packed.write_cases("metrics/tracks", head, cases)
    print(json.dumps({case["id"]: {name: list(one) for name, one in case["results"].items()} for case in cases}))
